"""What goes with an episode: tags and cover in its file; captions, chapters and transcript beside it."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from itertools import chain, pairwise
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field, model_validator

from podcast_dspy.audio.durations import pauses_after, stressed
from podcast_dspy.audio.transcript import TranscriptionResult, WordTimestamp
from podcast_dspy.audio.word_alignment import word_times_for
from podcast_dspy.errors import InputError


class AudioTags(BaseModel):
    """What players show about an episode; empty fields are left out."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str
    artist: str = ""
    album: str = ""
    genre: str = "Podcast"
    year: str = ""
    comment: str = ""
    language: str = "eng"
    """ISO 639-2 code, three letters."""


class Chapter(BaseModel):
    """A named stretch of the episode, in seconds from its start."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str
    start: float = Field(ge=0.0)
    end: float = Field(ge=0.0)

    @model_validator(mode="after")
    def _ordered(self) -> Chapter:
        if self.end < self.start:
            raise ValueError(
                f"chapter {self.title!r} ends at {self.end:g} s, before its start at {self.start:g} s"
            )
        return self


def write_tags(
    path: Path,
    suffix: str,
    tags: AudioTags,
    chapters: Sequence[Chapter],
    transcript: str | None,
    cover: Path | None,
) -> None:
    """Tag the file at `path`: ID3v2.4 with CHAP, CTOC, USLT and APIC for MP3 and WAV, Vorbis comments for Opus.

    Raises:
        InputError: the cover is no PNG or JPEG file.
    """
    picture = read_picture(cover) if cover is not None else None
    kind = {".mp3": "mp3.MP3", ".wav": "wave.WAVE", ".opus": "oggopus.OggOpus"}[suffix]
    write = _write_vorbis if suffix == ".opus" else _write_id3
    write(_mutagen_file(path, kind), tags, chapters, transcript, picture)


def _write_id3(
    file: Any,
    tags: AudioTags,
    chapters: Sequence[Chapter],
    transcript: str | None,
    picture: tuple[str, bytes] | None,
) -> None:
    id3 = import_module("mutagen.id3")
    if file.tags is None:
        file.add_tags()
    out = file.tags
    out.clear()
    utf8 = id3.Encoding.UTF8
    texts = {
        id3.TIT2: tags.title, id3.TPE1: tags.artist, id3.TALB: tags.album, id3.TCON: tags.genre, id3.TDRC: tags.year,
        id3.TLAN: tags.language,
    }  # fmt: skip
    for frame, text in texts.items():
        if text:
            out.add(frame(encoding=utf8, text=[text]))
    if tags.comment:
        out.add(id3.COMM(encoding=utf8, lang=tags.language, desc="", text=[tags.comment]))
    if transcript:
        out.add(id3.USLT(encoding=utf8, lang=tags.language, desc="", text=transcript))
    if picture is not None:
        mime, data = picture
        out.add(id3.APIC(encoding=utf8, mime=mime, type=id3.PictureType.COVER_FRONT, desc="Cover", data=data))
    for number, chapter in enumerate(chapters):
        out.add(
            id3.CHAP(
                element_id=f"chp{number}",
                start_time=round(chapter.start * 1000),
                end_time=round(chapter.end * 1000),
                start_offset=0xFFFFFFFF,  # "use the time, not a byte position"
                end_offset=0xFFFFFFFF,
                sub_frames=[id3.TIT2(encoding=utf8, text=[chapter.title])],
            )
        )
    if chapters:
        flags = id3.CTOCFlags.TOP_LEVEL | id3.CTOCFlags.ORDERED
        ids = [f"chp{number}" for number in range(len(chapters))]
        out.add(id3.CTOC(element_id="toc", flags=flags, child_element_ids=ids, sub_frames=[]))
    file.save(v2_version=4)


def _write_vorbis(
    file: Any,
    tags: AudioTags,
    chapters: Sequence[Chapter],
    transcript: str | None,
    picture: tuple[str, bytes] | None,
) -> None:
    texts = {
        "title": tags.title, "artist": tags.artist, "album": tags.album, "genre": tags.genre, "date": tags.year,
        "language": tags.language, "comment": tags.comment, "lyrics": transcript or "",
    }  # fmt: skip
    for key, text in texts.items():
        if text:
            file[key] = text
    for number, chapter in enumerate(chapters):
        minutes, seconds = divmod(round(chapter.start * 1000) / 1000, 60)
        file[f"CHAPTER{number:03d}"] = f"{int(minutes) // 60:02d}:{int(minutes) % 60:02d}:{seconds:06.3f}"
        file[f"CHAPTER{number:03d}NAME"] = chapter.title
    if picture is not None:
        block = import_module("mutagen.flac").Picture()
        block.type, block.mime, block.desc, block.data = 3, picture[0], "Cover", picture[1]
        file["metadata_block_picture"] = base64.b64encode(block.write()).decode("ascii")
    file.save()


def _mutagen_file(path: Path, kind: str) -> Any:
    """The file opened as mutagen's class `kind`, such as "mp3.MP3" (the library is not typed)."""
    module, name = kind.split(".")
    return getattr(import_module(f"mutagen.{module}"), name)(path)


