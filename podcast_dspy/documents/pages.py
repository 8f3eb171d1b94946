"""Holds what was read from one page, and turns landscape pages upright.

A page whose text mostly runs sideways (a landscape table) is read in a turned frame; `to_page` maps its boxes back.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from podcast_dspy.documents.capitals import join_drop_capitals, join_small_capitals
from podcast_dspy.documents.characters import page_size
from podcast_dspy.documents.graph import BBox
from podcast_dspy.documents.graphics import Graphic, read_graphics
from podcast_dspy.documents.line import Line
from podcast_dspy.documents.lines import LineNumbers, join_pieces
from podcast_dspy.documents.spans import read_lines

__all__ = ["Page", "read_page"]


MAX_PIECES = 2000
"""Pieces of lines kept per page (a dense page has 300), so that no page can make the layout analysis run away."""

LEAST_TEXT = 40
"""Characters on a page below which its picture may be a scan; a publisher's stamp on each scan has fewer."""


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
    side_boxes: list[BBox] = field(default_factory=list)
    """Where an upright page carries sideways text, such as the labels of vertical axes."""
    scanned: bool = False
    """Whether it shows a picture and hardly any text."""

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


def side_boxes(lines: list[Line]) -> list[BBox]:
    """Boxes on the page of pieces that read downwards or upwards."""
    boxes: list[BBox] = []
    for v in lines:
        if v.turns == 1:
            boxes.append((-v.baseline - 0.22 * v.size, v.x0, -v.baseline + 0.76 * v.size, v.x1))
        elif v.turns == 3:
            boxes.append((v.baseline - 0.76 * v.size, -v.x1, v.baseline + 0.22 * v.size, -v.x0))
    return boxes


def _without_watermarks(pieces: list[Line]) -> list[Line]:
    """The pieces without large words that other words are printed across."""
    sizes = sorted(piece.size for piece in pieces)
    large = 1.8 * sizes[len(sizes) // 2] if sizes else 0.0
    return [
        piece
        for piece in pieces
        if piece.size < large
        or sum(ch.isalpha() for ch in piece.text) < 4
        or not any(
            other.size < 0.6 * piece.size
            and piece.y0 < other.baseline - 0.3 * other.size < piece.y1
            and min(piece.x1, other.x1) - max(piece.x0, other.x0) > 0.3 * other.width
            for other in pieces
        )
    ]


def read_page(page: Any, number: int, numbering: LineNumbers) -> Page:
    """Lines (pieces on one baseline joined) and graphics of an open pdfium page; `numbering` knows the pages before."""
    width, height = page_size(page)
    drawing = read_graphics(page, width, height)
    graphics = drawing.graphics
    upright, sideways = read_lines(page, number, drawing.clips, drawing.grounds)
    turn = 0
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
    bare = sum(len(line.text) for line in lines) < LEAST_TEXT
    inside = [
        line
        for line in lines
        if line.x1 > 0 and line.x0 < frame[0] and line.y1 > 0 and line.y0 < frame[1] and line.text.strip()
    ]
    text = _without_watermarks(numbering.drop(inside[:MAX_PIECES]))
    return Page(
        number,
        frame[0],
        frame[1],
        [join_small_capitals(line) for line in join_pieces(join_drop_capitals(text))],
        graphics,
        turn,
        width,
        height,
        scanned=bare and drawing.pictured,
    )
