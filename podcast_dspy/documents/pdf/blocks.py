"""Groups the lines of each column into blocks: headings, run-in ones split off, paragraphs, equations, references."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from podcast_dspy.documents.graph import BBox
from podcast_dspy.documents.pdf.body import pitch_of
from podcast_dspy.documents.pdf.layout import Flow
from podcast_dspy.documents.pdf.lines import TERMINAL, BodyStyle, Line, Word, line_box, union
from podcast_dspy.documents.pdf.marking import opening
from podcast_dspy.documents.vocabulary import (
    KEYWORDS,
    STATEMENT,
    Vocabulary,
    dehyphenate,
    expression,
    split_number,
    with_ellipsis,
)

_BULLET = expression("bullet")
MOST_WORDS = 22
_NUMBERED = re.compile(r"^\d{1,2}(?:\.\d{1,2}){1,4}\.?$")
_INITIAL = re.compile(r"(?:[A-Z]|[a-z]{1,3})\.")
_YEAR = re.compile(r"\b(?:19|20)\d\d[a-z]?\b")
_LABEL = expression("work_label")


Kind = Literal["text", "heading", "equation", "footnote"]


@dataclass
class Block:
    """Lines that belong together."""

    kind: Kind
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
        """Box around its lines, which are all on one page."""
        return union([line_box(line) for line in self.lines])


_KINDS: Final[tuple[Kind, ...]] = ("heading", "equation", "footnote")


def make_blocks(flows: Sequence[Flow], body: BodyStyle) -> list[Block]:
    """Blocks in reading order; a paragraph ends at a gap, an indent, a short last line, or a change of style."""
    blocks: list[Block] = []
    for flow in flows:
        left, right = flow.x0, flow.x1
        pitch = pitch_of(flow, body)
        for index, line in enumerate(flow.lines):
            last = flow.lines[index - 1] if index else None
            kind: Kind = next((kind for kind in _KINDS if kind in line.tags), "text")
            if (
                last is not None
                and blocks[-1].kind == kind
                and not _breaks(last, line, kind, left, right, pitch, blocks[-1])
            ):
                blocks[-1].lines.append(line)
            else:
                blocks.append(Block(kind, [line], flow))
    return blocks


def _adjoining(words: Iterable[Word]) -> Word | None:
    """The first of the words that shows how the text is set."""
    return next(
        (word for word in words if word.text[:1].isalpha() and not word.raised and not word.math), None
    )


def _breaks(last: Line, line: Line, kind: str, left: float, right: float, pitch: float, block: Block) -> bool:
    step = line.baseline - last.baseline
    if step < -1:
        return True
    if kind == "text" and step < 0.5 * pitch and -1.5 * line.size < line.x0 - last.x1 < 2 * line.size:
        sizes = [max(word.size for word in part.words) for part in (line, last)]
        return abs(sizes[0] - sizes[1]) > 0.5  # else parts of one line, drawn apart
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
    if indented and len(block.lines) == 1 and abs(last.x0 - left) < 2 and TERMINAL.search(last.text):
        return True
    if _BULLET.match(line.text) and line.x0 <= block_left + 2 and TERMINAL.search(last.text):
        return True
    # Where the next word had room on the line above, or a little space parts them, something ended there.
    first = line.words[0]
    room = right - last.x1 - 0.3 * line.size
    return bool(
        (room > max(first.x1 - first.x0, 1.7 * line.size) or step > 1.15 * pitch * scale + 0.3)
        and TERMINAL.search(last.text)
        and (line.text[:1].isupper() or not line.text[:1].isalpha())
    )


def _stops(words: Sequence[Word], index: int) -> bool:
    """Whether a word ends a heading: with a full stop, colon or question mark that is no abbreviation's."""
    word = words[index].text
    if index == 0 and word.rstrip(".").isdigit():
        return False
    if index + 1 < len(words) and words[index + 1].text in (".", ":", "?"):
        return True
    return len(word) > 1 and word.endswith((".", ":", "?")) and not _INITIAL.fullmatch(word)


def _begins(word: Word) -> bool:
    return word.text[:1].isupper() or word.text[:1].isdigit() or word.text[:1] in '(“"['


def _heading_length(words: Sequence[Word], body: BodyStyle) -> tuple[int, bool]:
    """How many leading words of a paragraph are a heading, 0 if none are, and whether a stop ends them."""
    numbered = bool(words and _NUMBERED.match(words[0].text))
    start = 1 if numbered else 0
    most = min(len(words) - 2, MOST_WORDS)
    apart = opening(words[start:], body) + start
    if apart == start:  # nothing but its number sets it apart: a few words up to a full stop
        end = next((k for k in range(start, min(most, 13)) if _stops(words, k)), 0) if numbered else 0
        return (end + 1, True) if end else (0, False)
    stops = [k for k in range(start, min(apart, most)) if _stops(words, k)]
    # A number says where a heading begins, so the first stop ends it, even if a species in italics follows.
    end = stops[0] if numbered and stops else apart - 1
    if end >= most or (not numbered and any(_begins(words[k + 1]) for k in stops if k < end)):
        return 0, False
    if not _stops(words, end):
        bare = words[start].bold and not body.bold and words[end + 1].text[:1].isupper()
        return (end + 1, False) if bare else (0, False)
    end += words[end + 1].text in (".", ":", "?")
    return (end + 1, True) if _begins(words[end + 1]) or words[start].bold else (0, False)


def _part(line: Line, words: list[Word]) -> Line:
    return Line(line.page, words, turns=line.turns, tags=set(line.tags), reach=line.reach).settle()


