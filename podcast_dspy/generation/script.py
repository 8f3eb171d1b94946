"""What the writer produces: a plan, and the script that follows it."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from podcast_dspy.signatures.types import SegmentType

__all__ = ["EpisodePlan", "PlannedSegment", "Script", "ScriptSegment"]


class PlannedSegment(BaseModel):
    """One segment to write: what it is for, how long, and from which passages."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    segment_id: str
    segment_type: SegmentType
    seconds: float = Field(gt=0.0)
    word_budget: int = Field(ge=1)
    atom_ids: tuple[str, ...] = ()
    """Source passages, best first; the writer uses as many as the budget holds."""
    figure_ids: tuple[str, ...] = ()
    concepts: tuple[str, ...] = ()


class EpisodePlan(BaseModel):
    """The plan of an episode; `target_seconds` is the length asked for."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str
    target_seconds: float = Field(gt=0.0)
    words_per_minute: float = Field(gt=0.0)
    segments: tuple[PlannedSegment, ...] = ()
    rundown: dict[str, Any] | None = None
    """What a capable LM planned (`signatures.planning.Rundown`): where it stands, the segments follow from it."""


class ScriptSegment(BaseModel):
    """One written segment. Times are filled once it is voiced (seconds in the episode)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    segment_id: str
    segment_type: SegmentType
    text: str
    title: str = ""
    """Its chapter's name, where the planner gave one."""
    source_atoms: tuple[str, ...] = ()
    figure_ids: tuple[str, ...] = ()
    start_time: float | None = None
    end_time: float | None = None

    @property
    def words(self) -> int:
        """Whitespace-separated words of the text."""
        return len(self.text.split())


class Script(BaseModel):
    """A whole episode's text, in order."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    schema_version: Literal[1] = 1
    title: str
    paper_title: str
    document_id: str
    segments: tuple[ScriptSegment, ...]
    extract: bool = False
    """It speaks in the words of the paper's authors."""
    predicted_seconds: float | None = None
    """Length that the duration model expects before synthesis."""

    @property
    def text(self) -> str:
        """All segments, a blank line between them."""
        return "\n\n".join(segment.text for segment in self.segments)

    @property
    def words(self) -> int:
        """Words of all segments."""
        return sum(segment.words for segment in self.segments)
