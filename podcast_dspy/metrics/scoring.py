"""Scoring: all five losses of a script against a training pair, in one record."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from podcast_dspy.analysis.claims import Similarity
from podcast_dspy.errors import ModelError, PrerequisiteError, UsageError
from podcast_dspy.generation.script import EpisodePlan, Script, ScriptSegment
from podcast_dspy.metrics.composite import METRICS_VERSION, LossMetrics, calculate_total_loss, loss_weights
from podcast_dspy.metrics.coverage import calculate_coverage_loss
from podcast_dspy.metrics.duration import calculate_duration_loss
from podcast_dspy.metrics.feedback import Feedback
from podcast_dspy.metrics.leakage import leakage
from podcast_dspy.metrics.length import length_of
from podcast_dspy.metrics.noise import judge_noise
from podcast_dspy.metrics.quality import calculate_quality_loss
from podcast_dspy.metrics.rouge import calculate_rouge_loss
from podcast_dspy.metrics.structure import calculate_structure_loss
from podcast_dspy.pairs.pair import TrainingPair
from podcast_dspy.settings import DEFAULT_VOICE, LossWeights

__all__ = ["score_script"]

_Loss = tuple[float, dict[str, Any]]


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
    text = script if isinstance(script, str) else script.text
    reference = pair.transcription.transcript_text
    graph = pair.document_graph
    leaks = leakage(text, other_references, _paper_text(pair), own_reference=reference)
    unscored: dict[str, str] = {}

    def attempt(name: str, calculate: Callable[[], _Loss]) -> _Loss:
        try:
            loss, details = calculate()
        except (UsageError, ModelError, PrerequisiteError) as error:
            unscored[name] = str(error)
            return math.nan, {}
        return loss, details

    def length() -> _Loss:
        known = length_of(script, audio=duration, voice=voice)
        loss, found = calculate_duration_loss(known.seconds, pair.transcription.total_duration)
        return loss, {**found, "source": known.source, "predicted": known.predicted}

    def spoken(calculate: Callable[[], _Loss]) -> Callable[[], _Loss]:
        def checked() -> _Loss:
            if not text.strip():
                raise UsageError("the script is empty; there is nothing to score")
            return calculate()

        return checked

    results: dict[str, _Loss] = {
        "duration": attempt("duration", length),
        "coverage": attempt(
            "coverage",
            spoken(
                lambda: calculate_coverage_loss(
                    text,
                    graph,
                    reference_transcript=reference,
                    judge=judge,
                    similarity=similarity,
                    questions=pair.questions,
                )
            ),
        ),
        "structure": attempt(
            "structure",
            lambda: calculate_structure_loss(
                () if isinstance(script, str) else script.segments,
                pair.aligned_segments or (),
                plan=plan,
            ),
        ),
        "quality": attempt(
            "quality",
            lambda: calculate_quality_loss(
                text,
                reference,
                graph,
                judge=judge,
                similarity=similarity,
                penalty=leaks.penalty,
                segments=() if isinstance(script, str) else _typed(script.segments),
                reference_segments=[
                    (str(one.segment_type), one.transcript_segment.text)
                    for one in pair.aligned_segments or ()
                ],
            ),
        ),
        "rouge": attempt("rouge", spoken(lambda: calculate_rouge_loss(text, reference))),
    }
    details = {
        name: {k: v for k, v in found.items() if k != "feedback"} for name, (_, found) in results.items()
    }
    details["leakage"] = leaks.as_dict()
    details["noise"] = judge_noise(details, loss_weights(weights))
    feedback: list[Feedback] = [line for _, found in results.values() for line in found.get("feedback", ())]
    feedback.extend(leaks.feedback())
    coverage, structure, quality, rouge = (
        details[name] for name in ("coverage", "structure", "quality", "rouge")
    )
    metrics = LossMetrics(
        duration_loss=results["duration"][0],
        duration_generated=details["duration"].get("generated_seconds", math.nan),
        duration_reference=pair.transcription.total_duration,
        coverage_loss=results["coverage"][0],
        concepts_mentioned=coverage.get("concepts_covered", 0),
        concepts_total=coverage.get("concepts_total", len(graph.key_concepts)),
        concepts_missed=tuple(coverage.get("concepts_missed", ())),
        structure_loss=results["structure"][0],
        segment_type_accuracy=structure.get("segment_type_accuracy", math.nan),
        sequence_similarity=structure.get("sequence_similarity", math.nan),
        engagement_score=quality.get("engagement_score", math.nan),
        clarity_score=quality.get("clarity_score", math.nan),
        accuracy_score=quality.get("accuracy_score", math.nan),
        quality_loss=results["quality"][0],
        rouge_1=rouge.get("rouge_1", math.nan),
        rouge_2=rouge.get("rouge_2", math.nan),
        rouge_l=rouge.get("rouge_l", math.nan),
        rouge_loss=results["rouge"][0],
        total_loss=math.nan,
        trial_id=trial_id,
        pair_id=pair.pair_id,
        generated_at=datetime.now(UTC),
        metrics_version=METRICS_VERSION,
        unscored=unscored,
        feedback=tuple(feedback),
        judge=judge,
        details=details,
    )
    return metrics.model_copy(update={"total_loss": calculate_total_loss(metrics, weights)})


def _typed(segments: Sequence[ScriptSegment]) -> list[tuple[str, str]]:
    return [(str(segment.segment_type), segment.text) for segment in segments]


def _paper_text(pair: TrainingPair) -> str:
    graph = pair.document_graph
    return "\n\n".join((graph.title, ", ".join(graph.authors), *(atom.content for atom in graph.atoms)))
