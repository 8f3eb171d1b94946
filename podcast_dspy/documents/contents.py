"""What a document lists as its own sections: its bookmarks, and the pages with its table of contents."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from podcast_dspy.documents.headings import fold, split_number
from podcast_dspy.documents.line import Line
from podcast_dspy.documents.pages import Page

__all__ = ["find_outline"]

_LEADER = re.compile(
    r"^(?P<title>.*?[^\s.·…_])\s*(?:(?:[.·…_]\s?){5,}|…{2,})\s*(?P<page>\d{1,4}|[ivxlc]{1,6})?$", re.I
)
_PAGED = re.compile(r"^(?P<title>.*[^\W\d].*?)\s+(?P<page>\d{1,4})$")
LEAST = 4
"""Lines that make a list without leaders, each with a number at its end."""
RECURRING = 0.6
"""Share of such a list's titles that stand as lines further on, if it is a table of contents."""


def find_outline(pages: Sequence[Page], bookmarks: Iterable[str]) -> frozenset[str]:
    """Folded titles from bookmarks and from tables of contents, whose lines get the tag `contents`."""
    titles = {fold(split_number(title.strip())[1]) for title in bookmarks}
    later: dict[int, set[str]] = {}
    known: set[str] = set()
    for page in reversed(pages):
        later[page.number] = set(known)
        known |= {fold(split_number(line.text)[1]) for line in page.lines if len(line.text) < 120}
    for page in pages:
        listed = {
            id(line): found["title"] for line in page.lines if (found := _LEADER.match(line.text.strip()))
        }
        listed |= _paged(page, later)
        for line in page.lines:
            if id(line) in listed:
                line.tags.add("contents")
        _mark_heading(page)
        titles |= {fold(split_number(title)[1]) for title in listed.values()}
    return frozenset(title for title in titles if len(title) > 3)


def _paged(page: Page, later: Mapping[int, set[str]]) -> dict[int, str]:
    """Entries of a table of contents without leaders: page numbers that grow, and titles that come again."""
    rows: list[tuple[list[Line], str, int]] = []
    for line in sorted(page.lines, key=lambda line: (round(line.baseline), line.x0)):
        match = _PAGED.match(line.text.strip())
        if match and len(line.words) > 1 and line.words[-1].x0 - line.words[-2].x1 > 1.5 * line.size:
            rows.append(([line], match["title"], int(match["page"])))
        elif line.text.strip().isdigit() and len(line.text.strip()) <= 4:
            title = next(
                (v for v in page.lines if v.x1 < line.x0 and abs(v.baseline - line.baseline) < 1.5), None
            )
            if title is not None and any(ch.isalpha() for ch in title.text):
                rows.append(([title, line], title.text, int(line.text)))
    if len(rows) < LEAST or any(b[2] < a[2] for a, b in pairwise(rows)):
        return {}
    again = sum(fold(split_number(title)[1]) in later[page.number] for _, title, _ in rows)
    return {id(v): title for lines, title, _ in rows for v in lines} if again >= RECURRING * len(rows) else {}


def _mark_heading(page: Page) -> None:
    """The line above a list names it (Contents, List of Figures) and goes with it."""
    ordered = sorted((line for line in page.lines if "head" not in line.tags), key=lambda line: line.baseline)
    for above, line in pairwise(ordered):
        if "contents" in line.tags and "contents" not in above.tags and len(above.words) <= 4:
            above.tags.add("contents")
