"""HTML as a tree of lxml elements: parsing it, and what single elements say."""

from __future__ import annotations

import re
from typing import Any

from podcast_dspy.documents.words import clean

__all__ = ["NOTHING", "classes", "has_blocks", "is_data", "parsed", "plain", "rows_of"]

NOTHING = frozenset(
    "script style noscript template iframe object embed svg canvas button input select textarea option audio video "
    "source track link meta head annotation annotation-xml map area dialog".split()
)
"""Elements that hold nothing to read."""

_BLOCK_CHILDREN = frozenset("p ul ol dl table div pre blockquote figure h1 h2 h3 h4 h5 h6 section".split())
MOST_CELLS = 20_000


def parsed(html: str) -> Any:
    """The root element. A broken page is mended as browsers do; nothing is ever loaded from outside."""
    from lxml import html as lxml_html

    html = re.sub(r"^\s*<\?xml[^>]*\?>", "", html)
    # Control characters and lone surrogates are no characters of XML, which lxml insists on.
    html = re.sub("[\x00-\x08\x0b\x0e-\x1f\ud800-\udfff\ufffe\uffff]", "", html)
    parser = lxml_html.HTMLParser(
        encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True, recover=True
    )
    return lxml_html.document_fromstring(html.encode() or b"<p></p>", parser=parser, ensure_head_body=True)


def classes(node: Any) -> frozenset[str]:
    """Its class names in lower case."""
    return frozenset((node.get("class") or "").lower().split())


def plain(node: Any) -> str:
    """All its text, elements that hold nothing to read left out."""
    parts: list[str] = []
    skipped: Any = None
    for event, inner in _events(node):
        if event == "start":
            if skipped is None and (not isinstance(inner.tag, str) or inner.tag.lower() in NOTHING):
                skipped = inner
            elif skipped is None:
                if inner.tag in ("br", "p", "div", "li", "td", "th", "tr"):
                    parts.append(" ")
                parts.append(inner.text or "")
        else:
            if skipped is inner:
                skipped = None
            if skipped is None and inner is not node:
                parts.append(inner.tail or "")
    return "".join(parts)


def _events(node: Any) -> Any:
    from lxml import etree

    return etree.iterwalk(node, events=("start", "end"))


def has_blocks(node: Any) -> bool:
    """Whether blocks are nested in it."""
    return any(
        isinstance(child.tag, str) and child.tag in _BLOCK_CHILDREN for child in node.iterdescendants()
    )


def is_data(table: Any) -> bool:
    """Whether a table holds data rather than arranging a page: rows and columns, and no blocks of text inside."""
    if table.get("role") in ("presentation", "none") or table.find(".//table") is not None:
        return False
    rows = table.findall(".//tr")
    columns = max((len(row.findall("td")) + len(row.findall("th")) for row in rows), default=0)
    if len(rows) < 2 and table.find(".//th") is None:
        return False
    cells = [len(plain(cell)) for row in rows[:40] for cell in (*row.findall("td"), *row.findall("th"))]
    return columns >= 2 and sum(cells) < 160 * max(1, len(cells))


def rows_of(table: Any) -> list[list[str]]:
    """Texts of its cells; one that spans columns stands in the first of them."""
    rows: list[list[str]] = []
    budget = MOST_CELLS
    for row in table.iter("tr"):
        cells: list[str] = []
        for cell in row:
            if not isinstance(cell.tag, str) or cell.tag not in ("td", "th") or budget <= 0:
                continue
            span = re.match(r"\d{1,2}", cell.get("colspan") or "1")
            width = max(1, int(span.group())) if span else 1
            cells += [clean(plain(cell)), *[""] * (width - 1)]
            budget -= width
        if any(cells):
            rows.append(cells)
    return rows
