"""Joins the pieces of a page into whole lines without reaching across the gutter between two columns."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from podcast_dspy.documents.line import Line, Word

__all__ = ["LineNumbers", "find_gutters", "join_pieces"]

_NUMBERING = re.compile(
    r"(?:\d{1,2}(?:\.\d{1,2}){0,4}\.?|[IVX]{1,4}\.|[A-H]\.|[A-H](?:\.\d{1,2}){1,3}\.?|\(?[a-z0-9]\))$"
)

_COLUMN = 8
"""Numbers in a row that are no coincidence."""


def find_gutters(lines: Sequence[Line], least_rows: int = 6) -> list[tuple[float, float]]:
    """Vertical strips (x0, x1) with text on both sides at the same height in at least `least_rows` rows.

    A strip is a gutter when rows beside it are filled by lines that end before it and lines that start after it.
    """
    prose = [line for line in lines if len(line.text) >= 9 and line.width > 3 * line.size]
    if len(prose) < 2 * least_rows:
        return []
    edges = sorted({round(line.x1) for line in prose})
    found: list[tuple[int, float, float]] = []
    for edge in edges:
        left = [line for line in prose if line.x1 <= edge + 1.5]
        right = [line for line in prose if line.x0 > edge + 1.5]
        if len(left) < least_rows or len(right) < least_rows:
            continue
        start = sorted(line.x0 for line in right)[len(right) // 8]
        if start - edge < 5:
            continue
        rows_right = {
            round(line.baseline / 6) + k for line in right if abs(line.x0 - start) < 40 for k in (-1, 0, 1)
        }
        margin = Counter(round(line.x0 / 4) for line in left).most_common(1)[0][0]
        rows = [
            line
            for line in left
            # A ragged sidebar has one left edge instead of one right edge.
            if (line.x1 > edge - 40 or abs(line.x0 / 4 - margin) <= 1)
            and round(line.baseline / 6) in rows_right
        ]
        if len(rows) >= least_rows:
            crossing = sum(1 for line in prose if line.x0 < edge and line.x1 > start)
            found.append((len(rows) * 4 - crossing, float(edge), start))
    gutters: list[tuple[float, float]] = []
    for _, x0, x1 in sorted(found, reverse=True):
        if all(x1 < g0 or x0 > g1 for g0, g1 in gutters):
            gutters.append((x0, x1))
        if len(gutters) == 2:
            break
    return gutters


class LineNumbers:
    """The numbers that manuscripts print beside their lines, followed from page to page.

    A column of eight numbers that count by one or five is told on its own; a page with fewer lines, most of it a
    figure, only by going on where the page before stopped, at the same edge.
    """

    def __init__(self) -> None:
        self._last: dict[int, tuple[int, int]] = {}
        """By edge, the last number and the step."""

    def drop(self, pieces: list[Line]) -> list[Line]:
        """The pieces of the next page without its line numbers."""
        columns: dict[int, list[Line]] = {}
        for piece in pieces:
            if re.fullmatch(r"\d{1,4}", piece.text.strip()):
                for edge in (round(piece.x1 / 8), -1000 - round(piece.x0 / 8)):
                    columns.setdefault(edge, []).append(piece)
        dropped: set[int] = set()
        for edge, column in columns.items():
            if not _outside(column, pieces):
                continue
            column.sort(key=lambda piece: piece.baseline)
            values = [int(piece.text) for piece in column]
            step = self._step(edge, values)
            if step:
                self._last[edge] = values[-1], step
                dropped.update(id(piece) for piece in column)
        return [piece for piece in pieces if id(piece) not in dropped]

    def _step(self, edge: int, values: list[int]) -> int:
        """By how much the numbers of a column count, 0 if they number no lines."""
        steps = [b - a for a, b in pairwise(values)]
        for step in (1, 5):
            if len(values) >= _COLUMN and steps.count(step) >= 0.8 * len(steps):
                return step
            if edge in self._last and self._last[edge] == (values[0] - step, step) and set(steps) <= {step}:
                return step
        return 0


def _outside(column: list[Line], pieces: list[Line]) -> bool:
    """Whether a column stands beside all that the page prints, as line numbers do and a column of a table does not."""
    left, right = min(piece.x0 for piece in column), max(piece.x1 for piece in column)
    members = set(map(id, column))
    others = [piece for piece in pieces if id(piece) not in members]
    few = 0.05 * len(others)
    return sum(v.x0 < right for v in others) <= few or sum(v.x1 > left for v in others) <= few


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
    rows = sorted(pieces, key=lambda line: (line.x0, line.baseline))
    groups: list[list[Line]] = []
    tails: list[list[Line]] = []
    by_row: dict[int, list[list[Line]]] = {}
    for piece in rows:
        best: list[Line] | None = None
        best_gap = 1e9
        key = round(piece.baseline / 8)
        for row in (key - 1, key, key + 1):
            for group in by_row.get(row, ()):
                last = group[-1]
                neighbours = abs(order[id(piece)] - order[id(last)]) == 1
                anchor = max(group[-3:], key=lambda line: line.size)
                probe = last if last.size > 0.85 * anchor.size else anchor
                gap = abs(piece.x0 - last.x1)
                if gap < best_gap and (
                    _joinable(last, piece, gutters, neighbours)
                    or (probe is not last and _near(probe, last, piece))
                ):
                    best, best_gap = group, gap
        if best is None:
            best = []
            groups.append(best)
            tails.append(best)
            by_row.setdefault(key, []).append(best)
        best.append(piece)
    out: list[Line] = []
    for group in sorted(groups, key=lambda g: min(order[id(piece)] for piece in g)):
        if len(group) == 1:
            out.append(group[0])
            continue
        words: list[Word] = []
        for piece in group:
            if words and piece.words[0].x0 - words[-1].x1 < 0.16 * piece.words[0].size:
                piece.words[0].glued = True
            words.extend(piece.words)
        out.append(Line(group[0].page, words, turns=group[0].turns).settle())
    return out


def _near(anchor: Line, last: Line, piece: Line) -> bool:
    """Whether `piece` goes on after a raised or lowered `last` on the baseline of `anchor`."""
    return (
        abs(anchor.baseline - piece.baseline) < 0.28 * anchor.size
        and -0.6 * anchor.size < piece.x0 - last.x1 < 0.6 * anchor.size
    )
