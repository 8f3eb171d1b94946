"""A show as its feed describes it: name, who makes it, what it is about, and what the large directories ask for."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, ValidationError, field_validator

from podcast_dspy.errors import InputError

__all__ = ["CATEGORIES", "SHOW_FILE", "Show", "read_show"]

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


def read_show(workspace: Path, **given: str | None) -> Show:
    """The show that `show.toml` of a workspace describes, if there is one, with what else is given.

    Raises:
        InputError: the file is not TOML, or a value cannot be used.
    """
    path = workspace / SHOW_FILE
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
