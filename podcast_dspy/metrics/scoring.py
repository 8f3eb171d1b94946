"""Scoring: every loss of a script against a training pair, in one record."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from podcast_dspy.analysis.claims import Similarity
from podcast_dspy.generation.script import EpisodePlan, Script
from podcast_dspy.metrics.composite import (
    METRICS_VERSION,
    LossMetrics,
    calculate_total_loss,
    loss_weights,
    losses,
)
from podcast_dspy.metrics.loss import ScoringOptions
from podcast_dspy.metrics.noise import judge_noise
from podcast_dspy.pairs.pair import TrainingPair
from podcast_dspy.settings import DEFAULT_VOICE, LossWeights

_KEPT: Final = {
    "duration_generated": ("duration", "generated_seconds"),
    "concepts_mentioned": ("coverage", "concepts_covered"),
    "concepts_total": ("coverage", "concepts_total"),
    "concepts_missed": ("coverage", "concepts_missed"),
    "segment_type_accuracy": ("structure", "segment_type_accuracy"),
    "sequence_similarity": ("structure", "sequence_similarity"),
    "engagement_score": ("quality", "engagement_score"),
    "clarity_score": ("quality", "clarity_score"),
    "accuracy_score": ("quality", "accuracy_score"),
    "rouge_1": ("rouge", "rouge_1"),
    "rouge_2": ("rouge", "rouge_2"),
    "rouge_l": ("rouge", "rouge_l"),
}
"""Fields of the record beside the losses, and which loss's detail each is."""


def score_script(
    script: Script | str,
    pair: TrainingPair,
    *,
    duration: float | None = None,
    voice: str = DEFAULT_VOICE,
    weights: LossWeights | Mapping[str, float] | None = None,
    judge: str = "measured",
    trial_id: str = "",
    other_references: Sequence[str] = (),
    similarity: Similarity = "embedded",
    plan: EpisodePlan | None = None,
) -> LossMetrics:
    """Score a script (or plain text) against a pair.

    `duration` is the measured length of the episode's audio in seconds; without it the times of a voiced script count,
    else the length predicted for `voice`: `details["duration"]` says which (`source`, `predicted`).
    `other_references` are transcripts of the other training podcasts: what the script copies from them is leakage and
    taken off the accuracy, as are show and host names of the pair's own podcast. With the `plan`, feedback names the
    segments that left their budget. A loss that cannot be
    measured is unscored with its reason, the others are kept. Raises SettingsError for unusable weights.
    """
    shares = loss_weights(weights)
    options = ScoringOptions(duration, voice, judge, tuple(other_references), similarity, plan)
    scores = {name: loss.score(script, pair, options) for name, loss in losses.items()}
    details: dict[str, Any] = {name: dict(score.details) for name, score in scores.items()}
    unmeasured = {
        "concepts_mentioned": 0,
        "concepts_total": len(pair.document_graph.key_concepts),
        "concepts_missed": (),
    }
    record = {
        "duration_reference": pair.transcription.total_duration,
        **{
            field: details[name].get(key, unmeasured.get(field, math.nan))
            for field, (name, key) in _KEPT.items()
        },
        **{f"{name}_loss": score.value for name, score in scores.items()},
        "total_loss": math.nan,
        "trial_id": trial_id,
        "pair_id": pair.pair_id,
        "generated_at": datetime.now(UTC),
        "metrics_version": METRICS_VERSION,
        "unscored": {name: score.unscored for name, score in scores.items() if score.unscored is not None},
        "feedback": tuple(line for score in scores.values() for line in score.feedback),
        "judge": judge,
        "details": {**details, "noise": judge_noise(details, shares)},
    }
    metrics = LossMetrics.model_validate(record)
    return metrics.model_copy(update={"total_loss": calculate_total_loss(metrics, weights)})
