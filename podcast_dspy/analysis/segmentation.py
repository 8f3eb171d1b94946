"""Segments of an episode: labelled by people, merged from typed sentences, and joined to stretches of one type.

Stretches are scored by a semi-Markov chain (Sarawagi and Cohen 2004): by the votes of their sentences, by their length
and by what came before. Chances for single sentences know no lengths, and leave splinters or swallow what is short.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from itertools import groupby, pairwise
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray
from pydantic import model_validator

from podcast_dspy.analysis.episode_view import Fitted, Numbers, embed
from podcast_dspy.analysis.results import AlignedSegment
from podcast_dspy.audio.transcript import TranscriptSegment
from podcast_dspy.documents.graph import DocumentGraph
from podcast_dspy.errors import InputError
from podcast_dspy.signatures.types import SEGMENT_TYPES, SegmentType, parse_type

_LONGEST: Final = 28.0
"""Seconds from which on a segment of one type is cut at its weakest joint, if it has one."""
_SHORTEST: Final = 8.0
"""Seconds that each piece keeps."""


@dataclass(frozen=True)
class TypedSentence:
    """A sentence with its type; `span` tells a person's labels apart, None where a classifier decided."""

    sentence: TranscriptSegment
    segment_type: SegmentType
    confidence: float
    span: int | None = None


def merge_sentences(sentences: Sequence[TypedSentence]) -> list[list[TypedSentence]]:
    """Groups of consecutive sentences of one type, in order; every sentence is in exactly one group.

    A person's label spans are never merged with one another, nor cut. Elsewhere a long stretch of one type is cut
    where the sentences before and after have least in common.
    """
    groups: list[list[TypedSentence]] = []
    for item in sentences:
        last = groups[-1][-1] if groups else None
        if last is None or item.segment_type is not last.segment_type or item.span != last.span:
            groups.append([item])
        else:
            groups[-1].append(item)
    long = [group for group in groups if group[0].span is None and _seconds(group) > _LONGEST]
    if not long:
        return groups
    vectors = embed([item.sentence.text for item in sentences])
    joints = [_joint(vectors, i) if i else 0.0 for i in range(len(sentences))]
    pieces: list[list[TypedSentence]] = []
    start = 0
    for group in groups:
        weights = joints[start : start + len(group)]
        pieces.extend(_cut(group, weights) if group in long else [group])
        start += len(group)
    return pieces


def _seconds(group: Sequence[TypedSentence]) -> float:
    return group[-1].sentence.end_time - group[0].sentence.start_time


def _joint(vectors: NDArray[np.float64], index: int) -> float:
    """How weak the joint before a sentence is: the lower the cosine across it, the weaker (higher)."""
    before, after = vectors[max(0, index - 2) : index].mean(axis=0), vectors[index : index + 2].mean(axis=0)
    return -float(before @ after / (np.linalg.norm(before) * np.linalg.norm(after)))


def _cut(group: list[TypedSentence], weights: Sequence[float]) -> list[list[TypedSentence]]:
    """Cut at the weakest joint, again and again, until no piece is long or none can be cut."""
    if _seconds(group) <= _LONGEST:
        return [group]
    places = [
        i
        for i in range(1, len(group))
        if _seconds(group[:i]) >= _SHORTEST and _seconds(group[i:]) >= _SHORTEST
    ]
    if not places:
        return [group]
    place = max(places, key=lambda i: weights[i])
    return [*_cut(group[:place], weights[:place]), *_cut(group[place:], weights[place:])]


@dataclass(frozen=True)
class Stretch:
    """Segments of one type without another type between them; times in seconds."""

    segment_type: SegmentType
    start_time: float
    end_time: float
    segments: tuple[AlignedSegment, ...]

    @property
    def duration(self) -> float:
        """From the first word to the last, pauses inside included."""
        return max(0.0, self.end_time - self.start_time)


def stretches_of(segments: Sequence[AlignedSegment]) -> tuple[Stretch, ...]:
    """Merge neighbours of one type; no two neighbouring stretches share their type."""
    grouped: list[list[AlignedSegment]] = []
    for segment in segments:
        if grouped and grouped[-1][-1].segment_type is segment.segment_type:
            grouped[-1].append(segment)
        else:
            grouped.append([segment])
    return tuple(
        Stretch(
            segment_type=group[0].segment_type,
            start_time=group[0].transcript_segment.start_time,
            end_time=group[-1].transcript_segment.end_time,
            segments=tuple(group),
        )
        for group in grouped
    )


