"""Papers: PDF -> DocumentGraph."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from podcast_dspy.documents.graph import (
    AtomType,
    BBox,
    DocumentAtom,
    DocumentGraph,
    KeyConcept,
    Section,
)

if TYPE_CHECKING:
    from podcast_dspy.documents.reader import read_document

__all__ = ["AtomType", "BBox", "DocumentAtom", "DocumentGraph", "KeyConcept", "Section", "read_document"]


def __getattr__(name: str) -> Any:
    if name == "read_document":
        from podcast_dspy.documents.reader import read_document

        return read_document
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
