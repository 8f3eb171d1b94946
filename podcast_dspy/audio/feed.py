"""A podcast's feed: what a show says of itself, and RSS 2.0 with the tags of iTunes and Podcasting 2.0."""

from __future__ import annotations

import re
import tomllib
import uuid
from datetime import UTC, datetime
from email.utils import format_datetime
from importlib import resources
from pathlib import Path
from typing import Final
from urllib.parse import quote, urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from podcast_dspy.errors import InputError, UsageError
from podcast_dspy.text.language import translation

SHOW_FILE = "show.toml"
"""Name of the file of a workspace that describes its show."""

CATEGORIES: Final[dict[str, list[str]]] = tomllib.loads(
    resources.files("podcast_dspy.audio").joinpath("categories.toml").read_text("utf-8")
)
"""Apple's categories and their subcategories, which the other directories take as well."""
_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")


class Show(BaseModel):
    """What a feed says of the show; what is empty is left out or made of the rest."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = translation("en").show
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

    def told_in(self, language: str) -> Show:
        """The show as a feed in a language describes it: what nobody has named is in that language too."""
        if language == "en":
            return self
        texts = translation(language)
        name = texts.show if self.name == Show().name else self.name
        about = self.description or texts.show_about.format(show=name)
        return self.model_copy(update={"name": name, "description": about})


def read_show(path: Path, **given: str | None) -> Show:
    """The show that a workspace's `show.toml` describes, if there is one, with what else is given.

    Raises:
        InputError: the file is not TOML, or a value cannot be used.
    """
    facts: dict[str, object] = {}
    try:
        if path.exists():
            facts = tomllib.loads(path.read_text("utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError(
            f'{path} cannot be used ({error}); write lines such as: author = "Ann Lee".'
        ) from error
    facts |= {key: value for key, value in given.items() if value is not None}
    try:
        return Show.model_validate(facts)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        field = ".".join(str(part) for part in first["loc"])
        reason = first["msg"].removeprefix("Value error, ")
        raise InputError(
            f"The show's {field} cannot be {first['input']!r}: {reason}; change it in {path} or on the command line."
        ) from error


FEED = "rss.xml"
"""Name of a feed's file."""

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
            "MP3 audio: Apple Podcasts and Spotify take no other that is written here; give --audio-format mp3"
        )
    return tuple(wants)


def to_rss(episode: RssEpisode, base: str, show: Show) -> str:
    """The feed of a show as XML text, with `episode` as its only item.

    Every address is `base` and the file's name. An `<item>` may be copied into a feed that exists. Channel and item
    have what Apple Podcasts and Spotify require, as far as the show tells it; `lacking` names the rest.

    Raises:
        UsageError: `base` is no web address.
    """
    import jinja2

    folder = feed_address(base)

    def address(name: str) -> str:
        return folder + quote(Path(name).name)

    engine = jinja2.Environment(
        loader=jinja2.PackageLoader("podcast_dspy.audio", "."),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    engine.filters |= {"line": _line, "legal": _legal}
    top, _, sub = (part.strip() for part in show.category.partition(">"))
    return engine.get_template("rss.xml.j2").render(
        show=show,
        about=translation("en").show_about.format(show=show.name),
        episode=episode,
        folder=folder,
        feed=FEED,
        address=address,
        type=_type,
        top=top,
        sub=sub,
        # RFC 2822, which RSS asks for
        date=format_datetime(episode.published.astimezone(UTC), usegmt=True),
        show_guid=uuid.uuid5(_GUIDS, address(FEED).split("://", 1)[1]),
    )


def _line(text: str) -> str:
    return " ".join(_legal(text).split())


def _type(name: str) -> str:
    return _TYPES[Path(name).suffix.lower()]


def _legal(text: str) -> str:
    return _ILLEGAL.sub(" ", text)
