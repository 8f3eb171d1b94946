"""What the analysis of a podcast finds: its segments with their types and links, its structure, its style."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from podcast_dspy.audio.transcript import TranscriptSegment
from podcast_dspy.signatures.types import DefinitionStyle, FigureDepth, SegmentType


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
    """Probability that the classifier gave to the type; 1 for a person's label and for an analyst's, who gives none."""
    key_concepts: tuple[str, ...] = ()
    technical_terms: tuple[str, ...] = ()
    analogies_used: tuple[str, ...] = ()
    questions_asked: tuple[str, ...] = ()
    words_per_minute: float = Field(default=0.0, ge=0.0)
    density_score: float = Field(default=0.0, ge=0.0)
    """Distinct key concepts and technical terms per second."""


class StructureProfile(BaseModel):
    """Structure of one podcast; durations in seconds, percentages 0-100 of the total duration."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    segment_sequence: tuple[SegmentType, ...]
    """Stretches of one type, in order."""
    segment_counts: dict[SegmentType, int]
    total_duration: float = Field(gt=0.0)
    segment_durations: dict[SegmentType, tuple[float, ...]]
    avg_segment_duration: float
    words_per_minute: float
    concepts_per_minute: float
    figures_discussed: int
    figure_discussion_duration: float
    intro_percentage: float
    methodology_percentage: float
    findings_percentage: float
    conclusion_percentage: float
    transition_phrases: tuple[str, ...] = ()


class StyleProfile(BaseModel):
    """Style of one host; rates are per spoken minute, fractions 0-1 unless said otherwise."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    speaker_id: str
    speaker_gender: str
    avg_sentence_length: float
    """Words a sentence."""
    vocabulary_complexity: float = Field(ge=0.0, le=1.0)
    jargon_density: float = Field(ge=0.0, le=1.0)
    questions_per_minute: float
    analogies_per_segment: float
    enthusiasm_markers: tuple[str, ...] = ()
    definition_style: DefinitionStyle = "none"
    example_frequency: float = 0.0
    """Examples per key concept."""
    intro_phrases: tuple[str, ...] = ()
    transition_phrases: tuple[str, ...] = ()
    emphasis_phrases: tuple[str, ...] = ()
    conclusion_phrases: tuple[str, ...] = ()
    figure_intro_pattern: str = ""
    figure_explanation_depth: FigureDepth = "none"
