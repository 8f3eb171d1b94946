"""What a loss is: a name, a weight, and how a script is scored against a training pair.

An installed package adds a loss by an entry point of that name, which names an object with the members of `Loss`:

    [project.entry-points."podcast_dspy.losses"]
    brevity = "acme_podcasts:BREVITY"
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any, Final, Literal, Protocol

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
