"""Word lists of English, read from wordlists.toml, where each has its source: stop words, words of hosting, verbs."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from importlib import resources
from typing import Any, Final

__all__ = ["FUNCTION_WORDS", "GRAMMAR_WORDS", "HOST_WORDS", "abbreviations", "wordlist"]


@lru_cache(maxsize=1)
def _lists() -> dict[str, Any]:
    return tomllib.loads(
        resources.files("podcast_dspy.text").joinpath("wordlists.toml").read_text(encoding="utf-8")
    )


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
