"""Groups the lines of each column into blocks: headings, paragraphs, displayed equations."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import Literal

from podcast_dspy.documents.graph import BBox
from podcast_dspy.documents.layout import Flow
from podcast_dspy.documents.line import Line, Word

__all__ = ["Block", "BodyStyle", "body_style", "make_blocks", "mark_equations"]

_TERMINAL = re.compile(r"[.!?:;][\"'”’)\]]*(?:\s*\[?\d[\d,–\s-]*\]?)?$")
_BULLET = re.compile(r"^(?:[•◦▪–·■●∗]\s|\(?(?:\d{1,2}|[a-z]|[ivx]{1,4})[.)]\s|\[\d{1,3}\])")
_OPERATORS = frozenset(
    "arg det diag dim exp inf lim ln log max min mod rank sgn sign sin cos tan sup tr var".split()
)
_EQUATION_NUMBER = re.compile(r"\(\s*[A-Z]?\.?\d{1,3}(?:\.\d{1,3})?[a-z]?\s*\)$")


@dataclass
class BodyStyle:
    """How running text is set: size in points, weight, line pitch in points, column width in points, font name."""

    size: float
    bold: bool
    pitch: float
    column_width: float
    font: str = ""


@dataclass
class Block:
    """Lines that belong together."""

    kind: Literal["text", "heading", "equation", "footnote"]
    lines: list[Line]
    flow: Flow
    run_in: bool = False
    """A heading that its paragraph follows on the same line."""

    @property
    def page(self) -> int:
        """Page of its first line."""
        return self.lines[0].page

    @property
    def box(self) -> BBox:
        """Box around its lines on its first page."""
        mine = [line for line in self.lines if line.page == self.page]
        return (
            min(v.x0 for v in mine),
            min(v.y0 for v in mine),
            max(v.x1 for v in mine),
            max(v.y1 for v in mine),
        )


def body_style(lines: Sequence[Line]) -> BodyStyle:
    """The style that most characters of the running text have; references and tables do not count double."""
    weights: Counter[tuple[float, bool]] = Counter()
    for line in lines:
        if not line.tags and len(line.text) > 25:
            weights[(round(line.size * 2) / 2, line.bold)] += len(line.text)
    if not weights:
        return BodyStyle(10.0, False, 12.0, 250.0)
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
    left, _ = _edges(flow, body)
    pitch = _pitch(flow, body)
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


def _kind(line: Line) -> Literal["text", "heading", "equation", "footnote"]:
    if "heading" in line.tags:
        return "heading"
    if "equation" in line.tags:
        return "equation"
    if "footnote" in line.tags:
        return "footnote"
    return "text"


def _edges(flow: Flow, body: BodyStyle) -> tuple[float, float]:
    """The column's usual left edge and right edge."""
    lefts = Counter(round(line.x0) for line in flow.lines if line.width > 0.5 * (flow.x1 - flow.x0))
    left = float(lefts.most_common(1)[0][0]) if lefts else flow.x0
    rights = sorted(line.x1 for line in flow.lines if line.width > 0.5 * (flow.x1 - flow.x0))
    return left, rights[int(0.8 * len(rights))] if rights else flow.x1


def make_blocks(flows: Sequence[Flow], body: BodyStyle) -> list[Block]:
    """Blocks in reading order; a paragraph ends at a gap, an indent, a short last line, or a change of style."""
    blocks: list[Block] = []
    for flow in flows:
        left, right = _edges(flow, body)
        pitch = _pitch(flow, body)
        for index, line in enumerate(flow.lines):
            last = flow.lines[index - 1] if index else None
            kind = _kind(line)
            if (
                last is not None
                and blocks
                and blocks[-1].flow is flow
                and blocks[-1].kind == kind
                and not _breaks(last, line, kind, left, right, pitch, blocks[-1])
            ):
                blocks[-1].lines.append(line)
            else:
                blocks.append(Block(kind, [line], flow))
    return blocks


def _pitch(flow: Flow, body: BodyStyle) -> float:
    steps = [
        b.baseline - a.baseline
        for a, b in zip(flow.lines, flow.lines[1:], strict=False)
        if 0.9 * a.size < b.baseline - a.baseline < 2.2 * a.size
    ]
    return median(steps) if len(steps) >= 4 else body.pitch


def _adjoining(words: Iterable[Word]) -> Word | None:
    """The first of the words that shows how the text is set."""
    return next(
        (word for word in words if word.text[:1].isalpha() and not word.raised and not word.math), None
    )


def _breaks(last: Line, line: Line, kind: str, left: float, right: float, pitch: float, block: Block) -> bool:
    step = line.baseline - last.baseline
    if step < -1:
        return True
    if kind == "equation":
        return step > 2.6 * line.size
    scale = max(0.8, line.size / max(block.lines[0].size, 1))
    if kind == "heading":
        return bool(line.tags & {"heading-start"}) or step > 1.9 * line.size
    if step > 1.28 * pitch * scale + 0.6 and step > 1.25 * line.size:
        return True
    # What adjoins counts, not what most of a line is: a run-in heading ends in the middle of one.
    end, start = _adjoining(reversed(last.words)), _adjoining(line.words)
    if end is not None and start is not None:
        if abs(start.size - end.size) > 0.9 and min(len(line.text), len(last.text)) > 12:
            return True
        if start.bold != end.bold and line.bold != last.bold and min(len(line.text), len(last.text)) > 20:
            return True
    indented = line.x0 > left + 0.6 * line.size
    hanging = all(other.x0 > left + 0.6 * line.size for other in block.lines[1:]) and len(block.lines) > 1
    block_left = min(other.x0 for other in block.lines)
    if indented and line.x0 > last.x0 + 0.6 * line.size and len(block.lines) > 1 and not hanging:
        return True
    if (
        indented
        and len(block.lines) == 1
        and abs(last.x0 - left) < 2
        and _TERMINAL.search(last.text)
        and last.x1 < right + 2
    ):
        return True
    if _BULLET.match(line.text) and line.x0 <= block_left + 2 and _TERMINAL.search(last.text):
        return True
    # Where the next word had room on the line above, or a little space parts them, something ended there.
    first = line.words[0]
    room = right - last.x1 - 0.3 * line.size
    return bool(
        (room > max(first.x1 - first.x0, 1.7 * line.size) or step > 1.15 * pitch * scale + 0.3)
        and _TERMINAL.search(last.text)
        and (line.text[:1].isupper() or not line.text[:1].isalpha())
    )
