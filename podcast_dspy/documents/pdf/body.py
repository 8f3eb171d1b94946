"""Tells the running text of pages from what is around it: heads, page numbers, footnotes, repeated art, formulas."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Sequence
from itertools import pairwise
from statistics import median
from typing import TypeVar

from podcast_dspy.documents.pdf.layout import Flow
from podcast_dspy.documents.pdf.lines import BodyStyle, Line, inside, line_box
from podcast_dspy.documents.pdf.pages import Page
from podcast_dspy.documents.vocabulary import LABEL, REFERENCES, expression, split_number, tidy_heading

_EQUATION_NUMBER = expression("equation_number")
Kind = TypeVar("Kind", bound=Hashable)
_PAGE_NUMBER = expression("page_number")
_NOTE_MARK = expression("note_mark")


def body_style(lines: Sequence[Line]) -> BodyStyle:
    """The style that most characters of the running text have; references and tables do not count double."""
    listed = next(
        (
            index
            for index, line in enumerate(lines)
            if index > 0.3 * len(lines) and REFERENCES.match(tidy_heading(split_number(line.text.strip())[1]))
        ),
        len(lines),
    )
    text = [line for line in lines[:listed] if not line.tags and len(line.text) > 25]
    if not text:
        return BodyStyle()

    top, bold = _usual(lambda line: (round(line.size * 2) / 2, line.bold), text)
    mine = [line for line in text if abs(line.size - top) < 0.6 and line.bold == bold]
    size = _usual(lambda line: round(line.size, 1), mine)
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
        _usual(lambda line: line.font, mine),
    )


def _usual(kind: Callable[[Line], Kind], lines: Sequence[Line]) -> Kind:
    """What most characters of the lines have."""
    weights: Counter[Kind] = Counter()
    for line in lines:
        weights[kind(line)] += len(line.text)
    return weights.most_common(1)[0][0]


def mark_equations(flow: Flow, body: BodyStyle) -> None:
    """Tag `equation` on displayed formulas: mathematical lines that are set off from the text.

    A line that starts at the column's edge and follows the one above at the usual pitch goes on with its sentence,
    whatever signs it holds.
    """
    last: Line | None = None
    pitch = pitch_of(flow, body)
    for index, line in enumerate(flow.lines):
        above = flow.lines[index - 1] if index else None
        if line.tags & {"heading", "footnote"}:
            continue
        plain = (word.text.strip(".,;:()") for word in line.words if not (word.math or word.raised))
        words = [text for text in plain if text.isalpha()]
        speaks = sum(len(text) > 3 for text in words) > 2
        if line.words[0].text in words[:1]:  # where it begins with a word, short ones count
            speaks = sum(len(text) > 1 and text.islower() for text in words) + words[0].istitle() > 2
        signs = sum(ch in "=<>≤≥≈∑∫∏±×÷∈→∂√+∞∝≡∼" for ch in line.text)
        follows = (
            above is not None
            and "equation" not in above.tags
            and 0 < line.baseline - above.baseline < 1.15 * pitch + 1
        )
        narrow = line.width < 0.6 * (flow.x1 - flow.x0)
        set_off = line.x0 > flow.x0 + 1.2 * body.size or (narrow and not follows)
        counted = (
            _EQUATION_NUMBER.search(line.text.rstrip()[-12:]) is not None and line.text.rstrip()[-1] == ")"
        )
        formula = not speaks and (line.math > 0.4 or (signs and (line.math > 0.25 or narrow or counted)))
        near = last is not None and abs(line.baseline - last.baseline) < 2.2 * body.size
        rest = len(line.text) < 14 and all(len(text) < 4 for text in words) and set_off
        numbered = _EQUATION_NUMBER.fullmatch(line.text.strip())
        if (formula and set_off and "prose" not in line.tags) or (near and (rest or numbered)):
            line.tags.add("equation")
            last = line
    _keep_inline(flow, pitch)


def _keep_inline(flow: Flow, pitch: float) -> None:
    """Put into its line what stands between two lines of text that leave no room for a displayed formula."""
    above: Line | None = None
    between: list[Line] = []
    taken: set[int] = set()
    for line in flow.lines:
        if "equation" in line.tags:
            between.append(line)
            continue
        if above is not None and -0.5 < (line.baseline - above.baseline) / pitch < 1.6:
            for part in between:
                # TeX's large operators and roots hang from their baseline; all else stands near its own.
                near = 2 * part.baseline > above.baseline + line.baseline or len(part.text) == 1
                (line if near and part.x0 < line.x1 + line.size else above).take(part.words)
                taken.add(id(part))
        above, between = line, []
    flow.lines[:] = [line for line in flow.lines if id(line) not in taken]


def pitch_of(flow: Flow, body: BodyStyle) -> float:
    steps = [
        b.baseline - a.baseline
        for a, b in zip(flow.lines, flow.lines[1:], strict=False)
        if 0.9 * a.size < b.baseline - a.baseline < 2.2 * a.size
    ]
    return median(steps) if len(steps) >= 4 else body.pitch


def _shape(text: str) -> str:
    return " ".join(re.sub(r"\d+", "#", text.lower()).split())


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


def mark_lone_heads(pages: Sequence[Page], body: BodyStyle) -> None:
    """Tag `head` on small or parted lines in the margins of later pages, although no other page repeats them."""
    text = [line for page in pages for line in _running_text(page, body)]
    top = min((line.y0 for line in text), default=0.0) - 0.5 * body.pitch
    bottom = max((line.y1 for line in text), default=0.0) + 0.5 * body.pitch
    for page in pages[1:]:
        for line in page.lines:
            outside = line.y1 < min(top, 0.13 * page.height) or line.y0 > max(bottom, 0.9 * page.height)
            if line.tags or not outside or LABEL.match(line.text):
                continue
            steps = [abs(v.baseline - line.baseline) for v in page.lines if v is not line]
            parted = line.size < body.size - 0.4 or any(step < 2 for step in steps)
            if parted and not any(2 <= step < 1.3 * body.pitch for step in steps):
                line.tags.add("head")


def _running_text(page: Page, body: BodyStyle) -> list[Line]:
    """Lines of the body's size that others follow at its pitch."""
    lines = [v for v in page.lines if not v.tags and abs(v.size - body.size) < 0.4 and len(v.text) > 25]
    return [
        line for line in lines if any(0.6 < abs(v.baseline - line.baseline) / body.pitch < 1.4 for v in lines)
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


def mark_footnotes(page: Page, body_size: float) -> None:
    """Tag `footnote` on small lines at the foot of a column that start with a note mark or follow a short rule."""
    live = [line for line in page.lines if not line.tags]
    large = [line for line in live if line.size > body_size - 0.6 and len(line.text) > 25]
    rules = [
        g.box for g in page.graphics if g.kind == "rule" and 30 < g.box[2] - g.box[0] < 0.45 * page.width
    ]
    # A rule right under words underlines a link; it does not start the footnotes.
    lined = [(v.x0 - 2, v.baseline - 1, v.x1 + 2, v.baseline + 4) for v in page.lines]
    rules = [box for box in rules[:500] if not any(inside(box, words, 0.0) for words in lined)]
    small = sorted(
        (line for line in live if line.size < body_size - 0.6 and line.y0 > 0.5 * page.height),
        key=lambda line: line.y0,
    )
    for start in small:
        first = start.words[0]
        raised = first.raised == 1 or first.size < start.size or start.y0 > 0.72 * page.height
        marked = _NOTE_MARK.match(start.text) is not None and (raised or start.text[0] in "*†‡§¶‖#")
        ruled = any(
            -3 < start.y0 - box[1] < 16 and box[0] < start.x0 + 24 and start.x0 < box[2] for box in rules
        )
        below = any(v.y0 > start.y0 + 2 and v.x0 < start.x1 and v.x1 > start.x0 + 20 for v in large)
        if (marked or ruled) and not below and not start.tags:
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


def _lone_sentence(line: Line, live: Sequence[Line], body: BodyStyle) -> bool:
    """Whether a line of many words is set as the body is, with nothing beside it, as no row of a table is."""
    beside = any(v is not line and abs(v.baseline - line.baseline) < 0.5 * line.size for v in live)
    return line.font == body.font and sum(w.text.isalpha() for w in line.words) >= 8 and not beside


def mark_prose(page: Page, body: BodyStyle) -> None:
    """Tag `prose` on running text: wide lines of the body's size that stand in blocks."""
    live = [line for line in page.lines if not (line.tags & {"head", "caption"})]
    frames = [g.box for g in page.graphics if g.kind != "rule" and g.area > 2500]
    wide = [
        line
        for line in live
        if (line.width > 0.62 * body.column_width or _lone_sentence(line, live, body))
        and abs(line.size - body.size) < 0.8
        and sum(len(w.text) > 2 and w.text.strip(".,;:()").isalpha() for w in line.words) >= 3
        and sum(ch.isalpha() for ch in line.text) > 0.6 * len(line.text.replace(" ", ""))
        and not any(inside(line_box(line), frame, 1.0) for frame in frames)
    ]
    for line in wide:
        near = [v for v in wide if 0.6 * line.size < abs(v.baseline - line.baseline) < 2.2 * line.size]
        is_prose = line.font == body.font and sum(w.text.isalpha() for w in line.words) >= 8
        if is_prose or any(abs(other.x0 - line.x0) < 30 for other in near):
            line.tags.add("prose")
    # Narrow text beside a figure: five or more lines of one left edge, set as the body is.
    chains: list[list[Line]] = []
    for line in sorted(live, key=lambda v: v.baseline):
        if "prose" in line.tags or abs(line.size - body.size) > 0.4 or line.font != body.font:
            continue
        for chain in chains if len(line.words) > 2 else ():
            step = (line.baseline - chain[-1].baseline) / body.pitch
            if abs(chain[0].x0 - line.x0) < 1.5 and 0.7 < step < 1.3:
                chain.append(line)
                break
        else:
            chains.append([line])
    for line in (line for chain in chains if len(chain) >= 5 for line in chain):
        line.tags.add("prose")
    # The last line of a paragraph is short, but hangs on a prose line.
    prose = [line for line in live if "prose" in line.tags]
    for line in live:
        if abs(line.size - body.size) < 0.8 and len(line.text) > 3:
            near = [v for v in prose if 0.6 * line.size < abs(line.baseline - v.baseline) < 1.5 * line.size]
            if any(-30 < line.x0 - other.x0 < 25 for other in near):
                line.tags.add("prose")
