"""Reads Markdown: CommonMark with tables and the marks of Pandoc and Quarto, and the facts of its front matter."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from podcast_dspy.documents.compose import compose
from podcast_dspy.documents.encoding import decoded
from podcast_dspy.documents.facts import facts_of
from podcast_dspy.documents.graph import DocumentGraph
from podcast_dspy.documents.inline import write_inline
from podcast_dspy.documents.markup import parsed, plain
from podcast_dspy.documents.material import Material
from podcast_dspy.documents.pandoc import as_commonmark
from podcast_dspy.documents.pieces import Manuscript, Piece
from podcast_dspy.documents.tree import pieces_of
from podcast_dspy.documents.words import clean

__all__ = ["read_markdown"]

MAX_BYTES = 16 * 1024 * 1024


def read_markdown(material: Material, images_dir: Path | None = None) -> DocumentGraph:
    """Read a Markdown file. Raises DocumentError when it holds no text, and what writing pictures raises."""
    text = (
        decoded(material.read(MAX_BYTES), material)
        .replace("\r\n", "\n")
        .replace("\r", "\n")
        .replace("\0", "")
    )
    facts, text = facts_of(text)
    text, notes = as_commonmark(text, cites=facts.cites)
    pieces = pieces_of(_body(text))
    pieces += [Piece("note", words) for note in notes if (words := _words(note))]
    manuscript = Manuscript(
        pieces,
        title=_words(as_commonmark(facts.title)[0]),
        authors=[name for author in facts.authors if (name := clean(author))],
        abstract=_words(as_commonmark(facts.abstract, cites=facts.cites)[0]),
    )
    return compose(manuscript, material, "markdown", images_dir)


def _body(text: str) -> Any:
    """CommonMark as a tree of HTML elements."""
    from markdown_it import MarkdownIt

    html = MarkdownIt("commonmark", {"maxNesting": 60}).enable("table").render(text)
    body = parsed(f"<body>{html}</body>").find("body")
    write_inline(body)
    return body


def _words(text: str) -> str:
    """A short text without its marks."""
    return clean(plain(_body(text))) if text else ""
