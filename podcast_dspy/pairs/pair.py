"""TrainingPair: one paper, the podcast about it, and what the analysis found."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from podcast_dspy.analysis.questions import PaperQuestion
from podcast_dspy.analysis.segments import AlignedSegment
from podcast_dspy.analysis.structure import StructureProfile
from podcast_dspy.analysis.style import StyleProfile
from podcast_dspy.audio.transcript import TranscriptionResult
from podcast_dspy.confidence import Confidence
from podcast_dspy.documents.graph import DocumentGraph

__all__ = ["LabelledSpan", "TrainingPair"]


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
