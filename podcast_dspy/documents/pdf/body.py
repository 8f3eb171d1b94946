"""Tells the running text of pages from what is around it: heads, page numbers, footnotes, repeated art, formulas."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import pairwise
from statistics import median

from podcast_dspy.documents.frame import LABEL, split_number, tidy_heading
from podcast_dspy.documents.pdf.layout import Flow
from podcast_dspy.documents.pdf.lines import BodyStyle, Line, inside, line_box
from podcast_dspy.documents.pdf.pages import Page

__all__ = [
    "before_references",
    "body_style",
    "drop_overlays",
    "drop_repeated_graphics",
    "edges_of",
    "mark_equations",
    "mark_footnotes",
    "mark_lone_heads",
    "mark_prose",
    "mark_running_heads",
    "pitch_of",
]

_OPERATORS = frozenset(
    "arg det diag dim exp inf lim ln log max min mod rank sgn sign sin cos tan sup tr var".split()
)
_EQUATION_NUMBER = re.compile(r"\(\s*[A-Z]?\.?\d{1,3}(?:\.\d{1,3})?[a-z]?\s*\)$")
_PAGE_NUMBER = re.compile(
    r"(?:page\s*)?[-–|\[(]?\s*(?:[ivxlc]{1,6}|[A-Z]?\d{1,5})\s*[-–|\])]?(?:\s*(?:of|/)\s*\d{1,4})?$", re.I
)
_NOTE_MARK = re.compile(r"^(?:[*†‡§¶‖#]|\d{1,2}(?=[\s.A-Z])|[a-e](?=\s?[A-Z]))")


def before_references(lines: list[Line]) -> list[Line]:
    for index, line in enumerate(lines):
        if index > 0.3 * len(lines):
            _, title = split_number(line.text.strip())
            if tidy_heading(title).lower() in ("references", "bibliography", "literature cited"):
                return lines[:index]
    return lines


def body_style(lines: Sequence[Line]) -> BodyStyle:
    """The style that most characters of the running text have; references and tables do not count double."""
    weights: Counter[tuple[float, bool]] = Counter()
    for line in lines:
        if not line.tags and len(line.text) > 25:
            weights[(round(line.size * 2) / 2, line.bold)] += len(line.text)
    if not weights:
        return BodyStyle()
    (_, bold), _ = weights.most_common(1)[0]
    top = weights.most_common(1)[0][0][0]
    mine = [
        line
        for line in lines
        if abs(line.size - top) < 0.6 and line.bold == bold and len(line.text) > 25 and not line.tags
    ]
    sizes: Counter[float] = Counter()
    fonts: Counter[str] = Counter()
    for line in mine:
        sizes[round(line.size, 1)] += len(line.text)
        fonts[line.font] += len(line.text)
    size = sizes.most_common(1)[0][0]
    steps = [
        b.baseline - a.baseline
        for a, b in pairwise(mine)
        if a.page == b.page and 0.8 * size < b.baseline - a.baseline < 2.6 * size and abs(a.x0 - b.x0) < 30
    ]
    widths = sorted(line.width for line in mine)
    return BodyStyle(
        size,
        bold,
        median(steps) if steps else 1.2 * size,
        widths[int(0.75 * len(widths))],
        fonts.most_common(1)[0][0],
    )


def _words(line: Line) -> list[str]:
    """The words that stand outside its formulas."""
    plain = (word.text.strip(".,;:()") for word in line.words if not (word.math or word.raised))
    return [text for text in plain if text.isalpha() and text not in _OPERATORS]


def _speaks(line: Line) -> bool:
    """Whether it has the words of a sentence; where it begins with one, short ones count."""
    words = _words(line)
    first = line.words[0].text
    begins = first in words and (len(first) > 1 or (line.words[1:2] and line.words[1].text.islower()))
    if begins:
        return sum(len(text) > 1 and text.islower() for text in words) + (not first.islower()) > 2
    return sum(len(text) > 3 for text in words) > 2


def mark_equations(flow: Flow, body: BodyStyle) -> None:
    """Tag `equation` on displayed formulas: mathematical lines that are set off from the text.

    A line that starts at the column's edge and follows the one above at the usual pitch goes on with its sentence,
    whatever signs it holds.
    """
    prior_equation: Line | None = None
    left, _ = edges_of(flow, body)
    pitch = pitch_of(flow, body)
    for index, line in enumerate(flow.lines):
        above = flow.lines[index - 1] if index else None
        if line.tags & {"heading", "footnote"}:
            continue
        letters = sum(ch.isalpha() for ch in line.text)
        speaks = _speaks(line)
        signs = sum(ch in "=<>≤≥≈∑∫∏±×÷∈→∂√+∞∝≡∼" for ch in line.text)
        numbered = bool(_EQUATION_NUMBER.search(line.text.strip()))
        inset = line.x0 > left + 1.2 * body.size
        follows = (
            above is not None
            and "equation" not in above.tags
            and 0 < line.baseline - above.baseline < 1.15 * pitch + 1
        )
        set_off = inset or (line.width < 0.6 * (flow.x1 - flow.x0) and not follows)
        formula = not speaks and (line.math > 0.25 or (signs >= 1 and letters < 60))
        alone = bool(re.fullmatch(r"\(\s*[A-Z]?\.?\d{1,3}(?:\.\d{1,3})?[a-z]?\s*\)", line.text.strip()))
        near = prior_equation is not None and abs(line.baseline - prior_equation.baseline) < 2.2 * body.size
        if (
            (formula and set_off and (signs or line.math > 0.4) and "prose" not in line.tags)
            or (formula and numbered and set_off)
            or (alone and near)
            or (
                near
                and len(line.text) < 14
                and all(len(text) < 4 for text in _words(line))
                and line.size <= body.size + 4
                and set_off
            )
        ):
            line.tags.add("equation")
            prior_equation = line
        elif line.width > 0.5 * (flow.x1 - flow.x0):
            prior_equation = None


def edges_of(flow: Flow, body: BodyStyle) -> tuple[float, float]:
    """The column's usual left edge and right edge."""
    lefts = Counter(round(line.x0) for line in flow.lines if line.width > 0.5 * (flow.x1 - flow.x0))
    left = float(lefts.most_common(1)[0][0]) if lefts else flow.x0
    rights = sorted(line.x1 for line in flow.lines if line.width > 0.5 * (flow.x1 - flow.x0))
    return left, rights[int(0.8 * len(rights))] if rights else flow.x1


