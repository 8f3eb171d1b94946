"""Finds title, authors and abstract among the pieces of a document that does not name them, and drops its contents."""

from __future__ import annotations

import re

from podcast_dspy.documents.authors import AFFILIATION, is_name, name_parts
from podcast_dspy.documents.frontmatter import KEYWORDS
from podcast_dspy.documents.headings import split_number, tidy_heading
from podcast_dspy.documents.material import Material
from podcast_dspy.documents.pieces import Manuscript, Piece, folded
from podcast_dspy.documents.words import clean

__all__ = ["abstracted", "authored", "titled", "without_contents"]

_ABSTRACT = re.compile(r"^(?:abstract|summary|tl;?dr|résumé|zusammenfassung)$", re.I)
_RUN_IN = re.compile(r"^abstract\s*[-—–:.]+\s*(?=\S)", re.I)
_CONTENTS = re.compile(r"(?:table of )?contents:?$|outline:?$", re.I)
_ENTRY_OF_CONTENTS = re.compile(r"(.*?\w)[\s.·…_]+(?:\d{1,4}|[ivxlc]{1,7})$")
_AUTHORS = re.compile(r"authors?(?: and affiliations| information| affiliations)?:?$", re.I)
_INTRODUCTION = re.compile(r"introduction$|background$|motivation$", re.I)
_MOST_AUTHORS = 60
"""Lines under a title that are marked as bylines, at most."""

_SHORTEST = 40
"""Letters of a paragraph that can be an abstract."""


def without_contents(pieces: list[Piece]) -> list[Piece]:
    """Pieces without a table of contents: lines in a row that are the headings of the text with page numbers."""
    heads = {folded(split_number(piece.text)[1]) for piece in pieces if piece.kind == "heading"} - {""}
    result: list[Piece] = []
    entries: list[Piece] = []
    for piece in [*pieces, Piece("note")]:
        entry = _ENTRY_OF_CONTENTS.match(piece.text) if piece.kind in ("paragraph", "heading") else None
        if entry and folded(split_number(entry[1])[1]) in heads:
            entries.append(piece)
            continue
        if len(entries) >= 3:
            if result and _CONTENTS.match(result[-1].text):
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
        if heads[0].level == top and (alone or pieces[0] is heads[0]) and not _ABSTRACT.match(heads[0].text):
            title = heads[0].text
    if not title:
        return clean(re.sub(r"[_-]+", " ", material.stem)) or material.shown, pieces
    for index, piece in enumerate(pieces[:12]):
        if piece.kind == "heading" and folded(piece.text) == folded(title):
            return title, pieces[:index] + pieces[index + 1 :]
    return title, pieces


def authored(manuscript: Manuscript, pieces: list[Piece]) -> tuple[list[str], list[Piece]]:
    """Authors, and the pieces without the lines above the first heading that name them and their places of work."""
    authors = [name for name in (clean(author) for author in manuscript.authors) if name]
    kept: list[Piece] = []
    front = True
    pieces = _without_author_section(pieces)
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


def _without_author_section(pieces: list[Piece]) -> list[Piece]:
    """Pieces with a front section that is headed `Authors` as bylines, without its heading."""
    start = next(
        (n for n, piece in enumerate(pieces[:12]) if piece.kind == "heading" and _AUTHORS.match(piece.text)),
        None,
    )
    if start is None or any(piece.kind == "heading" for piece in pieces[:start]):
        return pieces
    end = next((n for n in range(start + 1, len(pieces)) if pieces[n].kind == "heading"), len(pieces))
    people: list[Piece] = []
    for piece in pieces[start + 1 : end]:
        # Each entry begins with a name; numbers, signs and places of work follow.
        name = re.split(r"\s*[\d·|(<]", piece.text)[0].strip(" ,;")
        named = piece.kind == "paragraph" and is_name(name)
        people += [Piece("byline", name)] if named else []
        people.append(Piece("note", piece.text) if piece.kind == "paragraph" else piece)
    return [*pieces[:start], *people, *pieces[end:]]


def abstracted(manuscript: Manuscript, pieces: list[Piece]) -> tuple[str, list[Piece]]:
    """The abstract, and the pieces without it."""
    for index, piece in enumerate(pieces[:30]):
        if piece.kind == "heading" and _ABSTRACT.match(tidy_heading(split_number(piece.text)[1])):
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
    words = folded(abstract)
    return abstract, [p for p in pieces if not (p.kind == "paragraph" and words and folded(p.text) == words)]


def _with_stop(piece: Piece) -> str:
    """A piece of an abstract; the headings of its parts become `Methods:`."""
    return f"{piece.text.rstrip(':.')}:" if piece.kind == "heading" else piece.text


def _lead(pieces: list[Piece]) -> tuple[str, list[Piece]]:
    """What stands alone between title and introduction is the abstract, whatever it is called."""
    first = next((n for n, piece in enumerate(pieces) if piece.kind == "heading"), 0)
    lead = [piece for piece in pieces[:first] if piece.kind == "paragraph" and len(piece.text) > _SHORTEST]
    if not 0 < len(lead) <= 2 or not _INTRODUCTION.match(split_number(pieces[first].text)[1]):
        return "", pieces
    return clean(" ".join(piece.text for piece in lead)), [
        p for p in pieces if not any(p is one for one in lead)
    ]