def read_picture(cover: Path) -> tuple[str, bytes]:
    """MIME type and bytes of a PNG or JPEG picture that players can draw.

    Raises:
        InputError: it cannot be read, or is another kind of file or damaged.
    """
    from PIL import Image, UnidentifiedImageError

    try:
        data = cover.read_bytes()
    except OSError as error:
        raise InputError(
            f"The cover {cover} cannot be read ({error.strerror}); give a PNG or JPEG file."
        ) from error
    kind = "image/png" if data.startswith(b"\x89PNG\r\n\x1a\n") else "image/jpeg"
    if kind == "image/jpeg" and not data.startswith(b"\xff\xd8\xff"):
        raise InputError(f"The cover {cover} is neither PNG nor JPEG; convert it.")
    try:
        with Image.open(io.BytesIO(data)) as picture:
            picture.load()
    except (OSError, ValueError, SyntaxError, UnidentifiedImageError, Image.DecompressionBombError) as error:
        raise InputError(f"The cover {cover} is damaged ({error}); export it again.") from error
    return kind, data


_SIDES: Final = (1400, 3000)
"""Pixels, by the rules of Apple Podcasts, which Spotify shares."""


def read_cover(path: Path) -> tuple[str, bytes]:
    """MIME type and bytes of a cover.

    Raises:
        InputError: it is no PNG or JPEG, damaged, not square, too small or too large, transparent, or not RGB.
    """
    from PIL import Image

    kind, data = read_picture(path)
    with Image.open(io.BytesIO(data)) as picture:
        width, height = picture.size
        mode = picture.mode
        opaque = picture.convert("RGBA").getchannel("A").histogram()[255]
    low, high = _SIDES
    size = f"The cover {path} is {width} x {height} pixels"
    if width != height:
        raise InputError(
            f"{size}, and a cover is square; crop it to {low} x {low} up to {high} x {high} pixels."
        )
    if not low <= width <= high:
        raise InputError(f"{size}, and directories take {low} x {low} up to {high} x {high}; scale it.")
    if mode not in ("RGB", "RGBA", "P"):
        raise InputError(f"The cover {path} has {mode} colours, and directories take RGB; convert it.")
    if opaque < width * height:
        raise InputError(
            f"The cover {path} is transparent in places, which directories do not take; fill it."
        )
    return kind, data


_LINE: Final = 42
"""Characters of a line, two lines a caption, as the guides of broadcasters and streaming services have it."""
_LONGEST: Final = 7.0  # seconds
_SHORTEST: Final = 1.0
_FASTEST: Final = 20.0
"""Characters a second that an adult reads."""
_PAUSE: Final = 1.0
"""Seconds of silence that a caption does not bridge gladly."""
_FEW: Final = 3  # words


@dataclass(frozen=True)
class Cue:
    """One caption: its words and when they are on screen, in seconds."""

    text: str
    start: float
    end: float
    speaker: str | None = None


def cut_cues(words: Sequence[WordTimestamp], speaker: str | None) -> list[Cue]:
    """Captions of what one speaker says in turn: of all ways to cut it, the one that is best to read.

    What it costs to end somewhere, and to be short, fast or full of pauses, is added up (dynamic programming).
    """
    best: list[tuple[float, int]] = [(0.0, 0)]
    for end in range(1, len(words) + 1):
        choices = []
        for start in range(end - 1, -1, -1):
            if start < end - 1 and not _fits(words[start:end]):
                break
            choices.append((best[start][0] + _cost(words[start:end], words[end : end + 1]), start))
        best.append(min(choices))
    cuts = [len(words)]
    while cuts[-1]:
        cuts.append(best[cuts[-1]][1])
    return [_cue(words[start:end], speaker) for start, end in pairwise(reversed(cuts))]


def lines_of(text: str) -> list[str]:
    """A caption's text on one line, or on two of about equal length, parted between phrases."""
    words = text.split()
    if len(text) <= _LINE or len(words) < 2:
        return [text]
    sides = [(" ".join(words[:at]), " ".join(words[at:]), at) for at in range(1, len(words))]

    def cost(side: tuple[str, str, int]) -> float:
        first, second, at = side
        over = max(0, max(len(first), len(second)) - _LINE)
        return 10 * over + abs(len(first) - len(second)) / 6 + _ending(words[at - 1], words[at])

    first, second, _ = min(sides, key=cost)
    return [first, second]


def stay(cues: Sequence[Cue]) -> list[Cue]:
    """Captions shorter than a second stay that long, where the next one leaves them the time."""
    following = chain((cue.start for cue in cues[1:]), [float("inf")])
    return [
        replace(cue, end=max(cue.end, min(cue.start + _SHORTEST, after)))
        for cue, after in zip(cues, following, strict=False)
    ]


def _fits(words: Sequence[WordTimestamp]) -> bool:
    if words[-1].end_time - words[0].start_time > _LONGEST:
        return False
    first, rest = 0, 0
    for word in words:  # the first line takes what it can
        if not rest and first + len(word.word) <= _LINE:
            first += len(word.word) + 1
        else:
            rest += len(word.word) + 1
    return rest - 1 <= _LINE


