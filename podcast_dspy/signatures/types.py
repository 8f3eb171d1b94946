"""The vocabulary of a podcast's shape: the eleven segment types."""

from __future__ import annotations

from enum import StrEnum

__all__ = ["SEGMENT_TYPES", "SegmentType"]


class SegmentType(StrEnum):
    """What a stretch of an explainer is doing."""

    INTRO = "intro"
    """Welcome, paper introduction."""
    BACKGROUND = "background"
    """Context and prior work."""
    PROBLEM_STATEMENT = "problem"
    """The problem that the paper addresses."""
    METHODOLOGY = "methodology"
    """How they did it."""
    KEY_FINDING = "key_finding"
    """Main results."""
    FIGURE_DISCUSSION = "figure"
    """Talking about one figure."""
    IMPLICATION = "implication"
    """Why it matters."""
    LIMITATION = "limitation"
    """Caveats and future work."""
    CONCLUSION = "conclusion"
    """Wrap-up."""
    TANGENT = "tangent"
    """An aside."""
    TRANSITION = "transition"
    """Moving between topics."""


SEGMENT_TYPES: tuple[SegmentType, ...] = tuple(SegmentType)
