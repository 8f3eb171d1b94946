"""Episode: a finished podcast about a paper, and the files that it is saved as."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Literal

from podcast_dspy.analysis.results import AlignedSegment
from podcast_dspy.audio import AudioTags, Chapter, Narration, narrated_words, write_audio
from podcast_dspy.audio.feed import Show
from podcast_dspy.audio.transcript import TranscriptionResult, TranscriptSegment, WordTimestamp
from podcast_dspy.confidence import Confidence, Doubt
from podcast_dspy.documents.graph import DocumentGraph
from podcast_dspy.generation.publishing import (
    PaperKey,
    Sidecars,
    check_place,
    check_publishing,
    write_sidecars,
)
from podcast_dspy.generation.script import EpisodePlan, Script, ScriptSegment, Turn
from podcast_dspy.generation.written import WrittenEpisode
from podcast_dspy.store import Tree
from podcast_dspy.visuals import VisualAssetAlignment, align_visuals_to_transcript, save_timeline

__all__ = ["Episode", "EpisodeFiles", "script_alignment", "script_transcription"]


class EpisodeFiles(Sidecars):
    """Where an episode was saved, and how long it is (seconds)."""

    folder: Path
    audio: Path
    script: Path
    text: Path
    timeline: Path
    captions: Path
    seconds: float


def script_transcription(script: Script, narration: Narration) -> TranscriptionResult:
    """A voiced script as a transcription, with the times at which its words are spoken."""
    segments: list[TranscriptSegment] = []
    words: list[WordTimestamp] = []
    for segment in script.segments:
        for said in segment.turns or [segment]:
            told = _transcribed(segment, said)
            segments.append(told)
            span = told.start_time, told.end_time
            words.extend(narrated_words(said.text, span, narration.samples, narration.sample_rate))
    return TranscriptionResult(
        source_path="episode.mp3",
        transcript_text=script.text,
        word_timestamps=tuple(words),
        segments=tuple(segments),
        total_duration=narration.duration,
        confidence=1.0,
        model="script",
    )


def _transcribed(segment: ScriptSegment, said: ScriptSegment | Turn) -> TranscriptSegment:
    """A segment, or a turn of it, as a transcript has it."""
    start, end = said.start_time or 0.0, said.end_time or 0.0
    return TranscriptSegment(
        segment_id=segment.segment_id
        if isinstance(said, ScriptSegment)
        else f"{segment.segment_id}_{segment.turns.index(said)}",
        text=said.text,
        start_time=start,
        end_time=end,
        duration=end - start,
        segment_type=segment.segment_type.value,
        linked_atoms=segment.source_atoms,
        speaker=said.speaker.capitalize() if isinstance(said, Turn) else None,
    )


def script_alignment(script: Script) -> tuple[AlignedSegment, ...]:
    """A voiced script as aligned segments, so that what works on human podcasts works on generated ones."""
    aligned = []
    for segment in script.segments:
        spoken = _transcribed(segment, segment)
        aligned.append(
            AlignedSegment(
                segment_id=segment.segment_id,
                transcript_segment=spoken,
                primary_atoms=segment.source_atoms,
                referenced_figures=segment.figure_ids,
                segment_type=segment.segment_type,
                words_per_minute=60.0 * segment.words / spoken.duration if spoken.duration > 0 else 0.0,
            )
        )
    return tuple(aligned)


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
    """Units in the paper's own words, because no candidate passed."""
    doubts: tuple[Doubt, ...] = ()
    """Where it falls short of what the profile's hosts reach, and what is said on the model's word alone."""
    written: WrittenEpisode | None = None
    """How the script came about."""
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
    ) -> EpisodeFiles:
        """Write the episode into a folder: audio, script, captions, chapters, transcript, timeline and cards.

        `cover` is a PNG or JPEG picture, embedded in the audio and copied beside it. `rss` is the web address that the
        folder will have; rss.xml then describes the episode of the show `show` (its name, or all about it),
        published at `published` (now).
        An episode of another paper that lies there is not overwritten.
        Raises SynthesisError, InputError, UsageError, WorkspaceError.
        """
        picture = Path(cover) if cover is not None else None
        described = Show(name=show) if isinstance(show, str) else show or Show()
        check_publishing(picture, rss)
        place = Path(folder)
        paper = PaperKey.of(self.graph)
        check_place(place, paper)
        tree = Tree(place)
        audio = f"episode.{audio_format}"
        info = write_audio(
            tree.path(audio),
            self.audio.samples,
            self.audio.sample_rate,
            tags=AudioTags(title=self.script.title, artist=described.made_by, album=described.name),
            chapters=self.chapters,
            transcript=self.script.text,
            cover=picture,
        )
        tree.write_model("script.json", self.script)
        tree.write_model("plan.json", self.plan)
        tree.write_text("script.txt", f"{self.script.title}\n\n{self.script.lines}\n")
        tree.write_json(
            "episode.json",
            {
                "title": self.script.title,
                **paper.record(),
                "seconds": info.duration,
                "target_seconds": self.plan.target_seconds,
                "voice": self.voice,
                "second_voice": self.second_voice,
                "words": self.script.words,
                "extract": self.script.extract,
                "units_in_the_models_words": self.model_units,
                "units_in_the_papers_words": self.source_units,
            },
        )
        if self.written is not None:
            tree.write_json("writing.json", self.written.account())
            if self.written.record is not None:
                asked = [exchange.model_dump() for exchange in self.written.record.exchanges]
                tree.write_json("exchanges.json", {"exchanges": asked})
        transcription = self.transcription
        save_timeline(place, self.timeline, transcription, self.graph, audio=audio)
        sidecars = write_sidecars(
            place,
            info,
            transcription,
            self.chapters,
            self.graph,
            title=self.script.title,
            cover=picture,
            rss=rss,
            show=described,
            published=published,
            extract=self.script.extract,
        )
        return EpisodeFiles(
            folder=place,
            audio=place / audio,
            script=place / "script.json",
            text=place / "script.txt",
            timeline=place / "timeline.json",
            captions=place / "captions.vtt",
            seconds=info.duration,
            **dict(sidecars),
        )
