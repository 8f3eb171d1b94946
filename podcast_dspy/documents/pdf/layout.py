"""Puts the lines of a page in reading order: columns from left to right inside bands from top to bottom.

Columns show in rows that have text on both sides of a gutter. A column of few lines has few such rows; it is known by
the order in which the page is drawn, column after column.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from podcast_dspy.documents.graph import BBox
from podcast_dspy.documents.pdf.lines import BodyStyle, Line

if TYPE_CHECKING:
    from podcast_dspy.documents.pdf.pages import Page

DEEPEST = 5
"""Columns inside columns."""


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
    # Lines of nearly the same height read from left to right.
    rows: list[list[Line]] = []
    for line in sorted(lines, key=lambda line: line.baseline):
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
        crosses = line.x0 < x0 - 2 and line.x1 > x1 - 1
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
class _Column:
    """The gutter before a column, and where that column begins."""

    x0: float
    x1: float
    top: float


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
    return _Column(x0, x1, top) if beside and x0 < x1 - 3 else None


def _parted(lines: Sequence[Line], column: _Column) -> tuple[list[Line], list[Line], list[Line]]:
    """Lines above the column, those to its left, and its own."""
    above, left, own = [], [], []  # type: tuple[list[Line], list[Line], list[Line]]
    for line in lines:
        if line.baseline < column.top:
            above.append(line)
        else:
            (left if line.x0 < column.x1 - 2 else own).append(line)
    return above, left, own


def _wall(lines: Sequence[Line], walls: Sequence[BBox]) -> BBox | None:
    """A figure or table that parts what is drawn before it from what is drawn after it, over both columns."""
    for wall in walls:
        above = [index for index, line in enumerate(lines) if line.baseline <= wall[1] + 1]
        below = [index for index, line in enumerate(lines) if line.baseline > wall[1] + 1]
        if above and below and max(above) < min(below):
            return wall
    return None


def reading_order(lines: Sequence[Line], walls: Sequence[BBox] = (), depth: int = 0) -> list[Flow]:
    """Columns of lines in the order in which they are read; the lines come in the order in which they are drawn.

    `walls` are the figures and tables that stand across the columns.
    """
    live = list(lines)
    if not live:
        return []
    if depth >= DEEPEST:
        return [_flow(live)]
    wall = _wall(live, walls)
    gutters = find_gutters(live, least_rows=4 if depth else 5)
    cut = wall[1] + 1 if wall is not None else _horizontal_cut(live, gutters)
    if cut is not None:
        walls = [other for other in walls if other is not wall]
        parts = [[v for v in live if v.baseline <= cut], [v for v in live if v.baseline > cut]]
        return [flow for part in parts for flow in reading_order(part, walls, depth + (wall is None))]
    if not gutters:
        column = _drawn_column(live)
        if column is None:
            return [_flow(live)]
        return [flow for part in _parted(live, column) for flow in reading_order(part, walls, depth + 1)]
    x0, x1 = gutters[0]
    flows: list[Flow] = []
    drawn = {id(line): index for index, line in enumerate(live)}
    for crosses, band in _bands(live, x0, x1):
        band.sort(key=lambda line: drawn[id(line)])
        left = [line for line in band if line.x0 + line.x1 < x0 + x1]
        right = [line for line in band if line.x0 + line.x1 >= x0 + x1]
        if crosses or not left or not right:
            flows.append(_flow(band))
        else:
            flows += [flow for side in (left, right) for flow in reading_order(side, walls, depth + 1)]
    return flows


def find_columns(pages: Sequence[Page]) -> dict[int, list[tuple[float, float]]]:
    """Left and right edge of each column, for each page; a page too sparse to tell follows the document."""
    prose = {page.number: [line for line in page.lines if "prose" in line.tags] for page in pages}
    own = {number: next(iter(find_gutters(lines)), None) for number, lines in prose.items()}
    votes = Counter((round(gutter[0] / 8), round(gutter[1] / 8)) for gutter in own.values() if gutter)
    usual = votes.most_common(1)[0] if votes else None
    common = (usual[0][0] * 8.0, usual[0][1] * 8.0) if usual and usual[1] >= 0.4 * len(pages) else None
    result: dict[int, list[tuple[float, float]]] = {}
    for page in pages:
        lines = prose[page.number]
        left = min((line.x0 for line in lines), default=0.08 * page.width)
        right = max((line.x1 for line in lines), default=0.92 * page.width)
        gutter = own[page.number]
        if gutter is None and sum(line.width > 0.62 * page.width for line in lines) < 4:
            gutter = common
        if gutter is None or not left < gutter[0] < right:
            result[page.number] = [(left, right)]
        else:
            result[page.number] = [(left, gutter[0]), (gutter[1], max(right, gutter[1] + 50))]
    return result


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
