"""Section kinds: what the headings of a paper say about the part that stands under them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from podcast_dspy.documents.graph import DocumentAtom, DocumentGraph

__all__ = ["PART_NAMES", "part_of_passages"]

PART_NAMES: Final = (
    "abstract",
    "introduction",
    "background",
    "method",
    "results",
    "discussion",
    "limitation",
    "conclusion",
)
"""Parts of a paper in their usual order."""

_HEADINGS: Final = (
    ("limitation", re.compile(r"limit|threats|caveat|future", re.IGNORECASE)),
    ("background", re.compile(r"related|background|prior|preliminar|literature|previous", re.IGNORECASE)),
    ("introduction", re.compile(r"introduc|motivation|overview|\bproblem\b", re.IGNORECASE)),
    ("discussion", re.compile(r"discuss|implication|practice|recommend|significance", re.IGNORECASE)),
    ("conclusion", re.compile(r"conclu|summary|closing|outlook", re.IGNORECASE)),
    (
        "method",
        re.compile(
            r"method|material|approach|model|design|setup|set-up|setting|procedure|algorithm|experiment(?!al results)|"
            r"implementation|architecture|data|simulation|analysis|workload|protocol|measure",
            re.IGNORECASE,
        ),
    ),
    (
        "results",
        re.compile(r"result|finding|evaluat|performance|comparison|effect|observ|ablation", re.IGNORECASE),
    ),
    ("abstract", re.compile(r"abstract", re.IGNORECASE)),
)
_RESULTS_FIRST: Final = re.compile(r"\bresults?\b|\bfindings?\b", re.IGNORECASE)


def _kind(title: str) -> str | None:
    if _RESULTS_FIRST.search(title):
        return "results"
    return next((name for name, pattern in _HEADINGS if pattern.search(title)), None)


def part_of_passages(graph: DocumentGraph, passages: Sequence[DocumentAtom]) -> list[int]:
    """For each passage the index of its part in PART_NAMES.

    A subsection whose heading says nothing takes its parent's part; where no heading tells, the position in the
    paper does (beginning: introduction, middle: method, then results, discussion).
    """
    by_section: dict[str, str | None] = {}
    parents: list[tuple[int, str | None]] = []
    for section in graph.sections:
        while parents and parents[-1][0] >= section.level:
            parents.pop()
        kind = _kind(section.title) or (parents[-1][1] if parents else None)
        parents.append((section.level, kind))
        by_section[section.section_id] = kind
    parts: list[int] = []
    for index, atom in enumerate(passages):
        kind = "abstract" if atom.atom_type == "abstract" else by_section.get(atom.section_id or "")
        if kind is None:
            place = index / max(1, len(passages))
            kind = next(name for limit, name in _BY_PLACE if place < limit)
        parts.append(PART_NAMES.index(kind))
    return parts


_BY_PLACE: Final = ((0.15, "introduction"), (0.5, "method"), (0.8, "results"), (2.0, "discussion"))
