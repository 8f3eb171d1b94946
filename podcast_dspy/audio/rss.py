"""A podcast feed with one episode: RSS 2.0 with the iTunes and Podcasting 2.0 tags that players read."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from urllib.parse import quote, urlsplit
from xml.etree import ElementTree

from pydantic import BaseModel, ConfigDict, Field

from podcast_dspy.errors import UsageError

__all__ = ["RssEpisode", "feed_address", "to_rss"]

_ITUNES = "http://www.itunes.com/dtds/podcast-1.0.dtd"
_PODCAST = "https://podcastindex.org/namespace/1.0"
_TYPES = {
    ".mp3": "audio/mpeg", ".opus": "audio/ogg", ".wav": "audio/x-wav", ".json": "application/json",
    ".vtt": "text/vtt", ".srt": "application/x-subrip",
}  # fmt: skip
_ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot hold, not even escaped (section 2.2)."""


class RssEpisode(BaseModel):
    """What the feed says of an episode; file names are those of its folder."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str
    description: str
    audio: str
    """File name; its suffix gives the type."""
    bytes: int = Field(gt=0)
    seconds: float = Field(gt=0.0)
    guid: str
    """Never changes and belongs to no other episode."""
    published: datetime
    author: str = ""
    language: str = "en"
    cover: str | None = None
    chapters: str | None = None
    transcripts: tuple[str, ...] = ()


def feed_address(base: str) -> str:
    """`base`, an http or https address of the folder that the files will lie in, with a slash at its end.

    Raises:
        UsageError: it is no such address.
    """
    parts = urlsplit(base.strip())
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.query or parts.fragment:
        raise UsageError(
            f"{base!r} is no web address of a folder; give where the files will be, such as https://example.org/show/."
        )
    return base.strip().rstrip("/") + "/"


def to_rss(episode: RssEpisode, base: str, *, show: str = "") -> str:
    """The feed as XML text, with `episode` as its only item; `show` names the channel (default: the episode).

    Every address is `base` and the file's name. An `<item>` may be copied into a feed that exists.

    Raises:
        UsageError: `base` is no web address.
    """
    folder = feed_address(base)

    def address(name: str) -> str:
        return folder + quote(Path(name).name)

    ElementTree.register_namespace("itunes", _ITUNES)
    ElementTree.register_namespace("podcast", _PODCAST)
    rss = ElementTree.Element("rss", {"version": "2.0"})
    channel = ElementTree.SubElement(rss, "channel")
    _add(channel, "title", show or episode.title)
    _add(channel, "link", folder)
    _add(channel, "description", episode.description)
    _add(channel, "language", episode.language)
    _add(channel, f"{{{_ITUNES}}}author", episode.author)
    _add(channel, f"{{{_ITUNES}}}explicit", "false")
    if episode.cover:
        ElementTree.SubElement(channel, f"{{{_ITUNES}}}image", {"href": address(episode.cover)})

    item = ElementTree.SubElement(channel, "item")
    _add(item, "title", episode.title)
    _add(item, "description", episode.description)
    guid = ElementTree.SubElement(item, "guid", {"isPermaLink": "false"})
    guid.text = _legal(episode.guid)
    _add(item, "pubDate", format_datetime(episode.published.astimezone(UTC), usegmt=True))
    ElementTree.SubElement(
        item,
        "enclosure",
        {"url": address(episode.audio), "length": str(episode.bytes), "type": _type(episode.audio)},
    )
    _add(item, f"{{{_ITUNES}}}title", episode.title)
    _add(item, f"{{{_ITUNES}}}author", episode.author)
    _add(item, f"{{{_ITUNES}}}duration", str(round(episode.seconds)))
    _add(item, f"{{{_ITUNES}}}episodeType", "full")
    _add(item, f"{{{_ITUNES}}}explicit", "false")
    if episode.cover:
        ElementTree.SubElement(item, f"{{{_ITUNES}}}image", {"href": address(episode.cover)})
    if episode.chapters:
        ElementTree.SubElement(
            item,
            f"{{{_PODCAST}}}chapters",
            {"url": address(episode.chapters), "type": "application/json+chapters"},
        )
    for name in episode.transcripts:
        ElementTree.SubElement(
            item,
            f"{{{_PODCAST}}}transcript",
            {"url": address(name), "type": _type(name), "language": episode.language},
        )
    ElementTree.indent(rss)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(rss, encoding="unicode") + "\n"


def _add(parent: ElementTree.Element, name: str, text: str) -> None:
    """A child with text; none for an empty one."""
    if text.strip():
        ElementTree.SubElement(parent, name).text = " ".join(_legal(text).split())


def _type(name: str) -> str:
    return _TYPES[Path(name).suffix.lower()]


def _legal(text: str) -> str:
    return _ILLEGAL.sub(" ", text)