class Span(Protocol):
    """A person's label for a stretch of time in seconds, such as `pairs.LabelledSpan`."""

    @property
    def segment_type(self) -> str: ...
    @property
    def start_time(self) -> float: ...
    @property
    def end_time(self) -> float: ...


@dataclass(frozen=True)
class LabelledEpisode:
    """One episode for the classifier to learn from; `labels[i]` is None where no label covers sentence i."""

    episode_id: str
    sentences: tuple[TranscriptSegment, ...]
    labels: tuple[SegmentType | None, ...]
    graph: DocumentGraph

    def __post_init__(self) -> None:
        if len(self.sentences) != len(self.labels):
            raise InputError(
                f"episode {self.episode_id!r} has {len(self.sentences)} sentences but {len(self.labels)} labels; "
                "give one label (or None) for each sentence"
            )


def covering(sentences: Sequence[TranscriptSegment], spans: Sequence[Span]) -> list[int | None]:
    """For each sentence the place of the span that covers most of it, None where no span touches it."""
    places: list[int | None] = []
    for sentence in sentences:
        overlaps = [
            min(span.end_time, sentence.end_time) - max(span.start_time, sentence.start_time)
            for span in spans
        ]
        best = max(range(len(spans)), key=overlaps.__getitem__, default=None)
        places.append(best if best is not None and overlaps[best] > 0.0 else None)
    return places


def label_sentences(
    sentences: Sequence[TranscriptSegment], spans: Sequence[Span]
) -> tuple[SegmentType | None, ...]:
    """For each sentence the type of the span that covers most of it, None where no span touches it."""
    types = [parse_type(span.segment_type) for span in spans]
    return tuple(None if place is None else types[place] for place in covering(sentences, spans))


def labelled_episode(
    episode_id: str, sentences: Sequence[TranscriptSegment], graph: DocumentGraph, spans: Sequence[Span]
) -> LabelledEpisode:
    """An episode whose sentences carry the types of a person's time spans."""
    return LabelledEpisode(episode_id, tuple(sentences), label_sentences(sentences, spans), graph)


@lru_cache(maxsize=1)
def seed_sentences() -> tuple[tuple[str, SegmentType], ...]:
    """The seed bank: hand-written sentences on no topic in particular, twenty-four for each type."""
    text = resources.files("podcast_dspy.analysis").joinpath("seed_segments.json").read_text(encoding="utf-8")
    bank: dict[str, list[str]] = json.loads(text)
    return tuple((sentence, parse_type(kind)) for kind, sentences in bank.items() for sentence in sentences)


Array = NDArray[np.float64]
TYPE_INDEX: Final = {kind: index for index, kind in enumerate(SEGMENT_TYPES)}
_TYPES: Final = len(SEGMENT_TYPES)

_LONGEST_STRETCH: Final = 150.0
"""Seconds of the longest stretch that is considered in one piece; it may go on as another one of its type."""
_MOST_SENTENCES: Final = 100
"""Sentences of such a stretch: where a transcript has no times, all would fit in."""
_GOES_ON: Final = 0.02
"""Chance of that."""
_USUAL: Final = 35.0
"""Seconds of a stretch before anything is learned: what hosts take in five labelled episodes."""
_BRIEF: Final = 12.0
"""The same for a transition."""
_SPREAD: Final = 0.8
"""Standard deviation of the log of the seconds."""


def _prior_transitions() -> Array:
    """Chances of changing from a to b: near ranks are likely, going back is not; k×k, rows sum to 1."""
    changes = np.full((_TYPES, _TYPES), 0.4)
    for a, first in enumerate(SEGMENT_TYPES):
        for b, second in enumerate(SEGMENT_TYPES):
            if first.row.rank is not None and second.row.rank is not None:
                step = second.row.rank - first.row.rank
                changes[a, b] = np.exp(-abs(step - 1.0) / 2.5) * (0.5 if step < 0 else 1.0)
    np.fill_diagonal(changes, 0.0)
    changes *= (1.0 - _GOES_ON) / changes.sum(axis=1, keepdims=True)
    np.fill_diagonal(changes, _GOES_ON)
    return changes


_PRIOR_WEIGHT: Final = 4.0
"""Stretches that the prior counts for, of each type."""
_START: Final = np.log([0.7 if kind is SegmentType.INTRO else 0.3 / (_TYPES - 1) for kind in SEGMENT_TYPES])


