"""Word lists and patterns as data: `lists.toml`, each list with its source."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def _lists() -> dict[str, Any]:
    return tomllib.loads(files(__package__ or "").joinpath("lists.toml").read_text(encoding="utf-8"))


def _found(name: str) -> Any:
    found: Any = _lists()
    for part in name.split("."):
        found = found[part]
    return found


def words(name: str) -> frozenset[str]:
    """A list of words."""
    return frozenset(_found(name)["words"].split())


def patterns(name: str) -> tuple[str, ...]:
    """A list of regular expressions, or of names of several words."""
    return tuple(_found(name)["patterns"])


def any_of(name: str) -> str:
    """A regular expression that matches what any pattern of a list matches."""
    return f"(?:{'|'.join(patterns(name))})"


def table(name: str) -> dict[str, str]:
    """A table of signs by their names."""
    return dict(_found(name))
