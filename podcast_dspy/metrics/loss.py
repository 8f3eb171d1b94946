"""What a loss is, how a script is scored against a training pair, and how far a loss moves by chance.

An installed package adds a loss by an entry point of that name, which names an object with the members of `Loss`:

    [project.entry-points."podcast_dspy.losses"]
    brevity = "acme_podcasts:BREVITY"
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from statistics import stdev
from typing import Any, Final, Literal, Protocol, TypeVar

from pydantic import BaseModel, ConfigDict

from podcast_dspy.analysis.closeness import Similarity
from podcast_dspy.errors import ModelError, PrerequisiteError, UsageError
from podcast_dspy.generation.script import EpisodePlan, Script
from podcast_dspy.pairs.pair import TrainingPair
from podcast_dspy.settings import DEFAULT_VOICE


@dataclass(frozen=True, slots=True)
class ScoringOptions:
    """What is known of an episode beside its script and pair, and who judges it."""

    duration: float | None = None
    """Seconds that its audio was measured to last."""
    voice: str = DEFAULT_VOICE
    """Whose pace predicts the length of what nobody has spoken."""
    judge: str = "measured"
    """`measured` judges without an LM; any other value names the judge LM."""
    other_references: tuple[str, ...] = ()
    """Transcripts of the other training podcasts, from which nothing may be copied."""
    similarity: Similarity = "embedded"
    plan: EpisodePlan | None = None
    """The plan that the script was written to: feedback names the segments that left their budget."""


DEFAULT_OPTIONS: Final = ScoringOptions()


@dataclass(frozen=True, slots=True)
class Score:
    """One loss of one script; 0 is perfect."""

    value: float = math.nan
    details: Mapping[str, Any] = field(default_factory=dict)
    feedback: tuple[Feedback, ...] = ()
    unscored: str | None = None
    """Why there is no value."""


class Loss(Protocol):
    """One term of the composite loss."""

    @property
    def name(self) -> str:
        """Lower-case word, as weights, records and reports call it."""
        ...

    @property
    def weight(self) -> float:
        """Its share of the total where no weights are given (0-1; over the sum of all)."""
        ...

    def score(
        self, script: Script | str, pair: TrainingPair, options: ScoringOptions = DEFAULT_OPTIONS
    ) -> Score:
        """The loss of a script, or of plain text; unscored, with the reason, where it cannot be measured."""
        ...


@dataclass(frozen=True, slots=True)
class MeasuredLoss:
    """A loss made of a function that returns its value and its details, `feedback` among them.

    Where the function raises UsageError, ModelError or PrerequisiteError, the loss is unscored for that reason.
    """

    name: str
    weight: float
    measure: Callable[[Script | str, TrainingPair, ScoringOptions], tuple[float, dict[str, Any]]]

    def score(
        self, script: Script | str, pair: TrainingPair, options: ScoringOptions = DEFAULT_OPTIONS
    ) -> Score:
        """See `Loss.score`."""
        try:
            value, found = self.measure(script, pair, options)
        except (UsageError, ModelError, PrerequisiteError) as error:
            return Score(unscored=str(error))
        details = {key: kept for key, kept in found.items() if key != "feedback"}
        return Score(value, details, tuple(found.get("feedback", ())))


def spoken_text(script: Script | str) -> str:
    """What a script says. Raises UsageError when it says nothing."""
    text = script if isinstance(script, str) else script.text
    if not text.strip():
        raise UsageError("the script is empty; there is nothing to score")
    return text


Predictor = Literal["planner", "writer", "style"]


class Feedback(BaseModel):
    """What to change, in words."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    predictor: Predictor
    """Part of the program that can act on it."""
    loss: str
    """Name of the loss that it lowers."""
    text: str


@dataclass(frozen=True, slots=True)
class Measure:
    """One measure of quality, a row of measures.toml."""

    score: str
    """`engagement`, `clarity`, `accuracy`; `following` and `belief` scale all three."""
    predictor: Predictor
    advice: str
    rate: bool = False
    """Too much of it is a fault too."""


