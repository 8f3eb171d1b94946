"""Episode: a finished podcast about a paper, and the files that it is saved as."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Literal

from podcast_dspy.audio import AudioTags, Chapter, Narration, write_audio
from podcast_dspy.audio.audio_writer import Music
from podcast_dspy.audio.feed import Show
from podcast_dspy.audio.transcript import TranscriptionResult
from podcast_dspy.confidence import Confidence, Doubt
from podcast_dspy.documents.graph import DocumentGraph
from podcast_dspy.generation.checks import CheckedSentence, checked_script
from podcast_dspy.generation.episode_folder import DRAFT, RECORD, EpisodeRecord, keep_version
from podcast_dspy.generation.publishing import (
    PaperKey,
    Sidecars,
    check_place,
    check_publishing,
    copied_cover,
    description,
    draw_cover,
    guid_of,
    write_sidecars,
)
from podcast_dspy.generation.script import EpisodePlan, Script, WrittenEpisode
from podcast_dspy.generation.script_files import to_markdown
from podcast_dspy.generation.voiced_script import chapters_of, script_alignment, script_transcription
from podcast_dspy.store import Tree, replaced_together
from podcast_dspy.text.language import translation
from podcast_dspy.visuals import VisualAssetAlignment, align_visuals_to_transcript, save_timeline


class EpisodeFiles(Sidecars):
    """Where an episode was saved, and how long it is (seconds)."""

    folder: Path
    audio: Path
    script: Path
    text: Path
    timeline: Path
    captions: Path
    seconds: float


def told_chapters(
    script: Script, graph: DocumentGraph, narration: Narration, music: Music
) -> tuple[Chapter, ...]:
    """The chapters of a voiced script; what is played before and after belongs to the first and the last."""
    chapters = list(chapters_of(script, graph))
    if chapters and music.intro:
        chapters[0] = chapters[0].model_copy(update={"start": 0.0})
    if chapters and music.outro:
        chapters[-1] = chapters[-1].model_copy(update={"end": narration.duration})
    return tuple(chapters)


_APART = 0.25
"""How far from the middle (0-1) each of two hosts sits in stereo: 3.5 dB between left and right."""


def _seats(script: Script) -> list[tuple[float, float]]:
    """From which second on a voiced script is heard from where, -1 (left) to 1 (right)."""
    seats = {"explainer": -_APART, "asker": _APART}
    turns = [turn for segment in script.segments for turn in segment.turns]
    return [(0.0, 0.0), *((turn.start_time or 0.0, seats[turn.speaker]) for turn in turns)]


@dataclass(frozen=True)
class Episode:
    """A podcast about a paper: plan, script, audio, timeline and chapters."""

    graph: DocumentGraph
    plan: EpisodePlan
    script: Script
    audio: Narration
    chapters: tuple[Chapter, ...]
    voice: str
    """In a dialogue that of the explainer."""
    model_units: int
    """Units in the model's own words that passed the grounding check."""
    source_units: int
    """Units in the paper's own words, in an extract."""
    doubts: tuple[Doubt, ...] = ()
    """Where it falls short of what the profile's hosts reach, and on what the two checks do not agree."""
    written: WrittenEpisode | None = None
    """How the script came about."""
    checked: tuple[CheckedSentence, ...] | None = None
    """`checks`, where they were made before."""
    lexicon: Mapping[str, str] = field(default_factory=dict)
    """Respellings that it was voiced with."""
    music: Music = field(default_factory=Music)
    second_voice: str | None = None
    """Who asks in a dialogue."""

    @property
    def seconds(self) -> float:
        """Length of the audio."""
        return self.audio.duration

    @property
    def confidence(self) -> Confidence:
        """How far the reading of the paper can be trusted."""
        return self.graph.confidence

    @cached_property
    def transcription(self) -> TranscriptionResult:
        """What is said when."""
        return script_transcription(self.script, self.audio)

    @cached_property
    def checks(self) -> tuple[CheckedSentence, ...]:
        """Every sentence with the passages behind it and the verdict on it."""
        return checked_script(self.script, self.graph) if self.checked is None else self.checked

    @property
    def timeline(self) -> list[VisualAssetAlignment]:
        """What to show at each moment."""
        transcription = self.transcription
        return align_visuals_to_transcript(script_alignment(self.script), self.graph, transcription)

    def save(
        self,
        folder: Path | str,
        *,
        audio_format: Literal["mp3", "opus", "wav"] = "mp3",
        cover: Path | str | None = None,
        rss: str | None = None,
        show: Show | str | None = None,
        published: datetime | None = None,
        change: str = "generated",
        guid: str | None = None,
        stereo: bool = False,
    ) -> EpisodeFiles:
        """Write the episode into a folder: audio, script, captions, chapters, transcript, timeline and cards.

        `cover` is a PNG or JPEG picture, embedded in the audio and copied beside it; without one a cover is drawn.
        `rss` is the web address that the folder will have; rss.xml then describes the episode of the show `show` (its
        name, or all about it), published at `published` (now), and known by the `guid` of an earlier take of it.
        In `stereo` two hosts sit a little apart, and one voice in the middle.
        `change` says in the history what made this version. All files appear together or not at all.
        An episode of another paper that lies there is not overwritten.
        Raises SynthesisError, InputError, UsageError, WorkspaceError, WorkspaceLockedError.
        """
        picture = Path(cover) if cover is not None else None
        language = self.script.language
        described = (Show(name=show) if isinstance(show, str) else show or Show()).told_in(language)
        check_publishing(picture, rss)
        place, when = Path(folder), published or datetime.now(UTC)
        check_place(place, PaperKey.of(self.graph))
        with Tree(place).lock("episode"), replaced_together(place, whole=("cards",)) as staging:
            drawn = draw_cover(self.script.title, described.name, self._main_figure())
            shown = (
                copied_cover(staging, picture) if picture else Tree(staging).write_bytes("cover.png", drawn)
            )
            about = description(self.graph, self.script.title, self.script.extract, language)
            info = write_audio(
                staging / f"episode.{audio_format}",
                self.audio.samples,
                self.audio.sample_rate,
                tags=AudioTags(
                    title=self.script.title,
                    artist=described.made_by,
                    album=described.name,
                    year=when.date().isoformat(),
                    comment=about,
                    language=translation(language).iso_639_2,
                ),
                chapters=self.chapters,
                transcript=self.script.text,
                cover=shown,
                places=_seats(self.script) if stereo else (),
            )
            transcription = self.transcription
            save_timeline(staging, self.timeline, transcription, self.graph, audio=info.path.name, home=place)
            sidecars = write_sidecars(
                staging,
                info,
                transcription,
                self.chapters,
                self.graph,
                title=self.script.title,
                cover=shown,
                rss=rss,
                show=described,
                published=when,
                guid=guid,
                extract=self.script.extract,
            )
            record = record_of(
                self.script, self.graph, self.plan, voice=self.voice, second_voice=self.second_voice
            ).model_copy(
                update={
                    "seconds": info.duration,
                    "units_in_the_models_words": self.model_units,
                    "units_in_the_papers_words": self.source_units,
                    "audio_format": audio_format,
                    "lexicon": dict(self.lexicon),
                    "own_cover": shown.name if picture else None,
                    "rss": rss,
                    "show": described,
                    "published": when,
                    "guid": guid or guid_of(info),
                    "stereo": stereo,
                    **copied_music(staging, self.music),
                }
            )
            write_script(staging, place, record, self.script, self.plan, self.graph, self.written)
            Tree(staging).write_models("checks.json", self.checks)
        of_before = {f"episode.{one}" for one in ("mp3", "opus", "wav")} - {info.path.name}
        for stale in ("video.mp4", "video.jpg", *of_before):
            Tree(place).remove(stale)
        keep_version(Tree(place), self.script, change)
        moved = {name: place / value.name if isinstance(value, Path) else value for name, value in sidecars}
        return EpisodeFiles(
            folder=place,
            audio=place / info.path.name,
            script=place / "script.json",
            text=place / "script.txt",
            timeline=place / "timeline.json",
            captions=place / "captions.vtt",
            seconds=info.duration,
            **moved,
        )

    def _main_figure(self) -> Path | None:
        """The picture of the first figure that the script speaks of."""
        named = (atom for segment in self.script.segments for atom in segment.figure_ids)
        pictures = {atom.atom_id: atom.file_path for atom in self.graph.atoms if atom.file_path}
        return next((Path(pictures[name]) for name in named if name in pictures), None)


