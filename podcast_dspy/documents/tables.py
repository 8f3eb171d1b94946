"""Reads the cells of a table from the words inside its region."""

from __future__ import annotations

from collections.abc import Sequence

from podcast_dspy.documents.line import Line, Word
from podcast_dspy.documents.words import clean

__all__ = ["table_cells"]


def _rows(words: Sequence[Word]) -> list[list[Word]]:
    rows: list[list[Word]] = []
    for word in sorted(words, key=lambda w: w.baseline):
        if rows and abs(word.baseline - rows[-1][0].baseline) < 0.5 * max(rows[-1][0].size, word.size):
            rows[-1].append(word)
        else:
            rows.append([word])
    return [sorted(row, key=lambda w: w.x0) for row in rows]


def _separators(rows: Sequence[Sequence[Word]]) -> list[float]:
    """Places between columns: strips that hardly any row has a word in."""
    words = [word for row in rows for word in row]
    if not words:
        return []
    left, right = min(w.x0 for w in words), max(w.x1 for w in words)
    size = sorted(w.size for w in words)[len(words) // 2]
    width = max(1, int(right - left) + 1)
    cover = [0] * (width + 1)
    for row in rows:
        marks = [False] * (width + 1)
        for index, word in enumerate(row):
            end = word.x1
            if index + 1 < len(row) and row[index + 1].x0 - word.x1 < 0.45 * size:
                end = row[index + 1].x0  # a normal space does not separate cells
            for x in range(max(0, int(word.x0 - left)), min(width, int(end - left) + 1)):
                marks[x] = True
        for x, marked in enumerate(marks):
            cover[x] += marked
    allowed = 0.12 * len(rows) if len(rows) > 6 else (1 if len(rows) > 3 else 0)
    separators: list[float] = []
    start: int | None = None
    for x in range(width):
        if cover[x] <= allowed:
            start = x if start is None else start
        elif start is not None:
            if x - start >= max(3.0, 0.42 * size) and start > 0:
                separators.append(left + (start + x) / 2)
            start = None
    return separators


def table_cells(lines: Sequence[Line]) -> list[list[str]]:
    """Rows of cell texts. A cell that spans columns stands in the first of them; empty cells are empty strings."""
    words = [word for line in lines for word in line.words]
    if len(words) > 6000:
        words = words[:6000]
    rows = _rows(words)
    separators = _separators(rows)
    table: list[list[str]] = []
    for row in rows:
        cells: list[list[str]] = [[] for _ in range(len(separators) + 1)]
        for word in row:
            column = sum(1 for s in separators if (word.x0 + word.x1) / 2 > s)
            if word.glued and cells[column]:
                cells[column][-1] += word.text
            else:
                cells[column].append(word.text)
        table.append([clean(" ".join(cell)) for cell in cells])
    return [row for row in table if any(row)]
