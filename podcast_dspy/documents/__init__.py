"""Papers: PDF, web page, Markdown, Word or plain text -> DocumentGraph."""

from __future__ import annotations

from typing import TYPE_CHECKING

from podcast_dspy.registry import lazily

if TYPE_CHECKING:
    from podcast_dspy.documents.engines import (
        DocumentEngine,
        engine_names,
        read_document,
        register_engine,
        unregister_engine,
    )
    from podcast_dspy.documents.graph import AtomType, BBox, DocumentAtom, DocumentGraph, KeyConcept, Section
    from podcast_dspy.documents.material import Material, is_address, local_material, open_material

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
    "local_material",
    "open_material",
    "read_document",
    "register_engine",
    "unregister_engine",
]


__getattr__ = lazily(__name__)
