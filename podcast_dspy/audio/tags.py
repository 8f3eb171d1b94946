"""Tags of an encoded episode (title, chapters, transcript, cover), and what a cover must be."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field, model_validator

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
    if suffix == ".opus":
        _write_vorbis(path, tags, chapters, transcript, picture)
    else:
        _write_id3(path, suffix, tags, chapters, transcript, picture)


def _write_id3(
    path: Path,
    suffix: str,
    tags: AudioTags,
    chapters: Sequence[Chapter],
    transcript: str | None,
    picture: tuple[str, bytes] | None,
) -> None:
    id3 = import_module("mutagen.id3")
    file: Any = _mutagen_file(path, "wave.WAVE" if suffix == ".wav" else "mp3.MP3")
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
    path: Path,
    tags: AudioTags,
    chapters: Sequence[Chapter],
    transcript: str | None,
    picture: tuple[str, bytes] | None,
) -> None:
    file: Any = _mutagen_file(path, "oggopus.OggOpus")
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
