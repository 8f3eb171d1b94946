"""Puts the lines of a page in reading order: columns from left to right inside bands from top to bottom.

Columns show in rows that have text on both sides of a gutter. A column of few lines has few such rows; it is known by
the order in which the page is drawn, column after column, or by the gutter of the other pages.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from podcast_dspy.documents.graph import BBox
from podcast_dspy.documents.pdf.lines import BodyStyle, Line

if TYPE_CHECKING:
    from podcast_dspy.documents.pdf.pages import Page

__all__ = ["Flow", "Plan", "find_columns", "find_gutters", "reading_order", "without_sidebar"]


def find_gutters(lines: Sequence[Line], least_rows: int = 6) -> list[tuple[float, float]]:
    """Vertical strips (x0, x1) with text on both sides at the same height in at least `least_rows` rows.

    A strip is a gutter when rows beside it are filled by lines that end before it and lines that start after it.
    """
    prose = [line for line in lines if len(line.text) >= 9 and line.width > 3 * line.size]
    if len(prose) < 2 * least_rows:
        return []
    edges = sorted({round(line.x1) for line in prose})
    found: list[tuple[int, float, float]] = []
    for edge in edges:
        left = [line for line in prose if line.x1 <= edge + 1.5]
        right = [line for line in prose if line.x0 > edge + 1.5]
        if len(left) < least_rows or len(right) < least_rows:
            continue
        start = sorted(line.x0 for line in right)[len(right) // 8]
        if start - edge < 5:
            continue
        rows_right = {
            round(line.baseline / 6) + k for line in right if abs(line.x0 - start) < 40 for k in (-1, 0, 1)
        }
        margin = Counter(round(line.x0 / 4) for line in left).most_common(1)[0][0]
        rows = [
            line
            for line in left
            # A ragged sidebar has one left edge instead of one right edge.
            if (line.x1 > edge - 40 or abs(line.x0 / 4 - margin) <= 1)
            and round(line.baseline / 6) in rows_right
        ]
        if len(rows) >= least_rows:
            crossing = sum(1 for line in prose if line.x0 < edge and line.x1 > start)
            found.append((len(rows) * 4 - crossing, float(edge), start))
    gutters: list[tuple[float, float]] = []
    for _, x0, x1 in sorted(found, reverse=True):
        if all(x1 < g0 or x0 > g1 for g0, g1 in gutters):
            gutters.append((x0, x1))
        if len(gutters) == 2:
            break
    return gutters


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


@dataclass(frozen=True)
class Plan:
    """What is known of a page's columns beforehand."""

    middle: float = -1.0
    """Half the width of the page."""
    gutter: tuple[float, float] | None = None
    """The gutter that most pages of the document have."""
    walls: tuple[BBox, ...] = ()
    """The figures and tables that stand across it."""


_NOTHING = Plan()


@dataclass(frozen=True)
class _Column:
    """The gutter before a column, and where that column begins and ends."""

    x0: float
    x1: float
    top: float
    bottom: float


def _drawn_column(lines: Sequence[Line]) -> _Column | None:
    """A column that is drawn after all that stands to the left of it, running text."""
    for start in range(1, len(lines)):
        first = lines[start]
        if first.baseline >= lines[start - 1].baseline - first.size or first.x0 < lines[start - 1].x1:
            continue  # the pen goes up and to the right where a column begins
        edge = first.x0 - 2.5 * first.size
        end = next((k for k in range(start, len(lines)) if lines[k].x0 < edge), len(lines))
        column = lines[start:end]
        found = _column(lines, min(line.x0 for line in column), column)
        if found is None:
            continue
        left = [line for line in lines[:start] if line.y1 > found.top]
        text = sum("prose" in line.tags for line in left)
        if text > 2 and all(line.x1 < found.x1 - 3 for line in left):
            return found
    return None


