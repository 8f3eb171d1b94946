"""What a knowledge base searches: paragraphs, abstracts, and the captions of figures and tables."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from podcast_dspy.documents.graph import DocumentAtom, DocumentGraph
from podcast_dspy.kb.types import SearchHit

__all__ = ["Passage", "passages_of"]

_SHORTEST = 3


@dataclass(frozen=True)
class Passage:
    """A text of a paper that can be found."""

    paper_id: str
    kind: str
    title: str
    section: str | None
    atom: DocumentAtom
    text: str

    def hit(self, score: float, lexical_rank: int | None, vector_rank: int) -> SearchHit:
        """This passage as the answer to a query."""
        return SearchHit(
            paper_id=self.paper_id,
            kind=self.kind,
            title=self.title,
            atom_id=self.atom.atom_id,
            atom_type=self.atom.atom_type,
            page=self.atom.page,
            section=self.section,
            text=self.text,
            image=self.atom.file_path,
            score=score,
            lexical_rank=lexical_rank,
            vector_rank=vector_rank,
        )


def passages_of(paper_id: str, graph: DocumentGraph) -> Iterator[Passage]:
    """Passages of three words and more, in reading order."""
    sections = {section.section_id: section.title for section in graph.sections}
    for atom in graph.atoms:
        if atom.atom_type in ("abstract", "paragraph", "quote"):
            text = atom.content
        elif atom.atom_type in ("figure", "table"):
            text = atom.caption or ""
        else:
            continue
        if len(text.split()) >= _SHORTEST:
            yield Passage(paper_id, graph.kind, graph.title, sections.get(atom.section_id or ""), atom, text)
