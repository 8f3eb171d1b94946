"""Reads a web page: its title, its authors, and the article without all that stands around it, taken apart."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from urllib.parse import urljoin

from podcast_dspy.documents.article import HEADS, article, drop_hidden, drop_teasers, prune, text_of
from podcast_dspy.documents.elements import classes, parsed, pieces_of
from podcast_dspy.documents.engines import manuscript_of
from podcast_dspy.documents.fetch import without_secrets
from podcast_dspy.documents.graph import DocumentGraph
from podcast_dspy.documents.inline import write_inline
from podcast_dspy.documents.manuscript import Manuscript, Piece, compose
from podcast_dspy.documents.material import Engine, Material, decoded
from podcast_dspy.documents.vocabulary import (
    ABSTRACT,
    ABSTRACT_LABEL,
    BACK_MATTER,
    any_of,
    clean,
    fold,
    is_name,
    name_parts,
    split_number,
    tidy_heading,
)
from podcast_dspy.errors import DocumentError

_BARS: Final = re.compile(r"\s+(?:[|·•»«]|::)\s+")
_DASHES: Final = re.compile(r"\s+[—–-]{1,2}\s+")
_STORIES: Final = ("article", "blogposting", "newsarticle", "scholarlyarticle", "techarticle", "report")
_MOST: Final = 60
_TELLING: Final = 16
"""Letters from which a heading in the page's title is no chance."""

MAX_BYTES = 48 * 1024 * 1024
_LEAST: Final = 120
"""Letters of prose below which a page only says that something is not there."""

_SAID: Final = re.compile(r"(?:\S+\s+){4,}\S+[.?!:]|.{20}[。！？]")
_NOT_TEXT: Final = re.compile(f"^{any_of('not_text')}", re.I)
_ERROR: Final = re.compile(any_of("error_pages"), re.I)
"""What the titles of pages without a paper say; it counts only where there is little text and no section."""


class PageHead:
    """The head of a page, with what its body adds."""

    def __init__(self, root: Any) -> None:
        self._values: dict[str, list[str]] = {}
        for meta in root.iter("meta"):
            name = (meta.get("name") or meta.get("property") or "").lower()
            value = clean(meta.get("content") or "")
            if name and value:
                self._values.setdefault(name, []).append(value)
        title = root.find(".//title")
        self.page_title = clean(title.text or "") if title is not None else ""
        self._story = next(_stories(root), {})
        self._root = root

    def first(self, *names: str) -> str:
        """The first value of the first name that is there."""
        return next((self._values[name][0] for name in names if name in self._values), "")

    @property
    def of_a_paper(self) -> bool:
        """Whether the head describes a paper, as publishers and archives do for search engines."""
        return any(name.startswith("citation_") for name in self._values)

    @property
    def paper(self) -> str:
        """Where the head says that the paper itself is; may be a path without host."""
        address = self.first("citation_pdf_url", "citation_fulltext_html_url", "citation_full_html_url")
        links = self._root.iter("link")
        return address or next(
            (link.get("href") for link in links if link.get("type") == "application/pdf"), ""
        )

    def headline(self, body: Any) -> Any:
        """The heading that is the article's title; None if no heading is."""
        heads = [h for h in body.iter(*HEADS) if fold(text_of(h))]
        headlines = [
            fold(t)
            for t in (self.first("citation_title", "dc.title"), str(self._story.get("headline") or ""))
            if t
        ]
        for head in heads:
            if (
                fold(text_of(head)) in headlines
                or head.get("itemprop") == "headline"
                or (
                    headlines
                    and min(map(len, headlines)) > 12
                    and any(fold(text_of(head)).startswith(t) for t in headlines)
                )
            ):
                return head
        shared = fold(self.first("og:title") or self.page_title)
        chosen = [h for h in heads if h.tag == "h1"]
        named = [h for h in chosen if fold(text_of(h)) in shared]
        # Where the only h1 is the department's, a lower heading has the title.
        named = named or [h for h in heads if len(text_of(h)) > _TELLING and fold(text_of(h)) in shared][:1]
        inside = [
            h for h in named or chosen if any(above.tag in ("article", "main") for above in h.iterancestors())
        ]
        own = [h for h in inside or named or chosen if not self._is_site(h)]
        if not chosen and not named:
            return None
        return next(iter(own or named or chosen), None)

    def _is_site(self, head: Any) -> bool:
        """Whether a heading is the name of the site: told so, or a link to its front page."""
        if fold(text_of(head)) == fold(self.first("og:site_name", "application-name") or "-"):
            return True
        link = next(iter(head.iter("a")), None)
        return (
            link is not None
            and re.fullmatch(r"(?:https?://[^/]+)?/?(?:index\.\w+)?", link.get("href") or "-") is not None
        )

    def title(self, body: Any, headline: Any) -> str:
        """What the publisher names it, else its headline, else the page's title without the site's name."""
        declared = self.first("citation_title", "dc.title", "dcterms.title")
        if declared:
            return declared
        if headline is not None:
            return text_of(headline)
        return self._without_site(self.first("og:title") or self.page_title, text_of(body).lower())

    def _without_site(self, title: str, text: str) -> str:
        """A page's title without the part that its text has least to do with."""
        site = fold(self.first("og:site_name", "application-name"))
        parts = [part for part in _BARS.split(title) if part and fold(part) != site]
        if len(parts) > 1:
            parts = [max(parts, key=lambda part: _share(part, text))]
        headline = parts[0] if parts else title
        ends = _DASHES.split(headline)
        # A dash also stands inside titles: only a last part that the text does not speak of is a site.
        if len(ends) > 1 and (
            fold(ends[-1]) == site or _share(ends[-1], text) <= 0.5 < _share(ends[0], text)
        ):
            return headline[: headline.rindex(ends[-1])].rstrip(" -–—")
        return headline

    def authors(self, body: Any) -> list[str]:
        """Authors of the head, of its data for search engines, else of the marked-up author lines."""
        listed = self._values.get("citation_author") or self._values.get("dc.creator") or []
        names = [" ".join(reversed(name.split(", "))) if name.count(", ") == 1 else name for name in listed]
        if not names:
            author_names = [part for text in self._values.get("author", []) for part in name_parts(text)]
            people = self._story.get("author") or []
            author_names += [
                clean(str(person.get("name", "") if isinstance(person, dict) else person))
                for person in (people if isinstance(people, list) else [people])
            ]
            names = [part for part in author_names if is_name(part)]
        if not names:
            names = [name for node in list(_marked(body))[:_MOST] for name in _people(node)]
        return list(dict.fromkeys(names))


