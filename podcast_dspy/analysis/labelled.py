"""Labelled episodes: sentences with the types that people gave them, and the seed bank for those who have none."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Protocol

from podcast_dspy.audio.transcript import TranscriptSegment
from podcast_dspy.documents.graph import DocumentGraph
from podcast_dspy.errors import InputError
from podcast_dspy.signatures.types import SegmentType, parse_type

__all__ = ["LabelledEpisode", "Span", "label_sentences", "labelled_episode", "seed_sentences"]


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


def label_sentences(
    sentences: Sequence[TranscriptSegment], spans: Sequence[Span]
) -> tuple[SegmentType | None, ...]:
    """For each sentence the type of the span that covers most of it, None where no span touches it."""
    typed = [(parse_type(span.segment_type), span.start_time, span.end_time) for span in spans]
    labels: list[SegmentType | None] = []
    for sentence in sentences:
        best: SegmentType | None = None
        most = 0.0
        for kind, start, end in typed:
            overlap = min(end, sentence.end_time) - max(start, sentence.start_time)
            if overlap > most:
                best, most = kind, overlap
        labels.append(best)
    return tuple(labels)


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
