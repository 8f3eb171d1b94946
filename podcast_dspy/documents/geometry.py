"""Boxes: their union, overlap and containment."""

from __future__ import annotations

from collections.abc import Sequence

from podcast_dspy.documents.graph import BBox
from podcast_dspy.documents.line import Line

__all__ = ["inside", "line_box", "overlap", "union"]


def union(boxes: Sequence[BBox]) -> BBox:
    """The smallest box around all of them."""
    return (
        min(b[0] for b in boxes),
        min(b[1] for b in boxes),
        max(b[2] for b in boxes),
        max(b[3] for b in boxes),
    )


def line_box(line: Line) -> BBox:
    """Box of a line."""
    return line.x0, line.y0, line.x1, line.y1


def overlap(a: BBox, b: BBox) -> float:
    """Area of the intersection, in square points; thin rules count as one point wide."""
    w = min(max(a[2], a[0] + 1), b[2]) - max(a[0], b[0])
    h = min(max(a[3], a[1] + 1), b[3]) - max(a[1], b[1])
    return max(0.0, w) * max(0.0, h)


def inside(a: BBox, b: BBox, slack: float = 2.0) -> bool:
    """Whether `a` lies in `b`, give or take `slack` points."""
    return a[0] >= b[0] - slack and a[1] >= b[1] - slack and a[2] <= b[2] + slack and a[3] <= b[3] + slack