def _share(part: str, text: str) -> float:
    """Share of a title's longer words that a text uses."""
    words = re.findall(r"\w{4,}", part.lower()) or re.findall(r"\w+", part.lower())
    return sum(word in text for word in words) / max(1, len(words))


def _marked(body: Any) -> Iterator[Any]:
    for node in body.iter():
        if isinstance(node.tag, str) and (
            "ltx_personname" in classes(node)
            or node.get("itemprop") == "author"
            or "author" in (node.get("rel") or "")
        ):
            yield node


def _people(node: Any) -> list[str]:
    """Names of an author element, up to the first line that holds something else, such as a place of work."""
    lines = [""]
    for inner in node.iter():
        if inner.tag in ("br", "p", "div") and inner is not node:
            lines.append("")
        lines[-1] += inner.text or ""
        if inner is not node:
            lines[-1] += inner.tail or ""
    found: list[str] = []
    for line in lines:
        parts = name_parts(clean(line))
        if any(not is_name(part) for part in parts):
            found += [part for part in parts if is_name(part)] if not found else []
            break
        found += parts
    return found


def _stories(root: Any) -> Iterator[dict[str, Any]]:
    """Articles that the page describes in JSON-LD."""
    for script in root.iter("script"):
        if (script.get("type") or "").lower() != "application/ld+json":
            continue
        try:
            data = json.loads(script.text or "")
        except (ValueError, RecursionError):
            continue
        for item in data if isinstance(data, list) else [data]:
            graph = item.get("@graph", [item]) if isinstance(item, dict) else []
            for thing in graph if isinstance(graph, list) else []:
                if isinstance(thing, dict) and str(thing.get("@type", "")).lower().strip("[]'") in _STORIES:
                    yield thing


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
    named = "" if headline is None else fold(text_of(headline))
    start = next(
        (n for n, piece in enumerate(pieces) if piece.kind == "heading" and fold(piece.text) == named), 0
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
            text = ABSTRACT_LABEL.sub("", clean(" ".join(p.text for p in pieces)))
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
            if ABSTRACT.match(section):
                summary += len(piece.text)
            elif BACK_MATTER.match(section) or _NOT_TEXT.match(section):
                beside += len(piece.text)
            else:
                body += len(piece.text)
    return body, summary, beside


ENGINE = Engine("html", read_html)
