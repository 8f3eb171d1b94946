"""The segment types: what a stretch of an episode can do, and everything that is said of each type, a row a type.

The rows stand in segment_types.toml. A type is one row there; the code names only those that it treats in a way of
their own.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from importlib import resources
from typing import TYPE_CHECKING, Any, Final, Literal

from podcast_dspy.errors import InputError

DefinitionStyle = Literal["inline", "parenthetical", "before_use", "none"]
"""Where a host explains a term."""
FigureDepth = Literal["none", "brief", "moderate", "detailed"]
"""How closely a host describes figures."""


@dataclass(frozen=True, slots=True)
class ZoneRow:
    """The argumentative zones whose passages suit a type, and those that belong elsewhere."""

    weight: float
    """By how many odds of e to 1 the planner goes by zones."""
    suiting: tuple[str, ...]
    foreign: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TypeRow:
    """What is said of one segment type."""

    name: str
    """Of the member of `SegmentType`."""
    means: str
    """What belongs to it, for the prompts of the classifier and the analyst, as people are told who label episodes."""
    purpose: str
    """For the prompts of the writers."""
    colours: tuple[str, str]
    """In reports, on a light and on a dark page."""
    place: tuple[float, float]
    """Where it usually stands, as a share of the episode: mean and standard deviation."""
    sources: Mapping[str, float]
    """Kinds of sections that hold such things, 0-1; none for a type that says nothing of the paper."""
    cues: re.Pattern[str]
    """Turns of phrase that give it away in speech, whatever the paper is about."""
    key: str = ""
    """By which labellers give it; none where it is chosen from a list."""
    speaks_of: tuple[str, ...] = ()
    """Parts of a paper that segments of it speak of; none for a type that may speak of any."""
    openers: tuple[str, ...] = ()
    """Plain lines that open a stretch; none where what follows says itself what it is."""
    question: str = ""
    """What opens a stretch whose first sentence says something of the {topic}."""
    chapter: str = ""
    """Title of its chapter; empty where it counts to the chapter that follows."""
    rank: float | None = None
    """Usual rank in an explainer; None for what may stand anywhere."""
    keeps: int = 0
    """How long a short episode holds on to it: the lowest goes first."""
    zones: ZoneRow | None = None


def _row(entry: dict[str, Any]) -> TypeRow:
    values: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in entry.items()
    }
    values["cues"] = re.compile("|".join(f"(?:{cue})" for cue in entry["cues"]), re.IGNORECASE)
    if "zones" in entry:
        zones = entry["zones"]
        values["zones"] = ZoneRow(zones["weight"], tuple(zones["suiting"]), tuple(zones["foreign"]))
    return TypeRow(**values)


_ROWS: Final[dict[str, TypeRow]] = {
    value: _row(entry)
    for value, entry in tomllib.loads(
        resources.files("podcast_dspy.signatures").joinpath("segment_types.toml").read_text(encoding="utf-8")
    ).items()
}


class _Type(StrEnum):
    @property
    def row(self) -> TypeRow:
        """What is said of the type."""
        return _ROWS[self.value]


if TYPE_CHECKING:

    class SegmentType(_Type):
        """What a stretch of an explainer is doing; here stand the types that the code names."""

        INTRO = "intro"
        BACKGROUND = "background"
        PROBLEM_STATEMENT = "problem"
        METHODOLOGY = "methodology"
        KEY_FINDING = "key_finding"
        FIGURE_DISCUSSION = "figure"
        IMPLICATION = "implication"
        LIMITATION = "limitation"
        CONCLUSION = "conclusion"
        TANGENT = "tangent"
        TRANSITION = "transition"

    SegmentLabel = str
else:
    SegmentType = _Type(
        "SegmentType",
        {row.name: value for value, row in _ROWS.items()},
        module=__name__,
        qualname="SegmentType",
    )
    SegmentType.__doc__ = "What a stretch of an explainer is doing."
    SegmentLabel = Literal[tuple(_ROWS)]
    """The values of SegmentType, spelled out: the JSON schema that a constrained decoder is given."""

SEGMENT_TYPES: tuple[SegmentType, ...] = tuple(SegmentType)


def parse_type(value: str) -> SegmentType:
    """The segment type of that name. Raises InputError: an unknown label is never turned into another."""
    try:
        return SegmentType(value)
    except ValueError:
        known = ", ".join(SEGMENT_TYPES)
        raise InputError(f"{value!r} is not a segment type; use one of {known}") from None
