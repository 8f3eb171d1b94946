"""What a knowledge base lists, outlines and finds."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from podcast_dspy.confidence import Confidence

__all__ = ["OutlineFigure", "OutlineSection", "PaperEntry", "PaperOutline", "SearchHit"]


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
