"""structure_profile: measure the shape of one podcast from its aligned segments."""

from __future__ import annotations

from collections.abc import Sequence

from podcast_dspy.analysis.phrases import phrases_of
from podcast_dspy.analysis.runs import Run, runs_of
from podcast_dspy.analysis.segments import AlignedSegment
from podcast_dspy.analysis.structure import StructureProfile
from podcast_dspy.audio.transcript import TranscriptionResult
from podcast_dspy.documents.graph import DocumentGraph
from podcast_dspy.errors import AudioError
from podcast_dspy.signatures.types import SEGMENT_TYPES, SegmentType

__all__ = ["structure_profile"]


def structure_profile(
    segments: Sequence[AlignedSegment], transcription: TranscriptionResult, graph: DocumentGraph | None = None
) -> StructureProfile:
    """Sequence, counts, durations and densities over runs of one type.

    Percentages are of the recording's own length, so that music and silence count as neither. `graph` frees the
    transition phrases of the paper's words. Raises AudioError when there is nothing to measure.
    """
    if not segments or transcription.total_duration <= 0.0:
        raise AudioError(
            f"{transcription.source_path}: no speech to measure; check that the file holds speech"
        )
    runs = runs_of(segments)
    minutes = transcription.total_duration / 60.0
    durations = {
        kind: tuple(run.duration for run in runs if run.segment_type is kind)
        for kind in SEGMENT_TYPES
        if any(run.segment_type is kind for run in runs)
    }
    pictures = {picture for segment in segments for picture in segment.referenced_figures}

    def share(kind: SegmentType) -> float:
        return min(100.0, 100.0 * sum(durations.get(kind, ())) / transcription.total_duration)

    return StructureProfile(
        segment_sequence=tuple(run.segment_type for run in runs),
        segment_counts={kind: len(durations.get(kind, ())) for kind in SEGMENT_TYPES},
        total_duration=transcription.total_duration,
        segment_durations=durations,
        avg_segment_duration=_mean_duration(runs),
        words_per_minute=len(transcription.transcript_text.split()) / minutes,
        concepts_per_minute=sum(len(segment.key_concepts) for segment in segments) / minutes,
        figures_discussed=len(pictures),
        figure_discussion_duration=sum(durations.get(SegmentType.FIGURE_DISCUSSION, ())),
        intro_percentage=share(SegmentType.INTRO),
        methodology_percentage=share(SegmentType.METHODOLOGY),
        findings_percentage=share(SegmentType.KEY_FINDING),
        conclusion_percentage=share(SegmentType.CONCLUSION),
        transition_phrases=phrases_of(segments, graph).transition,
    )


def _mean_duration(runs: Sequence[Run]) -> float:
    return sum(run.duration for run in runs) / len(runs)
