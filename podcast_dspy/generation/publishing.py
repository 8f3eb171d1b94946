"""What a published episode needs beside its audio: subtitles, chapters, transcript, cover and feed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from podcast_dspy.audio import AudioInfo, Chapter, to_chapters_json, to_srt, to_transcript_json
from podcast_dspy.audio.feed import FEED, RssEpisode, Show, feed_address, lacking, to_rss
from podcast_dspy.audio.tags import read_cover
from podcast_dspy.audio.transcript import TranscriptionResult
from podcast_dspy.documents.graph import DocumentGraph
from podcast_dspy.store import Tree

__all__ = ["Sidecars", "check_publishing", "write_sidecars"]

_SUFFIXES = {"image/png": ".png", "image/jpeg": ".jpg"}


class Sidecars(BaseModel):
    """The files beside an episode's audio."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    subtitles: Path
    """SubRip (SRT); `captions` are the same as WebVTT."""
    transcript: Path
    """Podcasting 2.0 transcript (JSON)."""
    chapters: Path
    """Podcasting 2.0 chapters (JSON)."""
    cover: Path | None = None
    rss: Path | None = None
    rss_lacks: tuple[str, ...] = ()
    """What the large directories will ask for and the feed does not have."""


def check_publishing(cover: Path | None, rss: str | None) -> None:
    """Whether an episode can be published with this cover at this address; it costs nothing, unlike the episode.

    Raises InputError for a cover that directories do not take, UsageError for an address that is none.
    """
    if cover is not None:
        read_cover(cover)
    if rss is not None:
        feed_address(rss)


def write_sidecars(
    folder: Path,
    info: AudioInfo,
    transcription: TranscriptionResult,
    chapters: Sequence[Chapter],
    graph: DocumentGraph,
    *,
    title: str,
    cover: Path | None,
    rss: str | None,
    show: Show,
    published: datetime | None,
) -> Sidecars:
    """Write captions.srt, transcript.json, chapters.json, the cover, and the feed when `rss` names an address.

    `info` is what was measured on the audio; captions.vtt lies in the folder already. `published` defaults to now.
    Raises InputError, UsageError, WorkspaceError.
    """
    tree = Tree(folder)
    tree.write_text("captions.srt", to_srt(transcription))
    tree.write_text("transcript.json", to_transcript_json(transcription))
    tree.write_text("chapters.json", to_chapters_json(chapters))
    picture: str | None = None
    lacks: tuple[str, ...] = ()
    if cover is not None:
        kind, data = read_cover(cover)
        picture = f"cover{_SUFFIXES[kind]}"
        tree.write_bytes(picture, data)
    if rss is not None:
        episode = RssEpisode(
            title=title,
            description=_description(graph, title),
            audio=info.path.name,
            bytes=info.path.stat().st_size,
            seconds=info.duration,
            guid=f"urn:sha256:{info.sha256}",
            published=published or datetime.now(UTC),
            language=transcription.language,
            cover=picture,
            chapters="chapters.json",
            transcripts=("captions.vtt", "captions.srt", "transcript.json"),
        )
        tree.write_text(FEED, to_rss(episode, rss, show))
        lacks = lacking(episode, show)
    return Sidecars(
        subtitles=folder / "captions.srt",
        transcript=folder / "transcript.json",
        chapters=folder / "chapters.json",
        cover=folder / picture if picture else None,
        rss=folder / FEED if rss is not None else None,
        rss_lacks=lacks,
    )


def _description(graph: DocumentGraph, title: str) -> str:
    paper = graph.title or title
    authors = ", ".join(graph.authors)
    return f"About the paper “{paper}”" + (f" by {authors}." if authors else ".")
