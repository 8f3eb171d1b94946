"""The engines that read documents, and the choice of one for what is to be read."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path
from typing import Protocol, runtime_checkable

from podcast_dspy.documents.graph import DocumentGraph
from podcast_dspy.documents.material import Material, kind_of, open_material, refusal
from podcast_dspy.errors import DocumentError, PrerequisiteError, UnknownNameError

__all__ = ["DocumentEngine", "engine_names", "read_document", "register_engine", "unregister_engine"]

GROUP = "podcast_dspy.document_engines"


VARIABLE = "PODCAST_DSPY_DOCUMENT_ENGINE"


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


@dataclass(frozen=True)
class _BuiltIn:
    """An engine of this package; its code is imported when it reads."""

    name: str
    load: Callable[[], Callable[[Material, Path | None], DocumentGraph]]

    def reads(self, material: Material) -> bool:
        return kind_of(material) == self.name

    def read(self, material: Material, images_dir: Path | None) -> DocumentGraph:
        return self.load()(material, images_dir)


def _pdf() -> Callable[[Material, Path | None], DocumentGraph]:
    from podcast_dspy.documents.pdf.passes import read_pdf

    return read_pdf


def _html() -> Callable[[Material, Path | None], DocumentGraph]:
    from podcast_dspy.documents.webpage import read_html

    return read_html


def _markdown() -> Callable[[Material, Path | None], DocumentGraph]:
    from podcast_dspy.documents.markdown import read_markdown

    return read_markdown


def _docx() -> Callable[[Material, Path | None], DocumentGraph]:
    from podcast_dspy.documents.word import read_docx

    return read_docx


def _text() -> Callable[[Material, Path | None], DocumentGraph]:
    from podcast_dspy.documents.plaintext import read_text

    return read_text


_BUILT_IN: dict[str, DocumentEngine] = {
    name: _BuiltIn(name, load)
    for name, load in {
        "pdf": _pdf, "html": _html, "markdown": _markdown, "docx": _docx, "text": _text,
    }.items()
}  # fmt: skip


_ADDED: dict[str, DocumentEngine] = {}


def register_engine(engine: DocumentEngine) -> None:
    """Add an engine to this process. One of the same name that was added before is replaced."""
    if engine.name in _BUILT_IN:
        raise UnknownNameError(f"{engine.name!r} names a built-in engine; give yours another name")
    _ADDED[engine.name] = engine


def unregister_engine(name: str) -> None:
    """Take an added engine out again."""
    _ADDED.pop(name, None)


@cache
def _installed() -> dict[str, DocumentEngine]:
    """Engines of installed packages, by the names of their entry points. Raises PrerequisiteError."""
    found: dict[str, DocumentEngine] = {}
    for point in entry_points(group=GROUP):
        try:
            found[point.name] = point.load()()
        except Exception as error:  # another package's code: whatever it raises, the user needs its name
            raise PrerequisiteError(
                f"the document engine {point.name!r} of {point.value} cannot be loaded ({error}); mend or uninstall "
                "its package"
            ) from error
    return found


def engine_names() -> list[str]:
    """Names of all engines, those of this package first."""
    return list(dict.fromkeys([*_BUILT_IN, *_ADDED, *(point.name for point in entry_points(group=GROUP))]))


def _chosen(material: Material, name: str | None) -> DocumentEngine:
    if name:
        engine = _BUILT_IN.get(name) or _ADDED.get(name) or _installed().get(name)
        if engine is None:
            raise UnknownNameError(f"no document engine {name!r}; there are {', '.join(engine_names())}")
        return engine
    kind = kind_of(material)
    if kind is not None:
        return _BUILT_IN[kind]
    for engine in (*_ADDED.values(), *_installed().values()):
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
