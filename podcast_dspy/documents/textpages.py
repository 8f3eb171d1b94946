"""Text files that were set in pages: takes out their running heads and page numbers, and joins what a page broke."""

from __future__ import annotations

import re
from collections import Counter
from typing import Final

__all__ = ["has_columns", "without_pages"]

_SPREAD: Final = re.compile(r"\S {3,}\S")
_BARE: Final = re.compile(
    r"[\s\[(–-]*(?:page|p\.|pg\.)?\s*(?:\d{1,4}|[ivxl]{1,6})(?:\s*(?:/|of)\s*\d{1,4})?[\s\])–-]*", re.I
)
_ENDED: Final = re.compile(r"[.!?:;][\"'”’)\]]*$")
_LEADERS: Final = re.compile(
    r"^.*\S[ \t]*(?:\.{4,}|(?:\. ){3,}\.?)[ \t]*(?:\d{1,4}|[ivxl]{1,6})[ \t]*$", re.M
)
_CONTENTS: Final = re.compile(r"^[ \t]*(?:table of )?contents[ \t]*$", re.I | re.M)
_EDGE: Final = 2
"""Lines at the head and at the foot of a page that may be running ones."""


def has_columns(block: list[str]) -> bool:
    """Whether most lines of a block set something at the left and something at the right."""
    return len(block) >= 2 and sum(_SPREAD.search(line.strip()) is not None for line in block) >= 0.6 * len(
        block
    )


def without_pages(text: str) -> str:
    """A text as one piece. Form feeds part its pages; without any, running lines are known by coming again."""
    pages = [page.split("\n") for page in _without_contents(text).split("\f")]
    if len(pages) > 1:
        _drop_edges(pages)
        joined = pages[0]
        for page in pages[1:]:
            joined = _joined(joined, page)
        return "\n".join(joined)
    return "\n".join(_without_repeated(pages[0]))


def _without_contents(text: str) -> str:
    """A text without the lines that dots lead to a page's number."""
    found = _LEADERS.findall(text)
    return _CONTENTS.sub("", _LEADERS.sub("", text)) if len(found) >= 3 else text


def _pattern(line: str) -> str:
    """A line with its figures alike, so that the page's number does not tell heads apart."""
    return re.sub(r"\b[ivxl]+\b|\d+", "#", " ".join(line.split()).lower())


def _drop_edges(pages: list[list[str]]) -> None:
    edges: list[tuple[int, int]] = []
    for number, lines in enumerate(pages):
        full = [index for index, line in enumerate(lines) if line.strip()]
        edges += [(number, index) for index in dict.fromkeys([*full[:_EDGE], *full[-_EDGE:]])]
    counts = Counter(_pattern(pages[number][index]) for number, index in edges)
    for number, index in edges:
        lines = pages[number]
        line = lines[index].strip()
        above, below = ("".join(lines[n : n + 1]).strip() if n >= 0 else "" for n in (index - 1, index + 1))
        # Around a single break nothing comes again; that a line has two sides and stands alone tells it.
        broken = (number > 0 and not any(v.strip() for v in lines[:index])) or (
            number + 1 < len(pages) and not any(v.strip() for v in lines[index + 1 :])
        )
        sides = broken and not above and not below and _SPREAD.search(line) is not None
        again = counts[_pattern(line)] > 1 and (_block_length(lines, index) <= _EDGE or "#" in _pattern(line))
        if not (above and below) and (again or _BARE.fullmatch(line) or sides):
            lines[index] = ""


def _joined(left: list[str], right: list[str]) -> list[str]:
    """Two pages; a sentence that goes on is not parted by the blank lines between them."""
    while left and not left[-1].strip():
        left.pop()
    while right and not right[0].strip():
        right.pop(0)
    last, first = (left[-1].strip() if left else ""), (right[0].strip() if right else "")
    goes_on = bool(last and first) and not _ENDED.search(last) and first[:1].islower()
    return [*left, *([] if goes_on else [""]), *right]


def _without_repeated(lines: list[str]) -> list[str]:
    """Lines without those that stand alone, with two sides or a page's number, and come again, only counted on."""
    alone = [
        index
        for index, line in enumerate(lines)
        if line.strip()
        and _block_length(lines, index) <= _EDGE
        and (
            _SPREAD.search(line.strip())
            or _BARE.fullmatch(line.strip())
            or re.search(r"\bpage \d+", line, re.I)
        )
    ]
    counts = Counter(_pattern(lines[index]) for index in alone)
    running = {index for index in alone if counts[_pattern(lines[index])] > 1}
    everywhere = Counter(map(_pattern, lines))
    running |= {
        index
        for index, line in enumerate(lines)
        if line.strip()
        and _block_length(lines, index) == _EDGE
        and {index - 1, index + 1} & running
        and everywhere[_pattern(line)] > 1
    }
    result: list[str] = []
    page: list[str] = []
    for index, line in enumerate(lines):
        page.append(line)
        if index in running:
            result = _joined(result, page[:-1]) if result else page[:-1]
            page = []
    return _joined(result, page) if result else page


def _block_length(lines: list[str], index: int) -> int:
    """How many lines stand together with one, up to one more than matters."""
    count = 1
    for step in (-1, 1):
        at = index + step
        while 0 <= at < len(lines) and lines[at].strip() and count <= _EDGE:
            count, at = count + 1, at + step
    return count
