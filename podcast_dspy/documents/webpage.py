"""Reads a web page: its title, its authors, and the article without all that stands around it, taken apart."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final
from urllib.parse import urljoin

from podcast_dspy.documents.compose import compose
from podcast_dspy.documents.encoding import decoded
from podcast_dspy.documents.fetch import without_secrets
from podcast_dspy.documents.graph import DocumentGraph
from podcast_dspy.documents.headings import BACK_MATTER, split_number, tidy_heading
from podcast_dspy.documents.hidden import drop_hidden
from podcast_dspy.documents.inline import write_inline
from podcast_dspy.documents.mainpart import article, drop_teasers, prune, text_of
from podcast_dspy.documents.markup import classes, parsed
from podcast_dspy.documents.material import Material
from podcast_dspy.documents.pagehead import PageHead
from podcast_dspy.documents.pieces import Manuscript, Piece, folded
from podcast_dspy.documents.plaintext import manuscript_of
from podcast_dspy.documents.tree import pieces_of
from podcast_dspy.documents.words import clean
from podcast_dspy.errors import DocumentError

__all__ = ["read_html"]

MAX_BYTES = 48 * 1024 * 1024
_LEAST: Final = 120
"""Letters of prose below which a page only says that something is not there."""
_SAID: Final = re.compile(r"(?:\S+\s+){4,}\S+[.?!:]|.{20}[。！？]")
_NOT_TEXT: Final = re.compile(
    r"^(?:abstract|summary|access|(?:buy|purchase|subscri|rent|log ?in|sign ?in|submission)\b.*|metrics)",
    re.I,
)

_ERROR: Final = re.compile(
    r"not found|\b40[0134]\b|no longer (?:exists?|available)|sign in|log ?in\b|access (?:denied|to this)|just a moment|"
    r"are you (?:a )?(?:human|robot)|verif(?:y|ying) you|captcha|session expired|enable (?:javascript|cookies)",
    re.I,
)
"""What the titles of pages without a paper say; it counts only where there is little text and no section."""


def read_html(material: Material, images_dir: Path | None = None) -> DocumentGraph:
    """Read an HTML page. Raises DocumentError when it holds no text or only tells of a paper that is elsewhere, and
    what writing pictures raises."""
    root = parsed(decoded(material.read(MAX_BYTES), material))
    head = PageHead(root)
    body = root.find("body")
    body = root if body is None else body
    write_inline(body)
    drop_hidden(root)
    if (preformatted := _preformatted(body)) is not None:
        return compose(preformatted, material, "html", images_dir)
    prune(body)
    headline = head.headline(body)
    title = head.title(body, headline)
    authors = head.authors(body)
    drop_teasers(body, headline)
    main = article(body, headline)
    abstract = _abstract(main) or head.first("citation_abstract", "dc.description.abstract")
    pieces = _below(pieces_of(main), headline)
    _check(pieces, abstract, head, material)
    return compose(
        Manuscript(pieces, title=title, authors=authors, abstract=abstract), material, "html", images_dir
    )


def _preformatted(body: Any) -> Manuscript | None:
    """The text of a page that is one preformatted text, such as an RFC, as of a text file; None for other pages."""
    blocks = ["".join(node.itertext()) for node in body.iter("pre")]
    if sum(map(len, blocks)) < 0.8 * len(body.text_content()) or sum(map(len, blocks)) < 2000:
        return None
    return manuscript_of("\f".join(blocks))


def _below(pieces: list[Piece], headline: Any) -> list[Piece]:
    """Pieces without what stands above the title, such as the site's name; prose stays."""
    named = "" if headline is None else folded(text_of(headline))
    start = next(
        (n for n, piece in enumerate(pieces) if piece.kind == "heading" and folded(piece.text) == named), 0
    )
    return [
        piece for piece in pieces[:start] if piece.kind == "paragraph" and _SAID.search(piece.text)
    ] + pieces[start:]


def _abstract(main: Any) -> str:
    """Text of an element that is marked as the abstract; the element goes."""
    for node in main.iter():
        if not isinstance(node.tag, str) or node.tag not in ("section", "div", "blockquote", "p"):
            continue
        if "abstract" in {*classes(node), (node.get("id") or "").lower()} or "ltx_abstract" in classes(node):
            pieces = [piece for piece in pieces_of(node) if piece.kind == "paragraph"]
            text = re.sub(
                r"^abstract\b\s*[:.—–-]*\s*", "", clean(" ".join(p.text for p in pieces)), flags=re.I
            )
            if len(text) > 80:
                node.drop_tree()
                return text
    return ""


def _check(pieces: list[Piece], abstract: str, head: PageHead, material: Material) -> None:
    """Raise DocumentError for a page without the text of a paper: one with its abstract, a log-in, an error's."""
    body, summary, beside = _prose(pieces)
    summary = summary or len(abstract)
    shown = material.shown
    if (summary or head.of_a_paper) and body < max(_LEAST, summary):
        place = head.paper
        if place:
            place = urljoin(without_secrets(material.address), place) if material.address else place
            raise DocumentError(
                f"{shown} is only the page about a paper, without its text; give the paper itself: {place}"
            )
        raise DocumentError(
            f"{shown} is only the page about a paper, without its text; give the PDF or the page with the full text."
        )
    bare = not any(piece.kind == "heading" for piece in pieces[1:])
    named = _ERROR.search(f"{head.page_title}\n{pieces[0].text if pieces else ''}") is not None
    most = (12 if named else 2 if bare else 1) * _LEAST
    if body + beside and body < most and (bare or body < _LEAST):
        said = f' (it is titled "{head.page_title[:80]}")' if head.page_title else ""
        raise DocumentError(
            f"{shown} holds no paper but {body + beside} letters of text{said}, as pages of errors and log-ins do; "
            "open it in a browser, and give the paper's own file or address."
        )


def _prose(pieces: list[Piece]) -> tuple[int, int, int]:
    """Letters of the sentences in the sections of the text, in one that is the abstract, and in those beside."""
    body = summary = beside = 0
    section = ""
    for piece in pieces:
        if piece.kind == "heading":
            section = tidy_heading(split_number(piece.text)[1])
        elif piece.kind == "paragraph" and _SAID.search(piece.text):
            if re.match(r"(?:abstract|summary)$", section, re.I):
                summary += len(piece.text)
            elif BACK_MATTER.match(section) or _NOT_TEXT.match(section):
                beside += len(piece.text)
            else:
                body += len(piece.text)
    return body, summary, beside
