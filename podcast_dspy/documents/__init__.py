"""Papers: PDF, web page, Markdown, Word or plain text -> DocumentGraph."""

from __future__ import annotations

from importlib import import_module
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
    from podcast_dspy.documents.engines import (
        DocumentEngine,
        engine_names,
        read_document,
        register_engine,
        unregister_engine,
    )
    from podcast_dspy.documents.material import Material, is_address, open_material

__all__ = [
    "AtomType",
    "BBox",
    "DocumentAtom",
    "DocumentEngine",
    "DocumentGraph",
    "KeyConcept",
    "Material",
    "Section",
    "engine_names",
    "is_address",
    "open_material",
    "read_document",
    "register_engine",
    "unregister_engine",
]

_HOMES = {
    **dict.fromkeys(
        ("DocumentEngine", "engine_names", "read_document", "register_engine", "unregister_engine"), "engines"
    ),
    **dict.fromkeys(("Material", "is_address", "open_material"), "material"),
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f"podcast_dspy.documents.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
