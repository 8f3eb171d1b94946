"""GraphKey: a paper as the key of a cache."""

from __future__ import annotations

from podcast_dspy.documents.graph import DocumentGraph

__all__ = ["GraphKey"]


class GraphKey:
    """A graph, compared by all that is computed from it: two readings of the same paper share one cache entry.

    Strings keep their hash, so a key costs a fraction of what hashing the model itself would.
    """

    __slots__ = ("_hash", "_parts", "graph")

    def __init__(self, graph: DocumentGraph) -> None:
        self.graph = graph
        self._parts = (
            graph.title,
            graph.abstract,
            graph.authors,
            graph.language,
            *(
                (
                    atom.atom_id,
                    atom.atom_type,
                    atom.content,
                    atom.caption,
                    atom.figure_number,
                    atom.section_id,
                    atom.importance_score,
                    atom.mentions,
                )
                for atom in graph.atoms
            ),
            *((section.section_id, section.title, section.level) for section in graph.sections),
            *(
                (concept.name, concept.importance, concept.aliases, concept.atom_ids)
                for concept in graph.key_concepts
            ),
        )
        self._hash = hash(self._parts)

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        return isinstance(other, GraphKey) and self._parts == other._parts
