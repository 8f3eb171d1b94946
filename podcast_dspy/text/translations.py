"""Translations: what the program itself writes into an episode and beside it, in each language that one can be in."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources

from pydantic import BaseModel, ConfigDict

__all__ = ["Translation", "translation"]


class Translation(BaseModel):
    """The lines of one language."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    iso_639_2: str
    """Code of three letters, for the tags of audio."""
    show: str
    """Name of a show that nobody has named."""
    show_about: str
    """What a {show} is that nobody has described."""
    about: str
    """What an episode is about, in a sentence, of the {paper}'s title."""
    about_by: str
    """The same with its {authors}."""
    paper: str
    """Before the paper's address."""
    many: str
    """The {first} of many people and the {count} of the others."""
    question: str
    """Heading of a card that shows one."""
    figure: str
    table: str
    asker: str
    """Before what who asks in a dialogue says."""
    explainer: str
    greeting: str
    """What a voice says to be heard."""
    chapters: dict[str, str] = {}
    """Names of chapters without a title of their own, by segment type."""
    sample: str = ""
    """Prose as hosts speak it, by which a voice's words a minute are measured."""


@cache
def translation(language: str) -> Translation:
    """The lines of a language (ISO 639-1); KeyError for one that episodes cannot be in."""
    text = resources.files("podcast_dspy.text").joinpath("translations.toml").read_text(encoding="utf-8")
    return Translation.model_validate(tomllib.loads(text)[language])
