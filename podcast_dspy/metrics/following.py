"""Whether an episode can be followed: its order, pronouns, idle lines, the paper read aloud, and roles of segments."""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Final

import numpy as np
from numpy.typing import NDArray

from podcast_dspy.analysis.closeness import Fragments, fragments_of
from podcast_dspy.analysis.comprehension import statements_of
from podcast_dspy.analysis.paper_index import (
    PAPERS,
    PART_NAMES,
    GraphKey,
    PaperIndex,
    StemTable,
    paper_index,
    part_of_passages,
    stem_table,
)
from podcast_dspy.documents.graph import DocumentGraph
from podcast_dspy.metrics.loss import measures
from podcast_dspy.signatures.types import parse_type
from podcast_dspy.text.words import content_stems, plain_text, split_sentences, wordlist, words


@cache
def _weights() -> dict[str, float]:
    """What a drop from the human episode's measure to 0 costs, as a logarithm (`benchmarks/fit_following.py`)."""
    text = files("podcast_dspy.metrics").joinpath("following.json").read_text(encoding="utf-8")
    found: dict[str, float] = json.loads(text)
    return found


_FAR: Final = 30
"""Passages from which a paper's order says nothing about what has to come first."""
_WINDOW: Final = 6
_NEAR: Final = 8
_ABOUT: Final = 0.15
"""Share of a sentence's content from which it is about some passages at all."""
_AS_GOOD: Final = 0.6
_SHARPNESS: Final = 6.0
"""Passages count by their share to this power: those that fall below the limit have next to no weight left."""
_LIFT: Final = 0.4
"""How much more often neighbours are about the same than sentences of a random order are, in an order that is good."""
_ORDERED: Final = (0.45, 0.55)
"""Share of neighbours in the paper's order: none of it, and all that can be asked for."""
_PRIOR: Final = 2.0
_POINTING: Final = wordlist("pointing")
_POINTS: Final = (0.045, 0.105)
"""Share of a text's words that point back: the most that hosts use, and what nobody can follow."""
_COPIED: Final = 0.75
_LEAST_COPIED: Final = 8


@dataclass(frozen=True, slots=True)
class Following:
    """Measures by name (0-1, 1 is best) and quoted evidence by name."""

    values: dict[str, float]
    quotes: dict[str, tuple[str, ...]]


def measure_following(text: str, graph: DocumentGraph, reference: str = "") -> Following:
    """How well a text can be followed, without a model; memoised by content, some ms for an episode.

    With a `reference`, what comes before what is told by the human episode as well as by the paper, and a text that
    names the paper's concepts half as often as the human one, beside words that point back, names them enough.
    `topics` and `order` are estimates, and a standard error is added to each: plain words leave little to go by.

    `topics`: neighbouring sentences are about the same passages of the paper, more often than in a random order of
    the same sentences; `order`: neighbours in a paragraph come in the order in which the paper introduces it,
    which a reversed text turns round; `referents`: no more of the words point back than hosts use; `purpose`: share of
    sentences that are neither an idle question nor a promise without bounds; `own_words`: share of sentences that are
    not the paper's, word for word. Whether sentences stop and nothing is said twice is `delivery`'s.
    """
    return _measure(plain_text(text), GraphKey(graph), plain_text(reference))


def followed(ours: Mapping[str, float], theirs: Mapping[str, float]) -> float:
    """Share (0-1) of the quality that is left of an episode which is less easily followed than the human one."""
    weights = _weights()
    return math.exp(
        -math.fsum(weights[name] * max(0.0, theirs[name] - value) for name, value in ours.items())
    )


@lru_cache(maxsize=512)
def _measure(text: str, key: GraphKey, reference: str) -> Following:
    sentences = split_sentences(text)
    if not sentences:
        return Following(dict.fromkeys(measures("following"), 0.0), {})
    index, fragments = paper_index(key.graph), fragments_of(key.graph)
    found = [about(sentences, table) for table in (index, *([_table(reference)] if reference else ()))]
    lengths = [len(split_sentences(block)) for block in re.split(r"\n\s*\n", text)]
    idle = [
        line
        for place, line in enumerate(sentences)
        if _idle(line, sentences[place + 1 :], index) or _boundless(line, fragments)
    ]
    copied = [
        line
        for line in sentences
        if (length := fragments.longest(line)) >= _LEAST_COPIED and length >= _COPIED * len(words(line))
    ]
    said = max(1, len(words(text)))
    low, high = _POINTS
    values = {
        "topics": _topics(found[0]),
        "order": _order(found, lengths),
        # Many words that point back harm where names are few; few such words harm nobody, whatever is named.
        "referents": max(
            _between(high - _pointing(text) / said, high - low),
            _named(text, reference, key) if reference else 0.0,
        ),
        "purpose": _at_most(1 - len(idle) / len(sentences), len(sentences)),
        "own_words": 1 - len(copied) / len(sentences),
    }
    return Following(values, {"purpose": tuple(idle[:3]), "own_words": tuple(copied[:3])})


