"""Convergence: when further trials no longer pay."""

from __future__ import annotations

import math
from collections.abc import Sequence

from podcast_dspy.settings import TrainingConfig

__all__ = ["best_so_far", "check_convergence"]


def best_so_far(losses: Sequence[float]) -> list[float]:
    """Running minimum; unscored (NaN) losses never count as a minimum."""
    best = math.inf
    history = []
    for loss in losses:
        if not math.isnan(loss):
            best = min(best, loss)
        history.append(best)
    return history


def check_convergence(losses: Sequence[float], config: TrainingConfig) -> bool:
    """Whether the best loss has improved by less than the threshold over the last window of trials.

    `losses` holds the mean total loss of every trial, the baseline first. Improvement is relative to the best loss
    before the window, and measured on the best so far: a trial that got worse is no sign of convergence by itself,
    it merely does not improve the best.
    """
    window = config.convergence_window
    if len(losses) < window + 1:
        return False
    history = best_so_far(losses)
    before, after = history[-window - 1], history[-1]
    if math.isinf(before) or math.isinf(after):
        return False
    return before <= 0.0 or (before - after) / before < config.convergence_threshold
