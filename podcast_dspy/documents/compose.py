"""Turns the pieces of a document without pages into its graph: joins captions to their figures, and numbers and nests
the sections."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from podcast_dspy.documents.captions import LABEL
from podcast_dspy.documents.finish import finished
from podcast_dspy.documents.frontmatter import KEYWORDS
from podcast_dspy.documents.graph import AtomType, DocumentAtom, DocumentGraph, Section
from podcast_dspy.documents.headings import REFERENCES, split_number
from podcast_dspy.documents.material import Material
from podcast_dspy.documents.opening import abstracted, authored, titled, without_contents
from podcast_dspy.documents.pictures import Pictures
from podcast_dspy.documents.pieces import Manuscript, Piece, folded
from podcast_dspy.errors import DocumentError

__all__ = ["compose"]

_ENTRY = re.compile(r"(?:^|\s)(?=\[\d{1,3}\]\s)")
SHORTEST = 40
"""Letters of prose below which there is nothing to talk about."""


@dataclass
class _Build:
    pictures: Pictures
    atoms: list[DocumentAtom] = field(default_factory=list)
    sections: list[Section] = field(default_factory=list)
    members: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    counts: Counter[str] = field(default_factory=Counter)
    open: list[tuple[int, int]] = field(default_factory=list)
    """(level in the document, level in the graph) of the headings above."""

    def add(self, kind: AtomType, content: str, *, piece: Piece | None = None) -> str:
        """Add an atom to the section that is open; returns its id."""
        word = "text" if kind in ("paragraph", "abstract") else kind
        self.counts[word] += 1
        atom_id = f"p001_{word}_{self.counts[word]:02d}"
        section = self.sections[-1].section_id if self.sections else None
        caption = number = path = None
        if piece is not None and kind in ("figure", "table"):
            number, caption = _labelled(piece.text)
            path = self.pictures.save(piece.picture, atom_id)
        atom = DocumentAtom(
            atom_id=atom_id,
            atom_type=kind,
            content=content or caption or "",
            page=1,
            bbox=(0.0, 0.0, 0.0, 0.0),
            section_id=section,
            file_path=path,
            caption=caption,
            figure_number=number,
        )
        self.atoms.append(atom)
        if section is not None:
            self.members[section].append(atom_id)
        return atom_id

    def begin(self, piece: Piece) -> None:
        """Start the section of a heading; levels are counted from the highest that is used."""
        number, title = split_number(piece.text)
        while self.open and self.open[-1][0] >= piece.level:
            self.open.pop()
        level = self.open[-1][1] + 1 if self.open else 1
        self.open.append((piece.level, level))
        section_id = f"s{len(self.sections) + 1:02d}"
        self.sections.append(Section(section_id=section_id, title=title, level=level, number=number, page=1))
        self.add("heading", piece.text)


def _labelled(text: str) -> tuple[str | None, str]:
    """(printed number, caption without its label)."""
    match = LABEL.match(text)
    if not match:
        return None, text
    number = match["number"].replace(" ", "")
    if match["kind"].startswith("Supp") and not number.startswith("S"):
        number = "S" + number
    return number, match["rest"].strip(" :|–—") or text


def compose(manuscript: Manuscript, material: Material, kind: str, images_dir: Path | None) -> DocumentGraph:
    """The graph of a manuscript. Raises DocumentError when it holds no prose, and what writing pictures raises."""
    pieces = without_contents(_captioned(manuscript.pieces))
    title, pieces = titled(manuscript, pieces, material)
    authors, pieces = authored(manuscript, pieces)
    abstract, pieces = abstracted(manuscript, pieces)
    if kind == "html":  # what a page shows without a word about it is a logo or an ornament
        pieces = [piece for piece in pieces if piece.kind != "figure" or piece.text]
    prose = sum(len(piece.text) for piece in pieces if piece.kind == "paragraph") + len(abstract)
    if prose < SHORTEST:
        raise DocumentError(
            f"{material.shown} holds no text to read (a page may need a log-in or JavaScript); open it, and save or "
            "print the paper as PDF."
        )
    build = _Build(Pictures(material, images_dir))
    build.add("title", title)
    abstract_id = build.add("abstract", abstract) if abstract else None
    in_references = False
    for piece in pieces:
        if piece.kind == "heading":
            build.begin(piece)
            in_references = bool(REFERENCES.match(build.sections[-1].title))
        elif piece.kind == "reference" or (in_references and piece.kind == "paragraph"):
            for entry in _ENTRY.split(piece.text):
                if len(entry) > 12:
                    build.add("reference", entry.strip())
        elif piece.kind == "table":
            build.add("table", "\n".join("\t".join(row) for row in piece.rows), piece=piece)
        elif piece.kind == "figure":
            build.add("figure", "", piece=piece)
        elif piece.kind == "equation":
            build.add("equation", piece.text)
        elif piece.kind == "paragraph" and not KEYWORDS.match(piece.text):
            build.add("paragraph", piece.text)
        elif len(piece.text) > 3:
            build.add("footnote", piece.text)  # notes, listings, keywords: kept, but nothing to speak about
    return finished(
        build.atoms,
        build.sections,
        build.members,
        kind=kind,
        source_path=material.shown,
        sha256=material.sha256,
        page_count=1,
        title=title,
        authors=authors,
        abstract=abstract,
        abstract_id=abstract_id,
    )


def _is_caption(piece: Piece) -> bool:
    if piece.kind == "caption":
        return True
    match = LABEL.match(piece.text) if piece.kind == "paragraph" else None
    # `Figure 3 shows` is a sentence; a caption sets its label off.
    return match is not None and match["end"].strip()[:1] in (":", ".", "|") and len(piece.text) < 2000


def _captioned(pieces: Sequence[Piece]) -> list[Piece]:
    """Pieces with each caption in the figure or table beside it; one without any becomes a figure without picture."""
    result: list[Piece] = []
    rest = list(pieces)
    for index, piece in enumerate(rest):
        if not _is_caption(piece):
            result.append(piece)
            continue
        wanted = "table" if piece.text[:3].lower() == "tab" else "figure"
        labelled = LABEL.match(piece.text) is not None
        beside = [result[-1]] if result else []
        beside += rest[index + 1 : index + 2]
        if wanted == "table":
            beside.reverse()  # tables mostly have theirs above
        for other in beside:
            # A picture's description may be the caption once more.
            free = other.kind in ("figure", "table") and (
                not LABEL.match(other.text) or folded(other.text) == folded(piece.text)
            )
            if free and (other.kind == wanted or not labelled):
                other.text = piece.text
                break
        else:
            if labelled and not piece.text.lower().startswith(("algo", "list")):
                result.append(Piece("table" if wanted == "table" else "figure", piece.text))
            else:
                result.append(Piece("note", piece.text))
    return result
