"""AlignedSegment: a stretch of a podcast with its type and the parts of the paper it talks about."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from podcast_dspy.audio.transcript import TranscriptSegment
from podcast_dspy.signatures.types import SegmentType

__all__ = ["AlignedSegment"]


class AlignedSegment(BaseModel):
    """A transcript segment, typed and linked to the paper."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    segment_id: str
    transcript_segment: TranscriptSegment
    primary_atoms: tuple[str, ...] = ()
    """Atom ids of the passages discussed, best first."""
    referenced_figures: tuple[str, ...] = ()
    """Atom ids of figures and tables mentioned or shown."""
    segment_type: SegmentType
    type_confidence: float = Field(default=1.0, ge=0.0, le=1.0)
    """Probability that the classifier gave to the type; 1 for a label given by a person."""
    key_concepts: tuple[str, ...] = ()
    technical_terms: tuple[str, ...] = ()
    analogies_used: tuple[str, ...] = ()
    questions_asked: tuple[str, ...] = ()
    words_per_minute: float = Field(default=0.0, ge=0.0)
    density_score: float = Field(default=0.0, ge=0.0)
    """Distinct key concepts and technical terms per second."""