def _column(lines: Sequence[Line], x1: float, column: Sequence[Line]) -> _Column | None:
    """The column of these lines, unless something reaches over its left edge beside it."""
    top, bottom = min(line.y0 for line in column), max(line.y1 for line in column)
    beside = [line for line in lines if line.y1 > top and line.y0 < bottom and line.x0 < x1 - 2]
    x0 = max((line.x1 for line in beside), default=x1)
    return _Column(x0, x1, top, bottom) if beside and x0 < x1 - 3 else None


def _known_column(lines: Sequence[Line], gutter: tuple[float, float]) -> _Column | None:
    """A column that begins where columns begin on other pages."""
    column = [line for line in lines if line.x0 >= gutter[1] - 6]
    if not column or min(line.x0 for line in column) > gutter[1] + 6:
        return None
    return _column(lines, min(line.x0 for line in column), column)


def _parted(lines: Sequence[Line], column: _Column) -> tuple[list[Line], list[Line], list[Line], list[Line]]:
    """Lines above the column, those to its left, its own, and those from the first below that reaches over its edge."""
    below = min(
        (v.y0 for v in lines if v.y0 >= column.bottom - 1 and v.x0 < column.x0 and v.x1 > column.x1),
        default=float("inf"),
    )
    above, left, own, rest = [], [], [], []  # type: tuple[list[Line], list[Line], list[Line], list[Line]]
    for line in lines:
        if line.y0 >= below - 1:
            rest.append(line)
        elif line.baseline < column.top:
            above.append(line)
        else:
            (left if line.x0 < column.x1 - 2 else own).append(line)
    return above, left, own, rest


def _centred_rows(lines: Sequence[Line], middle: float) -> list[Line]:
    """The lines at the top that stand alone in the middle of the page: over three columns, no part of the second."""
    head: list[Line] = []
    for line in sorted(lines, key=lambda line: line.baseline):
        beside = any(v is not line and v.y0 < line.baseline < v.y1 for v in lines)
        if beside or abs((line.x0 + line.x1) / 2 - middle) > 6:
            return head
        head.append(line)
    return []


def _wall(lines: Sequence[Line], walls: Sequence[BBox]) -> BBox | None:
    """A figure or table that parts what is drawn before it from what is drawn after it, over both columns."""
    for wall in walls:
        above = [index for index, line in enumerate(lines) if line.baseline <= wall[1] + 1]
        below = [index for index, line in enumerate(lines) if line.baseline > wall[1] + 1]
        if above and below and max(above) < min(below):
            return wall
    return None


def reading_order(lines: Sequence[Line], plan: Plan = _NOTHING, depth: int = 0) -> list[Flow]:
    """Columns of lines in the order in which they are read; the lines come in the order in which they are drawn."""
    live = list(lines)
    if not live:
        return []
    wall = _wall(live, plan.walls)
    if wall is not None:
        inner = replace(plan, walls=tuple(other for other in plan.walls if other is not wall))
        above = [line for line in live if line.baseline <= wall[1] + 1]
        below = [line for line in live if line.baseline > wall[1] + 1]
        return reading_order(above, inner, depth) + reading_order(below, inner, depth)
    gutters = find_gutters(live, least_rows=4 if depth else 5) if depth < 5 else []
    if not gutters:
        column = _drawn_column(live) if depth < 5 else None
        if column is None and plan.gutter is not None and depth < 5:
            column = _known_column(live, plan.gutter)
        if column is None:
            return [_flow(live)]
        parts = _parted(live, column)
        return _merged([flow for part in parts for flow in reading_order(part, plan, depth + 1)])
    head = _centred_rows(live, plan.middle)
    if head:
        known = set(map(id, head))
        rest = [line for line in live if id(line) not in known]
        return [_flow(head), *reading_order(rest, plan, depth)]
    if depth < 5:
        cut = _horizontal_cut(live, gutters)
        if cut is not None:
            above = [line for line in live if line.baseline < cut]
            below = [line for line in live if line.baseline >= cut]
            return reading_order(above, plan, depth + 1) + reading_order(below, plan, depth + 1)
    x0, x1 = gutters[0]
    flows: list[Flow] = []
    drawn = {id(line): index for index, line in enumerate(live)}
    for crosses, band in _bands(live, x0, x1):
        band.sort(key=lambda line: drawn[id(line)])
        left = [line for line in band if (line.x0 + line.x1) / 2 < (x0 + x1) / 2]
        right = [line for line in band if (line.x0 + line.x1) / 2 >= (x0 + x1) / 2]
        if crosses or not left or not right:
            flows.append(_flow(band))
            continue
        for side in (left, right):
            flows.extend(reading_order(side, plan, depth + 1))
    return _merged(flows)


