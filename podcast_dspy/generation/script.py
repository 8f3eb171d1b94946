"""What the writer produces: a plan, the script that follows it in paragraphs, and how a capable LM came to it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import groupby
from typing import Any, Final, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field

from podcast_dspy.lms import LedgerEntry
from podcast_dspy.lms.asking import Exchange
from podcast_dspy.settings import EpisodeFormat
from podcast_dspy.signatures.planning import Rundown
from podcast_dspy.signatures.types import SegmentType
from podcast_dspy.signatures.writing import Speaker
from podcast_dspy.text.language import EPISODE_LANGUAGES, translation
from podcast_dspy.text.normalisation import speakable
from podcast_dspy.text.words import split_sentences

_SPEAKERS: Final[dict[str, Speaker]] = {name: name for name in get_args(Speaker)}
SPEAKS: Final = re.compile(rf"({'|'.join(_SPEAKERS)}):\s+", re.IGNORECASE)
"""How a line of a dialogue begins: with who says it."""


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


class Turn(BaseModel):
    """What one speaker of a dialogue says until the other speaks, with its times (seconds) once it is voiced."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    speaker: Speaker
    text: str
    start_time: float | None = None
    end_time: float | None = None


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
    turns: tuple[Turn, ...] = ()
    """Who says what of the text, in a dialogue."""

    @property
    def lines(self) -> str:
        """The text as it is printed: each turn behind who speaks."""
        return "\n\n".join(f"{turn.speaker.capitalize()}: {turn.text}" for turn in self.turns) or self.text

    def saying(self, lines: str) -> ScriptSegment:
        """The segment with another text, printed as `lines` are, without sources and times.

        Where each paragraph or line begins with who speaks, they are turns; in a dialogue what begins without goes on
        with whoever spoke before.
        """
        parts = [" ".join(part.split()) for part in re.split(r"\n\s*\n" if not self.turns else r"\n", lines)]
        parts = [part for part in parts if part]
        spoken = [SPEAKS.match(part) for part in parts]
        turns: list[Turn] = []
        if parts and (self.turns or all(spoken)):
            for part, named in zip(parts, spoken, strict=True):
                speaker = (
                    _SPEAKERS[named[1].lower()] if named else turns[-1].speaker if turns else "explainer"
                )
                said = part[named.end() :] if named else part
                if turns and turns[-1].speaker == speaker:
                    turns[-1] = Turn(speaker=speaker, text=f"{turns[-1].text} {said}")
                else:
                    turns.append(Turn(speaker=speaker, text=said))
        text = " ".join(turn.text for turn in turns) if turns else lines.strip()
        empty = {"source_atoms": (), "start_time": None, "end_time": None}
        return self.model_copy(update={"text": text, "turns": tuple(turns), **empty})

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
    language: str = Field(default="en", pattern=f"^(?:{'|'.join(EPISODE_LANGUAGES)})$")
    """What it is in (ISO 639-1)."""

    @property
    def text(self) -> str:
        """All segments, a blank line between them."""
        return "\n\n".join(segment.text for segment in self.segments)

    @property
    def format(self) -> EpisodeFormat:
        """Whether one host explains, or two talk."""
        return "dialogue" if any(segment.turns for segment in self.segments) else "explainer"

    @property
    def lines(self) -> str:
        """All segments as they are read, a blank line between them; who speaks is named in the script's language."""
        texts = translation(self.language)
        return "\n\n".join(
            f"{getattr(texts, part.speaker)}: {part.text}" if isinstance(part, Turn) else part.text
            for segment in self.segments
            for part in segment.turns or [segment]
        )

    @property
    def words(self) -> int:
        """Words of all segments."""
        return sum(segment.words for segment in self.segments)


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
    unkept: tuple[str, ...] = ()
    """What the plan promised and the script does not tell."""


@dataclass(frozen=True)
class WrittenEpisode:
    """A script with the plan it follows and what the writer had to turn down."""

    script: Script
    plan: EpisodePlan
    model_units: int
    """Units, or sentences, in the model's own words that passed the check."""
    source_units: int
    """Units spoken in the paper's own words, where no LM was asked."""
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
            "unkept": self.record.unkept,
            "usage": [entry.model_dump() for entry in self.record.usage],
        }


@dataclass(frozen=True)
class Paragraph:
    """What the host says in one go."""

    segment: int
    """The segment of the rundown, from 0."""
    text: str
    illustrations: tuple[str, ...] = ()
    """Sentences that only picture something, for the check."""
    speaker: Speaker | None = None
    """Who says it, in a dialogue."""

    @property
    def sentences(self) -> list[str]:
        """Its sentences."""
        return split_sentences(self.text)


def paragraphs_of(place: int, segment: ScriptSegment) -> list[Paragraph]:
    """A segment of a script as paragraphs of the segment `place`: one, or in a dialogue one for each turn."""
    if segment.turns:
        return [Paragraph(place, turn.text, speaker=turn.speaker) for turn in segment.turns]
    return [Paragraph(place, segment.text)]


def turns_of(paragraphs: Sequence[Paragraph]) -> tuple[Turn, ...]:
    """What is said in a segment of a dialogue until the other speaks; nothing for one voice."""
    return tuple(
        Turn(speaker=speaker, text=" ".join(one.text for one in run))
        for speaker, run in groupby(paragraphs, lambda one: one.speaker)
        if speaker is not None
    )


@lru_cache(maxsize=4096)
def spoken_words(text: str, language: str = "en") -> int:
    """Words as they are spoken: numbers and symbols count as the words they are read as, in English."""
    return len(speakable(text, language=language).split()) if text else 0
