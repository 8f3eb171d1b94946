"""Merge typed sentences into segments: a new one begins where the type, a person's label or the pace changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from podcast_dspy.analysis.cues import CUES
from podcast_dspy.analysis.view import relative_pauses
from podcast_dspy.audio.transcript import TranscriptSegment
from podcast_dspy.signatures.types import SegmentType

__all__ = ["TypedSentence", "merge_sentences"]

_LONG_PAUSE: Final = 1.6
"""log2 of the pause over the usual one from which on a long segment of one type is cut."""
_CUE_PAUSE: Final = 0.8
"""The same, where the next sentence begins with a transition cue."""
_MIN_SECONDS: Final = 12.0
"""A segment is not cut by a pause before it is this long."""


@dataclass(frozen=True)
class TypedSentence:
    """A sentence with its type; `span` tells a person's labels apart, None where a classifier decided."""

    sentence: TranscriptSegment
    segment_type: SegmentType
    confidence: float
    span: int | None = None


def merge_sentences(sentences: Sequence[TypedSentence]) -> list[list[TypedSentence]]:
    """Groups of consecutive sentences of one type, in order; every sentence is in exactly one group.

    A person's label spans are never merged with one another, nor cut. Elsewhere a group also ends at an unusually
    long pause, or at a longish one before a transition cue.
    """
    pauses = relative_pauses([item.sentence for item in sentences])
    groups: list[list[TypedSentence]] = []
    for index, item in enumerate(sentences):
        if not groups or _breaks(groups[-1], item, float(pauses[index - 1])):
            groups.append([item])
        else:
            groups[-1].append(item)
    return groups


def _breaks(group: Sequence[TypedSentence], item: TypedSentence, pause: float) -> bool:
    last = group[-1]
    if item.segment_type is not last.segment_type or item.span != last.span:
        return True
    if item.span is not None:
        return False
    if last.sentence.end_time - group[0].sentence.start_time < _MIN_SECONDS:
        return False
    if pause >= _LONG_PAUSE:
        return True
    cue = CUES[SegmentType.TRANSITION].search(item.sentence.text)
    return pause >= _CUE_PAUSE and cue is not None and cue.start() < 20
