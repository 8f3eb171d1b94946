"""What a script says about each key concept: the paper's statements about it that the script expresses.

A statement is a sentence of the paper that names the concept. Whether the script expresses it is judged by meaning,
so that a paraphrase counts as much as a quotation, and without the concepts' names, so that naming counts nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from podcast_dspy.analysis.claims import Similarity
from podcast_dspy.analysis.passages import PaperIndex, paper_index
from podcast_dspy.analysis.sentences import content_stems, split_sentences, words
from podcast_dspy.documents.graph import DocumentGraph, KeyConcept
from podcast_dspy.metrics.mentions import Mentions

__all__ = ["MENTIONED", "ConceptCoverage", "Depth", "concept_coverage"]

Array = NDArray[np.float64]
Depth = Literal["not_mentioned", "briefly_mentioned", "explained", "deeply_explained"]

MENTIONED: Final = 0.1
"""Credit that an LM judge gives a concept which is named but not explained."""
DEEP: Final = 3.0
"""Statements that make a full explanation: what it is, what is done with it, what came out."""
_EXPLAINED: Final = 1.0
_LEAST_WORDS: Final = 4
_STATEMENT_WORDS: Final = 6

_MEANING: Final = (0.35, 0.60)
"""Centred cosine (e5-small) at which a window begins to express a statement, and at which it does so fully."""
_BEYOND_NAMES: Final = (0.20, 0.40)
"""The same for the window without the concepts' names."""
_SHARED: Final = (0.20, 0.50)
"""Without a model: share of a statement's content (weighted by rarity, names left out) that the window holds."""
_PRIOR: Final = 8.0
"""Sentences that the paper's mean counts for in the centre of a short script."""


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
    text: str, graph: DocumentGraph, *, similarity: Similarity = "embedded"
) -> tuple[ConceptCoverage, ...]:
    """Depth of every key concept in a script, in the order of the graph's concepts. Memoised by content.

    Each sentence of the script, alone or with a neighbour, is held against each of the paper's statements about a
    concept; sentences and statements are then matched one to one, so that saying one thing ten times, or one sentence
    for ten statements, counts once. Cosines are taken after the mean of each side is taken off (it is what tells
    speech from writing, and hides what is said), and must hold up when the concepts' names are masked. A sentence
    that only lists concepts is left out. `explained` takes one statement, `deeply_explained` three; a concept is
    `briefly_mentioned` when it is named or half a statement is expressed. Raises PrerequisiteError when the embedding
    model is missing.
    """
    return _coverage(text, _Ref(graph), similarity)


class _Ref:
    """A graph with its concepts, compared by content."""

    __slots__ = ("graph", "parts")

    def __init__(self, graph: DocumentGraph) -> None:
        self.graph = graph
        self.parts = (
            graph.title,
            *(atom.content for atom in graph.atoms),
            *(
                (concept.name, concept.importance, concept.aliases, concept.atom_ids)
                for concept in graph.key_concepts
            ),
        )

    def __hash__(self) -> int:
        return hash(self.parts)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Ref) and self.parts == other.parts


@dataclass(frozen=True)
class _Statements:
    """The paper's sentences that name a concept, and which ones each names."""

    mentions: Mentions
    texts: tuple[str, ...]
    of: tuple[tuple[int, ...], ...]
    """Statements (columns) about each concept."""


@lru_cache(maxsize=64)
def _statements(ref: _Ref) -> _Statements:
    mentions = Mentions(ref.graph.key_concepts)
    texts: list[str] = []
    of: list[list[int]] = [[] for _ in ref.graph.key_concepts]
    for text in dict.fromkeys(passage.text for passage in paper_index(ref.graph).passages):
        places = mentions.places(text) if len(words(text)) >= _STATEMENT_WORDS else set()
        for place in places:
            of[place].append(len(texts))
        if places:
            texts.append(text)
    return _Statements(mentions, tuple(texts), tuple(tuple(columns) for columns in of))


@lru_cache(maxsize=256)
def _coverage(text: str, ref: _Ref, similarity: Similarity) -> tuple[ConceptCoverage, ...]:
    held = _statements(ref)
    rows: list[str] = []
    named: defaultdict[int, list[str]] = defaultdict(list)
    listed: defaultdict[int, int] = defaultdict(int)
    for sentence in dict.fromkeys(split_sentences(text)):
        places = held.mentions.places(sentence)
        if held.mentions.lists(sentence, places):
            for place in places:
                listed[place] += 1
            continue
        for place in places:
            named[place].append(sentence)
        if len(words(sentence)) >= _LEAST_WORDS:
            rows.append(sentence)
    if not rows or not held.texts:
        said = np.zeros((len(rows), len(held.texts)))
    elif similarity == "embedded":
        said = _by_meaning(rows, held)
    else:
        said = _by_words(rows, held, paper_index(ref.graph))
    return tuple(
        _one(concept, said[:, list(held.of[place])], rows, named[place], listed[place])
        for place, concept in enumerate(ref.graph.key_concepts)
    )


