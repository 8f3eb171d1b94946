"""Content units: what the human episode says of the paper, sentence by sentence, and how far a script says it too.

As in the pyramid method of summarisation, what counts is chosen by people: the host decided which of the paper's
contents an episode is about. A unit weighs what it holds of the paper. Where there is no host, the sentences of the
paper's own abstract are the units; for single concepts, the paper's sentences that name them.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from podcast_dspy.analysis.closeness import Similarity
from podcast_dspy.analysis.comprehension import Mentions, key_statements, statements_of
from podcast_dspy.analysis.episode_view import unit_rows
from podcast_dspy.analysis.paper_index import PAPERS, GraphKey, paper_index
from podcast_dspy.documents.graph import DocumentGraph, KeyConcept
from podcast_dspy.text.words import content_stems, plain_text, split_sentences, words

Array = NDArray[np.float64]

_LEAST_WORDS: Final = 4
_BEYOND_NAMES: Final = 2
"""Content words beside the key concepts' names without which a sentence explains nothing."""
_WINDOW: Final = 3
"""Neighbouring sentences that may express a unit together."""
_WORDS: Final = (0.20, 0.60)
"""Share of a unit's words (those of the paper, by rarity) at which a window begins to express it, and does so fully."""
_MEANING: Final = (0.10, 0.60)
"""The same for the centred cosine (e5-small)."""
_CARRIED: Final = (0.20, 0.70)
"""Centred cosine of a host's sentence to the paper at which it begins to be the paper's content, and is so fully."""
_PRIOR: Final = 40.0
"""Sentences that the paper's mean counts for in the centre: a host of few sentences has no mean of its own."""
_LITTLE_SAID: Final = 0.02
"""Share of the weight of all pairs of units that counts as said in no order."""
_MAIN_CLAIMS: Final = 12
"""Key sentences that stand for the abstract of a paper without one."""


@dataclass(frozen=True)
class ContentUnits:
    """What is to be said of a paper."""

    texts: tuple[str, ...]
    weights: Array
    """What each holds of the paper: the rarity of its words, by how far the paper carries it."""
    wanted: Array
    """The rarity of each of the paper's stems (rows) that a unit (columns) holds."""
    mass: Array
    """Rarity of a unit's words that the paper knows."""
    vectors: Array | None
    """Centred unit rows; None when it goes by words alone."""
    centre: Array | None
    """What is taken off a script's sentences: the mean of the texts that the units are from."""


def content_units(reference: str | None, graph: DocumentGraph, similarity: Similarity) -> ContentUnits:
    """The units of a human episode (or of the paper alone, for None); memoised by content.

    Raises PrerequisiteError when the embedding model is missing.
    """
    key = GraphKey(graph)
    return _units(
        _sentences(_main_claims(key) if reference is None else reference),
        reference is not None,
        key,
        similarity,
    )


@lru_cache(maxsize=PAPERS)
def _units(texts: tuple[str, ...], spoken: bool, key: GraphKey, similarity: Similarity) -> ContentUnits:
    index = paper_index(key.graph)
    texts = texts if index.passages else ()
    rarity = np.array([index.weights[stem] for stem in index.rows])
    wanted = (index.incidence([content_stems(text) for text in texts]).toarray() * rarity).T
    mass = wanted.sum(axis=0)
    if not texts:
        return ContentUnits((), mass, wanted, mass, None, None)
    carried = np.ones(len(texts))
    vectors = centre = None
    if similarity == "embedded":
        from podcast_dspy.lms import embed

        paper = np.asarray(embed([text for _, text in index.chunks]), dtype=float)
        middle = paper.mean(axis=0)
        own = np.asarray(embed(texts), dtype=float)
        centre = (own.sum(axis=0) + _PRIOR * middle) / (len(own) + _PRIOR)
        vectors = unit_rows(own - centre)
        if spoken:
            near = (vectors @ unit_rows(paper - middle).T).max(axis=1)
            carried = _between(near, _CARRIED)
    elif spoken:
        carried = index.overlaps([content_stems(text) for text in texts]).max(axis=1)
    return ContentUnits(texts, mass * carried, wanted, mass, vectors, centre)