@dataclass(frozen=True)
class UnvoicedEpisode:
    """A podcast about a paper as far as it is written."""

    graph: DocumentGraph
    written: WrittenEpisode
    voice: str
    """The voice that it was written for."""
    lexicon: Mapping[str, str] = field(default_factory=dict)
    second_voice: str | None = None

    def save(
        self,
        folder: Path | str,
        *,
        audio_format: Literal["mp3", "opus", "wav"] = "mp3",
        cover: Path | str | None = None,
        rss: str | None = None,
        show: Show | None = None,
        music: Music | None = None,
        stereo: bool = False,
    ) -> Path:
        """Write the script and what `generation.edits.revoice` needs to voice it, and give the path of script.md.

        The options are those of `Episode.save`, and are kept until then. Raises InputError, UsageError,
        WorkspaceError, WorkspaceLockedError.
        """
        place = Path(folder)
        check_publishing(Path(cover) if cover is not None else None, rss)
        check_place(place, PaperKey.of(self.graph))
        script, plan = self.written.script, self.written.plan
        with Tree(place).lock("episode"), replaced_together(place) as staging:
            record = record_of(
                script, self.graph, plan, voice=self.voice, second_voice=self.second_voice
            ).model_copy(
                update={
                    "units_in_the_models_words": self.written.model_units,
                    "units_in_the_papers_words": self.written.source_units,
                    "audio_format": audio_format,
                    "lexicon": dict(self.lexicon),
                    "own_cover": copied_cover(staging, Path(cover)).name if cover is not None else None,
                    "rss": rss,
                    "show": show or Show(),
                    "stereo": stereo,
                    **copied_music(staging, music or Music()),
                }
            )
            write_script(staging, place, record, script, plan, self.graph, self.written)
        keep_version(Tree(place), script, "written")
        return place / DRAFT


