"""What a published episode needs beside its audio: cover, subtitles, chapters, show notes, feed, and a place."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, count
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from podcast_dspy.audio import AudioInfo, Chapter, to_chapters_json, to_srt, to_transcript_json
from podcast_dspy.audio.feed import FEED, RssEpisode, Show, feed_address, lacking, to_rss
from podcast_dspy.audio.metadata import read_cover
from podcast_dspy.audio.transcript import TranscriptionResult
from podcast_dspy.documents import is_address
from podcast_dspy.documents.graph import DocumentGraph
from podcast_dspy.errors import UsageError
from podcast_dspy.store import Tree, file_sha256
from podcast_dspy.text.language import translation
from podcast_dspy.visuals.cards import fitted, one_line, write

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
    notes: Path
    """Show notes in Markdown: what it is about, and the chapters with their times."""
    cover: Path
    """The one that was given, else one drawn of the title and the main figure."""
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
    cover: Path,
    rss: str | None,
    show: Show,
    published: datetime,
    guid: str | None = None,
    extract: bool = False,
) -> Sidecars:
    """Write captions.srt, transcript.json, chapters.json, shownotes.md, and the feed when `rss` names an address.

    `info` is what was measured on the audio; captions.vtt and the cover lie in the folder already. `guid` is that of an
    earlier take of this episode. The show notes say if the episode is an `extract`.
    Raises UsageError, WorkspaceError.
    """
    tree, language = Tree(folder), transcription.language
    tree.write_text("captions.srt", to_srt(transcription))
    tree.write_text("transcript.json", to_transcript_json(transcription))
    tree.write_text("chapters.json", to_chapters_json(chapters))
    tree.write_text("shownotes.md", _show_notes(graph, title, chapters, extract, language))
    lacks: tuple[str, ...] = ()
    if rss is not None:
        episode = RssEpisode(
            title=title,
            description=description(graph, title, extract, language),
            audio=info.path.name,
            bytes=info.path.stat().st_size,
            seconds=info.duration,
            guid=guid or guid_of(info),
            published=published,
            language=language,
            cover=cover.name,
            chapters="chapters.json",
            transcripts=("captions.vtt", "captions.srt", "transcript.json"),
        )
        tree.write_text(FEED, to_rss(episode, rss, show))
        lacks = lacking(episode, show)
    return Sidecars(
        subtitles=folder / "captions.srt",
        transcript=folder / "transcript.json",
        chapters=folder / "chapters.json",
        notes=folder / "shownotes.md",
        cover=cover,
        rss=folder / FEED if rss is not None else None,
        rss_lacks=lacks,
    )


def copied_cover(folder: Path, cover: Path) -> Path:
    """A copy of the user's cover in a folder. Raises InputError."""
    kind, data = read_cover(cover)
    return Tree(folder).write_bytes(f"cover{_SUFFIXES[kind]}", data)


def guid_of(info: AudioInfo) -> str:
    """What tells feeds one episode from all others."""
    return f"urn:sha256:{info.sha256}"


def description(graph: DocumentGraph, title: str, extract: bool, language: str = "en") -> str:
    """In one sentence of the episode's language, what it is about and whose the paper is."""
    paper = graph.title or title
    if extract:
        by = f" by {', '.join(graph.authors)}" if graph.authors else ""
        return f"An extract of the paper “{paper}”{by}, in its authors' own words."
    words_of = translation(language)
    line = words_of.about_by if graph.authors else words_of.about
    return line.format(paper=paper, authors=", ".join(graph.authors))


def _show_notes(
    graph: DocumentGraph, title: str, chapters: Sequence[Chapter], extract: bool, language: str
) -> str:
    """Description, chapters with their times, and the paper's address, as apps show them."""
    times = [
        f"- {int(one.start) // 60:02d}:{int(one.start) % 60:02d} {' '.join(one.title.split())}"
        for one in chapters
    ]
    paper = translation(language).paper
    source = [f"{paper}: <{graph.source_path}>", ""] if is_address(graph.source_path) else []
    about = description(graph, title, extract, language)
    return "\n".join((f"# {title}", "", about, "", *times, "", *source))


_RECORD = "episode.json"


