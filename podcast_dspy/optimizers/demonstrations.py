"""Demonstrations: how human hosts said what the paper says, a passage or a whole segment at a time, for the writer."""

from __future__ import annotations

from collections.abc import Sequence

import dspy
import numpy as np

from podcast_dspy.analysis.grounding import check_claim, ground
from podcast_dspy.analysis.results import AlignedSegment
from podcast_dspy.generation.program import PodcastProgram
from podcast_dspy.generation.units import Unit, paper_units
from podcast_dspy.lms import embed
from podcast_dspy.metrics.leakage import identities
from podcast_dspy.pairs.pair import TrainingPair
from podcast_dspy.signatures.types import SegmentType
from podcast_dspy.text.sentences import split_sentences
from podcast_dspy.text.words import content_stems

__all__ = ["demonstrations", "segment_demonstrations", "without_pair"]

_SKIPPED = frozenset({SegmentType.TRANSITION, SegmentType.TANGENT})
_MIN_SIMILARITY = 0.84
"""Below this cosine (e5) a host's sentence and a passage are about different things."""
_PER_PAIR = 24
_SEGMENT_WORDS = 25
"""Shorter segments are connectives."""
_PASSAGES = 4
_PASSAGE_SENTENCES = 4
_BEFORE = 200
"""Characters of the segment before."""
_MIN_SHARED = 0.5
"""Similar vectors are not enough: sentences of one paper are all alike to the embedding."""


def demonstrations(pairs: Sequence[TrainingPair]) -> list[dspy.Example]:
    """The bank of all pairs: each host's sentences matched with the passage that they put into speech.

    Only sentences of similar length that say nothing beyond their passage are kept, the most similar first, at most
    24 a pair. An example carries `pair_id`, so that a rollout on a training pair never sees that pair's own words.
    """
    bank: list[dspy.Example] = []
    for pair in pairs:
        units = paper_units(pair.document_graph)
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


def segment_demonstrations(pairs: Sequence[TrainingPair]) -> list[dspy.Example]:
    """The hosts' segments with the passages behind them, for LMs that tell whole segments; with `pair_id` as above.

    What a host says of the show and of people is left out, and so are segments of which the paper carries less than
    half the claims: they would teach to invent.
    """
    bank: list[dspy.Example] = []
    for pair in pairs:
        graph = pair.document_graph
        atoms = {atom.atom_id: atom for atom in graph.atoms}
        names = identities(pair.transcription.transcript_text)
        before = ""
        for segment in pair.aligned_segments or ():
            spoken = [
                sentence
                for sentence in split_sentences(segment.transcript_segment.text)
                if not any(name in sentence for name in names)
            ]
            passages = [
                text
                for atom_id in segment.primary_atoms[:_PASSAGES]
                if atom_id in atoms
                and (text := " ".join(split_sentences(atoms[atom_id].content)[:_PASSAGE_SENTENCES]))
            ]
            text = " ".join(spoken)
            if segment.segment_type not in _SKIPPED and passages and len(text.split()) >= _SEGMENT_WORDS:
                claims = [support for support in ground(spoken, graph) if support.kind == "claim"]
                if 2 * sum(support.supported for support in claims) >= len(claims) > 0:
                    example = dspy.Example(
                        segment_type=segment.segment_type.value,
                        purpose=segment.segment_type.row.purpose,
                        paper_title=graph.title,
                        passages=passages,
                        concepts=list(segment.key_concepts),
                        said_before=before[-_BEFORE:],
                        style="",
                        words=len(text.split()),
                        corrections="",
                        text=text,
                        pair_id=pair.pair_id,
                    )
                    bank.append(example)
            before = text
    return bank


def _breaths(segment: AlignedSegment) -> list[str]:
    """Sentences of a segment, short neighbours joined: hosts split over two sentences what papers say in one."""
    parts: list[str] = []
    for sentence in split_sentences(segment.transcript_segment.text):
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
            segment_type=segment.segment_type.value,
            purpose=segment.segment_type.row.purpose,
            passage=unit.text,
            spoken=text,
            pair_id=pair_id,
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
    for predictor, bank in ((own.writer.say, program.writer.say), (own.writer.write, program.writer.write)):
        predictor.demos = [demo for demo in bank.demos if demo.get("pair_id") != pair_id]
    kept = {
        kind: tuple(opener for opener in known if opener.pair_id != pair_id)
        for kind, known in program.adjustments.openers.items()
    }
    own.adjustments = program.adjustments.model_copy(update={"openers": kept})
    return own
