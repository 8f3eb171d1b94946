"""Whether an episode can be followed: its order, what its pronouns mean, idle lines, and the paper read aloud."""

from __future__ import annotations

import itertools
import json
import math
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from podcast_dspy.analysis.closeness import fragments_of
from podcast_dspy.analysis.concept_mentions import Mentions
from podcast_dspy.analysis.paper_index import GraphKey, PaperIndex, paper_index
from podcast_dspy.documents.graph import DocumentGraph
from podcast_dspy.text.sentences import split_sentences
from podcast_dspy.text.words import content_stems, plain_text, words

__all__ = ["FOLLOWING", "Following", "followed", "measure_following", "passages_about"]

FOLLOWING: Final = ("topics", "order", "referents", "purpose", "own_words")


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
_POINTING = re.compile(r"\b(?:it|its|itself|it's|they|them|their|theirs)\b", re.I)
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
        return Following(dict.fromkeys(FOLLOWING, 0.0), {})
    index = paper_index(key.graph)
    places = _all_about(sentences, index)
    idle = [
        line
        for place, line in enumerate(sentences)
        if _idle(line, sentences[place + 1 :], index) or _boundless(line, key.graph)
    ]
    fragments = fragments_of(key.graph)
    copied = [
        line
        for line in sentences
        if (length := fragments.longest(line)) >= _LEAST_COPIED and length >= _COPIED * len(words(line))
    ]
    said = max(1, len(words(text)))
    low, high = _POINTS
    values = {
        "topics": _topics(places),
        "order": _order(
            [
                one
                for row in (places, *_by_reference(sentences, reference))
                for one in _split(row, _lengths(text))
            ]
        ),
        "referents": min(
            _between(high - len(_POINTING.findall(text)) / said, high - low), _named(text, reference, key)
        ),
        "purpose": 1 - len(idle) / len(sentences),
        "own_words": 1 - len(copied) / len(sentences),
    }
    return Following(values, {"purpose": tuple(idle[:3]), "own_words": tuple(copied[:3])})


def _between(value: float, full: float) -> float:
    return min(1.0, max(0.0, value / full))


Places = tuple[Any, Any] | None
"""Passages that a sentence is about, and how far; None for talk that is about none."""


def passages_about(sentence: str, index: PaperIndex) -> Places:
    """The passages of the paper that a sentence is about, with their weights; None if it is about none."""
    stems = content_stems(sentence)
    if not stems or not index.passages:
        return None
    return _best(index.overlap(stems))


def _all_about(sentences: Sequence[str], index: PaperIndex) -> list[Places]:
    """`passages_about` of many sentences at once."""
    stems = [content_stems(sentence) for sentence in sentences]
    if not index.passages:
        return [None] * len(sentences)
    return [
        _best(shares) if held else None for held, shares in zip(stems, index.overlaps(stems), strict=True)
    ]


def _best(shares: NDArray[np.float64]) -> Places:
    """The passages that hold most, and how far, from the share that each holds."""
    best = float(shares.max())
    if best < _ABOUT:
        return None
    found = np.flatnonzero(shares >= _AS_GOOD * best)
    weights = (shares[found] / best) ** _SHARPNESS
    return found, best * weights / weights.sum()


def _pair(first: Places, second: Places) -> tuple[Any, Any]:
    """Distances between the passages of two sentences, with their weights."""
    assert first is not None
    assert second is not None
    return second[0][None, :] - first[0][:, None], first[1][:, None] * second[1][None, :]


def _topics(places: Sequence[Places]) -> float:
    """Lift of being about the same passages, of sentences at most two apart over all pairs of sentences."""
    about = [place for place in places if place is not None]
    if len(about) < 3:
        return 0.0
    weights = np.zeros(1 + max(int(place[0].max()) for place in about))
    same = whole = near = mass = 0.0
    for place in about:
        weights[place[0]] += place[1]
        apart, pairs = _pair(place, place)
        same, whole = same - float(pairs[abs(apart) <= _NEAR].sum()), whole - float(pairs.sum())
    summed = np.concatenate([[0.0], np.cumsum(weights)])
    rows = np.arange(len(weights))
    around = summed[np.minimum(rows + _NEAR + 1, len(weights))] - summed[np.maximum(rows - _NEAR, 0)]
    everywhere, total = same + float(weights @ around), whole + float(weights.sum()) ** 2
    for row, first in enumerate(places):
        for second in places[row + 1 : row + 3]:
            if first is not None and second is not None:
                apart, pairs = _pair(first, second)
                near, mass = near + float(pairs[abs(apart) <= _NEAR].sum()), mass + float(pairs.sum())
    if mass <= 0 or everywhere <= 1e-9:
        return 0.0
    return _between(near / mass / (everywhere / total) - 1.0, _LIFT)


