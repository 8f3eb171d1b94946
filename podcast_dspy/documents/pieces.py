"""What a document without pages consists of, before it becomes a graph: pieces in reading order."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal

__all__ = ["Manuscript", "Piece", "PieceKind", "folded"]

PieceKind = Literal[
    "heading", "paragraph", "figure", "table", "equation", "reference", "note", "caption", "code", "byline"
]


@dataclass
class Piece:
    """One block of a document."""

    kind: PieceKind
    text: str = ""
    """Its text; of a figure or table its caption, with the label."""
    level: int = 0
    """Of a heading, 1 the highest."""
    rows: list[list[str]] = field(default_factory=list)
    """Cells of a table."""
    picture: str | None = None
    """Where the picture of a figure is, as the document says it."""


@dataclass
class Manuscript:
    """A document taken apart. What it does not say of itself is looked for in the pieces."""

    pieces: list[Piece]
    title: str = ""
    authors: list[str] = field(default_factory=list)
    abstract: str = ""


def folded(text: str) -> str:
    """Its letters and digits alone, in small letters, to compare titles by."""
    return re.sub(r"[\W_]+", "", text.lower())
