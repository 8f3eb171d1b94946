"""What a script says about each key concept: which of the paper's statements about it a script expresses.

A statement is a sentence of the paper that names the concept. Whether the script expresses it is judged by meaning,
so that a paraphrase counts as much as a quotation, and without the concepts' names, so that naming counts nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from podcast_dspy.analysis.closeness import Similarity
from podcast_dspy.analysis.concept_mentions import Mentions, Statements, statements_of
from podcast_dspy.analysis.paper_index import PAPERS, GraphKey, paper_index
from podcast_dspy.analysis.regression import unit_rows
from podcast_dspy.documents.graph import DocumentGraph, KeyConcept
from podcast_dspy.text.words import content_stems, plain_text, split_sentences, words

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


Array = NDArray[np.float64]

_LEAST_WORDS: Final = 4

_MEANING: Final = (0.35, 0.60)
"""Centred cosine (e5-small) at which a window begins to express a statement, and at which it does so fully."""
_BEYOND_NAMES: Final = (0.20, 0.40)
"""The same for the window without the concepts' names."""
_SHARED: Final = (0.20, 0.50)
"""Without a model: share of a statement's content (weighted by rarity, names left out) that the window holds."""
_PRIOR: Final = 8.0
"""Sentences that the paper's mean counts for in the centre of a short text."""


@dataclass(frozen=True)
class StatementCoverage:
    """What a script says of the paper's statements."""

    statements: Statements
    rows: tuple[str, ...]
    """The script's distinct sentences of four words and more that do not merely list concepts."""
    said: Array
    """How far (0-1) each sentence (rows) expresses each statement (columns), alone or with a neighbour."""
    named: dict[int, list[str]]
    """By concept: the sentences that name it, lists left out."""
    listed: dict[int, int]
    """By concept: how many sentences name it in a list."""


@lru_cache(maxsize=PAPERS)
def statement_coverage(text: str, key: GraphKey, similarity: Similarity, register: str) -> StatementCoverage:
    """Hold every sentence of a text, alone or with a neighbour, against every statement of the paper; memoised.

    Cosines are taken after a mean is taken off both sides: of the paper's statements on one side, of the sentences of
    `register` on the other (what tells speech from writing, and hides what is said). The register is the human
    episode's, so that what else a script holds never moves the score of a sentence. Raises PrerequisiteError when
    the embedding model is missing.
    """
    held = statements_of(key.graph)
    rows: list[str] = []
    named: defaultdict[int, list[str]] = defaultdict(list)
    listed: defaultdict[int, int] = defaultdict(int)
    for sentence in dict.fromkeys(split_sentences(plain_text(text))):
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
        said = _by_meaning(rows, held, _centres(register, key))
    else:
        said = _by_words(rows, key)
    return StatementCoverage(held, tuple(rows), said, dict(named), dict(listed))


@lru_cache(maxsize=PAPERS)
def _paper(key: GraphKey) -> tuple[Array, Array]:
    """Mean of the paper's statements, and the centred unit rows."""
    from podcast_dspy.lms import embed

    paper = np.asarray(embed(statements_of(key.graph).texts), dtype=float)
    middle: Array = paper.mean(axis=0)
    return middle, unit_rows(paper - middle if len(paper) > 1 else paper)


@lru_cache(maxsize=PAPERS)
def _centres(register: str, key: GraphKey) -> tuple[Array, Array, Array]:
    """What is taken off sentences and off pairs of sentences, and the paper's centred rows."""
    from podcast_dspy.lms import embed

    middle, statements = _paper(key)
    spoken = [
        line
        for line in dict.fromkeys(split_sentences(plain_text(register)))
        if len(words(line)) >= _LEAST_WORDS
    ]
    vectors = np.asarray(embed(spoken), dtype=float)
    pairs = unit_rows(vectors[:-1] + vectors[1:])
    return (
        (vectors.sum(axis=0) + _PRIOR * middle) / (len(vectors) + _PRIOR),
        (pairs.sum(axis=0) + _PRIOR * middle) / (len(pairs) + _PRIOR),
        statements,
    )


def _by_meaning(rows: Sequence[str], held: Statements, centres: tuple[Array, Array, Array]) -> Array:
    """How far (0-1) each sentence expresses each statement, by centred cosines with and without the names."""
    from podcast_dspy.lms import embed

    single, double, statements = centres
    vectors = np.asarray(embed(rows), dtype=float)
    masked = np.asarray(embed([held.mentions.without_names(row) for row in rows]), dtype=float)

    def cosines(found: Array) -> Array:
        pairs = unit_rows(found[:-1] + found[1:])
        result: Array = np.concatenate([unit_rows(found - single), unit_rows(pairs - double)]) @ statements.T
        return result

    return np.minimum(
        _ramp(cosines(vectors), len(rows), _MEANING), _ramp(cosines(masked), len(rows), _BEYOND_NAMES)
    )


def _by_words(rows: Sequence[str], key: GraphKey) -> Array:
    """How far (0-1) each sentence expresses each statement, by the content words that both hold."""
    columns, rarity, statements, totals = _stated_words(key)
    mentions = statements_of(key.graph).mentions
    said = _incidence(
        ({columns[one] for one in _content(row, mentions) if one in columns} for row in rows), len(columns)
    )
    windows = _stacked(said)
    shared = np.asarray((windows.multiply(rarity[None, :]).tocsr() @ statements.T).todense())
    counts = np.asarray((windows @ statements.T).todense())
    share = np.where(counts >= 2, shared, 0.0) / np.maximum(totals, 1e-9)[None, :]
    return _ramp(share, len(rows), _SHARED)


@lru_cache(maxsize=PAPERS)
def _stated_words(key: GraphKey) -> tuple[dict[str, int], Array, Any, Array]:
    """Content words of the paper's statements: column of each, rarity, statements by words, each statement's sum."""
    held, weights = statements_of(key.graph), paper_index(key.graph).weights
    columns: dict[str, int] = {}
    places = [
        {columns.setdefault(one, len(columns)) for one in _content(text, held.mentions)}
        for text in held.texts
    ]
    statements = _incidence(places, len(columns))
    rarity = np.array([weights.get(one, 1.0) for one in columns])
    return columns, rarity, statements, np.asarray(statements @ rarity).ravel()


def _content(text: str, mentions: Mentions) -> tuple[str, ...]:
    return content_stems(mentions.without_names(text))


def _incidence(rows: Iterable[set[int]], width: int) -> Any:
    """A sparse matrix with 1 at the columns that each row holds."""
    from scipy.sparse import csr_matrix

    places: list[int] = []
    ends = [0]
    for row in rows:
        places.extend(sorted(row))
        ends.append(len(places))
    return csr_matrix((np.ones(len(places)), places, ends), shape=(len(ends) - 1, width))


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
