"""StructureProfile: the shape of one podcast in segments and time."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from podcast_dspy.signatures.types import SegmentType

__all__ = ["StructureProfile"]


class StructureProfile(BaseModel):
    """Structure of one podcast; durations in seconds, percentages 0-100 of the total duration."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    segment_sequence: tuple[SegmentType, ...]
    """Runs of one type merged, in order."""
    segment_counts: dict[SegmentType, int]
    total_duration: float = Field(gt=0.0)
    segment_durations: dict[SegmentType, tuple[float, ...]]
    avg_segment_duration: float
    words_per_minute: float
    concepts_per_minute: float
    figures_discussed: int
    figure_discussion_duration: float
    intro_percentage: float
    methodology_percentage: float
    findings_percentage: float
    conclusion_percentage: float
    transition_phrases: tuple[str, ...] = ()
