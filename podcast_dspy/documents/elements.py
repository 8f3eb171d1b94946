"""HTML as a tree of elements, and as pieces: headings, paragraphs, lists, tables, figures, formulas, notes."""

from __future__ import annotations

import re
from typing import Any

from podcast_dspy.documents.formula_text import mathml_text, tex_of
from podcast_dspy.documents.manuscript import Piece, PieceKind
from podcast_dspy.documents.vocabulary import clean, is_label

NOTHING = frozenset(
    "script style noscript template iframe object embed svg canvas button input select textarea option audio video "
    "source track link meta head annotation annotation-xml map area dialog".split()
)
"""Elements that hold nothing to read."""

_BLOCK_CHILDREN = frozenset("p ul ol dl table div pre blockquote figure h1 h2 h3 h4 h5 h6 section".split())
MOST_CELLS = 20_000
DEEPEST = 120
"""Elements nested deeper are read as plain text."""

LONGEST_BYLINE = 1500
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
BLOCKS = frozenset(
    "address article aside blockquote body center dd details div dl dt fieldset figcaption figure footer form header "
    "hr html li main nav ol p pre section summary table tbody td tfoot th thead tr ul caption img".split()
) | frozenset(_HEADINGS)
_REFERENCE_LIST = frozenset(("references", "bibliography", "reflist", "ltx_biblist", "citation-list"))
_BYLINES = frozenset("ltx_authors authors author byline affiliation affiliations".split())
_NOTES = frozenset(("footnotes", "footnote", "ltx_note_outer", "endnotes"))


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


def has_blocks(node: Any, *, apart_from: str = "") -> bool:
    """Whether blocks are nested in it, those of one kind aside."""
    return any(child.tag in _BLOCK_CHILDREN and child.tag != apart_from for child in node.iterdescendants())


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


