"""Stand-ins for trials, pairs and scripts."""

from __future__ import annotations

import math

from podcast_dspy.analysis.results import AlignedSegment
from podcast_dspy.audio.transcript import TranscriptionResult, TranscriptSegment
from podcast_dspy.documents.graph import DocumentAtom, DocumentGraph, KeyConcept
from podcast_dspy.generation.script import Script, ScriptSegment
from podcast_dspy.metrics import LossMetrics
from podcast_dspy.pairs.pair import TrainingPair
from podcast_dspy.signatures.types import SegmentType
from podcast_dspy.testing import sample_metrics

HOSTILE = "<script>alert('x')</script> & \"quoted\" {{ 7 * 7 }} \x1b[31m\u202eevil"


DETAILS = {
    "coverage": {
        "concepts": [
            {
                "concept": "Bloom filter",
                "depth": "deeply_explained",
                "evidence": f"It is a set of bits. {HOSTILE}",
            },
            {"concept": "hash family", "depth": "not_mentioned", "evidence": "Nothing of the kind."},
        ],
        "questions_unanswered": [{"question": "A block has _____ bits.", "answer": "512"}],
        "units_unsaid": [
            {
                "share": 0.1,
                "text": "One line fits.",
                "atom_id": "a1",
                "passage": "A block fits one cache line.",
            },
            {
                "share": 0.1,
                "text": "So one line it is.",
                "atom_id": "a1",
                "passage": "A block fits one cache line.",
            },
            {"share": 0.02, "text": "It is fast.", "atom_id": "a2", "passage": "A filter is fast."},
        ],
    },
    "quality": {
        "claim_precision": {
            "generated": {"overall": 0.9, "first": 1.0, "last": None},
            "reference": {"overall": 0.8, "first": 0.7, "last": 0.6},
        },
        "sub_scores": {"questions": 31.4, "definitions": 100.0, "grounding": 90.0},
        "evidence": {"grounding": ["The moon is made of filters."], "questions": ["Why would that be?"]},
    },
}
_LOSSES = {"duration": 0.1, "coverage": 0.4, "structure": 0.5, "quality": 0.3, "rouge": 0.7, "total": 0.36}


def make_metrics(pair_id: str, by: float, gap: str = "") -> LossMetrics:
    """Losses that lie `by` above the best ones; `gap` names one that is unscored."""
    losses = {f"{name}_loss": value + by for name, value in _LOSSES.items()}
    if gap:
        losses |= {f"{gap}_loss": math.nan, "total_loss": math.nan}
    return sample_metrics(
        pair_id,
        **losses,
        duration_generated=590.0,
        duration_reference=655.0,
        concepts_missed=("false positive rate", "hash family"),
        unscored={gap: "no judge model was given"} if gap else {},
        details=DETAILS,
    )


def shifted(metrics: LossMetrics, by: float) -> LossMetrics:
    """The same losses, all `by` higher."""
    return metrics.model_copy(
        update={f"{name}_loss": getattr(metrics, f"{name}_loss") + by for name in _LOSSES}
    )


SHAPE = (
    (SegmentType.INTRO, 40.0),
    (SegmentType.BACKGROUND, 90.0),
    (SegmentType.PROBLEM_STATEMENT, 60.0),
    (SegmentType.METHODOLOGY, 180.0),
    (SegmentType.KEY_FINDING, 140.0),
    (SegmentType.FIGURE_DISCUSSION, 45.0),
    (SegmentType.IMPLICATION, 50.0),
    (SegmentType.LIMITATION, 30.0),
    (SegmentType.CONCLUSION, 20.0),
)


def make_pair(pair_id: str, *, title: str = "Counting With Bloom Filters", passage: str = "") -> TrainingPair:
    """A pair whose reference is SHAPE."""
    text = (
        passage or "A Bloom filter answers membership queries with a small chance of a false positive. " * 3
    )
    atom = DocumentAtom(
        atom_id="p001_text_01", atom_type="paragraph", content=text, page=1, bbox=(0, 0, 10, 10)
    )
    names = ("Bloom filter", "membership query", "bit array", "false positive rate", "hash family")
    graph = DocumentGraph(
        document_id="0123456789ab",
        source_path="paper.pdf",
        sha256="0" * 64,
        page_count=4,
        title=title,
        atoms=(atom,),
        key_concepts=tuple(KeyConcept(name=name, importance=0.5) for name in names),
    )
    segments, now = [], 0.0
    for index, (kind, seconds) in enumerate(SHAPE):
        spoken = TranscriptSegment(
            segment_id=f"s{index}", text="words", start_time=now, end_time=now + seconds, duration=seconds
        )
        segments.append(AlignedSegment(segment_id=f"s{index}", transcript_segment=spoken, segment_type=kind))
        now += seconds
    return TrainingPair(
        pair_id=pair_id,
        pdf_path="paper.pdf",
        audio_path="podcast.mp3",
        document_graph=graph,
        transcription=TranscriptionResult(
            source_path="podcast.mp3", transcript_text="words", total_duration=now, confidence=0.9
        ),
        aligned_segments=tuple(segments),
        duration_minutes=now / 60,
    )


def make_script(
    *, text: str = "Welcome. Today we look at how a few bits can stand for a large set."
) -> Script:
    """A script of nine timed segments."""
    segments, now = [], 0.0
    for index, (kind, seconds) in enumerate(SHAPE):
        if kind is SegmentType.LIMITATION:
            continue
        segments.append(
            ScriptSegment(
                segment_id=f"g{index}",
                segment_type=kind,
                text=text,
                source_atoms=("p001_text_01",) if index else (),
                start_time=now,
                end_time=now + seconds * 0.9,
            )
        )
        now += seconds * 0.9
    return Script(
        title="Bits for sets", paper_title="Counting", document_id="0123456789ab", segments=tuple(segments)
    )
