"""The folder of an episode: what it keeps so that the episode can be edited, and its versions."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from podcast_dspy.audio.audio_writer import Music
from podcast_dspy.audio.feed import Show
from podcast_dspy.documents.graph import DocumentGraph
from podcast_dspy.errors import UnknownNameError, UsageError, WorkspaceLockedError
from podcast_dspy.generation.script import EpisodePlan, Script, ScriptSegment
from podcast_dspy.generation.script_files import from_markdown, paragraphs, same_words, to_markdown
from podcast_dspy.store import TRAINING, Memory, Tree, missing, new_folder, settle, unsettled

RECORD, DRAFT = "episode.json", "script.md"
_HISTORY = f"{TRAINING}/versions"


class EpisodeRecord(BaseModel):
    """`episode.json`: what an episode is, and how it is voiced and published."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    schema_version: Literal[1] = 1
    title: str
    document_id: str | None
    source: str | None
    """Address of the paper, where it was fetched."""
    paper: str | None
    """The paper's title."""
    seconds: float | None = None
    """Length of the audio; None before it is voiced."""
    target_seconds: float
    voice: str
    second_voice: str | None = None
    """Who asks in a dialogue."""
    words: int
    extract: bool
    units_in_the_models_words: int
    units_in_the_papers_words: int
    audio_format: Literal["mp3", "opus", "wav"] = "mp3"
    stereo: bool = False
    lexicon: dict[str, str] = {}
    """Respellings that it is voiced with."""
    intro: str | None = None
    """File of the music before it."""
    outro: str | None = None
    own_cover: str | None = None
    """File of the cover that was given; without one it is drawn."""
    rss: str | None = None
    show: Show = Show()
    published: datetime | None = None
    guid: str | None = None
    """What feeds know it by, however often it is voiced."""


@dataclass(frozen=True)
class StoredEpisode:
    """An episode as it lies in its folder: as it was voiced, and as script.md now says that it shall be."""

    folder: Path
    record: EpisodeRecord
    graph: DocumentGraph
    plan: EpisodePlan
    voiced: Script
    """script.json."""
    script: Script
    """script.md."""

    @classmethod
    def load(cls, folder: Path | str) -> StoredEpisode:
        """Read a folder that `generate` wrote.

        Raises UsageError for a folder without an episode that can be edited, InputError with the line for a script.md
        that makes no sense, WorkspaceError.
        """
        place = Path(folder).expanduser()
        tree = Tree(place)
        if unsettled(place):  # a killed process left it, unless somebody is just writing there
            with contextlib.suppress(WorkspaceLockedError), tree.lock("episode"):
                settle(place)
        if not (place / RECORD).is_file():
            raise UsageError(
                f"{place} holds no episode; name the folder of one, or run `podcast-dspy generate`"
            )
        if not (place / "document.json").is_file():
            raise UsageError(
                f"{place} is an episode of an earlier version, which kept too little to be edited; make it again"
            )
        voiced = tree.read_model("script.json", Script)
        known = versions_of(place)
        script = voiced
        if (place / DRAFT).exists():
            # What a command wrote there has its sources in the version that it kept.
            base = known[-1].script if known else voiced
            script = _timed(from_markdown(tree.read_text(DRAFT), base, where=str(place / DRAFT)), voiced)
        return cls(
            folder=place,
            record=tree.read_model(RECORD, EpisodeRecord),
            graph=tree.read_model("document.json", DocumentGraph).with_pictures(tree.stored),
            plan=tree.read_model("plan.json", EpisodePlan),
            voiced=voiced,
            script=script,
        )

    @property
    def edited(self) -> tuple[str, ...]:
        """Ids of the segments whose words differ from what was voiced; new ones are among them."""
        before = {one.segment_id: one for one in self.voiced.segments}
        return tuple(
            one.segment_id
            for one in self.script.segments
            if one.segment_id not in before or not same_words(one.lines, before[one.segment_id].lines)
        )

    @property
    def music(self) -> Music:
        """What it begins and ends with."""
        tree = Tree(self.folder)
        intro, outro = (
            Path(tree.stored(name)) if name else None for name in (self.record.intro, self.record.outro)
        )
        return Music(intro, outro)

    def segment(self, name: str) -> ScriptSegment:
        """A segment of script.md by its id, or by its number from 1. Raises UnknownNameError."""
        segments = self.script.segments
        for number, one in enumerate(segments, 1):
            if name in (one.segment_id, str(number)):
                return one
        raise UnknownNameError(
            f"no segment {name!r} in {self.folder}; there are 1 to {len(segments)}: "
            f"{', '.join(one.segment_id for one in segments)}"
        )

    def with_script(self, script: Script) -> StoredEpisode:
        """The same with another script.md, which is not written yet."""
        return StoredEpisode(self.folder, self.record, self.graph, self.plan, self.voiced, script)


