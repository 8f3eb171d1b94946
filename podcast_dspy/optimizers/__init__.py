"""Optimizers: the teleprompter, its strategies, and the training loop around them."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from podcast_dspy.optimizers.loop import COMPILED_PROFILE, STRATEGIES, run_training_loop
    from podcast_dspy.optimizers.podcast_optimizer import PodcastOptimizer
    from podcast_dspy.optimizers.record import RunRecord
    from podcast_dspy.optimizers.trials import Rollout, TrainingRun, TrialResult, check_convergence

_HOMES = {
    "COMPILED_PROFILE": "loop",
    "PodcastOptimizer": "podcast_optimizer",
    "Rollout": "trials",
    "RunRecord": "record",
    "STRATEGIES": "loop",
    "TrainingRun": "trials",
    "TrialResult": "trials",
    "check_convergence": "trials",
    "run_training_loop": "loop",
}

__all__ = [
    "COMPILED_PROFILE",
    "STRATEGIES",
    "PodcastOptimizer",
    "Rollout",
    "RunRecord",
    "TrainingRun",
    "TrialResult",
    "check_convergence",
    "run_training_loop",
]


def __getattr__(name: str) -> Any:
    # Looking at finished trials must not pay for importing DSPy.
    if name in _HOMES:
        return getattr(import_module(f"podcast_dspy.optimizers.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'podcast_dspy.optimizers' has no attribute {name!r}")
