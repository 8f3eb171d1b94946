"""Noise of a judge: how far a loss moves when judged again, what gain may be believed, and so which trial is best.

The measured judge is deterministic: its noise is 0, and every gain counts. An LM judge rates several times; the spread
of its samples tells how much of a gain is luck.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from statistics import stdev
from typing import Any, Final, Protocol, TypeVar

__all__ = ["best_trial", "improves", "judge_noise", "sample_noise", "smallest_gain"]

_MEDIAN: Final = math.sqrt(math.pi / 2)
"""Standard error of a median over that of a mean, for normal samples."""
_CONFIDENCE: Final = 0.975


class _Measured(Protocol):
    @property
    def details(self) -> Mapping[str, Any]: ...


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


def improves(total: float, judged: Mapping[str, _Measured], best: _Trial | None) -> bool:
    """Whether a mean total loss beats the best trial's by more than judging both again could undo.

    `judged` are the metrics that the mean was taken of. An incomplete trial (NaN) improves nothing, and is improved on
    by every complete one.
    """
    if math.isnan(total):
        return False
    if best is None or math.isnan(best.avg_total_loss):
        return True
    return total < best.avg_total_loss - smallest_gain(best.pair_results.values(), judged.values())


def best_trial(trials: Iterable[T]) -> T | None:
    """The trial to keep: in order, each that beats the best so far by more than the judge's noise; None without any.

    Only training pairs count; the held-out ones would not be held out if they chose.
    """
    best: T | None = None
    for trial in trials:
        if improves(trial.avg_total_loss, trial.pair_results, best):
            best = trial
    return best
