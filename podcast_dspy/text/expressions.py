"""Turns of phrase of spoken English and headings of papers, read from expressions.toml, where each has its source."""

from __future__ import annotations

import re
import tomllib
from functools import lru_cache
from importlib import resources
from typing import Any

__all__ = ["expression", "expressions", "headings"]


@lru_cache(maxsize=1)
def _tables() -> dict[str, Any]:
    return tomllib.loads(
        resources.files("podcast_dspy.text").joinpath("expressions.toml").read_text(encoding="utf-8")
    )


def expression(*names: str) -> re.Pattern[str]:
    """What matches any turn of phrase of the lists of these names, in small or capital letters."""
    return re.compile("|".join(one for name in names for one in _tables()[name]["any"]), re.IGNORECASE)


def expressions(name: str) -> tuple[re.Pattern[str], ...]:
    """The patterns of a list, each on its own."""
    return tuple(re.compile(one, re.IGNORECASE) for one in _tables()[name]["each"])


def headings() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """The parts of papers with what their headings hold, the surest first."""
    return tuple((part, re.compile(one, re.IGNORECASE)) for part, one in _tables()["headings"]["by_part"])