def copied_music(folder: Path, music: Music) -> dict[str, str]:
    """Copies of the user's music in an episode's folder, by what they are."""
    return {
        name: Tree(folder).write_bytes(f"{name}{file.suffix}", file.read_bytes()).name
        for name, file in (("intro", music.intro), ("outro", music.outro))
        if file
    }


def record_of(
    script: Script, graph: DocumentGraph, plan: EpisodePlan, *, voice: str, second_voice: str | None
) -> EpisodeRecord:
    """What episode.json says of an episode that is not voiced yet."""
    return EpisodeRecord(
        title=script.title,
        **PaperKey.of(graph).record(),
        target_seconds=plan.target_seconds,
        voice=voice,
        second_voice=second_voice,
        words=script.words,
        extract=script.extract,
        units_in_the_models_words=0,
        units_in_the_papers_words=0,
    )


def write_script(
    folder: Path,
    home: Path,
    record: EpisodeRecord,
    script: Script,
    plan: EpisodePlan,
    graph: DocumentGraph,
    written: WrittenEpisode | None,
) -> None:
    """Write what an episode has before it is voiced into a folder, which will lie at `home`. Raises WorkspaceError."""
    tree = Tree(folder)

    def kept(picture: str) -> str:
        """A picture as it is found from the episode's folder, into which it is copied where it lies elsewhere."""
        path = Path(picture).absolute()
        if path.is_relative_to(home.absolute()):
            return path.relative_to(home.absolute()).as_posix()
        tree.write_bytes(f"figures/{path.name}", path.read_bytes())
        return f"figures/{path.name}"

    tree.write_model("document.json", graph.with_pictures(kept))
    tree.write_model("script.json", script)
    tree.write_model("plan.json", plan)
    tree.write_text(DRAFT, to_markdown(script))
    tree.write_text("script.txt", f"{script.title}\n\n{script.lines}\n")
    tree.write_model(RECORD, record)
    if written is not None:
        tree.write_json("writing.json", written.account())
        if written.record is not None:
            asked = [exchange.model_dump() for exchange in written.record.exchanges]
            tree.write_json("exchanges.json", {"exchanges": asked})
