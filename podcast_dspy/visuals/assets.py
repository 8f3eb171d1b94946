"""What is shown when, and how well it fits what is said."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = [
    "AnimationType",
    "DesyncIssue",
    "DesyncPoint",
    "TimelineSyncQA",
    "VisualAssetAlignment",
    "VisualType",
]

VisualType = Literal["figure", "quote_card", "title_card", "broll"]
AnimationType = Literal["ken_burns", "fade", "static"]
DesyncIssue = Literal[
    "figure_not_mentioned",
    "figure_appears_late",
    "figure_not_shown",
    "figure_unknown",
    "quote_timing_offset",
    "quote_not_found",
    "no_visual",
    "visuals_overlap",
]


class VisualAssetAlignment(BaseModel):
    """One visual on the timeline of a podcast; times in seconds from its start."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    segment_id: str
    """Aligned segment that it belongs to; several visuals may share one."""
    start_time: float = Field(ge=0.0)
    end_time: float = Field(ge=0.0)
    visual_type: VisualType
    figure_atom_id: str | None = None
    figure_path: str | None = None
    """Image of the figure; None when the paper was read without images."""
    quote_text: str | None = None
    """Words of a quote card, or the heading of a title card."""
    quote_style: str | None = None
    animation_type: AnimationType
    animation_params: dict[str, Any] = {}

    @property
    def duration(self) -> float:
        """Seconds it is shown."""
        return self.end_time - self.start_time


class DesyncPoint(BaseModel):
    """A point where visual and audio are out of sync; `timestamp` in seconds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    timestamp: float = Field(ge=0.0)
    issue: DesyncIssue
    expected: str
    actual: str
    severity: Literal["minor", "major"]


class TimelineSyncQA(BaseModel):
    """How well a timeline follows the speech. What could not be measured is NaN."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sync_score: float = Field(ge=0.0, le=100.0)
    """max(0, 100 - 20 * major - 5 * minor), of the specification."""
    visual_coverage: float
    """Percentage (0-100) of the time that shows something fitting; NaN for an empty recording."""
    figure_timing_accuracy: float
    """Share (0-1) of the spoken figure references during which that figure is shown; NaN if none is spoken."""
    quote_timing_accuracy: float
    """Share (0-1) of the quote cards that are shown while their words are spoken; NaN if there is none."""
    desync_points: tuple[DesyncPoint, ...] = ()
    missing_visuals: tuple[str, ...] = ()
    """Segment ids during which, for over half a second, nothing is there to be shown."""
    passed: bool
    """Whether `sync_score` is at least 80."""
