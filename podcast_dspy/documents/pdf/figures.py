"""Finds where figures and tables are drawn, from their captions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from podcast_dspy.documents.graph import BBox
from podcast_dspy.documents.pdf.captions import CONTINUED, Caption
from podcast_dspy.documents.pdf.graphics import Graphic
from podcast_dspy.documents.pdf.lines import Line, Tag, inside, line_box, overlap, table_cells, union
from podcast_dspy.documents.pdf.pages import Page

REACH = 16.0
"""Points over which axis labels and panel letters still belong to a drawing."""


@dataclass
class Region:
    """Where a figure or table is drawn; `box` is None when the page draws nothing near the caption."""

    caption: Caption
    box: BBox | None
    lines: list[Line]


def _long_rules(page: Page) -> list[BBox]:
    """Horizontal rules, those drawn cell by cell joined."""
    rules = sorted(
        (g.box for g in page.graphics if g.kind == "rule" and g.box[2] - g.box[0] > g.box[3] - g.box[1]),
        key=lambda b: (round(b[1]), b[0]),
    )
    joined: list[BBox] = []
    for box in rules:
        if joined and abs(joined[-1][1] - box[1]) < 1.6 and box[0] - joined[-1][2] < 4:
            joined[-1] = union([joined[-1], box])
        else:
            joined.append(box)
    return [box for box in joined if box[2] - box[0] > 60]


def _ruled_table(
    caption: Caption, page: Page, stops: Sequence[BBox], limits: tuple[float, float], down: bool
) -> BBox | None:
    """The table between horizontal rules of one extent below (`down`) or above its caption."""
    x0, x1 = limits
    rules = sorted((b for b in _long_rules(page) if b[0] >= x0 - 10 and b[2] <= x1 + 10), key=lambda b: b[1])
    ordered = (
        [b for b in rules if b[1] >= caption.box[3] - 3]
        if down
        else [b for b in rules if b[3] <= caption.box[1] + 3][::-1]
    )
    if not ordered:
        return None
    first = ordered[0]
    if (first[1] - caption.box[3] if down else caption.box[1] - first[3]) > 40 and (
        down or not _only_rows(page, (first[0], first[3], first[2], caption.box[1]), stops)
    ):
        return None
    near = [s for s in stops if s[0] < first[2] and s[2] > first[0]]
    edges = [s[1] if down else s[3] for s in near if (s[1] > first[3] if down else s[3] < first[1])]
    edge = (min(edges) if down else max(edges)) if edges else (page.height if down else 0.0)
    prose = [v.baseline for v in page.lines if "prose" in v.tags and v.x0 < first[2] and v.x1 > first[0]]
    chain = [first]
    for box in ordered[1:]:
        if abs(box[0] - first[0]) > 5 or abs(box[2] - first[2]) > 5:
            continue
        low, high = sorted((chain[-1][1], box[1]))
        if (box[3] > edge + 2 if down else box[1] < edge - 2) or sum(low < y < high for y in prose) > 5:
            break
        chain.append(box)
    return union(chain) if len(chain) >= 2 else None


def _only_rows(page: Page, box: BBox, stops: Sequence[BBox]) -> bool:
    """Whether all that stands in a box are rows of a table of which only the head is ruled."""
    inner = [line for line in page.lines if inside(line_box(line), box, 4)]
    beside = Counter(round(line.baseline) for line in inner)
    return bool(inner) and not (
        any(overlap(stop, box) > 0 for stop in stops)
        or any("prose" in line.tags and beside[round(line.baseline)] < 2 for line in inner)
    )


def _with_columns(box: BBox, page: Page) -> BBox:
    """A box between horizontal rules, with the rows above and below them that its vertical rules go through."""
    upright = [b for g in page.graphics if (b := g.box)[2] - b[0] < min(3, b[3] - b[1])]
    for rule in sorted(upright, key=lambda b: abs(b[1] - box[1])):
        if box[0] - 2 < rule[0] < box[2] + 2 and rule[1] < box[3] + 2 and rule[3] > box[1] - 2:
            box = (box[0], min(box[1], rule[1]), box[2], max(box[3], rule[3]))
    return box


def _with_rows(box: BBox, page: Page) -> BBox:
    """A box that holds only a ruled header, extended over the rows below it up to a gap or running text."""
    inner = [line for line in page.lines if inside(line_box(line), box, 4)]
    if len({round(line.baseline / 3) for line in inner}) > 3:
        return box
    bottom = box[3]
    for line in sorted(page.lines, key=lambda v: v.baseline):
        if line.y0 < bottom - 2 or line.x1 < box[0] or line.x0 > box[2]:
            continue
        if line.y0 - bottom > 1.6 * line.size or line.tags & {"prose", "caption", "head", "heading"}:
            break
        bottom = max(bottom, line.y1)
    return box[0], box[1], box[2], bottom


def _span(
    caption: Caption, page: Page, columns: Sequence[tuple[float, float]], prose: Sequence[BBox]
) -> tuple[float, float]:
    """Left and right limit of what the caption may label: its column, or all columns that it touches.

    Text that runs beside the caption (a figure that text flows around) narrows the limits; a drawing that reaches
    over the gutter widens them to the page.
    """
    touched = [c for c in columns if min(c[1], caption.box[2]) - max(c[0], caption.box[0]) > 6]
    x0, x1 = 0.0, page.width
    if len(touched) == 1 and len(columns) > 1:
        edge = columns[0][1] if touched[0] is columns[0] else columns[1][0]
        (top, _), (_, bottom) = _limits(caption, page, prose, 0.0, page.width)
        if not any(
            g.box[0] < edge - 8 and g.box[2] > edge + 8 and top - 4 < (g.box[1] + g.box[3]) / 2 < bottom + 4
            for g in page.graphics
        ):
            x0, x1 = touched[0][0] - 8, touched[0][1] + 8
    for box in prose:
        if box[1] < caption.box[3] and box[3] > caption.box[1]:
            if box[2] <= caption.box[0] + 4:
                x0 = max(x0, box[2] + 1)
            elif box[0] >= caption.box[2] - 4:
                x1 = min(x1, box[0] - 1)
    return x0, x1


def _limits(
    caption: Caption, page: Page, stops: Sequence[BBox], x0: float, x1: float
) -> tuple[tuple[float, float], tuple[float, float]]:
    """Vertical limits of the free zone above and below a caption, between the nearest stops."""
    near = [stop for stop in stops if min(stop[2], x1) - max(stop[0], x0) >= 4]
    top = max((stop[3] for stop in near if stop[3] <= caption.box[1] + 2), default=0.0)
    bottom = min((stop[1] for stop in near if stop[1] >= caption.box[3] - 2), default=page.height)
    return (top, caption.box[1]), (caption.box[3], bottom)


def _collect(
    page: Page, zone: BBox, table: bool, text: Sequence[Line], beside: Sequence[Graphic] = ()
) -> tuple[float, BBox | None, list[Line]]:
    """Weight, box and inner text of what is drawn in a zone without what is `beside` it; rules are no drawing."""
    drawn = [
        g for g in page.graphics if overlap(g.box, zone) > 0.55 * overlap(g.box, g.box) and g not in beside
    ]
    inner = [line for line in text if overlap(line_box(line), zone) > 0.6 * line.width * (line.y1 - line.y0)]
    if not drawn or (not table and all(g.kind == "rule" for g in drawn)):
        if not table or len(inner) < 4:
            return 0.0, None, []
        area = union([line_box(line) for line in inner])
        return 0.3 * (area[2] - area[0]) * (area[3] - area[1]), area, inner
    area = union([g.box for g in drawn])
    turned = [b for b in page.turned if overlap(b, zone) > 0.6 * overlap(b, b)]
    taken: list[Line] = []
    grown = True
    while grown:
        wide = (area[0] - REACH, area[1] - REACH, area[2] + REACH, area[3] + REACH)
        near = [line for line in inner if line not in taken and overlap(line_box(line), wide) > 0]
        taken += near
        across = [b for b in turned if overlap(b, wide) > 0]
        turned = [b for b in turned if b not in across]
        area = union([area, *map(line_box, near), *across])
        grown = bool(near or across)
    clipped = (max(area[0], zone[0]), max(area[1], zone[1]), min(area[2], zone[2]), min(area[3], zone[3]))
    return max(0.0, clipped[2] - clipped[0]) * max(0.0, clipped[3] - clipped[1]), clipped, taken


def _level(box: BBox, caption: BBox) -> bool:
    """Whether a box lies left or right of a caption, at its height."""
    level = box[1] <= caption[3] + 4 and box[3] >= caption[1] - 4
    return level and (box[2] <= caption[0] + 4 or box[0] >= caption[2] - 4)


Choice = tuple[float, str, BBox, list[Line]]
"""Weight, side, box and inner text of what a caption may label."""


def _choices(
    caption: Caption,
    page: Page,
    stops: Sequence[BBox],
    limits: tuple[float, float],
    free: list[Line],
    sides: Counter[str],
) -> list[Choice]:
    """What is drawn above, below and, of figures, beside a caption."""
    table = caption.kind != "figure"
    kind = "table" if table else "figure"
    above, below = _limits(caption, page, stops, *limits)
    found: list[Choice] = []
    # What a caption stands beside it must not cut through.
    beside = [g for g in page.graphics if not table and g.area > 4000 and _level(g.box, caption.box)]
    for side, (top, bottom) in (("above", above), ("below", below)):
        weight, box, inner = _collect(page, (limits[0], top, limits[1], bottom), table, free, beside)
        if bottom - top < 12 or box is None:
            continue
        others = sides[f"{kind}-above"] + sides[f"{kind}-below"]
        habit = 1.0 + 1.5 * sides[f"{kind}-{side}"] / (1 + others)
        custom = 1.6 if (side == "below") == table else 1.0
        gap = caption.box[1] - box[3] if side == "above" else box[1] - caption.box[3]
        found.append((weight * habit * custom * (1.0 if gap < 40 else 0.4), side, box, inner))
    for g in beside:
        zone = (g.box[0] - 4, g.box[1] - 4, g.box[2] + 4, g.box[3] + 4)
        weight, box, inner = _collect(page, zone, False, free)
        if box is not None:
            found.append((weight * 0.9, "beside", box, inner))
    return found


_TEXT: frozenset[Tag] = frozenset({"prose", "heading"})


def _is_cell(line: Line, page: Page, columns: Sequence[tuple[float, float]]) -> bool:
    """Whether a line that looks like text (a citation, a bold number) stands in a row with what does not.

    A column of running text has one line at each height, which tells it from the text of tables and drawings
    (Clark and Divvala, PDFFigures 2.0, 2016).
    """

    def side(other: Line) -> int:
        if len(columns) < 2 or (other.x0 <= columns[0][1] and other.x1 >= columns[1][0]):
            return 0
        return -1 if other.x1 < columns[1][0] else 1

    return any(
        abs(other.baseline - line.baseline) < 2 and side(other) * side(line) >= 0
        for other in page.lines
        if not other.tags & {"head", "caption", "footnote", *_TEXT}
    )


def _running(page: Page, columns: Sequence[tuple[float, float]]) -> list[Line]:
    return [line for line in page.lines if line.tags & _TEXT and not _is_cell(line, page, columns)]


def table_sides(
    page: Page, captions: Sequence[Caption], columns: Sequence[tuple[float, float]]
) -> Counter[str]:
    """How many table captions of a page have running text next to them only below, so that their table is above, and
    how many only above: a paper puts all its tables on one side."""
    running = {id(line) for line in _running(page, columns)}
    found: Counter[str] = Counter()
    for caption in captions:
        if caption.kind == "figure":
            continue
        x0, top, x1, bottom = caption.box
        beside = [line for line in page.lines if line.x0 < x1 and line.x1 > x0 and "head" not in line.tags]
        below = min(
            (line for line in beside if line.y0 >= bottom - 2), key=lambda line: line.y0, default=None
        )
        above = max((line for line in beside if line.y1 <= top + 2), key=lambda line: line.y1, default=None)
        text_below, text_above = (line is not None and id(line) in running for line in (below, above))
        if text_below is not text_above:
            found["table-above" if text_below else "table-below"] += 1
    return found


def find_regions(
    page: Page, captions: Sequence[Caption], columns: Sequence[tuple[float, float]], sides: Counter[str]
) -> list[Region]:
    """The region of every caption on a page; text lines inside are tagged `figure` or `table`.

    `sides` counts where the paper puts its figures and tables; it settles doubtful cases and is updated.
    """
    results: list[Region] = []
    running = _running(page, columns)
    prose = [line_box(line) for line in running]
    known = {id(line) for line in running}
    free = [v for v in page.lines if not v.tags & {"head", "caption", "footnote"} and id(v) not in known]
    taken: list[BBox] = []
    spans = {id(caption): _span(caption, page, columns, prose) for caption in captions}
    down_first = sides["table-below"] >= sides["table-above"]
    usual = {
        id(one): _ruled_table(
            one, page, [c.box for c in captions if c is not one], spans[id(one)], down_first
        )
        for one in captions
        if one.kind != "figure"
    }
    for caption in sorted(captions, key=lambda c: (c.kind != "table", c.box[1])):
        others = [*(c.box for c in captions if c is not caption), *taken]
        # On the unusual side stands what another caption may label.
        theirs = [one for name, one in usual.items() if one is not None and name != id(caption)]
        box: BBox | None = None
        lines: list[Line] = []
        for down in (down_first, not down_first) if caption.kind != "figure" else ():
            ruled = _ruled_table(caption, page, others, spans[id(caption)], down)
            claimed = taken if down is down_first else [*taken, *theirs]
            if ruled is not None and not any(overlap(ruled, t) > 0.3 * overlap(t, t) for t in claimed):
                box = _with_rows(_with_columns(ruled, page), page)
                printed = [line for line in page.lines if not line.tags & {"head", "caption"}]
                lines = [line for line in printed if inside(line_box(line), box, 4)]
                sides["table-below" if down else "table-above"] += 1
                break
        tag: Tag = "table" if caption.kind != "figure" else "figure"
        if box is None:
            choices = _choices(caption, page, [*others, *theirs, *prose], spans[id(caption)], free, sides)
            if tag == "table":  # which has two rows at least, unless it is drawn
                choices = [one for one in choices if len({round(v.baseline) for v in one[3]}) != 1]
            if choices:
                _, side, box, lines = max(choices, key=lambda c: c[0])
                sides[f"{tag}-{side}"] += 1
        for line in lines:
            line.tags.discard("prose")
            line.tags.add(tag)
        free = [line for line in free if tag not in line.tags]
        taken += [box] if box is not None else []
        results.append(Region(caption, box, lines))
    return results


def continued_table(before: Sequence[Region], page: Page) -> Region | None:
    """The rest of the last table of the page before, at the top of this page without a caption of its own.

    Its cells begin where the columns of that table begin.
    """
    last = before[-1] if before else None
    if last is None or last.box is None or last.caption.kind != "table":
        return None
    bottom = last.box[3]
    if any(v.y0 > bottom and not v.tags & {"head", "footnote"} for v in last.caption.page.lines):
        return None
    columns = {round(line.x0) for line in last.lines}
    rest: list[Line] = []
    for line in sorted(page.lines, key=lambda v: v.baseline):
        if line.tags & {"prose", "heading", "caption"}:
            break
        if "head" not in line.tags:
            rest.append(line)
    aligned = [line for line in rest if any(abs(line.x0 - column) < 3 for column in columns)]
    rows = Counter(round(line.baseline) for line in aligned)
    if len(aligned) < 0.8 * len(rest) or sum(count > 1 for count in rows.values()) < 2:
        return None
    for line in rest:
        line.tags.add("table")
    caption = replace(last.caption, page=page, text="continued", lines=[])
    return Region(caption, union([line_box(line) for line in rest]), rest)


def print_order(region: Region) -> tuple[int, int, str]:
    """Page and printed number: the order in which figures and tables are counted."""
    digits = "".join(filter(str.isdecimal, region.caption.number))
    return region.caption.page.number, int(digits or 0), region.caption.number


def table_rows(parts: list[Region]) -> list[list[str]]:
    """Rows of a table, those on further pages included, without the header that each page repeats."""
    rows = table_cells(parts[0].lines)
    for part in parts[1:]:
        own = table_cells(part.lines)
        if own and "".join(own[0]) == "".join(rows[0]):
            rows += own[1:]
        elif CONTINUED.match(part.caption.text):
            rows += own
    return rows
