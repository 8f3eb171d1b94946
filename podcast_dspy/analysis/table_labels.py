"""Labels of a paper's tables: what its rows and columns are called, as names of the things that it compares."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from podcast_dspy.analysis.sentences import FUNCTION_WORDS, frequency, words

__all__ = ["cells", "form", "header", "labels"]

_LABEL_WORDS: Final = 3
_EVERYDAY: Final = 5.2
"""Zipf frequency from which a label of one word cannot be told from the word: last, even, step."""
_GENERIC: Final = frozenset(
    "total mean average median number rate value share size time name type class set data all other none test score "
    "accuracy error result count row column per method model layout policy hour day week month year minute "
    "second".split()
)
"""Labels that head any table and name nothing that is compared."""
_ASIDE = re.compile(r"\([^)]*\)")


def form(word: str) -> str:
    """A word as names are compared: `stopping` is another word than the label `stop`."""
    return word.removesuffix("s")


def cells(table: str) -> list[list[str]]:
    return [[cell.strip() for cell in row.split("\t")] for row in table.split("\n") if row.strip()]


def _is_value(cell: str) -> bool:
    """Whether at least half of what stands in a cell is digits: `T1-p` is a name."""
    return 2 * sum(map(str.isdigit, cell)) >= max(1, sum(map(str.isalnum, cell)))


def header(table: Sequence[Sequence[str]]) -> tuple[list[str], int]:
    """The words above each column, and the number of rows that they take."""
    rows = 0
    for row in table:
        if sum(map(_is_value, row)) * 2 > sum(bool(cell) for cell in row):
            break
        if row and row[0] and any(map(_is_value, row[1:])):
            break
        rows += 1
    width = max(map(len, table), default=0)
    above = [
        " ".join(row[column] for row in table[:rows] if column < len(row) and row[column])
        for column in range(width)
    ]
    return above, rows


def labels(table: Sequence[Sequence[str]]) -> Iterator[tuple[str, ...]]:
    above, rows = header(table)
    sides = [row[0] for row in table[rows:] if row and any(map(_is_value, row[1:]))]
    for axis in (above[1:], sides):
        names = {name for label in axis if (name := _name(label))}
        if len(names) > 1:  # what stands alone has no rival
            yield from names


def _name(label: str) -> tuple[str, ...]:
    said = words(_ASIDE.sub(" ", label))
    if not 1 <= len(said) <= _LABEL_WORDS or any(_is_value(word) or len(word) < 2 for word in said):
        return ()
    if all(word in FUNCTION_WORDS or word.removesuffix("s") in _GENERIC or len(word) < 3 for word in said):
        return ()
    if len(said) == 1 and frequency(said[0]) >= _EVERYDAY:
        return ()
    return tuple(map(form, said))
