"""Optimizers: the teleprompter, its strategies, and the training loop around them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from podcast_dspy.registry import lazily

if TYPE_CHECKING:
    from podcast_dspy.optimizers.loop import COMPILED_PROFILE, run_training_loop
    from podcast_dspy.optimizers.podcast_optimizer import PodcastOptimizer
    from podcast_dspy.optimizers.record import RunRecord
    from podcast_dspy.optimizers.stages import STRATEGIES
    from podcast_dspy.optimizers.trials import Rollout, TrainingRun, TrialResult, check_convergence


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


__getattr__ = lazily(__name__)
