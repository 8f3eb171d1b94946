"""What a paper is once read: a graph of atoms (paragraphs, figures, tables, equations) under sections.

Coordinates are PDF points with the origin at the top left of the page, y growing downwards; pages count from 1.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from podcast_dspy.confidence import Confidence
from podcast_dspy.errors import UnknownNameError

AtomType = Literal[
    "title",
    "abstract",
    "heading",
    "paragraph",
    "figure",
    "table",
    "equation",
    "reference",
    "quote",
    "footnote",
]
BBox = tuple[float, float, float, float]
"""(x0, y0, x1, y1) in points, origin top left."""


class DocumentAtom(BaseModel):
    """The smallest piece of a paper that a podcast can talk about."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    atom_id: str
    """Unique in its document and stable for the same file, such as `p003_text_02`."""
    atom_type: AtomType
    content: str
    """Text in reading order, hyphens and ligatures repaired; for a table its cells as tab-separated lines."""
    page: int
    bbox: BBox
    section_id: str | None = None
    caption: str | None = None
    panels: tuple[str, ...] = ()
    """Parts of the caption, as they stand in it, that tell the panels of a figure apart: `(A) Hyphae without OSEO`."""
    figure_number: str | None = None
    """Printed number of a figure or table (`"1"`, `"S2"`), without the word."""
    file_path: str | None = None
    """PNG of a figure, table or equation, when images were asked for."""
    importance_score: float = Field(default=0.0, ge=0.0, le=1.0)
    topics: tuple[str, ...] = ()
    entities: tuple[str, ...] = ()
    mentions: tuple[str, ...] = ()
    """Atom ids of the figures and tables that this text names."""

    @property
    def caption_without_panels(self) -> str:
        """What the caption says of the whole picture: all that somebody can follow who does not see its panels."""
        text = self.caption or ""
        for panel in self.panels:
            text = text.replace(panel, "", 1)
        return " ".join(text.split())


class Section(BaseModel):
    """A heading and what stands under it, down to the next heading of any level."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    section_id: str
    title: str
    level: int = Field(ge=1)
    number: str | None = None
    """Printed number, such as `2.1`; None for unnumbered headings."""
    page: int
    atom_ids: tuple[str, ...] = ()


class KeyConcept(BaseModel):
    """A term that an explainer of this paper should cover."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    importance: float = Field(ge=0.0, le=1.0)
    aliases: tuple[str, ...] = ()
    """Other forms of the name: acronym, long form, plural."""
    atom_ids: tuple[str, ...] = ()
    """Text atoms that explain or use it, best first."""


class DocumentGraph(BaseModel):
    """A paper, read. Built by `podcast_dspy.documents.read_document`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    schema_version: Literal[1] = 1
    document_id: str
    """First 12 hex digits of the file's sha256."""
    kind: str = "pdf"
    """What was read: `pdf`, `html`, `markdown`, `docx`, `text`, or what an added engine calls it."""
    source_path: str
    """Path of the file, or the address without its private parts."""
    sha256: str
    page_count: int = Field(ge=1)
    """1 for what has no pages; all its atoms are then on page 1, with an empty box."""
    title: str
    authors: tuple[str, ...] = ()
    abstract: str = ""
    sections: tuple[Section, ...] = ()
    atoms: tuple[DocumentAtom, ...] = ()
    key_concepts: tuple[KeyConcept, ...] = ()
    language: str = "en"
    confidence: Confidence = Confidence()
    """How far this reading can be trusted, with the reasons against it."""

    @cached_property
    def _by_id(self) -> dict[str, DocumentAtom]:
        return {atom.atom_id: atom for atom in self.atoms}

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """A copy, as of any pydantic model; what was looked up by id before is forgotten with the old atoms."""
        copied = super().model_copy(update=update, deep=deep)
        copied.__dict__.pop("_by_id", None)
        return copied

    def with_pictures(self, place: Callable[[str], str]) -> DocumentGraph:
        """A copy whose pictures lie where `place` puts each path."""
        atoms = tuple(
            atom.model_copy(update={"file_path": place(atom.file_path)}) if atom.file_path else atom
            for atom in self.atoms
        )
        return self.model_copy(update={"atoms": atoms})

    def get_atom(self, atom_id: str) -> DocumentAtom:
        """The atom of that id. Raises UnknownNameError."""
        try:
            return self._by_id[atom_id]
        except KeyError:
            raise UnknownNameError(f"no atom {atom_id!r} in {self.title!r}; `kb show` lists them") from None

    def get_figures(self) -> list[DocumentAtom]:
        """Figures in reading order."""
        return [atom for atom in self.atoms if atom.atom_type == "figure"]

    def get_tables(self) -> list[DocumentAtom]:
        """Tables in reading order."""
        return [atom for atom in self.atoms if atom.atom_type == "table"]

    def passages(self) -> list[DocumentAtom]:
        """Atoms that hold prose to speak about: abstract and body paragraphs, in reading order."""
        return [atom for atom in self.atoms if atom.atom_type in ("abstract", "paragraph")]

    def get_section(self, section_id: str) -> Section:
        """The section of that id. Raises UnknownNameError."""
        for section in self.sections:
            if section.section_id == section_id:
                return section
        raise UnknownNameError(f"no section {section_id!r} in {self.title!r}; `kb show` lists them")
