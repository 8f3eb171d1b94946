"""Statements: the sentences of a paper that name a key concept, and which ones each names."""

from __future__ import annotations

from dataclasses import dataclass

from podcast_dspy.analysis.mentions import Mentions
from podcast_dspy.analysis.passages import paper_index
from podcast_dspy.documents.graph import DocumentGraph
from podcast_dspy.text.words import words

__all__ = ["Statements", "statements_of"]

_LEAST_WORDS = 6


@dataclass(frozen=True)
class Statements:
    """What a paper says about its key concepts, sentence by sentence."""

    mentions: Mentions
    texts: tuple[str, ...]
    atom_ids: tuple[str, ...]
    """Atom that each statement stands in."""
    of: tuple[tuple[int, ...], ...]
    """Statements (places in `texts`) about each concept."""


def statements_of(graph: DocumentGraph) -> Statements:
    """The distinct sentences (six words and more) of a paper that name a key concept, in reading order."""
    mentions = Mentions(graph.key_concepts)
    atoms: dict[str, str] = {}
    of: list[list[int]] = [[] for _ in graph.key_concepts]
    for passage in paper_index(graph).passages:
        if passage.text in atoms or len(words(passage.text)) < _LEAST_WORDS:
            continue
        places = mentions.places(passage.text)
        for place in places:
            of[place].append(len(atoms))
        if places:
            atoms[passage.text] = passage.atom_id
    return Statements(mentions, tuple(atoms), tuple(atoms.values()), tuple(tuple(one) for one in of))
