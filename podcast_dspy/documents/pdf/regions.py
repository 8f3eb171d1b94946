"""Finds the drawn region of each figure and table: its caption, the graphics near it, the text that bounds it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from podcast_dspy.documents.graph import BBox
from podcast_dspy.documents.pdf.captions import Caption
from podcast_dspy.documents.pdf.lines import Line, Tag, inside, line_box, overlap, union
from podcast_dspy.documents.pdf.pages import Page

__all__ = ["Region", "continued_table", "find_regions"]

REACH = 16.0
"""Points over which axis labels and panel letters still belong to a drawing."""


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


def ruled_table(
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
    distance = first[1] - caption.box[3] if down else caption.box[1] - first[3]
    if distance > 40 or min(first[2], caption.box[2]) - max(first[0], caption.box[0]) < 20:
        return None
    edges = [s[1] if down else s[3] for s in stops if (s[1] > first[3] if down else s[3] < first[1])]
    edge = (min(edges) if down else max(edges)) if edges else (page.height if down else 0.0)
    prose = [
        (v.y0 + v.y1) / 2 for v in page.lines if "prose" in v.tags and v.x0 < first[2] and v.x1 > first[0]
    ]
    chain = [first]
    for box in ordered[1:]:
        if abs(box[0] - first[0]) > 5 or abs(box[2] - first[2]) > 5:
            continue
        low, high = sorted((chain[-1][1], box[1]))
        if (box[3] > edge + 2 if down else box[1] < edge - 2) or (
            sum(low < y < high for y in prose) > 5 and caption.kind == "table"
        ):
            break
        chain.append(box)
    found = union(chain)
    return found if len(chain) >= 2 and found[3] - found[1] > 12 else None


def table_side(
    captions: Sequence[Caption], page: Page, spans: dict[int, tuple[float, float]], sides: Counter[str]
) -> bool:
    """Whether the tables of a page stand below their captions: the side that gives more of them a table of its own."""
    found = {True: 0, False: 0}
    for down in (True, False):
        boxes = {
            ruled_table(c, page, [o.box for o in captions if o is not c], spans[id(c)], down)
            for c in captions
            if c.kind != "figure"
        }
        found[down] = len(boxes - {None})
    if found[True] != found[False]:
        return found[True] > found[False]
    return sides["table-below"] >= sides["table-above"]


def grow_header(box: BBox, page: Page, stops: Sequence[BBox]) -> BBox:
    """A box that holds only a ruled header, extended over the rows below it up to a gap or running text."""
    inner = [line for line in page.lines if inside(line_box(line), box, 4)]
    if len({round(line.baseline / 3) for line in inner}) > 3 or box[3] - box[1] > 45:
        return box
    bottom = box[3]
    for line in sorted(page.lines, key=lambda v: v.baseline):
        if line.y0 < bottom - 2 or line.x1 < box[0] or line.x0 > box[2]:
            continue
        if line.y0 - bottom > 1.6 * line.size or line.tags & {"prose", "caption", "head", "heading"}:
            break
        if any(
            stop[1] < line.y1 and stop[3] > line.y0 and stop[0] < line.x1 and stop[2] > line.x0
            for stop in stops
        ):
            break
        bottom = max(bottom, line.y1)
    return box[0], box[1], box[2], bottom


@dataclass
class Region:
    """Where a figure or table is drawn; `box` is None when the page draws nothing near the caption."""

    caption: Caption
    box: BBox | None
    lines: list[Line]


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
        x0, x1 = touched[0][0] - 8, touched[0][1] + 8
        edge = columns[0][1] if touched[0] is columns[0] else columns[1][0]
        (top, _), (_, bottom) = _limits(caption, page, prose, 0.0, page.width)
        if any(
            g.box[0] < edge - 8 and g.box[2] > edge + 8 and top - 4 < (g.box[1] + g.box[3]) / 2 < bottom + 4
            for g in page.graphics
        ):
            x0, x1 = 0.0, page.width
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
    top, bottom = 0.0, page.height
    for stop in stops:
        if min(stop[2], x1) - max(stop[0], x0) < 4:
            continue
        if stop[3] <= caption.box[1] + 2:
            top = max(top, stop[3])
        elif stop[1] >= caption.box[3] - 2:
            bottom = min(bottom, stop[1])
    return (top, caption.box[1]), (caption.box[3], bottom)


def _collect(
    page: Page, zone: BBox, table: bool, text: Sequence[Line]
) -> tuple[float, BBox | None, list[Line]]:
    """Weight, box and inner text of what is drawn in a zone."""
    boxes = [
        g.box
        for g in page.graphics
        if overlap(g.box, zone) > 0.55 * max(g.box[2] - g.box[0], 1) * max(g.box[3] - g.box[1], 1)
    ]
    rules_only = all(g.kind == "rule" for g in page.graphics if g.box in boxes)
    if not boxes or (rules_only and not table and len(boxes) < 6):
        if not table:
            return 0.0, None, []
        boxes = []
    inner = [line for line in text if overlap(line_box(line), zone) > 0.6 * line.width * (line.y1 - line.y0)]
    if not boxes:
        if len(inner) < 4:
            return 0.0, None, []
        whole = union([line_box(line) for line in inner])
        return 0.3 * (whole[2] - whole[0]) * (whole[3] - whole[1]), whole, inner
    whole = union(boxes)
    taken: list[Line] = []
    pending = list(inner)
    grown = True
    while grown:
        grown = False
        for line in list(pending):
            b = line_box(line)
            near = (
                b[0] < whole[2] + REACH
                and b[2] > whole[0] - REACH
                and b[1] < whole[3] + REACH
                and b[3] > whole[1] - REACH
            )
            if near:
                taken.append(line)
                pending.remove(line)
                whole = union([whole, b])
                grown = True
    clipped = (max(whole[0], zone[0]), max(whole[1], zone[1]), min(whole[2], zone[2]), min(whole[3], zone[3]))
    return max(0.0, clipped[2] - clipped[0]) * max(0.0, clipped[3] - clipped[1]), clipped, taken


def find_regions(
    page: Page, captions: Sequence[Caption], columns: Sequence[tuple[float, float]], sides: Counter[str]
) -> list[Region]:
    """The region of every caption on a page; text lines inside are tagged `figure` or `table`.

    `sides` counts where the paper puts its figures and tables; it settles doubtful cases and is updated.
    """
    results: list[Region] = []
    heading_like = [line for line in page.lines if line.tags & {"heading"}]
    prose = [line_box(line) for line in page.lines if "prose" in line.tags] + [
        line_box(line) for line in heading_like
    ]
    text = [
        line for line in page.lines if not (line.tags & {"head", "caption", "prose", "footnote", "heading"})
    ]
    free = list(text)
    taken_boxes: list[BBox] = []
    order = sorted(captions, key=lambda c: (c.kind != "table", c.box[1]))
    spans = {id(caption): _span(caption, page, columns, prose) for caption in captions}
    down_first = table_side(captions, page, spans, sides)
    for caption in order:
        others = [c.box for c in captions if c is not caption]
        x0, x1 = spans[id(caption)]
        stops = [*others, *prose, *taken_boxes]
        table = caption.kind != "figure"
        box: BBox | None = None
        lines: list[Line] = []
        if table:
            stops_table = [*others, *taken_boxes]
            for down in (down_first, not down_first):
                ruled = ruled_table(caption, page, stops_table, (x0, x1), down)
                if ruled is None or any(overlap(ruled, t) > 0.3 * overlap(t, t) for t in taken_boxes):
                    continue
                box = grow_header(ruled, page, stops_table)
                lines = [
                    line
                    for line in page.lines
                    if not (line.tags & {"head", "caption"}) and inside(line_box(line), box, 4)
                ]
                sides["table-below" if down else "table-above"] += 1
                break
        if box is None:
            above, below = _limits(caption, page, stops, x0, x1)
            choices: list[tuple[float, str, BBox, list[Line]]] = []
            for side, (top, bottom) in (("above", above), ("below", below)):
                if bottom - top < 12:
                    continue
                zone = (x0, top, x1, bottom)
                weight, found, inner = _collect(page, zone, table, free)
                if found is None:
                    continue
                kind = "table" if table else "figure"
                habit = 1.0 + 1.5 * sides[f"{kind}-{side}"] / (
                    1 + sides[f"{kind}-above"] + sides[f"{kind}-below"]
                )
                custom = 1.6 if (side == "below") == table else 1.0
                gap = caption.box[1] - found[3] if side == "above" else found[1] - caption.box[3]
                nearness = 1.0 if gap < 40 else 0.4
                choices.append((weight * habit * custom * nearness, side, found, inner))
            beside = _beside(caption, page, stops, free) if not table else None
            if beside is not None:
                choices.append(beside)
            if choices:
                _, side, box, lines = max(choices, key=lambda c: c[0])
                sides[f"{'table' if table else 'figure'}-{side}"] += 1
        if box is not None:
            tag: Tag = "table" if table else "figure"
            for line in lines:
                line.tags.discard("prose")
                line.tags.add(tag)
                if line in free:
                    free.remove(line)
            taken_boxes.append(box)
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


def _beside(
    caption: Caption, page: Page, stops: Sequence[BBox], free: Sequence[Line]
) -> tuple[float, str, BBox, list[Line]] | None:
    """A figure to the left or right of its caption."""
    best: tuple[float, str, BBox, list[Line]] | None = None
    for g in page.graphics:
        if g.area < 4000 or g.box[1] > caption.box[3] + 4 or g.box[3] < caption.box[1] - 4:
            continue
        if g.box[2] <= caption.box[0] + 4 or g.box[0] >= caption.box[2] - 4:
            zone = (g.box[0] - 4, g.box[1] - 4, g.box[2] + 4, g.box[3] + 4)
            if any(overlap(stop, zone) > 20 for stop in stops):
                continue
            weight, found, inner = _collect(page, zone, False, free)
            if found is not None and (best is None or weight > best[0]):
                best = (weight * 0.9, "beside", found, inner)
    return best
