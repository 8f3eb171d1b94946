"""Word lists, notations and turns of phrase, read from the TOML files beside this one, where each has its source."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib import resources
from typing import Any, Final


@cache
def _lists(file: str = "wordlists.toml") -> dict[str, Any]:
    return tomllib.loads(resources.files("podcast_dspy.text").joinpath(file).read_text(encoding="utf-8"))


def notation(name: str) -> dict[str, Any]:
    """A table of notations.toml: what is written, and how it is said."""
    found: dict[str, Any] = _lists("notations.toml")[name]
    return found


def replacements(name: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    """A list of notations.toml: patterns, in order, and what is written instead of what they match."""
    return tuple((re.compile(pattern), written) for pattern, written in notation(name)["replacements"])


def wordlist(name: str) -> frozenset[str]:
    """The words of the list of that name."""
    return frozenset(_lists()[name]["words"].split())


def abbreviations() -> dict[str, Any]:
    """The table of abbreviations: which end no sentence."""
    found: dict[str, Any] = _lists()["abbreviations"]
    return found


GRAMMAR_WORDS: Final = wordlist("grammar")
"""Words of the closed classes: no term begins or ends with one."""
FUNCTION_WORDS: Final = GRAMMAR_WORDS | wordlist("light")
"""Words that carry no claim of their own: the stop words."""
HOST_WORDS: Final = wordlist("hosting")
"""Words of hosting: they may be added to a source without adding a claim."""


def phrase_pattern(*names: str) -> re.Pattern[str]:
    """What matches any turn of phrase of the lists of these names, in small or capital letters."""
    return re.compile(
        "|".join(one for name in names for one in _lists("expressions.toml")[name]["any"]), re.IGNORECASE
    )


def phrase_patterns(name: str) -> tuple[re.Pattern[str], ...]:
    """The patterns of a list, each on its own."""
    return tuple(re.compile(one, re.IGNORECASE) for one in _lists("expressions.toml")[name]["each"])


def pairs_of(name: str) -> list[tuple[str, str]]:
    """The pairs of a list, each of two patterns or words."""
    return [(one, other) for one, other in _lists("expressions.toml")[name]["pairs"]]


def headings() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """The parts of papers with what their headings hold, the surest first."""
    return tuple(
        (part, re.compile(one, re.IGNORECASE))
        for part, one in _lists("expressions.toml")["headings"]["by_part"]
    )