class _Walker:
    """Walks once over the tree; what is neither block nor formula collects in `line` until a block begins or ends."""

    def __init__(self) -> None:
        self.pieces: list[Piece] = []
        self.line: list[str] = []
        self.kind: PieceKind = "paragraph"
        self.level = 0
        """Of the last heading below the title."""
        self.paragraphs = 0
        self.paragraph = 0
        """Number of the one that is walked over; LaTeXML's holds formulas between its elements `p`."""

    def flush(self, kind: PieceKind | None = None, level: int = 0) -> None:
        text = clean("".join(self.line))
        self.line.clear()
        if text:
            self.pieces.append(Piece(kind or self.kind, text, level, paragraph=self.paragraph))

    def children(self, node: Any, depth: int) -> None:
        if node.text:
            self.line.append(node.text)
        for child in node:
            if isinstance(child.tag, str):
                self.visit(child, depth + 1)
            if child.tail:
                self.line.append(child.tail)

    def visit(self, node: Any, depth: int) -> None:
        tag = node.tag.lower()
        names = classes(node)
        if tag in NOTHING:
            return
        if depth > DEEPEST:
            self.line.append(plain(node))
        elif tag == "math":
            self._math(node)
        elif tag == "br":
            self.line.append(" ")
        elif tag == "img":
            self._image(node)
        elif tag in _HEADINGS:
            kind: PieceKind = "byline" if self.kind == "byline" else "heading"
            self._block(node, depth, kind, _HEADINGS[tag])
        elif tag == "summary" and _opens_section(node):
            self._block(node, depth, "heading", self.level or 2)
        elif tag == "pre":
            self.flush()
            self.pieces.append(Piece("code", re.sub(r"[ \t]+", " ", plain(node)).strip()))
        elif tag in ("figure", "table"):
            self.flush()
            self._figure(node, depth, names) if tag == "figure" else self._table(node, depth, names)
        elif tag in ("figcaption", "caption") or (
            names & {"caption", "wp-caption-text"} and not has_blocks(node, apart_from="p")
        ):
            self._block(node, depth, "caption")
        elif names & _BYLINES and len(plain(node)) < LONGEST_BYLINE:
            self._block(node, depth, "byline")
        elif names & {"math-display", "ltx_equation"} and tag != "table":
            self.flush()
            self._equation(node)
        elif tag in ("ul", "ol") and not (names & _REFERENCE_LIST) and self.kind == "paragraph":
            self._list(node, depth)
        elif tag in BLOCKS or tag == "dt":
            self._block(
                node, depth, "note" if names & _NOTES else "reference" if names & _REFERENCE_LIST else None
            )
        else:
            self.children(node, depth)

    def _block(self, node: Any, depth: int, kind: PieceKind | None = None, level: int = 0) -> None:
        """What stands in a block of its own; blocks inside it are pieces of their own."""
        self.flush()
        before = self.kind
        if kind in ("heading", "caption"):
            self.line.append(inline_text(node, depth))
            self.flush(kind, level)
            self.level = level if level > 1 else self.level
            return
        self.kind = kind or before
        around = self.paragraph
        if not around and (node.tag == "p" or "ltx_para" in classes(node)):
            self.paragraphs += 1
            self.paragraph = self.paragraphs
        self.children(node, depth)
        self.flush()
        self.kind, self.paragraph = before, around

    def _math(self, node: Any) -> None:
        if node.get("display") == "block":
            self.flush()
            self._equation(node)
        else:
            self.line.append(mathml_text(node))

    def _equation(self, node: Any) -> None:
        formula = node if node.tag == "math" else node.find(".//math")
        text = clean(plain(node) if formula is None else tex_of(formula) or mathml_text(formula))
        if text:
            self.pieces.append(Piece("equation", text, paragraph=self.paragraph))

    def _image(self, node: Any) -> None:
        alone = not "".join(self.line).strip()
        self._picture(node, clean(node.get("alt") or "") if alone else "")

    def _picture(self, node: Any, caption: str) -> None:
        place = node.get("src") or node.get("data-src") or ""
        sides = [
            int(found.group())
            for side in ("width", "height")
            if (found := re.match(r"\d+", node.get(side) or ""))
        ]
        text = caption or clean(node.get("title") or "")
        above = node.getparent()
        lonely = above is not None and not clean(plain(above))
        if place and not (sides and min(sides) < 64) and (text or lonely):
            self.flush()
            self.pieces.append(Piece("figure", text, picture=place))

    def _figure(self, node: Any, depth: int, names: frozenset[str]) -> None:
        """A figure with its caption; one that holds figures is each of them."""
        inner = [child for child in node.iter("figure") if child is not node]
        caption = clean(
            " ".join(inline_text(c, depth) for c in node.findall("figcaption") or node.iter("figcaption"))
        )
        # PubMed Central sets the label as a heading of its own.
        label = next((text for head in node.iter(*_HEADINGS) if is_label(text := clean(plain(head)))), "")
        caption = f"{label} {caption}".strip()
        tables = [table for table in node.iter("table") if is_data(table)]
        images = list(node.iter("img"))
        if inner and not caption:
            self._block(node, depth)
        elif tables and (not images or caption[:3].lower() == "tab"):
            self.pieces.append(
                Piece("table", caption, rows=[row for table in tables for row in rows_of(table)])
            )
        elif images or caption:
            place = next((p for image in images if (p := image.get("src") or image.get("data-src"))), None)
            self.pieces.append(Piece("figure", caption or clean(images[0].get("alt") or ""), picture=place))
        else:
            self._block(node, depth)

    def _table(self, node: Any, depth: int, names: frozenset[str]) -> None:
        if any(name.startswith(("ltx_equation", "ltx_eqn")) for name in names):
            for formula in node.iter("math"):
                self._equation(formula)
        elif is_data(node):
            caption = node.find("caption")
            text = clean(inline_text(caption, depth)) if caption is not None else ""
            self.pieces.append(Piece("table", text, rows=rows_of(node)))
        else:
            self._block(node, depth)

    def _list(self, node: Any, depth: int) -> None:
        """Items of some length are paragraphs; short ones are one paragraph together."""
        self.flush()
        items = [item for item in node if isinstance(item.tag, str)]
        texts = [clean(plain(item)) for item in items]
        words = [len(text.split()) for text in texts]
        if sum(words) < 8 * len(words) and not any(has_blocks(item) for item in items):
            filled = [text for text in texts if text]
            if filled:
                self.pieces.append(Piece(self.kind, "; ".join(text.rstrip(".;,") for text in filled) + "."))
            return
        for item in items:
            self._block(item, depth + 1)


def _opens_section(summary: Any) -> bool:
    """Whether a `summary` is the heading of what it unfolds: a few words above paragraphs, and no heading inside it."""
    details = summary.getparent()
    return (
        details is not None
        and details.tag == "details"
        and summary.find(".//h2") is None
        and 0 < len(clean(plain(summary))) <= 100
        and any(len(plain(block)) >= 80 for block in details.iter("p"))
    )


def inline_text(node: Any, depth: int = 0) -> str:
    """Text of an element without citation marks, whatever blocks are in it."""
    inner = _Walker()
    inner.children(node, depth)
    inner.flush()
    return " ".join(piece.text for piece in inner.pieces if piece.kind not in ("figure", "table"))


def pieces_of(root: Any) -> list[Piece]:
    """Pieces of an element, in reading order."""
    walker = _Walker()
    walker.children(root, 0)
    walker.flush()
    return walker.pieces