def _by_reference(sentences: Sequence[str], reference: str) -> list[list[Places]]:
    """The sentences of the reference that each sentence is about; empty without a reference."""
    lines = split_sentences(reference)
    if not lines:
        return []
    postings: defaultdict[str, list[int]] = defaultdict(list)
    for number, line in enumerate(lines):
        for stem in sorted(set(content_stems(line))):
            postings[stem].append(number)
    row: list[Places] = []
    for sentence in sentences:
        shares = np.zeros(len(lines))
        total = 0.0
        for stem in sorted(set(content_stems(sentence))):
            weight = math.log(1 + len(lines) / max(1, len(postings.get(stem, ()))))
            shares[postings.get(stem, [])] += weight
            total += weight
        row.append(_best(shares / total) if total else None)
    return [row]


def _named(text: str, reference: str, key: GraphKey) -> float:
    """Whether the concepts are named, beside words that point back, at least half as often as in the reference."""
    ours, theirs = (_names(one, key) for one in (text, reference))
    return _between(ours, theirs / 2) if theirs else 1.0


def _names(text: str, key: GraphKey) -> float:
    mentions = _mentions(key)
    named = sum(len(mentions.places(line)) for line in split_sentences(text))
    pointing = len(_POINTING.findall(text))
    return named / (named + pointing) if named else 0.0


@lru_cache(maxsize=64)
def _mentions(key: GraphKey) -> Mentions:
    return Mentions(key.graph.key_concepts)


def _lengths(text: str) -> list[int]:
    """Sentences of each paragraph: what order means ends with it."""
    return [len(split_sentences(block)) for block in re.split(r"\n\s*\n", text)]


def _split(row: Sequence[Places], lengths: Sequence[int]) -> list[Sequence[Places]]:
    ends = list(itertools.accumulate(lengths))
    return [row[end - length : end] for end, length in zip(ends, lengths, strict=True)]


def _near_pairs(places: Sequence[Places]) -> Iterator[tuple[Places, Places]]:
    """Sentences of one window that are about passages near each other; most pairs are not, and are passed over."""
    about = [(row, place) for row, place in enumerate(places) if place is not None]
    rows = np.array([row for row, _ in about])
    first = np.array([place[0][0] for _, place in about])
    last = np.array([place[0][-1] for _, place in about])
    found = [
        (here, here + step)
        for step in range(1, _WINDOW + 1)
        for here in np.flatnonzero(
            (rows[step:] - rows[:-step] <= _WINDOW)
            & (first[step:] - last[:-step] <= _FAR)
            & (first[:-step] - last[step:] <= _FAR)
        ).tolist()
    ]
    for here, there in sorted(found):
        yield about[here][1], about[there][1]


def _order(sources: Sequence[Sequence[Places]]) -> float:
    """Whether neighbours in a paragraph come in the order of the sources, if they are near each other there."""
    up = down = _PRIOR
    for places in sources:
        for first, second in _near_pairs(places):
            apart, weights = _pair(first, second)
            up += float(weights[(apart > 0) & (apart <= _FAR)].sum())
            down += float(weights[(apart < 0) & (apart >= -_FAR)].sum())
    low, high = _ORDERED
    return _between(up / (up + down) - low, high - low)


def _idle(sentence: str, after: Sequence[str], index: PaperIndex) -> bool:
    """Whether a question asks nothing of the paper's, and what follows does not take it up."""
    if not sentence.rstrip("\"'”’)").endswith("?"):
        return False
    asked = {stem for stem in content_stems(sentence) if stem in index.weights}
    told = {stem for line in after[:2] for stem in content_stems(line)}
    return len(asked) < 2 and not asked & told


_BOUNDLESS: Final = frozenset(
    "all always any anybody anyone anything anywhere ever every everybody everyone everything everywhere never no "
    "nobody none nothing nowhere whatever whenever wherever".split()
)
"""Quantifiers without bounds."""


def _boundless(sentence: str, graph: DocumentGraph) -> bool:
    """Whether a sentence promises without bounds, twice over, in words that the paper does not use."""
    bounds = _BOUNDLESS.intersection(words(sentence)) - {"no"}
    denied = "no" in words(sentence) and "at all" in sentence.lower()
    return (
        len(bounds) + denied + ("at all" in sentence.lower()) >= 2
        and fragments_of(graph).share(sentence) < 0.5
    )