@dataclass(frozen=True)
class PaperKey:
    """What tells one paper from another: the document's id, or where it was fetched and what it is called."""

    document_id: str | None = None
    source: str | None = None
    title: str | None = None

    @classmethod
    def of(cls, graph: DocumentGraph) -> PaperKey:
        """That of a paper that was read."""
        source = graph.source_path if is_address(graph.source_path) else None
        return cls(graph.document_id, source, graph.title)

    @classmethod
    def unread(cls, paper: str) -> PaperKey:
        """That of a file or an address, before it is read."""
        return cls(source=paper) if is_address(paper) else cls(file_sha256(Path(paper))[:12])

    def record(self) -> dict[str, Any]:
        """What an episode keeps of its paper."""
        return {"document_id": self.document_id, "source": self.source, "paper": self.title}

    def matches(self, record: dict[str, Any]) -> bool:
        """Whether an episode's record is about this paper; a page may change, but then it keeps its title."""
        if self.document_id is not None and record.get("document_id") == self.document_id:
            return True
        fetched = self.source is not None and record.get("source") == self.source
        return fetched and self.title in (None, record.get("paper"))


def check_place(folder: Path, paper: PaperKey) -> None:
    """Refuse a folder that holds the episode of another paper. Raises UsageError."""
    other = _other_title(folder, paper)
    if other is not None:
        raise UsageError(
            f"{folder} holds {other!r}, the episode of another paper; name another folder with --output"
        )


def free_folder(folder: Path, paper: PaperKey) -> Path:
    """`folder`, or with `-2`, `-3`, ... where it holds the episode of another paper."""
    numbered = (folder.with_name(f"{folder.name}-{number}") for number in count(2))
    return next(place for place in chain([folder], numbered) if _other_title(place, paper) is None)


def folder_name(paper: str) -> str:
    """A paper's name without its ending, short enough for any file system."""
    return Path(paper.partition("?")[0]).stem[:80].strip() or "episode"


def _other_title(folder: Path, paper: PaperKey) -> str | None:
    """Title of the episode in `folder` if it is about another paper."""
    try:
        record = json.loads((folder / _RECORD).read_text("utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError):
        return _RECORD  # whose episode it is cannot be told, so it stays
    if isinstance(record, dict) and paper.matches(record):
        return None
    return str(record.get("title") or _RECORD) if isinstance(record, dict) else _RECORD


def folders_for(papers: Sequence[str], folder: Path) -> dict[str, Path]:
    """A folder for each paper; of two papers of one name the second gets a number, as beside another's episode."""
    places: dict[str, Path] = {}
    for paper in papers:
        key, name = PaperKey.unread(paper), folder_name(paper)
        for number in count(1):
            place = free_folder(folder / (name if number == 1 else f"{name}-{number}"), key)
            if place not in places.values():
                break
        places[paper] = place
    return places


_SIDE = 1400
"""Pixels, the least that directories take."""
_EDGE = 110
_INK, _PAPER, _ACCENT, _MUTED = (20, 29, 43), (248, 246, 241), (201, 84, 46), (154, 163, 178)


def draw_cover(title: str, show: str, figure: Path | None) -> bytes:
    """A square PNG; the same input gives the same bytes. A figure that cannot be read is left out."""
    from PIL import Image, ImageDraw, UnidentifiedImageError

    image = Image.new("RGB", (_SIDE, _SIDE), _INK)
    draw = ImageDraw.Draw(image)
    room = _SIDE - 2 * _EDGE
    top = _SIDE - _EDGE - 40
    if figure is not None:
        try:
            with Image.open(figure) as opened:
                picture = opened.convert("RGB")
        except (OSError, ValueError, UnidentifiedImageError, Image.DecompressionBombError):
            figure = None
        else:
            scale = min((_SIDE - 120) / picture.width, 560 / picture.height)
            box = max(1, round(picture.width * scale)), max(1, round(picture.height * scale))
            draw.rectangle((0, 0, _SIDE, 680), fill=(255, 255, 255))
            resized = picture.resize(box, Image.Resampling.LANCZOS)
            image.paste(resized, ((_SIDE - box[0]) // 2, (680 - box[1]) // 2))
    first = 760 if figure is not None else 300
    size, lines = fitted(title, "bold", sizes=(120, 48), width=room, height=top - 110 - first)
    draw.rectangle((_EDGE, first, _EDGE + 130, first + 12), fill=_ACCENT)
    write(draw, lines, "bold", size, (_EDGE, first + 50), _PAPER)
    write(draw, [one_line(show, "plain", 44, room)], "plain", 44, (_EDGE, top), _MUTED)
    buffer = io.BytesIO()
    image.save(buffer, format="PNG", optimize=True)
    return buffer.getvalue()
