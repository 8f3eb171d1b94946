"""What a paper and an episode are made of, before layout and voicing."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

Results = dict[str, Any]

SEGMENT_TYPES = (
    "intro",
    "background",
    "problem",
    "methodology",
    "key_finding",
    "figure",
    "implication",
    "limitation",
    "conclusion",
    "tangent",
    "transition",
)


@dataclass(frozen=True)
class Series:
    """One line or one group of bars; `x` is ignored by bar charts."""

    label: str
    x: list[float]
    y: list[float]


@dataclass(frozen=True)
class Chart:
    """A plot, free of any drawing library. `kind` is line or bar."""

    xlabel: str
    ylabel: str
    series: list[Series]
    kind: str = "line"
    categories: list[str] = field(default_factory=list)
    xticks: list[float] = field(default_factory=list)
    yticks: list[float] = field(default_factory=list)
    log_y: bool = False
    percent: bool = False
    markers: bool = True
    legend: str = "top"


@dataclass(frozen=True)
class Figure:
    """A numbered figure: a chart or a callable that returns a reportlab drawing for a width in points."""

    caption: str
    chart: Any
    vector: bool
    height: float = 165.0


@dataclass(frozen=True)
class Table:
    """A numbered table; the first row is its head. `widths` are the shares of the columns, if not the usual ones."""

    caption: str
    rows: list[list[str]]
    widths: tuple[float, ...] = ()


@dataclass(frozen=True)
class Paper:
    """A paper before layout. `body` is in the light markup of `layout.py`."""

    title: str
    authors: list[tuple[str, str]]
    affiliations: list[str]
    abstract: str
    body: str
    figures: list[Figure]
    tables: list[Table]
    equations: list[str]
    references: list[str]
    key_concepts: list[str]
    columns: int = 2
    letter: bool = False
    running_head: str = ""
    footnote: str = ""
    sans_heads: bool = False


@dataclass(frozen=True)
class Segment:
    """One labelled stretch of an episode and the parts of the paper that it speaks about."""

    kind: str
    text: str
    sections: tuple[str, ...] = ()
    figures: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()


@dataclass(frozen=True)
class Episode:
    """A script with its host."""

    show: str
    voice: str
    gender: str
    language: str
    speed: float
    segments: list[Segment]