@dataclass(frozen=True)
class UnitCoverage:
    """What a script says of the units, one value a unit."""

    degree: Array
    """How far (0-1) it says each, at its best place."""
    alone: Array
    """How far its best single sentence does."""
    best: NDArray[np.intp]
    """Which of `sentences` that is."""
    sentences: tuple[str, ...]
    """The script's sentences that say something beside concepts' names."""


def expressed(text: str, units: ContentUnits, graph: DocumentGraph) -> UnitCoverage:
    """How far a script says each unit, at its best place, in one sentence or up to three together; memoised.

    The geometric mean of words and meaning: the share of the unit's words, by rarity, and the cosine after what all of
    the host's sentences share is taken off. Only words that the paper knows count, so that a host's pictures need not
    be taken over, and neither quoting nor explaining is worth more than the other. Sentences that say nothing beside
    concepts' names are left out.
    """
    return _expressed(text, _Held(units), GraphKey(graph))


def same_order(script: UnitCoverage, host: UnitCoverage, units: ContentUnits) -> float:
    """Whether what is said comes in the host's order: 1 as there, 0 as by chance or the other way round.

    Kendall's tau of the units' places, each pair of units by the weight of both and by how far the script says both,
    over that of the host's own places (a host may say one thing twice). Few pairs prove little: `_LITTLE_SAID` of the
    host's weight is counted as pairs in no order. 1 where the host says too little to have an order.
    """
    best = _tau(host, units)
    return min(1.0, max(0.0, _tau(script, units)) / best) if best > 0 else 1.0


def _tau(found: UnitCoverage, units: ContentUnits) -> float:
    first, second = np.triu_indices(len(units.texts), 1)
    weights = units.weights * found.alone**2  # what is only touched on says little about its place
    pairs = weights[first] * weights[second]
    all_weight = (units.weights[first] * units.weights[second]).sum()
    ahead = np.sign(found.best[second] - found.best[first])
    return float((pairs * ahead).sum() / max(pairs.sum() + _LITTLE_SAID * all_weight, 1e-12))


@dataclass(frozen=True)
class _Held:
    """Units as part of a key: there is one object for each content (`_units`)."""

    units: ContentUnits

    def __hash__(self) -> int:
        return id(self.units)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Held) and self.units is other.units


@lru_cache(maxsize=PAPERS)  # a key holds the units of its paper
def _expressed(text: str, of: _Held, key: GraphKey) -> UnitCoverage:
    units = of.units
    rows = _explaining(text, statements_of(key.graph).mentions)
    if not rows or not units.texts:
        nothing = np.zeros(len(units.texts))
        return UnitCoverage(nothing, nothing, nothing.astype(int), rows)
    said = paper_index(key.graph).incidence([content_stems(row) for row in rows])
    by_words = [
        _between(window @ units.wanted / np.maximum(units.mass, 1e-9), _WORDS)
        for window in _windows(said, lambda one, two: one.maximum(two))
    ]
    degree, alone = _best(by_words), by_words[0]
    if units.vectors is not None and units.centre is not None:
        from podcast_dspy.lms import embed

        by_meaning = [
            _between(unit_rows(unit_rows(window) - units.centre) @ units.vectors.T, _MEANING)
            for window in _windows(np.asarray(embed(rows), dtype=float), np.add)
        ]
        degree, alone = np.sqrt(degree * _best(by_meaning)), np.sqrt(alone * by_meaning[0])
    return UnitCoverage(degree, alone.max(axis=0), alone.argmax(axis=0), rows)


def _best(windows: Sequence[Array]) -> Array:
    """The best value of each unit."""
    result: Array = np.max([window.max(axis=0) for window in windows], axis=0)
    return result


def _main_claims(key: GraphKey) -> str:
    """The abstract, or the key sentences of a paper that has none."""
    if key.graph.abstract.strip():
        return key.graph.abstract
    held = statements_of(key.graph)
    return " ".join(held.texts[place] for place in key_statements(key.graph, held)[:_MAIN_CLAIMS])


