"""What a Markdown file states about itself in front of its text: YAML between rules, or Pandoc's percent signs."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Final

from podcast_dspy.documents.authors import name_parts

__all__ = ["Facts", "facts_of"]

_FRONT: Final = re.compile(r"\A---[ \t]*\n(?P<facts>.*?)\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.S)
_PERCENT: Final = re.compile(
    r"\A%[ \t]*(?P<title>.+(?:\n[ \t]+.+)*)(?:\n%[ \t]*(?P<authors>.*(?:\n[ \t]+.+)*))?(?:\n%.*)?\n"
)
_MARKS: Final = re.compile(r"\^\[[^\]]*(?:\]|$)|\^[^\s^]+\^|\[\^[^\]\s]+\]")
"""A note behind a name, such as its place of work, or a raised mark that refers to one."""
_LONGEST: Final = 256 * 1024


@dataclass
class Facts:
    """Title, authors and abstract, still in Markdown, and whether the text cites by `@key`."""

    title: str = ""
    authors: list[str] = field(default_factory=list)
    abstract: str = ""
    cites: bool = False


def facts_of(text: str) -> tuple[Facts, str]:
    """What the front of a file states, and the text behind it."""
    if (match := _FRONT.match(text)) and len(match["facts"]) < _LONGEST:
        told = _yaml(match["facts"])
        people = next(
            (told[key] for key in ("author", "authors", "by", "author-meta") if told.get(key)), None
        )
        facts = Facts(
            title=" ".join(str(told.get("title") or "").split()),
            authors=_people(people),
            abstract=_words(told.get("abstract")),
            cites=bool(told.get("bibliography") or told.get("references")),
        )
        return facts, text[match.end() :]
    if match := _PERCENT.match(text):
        written = _MARKS.sub("", match["authors"] or "")
        names = [name for part in re.split(r";|\n", written) for name in name_parts(part)]
        return Facts(" ".join(match["title"].split()), names), text[match.end() :]
    return Facts(), text


def _yaml(text: str) -> dict[str, Any]:
    """Values by their keys in small letters; one that is no YAML, such as a title with a colon, as it is written."""
    import yaml

    found: dict[str, Any] = {}
    for block in re.split(r"\n(?=[A-Za-z][\w-]*:)", text):
        key, colon, rest = block.partition(":")
        if not colon or not re.fullmatch(r"[A-Za-z][\w-]*", key.strip()):
            continue
        try:
            value = yaml.safe_load(block)
        except (yaml.YAMLError, ValueError, RecursionError):
            value = None
        whole = isinstance(value, dict) and len(value) == 1
        found[key.strip().lower()] = next(iter(value.values())) if whole else rest.strip().strip("\"'")
    return found


def _words(value: Any) -> str:
    """A text; of a mapping, such as an abstract with parts, its texts in order."""
    if isinstance(value, dict):
        return "\n\n".join(_words(part) for part in value.values())
    if isinstance(value, list):
        return "\n\n".join(_words(part) for part in value)
    return str(value or "").strip()


def _people(value: Any) -> list[str]:
    """Names of authors, however the front matter lists them."""
    if isinstance(value, list):
        return [name for person in value for name in _people(person)]
    if isinstance(value, dict):
        return _person(value)
    return [name for name in name_parts(_MARKS.sub("", str(value or ""))) if name]


def _person(person: dict[Any, Any]) -> list[str]:
    name = person.get("name", person.get("literal"))
    if isinstance(name, dict):
        return _person(name)
    parts = [person.get(key) for key in ("given", "given-names", "family", "surname") if person.get(key)]
    if name is None and parts:
        name = " ".join(str(part) for part in parts)
    if name is None and len(person) == 1:  # `- Ann Other: https://example.org`
        name = next(iter(person))
    return [_MARKS.sub("", str(name)).strip()] if name else []