def _cost(words: Sequence[WordTimestamp], following: Sequence[WordTimestamp]) -> float:
    text = " ".join(word.word for word in words)
    seconds = words[-1].end_time - words[0].start_time
    shown = max(
        seconds,
        min(_SHORTEST, (following[0].start_time if following else seconds + _SHORTEST) - words[0].start_time),
    )
    cost = 2.0 + 2.0 * (1 - len(text) / (2 * _LINE)) ** 2  # few captions, and none much emptier than others
    if following and following[0].start_time - words[-1].end_time <= _PAUSE:
        cost += _ending(words[-1].word, following[0].word)
    if len(words) < _FEW:
        cost += 12.0 if len(words) == 1 else 4.0
    cost += 4.0 * max(0.0, _SHORTEST - shown) + 0.4 * max(0.0, len(text) / max(shown, 0.1) - _FASTEST)
    for place, (one, other) in enumerate(pairwise(words), 1):
        if other.start_time - one.end_time > _PAUSE:
            cost += 6.0
        if pauses_after(one.word)[1]:  # a sentence ends inside; a scrap of the next behind it reads badly
            cost += 2.0 if len(words) - place >= _FEW else 8.0
    return cost


def _ending(last: str, following: str) -> float:
    """What it costs to end after `last`: nothing at a stop, most inside a phrase.

    A phrase begins with the words that carry no stress: "the", "of", "that". To end on one tears it apart.
    """
    clauses, sentences = pauses_after(last)
    if sentences:
        return 0.0
    if clauses:
        return 1.5
    if not stressed(last.strip("\"'()[]“”‘’")):
        return 12.0
    return 5.0 if not stressed(following.strip("\"'()[]“”‘’")) else 9.0


def _cue(words: Sequence[WordTimestamp], speaker: str | None) -> Cue:
    text = " ".join(word.word for word in words)
    return Cue(text, words[0].start_time, max(word.end_time for word in words), speaker)


def cues_of(transcription: TranscriptionResult) -> list[Cue]:
    """Captions of at most two lines of 42 characters and 7 s, cut between sentences, clauses and phrases.

    Segments without word times are shown whole, their words timed by syllables.
    """
    cues: list[Cue] = []
    words = list(transcription.word_timestamps)
    for segment in transcription.segments:
        inside = [word for word in words if segment.start_time <= word.start_time < segment.end_time]
        if "".join(word.word for word in inside) != segment.text.replace(" ", ""):
            inside = word_times_for(segment.text, (segment.start_time, segment.end_time))
        cues.extend(cut_cues(inside, segment.speaker))
    return stay(cues)


def to_vtt(transcription: TranscriptionResult) -> str:
    """WebVTT captions; speakers as voice tags."""
    blocks = ["WEBVTT\n"]
    for cue in cues_of(transcription):
        body = "\n".join(lines_of(_escaped(cue.text)))
        voice = f"<v {_escaped(cue.speaker)}>" if cue.speaker else ""
        blocks.append(f"{_stamp(cue.start, '.')} --> {_stamp(cue.end, '.')}\n{voice}{body}\n")
    return "\n".join(blocks)


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def to_srt(transcription: TranscriptionResult) -> str:
    """SubRip captions; speakers as a prefix."""
    blocks = []
    for number, cue in enumerate(cues_of(transcription), 1):
        said = f"{cue.speaker}: {cue.text}" if cue.speaker else cue.text
        body = "\n".join(lines_of(said))
        blocks.append(f"{number}\n{_stamp(cue.start, ',')} --> {_stamp(cue.end, ',')}\n{body}\n")
    return "\n".join(blocks)


def to_chapters_json(chapters: Sequence[Chapter]) -> str:
    """Podcasting 2.0 chapters file (JSON chapters format 1.2.0), times in seconds."""
    entries = [
        {"startTime": round(chapter.start, 3), "endTime": round(chapter.end, 3), "title": chapter.title}
        for chapter in sorted(chapters, key=lambda chapter: chapter.start)
    ]
    return json.dumps({"version": "1.2.0", "chapters": entries}, ensure_ascii=False, indent=1) + "\n"


def to_transcript_json(transcription: TranscriptionResult) -> str:
    """Podcasting 2.0 transcript file (JSON, version 1.0.0): one entry a caption, times in seconds."""
    segments = []
    for cue in cues_of(transcription):
        entry: dict[str, object] = {
            "startTime": round(cue.start, 3),
            "endTime": round(cue.end, 3),
            "body": cue.text,
        }
        segments.append({"speaker": cue.speaker, **entry} if cue.speaker else entry)
    return json.dumps({"version": "1.0.0", "segments": segments}, ensure_ascii=False, indent=1) + "\n"


def _stamp(seconds: float, point: str) -> str:
    milliseconds = round(seconds * 1000)
    hours, rest = divmod(milliseconds, 3_600_000)
    minutes, rest = divmod(rest, 60_000)
    return f"{hours:02d}:{minutes:02d}:{rest // 1000:02d}{point}{rest % 1000:03d}"