def _merged(flows: Sequence[Flow]) -> list[Flow]:
    """Flows, those that go straight on made one again (single-column text with a stray aligned row)."""
    merged: list[Flow] = []
    for flow in flows:
        if merged and abs(merged[-1].x0 - flow.x0) < 3 and abs(merged[-1].x1 - flow.x1) < 3:
            follows = flow.lines[0].baseline > merged[-1].lines[-1].baseline
            if follows:
                merged[-1].lines.extend(flow.lines)
                continue
        merged.append(flow)
    return merged


def find_columns(
    pages: Sequence[Page],
) -> tuple[dict[int, list[tuple[float, float]]], tuple[float, float] | None]:
    """Left and right edge of each column, for each page; a page too sparse to tell follows the document.

    The second value is the gutter of the document, where it has one.
    """
    own: dict[int, tuple[float, float] | None] = {}
    votes: Counter[tuple[int, int]] = Counter()
    for page in pages:
        prose = [line for line in page.lines if "prose" in line.tags]
        gutters = find_gutters(prose)
        central = [g for g in gutters if 0.3 * page.width < (g[0] + g[1]) / 2 < 0.7 * page.width]
        own[page.number] = central[0] if central else None
        if central:
            votes[(round(central[0][0] / 8), round(central[0][1] / 8))] += 1
    result: dict[int, list[tuple[float, float]]] = {}
    usual = votes.most_common(1)[0] if votes else None
    common = (usual[0][0] * 8.0, usual[0][1] * 8.0) if usual and usual[1] >= 0.4 * len(pages) else None
    for page in pages:
        prose = [line for line in page.lines if "prose" in line.tags]
        left = min((line.x0 for line in prose), default=0.08 * page.width)
        right = max((line.x1 for line in prose), default=0.92 * page.width)
        gutter = own[page.number]
        if gutter is None and common is not None:
            wide = [line for line in prose if line.width > 0.62 * page.width]
            if len(wide) < 4:
                gutter = common
        if gutter is None or not left < gutter[0] < right:
            result[page.number] = [(left, right)]
        else:
            result[page.number] = [(left, gutter[0]), (gutter[1], max(right, gutter[1] + 50))]
    return result, common


def without_sidebar(page: Page, flows: list[Flow], body: BodyStyle) -> list[Flow]:
    """Tag `sidebar` on a narrow column of small print beside the text of a first page; returns the other flows."""
    kept: list[Flow] = []
    for flow in flows:
        narrow = flow.x1 - flow.x0 < 0.36 * page.width
        small = sum(len(v.text) for v in flow.lines if v.size < body.size - 0.4) > 0.7 * sum(
            len(v.text) for v in flow.lines
        )
        top, bottom = flow.lines[0].y0, flow.lines[-1].y1
        wider = [
            other
            for other in flows
            if other is not flow
            and other.x1 - other.x0 > 1.3 * (flow.x1 - flow.x0)
            and other.x0 > flow.x1 - 4
            and other.lines[0].y0 < bottom
            and other.lines[-1].y1 > top
        ]
        if narrow and small and wider:
            for line in flow.lines:
                line.tags.add("sidebar")
        else:
            kept.append(flow)
    return kept
