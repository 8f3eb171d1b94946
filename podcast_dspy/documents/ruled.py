"""Finds tables that are set between horizontal rules."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from podcast_dspy.documents.captions import Caption
from podcast_dspy.documents.geometry import inside, line_box, union
from podcast_dspy.documents.graph import BBox
from podcast_dspy.documents.pages import Page

__all__ = ["grow_header", "ruled_table", "table_side"]


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
