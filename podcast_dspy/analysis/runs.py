"""Runs: consecutive segments of one type merged, so that granularity is not mistaken for structure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from podcast_dspy.analysis.segments import AlignedSegment
from podcast_dspy.signatures.types import SegmentType

__all__ = ["Run", "runs_of"]


@dataclass(frozen=True)
class Run:
    """Segments of one type without another type between them; times in seconds."""

    segment_type: SegmentType
    start_time: float
    end_time: float
    segments: tuple[AlignedSegment, ...]

    @property
    def duration(self) -> float:
        """From the first word to the last, pauses inside included."""
        return max(0.0, self.end_time - self.start_time)


def runs_of(segments: Sequence[AlignedSegment]) -> tuple[Run, ...]:
    """Merge neighbours of one type; no two neighbouring runs share their type."""
    grouped: list[list[AlignedSegment]] = []
    for segment in segments:
        if grouped and grouped[-1][-1].segment_type is segment.segment_type:
            grouped[-1].append(segment)
        else:
            grouped.append([segment])
    return tuple(
        Run(
            segment_type=group[0].segment_type,
            start_time=group[0].transcript_segment.start_time,
            end_time=group[-1].transcript_segment.end_time,
            segments=tuple(group),
        )
        for group in grouped
    )