def _one(
    concept: KeyConcept, said: Array, rows: Sequence[str], named: Sequence[str], listed: int
) -> ConceptCoverage:
    """One concept from how far (0-1) each sentence (rows) expresses each statement about it (columns)."""
    from scipy.optimize import linear_sum_assignment

    mass, best = 0.0, ""
    if said.size and said.any():
        first, second = linear_sum_assignment(said, maximize=True)
        mass = float(said[first, second].sum())
        strongest = said.max(axis=1)
        # Of sentences that show it as well, one that names it is the better proof.
        best = rows[max(range(len(rows)), key=lambda row: (strongest[row], rows[row] in named, -row))]
    depth: Depth = "not_mentioned"
    if mass >= DEEP:
        depth = "deeply_explained"
    elif mass >= _EXPLAINED:
        depth = "explained"
    elif named or mass >= _EXPLAINED / 2:
        depth = "briefly_mentioned"
    evidence = best or (named[0] if named else "")
    return ConceptCoverage(concept, depth, min(1.0, mass / DEEP), evidence, len(named), listed)


def _by_meaning(rows: Sequence[str], held: _Statements) -> Array:
    """How far (0-1) each sentence expresses each statement, by centred cosines with and without the names."""
    from podcast_dspy.lms import embed

    vectors = np.asarray(embed(rows), dtype=float)
    masked = np.asarray(embed([held.mentions.without_names(row) for row in rows]), dtype=float)
    paper = np.asarray(embed(held.texts), dtype=float)
    middle = paper.mean(axis=0)
    statements = _unit(paper - middle if len(paper) > 1 else paper)
    centre = (vectors.sum(axis=0) + _PRIOR * middle) / (len(vectors) + _PRIOR)
    return np.minimum(
        _ramp(_windowed(vectors, centre) @ statements.T, len(rows), _MEANING),
        _ramp(_windowed(masked, centre) @ statements.T, len(rows), _BEYOND_NAMES),
    )


def _windowed(vectors: Array, centre: Array) -> Array:
    """Centred unit rows of n sentences and of the n-1 pairs of neighbours (the mean of two stands for both)."""
    pairs = _unit(vectors[:-1] + vectors[1:])
    return np.concatenate(
        [_unit(vectors - centre), _unit(pairs - pairs.mean(axis=0) if len(pairs) > 1 else pairs)]
    )


def _by_words(rows: Sequence[str], held: _Statements, index: PaperIndex) -> Array:
    """How far (0-1) each sentence expresses each statement, by the content words that both hold."""
    from scipy.sparse import csr_matrix

    columns: dict[str, int] = {}

    def matrix(texts: Sequence[str], grow: bool) -> Any:
        places: list[tuple[int, int]] = []
        for row, text in enumerate(texts):
            stems = set(content_stems(held.mentions.without_names(text)))
            if grow:
                places.extend((row, columns.setdefault(one, len(columns))) for one in stems)
            else:
                places.extend((row, columns[one]) for one in stems if one in columns)
        first, second = zip(*places, strict=True) if places else ((), ())
        return csr_matrix((np.ones(len(places)), (first, second)), shape=(len(texts), len(columns)))

    statements = matrix(held.texts, grow=True)
    said = matrix(rows, grow=False)
    windows = _stacked(said)
    rarity = np.array([index.weights.get(one, 1.0) for one in columns])
    totals = np.asarray(statements @ rarity).ravel()
    shared = np.asarray((windows.multiply(rarity[None, :]).tocsr() @ statements.T).todense())
    counts = np.asarray((windows @ statements.T).todense())
    share = np.where(counts >= 2, shared, 0.0) / np.maximum(totals, 1e-9)[None, :]
    return _ramp(share, len(rows), _SHARED)


def _stacked(said: Any) -> Any:
    from scipy.sparse import vstack

    if said.shape[0] < 2:
        return said
    return vstack([said, said[:-1].maximum(said[1:])]).tocsr()


def _ramp(values: Array, count: int, limits: tuple[float, float]) -> Array:
    """Values of n sentences and their n-1 pairs as 0-1 between two limits; a sentence gets the best of its windows."""
    low, high = limits
    best = np.clip((values[:count] - low) / (high - low), 0.0, 1.0)
    pairs = np.clip((values[count:] - low) / (high - low), 0.0, 1.0)
    if len(pairs):
        best[:-1] = np.maximum(best[:-1], pairs)
        best[1:] = np.maximum(best[1:], pairs)
    result: Array = best
    return result


def _unit(rows: Array) -> Array:
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    result: Array = rows / np.where(norms > 0, norms, 1.0)
    return result