class Chain(Fitted):
    """Which type follows which, and how long each lasts."""

    transitions: Numbers
    """k×k; rows sum to 1."""
    lengths: Numbers
    """k: mean of the log of a stretch's seconds."""

    @model_validator(mode="after")
    def _holds_chances(self) -> Chain:
        if self.transitions.shape != (_TYPES, _TYPES) or self.lengths.shape != (_TYPES,):
            raise ValueError("the tables of the chain have another size")
        if not (self.transitions.min() > 0.0 and np.isfinite(self.lengths).all()):
            raise ValueError("the tables of the chain hold no chances")
        return self

    @classmethod
    def fit(cls, episodes: Sequence[LabelledEpisode] = ()) -> Chain:
        """Counts of labelled stretches, smoothed by the prior; a stretch is what follows of one label."""
        counts = _PRIOR_WEIGHT * _prior_transitions()
        usual = np.log([_BRIEF if kind is SegmentType.TRANSITION else _USUAL for kind in SEGMENT_TYPES])
        lengths, sizes = _PRIOR_WEIGHT * usual, np.full(_TYPES, _PRIOR_WEIGHT)
        for episode in episodes:
            rows = zip(episode.labels, episode.sentences, strict=True)
            stretches = [
                (TYPE_INDEX[kind] if kind else None, sum(sentence.duration for _, sentence in group))
                for kind, group in groupby(rows, key=lambda row: row[0])
            ]
            for (first, _), (second, _) in pairwise(stretches):
                if first is not None and second is not None:
                    counts[first, second] += 1.0
            for kind, seconds in stretches:
                if kind is not None:
                    lengths[kind] += np.log(max(1.0, seconds))
                    sizes[kind] += 1.0
        return cls(
            transitions=np.round(counts / counts.sum(axis=1, keepdims=True), 9),
            lengths=np.round(lengths / sizes, 6),
        )

    def posterior(self, scores: Array, begins: Array, ends: Array) -> Array:
        """p(type of sentence i | everything), n×k, of log votes (n×k) and times in seconds; forward-backward."""
        from scipy.special import logsumexp

        stretches = _stretches(scores, begins, ends, self.lengths)
        steps = np.log(self.transitions)
        n, most, k = stretches.shape
        forward = np.full((n + 1, k), -np.inf)
        entering = np.empty((n, k))
        for i in range(n):
            entering[i] = logsumexp(forward[i][:, None] + steps, 0) if i else _START
            reach = min(most, n - i)
            ahead = forward[i + 1 : i + reach + 1]
            np.logaddexp(ahead, entering[i] + stretches[i, :reach], out=ahead)
        leaving = np.zeros((n + 1, k))
        for i in range(n - 1, 0, -1):
            reach = min(most, n - i)
            behind = logsumexp(stretches[i, :reach] + leaving[i + 1 : i + reach + 1], 0)
            leaving[i] = logsumexp(steps + behind[None, :], 1)
        total = logsumexp(forward[n], 0)
        change = np.zeros((n + 1, k))
        for i in range(n):
            reach = min(most, n - i)
            odds = np.exp(entering[i] + stretches[i, :reach] + leaving[i + 1 : i + reach + 1] - total)
            change[i] += odds.sum(axis=0)
            change[i + 1 : i + reach + 1] -= odds
        chances = np.clip(np.cumsum(change[:n], axis=0), 1e-12, None)
        result: Array = chances / chances.sum(axis=1, keepdims=True)
        return result


def _stretches(scores: Array, begins: Array, ends: Array, lengths: Array) -> Array:
    """Log score of the stretch of each type that begins at sentence i and has l+1 sentences, n×L×k."""
    n = len(scores)
    most = min(
        _MOST_SENTENCES,
        max(1, *(int(np.searchsorted(ends, begins[i] + _LONGEST_STRETCH)) - i for i in range(n))),
    )
    last = np.arange(n)[:, None] + np.arange(most)[None, :]
    inside = last < n
    last = np.minimum(last, n - 1)
    sums = np.concatenate([np.zeros((1, _TYPES)), np.cumsum(scores, axis=0)])
    seconds = np.maximum(ends[last] - begins[:, None], 1.0)
    inside &= (seconds <= _LONGEST_STRETCH) | (np.arange(most)[None, :] == 0)
    likely = -0.5 * ((np.log(seconds)[:, :, None] - lengths) / _SPREAD) ** 2
    found: Array = sums[last + 1] - sums[:n, None, :] + likely
    return np.where(inside[:, :, None], found, -np.inf)