def _sentences(text: str) -> tuple[str, ...]:
    """The distinct sentences of a text that are more than an exclamation."""
    return tuple(
        sentence
        for sentence in dict.fromkeys(split_sentences(plain_text(text)))
        if len(words(sentence)) >= _LEAST_WORDS and content_stems(sentence)
    )


def _explaining(text: str, mentions: Mentions) -> tuple[str, ...]:
    """The sentences that say something beside concepts' names."""
    return tuple(
        sentence
        for sentence in _sentences(text)
        if len(set(content_stems(mentions.without_names(sentence)))) >= _BEYOND_NAMES
    )


def _windows(rows: Any, join: Callable[[Any, Any], Any]) -> list[Any]:
    """The rows of sentences, of each two neighbours and of each three, joined."""
    found = [rows]
    for size in range(1, min(_WINDOW, rows.shape[0])):
        found.append(join(found[-1][:-1], rows[size:]))
    return found


def _between(values: Array, limits: tuple[float, float]) -> Array:
    low, high = limits
    result: Array = np.clip((values - low) / (high - low), 0.0, 1.0)
    return result


Depth = Literal["not_mentioned", "briefly_mentioned", "explained", "deeply_explained"]

MENTIONED: Final = 0.1
"""Credit that an LM judge gives a concept which is named but not explained."""
_DEEP: Final = 3.0
"""Statements that make a full explanation: what it is, what is done with it, what came out."""


@dataclass(frozen=True, slots=True)
class ConceptCoverage:
    """What a script does with one concept."""

    concept: KeyConcept
    depth: Depth
    credit: float
    """0-1: sentences that express statements about it, over three, at most 1."""
    evidence: str
    """The sentence that shows it best; empty when nothing is said and it is not named."""
    mentions: int
    """Distinct sentences that name it, lists left out."""
    listed: int
    """Sentences that name it in a list of concepts, which explains nothing."""


def concept_coverage(
    text: str, graph: DocumentGraph, *, similarity: Similarity = "embedded"
) -> tuple[ConceptCoverage, ...]:
    """Depth of every key concept in a script, in the order of the graph's concepts.

    A concept's statements, the paper's sentences that name it, are units; each sentence of the script counts once for
    it, as far as it expresses the statement that it expresses best. `explained` takes one such sentence,
    `deeply_explained` three; a concept is `briefly_mentioned` when it is named, or half a statement expressed. Raises
    PrerequisiteError when the embedding model is missing.
    """
    key = GraphKey(graph)
    held = statements_of(graph)
    found = expressed(text, _units(held.texts, False, key, similarity), graph)
    named: defaultdict[int, list[str]] = defaultdict(list)
    listed: Counter[int] = Counter()
    for sentence in dict.fromkeys(split_sentences(plain_text(text))):
        places = held.mentions.places(sentence)
        if held.mentions.lists(sentence, places):
            listed.update(places)
        else:
            for place in places:
                named[place].append(sentence)
    return tuple(
        _of_concept(concept, held.of[place], found, named[place], listed[place])
        for place, concept in enumerate(graph.key_concepts)
    )


def _of_concept(
    concept: KeyConcept, statements: Sequence[int], found: UnitCoverage, named: Sequence[str], listed: int
) -> ConceptCoverage:
    best: dict[int, float] = {}
    for place in statements:
        sentence = int(found.best[place])
        best[sentence] = max(best.get(sentence, 0.0), float(found.alone[place]))
    mass = sum(best.values())
    top = max(best, key=best.__getitem__, default=0)
    depth: Depth = "not_mentioned"
    if mass >= _DEEP:
        depth = "deeply_explained"
    elif mass >= 1.0:
        depth = "explained"
    elif named or mass >= 0.5:
        depth = "briefly_mentioned"
    evidence = found.sentences[top] if mass > 0 else next(iter(named), "")
    return ConceptCoverage(concept, depth, min(1.0, mass / _DEEP), evidence, len(named), listed)