@cache
def measures(score: str = "") -> dict[str, Measure]:
    """The measures of a score (of all, by default) by name."""
    table = tomllib.loads(files("podcast_dspy.metrics").joinpath("measures.toml").read_text(encoding="utf-8"))
    rows = {name: Measure(**row) for name, row in table.items() if name != "source"}
    return {name: row for name, row in rows.items() if score in ("", row.score)}


def clock(seconds: float) -> str:
    """Seconds as `m:ss`."""
    rounded = round(seconds)
    return f"{rounded // 60}:{rounded % 60:02d}"


_MEDIAN: Final = math.sqrt(math.pi / 2)
"""Standard error of a median over that of a mean, for normal samples."""
_CONFIDENCE: Final = 0.975
_RESAMPLES: Final = 10_000
_SEED: Final = 0
"""The same losses give the same interval, in every report."""


class _Measured(Protocol):
    @property
    def details(self) -> Mapping[str, Any]: ...
    @property
    def total_loss(self) -> float: ...


class _Trial(Protocol):
    @property
    def avg_total_loss(self) -> float: ...
    @property
    def pair_results(self) -> Mapping[str, _Measured]: ...


T = TypeVar("T", bound=_Trial)


def sample_noise(samples: Sequence[float]) -> dict[str, float]:
    """`samples` (how many), `deviation` (standard deviation of one) and `error` (standard error of their median)."""
    if len(samples) < 2:
        return {"samples": len(samples), "deviation": 0.0, "error": 0.0}
    deviation = stdev(samples)
    return {
        "samples": len(samples),
        "deviation": deviation,
        "error": _MEDIAN * deviation / math.sqrt(len(samples)),
    }


def judge_noise(details: Mapping[str, Any], weights: Mapping[str, float]) -> dict[str, Any]:
    """Noise of every loss that an LM judged, and of the total (weights 0-1 by loss): `error` and `samples`.

    Losses that were measured without an LM have none. Errors of different losses are independent: each is judged in
    calls of its own.
    """
    judged = {
        name: found["noise"]
        for name, found in details.items()
        if isinstance(found, Mapping) and "noise" in found
    }
    error = math.sqrt(math.fsum((weights[name] * found["error"]) ** 2 for name, found in judged.items()))
    samples = min((int(found["samples"]) for found in judged.values()), default=0)
    return {**judged, "total": {"samples": samples, "error": error}}


def smallest_gain(first: Iterable[_Measured], second: Iterable[_Measured]) -> float:
    """Difference of two trials' mean total losses that judging them again would exceed in 5% of the cases by chance.

    Both trials are means over their pairs. With the standard error e of each pair's total, the error of the difference
    of the means is sqrt(sum e1^2 / n1^2 + sum e2^2 / n2^2), and the critical difference is t times that, with the 97.5%
    quantile of Student's t for the degrees of freedom that the samples leave: the critical difference of two averages
    of ISO 5725-6 (4.2), with t for the 1.96 of a known deviation. 0 for the measured judge. Only a loss that falls by
    more than this may be called an improvement.
    """
    variance, free = 0.0, 0
    for trial in (list(first), list(second)):
        for metrics in trial:
            noise = metrics.details.get("noise", {}).get("total", {"samples": 0, "error": 0.0})
            variance += (float(noise["error"]) / len(trial)) ** 2
            free += max(0, int(noise["samples"]) - 1)
    if variance <= 0.0:
        return 0.0
    from scipy.stats import t

    return float(t.ppf(_CONFIDENCE, max(1, free))) * math.sqrt(variance)


@dataclass(frozen=True)
class Gain:
    """How much lower a mean loss became, with its 95% interval; above 0 is better."""

    mean: float
    low: float
    """NaN for a single unit, from which no interval follows."""
    high: float
    units: int
    """What was measured before and after: pairs, or segments of pairs."""
    widened: float = 1.0
    """By how much the interval is wider than the bootstrap's own, since the pairs are few."""

    @property
    def promising(self) -> bool:
        """Whether the bootstrap's own interval excludes 0: enough to be tried further, not to be told as a gain."""
        return self.believed or self.mean - (self.mean - self.low) / self.widened > 0.0

    @property
    def believed(self) -> bool:
        """Whether the interval excludes 0; of a single unit, whether it gained."""
        return (self.mean if math.isnan(self.low) else self.low) > 0.0

    def __str__(self) -> str:
        change = f"{-self.mean:+.3f}"
        return change if math.isnan(self.low) else f"{change} [{-self.high:+.3f}, {-self.low:+.3f}]"


