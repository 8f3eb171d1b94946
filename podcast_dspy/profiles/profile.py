"""AggregatedProfile: what several podcasts have in common, and the targets learned from them."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from podcast_dspy.analysis.style import StyleProfile
from podcast_dspy.settings import PodcastDepth
from podcast_dspy.signatures.types import SegmentType

__all__ = ["AggregatedProfile", "DepthTarget"]


class DepthTarget(BaseModel):
    """Targets of one depth level; durations in seconds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    depth: PodcastDepth
    duration_range: tuple[float, float]
    segment_count_range: tuple[int, int]
    concepts_per_segment: tuple[int, int]
    figure_coverage: float = Field(ge=0.0, le=1.0)
    """Share of the paper's figures to discuss."""
    example_pair_ids: tuple[str, ...] = ()


class AggregatedProfile(BaseModel):
    """The combined template of all training pairs."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    schema_version: Literal[1] = 1
    canonical_segment_sequence: tuple[SegmentType, ...]
    """Runs of one type, in the order that the training podcasts share."""
    segment_duration_targets: dict[SegmentType, tuple[float, float]]
    """(min, max) seconds of one run of that type."""
    segment_time_shares: tuple[float, ...] = ()
    """For each run of the canonical sequence its share of the total duration, summing to 1."""
    depth_targets: dict[PodcastDepth, DepthTarget]
    style_variants: dict[str, StyleProfile]
    """Keyed `{speaker_gender}_{pair_id}`."""
    universal_intro_patterns: tuple[str, ...] = ()
    universal_transition_patterns: tuple[str, ...] = ()
    universal_figure_patterns: tuple[str, ...] = ()
    min_coverage: float = Field(ge=0.0, le=1.0)
    target_words_per_minute: tuple[float, float]
    target_concepts_per_minute: tuple[float, float]
    version: str
    training_pairs_used: tuple[str, ...]
    created_at: datetime
