"""Words, lines and boxes of a page, the text of a line, raised citations left out, and the cells of a table.

Coordinates are points, origin top left.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

from podcast_dspy.documents.inline import raised_text
from podcast_dspy.documents.vocabulary import Vocabulary, clean, dehyphenate

if TYPE_CHECKING:
    from podcast_dspy.documents.graph import BBox

Tag = Literal[
    "head", "contents", "title", "caption", "prose", "figure", "table", "footnote", "sidebar", "heading",
    "heading-start", "equation",
]  # fmt: skip
"""What a line was found to be; the passes (`pdf.passes`) tell which of them decides it."""

TERMINAL = re.compile(r"[.!?:;][\"'”’)\]]*(?:\s*\[?\d[\d,–\s-]*\]?)?$")
"""How a sentence ends, with what may stand behind its stop: quotation marks, brackets, a citation."""

MAX_WORDS = 6000
"""Words of a table that are put into cells."""

_NUMBERS = re.compile(r"\d{1,3}(?:\s?[,;–—-]\s?\d{1,3})*,?")
_AFTER = re.compile(r"(?:(?:^|\s)[^\W\d_A-Z][^\W\d_]{2,}[.,;:)\]”’\"]*)$")
_MARK = re.compile(r"[\d,;–—\-+*†‡§¶‖#\s\[\]()a-f]{1,24}$")


@dataclass(slots=True)
class Word:
    """Characters without a space between them; `raised` is +1 for a superscript, -1 for a subscript."""

    text: str
    x0: float
    x1: float
    baseline: float
    size: float
    bold: bool
    italic: bool
    math: bool
    raised: int = 0
    glued: bool = False
    """No space separates it from the word before."""
    font: str = ""


@dataclass(slots=True)
class Line:
    """Words on one baseline of one column."""

    page: int
    words: list[Word]
    x0: float = 0.0
    x1: float = 0.0
    y0: float = 0.0
    y1: float = 0.0
    baseline: float = 0.0
    size: float = 0.0
    bold: bool = False
    italic: bool = False
    math: float = 0.0
    """Share of its characters that are set in a font for mathematics."""
    text: str = ""
    font: str = ""
    """Font of most of its characters."""
    turns: int = 0
    tags: set[Tag] = field(default_factory=set)
    reach: int = 0
    """The highest number that the paper cites with raised numbers; 0 if it cites in another way."""
    repaired: str | None = None
    """What `line_text` made of the words, since they were last settled."""

    def settle(self) -> Line:
        """Work out box, size, weight and text from the words."""
        words = self.words
        weights: dict[float, int] = {}
        fonts: dict[str, int] = {}
        bold = italic = math_chars = total = 0
        for word in words:
            n = len(word.text)
            total += n
            weights[round(word.size, 1)] = weights.get(round(word.size, 1), 0) + n
            fonts[word.font] = fonts.get(word.font, 0) + n
            bold += n * word.bold
            italic += n * word.italic
            math_chars += n * word.math
        self.size = max(weights, key=lambda s: (weights[s], s))
        main = [w for w in words if abs(w.size - self.size) < 0.11] or words
        baselines = sorted(w.baseline for w in main)
        self.baseline = baselines[len(baselines) // 2]
        for word in words:
            if word.size < 0.88 * self.size:
                shift = (self.baseline - word.baseline) / self.size
                word.raised = 1 if shift > 0.12 else (-1 if shift < -0.06 else 0)
        self.x0 = min(w.x0 for w in words)
        self.x1 = max(w.x1 for w in words)
        self.y0 = self.baseline - 0.76 * self.size
        self.y1 = self.baseline + 0.22 * self.size
        self.font = max(fonts, key=lambda name: (fonts[name], name))
        self.bold = bold > 0.6 * total
        self.italic = italic > 0.6 * total
        self.math = math_chars / max(total, 1)
        self.repaired = None
        self.text = "".join(
            (("" if word.glued or k == 0 else " ") + word.text) for k, word in enumerate(words)
        )
        return self

    def take(self, words: Sequence[Word]) -> None:
        """Put words that are drawn apart, such as an index, where they stand among those of the line."""
        place = next((k for k, word in enumerate(self.words) if word.x0 > words[0].x0 + 0.1), len(self.words))
        self.words[place:place] = words
        self.settle()

    @property
    def width(self) -> float:
        """Points from left to right."""
        return self.x1 - self.x0


@dataclass
class BodyStyle:
    """How running text is set: size in points, weight, line pitch in points, column width in points, font name."""

    size: float = 10.0
    bold: bool = False
    pitch: float = 12.0
    column_width: float = 250.0
    font: str = ""


def union(boxes: Sequence[BBox]) -> BBox:
    """The smallest box around all of them."""
    return (
        min(b[0] for b in boxes),
        min(b[1] for b in boxes),
        max(b[2] for b in boxes),
        max(b[3] for b in boxes),
    )


def line_box(line: Line) -> BBox:
    """Box of a line."""
    return line.x0, line.y0, line.x1, line.y1


def overlap(a: BBox, b: BBox) -> float:
    """Area of the intersection, in square points; thin rules count as one point wide."""
    w = min(max(a[2], a[0] + 1), b[2]) - max(a[0], b[0])
    h = min(max(a[3], a[1] + 1), b[3]) - max(a[1], b[1])
    return max(0.0, w) * max(0.0, h)


def inside(a: BBox, b: BBox, slack: float = 2.0) -> bool:
    """Whether `a` lies in `b`, give or take `slack` points."""
    return a[0] >= b[0] - slack and a[1] >= b[1] - slack and a[2] <= b[2] + slack and a[3] <= b[3] + slack


def citing_reach(lines: Iterable[Line]) -> int:
    """The highest number that the paper cites with raised numbers; 0 if it does not cite so.

    Those beyond doubt begin the count; others continue it as long as hardly a number is left out.
    """
    reach = 0
    raised: set[int] = set()
    for line in lines:
        before = ""
        for word in line.words:
            if word.raised == 1 and _NUMBERS.fullmatch(word.text):
                numbers = {int(number) for number in re.findall(r"\d+", word.text)}
                raised |= numbers
                if _AFTER.search(before):
                    reach = max(reach, *numbers)
            before += ("" if word.glued else " ") + word.text
    while reach and raised & {reach + 1, reach + 2}:
        reach = max(raised & {reach + 1, reach + 2})
    return reach


def line_text(line: Line) -> str:
    """Text of a line without citation marks, repaired; a raised figure that is no citation is `^n`."""
    if line.repaired is not None:
        return line.repaired
    words = line.words
    parts: list[str] = []
    index = 0
    while index < len(words):
        word = words[index]
        end = index + 1
        if word.raised == 1 and index > 0:
            while end < len(words) and words[end].raised == 1 and words[end].glued:
                end += 1
            text = clean("".join(w.text for w in words[index:end]))
            if _MARK.fullmatch(text):
                text = raised_text("".join(parts[-8:]), text, cited=line.reach)
            parts.append(text if text.startswith("^") or word.glued or not text else " " + text)
        elif index and not (word.glued and words[index - 1].raised != 1):
            # After a dropped mark the next word starts with a space unless it is punctuation.
            parts.append(word.text if word.glued and not word.text[:1].isalnum() else " " + word.text)
        else:
            parts.append(word.text)
        index = end
    # A mark between two full stops leaves both behind.
    line.repaired = re.sub(r"(?<!\.)\. ?\.$", ".", clean("".join(parts)))
    return line.repaired


def join_lines(lines: Sequence[Line], vocabulary: Vocabulary) -> str:
    """Lines of one paragraph as one repaired text."""
    text = ""
    for line in lines:
        text = dehyphenate(text, line_text(line), vocabulary)
    return text


def _separators(rows: Sequence[Sequence[Word]]) -> list[float]:
    """Places between columns: strips that hardly any row has a word in."""
    size = sorted(word.size for row in rows for word in row)[sum(map(len, rows)) // 2]
    edges: list[tuple[float, int]] = []
    for row in rows:
        for word, after in pairwise([*row, row[-1]]):
            near = 0 < after.x0 - word.x1 < 0.45 * size  # a normal space does not separate cells
            edges += [(word.x0, 1), (after.x0 if near else word.x1, -1)]
    allowed = 0.12 * len(rows) if len(rows) > 6 else len(rows) > 3
    separators: list[float] = []
    deep, start = 0, math.inf
    for place, step in sorted(edges):
        if deep > allowed >= deep + step:
            start = place
        elif deep <= allowed < deep + step and place - start >= max(3.0, 0.42 * size):
            separators.append((start + place) / 2)
        deep += step
    return separators


def table_cells(lines: Sequence[Line]) -> list[list[str]]:
    """Rows of cell texts. A cell that spans columns stands in the first of them; empty cells are empty strings."""
    words = [word for line in lines for word in line.words][:MAX_WORDS]
    rows: list[list[Word]] = []
    for word in sorted(words, key=lambda w: w.baseline):
        if rows and abs(word.baseline - rows[-1][0].baseline) < 0.5 * max(rows[-1][0].size, word.size):
            rows[-1].append(word)
        else:
            rows.append([word])
    rows = [sorted(row, key=lambda w: w.x0) for row in rows]
    separators = _separators(rows) if rows else []
    table: list[list[str]] = []
    for row in rows:
        cells = [""] * (len(separators) + 1)
        for word in row:
            column = sum((word.x0 + word.x1) / 2 > place for place in separators)
            cells[column] += word.text if word.glued else f" {word.text}"
        table.append([clean(cell) for cell in cells])
    return table
