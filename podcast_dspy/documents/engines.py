"""The engines that read documents, and the choice of one for what is to be read.

An engine is anything with the members of `DocumentEngine`. Those of this package are chosen by content, docling by its
name. Another one, such as GROBID, is added with `register_engine`, or by an installed package that names it:

    [project.entry-points."podcast_dspy.document_engines"]
    grobid = "my_package:ENGINE"

It reads what no engine of this package reads, and anything that it is asked for by name (`engine="grobid"`, or
`PODCAST_DSPY_DOCUMENT_ENGINE=grobid` for every command).
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Protocol, runtime_checkable

from podcast_dspy.documents.graph import DocumentGraph
from podcast_dspy.documents.material import Material, kind_of, open_material, refusal
from podcast_dspy.errors import DocumentError, UnknownNameError
from podcast_dspy.registry import Registry

VARIABLE = "PODCAST_DSPY_DOCUMENT_ENGINE"
_ENGINES: Registry[DocumentEngine] = Registry(
    "document engine",
    "podcast_dspy.document_engines",
    {
        "pdf": "podcast_dspy.documents.pdf.passes:ENGINE",
        "html": "podcast_dspy.documents.webpage:ENGINE",
        "markdown": "podcast_dspy.documents.markdown:ENGINE",
        "docx": "podcast_dspy.documents.word:ENGINE",
        "text": "podcast_dspy.documents.plaintext:ENGINE",
        "docling": "podcast_dspy.documents.docling:ENGINE",
    },
    form="{}",
)
_ADDED: dict[str, DocumentEngine] = {}


@runtime_checkable
class DocumentEngine(Protocol):
    """What reads documents of some kind."""

    @property
    def name(self) -> str:
        """What it is chosen by: lower-case letters, digits and hyphens."""

    def reads(self, material: Material) -> bool:
        """Whether a document is of a kind that it reads, judged by its first bytes. Quick; raises nothing."""

    def read(self, material: Material, images_dir: Path | None) -> DocumentGraph:
        """Read a document, its figures as PNG files into `images_dir`. Raises DocumentError with the fix."""


def register_engine(engine: DocumentEngine) -> None:
    """Add an engine to this process. One of the same name that was added before is replaced."""
    if engine.name in _ENGINES.forms():
        raise UnknownNameError(f"{engine.name!r} names another engine; give yours a name of its own")
    _ADDED[engine.name] = engine


def unregister_engine(name: str) -> None:
    """Take an added engine out again."""
    _ADDED.pop(name, None)


def engine_names() -> list[str]:
    """Names of all engines, those of this package first."""
    return [*_ENGINES.forms(), *_ADDED]


def _chosen(material: Material, name: str | None) -> DocumentEngine:
    kind = name or kind_of(material)
    if kind:
        return _ADDED.get(kind) or _ENGINES.find(kind)[0]
    for engine in (*_ADDED.values(), *_ENGINES.installed()):
        if engine.reads(material):
            return engine
    raise DocumentError(refusal(material))


def read_document(
    source: str | Path | Material, *, images_dir: Path | None = None, engine: str | None = None
) -> DocumentGraph:
    """Read a paper: a path, or an http(s) address as a string.

    PDF, HTML, Markdown, Word (.docx) and plain text are told apart by content. With `images_dir` the figures are
    written there as PNG files (of a PDF also its tables and displayed equations). `engine` names the engine to use
    instead of the one that the content calls for. Reading the same bytes again gives the same graph.

    Raises DocumentError when it is missing, empty, of another kind, damaged, encrypted, without text, or cannot be
    fetched; UnknownNameError for an engine that is not there; DiskFullError and WorkspaceError when an image cannot
    be written.
    """
    if isinstance(source, Material):
        return _chosen(source, engine or os.environ.get(VARIABLE)).read(source, images_dir)
    with open_material(source) as material:
        return read_document(material, images_dir=images_dir, engine=engine)
