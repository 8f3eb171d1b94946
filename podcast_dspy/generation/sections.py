"""Sections: which part of a paper stands under each heading, and which tell nothing of it."""

from __future__ import annotations

import re
from itertools import zip_longest
from typing import Literal

from podcast_dspy.analysis.paper_index import PART_NAMES, Part, section_parts
from podcast_dspy.documents.graph import DocumentGraph
from podcast_dspy.documents.vocabulary import BACK_MATTER
from podcast_dspy.text.words import phrase_pattern

SectionKind = Part | Literal["other"]
SECTION_KINDS: tuple[SectionKind, ...] = (*PART_NAMES, "other")

_APPENDIX = re.compile(r"appendi(?:x|ces)\b", re.IGNORECASE)
_WHOLE_PART = phrase_pattern("whole_part")
"""A heading that is no more than the name of a part."""

_REVIEW = re.compile(
    r"\b(?:this|the|our|present|current|an?) (?:\w+ ){0,2}(?:review|survey|overview)\b", re.IGNORECASE
)
_STUDY: frozenset[Part | None] = frozenset({"method", "results"})


def section_kinds(graph: DocumentGraph) -> dict[str, SectionKind]:
    """The kind of every section by id; `other` where no heading tells.

    What stands under the bare name of a part belongs to it, whatever its own heading says ("Phylogenetic analysis"
    among the results), but for what limits and concludes; so do those of its level if it holds nothing. A review
    without such a part tells what others did: "Procedures of synthesis" is one of its topics, not its method.
    """
    parts = section_parts(graph)
    said = " ".join(
        [graph.title, *(atom.content for atom in graph.passages() if atom.atom_type == "abstract")]
    )
    bare_parts = {
        parts[one.section_id] for one in graph.sections if _WHOLE_PART.fullmatch(one.title.strip(" .:"))
    }
    if _REVIEW.search(said) and not bare_parts & _STUDY:
        parts = {name: None if part in _STUDY else part for name, part in parts.items()}
    filled = {atom.section_id for atom in graph.passages()}
    kinds: dict[str, SectionKind] = {}
    part, level = None, 0
    for section, behind in zip_longest(graph.sections, graph.sections[1:]):
        own = parts[section.section_id]
        if _WHOLE_PART.fullmatch(section.title.strip(" .:")):
            bare = section.section_id not in filled and behind and behind.level == section.level
            part, level = own, section.level - bool(bare)
        elif section.level <= level:
            part = None
        elif part is not None and own not in ("limitation", "conclusion"):
            own = part
        kinds[section.section_id] = own or "other"
    return kinds


def back_matter(graph: DocumentGraph) -> frozenset[str]:
    """Ids of the sections behind the text with those below them, and of all from an appendix on."""
    found: set[str] = set()
    depth: int | None = None
    for section in graph.sections:
        if depth is not None and section.level <= depth:
            depth = None
        if _APPENDIX.match(section.title):
            depth = 0
        elif depth is None and BACK_MATTER.match(section.title):
            depth = section.level
        if depth is not None:
            found.add(section.section_id)
    return frozenset(found)
