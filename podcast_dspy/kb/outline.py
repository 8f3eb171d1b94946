"""What a knowledge base lists, outlines and finds: sections as a tree, figures, key concepts, passages that match."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from podcast_dspy.confidence import Confidence
from podcast_dspy.documents.graph import DocumentGraph, Section

__all__ = ["OutlineFigure", "OutlineSection", "PaperEntry", "PaperOutline", "SearchHit", "outline_of"]


class PaperEntry(BaseModel):
    """A paper of a knowledge base, as listed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    schema_version: Literal[1] = 1
    paper_id: str
    kind: str = "pdf"
    """What was read, as in `DocumentGraph.kind`; only a PDF has pages."""
    title: str
    authors: tuple[str, ...] = ()
    source_path: str
    """Absolute path of the file, or the address without its private parts."""
    sha256: str
    page_count: int = Field(ge=1)
    figure_count: int = Field(ge=0)
    table_count: int = Field(ge=0)
    confidence: Confidence = Confidence()
    """How far the reading can be trusted."""
    added_at: datetime


class OutlineSection(BaseModel):
    """A heading and the headings below it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    section_id: str
    title: str
    number: str | None = None
    level: int = Field(ge=1)
    page: int
    passages: int = Field(ge=0)
    """Text atoms directly under it."""
    sections: tuple[OutlineSection, ...] = ()


class OutlineFigure(BaseModel):
    """A figure or table."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    atom_id: str
    kind: Literal["figure", "table"]
    number: str | None = None
    caption: str
    page: int
    image: str | None = None


class PaperOutline(BaseModel):
    """A paper at a glance."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    paper_id: str
    kind: str = "pdf"
    title: str
    authors: tuple[str, ...] = ()
    abstract: str = ""
    page_count: int
    sections: tuple[OutlineSection, ...] = ()
    figures: tuple[OutlineFigure, ...] = ()
    key_concepts: tuple[tuple[str, float], ...] = ()
    """(name, importance 0-1), most important first."""
    confidence: Confidence = Confidence()


class SearchHit(BaseModel):
    """A passage that answers a query, best first."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    paper_id: str
    kind: str = "pdf"
    title: str
    atom_id: str
    atom_type: str
    page: int
    section: str | None = None
    text: str
    """The passage; of a figure or table its caption."""
    image: str | None = None
    score: float = Field(ge=0.0)
    """Reciprocal-rank fusion: the sum of 1 / (60 + rank) over both rankings."""
    lexical_rank: int | None = None
    """Place among the passages that share words with the query, from 1; None if it shares none."""
    vector_rank: int
    """Place by similarity of meaning, from 1."""


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
