"""Marks what is printed on a page but is no part of the paper: running heads, page numbers, footnotes, repeated art.

Lines get a tag (`head`, `footnote`); only graphics that repeat and slides that are shown again are dropped.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence

from podcast_dspy.documents.blocks import BodyStyle
from podcast_dspy.documents.captions import LABEL
from podcast_dspy.documents.line import Line
from podcast_dspy.documents.pages import Page

__all__ = [
    "drop_overlays",
    "drop_repeated_graphics",
    "mark_footnotes",
    "mark_lone_heads",
    "mark_running_heads",
]

_PAGE_NUMBER = re.compile(
    r"(?:page\s*)?[-–|\[(]?\s*(?:[ivxlc]{1,6}|[A-Z]?\d{1,5})\s*[-–|\])]?(?:\s*(?:of|/)\s*\d{1,4})?$", re.I
)
_NOTE_MARK = re.compile(r"^(?:[*†‡§¶‖#]|\d{1,2}(?=[\s.A-Z])|[a-e](?=\s?[A-Z]))")


def _shape(text: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"\d+", "#", text.lower())).strip()


def mark_running_heads(pages: Sequence[Page]) -> None:
    """Tag `head` on lines in the top or bottom margin that repeat, digits aside, and on page numbers there."""
    spots: dict[str, list[tuple[int, float]]] = defaultdict(list)
    margin: list[tuple[Page, Line]] = []
    for page in pages:
        for line in page.lines:
            if line.y1 < 0.13 * page.height or line.y0 > 0.87 * page.height:
                margin.append((page, line))
                spots[_shape(line.text)].append((page.number, line.baseline))
    for page, line in margin:
        shape = _shape(line.text)
        outer = line.y1 < 0.105 * page.height or line.y0 > 0.905 * page.height
        if _PAGE_NUMBER.match(line.text.strip()) and outer:
            line.tags.add("head")
            continue
        same = {number for number, y in spots[shape] if abs(y - line.baseline) < 6 and number != page.number}
        enough = 2 if len(pages) > 4 else 1
        if len(same) >= enough and (outer or len(same) >= 3) and shape:
            line.tags.add("head")
    # What stands beside or beyond a running head in the margin is part of it.
    for page in pages:
        heads = [line for line in page.lines if "head" in line.tags]
        for line in page.lines:
            if "head" in line.tags or len(line.text) > 140:
                continue
            top = [h.y1 for h in heads if h.y1 < 0.13 * page.height]
            bottom = [h.y0 for h in heads if h.y0 > 0.87 * page.height]
            if (top and line.y1 <= max(top) + 2) or (bottom and line.y0 >= min(bottom) - 2):
                line.tags.add("head")
    _mark_first_page_number(pages)


def mark_lone_heads(pages: Sequence[Page], body: BodyStyle) -> None:
    """Tag `head` on small or parted lines in the margins of later pages, although no other page repeats them."""
    text = [line for page in pages for line in _running_text(page, body)]
    top, bottom = min((v.y0 for v in text), default=0.0), max((v.y1 for v in text), default=0.0)
    for page in pages[1:]:
        for line in page.lines:
            above = line.y1 < min(top - 0.5 * body.pitch, 0.13 * page.height)
            below = line.y0 > max(bottom + 0.5 * body.pitch, 0.9 * page.height)
            if line.tags or not (above or below) or LABEL.match(line.text):
                continue
            steps = [abs(v.baseline - line.baseline) for v in page.lines if v is not line]
            parted = any(step < 2 for step in steps)
            alone = not any(2 <= step < 1.3 * body.pitch for step in steps)
            if alone and (parted or line.size < body.size - 0.4):
                line.tags.add("head")


def _running_text(page: Page, body: BodyStyle) -> list[Line]:
    """Lines of the body's size that others follow at its pitch."""
    lines = [v for v in page.lines if not v.tags and abs(v.size - body.size) < 0.4 and len(v.text) > 25]
    return [
        line
        for line in lines
        if any(
            0.6 < abs(v.baseline - line.baseline) / body.pitch < 1.4 and abs(v.x0 - line.x0) < 2 * body.size
            for v in lines
        )
    ]


def drop_overlays(pages: Sequence[Page]) -> None:
    """Empty each page that the next one repeats whole: a slide that is shown again with one more line."""
    shapes = [
        # The number of a slide may count what is shown, and stands at its foot.
        Counter(
            _shape(v.text) if v.y0 > 0.87 * page.height or _PAGE_NUMBER.match(v.text) else v.text
            for v in page.lines
        )
        for page in pages
    ]
    for page, own, following in zip(pages, shapes, shapes[1:], strict=False):
        if own and own <= following:
            page.lines, page.graphics = [], []


def _mark_first_page_number(pages: Sequence[Page]) -> None:
    """A lone number below all the rest of a page is its number even without a neighbour to compare with."""
    for page in pages:
        rest = [line for line in page.lines if "head" not in line.tags]
        if not rest:
            continue
        last = max(rest, key=lambda line: line.y1)
        if _PAGE_NUMBER.match(last.text.strip()) and last.y0 > 0.85 * page.height:
            last.tags.add("head")


def mark_footnotes(page: Page, body_size: float) -> None:
    """Tag `footnote` on small lines at the foot of a column that start with a note mark or follow a short rule."""
    live = [line for line in page.lines if not line.tags]
    large = [line for line in live if line.size > body_size - 0.6 and len(line.text) > 25]
    rules = [g.box for g in page.graphics if g.kind == "rule" and g.box[2] - g.box[0] > 30][:500]
    # A rule right under words underlines a link; it does not start the footnotes.
    rules = [
        box
        for box in rules
        if not any(
            -1 < box[1] - v.baseline < 4 and v.x0 - 2 <= box[0] and box[2] <= v.x1 + 2 for v in page.lines
        )
    ]
    small = sorted(
        (line for line in live if line.size < body_size - 0.6 and line.y0 > 0.5 * page.height),
        key=lambda line: line.y0,
    )
    for start in small:
        if start.tags:
            continue
        first = start.words[0]
        marked = bool(_NOTE_MARK.match(start.text)) and (
            first.raised == 1
            or first.size < start.size
            or start.text[0] in "*†‡§¶‖#"
            or (start.y0 > 0.72 * page.height and start.size < body_size - 0.9)
        )
        ruled = any(
            -3 < start.y0 - box[1] < 16
            and box[0] < start.x0 + 24
            and start.x0 < box[2]
            and box[2] - box[0] < 0.45 * page.width
            for box in rules
        )
        below = [
            line
            for line in large
            if line.y0 > start.y0 + 2 and line.x0 < start.x1 and line.x1 > start.x0 + min(20, start.width / 2)
        ]
        if (marked or ruled) and not below:
            for line in small:
                if line.y0 >= start.y0 - 1 and line.x0 < start.x1 + 40 and line.x1 > start.x0 - 4:
                    line.tags.add("footnote")


def drop_repeated_graphics(pages: Sequence[Page]) -> None:
    """Remove logos, bars and head rules: graphics at the same place on several pages."""
    places: Counter[tuple[int, ...]] = Counter()
    for page in pages:
        places.update({tuple(round(v / 3) for v in g.box) for g in page.graphics})
    limit = max(3, min(5, len(pages) // 3))
    for page in pages:
        page.graphics = [g for g in page.graphics if places[tuple(round(v / 3) for v in g.box)] < limit]
