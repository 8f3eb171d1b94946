"""Stand-ins for trials, pairs and scripts."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from podcast_dspy.analysis.segments import AlignedSegment
from podcast_dspy.audio.transcript import TranscriptionResult, TranscriptSegment
from podcast_dspy.documents.graph import DocumentAtom, DocumentGraph, KeyConcept
from podcast_dspy.generation.script import Script, ScriptSegment
from podcast_dspy.pairs.pair import TrainingPair
from podcast_dspy.signatures.types import SegmentType

HOSTILE = "<script>alert('x')</script> & \"quoted\" {{ 7 * 7 }} \x1b[31m\u202eevil"


DETAILS = {
    "quality": {
        "claim_precision": {
            "generated": {"overall": 0.9, "first": 1.0, "last": None},
            "reference": {"overall": 0.8, "first": 0.7, "last": 0.6},
        },
        "evidence": {"grounding": ["The moon is made of filters."]},
    }
}


@dataclass(frozen=True)
class FakeMetrics:
    duration_loss: float = 0.1
    coverage_loss: float = 0.4
    structure_loss: float = 0.5
    quality_loss: float = 0.3
    rouge_loss: float = 0.7
    total_loss: float = 0.36
    duration_generated: float = 590.0
    duration_reference: float = 655.0
    concepts_mentioned: int = 3
    concepts_total: int = 5
    concepts_missed: tuple[str, ...] = ("false positive rate", "hash family")
    unscored: dict[str, str] = field(default_factory=dict)
    details: dict[str, Any] = field(default_factory=lambda: DETAILS)
    metrics_version: int = 3


@dataclass(frozen=True)
class FakeRollout:
    pair_id: str
    model_units: int = 41
    source_units: int = 19


@dataclass(frozen=True)
class FakeTrial:
    trial_id: str
    trial_number: int
    pair_results: dict[str, FakeMetrics]
    held_out: dict[str, FakeMetrics]
    generated_scripts: dict[str, str] = field(default_factory=dict)
    generated_audio: dict[str, str] = field(default_factory=dict)
    prompt_version: str = "v2"
    profile_version: str = "v3"
    timestamp: datetime = datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC)
    classifier_accuracy: float = 0.71
    changes: tuple[str, ...] = ()
    rollouts: tuple[FakeRollout, ...] = ()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("avg_"):
            values = [getattr(m, name.removeprefix("avg_")) for m in self.pair_results.values()]
            return math.fsum(values) / len(values)
        raise AttributeError(name)


@dataclass(frozen=True)
class FakeRun:
    trials: tuple[FakeTrial, ...]
    converged: bool = True
    reason: str = "the best loss improved by less than 5% over the last 3 trials"

    @property
    def baseline(self) -> FakeTrial:
        return self.trials[0]

    @property
    def best(self) -> FakeTrial:
        return min(self.trials, key=lambda trial: trial.avg_total_loss)


def shifted(metrics: FakeMetrics, by: float) -> FakeMetrics:
    names = ("duration", "coverage", "structure", "quality", "rouge", "total")
    return replace(metrics, **{f"{n}_loss": getattr(metrics, f"{n}_loss") + by for n in names})


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
