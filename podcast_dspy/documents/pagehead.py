"""What a web page says about itself: title, authors and the address of the paper, in its head and its headings."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, Final

from podcast_dspy.documents.authors import is_name, name_parts
from podcast_dspy.documents.mainpart import HEADS, text_of
from podcast_dspy.documents.markup import classes
from podcast_dspy.documents.pieces import folded
from podcast_dspy.documents.words import clean

__all__ = ["PageHead"]

_BARS: Final = re.compile(r"\s+(?:[|·•»«]|::)\s+")
_DASHES: Final = re.compile(r"\s+[—–-]{1,2}\s+")
_STORIES: Final = ("article", "blogposting", "newsarticle", "scholarlyarticle", "techarticle", "report")
_MOST: Final = 60
_TELLING: Final = 16
"""Letters from which a heading in the page's title is no chance."""


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
        told = self.first("citation_pdf_url", "citation_fulltext_html_url", "citation_full_html_url")
        links = self._root.iter("link")
        return told or next((link.get("href") for link in links if link.get("type") == "application/pdf"), "")

    def headline(self, body: Any) -> Any:
        """The heading that is the article's title; None if no heading is."""
        heads = [h for h in body.iter(*HEADS) if folded(text_of(h))]
        told = [
            folded(t)
            for t in (self.first("citation_title", "dc.title"), str(self._story.get("headline") or ""))
            if t
        ]
        for head in heads:
            if (
                folded(text_of(head)) in told
                or head.get("itemprop") == "headline"
                or (
                    told
                    and min(map(len, told)) > 12
                    and any(folded(text_of(head)).startswith(t) for t in told)
                )
            ):
                return head
        shared = folded(self.first("og:title") or self.page_title)
        chosen = [h for h in heads if h.tag == "h1"]
        named = [h for h in chosen if folded(text_of(h)) in shared]
        # Where the only h1 is the department's, a lower heading has the title.
        named = named or [h for h in heads if len(text_of(h)) > _TELLING and folded(text_of(h)) in shared][:1]
        inside = [
            h for h in named or chosen if any(above.tag in ("article", "main") for above in h.iterancestors())
        ]
        own = [h for h in inside or named or chosen if not self._is_site(h)]
        if not chosen and not named:
            return None
        return next(iter(own or named or chosen), None)

    def _is_site(self, head: Any) -> bool:
        """Whether a heading is the name of the site: told so, or a link to its front page."""
        if folded(text_of(head)) == folded(self.first("og:site_name", "application-name") or "-"):
            return True
        link = next(iter(head.iter("a")), None)
        return (
            link is not None
            and re.fullmatch(r"(?:https?://[^/]+)?/?(?:index\.\w+)?", link.get("href") or "-") is not None
        )

    def title(self, body: Any, headline: Any) -> str:
        """What the publisher names it, else its headline, else the page's title without the site's name."""
        told = self.first("citation_title", "dc.title", "dcterms.title")
        if told:
            return told
        if headline is not None:
            return text_of(headline)
        return self._without_site(self.first("og:title") or self.page_title, text_of(body).lower())

    def _without_site(self, title: str, text: str) -> str:
        """A page's title without the part that its text has least to do with."""
        site = folded(self.first("og:site_name", "application-name"))
        parts = [part for part in _BARS.split(title) if part and folded(part) != site]
        if len(parts) > 1:
            parts = [max(parts, key=lambda part: _share(part, text))]
        whole = parts[0] if parts else title
        ends = _DASHES.split(whole)
        # A dash also stands inside titles: only a last part that the text does not speak of is a site.
        if len(ends) > 1 and (
            folded(ends[-1]) == site or _share(ends[-1], text) <= 0.5 < _share(ends[0], text)
        ):
            return whole[: whole.rindex(ends[-1])].rstrip(" -–—")
        return whole

    def authors(self, body: Any) -> list[str]:
        """Authors of the head, of its data for search engines, else of the marked-up author lines."""
        listed = self._values.get("citation_author") or self._values.get("dc.creator") or []
        names = [" ".join(reversed(name.split(", "))) if name.count(", ") == 1 else name for name in listed]
        if not names:
            told = [part for text in self._values.get("author", []) for part in name_parts(text)]
            people = self._story.get("author") or []
            told += [
                clean(str(person.get("name", "") if isinstance(person, dict) else person))
                for person in (people if isinstance(people, list) else [people])
            ]
            names = [part for part in told if is_name(part)]
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
            told = json.loads(script.text or "")
        except (ValueError, RecursionError):
            continue
        for item in told if isinstance(told, list) else [told]:
            graph = item.get("@graph", [item]) if isinstance(item, dict) else []
            for thing in graph if isinstance(graph, list) else []:
                if isinstance(thing, dict) and str(thing.get("@type", "")).lower().strip("[]'") in _STORIES:
                    yield thing
