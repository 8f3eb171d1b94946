"""Word lists of English and notations, read from wordlists.toml and notations.toml, where each has its source."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from typing import Any, Final

__all__ = ["FUNCTION_WORDS", "GRAMMAR_WORDS", "HOST_WORDS", "abbreviations", "notation", "wordlist"]


@cache
def _lists(file: str = "wordlists.toml") -> dict[str, Any]:
    return tomllib.loads(resources.files("podcast_dspy.text").joinpath(file).read_text(encoding="utf-8"))


def notation(name: str) -> dict[str, Any]:
    """A table of notations.toml: what is written, and how it is said."""
    found: dict[str, Any] = _lists("notations.toml")[name]
    return found


def wordlist(name: str) -> frozenset[str]:
    """The words of the list of that name."""
    return frozenset(_lists()[name]["words"].split())


def abbreviations() -> dict[str, Any]:
    """The table of abbreviations: which end no sentence, and how those that are spoken in full are said."""
    found: dict[str, Any] = _lists()["abbreviations"]
    return found


GRAMMAR_WORDS: Final = wordlist("grammar")
"""Words of the closed classes: no term begins or ends with one."""
FUNCTION_WORDS: Final = GRAMMAR_WORDS | wordlist("light")
"""Words that carry no claim of their own: the stop words."""
HOST_WORDS: Final = wordlist("hosting")
"""Words of hosting: they may be added to a source without adding a claim."""