def _between(value: float, full: float) -> float:
    return min(1.0, max(0.0, value / full))


@dataclass(frozen=True)
class About:
    """What the sentences of a text are about: passages of the paper, or sentences of another text."""

    rows: NDArray[np.int64]
    """The sentence of each entry, in order."""
    places: NDArray[np.int64]
    """The passage, in order within the sentence."""
    weights: NDArray[np.float64]
    """How far the sentence is about the passage; nothing for talk that is about none."""
    sentences: int

    @property
    def mass(self) -> NDArray[np.float64]:
        """How far each sentence is about anything."""
        found: NDArray[np.float64] = np.bincount(self.rows, self.weights, self.sentences).astype(float)
        return found

    def near(self, step: int, first: int, last: int) -> NDArray[np.float64]:
        """For each entry the weight of the entries `step` sentences later whose passage is `first` to `last` later."""
        width = 1 + 2 * max(abs(first), abs(last)) + int(self.places.max(initial=0))
        keys = self.rows * width + self.places
        summed = np.concatenate([[0.0], np.cumsum(self.weights)])
        there = (self.rows + step) * width
        low = np.maximum(there, there + self.places + first)
        high = there + self.places + last
        found = summed[np.searchsorted(keys, high, "right")] - summed[np.searchsorted(keys, low)]
        result: NDArray[np.float64] = np.maximum(found, 0.0)
        return result


def about(sentences: Sequence[str], table: StemTable) -> About:
    """The texts of a table that hold most of each sentence; none for a sentence of which none holds enough."""
    if not table.size or not sentences:
        nothing = np.zeros(0, dtype=np.int64)
        return About(nothing, nothing, np.zeros(0), len(sentences))
    shares = table.overlaps([content_stems(sentence) for sentence in sentences])
    best = shares.max(axis=1)
    rows, places = np.nonzero((shares >= _AS_GOOD * best[:, None]) & (best >= _ABOUT)[:, None])
    weights = (shares[rows, places] / best[rows]) ** _SHARPNESS
    return About(
        rows,
        places,
        (best / np.maximum(np.bincount(rows, weights, len(best)), 1e-12))[rows] * weights,
        len(best),
    )


def _topics(found: About) -> float:
    """Lift of being about the same passages, of sentences at most two apart over all pairs of sentences."""
    mass = found.mass
    if np.count_nonzero(mass) < 3:
        return 0.0
    weights = np.bincount(found.places, found.weights)
    summed = np.concatenate([[0.0], np.cumsum(weights)])
    rows = np.arange(len(weights))
    around = summed[np.minimum(rows + _NEAR + 1, len(weights))] - summed[np.maximum(rows - _NEAR, 0)]
    same = float(weights @ around - found.weights @ found.near(0, -_NEAR, _NEAR))
    all_pairs = float(weights.sum() ** 2 - mass @ mass)
    near = math.fsum(float(found.weights @ found.near(step, -_NEAR, _NEAR)) for step in (1, 2))
    beside = math.fsum(float(mass[:-step] @ mass[step:]) for step in (1, 2))
    if beside <= 0 or same <= 1e-9:
        return 0.0
    expected = beside * same / all_pairs
    # The doubt is the script's: as many more as chance varies by, where sentences seldom share words with the paper.
    return _between((near + math.sqrt(expected)) / expected - 1.0, _LIFT)


def _order(found: Sequence[About], lengths: Sequence[int]) -> float:
    """Whether neighbours in a paragraph come in the order of the sources, if they are near each other there.

    `lengths` are the sentences of each paragraph: what order means ends with it.
    """
    ends = np.repeat(np.cumsum(lengths), lengths)
    up = down = _PRIOR
    for one in found:
        for step in range(1, _WINDOW + 1):
            inside = one.weights * (one.rows + step < ends[one.rows])
            up += float(inside @ one.near(step, 1, _FAR))
            down += float(inside @ one.near(step, -_FAR, -1))
    low, high = _ORDERED
    share = up / (up + down)
    doubt = math.sqrt(share * (1 - share) / (up + down))
    return _between(share + doubt - low, high - low)


@lru_cache(maxsize=PAPERS)
def _table(text: str) -> StemTable:
    return stem_table([content_stems(line) for line in split_sentences(text)])


