"""A document without pages: its pieces in reading order, what it says of itself, and the graph that it becomes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Literal

from podcast_dspy.documents.building import GraphBuilder
from podcast_dspy.documents.fetch import Pictures
from podcast_dspy.documents.graph import DocumentGraph
from podcast_dspy.documents.material import Material
from podcast_dspy.documents.vocabulary import (
    ABSTRACT,
    AFFILIATION,
    KEYWORDS,
    LABEL,
    REFERENCES,
    clean,
    expression,
    fold,
    is_label,
    is_name,
    name_parts,
    split_number,
    tidy_heading,
)
from podcast_dspy.errors import DocumentError

PieceKind = Literal[
    "heading", "paragraph", "figure", "table", "equation", "reference", "note", "caption", "code", "byline"
]
_RUN_IN = re.compile(r"^abstract\s*[-—–:.]+\s*(?=\S)", re.I)
_CONTENTS = ("contents", "table of contents", "outline")
_ENTRY_OF_CONTENTS = expression("entry_of_contents")
_INTRODUCTION = ("introduction", "background", "motivation")
_MOST_AUTHORS = 60
"""Lines under a title that are marked as bylines, at most."""

_ENTRY = re.compile(r"(?:^|\s)(?=\[\d{1,3}\]\s)")
SHORTEST = 40
"""Letters of prose below which there is nothing to talk about, nor an abstract."""


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
    paragraph: int = 0
    """Number of the paragraph in which a text or a formula stands, where the document says so, else 0."""


@dataclass
class Manuscript:
    """A document taken apart. What it does not say of itself is looked for in the pieces."""

    pieces: list[Piece]
    title: str = ""
    authors: list[str] = field(default_factory=list)
    abstract: str = ""


def without_contents(pieces: list[Piece]) -> list[Piece]:
    """Pieces without a table of contents: lines in a row that are the headings of the text with page numbers."""
    heads = {fold(split_number(piece.text)[1]) for piece in pieces if piece.kind == "heading"} - {""}
    result: list[Piece] = []
    entries: list[Piece] = []
    for piece in [*pieces, Piece("note")]:
        entry = _ENTRY_OF_CONTENTS.match(piece.text) if piece.kind in ("paragraph", "heading") else None
        if entry and fold(split_number(entry[1])[1]) in heads:
            entries.append(piece)
            continue
        if len(entries) >= 3:
            if result and result[-1].text.lower().removesuffix(":") in _CONTENTS:
                result.pop()
        else:
            result += entries
        entries = []
        result.append(piece)
    return result[:-1]


def titled(manuscript: Manuscript, pieces: list[Piece], material: Material) -> tuple[str, list[Piece]]:
    """The title, and the pieces without the heading that repeats it."""
    title = clean(manuscript.title)
    heads = [piece for piece in pieces if piece.kind == "heading"]
    if not title and heads:
        top = min(piece.level for piece in heads)
        alone = sum(piece.level == top for piece in heads) == 1
        # The only heading of its level, above all others, names the whole.
        if heads[0].level == top and (alone or pieces[0] is heads[0]) and not ABSTRACT.match(heads[0].text):
            title = heads[0].text
    if not title:
        return clean(re.sub(r"[_-]+", " ", material.stem)) or material.shown, pieces
    for index, piece in enumerate(pieces[:12]):
        if piece.kind == "heading" and fold(piece.text) == fold(title):
            return title, pieces[:index] + pieces[index + 1 :]
    return title, pieces


def authored(manuscript: Manuscript, pieces: list[Piece]) -> tuple[list[str], list[Piece]]:
    """Authors, and the pieces without the lines above the first heading that name them and their places of work."""
    authors = [name for name in (clean(author) for author in manuscript.authors) if name]
    kept: list[Piece] = []
    front = True
    for index, piece in enumerate(pieces):
        front = (
            front
            and index < (_MOST_AUTHORS if piece.kind in ("byline", "figure") else 6)
            and piece.kind in ("paragraph", "byline", "note", "figure")
            and len(piece.text) < 400
        )
        if front and piece.kind == "figure":
            kept.append(piece)
            continue
        if front:
            names = name_parts(piece.text)
            if names and all(is_name(name) for name in names):
                authors += names if not manuscript.authors else []
                continue
            if piece.kind == "byline" or (AFFILIATION.search(piece.text) and len(piece.text) < 200):
                kept.append(Piece("note", piece.text))
                continue
        kept.append(Piece("note", piece.text) if piece.kind == "byline" else piece)
    return list(dict.fromkeys(authors)), kept


def abstracted(manuscript: Manuscript, pieces: list[Piece]) -> tuple[str, list[Piece]]:
    """The abstract, and the pieces without it."""
    for index, piece in enumerate(pieces[:30]):
        if piece.kind == "heading" and ABSTRACT.match(tidy_heading(split_number(piece.text)[1])):
            end = index + 1
            while end < len(pieces) and (
                (pieces[end].kind == "paragraph" and not KEYWORDS.match(pieces[end].text))
                or (pieces[end].kind == "heading" and pieces[end].level > piece.level)
            ):
                end += 1
            text = clean(" ".join(_with_stop(member) for member in pieces[index + 1 : end]))
            if text or manuscript.abstract:
                return clean(manuscript.abstract) or text, pieces[:index] + pieces[
                    end if text else index + 1 :
                ]
        if piece.kind == "paragraph" and len(piece.text) > 80 and _RUN_IN.match(piece.text):
            text = _RUN_IN.sub("", piece.text, count=1)
            return clean(manuscript.abstract) or text, pieces[:index] + pieces[index + 1 :]
    abstract = clean(manuscript.abstract)
    if not abstract:
        return _lead(pieces)
    words = fold(abstract)
    return abstract, [p for p in pieces if not (p.kind == "paragraph" and words and fold(p.text) == words)]


def _with_stop(piece: Piece) -> str:
    """A piece of an abstract; the headings of its parts become `Methods:`."""
    return f"{piece.text.rstrip(':.')}:" if piece.kind == "heading" else piece.text


def _lead(pieces: list[Piece]) -> tuple[str, list[Piece]]:
    """What stands alone between title and introduction is the abstract, whatever it is called."""
    first = next((n for n, piece in enumerate(pieces) if piece.kind == "heading"), 0)
    lead = [piece for piece in pieces[:first] if piece.kind == "paragraph" and len(piece.text) > SHORTEST]
    if not 0 < len(lead) <= 2 or split_number(pieces[first].text)[1].lower() not in _INTRODUCTION:
        return "", pieces
    return clean(" ".join(piece.text for piece in lead)), [
        p for p in pieces if not any(p is one for one in lead)
    ]


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
            if kind == "html"
            else f"{material.shown} holds no paper, only {prose} characters of text; check that it is the right file."
        )
    pictures = Pictures(material, images_dir)
    build = GraphBuilder(kind, material)
    build.add("title", title)
    if abstract:
        build.add("abstract", abstract)
    above: list[int] = []  # levels of the headings above; the graph counts from the highest that is used
    in_references = False
    for before, piece in pairwise([Piece("note"), *pieces]):
        if piece.kind == "heading":
            above = [level for level in above if level < piece.level] + [piece.level]
            build.begin(piece.text, len(above))
            in_references = bool(REFERENCES.match(build.sections[-1].title))
        elif piece.kind == "reference" or (in_references and piece.kind == "paragraph"):
            for entry in _ENTRY.split(piece.text):
                if len(entry) > 12:
                    build.add("reference", entry.strip())
        elif piece.kind in ("table", "figure"):
            number, caption = _labelled(piece.text)
            cells = "\n".join("\t".join(row) for row in piece.rows)
            save = partial(pictures.save, piece.picture)
            build.add(piece.kind, cells or caption, caption=caption, number=number, picture=save)
        elif piece.kind == "equation":
            build.add("equation", piece.text)
        elif piece.kind == "paragraph" and not KEYWORDS.match(piece.text):
            within = piece.paragraph != 0 and piece.paragraph == before.paragraph
            if not build.goes_on(piece.text, certain=within):
                build.add("paragraph", piece.text)
        elif len(piece.text) > 3:
            build.add("footnote", piece.text)  # notes, listings, keywords: kept, but nothing to speak about
    return build.finished(authors)


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
        if result and result[-1].kind == "heading" and piece.kind != "heading" and is_label(result[-1].text):
            piece.text = f"{result.pop().text} {piece.text}"  # a label that is set as a heading
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
                not LABEL.match(other.text) or fold(other.text) == fold(piece.text)
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
