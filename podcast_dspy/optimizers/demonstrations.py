"""Demonstrations: how human hosts said what the paper says, as (passage, spoken) examples for the writer."""

from __future__ import annotations

from collections.abc import Sequence

import dspy
import numpy as np

from podcast_dspy.analysis.grounding import check_claim
from podcast_dspy.analysis.segments import AlignedSegment
from podcast_dspy.analysis.sentences import content_stems
from podcast_dspy.generation.material import Unit, material, sentences
from podcast_dspy.generation.phrasing import PURPOSES
from podcast_dspy.generation.program import PodcastProgram
from podcast_dspy.lms import embed
from podcast_dspy.pairs.pair import TrainingPair
from podcast_dspy.signatures.types import SegmentType

__all__ = ["demonstrations", "without_pair"]

_SKIPPED = frozenset({SegmentType.TRANSITION, SegmentType.TANGENT})
_MIN_SIMILARITY = 0.84
"""Below this cosine (e5) a host's sentence and a passage are about different things."""
_PER_PAIR = 24
_MIN_SHARED = 0.5
"""Similar vectors are not enough: sentences of one paper are all alike to the embedding."""


def demonstrations(pairs: Sequence[TrainingPair]) -> list[dspy.Example]:
    """The bank of all pairs: each host's sentences matched with the passage that they put into speech.

    Only sentences of similar length that say nothing beyond their passage are kept, the most similar first, at most
    24 a pair. An example carries `pair_id`, so that a rollout on a training pair never sees that pair's own words.
    """
    bank: list[dspy.Example] = []
    for pair in pairs:
        units = material(pair.document_graph)
        spoken = [
            (segment, sentence)
            for segment in pair.aligned_segments or ()
            if segment.segment_type not in _SKIPPED
            for sentence in _breaths(segment)
        ]
        if not units or not spoken:
            continue
        bank.extend(_matches(pair.pair_id, units, spoken))
    return bank


def _breaths(segment: AlignedSegment) -> list[str]:
    """Sentences of a segment, short neighbours joined: hosts split over two sentences what papers say in one."""
    parts: list[str] = []
    for sentence in sentences(segment.transcript_segment.text):
        if parts and len(parts[-1].split()) < 9:
            parts[-1] = f"{parts[-1]} {sentence}"
        else:
            parts.append(sentence)
    return [part for part in parts if 9 <= len(part.split()) <= 60]


def _matches(
    pair_id: str, units: Sequence[Unit], spoken: Sequence[tuple[AlignedSegment, str]]
) -> list[dspy.Example]:
    similarity = np.asarray(embed([text for _, text in spoken]) @ embed([unit.text for unit in units]).T)
    found: list[tuple[float, int, dspy.Example]] = []
    for index, (segment, text) in enumerate(spoken):
        best = int(np.argmax(similarity[index]))
        score, unit = float(similarity[index, best]), units[best]
        ratio = len(text.split()) / unit.words
        if score < _MIN_SIMILARITY or not 0.5 <= ratio <= 1.7 or not _same_matter(text, unit.text):
            continue
        if not check_claim(text, unit.text).ok:
            continue
        example = dspy.Example(
            purpose=PURPOSES[segment.segment_type], passage=unit.text, spoken=text, pair_id=pair_id
        )
        found.append((-score, index, example))
    return [example for _, _, example in sorted(found, key=lambda row: row[:2])[:_PER_PAIR]]


def _same_matter(spoken: str, passage: str) -> bool:
    """Whether half of the content words of the shorter text stand in the other."""
    said, written = set(content_stems(spoken)), set(content_stems(passage))
    shorter = min(len(said), len(written))
    return shorter > 0 and len(said & written) >= _MIN_SHARED * shorter


def without_pair(program: PodcastProgram, pair_id: str) -> PodcastProgram:
    """A copy of a program that holds nothing of one pair's own words: neither demonstrations nor openers."""
    own: PodcastProgram = program.deepcopy()
    own.writer.say.demos = [demo for demo in program.writer.say.demos if demo.get("pair_id") != pair_id]
    kept = {
        kind: tuple(opener for opener in known if opener.pair_id != pair_id)
        for kind, known in program.adjustments.openers.items()
    }
    own.adjustments = program.adjustments.model_copy(update={"openers": kept})
    return own
