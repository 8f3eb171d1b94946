"""Extraction by a capable LM: passages, concepts, analogies; every answer is checked against its source."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import dspy
from dspy.utils.exceptions import LMError

from podcast_dspy.analysis.segments import AlignedSegment
from podcast_dspy.documents.graph import DocumentGraph
from podcast_dspy.errors import ModelError, PodcastError
from podcast_dspy.signatures.analysing import AlignSegment, ExtractConcepts

__all__ = ["SegmentExtractor", "verbatim"]

_MOST: Final = 4


def verbatim(candidates: Sequence[str], text: str) -> tuple[str, ...]:
    """The candidates that really stand in the text, whatever their case and spacing; each once, in order."""
    plain = " ".join(text.lower().split())
    kept: dict[str, None] = {}
    for candidate in candidates:
        cleaned = " ".join(str(candidate).split()).strip("\"'“”")
        if cleaned and cleaned.lower() in plain:
            kept[cleaned] = None
    return tuple(kept)


class SegmentExtractor(dspy.Module):  # type: ignore[misc]
    """Refines measured segments with an LM from the current DSPy context."""

    def __init__(self) -> None:
        super().__init__()
        self.align = dspy.Predict(AlignSegment)
        self.extract = dspy.Predict(ExtractConcepts)

    def forward(
        self, segment: AlignedSegment, graph: DocumentGraph, passages: Mapping[str, str]
    ) -> AlignedSegment:
        """The segment with the LM's links and findings; what the LM invents is dropped.

        `passages` are the candidates (id -> text). Raises ModelError when the LM fails.
        """
        text = segment.transcript_segment.text
        figures = {atom.atom_id: atom.caption or "" for atom in (*graph.get_figures(), *graph.get_tables())}
        names = {concept.name for concept in graph.key_concepts}
        try:
            links = self.align(segment=text, passages=dict(passages), figures=figures)
            found = self.extract(
                segment=text, known_concepts=[concept.name for concept in graph.key_concepts]
            )
        except (PodcastError, LMError):
            raise
        except Exception as error:
            raise ModelError(
                f"the LM did not analyse segment {segment.segment_id} ({type(error).__name__}: {error}); "
                "try another --lm"
            ) from error
        return segment.model_copy(
            update={
                "primary_atoms": tuple(dict.fromkeys(i for i in links.passage_ids if i in passages))[:_MOST],
                "referenced_figures": tuple(
                    dict.fromkeys(
                        (*segment.referenced_figures, *(i for i in links.figure_ids if i in figures))
                    )
                ),
                "key_concepts": tuple(
                    dict.fromkeys(
                        (*segment.key_concepts, *(name for name in found.key_concepts if name in names))
                    )
                ),
                "technical_terms": tuple(
                    dict.fromkeys((*segment.technical_terms, *verbatim(found.technical_terms, text)))
                ),
                "analogies_used": verbatim(found.analogies, text) or segment.analogies_used,
                "questions_asked": tuple(
                    dict.fromkeys((*segment.questions_asked, *verbatim(found.questions, text)))
                ),
            }
        )