def paired_gain(
    before: Mapping[str, float], after: Mapping[str, float], groups: Mapping[str, str] | None = None
) -> Gain | None:
    """What the mean loss gained over the units that both sides measured; None without any.

    The interval is the percentile interval of a paired bootstrap (Efron and Tibshirani 1993, An Introduction to the
    Bootstrap, 13.3): the differences are drawn again with replacement. Units of one pair are alike; with `groups`, the
    pair of each unit, pairs are drawn first and then units within each (the two-stage bootstrap of Davison and Hinkley
    1997, 3.8). Of n drawn pairs it is widened by sqrt(n / (n - 1)) and by Student's t over the normal quantile, for
    which it is too narrow else (Hesterberg 2015, What Teachers Should Know About the Bootstrap, 4.1): of three pairs,
    of which all gained a little, nothing follows.
    """
    import numpy as np

    names = sorted(before.keys() & after.keys())
    gains = np.array([before[name] - after[name] for name in names])
    if not names or not np.isfinite(gains).all():
        return None
    if len(names) == 1:
        return Gain(float(gains[0]), math.nan, math.nan, 1)
    draw = np.random.default_rng(_SEED)
    members: dict[str, list[int]] = {}
    for place, name in enumerate(names):
        members.setdefault(groups[name] if groups else name, []).append(place)
    drawn = [np.array(places) for places in members.values()]
    if len(drawn) == 1:  # one pair: its units alone can be drawn again
        drawn = [np.array([place]) for place in drawn[0]]
    sums = np.array([gains[draw.choice(places, (_RESAMPLES, len(places)))].sum(1) for places in drawn])
    sizes = np.array([len(places) for places in drawn])
    chosen = draw.integers(0, len(drawn), (_RESAMPLES, len(drawn)))
    # A pair that is drawn twice has its units drawn twice, each time anew.
    means = sums[chosen, draw.integers(0, _RESAMPLES, chosen.shape)].sum(1) / sizes[chosen].sum(1)
    from scipy.stats import norm, t

    mean, count = float(gains.mean()), len(drawn)
    wide = float(math.sqrt(count / (count - 1)) * t.ppf(_CONFIDENCE, count - 1) / norm.ppf(_CONFIDENCE))
    low, high = mean + wide * (np.quantile(means, (1 - _CONFIDENCE, _CONFIDENCE)) - mean)
    return Gain(mean, float(low), float(high), len(names), wide)


def totals(judged: Mapping[str, _Measured]) -> dict[str, float]:
    """The total loss of each pair."""
    return {name: metrics.total_loss for name, metrics in judged.items()}


def improves(total: float, judged: Mapping[str, _Measured], best: _Trial | None) -> bool:
    """Whether a mean total loss beats the best trial's by more than chance.

    That is by more than judging and writing again could undo, and with an interval over the pairs that excludes 0.
    `judged` are the metrics that the mean was taken of. An incomplete trial (NaN) improves nothing, and is improved on
    by every complete one.
    """
    if math.isnan(total):
        return False
    if best is None or math.isnan(best.avg_total_loss):
        return True
    if not total < best.avg_total_loss - smallest_gain(best.pair_results.values(), judged.values()):
        return False
    gain = paired_gain(totals(best.pair_results), totals(judged))
    return gain is None or gain.believed


def best_trial(trials: Iterable[T]) -> T | None:
    """The trial to keep: in order, each that beats the best so far by more than chance; None without any.

    Only training pairs count; the held-out ones would not be held out if they chose.
    """
    best: T | None = None
    for trial in trials:
        if improves(trial.avg_total_loss, trial.pair_results, best):
            best = trial
    return best
