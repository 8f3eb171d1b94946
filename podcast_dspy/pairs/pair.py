"""TrainingPair: one paper and the podcast about it; and which pairs are held out, so that no paper is on both sides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from podcast_dspy.analysis.comprehension import PaperQuestion
from podcast_dspy.analysis.results import AlignedSegment, StructureProfile, StyleProfile
from podcast_dspy.audio.transcript import TranscriptionResult
from podcast_dspy.confidence import Confidence
from podcast_dspy.documents.graph import DocumentGraph
from podcast_dspy.errors import UnknownNameError, UsageError

__all__ = ["Fold", "LabelledSpan", "TrainingPair", "holdout"]


class LabelledSpan(BaseModel):
    """A person's label for a stretch of the recording (seconds)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    segment_type: str
    start_time: float = Field(ge=0.0)
    end_time: float = Field(ge=0.0)


class TrainingPair(BaseModel):
    """A paper and a podcast about it; the analysis fields are None until `analyze` has run."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    schema_version: Literal[1] = 1
    pair_id: str
    pdf_path: str
    audio_path: str
    document_graph: DocumentGraph
    transcription: TranscriptionResult
    labels: tuple[LabelledSpan, ...] = ()
    """Labels a person gave on ingest (`--labels`); empty when there are none."""
    aligned_segments: tuple[AlignedSegment, ...] | None = None
    structure_profile: StructureProfile | None = None
    style_profile: StyleProfile | None = None
    questions: tuple[PaperQuestion, ...] | None = None
    """What a listener should be able to answer, asked once of the paper."""
    speaker_gender: str = "unknown"
    source: str = ""
    duration_minutes: float = Field(ge=0.0)

    @property
    def confidence(self) -> Confidence:
        """How far the pair can be trusted: its paper's reading, and that the podcast is about it."""
        from podcast_dspy.pairs.matching import doubts_about

        return Confidence.of(
            (*self.document_graph.confidence.doubts, *doubts_about(self.document_graph, self.transcription))
        )

    def analyzed_as(self, other: TrainingPair) -> TrainingPair:
        """This pair with the analysis of `other`, if that was of the same paper, words and labels; else as it is."""
        measured = ("document_graph", "transcription", "labels", "speaker_gender")
        if any(getattr(self, name) != getattr(other, name) for name in measured):
            return self
        found = ("aligned_segments", "structure_profile", "style_profile", "questions")
        return self.model_copy(update={name: getattr(other, name) for name in found})


@dataclass(frozen=True)
class Fold:
    """One split. `left_out` are pairs used on neither side: they share a file with the held-out one."""

    train: tuple[TrainingPair, ...]
    held_out: TrainingPair | None
    left_out: tuple[TrainingPair, ...] = ()


def holdout(pairs: Sequence[TrainingPair], pair_id: str | None) -> Fold:
    """Hold out one pair, or none. Pairs about the same paper, or of the same recording, are not trained on.

    Raises UnknownNameError for an id that is not among the pairs, UsageError when none is left to train on.
    """
    if pair_id is None:
        return Fold(train=tuple(pairs), held_out=None)
    chosen = next((pair for pair in pairs if pair.pair_id == pair_id), None)
    if chosen is None:
        known = ", ".join(pair.pair_id for pair in pairs) or "none"
        raise UnknownNameError(f"no training pair {pair_id!r} to hold out; pairs: {known}")
    others = [pair for pair in pairs if pair.pair_id != pair_id]
    left_out = tuple(pair for pair in others if _overlap(pair, chosen))
    train = tuple(pair for pair in others if not _overlap(pair, chosen))
    if not train:
        raise UsageError(
            f"holding out {pair_id!r} leaves no pair about another paper; `podcast-dspy ingest` adds another"
        )
    return Fold(train=train, held_out=chosen, left_out=left_out)


def _overlap(left: TrainingPair, right: TrainingPair) -> bool:
    same_paper = left.document_graph.sha256 == right.document_graph.sha256
    recording = left.transcription.sha256
    return same_paper or bool(recording and recording == right.transcription.sha256)
