"""Merge typed sentences into segments: a new one begins where the type, a person's label or the topic changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from podcast_dspy.analysis.view import embed, relative_pauses
from podcast_dspy.audio.transcript import TranscriptSegment
from podcast_dspy.signatures.types import SegmentType

__all__ = ["TypedSentence", "merge_sentences"]

_LONGEST: Final = 28.0
"""Seconds from which on a segment of one type is cut at its weakest joint, if it has one."""
_SHORTEST: Final = 8.0
"""Seconds that each piece keeps."""
_PAUSE_WEIGHT: Final = 0.05
"""What one doubling of the pause counts against the cosine between what stands before and after it."""
_CUE_WEIGHT: Final = 0.1
"""The same for a sentence that begins with a transition cue."""


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
    where the sentences before and after have least in common, after a pause or at a transition cue sooner.
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
    pauses = relative_pauses([item.sentence for item in sentences])
    joints = [
        _joint(sentences[i], vectors, i, float(pauses[i - 1])) if i else 0.0 for i in range(len(sentences))
    ]
    pieces: list[list[TypedSentence]] = []
    start = 0
    for group in groups:
        weights = joints[start : start + len(group)]
        pieces.extend(_cut(group, weights) if group in long else [group])
        start += len(group)
    return pieces


def _seconds(group: Sequence[TypedSentence]) -> float:
    return group[-1].sentence.end_time - group[0].sentence.start_time


def _joint(item: TypedSentence, vectors: NDArray[np.float64], index: int, pause: float) -> float:
    """How weak the joint before a sentence is: the lower the cosine across it, the weaker (higher)."""
    before, after = vectors[max(0, index - 2) : index].mean(axis=0), vectors[index : index + 2].mean(axis=0)
    cosine = float(before @ after / (np.linalg.norm(before) * np.linalg.norm(after)))
    cue = SegmentType.TRANSITION.row.cues.search(item.sentence.text)
    opening = cue is not None and cue.start() < 20
    return -cosine + _PAUSE_WEIGHT * pause + _CUE_WEIGHT * opening


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