def split_at(block: Block, length: int) -> list[Block]:
    """A heading of that many words, and the rest of the block, if any, as text."""
    head: list[Line] = []
    rest: list[Line] = []
    left = length
    for line in block.lines:
        if left >= len(line.words):
            head.append(line)
            left -= len(line.words)
        elif left > 0:
            head.append(_part(line, list(line.words[:left])))
            rest.append(_part(line, list(line.words[left:])))
            left = 0
        else:
            rest.append(line)
    heading = Block("heading", head, block.flow, run_in=bool(rest))
    return [heading, Block("text", rest, block.flow)] if rest else [heading]


def split_run_ins(blocks: Sequence[Block], body: BodyStyle) -> list[Block]:
    """Blocks with run-in headings as blocks of their own.

    Without a stop behind them bold words at the start of a paragraph are headings only if several paragraphs of the
    document start so.
    """
    found: dict[int, int] = {}
    bare: list[int] = []
    for place, block in enumerate(blocks):
        if block.kind != "text" or abs(block.lines[-1].size - body.size) > 1.0:
            continue
        words = [word for line in block.lines[:4] for word in line.words]
        length, closed = _heading_length(words, body)
        text = " ".join(word.text for word in words[:length])
        _, title = split_number(text)
        if (
            title[:1].isupper()
            and not STATEMENT.match(title)
            and not KEYWORDS.match(title)
            and not re.search(r"[_=@]|\((?:Fig|Table)|\[.*\[", title)
            and sum(c.isalpha() for c in title) >= 3
        ):
            found[place] = length
            if not closed:
                bare.append(place)
    if len(bare) < 3:
        for place in bare:
            del found[place]
    out: list[Block] = []
    for place, block in enumerate(blocks):
        if place not in found:
            out.append(block)
            continue
        out.extend(split_at(block, found[place]))
    return out


def join_run_in(head: Block, rest: Block) -> Block:
    """The paragraph that was split, whole again."""
    a, b = head.lines[-1], rest.lines[0]
    lines = [*head.lines, *rest.lines]
    if abs(a.baseline - b.baseline) < 1:
        lines = [*head.lines[:-1], _part(b, [*a.words, *b.words]), *rest.lines[1:]]
    return Block("text", lines, rest.flow)


def indents(blocks: Sequence[Block]) -> bool:
    """Whether paragraphs begin with an indentation; else a space above them sets them apart."""
    texts = [block.lines for block in blocks if block.kind == "text" and len(block.lines) > 2]
    begins = [lines[0].x0 - min(line.x0 for line in lines[1:]) for lines in texts]
    return sum(0.6 < x / lines[0].size < 4 for x, lines in zip(begins, texts, strict=True)) > 0.3 * len(texts)


@dataclass
class OpenParagraph:
    """A paragraph that may go on behind a formula, a figure, or the end of a column or page."""

    first: Block
    last: Block
    text: str
    atom: int | None = None
    """Its place among the atoms, once it has one."""
    formula: bool = False
    """Whether a displayed formula stands behind what is read of it."""

    def goes_on(self, block: Block, text: str, indented: bool) -> bool:
        """Whether `block` continues this paragraph; `indented` says whether paragraphs begin with an indentation.

        TeX begins none behind a displayed formula unless a blank line stands there, and indents all of its paragraphs
        but those under a heading: what begins at the edge of its column then goes on.
        """
        a, b = self.last.lines[-1], block.lines[0]
        if abs(a.size - b.size) > 0.6 or a.bold != b.bold or not text:
            return False
        ended = re.search(r"[.!?:][\"'”’)\]]*$", self.text) is not None
        lower = text[0].islower()
        full = len(self.last.lines) > 1 and a.x1 > self.last.flow.x1 - 0.1 * a.width
        flush = indented and b.x0 < block.flow.x0 + 0.6 * b.size
        if _BULLET.match(text) or STATEMENT.match(text):
            return False
        if self.formula:
            return lower or flush
        if ended:
            return full and flush
        moved = self.last.flow is not block.flow or b.baseline < a.baseline
        return lower or not text[0].isalnum() or (moved and full)

    def add(self, block: Block, text: str, vocabulary: Vocabulary) -> None:
        """Go on; an ellipsis stands for a displayed formula inside a sentence."""
        if self.formula:
            self.text = with_ellipsis(self.text, text)
        else:
            self.text = dehyphenate(self.text, text, vocabulary)
        self.last, self.formula = block, False


def split_references(blocks: Sequence[Block]) -> list[list[Line]]:
    """Lines of each entry, in order: by printed labels when most entries have them, else by hanging indents."""
    lines = [line for block in blocks for line in block.lines]
    if not lines:
        return []
    labelled = sum(bool(_LABEL.match(line.text)) for line in lines)
    by_label = labelled >= 3 and labelled >= 0.12 * len(lines)
    entries: list[list[Line]] = []
    for block in blocks:
        lefts = [line.x0 for line in block.flow.lines]
        edge = min(lefts)
        hanging = sum(x > edge + 4 for x in lefts) > 0.25 * len(lefts)
        for index, line in enumerate(block.lines):
            if by_label:
                new = bool(_LABEL.match(line.text))
            elif hanging:
                new = line.x0 < edge + 3
            else:
                new = index == 0 and (not entries or entries[-1][-1].text.rstrip().endswith((".", "]", ")")))
            if new or not entries:
                entries.append([line])
            else:
                entries[-1].append(line)
    return entries


def is_reference_list(blocks: Sequence[Block]) -> bool:
    """Whether the text of a section is a list of works, in whatever language: short entries, each with its year."""
    entries = [" ".join(line.text for line in entry) for entry in split_references(blocks)]
    short = [entry for entry in entries if len(entry) < 400 and _LABEL.match(entry) and _YEAR.search(entry)]
    return len(entries) >= 3 and len(short) >= 0.8 * len(entries)
