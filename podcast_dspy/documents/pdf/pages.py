"""A page: whole lines made of the pieces that the file draws, without line numbers, and its graphics."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise, takewhile

from podcast_dspy.documents.graph import BBox
from podcast_dspy.documents.pdf.characters import LARGE
from podcast_dspy.documents.pdf.graphics import Graphic
from podcast_dspy.documents.pdf.layout import find_gutters
from podcast_dspy.documents.pdf.lines import Line, Word
from podcast_dspy.documents.pdf.worker import Drawn
from podcast_dspy.documents.vocabulary import expression
from podcast_dspy.text.words import frequency

NEAR = 0.6
"""Room between a drop capital and the text, in parts of its size: an I has much where all have the same indent."""

_NUMBERING = expression("numbering")
_COLUMN = 8
"""Numbers in a row that are no coincidence."""

_SCRIPT = 16
"""Letters of an index at most."""

MAX_PIECES = 2000
"""Pieces of lines kept per page (a dense page has 300), so that no page can make the layout analysis run away."""

LEAST_TEXT = 40
"""Characters on a page below which its picture may be a scan; a publisher's stamp on each scan has fewer."""


def join_drop_capitals(pieces: Sequence[Line]) -> list[Line]:
    """The pieces, each large first letter of a text joined to the first of the lines that stand beside it."""
    joined: set[int] = set()
    for initial in pieces:
        letter = initial.text.strip("\"'“”‘’« ")
        if len(letter) != 1 or not letter.isupper():
            continue
        beside = [
            piece
            for piece in pieces
            if LARGE * piece.size <= initial.size
            and -0.3 * piece.size < piece.x0 - initial.x1 < max(1.2 * piece.size, NEAR * initial.size)
            and initial.baseline - 0.75 * initial.size < piece.baseline < initial.baseline + 0.4 * piece.size
        ]
        if not beside:
            continue
        joined.add(id(initial))
        first = min(beside, key=lambda piece: piece.baseline)
        # What follows the letter is often set in capitals, for a word or for all of the line.
        for word in takewhile(lambda word: word.text.isupper(), first.words):
            word.text = word.text.lower()
        rest = first.words[0].text
        bare = rest.lower().strip(".,;:")
        apart = letter in "AIO" and frequency(bare) > max(2.0, frequency(letter.lower() + bare))
        first.words[0].text = f"{letter} {rest}" if apart else letter + rest
        for piece in beside:
            piece.words[0].x0 = initial.x0  # the text goes around the letter, it is not indented
            piece.settle()
    return [piece for piece in pieces if id(piece) not in joined]


def join_small_capitals(line: Line) -> Line:
    """The line, capitals of a smaller size that go on a word written as small letters."""
    words = list(line.words)
    small = next((after.size for word, after in pairwise(words) if _goes_on(word, after)), None)
    if small is None:
        return line
    out: list[Word] = []
    large = max(word.size for word in words)
    for word in words:
        if abs(word.size - small) < 0.05 * small and word.text.isupper():
            word.text = word.text.lower()
            word.size = large
            if word.glued and out and out[-1].size == large:
                out[-1].text += word.text
                out[-1].x1 = word.x1
                continue
        out.append(word)
    line.words = out
    return line.settle()


def _goes_on(word: Word, after: Word) -> bool:
    """Whether a word of capitals goes on in smaller capitals on the same baseline."""
    return (
        after.glued
        and word.font == after.font
        and 0.62 * word.size < after.size < 0.93 * word.size
        and abs(word.baseline - after.baseline) < 0.04 * word.size
        and word.text[-1:].isupper()
        and after.text.isupper()
    )


def without_line_numbers(pieces: list[Line]) -> list[Line]:
    """The pieces without the numbers that manuscripts print beside their lines, counting by one or five."""
    columns: dict[int, list[Line]] = {}
    for piece in pieces:
        if re.fullmatch(r"\d{1,4}", piece.text.strip()):
            for edge in (round(piece.x1 / 8), -1000 - round(piece.x0 / 8)):
                columns.setdefault(edge, []).append(piece)
    dropped: set[int] = set()
    for column in columns.values():
        values = [int(piece.text) for piece in sorted(column, key=lambda piece: piece.baseline)]
        steps = [b - a for a, b in pairwise(values)]
        left, right = min(piece.x0 for piece in column), max(piece.x1 for piece in column)
        members = set(map(id, column))
        others = [piece for piece in pieces if id(piece) not in members]
        beside = min(sum(v.x0 < right for v in others), sum(v.x1 > left for v in others))
        outside = beside <= 0.02 * len(others)  # a column of a table has a head
        if len(values) >= _COLUMN and outside and max(steps.count(1), steps.count(5)) >= 0.8 * len(steps):
            dropped |= members
    return [piece for piece in pieces if id(piece) not in dropped]


def _joinable(left: Line, right: Line, gutters: list[tuple[float, float]], neighbours: bool) -> bool:
    big = max(left.size, right.size)
    small = min(left.size, right.size)
    gap = right.x0 - left.x1
    if gap < -0.6 * big or abs(left.baseline - right.baseline) > (
        0.28 * big if small > 0.85 * big else 0.6 * big
    ):
        return False
    if any(left.x1 <= g0 + 2 and right.x0 >= g1 - 2 for g0, g1 in gutters) and not neighbours:
        return False
    if small < 0.8 * big and gap > 0.35 * big:
        return False  # a mark touches its word; anything else of another size is another line
    if gap <= (0.55 if neighbours else 0.45) * big:
        return True
    if _NUMBERING.match(left.text.strip()) and gap < 3.2 * big and neighbours:
        return True
    # Pieces drawn far apart in time are joined only when a space could part them: text may flow around a caption.
    return gap <= (1.6 if neighbours else 0.6) * big


