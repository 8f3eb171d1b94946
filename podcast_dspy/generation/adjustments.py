"""Adjustments: what training learns beside prompts and demonstrations, applied on top of the profile."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from podcast_dspy.audio.durations import DurationModel
from podcast_dspy.generation.units import SectionKind
from podcast_dspy.signatures.types import SegmentType

Feature = Literal[
    "importance",
    "concepts",
    "number",
    "abstract",
    "figure",
    "length",
    "comparison",
    "definition",
    "opening",
    "lead",
    "centrality",
    "gist",
]
"""What the choice of a passage may depend on; see `generation.features`."""


class Opener(BaseModel):
    """A connective sentence of a human host, and whose it is."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    text: str
    pair_id: str


_RETIRED = frozenset(
    {"definition_weight", "continuity_weight", "address_rate", "max_sentence_words", "demonstrations"}
)


class Adjustments(BaseModel):
    """Numbers that steer the planner and the writer; the defaults are those of the uncompiled program."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _without_retired(cls, given: Any) -> Any:
        """Profiles that were exported before still hold knobs that steer nothing any more."""
        return (
            {name: given[name] for name in given if name not in _RETIRED}
            if isinstance(given, dict)
            else given
        )

    words_per_minute: float | None = Field(default=None, gt=0.0)
    """Spoken words a minute of the voice, pauses included; None: the middle of the profile's range."""
    voice_model: DurationModel | None = None
    """Seconds of the training voice for a text, measured; with it budgets are kept in seconds, not in words."""
    type_scale: dict[SegmentType, float] = {}
    """Factor on a type's share of the time; shares are normalised again afterwards."""
    source_weights: dict[SegmentType, dict[SectionKind, float]] = {}
    """Where in a paper each type finds its passages (0-1), learned from what human hosts talk about."""
    selection: dict[Feature, float] = {}
    """How much each feature of a passage counts in the choice, learned from what hosts choose to say."""
    selection_weight: float = Field(default=1.0, ge=0.0)
    """Factor on those weights."""
    openers: dict[SegmentType, tuple[Opener, ...]] = {}
    """How hosts begin a segment of each type; empty: plain phrases."""
    concept_weight: float = Field(default=1.5, ge=0.0)
    """How much a passage gains in the choice by the key concepts that it names."""
    topic_words: int = Field(default=70, ge=10)
    """Spoken words that a stretch gets at least, three to four sentences; the more, the fewer topics."""
    question_rate: float | None = Field(default=None, ge=0.0)
    """Questions a minute, each of which the passage behind it answers; None: the mean of the profile's hosts."""
