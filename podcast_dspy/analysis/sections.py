"""Section kinds: what the headings of a paper say about the part that stands under them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal, cast, get_args

from podcast_dspy.documents.graph import DocumentAtom, DocumentGraph
from podcast_dspy.text.expressions import headings

__all__ = ["PART_NAMES", "Part", "part_of_passages", "section_parts"]

Part = Literal[
    "abstract", "introduction", "background", "method", "results", "discussion", "limitation", "conclusion"
]
PART_NAMES: Final[tuple[Part, ...]] = get_args(Part)
"""Parts of a paper in their usual order."""

_HEADINGS: Final = headings()


def _part(title: str) -> Part | None:
    found = next((name for name, pattern in _HEADINGS if pattern.search(title)), None)
    return cast("Part | None", found)


def section_parts(graph: DocumentGraph) -> dict[str, Part | None]:
    """The part of the paper that each section (by id) belongs to; None where no heading tells.

    A subsection whose heading says nothing takes its parent's part.
    """
    parts: dict[str, Part | None] = {}
    parents: list[tuple[int, Part | None]] = []
    for section in graph.sections:
        while parents and parents[-1][0] >= section.level:
            parents.pop()
        part = _part(section.title) or (parents[-1][1] if parents else None)
        parents.append((section.level, part))
        parts[section.section_id] = part
    return parts


def part_of_passages(graph: DocumentGraph, passages: Sequence[DocumentAtom]) -> list[int]:
    """For each passage the index of its part in PART_NAMES.

    Where no heading tells, the position in the paper does (beginning: introduction, middle: method, then results,
    discussion).
    """
    by_section = section_parts(graph)
    parts: list[int] = []
    for index, atom in enumerate(passages):
        part = "abstract" if atom.atom_type == "abstract" else by_section.get(atom.section_id or "")
        if part is None:
            place = index / max(1, len(passages))
            part = next(name for limit, name in _BY_PLACE if place < limit)
        parts.append(PART_NAMES.index(part))
    return parts


_BY_PLACE: Final[tuple[tuple[float, Part], ...]] = (
    (0.15, "introduction"),
    (0.5, "method"),
    (0.8, "results"),
    (2.0, "discussion"),
)