def pitch_of(flow: Flow, body: BodyStyle) -> float:
    steps = [
        b.baseline - a.baseline
        for a, b in zip(flow.lines, flow.lines[1:], strict=False)
        if 0.9 * a.size < b.baseline - a.baseline < 2.2 * a.size
    ]
    return median(steps) if len(steps) >= 4 else body.pitch


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


def _lone_sentence(line: Line, live: list[Line], body: BodyStyle) -> bool:
    """Whether a line of many words is set as the body is, with nothing beside it, as no row of a table is."""
    return (
        line.font == body.font
        and abs(line.size - body.size) < 0.4
        and sum(w.text.isalpha() for w in line.words) >= 8
        and not any(
            other is not line and abs(other.baseline - line.baseline) < 0.5 * line.size for other in live
        )
    )


def mark_prose(page: Page, body: BodyStyle) -> None:
    """Tag `prose` on running text: wide lines of the body's size that stand in blocks."""
    body_size, column_width = body.size, body.column_width
    live = [line for line in page.lines if not (line.tags & {"head", "caption"})]
    frames = [g.box for g in page.graphics if g.kind != "rule" and g.area > 2500]
    wide = [
        line
        for line in live
        if (line.width > 0.62 * column_width or _lone_sentence(line, live, body))
        and abs(line.size - body_size) < 0.8
        and sum(len(w.text) > 2 and w.text.strip(".,;:()").isalpha() for w in line.words) >= 3
        and sum(ch.isalpha() for ch in line.text) > 0.6 * len(line.text.replace(" ", ""))
        and not any(inside(line_box(line), frame, 1.0) for frame in frames)
    ]
    for line in wide:
        near = [
            other
            for other in wide
            if other is not line
            and abs(other.x0 - line.x0) < 30
            and 0.6 * line.size < abs(other.baseline - line.baseline) < 2.2 * line.size
        ]
        if near or (line.font == body.font and sum(w.text.isalpha() for w in line.words) >= 8):
            line.tags.add("prose")
    # Narrow text beside a figure: five or more lines of one left edge, set as the body is.
    chains: list[list[Line]] = []
    for line in sorted(live, key=lambda v: v.baseline):
        if (
            "prose" in line.tags
            or abs(line.size - body.size) > 0.4
            or line.font != body.font
            or len(line.words) < 3
        ):
            continue
        for chain in chains:
            if (
                abs(chain[0].x0 - line.x0) < 1.5
                and 0.7 < (line.baseline - chain[-1].baseline) / body.pitch < 1.3
            ):
                chain.append(line)
                break
        else:
            chains.append([line])
    for chain in chains:
        if len(chain) >= 5 and not any(inside(line_box(chain[0]), frame, 1.0) for frame in frames):
            for line in chain:
                line.tags.add("prose")
    # The last line of a paragraph is short, but hangs on a prose line.
    prose = [line for line in live if "prose" in line.tags]
    for line in live:
        if "prose" not in line.tags and abs(line.size - body_size) < 0.8:
            for other in prose:
                step = line.baseline - other.baseline
                if (
                    0.6 * line.size < abs(step) < 1.5 * line.size
                    and -30 < line.x0 - other.x0 < 25
                    and len(line.text) > 3
                ):
                    line.tags.add("prose")
                    break
