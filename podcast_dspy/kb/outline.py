"""The outline of a paper: its sections as a tree, its figures, its key concepts."""

from __future__ import annotations

from collections.abc import Sequence

from podcast_dspy.documents.graph import DocumentGraph, Section
from podcast_dspy.kb.types import OutlineFigure, OutlineSection, PaperOutline

__all__ = ["outline_of"]


def outline_of(paper_id: str, graph: DocumentGraph) -> PaperOutline:
    """The outline of a paper that was read."""
    text = {atom.atom_id for atom in graph.passages()}
    concepts = sorted(graph.key_concepts, key=lambda concept: -concept.importance)
    return PaperOutline(
        paper_id=paper_id,
        kind=graph.kind,
        title=graph.title,
        authors=graph.authors,
        abstract=graph.abstract,
        page_count=graph.page_count,
        sections=_nested(graph.sections, text),
        figures=tuple(
            OutlineFigure(
                atom_id=atom.atom_id,
                kind="figure" if atom.atom_type == "figure" else "table",
                number=atom.figure_number,
                caption=atom.caption or "",
                page=atom.page,
                image=atom.file_path,
            )
            for atom in (*graph.get_figures(), *graph.get_tables())
        ),
        key_concepts=tuple((concept.name, concept.importance) for concept in concepts),
        confidence=graph.confidence,
    )


def _nested(sections: Sequence[Section], text: set[str]) -> tuple[OutlineSection, ...]:
    """Each section holds those that follow it with a deeper level."""
    top: list[OutlineSection] = []
    start = 0
    while start < len(sections):
        head = sections[start]
        end = start + 1
        while end < len(sections) and sections[end].level > head.level:
            end += 1
        top.append(
            OutlineSection(
                section_id=head.section_id,
                title=head.title,
                number=head.number,
                level=head.level,
                page=head.page,
                passages=sum(atom_id in text for atom_id in head.atom_ids),
                sections=_nested(sections[start + 1 : end], text),
            )
        )
        start = end
    return tuple(top)
