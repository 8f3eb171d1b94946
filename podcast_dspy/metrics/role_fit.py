"""Roles: whether the segments of an episode speak of the parts of the paper that their types are for."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from podcast_dspy.analysis.paper_index import paper_index
from podcast_dspy.analysis.sections import PART_NAMES, part_of_passages
from podcast_dspy.documents.graph import DocumentGraph
from podcast_dspy.metrics.following import about
from podcast_dspy.signatures.types import parse_type
from podcast_dspy.text.sentences import split_sentences
from podcast_dspy.text.words import plain_text

__all__ = ["role_fit"]


def role_fit(segments: Sequence[tuple[str, str]], graph: DocumentGraph) -> float:
    """Share (0-1) of what segments, as (type, text), say that comes from parts of the paper their type speaks of.

    1 when no segment has a type that is bound to parts, or none is about any passage.
    """
    index = paper_index(graph)
    atoms = [graph.get_atom(passage.atom_id) for passage in index.passages]
    parts = [PART_NAMES[part] for part in part_of_passages(graph, atoms)]
    bound = [
        (line, allowed)
        for kind, text in segments
        if (allowed := parse_type(kind).row.speaks_of)
        for line in split_sentences(plain_text(text))
    ]
    found = about([line for line, _ in bound], index)
    fits = [parts[place] in bound[row][1] for row, place in zip(found.rows, found.places, strict=True)]
    total = float(found.weights.sum())
    return float(found.weights @ np.array(fits)) / total if total else 1.0
