"""Segments of an episode: labelled by people, merged from typed sentences, and joined to stretches of one type."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from itertools import pairwise
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from podcast_dspy.analysis.episode_view import embed
from podcast_dspy.analysis.results import AlignedSegment
from podcast_dspy.audio.transcript import TranscriptSegment
from podcast_dspy.documents.graph import DocumentGraph
from podcast_dspy.errors import InputError
from podcast_dspy.signatures.types import SegmentType, parse_type

__all__ = [
    "LabelledEpisode",
    "Span",
    "Stretch",
    "TypedSentence",
    "covering",
    "label_sentences",
    "labelled_episode",
    "merge_sentences",
    "seed_sentences",
    "stretches_of",
]

_LONGEST: Final = 28.0
"""Seconds from which on a segment of one type is cut at its weakest joint, if it has one."""
_SHORTEST: Final = 8.0
"""Seconds that each piece keeps."""
_PAUSE_WEIGHT: Final = 0.05
"""What one doubling of the pause counts against the cosine between what stands before and after it."""


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
    where the sentences before and after have least in common, after a pause sooner.
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
    pauses = _relative_pauses([item.sentence for item in sentences])
    joints = [_joint(vectors, i, float(pauses[i - 1])) if i else 0.0 for i in range(len(sentences))]
    pieces: list[list[TypedSentence]] = []
    start = 0
    for group in groups:
        weights = joints[start : start + len(group)]
        pieces.extend(_cut(group, weights) if group in long else [group])
        start += len(group)
    return pieces


def _relative_pauses(sentences: Sequence[TranscriptSegment]) -> NDArray[np.float64]:
    """Pauses between sentences (n-1) as log2 of their ratio to the usual one, clipped to ±3."""
    gaps = np.array(
        [max(0.0, b.start_time - a.end_time) for a, b in pairwise(sentences)],
        dtype=float,
    )
    if len(gaps) == 0 or float(gaps.max()) <= 0.0:
        return np.zeros(len(gaps))
    # Transcribers round word ends; a floor of 0.1 s keeps their noise from looking like structure.
    usual = max(0.1, float(np.median(gaps)))
    result: NDArray[np.float64] = np.clip(np.log2((gaps + 0.1) / (usual + 0.1)), -3.0, 3.0)
    return result


def _seconds(group: Sequence[TypedSentence]) -> float:
    return group[-1].sentence.end_time - group[0].sentence.start_time


def _joint(vectors: NDArray[np.float64], index: int, pause: float) -> float:
    """How weak the joint before a sentence is: the lower the cosine across it, the weaker (higher)."""
    before, after = vectors[max(0, index - 2) : index].mean(axis=0), vectors[index : index + 2].mean(axis=0)
    return _PAUSE_WEIGHT * pause - float(before @ after / (np.linalg.norm(before) * np.linalg.norm(after)))


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
