"""What a script says about each key concept.

A statement is a sentence of the paper that names the concept. Whether the script expresses it is judged by meaning,
so that a paraphrase counts as much as a quotation, and without the concepts' names, so that naming counts nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from podcast_dspy.analysis.claims import Similarity
from podcast_dspy.analysis.paper_index import GraphKey
from podcast_dspy.documents.graph import DocumentGraph, KeyConcept
from podcast_dspy.metrics.statement_coverage import statement_coverage

Depth = Literal["not_mentioned", "briefly_mentioned", "explained", "deeply_explained"]

MENTIONED: Final = 0.1
"""Credit that an LM judge gives a concept which is named but not explained."""
DEEP: Final = 3.0
"""Statements that make a full explanation: what it is, what is done with it, what came out."""
_EXPLAINED: Final = 1.0


@dataclass(frozen=True, slots=True)
class ConceptCoverage:
    """What a script does with one concept."""

    concept: KeyConcept
    depth: Depth
    credit: float
    """0-1: statements about it that are expressed, over three, at most 1."""
    evidence: str
    """The sentence that shows it best; empty when nothing is said and it is not named."""
    mentions: int
    """Distinct sentences that name it, lists left out."""
    listed: int
    """Sentences that name it in a list of concepts, which explains nothing."""


def concept_coverage(
    text: str, graph: DocumentGraph, *, similarity: Similarity = "embedded", register: str | None = None
) -> tuple[ConceptCoverage, ...]:
    """Depth of every key concept in a script, in the order of the graph's concepts. Memoised by content.

    Each sentence of the script, alone or with a neighbour, is held against each of the paper's statements, and
    sentences and statements are matched one to one: saying one thing ten times, or one sentence for ten statements,
    counts once, and copying a dense abstract covers as many statements as it has sentences. Cosines are taken after
    the mean of each side is taken off, on the script's side that of `register` (the human episode; by default the
    script itself), and must hold up when the concepts' names are masked (`statement_coverage`). A statement counts for
    every concept that it names. A sentence that only lists concepts is left out. `explained` takes one statement,
    `deeply_explained` three; a concept is `briefly_mentioned` when it is named or half a statement is expressed.
    Raises PrerequisiteError when the embedding model is missing.
    """
    return _coverage(text, GraphKey(graph), similarity, text if register is None else register)


@lru_cache(maxsize=256)
def _coverage(text: str, key: GraphKey, similarity: Similarity, register: str) -> tuple[ConceptCoverage, ...]:
    from scipy.optimize import linear_sum_assignment

    found = statement_coverage(text, key, similarity, register)
    strength = np.zeros(len(found.statements.texts))
    if found.said.any():
        rows, columns = linear_sum_assignment(found.said, maximize=True)
        strength[columns] = found.said[rows, columns]
    return tuple(
        _one(
            concept,
            float(strength[list(found.statements.of[place])].sum()),
            found.said[:, list(found.statements.of[place])],
            found.rows,
            found.named.get(place, ()),
            found.listed.get(place, 0),
        )
        for place, concept in enumerate(key.graph.key_concepts)
    )


def _one(
    concept: KeyConcept,
    mass: float,
    said: NDArray[np.float64],
    rows: Sequence[str],
    named: Sequence[str],
    listed: int,
) -> ConceptCoverage:
    """One concept from its mass of statements, and how far each sentence (rows) expresses each (columns)."""
    evidence = named[0] if named else ""
    top = said.max(initial=0.0)
    if top > 0:
        best = [rows[int(row)] for row in (said == top).any(axis=1).nonzero()[0]]
        # Of sentences that show it as well, one that names it is the better proof.
        evidence = next((row for row in best if row in named), best[0])
    depth: Depth = "not_mentioned"
    if mass >= DEEP:
        depth = "deeply_explained"
    elif mass >= _EXPLAINED:
        depth = "explained"
    elif named or mass >= _EXPLAINED / 2:
        depth = "briefly_mentioned"
    return ConceptCoverage(concept, depth, min(1.0, mass / DEEP), evidence, len(named), listed)
