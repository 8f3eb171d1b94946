"""Adjustments: what training learns beside prompts and demonstrations, applied on top of the profile."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from podcast_dspy.audio.durations import DurationModel
from podcast_dspy.signatures.types import SegmentType


class Adjustments(BaseModel):
    """Numbers that steer the planner and the writer; the defaults are those of the uncompiled program."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    words_per_minute: float | None = Field(default=None, gt=0.0)
    """Spoken words a minute of the voice, pauses included; None: the middle of the profile's range."""
    voice_model: DurationModel | None = None
    """Seconds of the training voice for a text, measured; with it budgets are kept in seconds, not in words."""
    type_scale: dict[SegmentType, float] = {}
    """Factor on a type's share of the time; shares are normalised again afterwards."""
    concept_weight: float = Field(default=1.5, ge=0.0)
    """How much a passage gains in the choice by the key concepts that it names."""
    topic_words: int = Field(default=70, ge=10)
    """Spoken words that a stretch gets at least, three to four sentences; the more, the fewer topics."""
    question_rate: float | None = Field(default=None, ge=0.0)
    """Questions a minute, each of which the passage behind it answers; None: the mean of the profile's hosts."""