def _named(text: str, reference: str, key: GraphKey) -> float:
    """Whether the concepts are named, beside words that point back, at least half as often as in the reference."""
    ours, theirs = (_names(one, key) for one in (text, reference))
    return _between(ours, theirs / 2) if theirs else 1.0


def _pointing(text: str) -> int:
    return sum(word.partition("'")[0] in _POINTING for word in words(text))


@lru_cache(maxsize=512)
def _names(text: str, key: GraphKey) -> float:
    mentions = statements_of(key.graph).mentions
    named = sum(len(mentions.places(line)) for line in split_sentences(text))
    pointing = _pointing(text)
    return named / (named + pointing) if named else 0.0


def _idle(sentence: str, after: Sequence[str], index: PaperIndex) -> bool:
    """Whether a question asks nothing of the paper's, and what follows does not take it up."""
    if not sentence.rstrip("\"'”’)").endswith("?"):
        return False
    asked = {stem for stem in content_stems(sentence) if stem in index.weights}
    answered = {stem for line in after[:2] for stem in content_stems(line)}
    return len(asked) < 2 and not asked & answered


_BOUNDLESS: Final = wordlist("boundless")


def _boundless(sentence: str, fragments: Fragments) -> bool:
    """Whether a sentence promises without bounds, twice over, in words that the paper does not use."""
    bounds = _BOUNDLESS.intersection(words(sentence)) - {"no"}
    denied = "no" in words(sentence) and "at all" in sentence.lower()
    return len(bounds) + denied + ("at all" in sentence.lower()) >= 2 and fragments.share(sentence) < 0.5


_FAIR: Final = 0.21
"""Cohen's kappa from which agreement is fair (Landis and Koch 1977): no two people cut an episode up alike."""

Segments = Sequence[tuple[str, str]]
"""(type, text) of each segment."""


def role_fit(segments: Segments, graph: DocumentGraph, host: Segments) -> float:
    """How far (0-1) what segments say is what their types are for: the mean of two opinions.

    The paper's: the share that comes from parts of the paper which the type speaks of. The host's: Cohen's kappa of the
    type that a segment claims and the one under which the host says the same, over what counts as fair agreement, at
    most 1. Types that are bound to no part take no part. 1 where an opinion has nothing to go by.
    """
    bound = _bound(segments)
    return (_by_paper(bound, graph) + _by_host(bound, tuple(host))) / 2


def _bound(segments: Segments) -> list[tuple[str, str]]:
    """(type, sentence) of the segments whose types are bound to parts of the paper."""
    return [
        (kind, line)
        for kind, text in segments
        if parse_type(kind).row.speaks_of
        for line in split_sentences(plain_text(text))
    ]


def _by_paper(bound: Segments, graph: DocumentGraph) -> float:
    index = paper_index(graph)
    atoms = [graph.get_atom(passage.atom_id) for passage in index.passages]
    parts = [PART_NAMES[part] for part in part_of_passages(graph, atoms)]
    found = about([line for _, line in bound], index)
    fits = [
        parts[place] in parse_type(bound[row][0]).row.speaks_of
        for row, place in zip(found.rows, found.places, strict=True)
    ]
    total = float(found.weights.sum())
    return float(found.weights @ np.array(fits)) / total if total else 1.0


@lru_cache(maxsize=PAPERS)
def _host_lines(host: tuple[tuple[str, str], ...]) -> tuple[list[str], StemTable]:
    lines = _bound(host)
    return [kind for kind, _ in lines], stem_table([content_stems(line) for _, line in lines])


def _by_host(bound: Segments, host: tuple[tuple[str, str], ...]) -> float:
    kinds, table = _host_lines(host)
    found = about([line for _, line in bound], table)
    claimed: Counter[str] = Counter()
    held: Counter[str] = Counter()
    same = 0.0
    for row, place, weight in zip(found.rows, found.places, found.weights.tolist(), strict=True):
        ours, theirs = bound[row][0], kinds[place]
        claimed[ours] += weight
        held[theirs] += weight
        same += weight * (ours == theirs)
    total = float(found.weights.sum())
    chance = sum(claimed[kind] * held[kind] for kind in held) / total**2 if total else 1.0
    if chance >= 1 - 1e-9:
        return 1.0
    kappa = (_at_most(same / total, total) - chance) / (1 - chance)
    return min(1.0, max(0.0, kappa) / _FAIR)


def _at_most(share: float, count: float) -> float:
    """The upper end of the 95% interval of a share of so many cases (Wilson 1927): doubt is in the script's favour.

    The standard error of the share itself is too small for few cases and near 0 (Brown, Cai and DasGupta 2001).
    """
    z = 1.96
    middle = share + z * z / (2 * count)
    width = z * math.sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    return (middle + width) / (1 + z * z / count)
