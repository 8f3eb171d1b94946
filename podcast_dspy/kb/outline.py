"""What a knowledge base searches, ranks (BM25, meaning, fusion), lists and outlines."""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from podcast_dspy.confidence import Confidence
from podcast_dspy.documents.graph import DocumentGraph, Section
from podcast_dspy.text.words import FUNCTION_WORDS, stem


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
    score: float = Field(default=0.0, ge=0.0)
    """Reciprocal-rank fusion: the sum of 1 / (60 + rank) over both rankings."""
    lexical_rank: int | None = None
    """Place among the passages that share words with the query, from 1; None if it shares none."""
    vector_rank: int = 0
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


_SHORTEST = 3


def passages_of(paper_id: str, graph: DocumentGraph) -> Iterator[SearchHit]:
    """Passages of three words and more, in reading order, as hits without a rank yet."""
    sections = {section.section_id: section.title for section in graph.sections}
    for atom in graph.atoms:
        if atom.atom_type in ("abstract", "paragraph", "quote"):
            text = atom.content
        elif atom.atom_type in ("figure", "table"):
            text = atom.caption or ""
        else:
            continue
        if len(text.split()) >= _SHORTEST:
            yield SearchHit(
                paper_id=paper_id,
                kind=graph.kind,
                title=graph.title,
                atom_id=atom.atom_id,
                atom_type=atom.atom_type,
                page=atom.page,
                section=sections.get(atom.section_id or ""),
                text=text,
                image=atom.file_path,
            )


_WORD = re.compile(r"[^\W_]+(?:[.'’-][^\W_]+)*")


def terms(text: str) -> list[str]:
    """Stems of the words of a text without function words; hyphenated words count whole and in parts."""
    found: list[str] = []
    for match in _WORD.finditer(unicodedata.normalize("NFKC", text).lower()):
        word = match.group().replace("’", "'")
        parts = word.split("-")
        candidates = [word.replace("-", ""), *parts] if len(parts) > 1 else [word]
        found += [
            stem(candidate) for candidate in candidates if candidate and candidate not in FUNCTION_WORDS
        ]
    return found


class BM25:
    """Okapi BM25 (Robertson and Zaragoza, 2009) with k1 = 1.2, b = 0.75 and an inverse document frequency
    that is never negative, ln(1 + (N - n + 0.5) / (n + 0.5))."""

    def __init__(self, documents: Sequence[Sequence[str]], *, k1: float = 1.2, b: float = 0.75) -> None:
        self._counts = [Counter(document) for document in documents]
        self._lengths = [len(document) for document in documents]
        self._average = sum(self._lengths) / max(1, len(documents)) or 1.0
        self._frequency = Counter(term for counts in self._counts for term in counts)
        self._k1, self._b = k1, b

    def scores(self, query: Iterable[str]) -> list[float]:
        """A score (0 and up) for each document, 0 if it shares no term with the query."""
        total = len(self._counts)
        weights = {
            term: math.log(1.0 + (total - n + 0.5) / (n + 0.5))
            for term in set(query)
            if (n := self._frequency.get(term, 0))
        }
        return [
            sum(
                weight * self._saturated(counts[term], length)
                for term, weight in weights.items()
                if counts[term]
            )
            for counts, length in zip(self._counts, self._lengths, strict=True)
        ]

    def _saturated(self, count: int, length: int) -> float:
        norm = self._k1 * (1.0 - self._b + self._b * length / self._average)
        return count * (self._k1 + 1.0) / (count + norm)


def ranks(scores: Sequence[float], *, above: float = -math.inf) -> dict[int, int]:
    """Place (from 1) of each index whose score is over `above`, best first; equal scores in the order given."""
    order = sorted(
        (index for index, score in enumerate(scores) if score > above), key=lambda index: -scores[index]
    )
    return {index: place for place, index in enumerate(order, start=1)}


def reciprocal_rank_fusion(rankings: Iterable[dict[int, int]], *, constant: float = 60.0) -> dict[int, float]:
    """Sum of 1 / (constant + rank) over the rankings (Cormack, Clarke and Buettcher, 2009), best first."""
    fused: dict[int, float] = {}
    for ranking in rankings:
        for index, place in ranking.items():
            fused[index] = fused.get(index, 0.0) + 1.0 / (constant + place)
    return dict(sorted(fused.items(), key=lambda item: (-item[1], item[0])))
