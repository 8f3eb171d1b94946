"""The composite loss: duration, coverage, structure, quality and ROUGE of an episode against its training pair."""

from __future__ import annotations

from podcast_dspy.metrics.composite import (
    LOSSES,
    CompositeMetric,
    LossMetrics,
    calculate_total_loss,
    losses,
    metric,
    score_script,
)
from podcast_dspy.metrics.coverage import calculate_coverage_loss
from podcast_dspy.metrics.duration import calculate_duration_loss
from podcast_dspy.metrics.judge import judge_ahead
from podcast_dspy.metrics.judge_requests import judge_for
from podcast_dspy.metrics.leakage import LeakageReport, leakage
from podcast_dspy.metrics.loss import (
    Feedback,
    Gain,
    Loss,
    MeasuredLoss,
    Score,
    ScoringOptions,
    best_trial,
    improves,
    paired_gain,
    smallest_gain,
    totals,
)
from podcast_dspy.metrics.quality import calculate_quality_loss
from podcast_dspy.metrics.rouge import calculate_rouge_loss
from podcast_dspy.metrics.structure import calculate_structure_loss

__all__ = [
    "LOSSES",
    "CompositeMetric",
    "Feedback",
    "Gain",
    "LeakageReport",
    "Loss",
    "LossMetrics",
    "MeasuredLoss",
    "Score",
    "ScoringOptions",
    "best_trial",
    "calculate_coverage_loss",
    "calculate_duration_loss",
    "calculate_quality_loss",
    "calculate_rouge_loss",
    "calculate_structure_loss",
    "calculate_total_loss",
    "improves",
    "judge_ahead",
    "judge_for",
    "leakage",
    "losses",
    "metric",
    "paired_gain",
    "score_script",
    "smallest_gain",
    "totals",
]
