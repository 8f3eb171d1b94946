"""Reads a web page: finds the paper in it, leaves menus, banners and lists of links out, and takes it apart."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from podcast_dspy.documents.authors import is_name, name_parts
from podcast_dspy.documents.compose import compose
from podcast_dspy.documents.graph import DocumentGraph
from podcast_dspy.documents.kinds import decoded
from podcast_dspy.documents.markup import NOTHING, classes, parsed, plain
from podcast_dspy.documents.material import Material
from podcast_dspy.documents.pieces import Manuscript
from podcast_dspy.documents.tree import inline_text, pieces_of
from podcast_dspy.documents.words import clean

__all__ = ["read_html"]

MAX_BYTES = 48 * 1024 * 1024
_FURNITURE = frozenset(
    "nav navbar navbox navigation menu breadcrumb breadcrumbs cookie cookies consent share sharing social sidebar "
    "footer related advert advertisement ads promo newsletter subscribe comments toc pagination skip login modal popup "
    "toolbar masthead editsection metadata hatnote catlinks printfooter".split()
)
_ROLES = frozenset(("navigation", "banner", "contentinfo", "search", "complementary", "dialog", "menu"))
_TEXT_TAGS = ("p", "li", "pre", "td", "dd", "blockquote", "h1", "h2", "h3", "h4", "figcaption")
_SITE = re.compile(r"\s+[|·•—–:-]{1,2}\s+")


def read_html(material: Material, images_dir: Path | None = None) -> DocumentGraph:
    """Read an HTML page. Raises DocumentError when it holds no text, and what writing pictures raises."""
    root = parsed(decoded(material.read(MAX_BYTES), material))
    named = _Named(root)
    body = root.find("body")
    body = root if body is None else body
    _prune(body)
    title = named.title(body)
    authors = named.authors(body)
    abstract = _abstract(body) or named.first("citation_abstract")
    main = _main(body)
    manuscript = Manuscript(pieces_of(main), title=title, authors=authors, abstract=abstract)
    return compose(manuscript, material, "html", images_dir)


class _Named:
    """What the head of a page says about it."""

    def __init__(self, root: Any) -> None:
        self._values: dict[str, list[str]] = {}
        for meta in root.iter("meta"):
            name = (meta.get("name") or meta.get("property") or "").lower()
            value = clean(meta.get("content") or "")
            if name and value:
                self._values.setdefault(name, []).append(value)
        title = root.find(".//title")
        self._page_title = clean(plain_or_text(title)) if title is not None else ""

    def first(self, *names: str) -> str:
        """The first value of the first name that is there."""
        return next((self._values[name][0] for name in names if name in self._values), "")

    def title(self, body: Any) -> str:
        """What the publisher names it; else its only main heading; else the page's title without the site's name."""
        told = self.first("citation_title", "dc.title", "dcterms.title")
        heads = [text for h in body.iter("h1") if (text := clean(inline_text(h)))]
        if told:
            return told
        shared = self.first("og:title") or self._page_title
        for head in heads:
            if len(heads) == 1 or (
                head and re.sub(r"\W", "", head.lower()) in re.sub(r"\W", "", shared.lower())
            ):
                return head
        return max(_SITE.split(shared), key=len) if shared else ""

    def authors(self, body: Any) -> list[str]:
        """Authors of the head, else of the marked-up author lines."""
        listed = self._values.get("citation_author") or self._values.get("dc.creator") or []
        names = [" ".join(reversed(name.split(", "))) if name.count(", ") == 1 else name for name in listed]
        if not names:
            told = [part for text in self._values.get("author", []) for part in name_parts(text)]
            names = [part for part in told if is_name(part)]
        if not names:
            marked = [
                node
                for node in body.iter()
                if isinstance(node.tag, str)
                and (
                    "ltx_personname" in classes(node)
                    or node.get("itemprop") == "author"
                    or node.get("rel") == "author"
                )
            ]
            names = [p for node in marked[:60] for p in name_parts(clean(inline_text(node))) if is_name(p)]
        return list(dict.fromkeys(names))


def plain_or_text(node: Any) -> str:
    """Text of an element of the head."""
    return node.text or ""


def _length(node: Any) -> int:
    return len(clean(plain(node)))


def _prune(body: Any) -> None:
    """Take out what is no part of the text; a large element never goes because of its name alone."""
    whole = max(1, _length(body))
    for node in list(body.iterdescendants()):
        if node.getparent() is None or not isinstance(node.tag, str):
            continue
        tag = node.tag.lower()
        if tag in NOTHING and tag not in ("annotation", "head"):
            node.drop_tree()
            continue
        marks = {part for name in classes(node) for part in re.split(r"[-_]", name)}
        marks |= set(re.split(r"[-_]", (node.get("id") or "").lower()))
        named = (
            tag in ("nav", "footer", "aside", "form")
            or node.get("role") in _ROLES
            or node.get("hidden") is not None
            or (node.get("aria-hidden") == "true" and tag != "math")
            or bool(marks & _FURNITURE)
            or (tag == "header" and not _inside(node) and node.find(".//h1") is None)
        )
        # Only what has the text of a margin can be one.
        if named and tag not in ("body", "main", "article", "math") and _length(node) < 0.3 * whole:
            node.drop_tree()
    for node in list(body.iter("ul", "ol", "div")):
        if node.getparent() is not None and _only_links(node):
            node.drop_tree()


def _inside(node: Any) -> bool:
    return any(above.tag in ("article", "main") for above in node.iterancestors())


def _only_links(node: Any) -> bool:
    """Whether an element is a list of short links, such as a menu or a table of contents."""
    links = [text for link in node.iter("a") if (text := clean(plain(link)))]
    return (
        len(links) >= 4
        and sum(map(len, links)) > 0.8 * _length(node)
        and sum(map(len, links)) < 60 * len(links)
    )


def _main(body: Any) -> Any:
    """The innermost element that still holds nearly all of the page's running text."""
    weight: dict[Any, int] = {}
    for node in body.iter(*_TEXT_TAGS):
        own = len((node.text or "").strip()) + sum(
            len((child.tail or "").strip()) + len((child.text or "").strip()) for child in node
        )
        # Links and buttons come in short bits; prose does not.
        if own >= 25 or node.tag in ("h1", "h2", "h3", "h4"):
            for above in (node, *node.iterancestors()):
                weight[above] = weight.get(above, 0) + own
    current = body
    while True:
        heaviest = max(
            (child for child in current if isinstance(child.tag, str)),
            key=lambda c: weight.get(c, 0),
            default=None,
        )
        if heaviest is None or heaviest.tag in _TEXT_TAGS or heaviest.tag in ("table", "ul", "ol"):
            return current
        if weight.get(heaviest, 0) < 0.88 * max(1, weight.get(current, 0)):
            return current
        current = heaviest


def _abstract(body: Any) -> str:
    """Text of an element that is marked as the abstract; the element goes."""
    for node in body.iter():
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
