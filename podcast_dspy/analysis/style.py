"""StyleProfile: how one host speaks."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["StyleProfile"]


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
    definition_style: Literal["inline", "parenthetical", "before_use", "none"] = "none"
    example_frequency: float = 0.0
    """Examples per key concept."""
    intro_phrases: tuple[str, ...] = ()
    transition_phrases: tuple[str, ...] = ()
    emphasis_phrases: tuple[str, ...] = ()
    conclusion_phrases: tuple[str, ...] = ()
    figure_intro_pattern: str = ""
    figure_explanation_depth: Literal["none", "brief", "moderate", "detailed"] = "none"
