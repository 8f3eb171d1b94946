"""Puts the lines of a page in reading order: columns from left to right inside bands from top to bottom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from podcast_dspy.documents.line import Line
from podcast_dspy.documents.lines import find_gutters

__all__ = ["Flow", "reading_order"]


@dataclass
class Flow:
    """Lines read straight down, and the left and right edge of their column."""

    lines: list[Line]
    x0: float
    x1: float


def _flow(lines: list[Line]) -> Flow:
    ordered = sorted(lines, key=lambda line: (round(line.baseline / 2), line.x0))
    # Lines of nearly the same height read from left to right.
    rows: list[list[Line]] = []
    for line in sorted(ordered, key=lambda line: line.baseline):
        if rows and abs(rows[-1][0].baseline - line.baseline) < 0.35 * min(line.size, rows[-1][0].size):
            rows[-1].append(line)
        else:
            rows.append([line])
    flat = [line for row in rows for line in sorted(row, key=lambda line: line.x0)]
    return Flow(flat, min(line.x0 for line in flat), max(line.x1 for line in flat))


def _bands(lines: Sequence[Line], x0: float, x1: float) -> list[tuple[bool, list[Line]]]:
    """Runs of lines, top to bottom, that cross the strip (True) or keep to one side of it (False)."""
    bands: list[tuple[bool, list[Line]]] = []
    for line in sorted(lines, key=lambda line: line.baseline):
        crosses = line.x0 < x0 - 2 and line.x1 > x1 + 2
        # A heading centred over both columns touches the strip without being long.
        crosses = crosses or (line.x0 < x0 - 8 and line.x1 > x1 - 1 and line.x1 > x0 + 3)
        if bands and bands[-1][0] == crosses:
            bands[-1][1].append(line)
        else:
            bands.append((crosses, [line]))
    return bands


def _horizontal_cut(lines: Sequence[Line], gutters: Sequence[tuple[float, float]]) -> float | None:
    """Height of the widest blank strip over the whole width that parts regions with different columns."""
    if len(gutters) < 2:
        return None
    ordered = sorted(lines, key=lambda line: line.y0)
    strips: list[tuple[float, float]] = []
    bottom = ordered[0].y1
    for line in ordered[1:]:
        if line.y0 - bottom > 0.4 * line.size:
            strips.append((line.y0 - bottom, (line.y0 + bottom) / 2))
        bottom = max(bottom, line.y1)
    for _, height in sorted(strips, reverse=True)[:8]:
        above = find_gutters([line for line in lines if line.baseline < height], least_rows=4)
        below = find_gutters([line for line in lines if line.baseline >= height], least_rows=4)
        if above and below and not any(a[0] < b[1] and b[0] < a[1] for a in above for b in below):
            return height
    return None


def reading_order(lines: Sequence[Line], depth: int = 0) -> list[Flow]:
    """Columns of lines in the order in which they are read."""
    live = list(lines)
    if not live:
        return []
    gutters = find_gutters(live, least_rows=4 if depth else 5) if depth < 5 else []
    if not gutters:
        return [_flow(live)]
    if depth < 5:
        cut = _horizontal_cut(live, gutters)
        if cut is not None:
            above = [line for line in live if line.baseline < cut]
            below = [line for line in live if line.baseline >= cut]
            return reading_order(above, depth + 1) + reading_order(below, depth + 1)
    x0, x1 = gutters[0]
    flows: list[Flow] = []
    for crosses, band in _bands(live, x0, x1):
        left = [line for line in band if (line.x0 + line.x1) / 2 < (x0 + x1) / 2]
        right = [line for line in band if (line.x0 + line.x1) / 2 >= (x0 + x1) / 2]
        if crosses or not left or not right:
            flows.append(_flow(band))
            continue
        for side in (left, right):
            inner = reading_order(side, depth + 1)
            flows.extend(inner)
    # A full-width run that goes straight on (single-column text with a stray aligned row) is one flow again.
    merged: list[Flow] = []
    for flow in flows:
        if merged and abs(merged[-1].x0 - flow.x0) < 3 and abs(merged[-1].x1 - flow.x1) < 3:
            follows = flow.lines[0].baseline > merged[-1].lines[-1].baseline
            if follows:
                merged[-1].lines.extend(flow.lines)
                continue
        merged.append(flow)
    return merged