def join_pieces(pieces: list[Line]) -> list[Line]:
    """Whole lines, in the order in which their first pieces are drawn."""
    gutters = find_gutters(pieces)
    order = {id(piece): index for index, piece in enumerate(pieces)}
    groups: list[list[Line]] = []
    by_row: dict[int, list[list[Line]]] = {}
    for piece in sorted(pieces, key=lambda line: (line.x0, line.baseline)):
        key = round(piece.baseline / 8)
        near = [
            group
            for row in (key - 1, key, key + 1)
            for group in by_row.get(row, ())
            if _joinable(group[-1], piece, gutters, abs(order[id(piece)] - order[id(group[-1])]) == 1)
        ]
        if near:
            min(near, key=lambda group: abs(piece.x0 - group[-1].x1)).append(piece)
        else:
            groups.append([piece])
            by_row.setdefault(key, []).append(groups[-1])
    out: list[Line] = []
    for group in sorted(groups, key=lambda g: min(order[id(piece)] for piece in g)):
        words = list(group[0].words)
        for piece in group[1:]:
            if piece.words[0].x0 - words[-1].x1 < 0.16 * piece.words[0].size:
                piece.words[0].glued = True
            words.extend(piece.words)
        out.append(Line(group[0].page, words, turns=group[0].turns).settle() if len(group) > 1 else group[0])
    return _with_scripts(out)


def _with_scripts(lines: list[Line]) -> list[Line]:
    """The lines, with the index that stands under (or over) another one in the line that holds them both."""
    rest: list[Line] = []
    rows: dict[int, list[Line]] = {}
    for line in lines:
        rows.setdefault(round(line.baseline / 8), []).append(line)
    for script in lines:
        row = round(script.baseline / 8)
        host = next(
            (
                line
                for near in range(row - 2, row + 3)
                for line in rows.get(near, ())
                if script.size < 0.85 * line.size
                and len(script.text) < _SCRIPT
                and line.x0 < script.x0 < line.x1 + 0.3 * line.size
                and script.x1 < line.x1 + 2 * line.size
                and -0.75 * line.size < script.baseline - line.baseline < 0.5 * line.size
            ),
            None,
        )
        if host is None:
            rest.append(script)
            continue
        script.words[0].glued = True
        host.take(script.words)
    return rest


@dataclass
class Page:
    """Lines and graphics of a page, in its reading frame."""

    number: int
    width: float
    height: float
    lines: list[Line]
    graphics: list[Graphic]
    turn: int = 0
    """Quarter turns of the reading frame: 0 upright, 1 text reads downwards, 3 text reads upwards."""
    page_width: float = 0.0
    page_height: float = 0.0
    scanned: bool = False
    """Whether it shows a picture and hardly any text."""
    turned: list[BBox] = field(default_factory=list)
    """Where text stands across the reading direction, as the labels of upright axes do; nobody reads it as text."""

    def to_page(self, box: BBox) -> BBox:
        """A box of the reading frame, on the page as displayed."""
        x0, y0, x1, y1 = box
        if self.turn == 1:
            x0, y0, x1, y1 = self.page_width - y1, x0, self.page_width - y0, x1
        elif self.turn == 3:
            x0, y0, x1, y1 = y0, self.page_height - x1, y1, self.page_height - x0
        return (
            round(max(0.0, x0), 2),
            round(max(0.0, y0), 2),
            round(min(self.page_width, x1), 2),
            round(min(self.page_height, y1), 2),
        )


def _turned(box: BBox, turn: int, width: float, height: float) -> BBox:
    x0, y0, x1, y1 = box
    if turn == 1:
        return y0, width - x1, y1, width - x0
    return height - y1, x0, height - y0, x1


def _upright(line: Line) -> BBox:
    """The box of a sideways line on the page: its own coordinates are those of the page turned about its origin."""
    if line.turns == 1:
        return -line.y1, line.x0, -line.y0, line.x1
    return line.y0, -line.x1, line.y1, -line.x0


def read_page(drawn: Drawn, number: int) -> Page:
    """Lines (pieces on one baseline joined) and graphics of a page."""
    width, height, graphics = drawn.width, drawn.height, drawn.graphics
    pieces = [
        Line(number, [Word(text, x0, x1, *style) for text, x0, x1, style in words], turns=turns).settle()
        for turns, words in drawn.pieces
    ]
    upright = [line for line in pieces if not line.turns]
    sideways = [line for line in pieces if line.turns]
    turn, turned = 0, list[BBox]()
    if sum(len(line.text) for line in sideways) > 2 * sum(len(line.text) for line in upright) + 200:
        turns = [line.turns for line in sideways]
        turn = 1 if turns.count(1) >= turns.count(3) else 3
        lines = [line for line in sideways if line.turns == turn]
        for line in lines:
            for word in line.words:
                if turn == 1:
                    word.baseline += width
                else:
                    word.x0 += height
                    word.x1 += height
            line.settle()
        graphics = [Graphic(g.kind, _turned(g.box, turn, width, height)) for g in graphics]
        frame = (height, width)
    else:
        lines, frame = upright, (width, height)
        turned = [_upright(line) for line in sideways]
    bare = sum(len(line.text) for line in lines) < LEAST_TEXT
    inside = [
        line
        for line in lines
        if line.x1 > 0 and line.x0 < frame[0] and line.y1 > 0 and line.y0 < frame[1] and line.text.strip()
    ]
    text = without_line_numbers(inside[:MAX_PIECES])
    return Page(
        number,
        frame[0],
        frame[1],
        [join_small_capitals(line) for line in join_pieces(join_drop_capitals(text))],
        graphics,
        turn,
        width,
        height,
        scanned=bare and drawn.pictured,
        turned=turned,
    )
