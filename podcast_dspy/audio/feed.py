"""A podcast's feed: what a show says of itself, and RSS 2.0 with the tags of iTunes and Podcasting 2.0."""

from __future__ import annotations

import re
import tomllib
import uuid
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from typing import Final
from urllib.parse import quote, urlsplit
from xml.etree import ElementTree

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from podcast_dspy.errors import InputError, UsageError

__all__ = [
    "CATEGORIES",
    "FEED",
    "SHOW_FILE",
    "RssEpisode",
    "Show",
    "feed_address",
    "lacking",
    "read_show",
    "to_rss",
]

SHOW_FILE = "show.toml"
"""Name of the file of a workspace that describes its show."""

CATEGORIES: Final[dict[str, tuple[str, ...]]] = {
    "Arts": ("Books", "Design", "Fashion & Beauty", "Food", "Performing Arts", "Visual Arts"),
    "Business": ("Careers", "Entrepreneurship", "Investing", "Management", "Marketing", "Non-Profit"),
    "Comedy": ("Comedy Interviews", "Improv", "Stand-Up"),
    "Education": ("Courses", "How To", "Language Learning", "Self-Improvement"),
    "Fiction": ("Comedy Fiction", "Drama", "Science Fiction"),
    "Government": (),
    "History": (),
    "Health & Fitness": ("Alternative Health", "Fitness", "Medicine", "Mental Health", "Nutrition", "Sexuality"),
    "Kids & Family": ("Education for Kids", "Parenting", "Pets & Animals", "Stories for Kids"),
    "Leisure": (
        "Animation & Manga", "Automotive", "Aviation", "Crafts", "Games", "Hobbies", "Home & Garden", "Video Games",
    ),
    "Music": ("Music Commentary", "Music History", "Music Interviews"),
    "News": (
        "Business News", "Daily News", "Entertainment News", "News Commentary", "Politics", "Sports News", "Tech News",
    ),
    "Religion & Spirituality": ("Buddhism", "Christianity", "Hinduism", "Islam", "Judaism", "Religion", "Spirituality"),
    "Science": (
        "Astronomy", "Chemistry", "Earth Sciences", "Life Sciences", "Mathematics", "Natural Sciences", "Nature",
        "Physics", "Social Sciences",
    ),
    "Society & Culture": ("Documentary", "Personal Journals", "Philosophy", "Places & Travel", "Relationships"),
    "Sports": (
        "Baseball", "Basketball", "Cricket", "Fantasy Sports", "Football", "Golf", "Hockey", "Rugby", "Running",
        "Soccer", "Swimming", "Tennis", "Volleyball", "Wilderness", "Wrestling",
    ),
    "Technology": (),
    "True Crime": (),
    "TV & Film": ("After Shows", "Film History", "Film Interviews", "Film Reviews", "TV Reviews"),
}  # fmt: skip
"""Apple's categories and their subcategories, which the other directories take as well."""
_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")


class Show(BaseModel):
    """What a feed says of the show; what is empty is left out or made of the rest."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = "Papers, explained"
    author: str = ""
    """Who makes it; without one, the show's name."""
    email: str = ""
    """The owner's, to whom directories write before they list a show."""
    category: str = "Science"
    """One of `CATEGORIES`, or "Category > Subcategory"."""
    site: str = ""
    """Its web page; without one, the folder of the feed."""
    description: str = ""
    explicit: bool = False

    @field_validator("category")
    @classmethod
    def _known(cls, value: str) -> str:
        top, _, sub = (part.strip() for part in value.partition(">"))
        if top not in CATEGORIES:
            raise ValueError(f"no category of podcast directories; one of {', '.join(CATEGORIES)}")
        if sub and sub not in CATEGORIES[top]:
            raise ValueError(f"{top} has the subcategories {', '.join(CATEGORIES[top]) or 'none'}")
        return f"{top} > {sub}" if sub else top

    @field_validator("email")
    @classmethod
    def _address(cls, value: str) -> str:
        if value and not _EMAIL.fullmatch(value):
            raise ValueError("no e-mail address")
        return value

    @field_validator("site")
    @classmethod
    def _page(cls, value: str) -> str:
        if value and (urlsplit(value).scheme not in ("http", "https") or not urlsplit(value).netloc):
            raise ValueError("no web address")
        return value

    @property
    def made_by(self) -> str:
        """The author, or the show itself."""
        return self.author or self.name