def _timed(script: Script, voiced: Script) -> Script:
    """A script with what voicing added where it is as it was voiced."""
    spoken = {_told(one): one for one in voiced.segments}
    segments = tuple(spoken.get(_told(one), one) for one in script.segments)
    if segments == voiced.segments and script.title == voiced.title:
        return voiced
    return script.model_copy(update={"segments": segments})


def _bare(segment: ScriptSegment) -> ScriptSegment:
    """A segment without the times at which it, and each turn of it, is spoken."""
    silent = {"start_time": None, "end_time": None}
    turns = tuple(turn.model_copy(update=silent) for turn in segment.turns)
    return segment.model_copy(update={**silent, "turns": turns})


def _told(segment: ScriptSegment) -> tuple[str, ...]:
    """What somebody can edit of a segment."""
    return segment.segment_id, segment.segment_type, segment.title, paragraphs(segment.lines)


class Version(BaseModel):
    """One state of an episode's script."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    number: int
    """From 1."""
    created_at: datetime
    change: str
    """What made it, in a few words."""
    script: Script


def versions_of(folder: Path | str) -> list[Version]:
    """All versions of an episode's script, oldest first. Raises WorkspaceError."""
    entries = Memory(Tree(folder)).history(_HISTORY, "script")
    return [
        Version(
            number=entry.version,
            created_at=entry.created_at,
            change=str(entry.metadata.get("change", "")),
            script=Script.model_validate(entry.data),
        )
        for entry in entries
    ]


def keep_version(tree: Tree, script: Script, change: str) -> None:
    """Keep a state of the script, unless it is the latest that is kept."""
    bare = script.model_copy(
        update={
            "predicted_seconds": None,
            "segments": tuple(map(_bare, script.segments)),
        }
    )
    data: Mapping[str, Any] = bare.model_dump(mode="json")
    known = versions_of(tree.root)
    if not known or _words(known[-1].script) != _words(bare):
        Memory(tree).put(_HISTORY, "script", data, {"change": change})


def _words(script: Script) -> list[tuple[str, ...]]:
    """What somebody can edit."""
    return [(script.title,), *map(_told, script.segments)]


@contextlib.contextmanager
def being_made(folder: Path) -> Iterator[None]:
    """Be the only one who makes the episode of a folder, from before its paper is read; a failure leaves no new folder.

    Raises WorkspaceLockedError, WorkspaceError.
    """
    fresh = missing(folder)
    with Tree(folder).lock("episode"):
        others = any(
            one.name != ".locks" for one in folder.iterdir()
        )  # made since by who had the lock before
        with new_folder(folder, [] if others else fresh):
            yield


def write_draft(episode: StoredEpisode, script: Script, change: str) -> StoredEpisode:
    """Make a script the episode's script.md, and a version; what stood there by hand is kept as one before.

    Raises WorkspaceError, WorkspaceLockedError.
    """
    tree = Tree(episode.folder)
    with tree.lock("episode"):
        keep_version(tree, episode.script, "edited by hand")
        keep_version(tree, script, change)
        tree.write_text(DRAFT, to_markdown(script))
    return episode.with_script(script)
