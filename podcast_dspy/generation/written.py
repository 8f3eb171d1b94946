"""WrittenEpisode: a script with the plan that it follows, and how a capable LM came to it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from podcast_dspy.generation.script import EpisodePlan, Script
from podcast_dspy.generation.script_writer import Paragraph
from podcast_dspy.lms import LedgerEntry
from podcast_dspy.lms.asking import Exchange
from podcast_dspy.signatures.planning import Rundown


@dataclass(frozen=True)
class Record:
    """How a capable LM came to a script: what is kept in the episode's folder, and what later edits begin with."""

    rundown: Rundown
    paragraphs: tuple[Paragraph, ...]
    exchanges: tuple[Exchange, ...]
    """Every prompt and its answer, in the order of the answers."""
    usage: tuple[LedgerEntry, ...]
    """Calls, tokens and dollars."""
    disputed: tuple[str, ...] = ()
    """Sentences that stand by the LM's judgement, against the measured check."""


@dataclass(frozen=True)
class WrittenEpisode:
    """A script with the plan it follows and what the writer had to turn down."""

    script: Script
    plan: EpisodePlan
    model_units: int
    """Units, or sentences, in the model's own words that passed the check."""
    source_units: int
    """Units spoken in the paper's own words, because no candidate passed the check or no LM was asked."""
    expected_seconds: float
    """How long it will take by the voice's duration model, else at the plan's pace."""
    rejections: list[str] = field(default_factory=list)
    record: Record | None = None
    """For an episode by a capable LM."""

    def account(self) -> dict[str, Any]:
        """What the writing took and what it turned down, for the episode's folder; without a record only the latter."""
        if self.record is None:
            return {"rejections": self.rejections}
        return {
            "rundown": self.record.rundown.model_dump(),
            "illustrations": [line for one in self.record.paragraphs for line in one.illustrations],
            "rejections": self.rejections,
            "disputed": self.record.disputed,
            "usage": [entry.model_dump() for entry in self.record.usage],
        }