def read_show(path: Path, **given: str | None) -> Show:
    """The show that a workspace's `show.toml` describes, if there is one, with what else is given.

    Raises:
        InputError: the file is not TOML, or a value cannot be used.
    """
    told: dict[str, object] = {}
    try:
        if path.exists():
            told = tomllib.loads(path.read_text("utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError(
            f'{path} cannot be used ({error}); write lines such as: author = "Ann Lee".'
        ) from error
    told |= {key: value for key, value in given.items() if value is not None}
    try:
        return Show.model_validate(told)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        field = ".".join(str(part) for part in first["loc"])
        reason = first["msg"].removeprefix("Value error, ")
        raise InputError(
            f"The show's {field} cannot be {first['input']!r}: {reason}; change it in {path} or on the command line."
        ) from error


FEED = "rss.xml"
"""Name of a feed's file."""

_ITUNES = "http://www.itunes.com/dtds/podcast-1.0.dtd"
_PODCAST = "https://podcastindex.org/namespace/1.0"
_ATOM = "http://www.w3.org/2005/Atom"
_GUIDS = uuid.UUID("ead4c236-bf58-58c6-a2c6-a6b28d128cb6")
"""The namespace in which Podcasting 2.0 makes a show's id of its feed's address."""
_LISTED = frozenset((".mp3", ".m4a"))
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


def lacking(episode: RssEpisode, show: Show) -> tuple[str, ...]:
    """What Apple Podcasts or Spotify will ask for that the feed does not have; a sentence each, with the remedy."""
    wants = []
    if not show.email:
        wants.append(
            "the owner's e-mail address: Spotify and others write to it before they list a show; give --email"
        )
    if Path(episode.audio).suffix.lower() not in _LISTED:
        wants.append(
            "MP3 audio: Apple Podcasts and Spotify take no other that is written here; give --format mp3"
        )
    return tuple(wants)


def to_rss(episode: RssEpisode, base: str, show: Show) -> str:
    """The feed of a show as XML text, with `episode` as its only item.

    Every address is `base` and the file's name. An `<item>` may be copied into a feed that exists. Channel and item
    have what Apple Podcasts and Spotify require, as far as the show tells it; `lacking` names the rest.

    Raises:
        UsageError: `base` is no web address.
    """
    folder = feed_address(base)

    def address(name: str) -> str:
        return folder + quote(Path(name).name)

    for prefix, space in (("itunes", _ITUNES), ("podcast", _PODCAST), ("atom", _ATOM)):
        ElementTree.register_namespace(prefix, space)
    rss = ElementTree.Element("rss", {"version": "2.0"})
    channel = ElementTree.SubElement(rss, "channel")
    ElementTree.SubElement(
        channel, f"{{{_ATOM}}}link", {"href": address(FEED), "rel": "self", "type": "application/rss+xml"}
    )
    _add(channel, "title", show.name)
    _add(channel, "link", show.site or folder)
    _add(channel, "description", show.description or f"{show.name}: research papers as podcasts.")
    _add(channel, "language", episode.language)
    _add(channel, "lastBuildDate", _date(episode.published))
    _add(channel, f"{{{_PODCAST}}}guid", str(uuid.uuid5(_GUIDS, address(FEED).split("://", 1)[1])))
    _add(channel, f"{{{_ITUNES}}}author", show.made_by)
    owner = ElementTree.SubElement(channel, f"{{{_ITUNES}}}owner")
    _add(owner, f"{{{_ITUNES}}}name", show.made_by)
    _add(owner, f"{{{_ITUNES}}}email", show.email)
    top, _, sub = (part.strip() for part in show.category.partition(">"))
    category = ElementTree.SubElement(channel, f"{{{_ITUNES}}}category", {"text": top})
    if sub:
        ElementTree.SubElement(category, f"{{{_ITUNES}}}category", {"text": sub})
    _add(channel, f"{{{_ITUNES}}}explicit", str(show.explicit).lower())
    _add(channel, f"{{{_ITUNES}}}type", "episodic")
    if episode.cover:
        ElementTree.SubElement(channel, f"{{{_ITUNES}}}image", {"href": address(episode.cover)})
        image = ElementTree.SubElement(channel, "image")
        _add(image, "url", address(episode.cover))
        _add(image, "title", show.name)
        _add(image, "link", show.site or folder)

    item = ElementTree.SubElement(channel, "item")
    _add(item, "title", episode.title)
    _add(item, "description", episode.description)
    guid = ElementTree.SubElement(item, "guid", {"isPermaLink": "false"})
    guid.text = _legal(episode.guid)
    _add(item, "pubDate", _date(episode.published))
    ElementTree.SubElement(
        item,
        "enclosure",
        {"url": address(episode.audio), "length": str(episode.bytes), "type": _type(episode.audio)},
    )
    _add(item, f"{{{_ITUNES}}}title", episode.title)
    _add(item, f"{{{_ITUNES}}}author", show.made_by)
    _add(item, f"{{{_ITUNES}}}duration", str(round(episode.seconds)))
    _add(item, f"{{{_ITUNES}}}episodeType", "full")
    _add(item, f"{{{_ITUNES}}}explicit", str(show.explicit).lower())
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


def _date(when: datetime) -> str:
    """As RFC 2822 writes it, which RSS asks for."""
    return format_datetime(when.astimezone(UTC), usegmt=True)


def _type(name: str) -> str:
    return _TYPES[Path(name).suffix.lower()]


def _legal(text: str) -> str:
    return _ILLEGAL.sub(" ", text)
