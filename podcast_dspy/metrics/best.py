"""Which trial is the best: the one rule that training, reports and the command line share."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any, Protocol, TypeVar

from podcast_dspy.metrics.noise import smallest_gain

__all__ = ["best_trial", "improves"]


class _Measured(Protocol):
    @property
    def details(self) -> Mapping[str, Any]: ...


class _Trial(Protocol):
    @property
    def avg_total_loss(self) -> float: ...
    @property
    def pair_results(self) -> Mapping[str, _Measured]: ...


T = TypeVar("T", bound=_Trial)


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
