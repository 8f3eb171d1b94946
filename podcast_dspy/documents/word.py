"""Reads Word documents (.docx): tells title, headings, byline, abstract by how they are set; mammoth makes HTML of it.

Levels of the outline decide, then names of styles, then how the document itself sets its short lines.
"""

from __future__ import annotations

import re
import tempfile
import zipfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

from podcast_dspy.documents.elements import parsed, pieces_of
from podcast_dspy.documents.formula_text import W, set_style, write_formulas
from podcast_dspy.documents.graph import DocumentGraph
from podcast_dspy.documents.inline import write_inline
from podcast_dspy.documents.manuscript import Manuscript, compose
from podcast_dspy.documents.material import Engine, Material
from podcast_dspy.documents.vocabulary import (
    ABSTRACT_LABEL,
    AFFILIATION,
    LABEL,
    any_of,
    clean,
    is_name,
    known,
    name_parts,
    split_number,
)
from podcast_dspy.errors import DocumentError

MAX_BYTES = 128 * 1024 * 1024
MAX_TEXT = 24 * 1024 * 1024
"""Bytes of XML, unpacked: some 2,000 pages of text."""

MAX_UNPACKED = 512 * 1024 * 1024
MAX_PARTS = 10_000
_DOCUMENT: Final = "word/document.xml"
_STYLES = "\n".join(
    [
        "p.paper-title => h1.title:fresh",
        *(f"p.paper-heading{level} => h{min(level + 1, 6)}:fresh" for level in range(1, 10)),
        "p.paper-byline => p.byline:fresh",
        "p.paper-abstract => p.abstract:fresh",
        "p.paper-caption => p.caption:fresh",
        "p.paper-reference => p.references:fresh",
        "p.paper-equation => div.math-display:fresh",
        "p[style-name='Source Code'] => pre:separator(' ')",
    ]
)


def read_docx(material: Material, images_dir: Path | None = None) -> DocumentGraph:
    """Read a Word document. Raises DocumentError when it is damaged, too large or empty, and what writing pictures
    raises."""
    import mammoth
    from lxml import etree

    _check(material)
    try:
        with tempfile.NamedTemporaryFile(suffix=".docx") as file:
            lines = _prepared(material.path, file)
            html = str(mammoth.convert_to_html(file, style_map=_STYLES).value)
    except (MemoryError, DocumentError):
        raise
    except Exception as error:  # mammoth lets through whatever a damaged archive or its XML makes of it
        kind = "XMLSyntaxError" if isinstance(error, etree.XMLSyntaxError) else type(error).__name__
        raise DocumentError(
            f"{material.shown} is damaged ({kind}); open it in Word and save it again, or give a PDF."
        ) from error
    body = parsed(f"<body>{html}</body>").find("body")
    _notes(body)
    write_inline(body)
    titles = [line.text for line in lines if line.role == "title"]
    abstract = clean(" ".join(ABSTRACT_LABEL.sub("", line.text) for line in lines if line.role == "abstract"))
    for node in list(body.iter("p", "h1")):
        if node.get("class") in ("abstract", "title"):
            node.drop_tree()
    manuscript = Manuscript(pieces_of(body), title=clean(" ".join(titles[:2])), abstract=abstract)
    return compose(manuscript, material, "docx", images_dir)


def _notes(body: Any) -> None:
    """Mark the footnotes, which mammoth puts at the end as a list, each with an arrow back."""
    for node in list(body.iter("ol")):
        first = node.find("li")
        if first is not None and re.match(r"(?:foot|end)note-\d", first.get("id") or ""):
            node.tag = "div"
            node.set("class", "footnotes")
            for item in node.findall("li"):
                item.tag = "div"
                for back in [link for link in item.iter("a") if (link.text or "").strip() == "↑"]:
                    back.drop_tree()


def _prepared(path: Path, file: IO[bytes]) -> list[Line]:
    """Copy a document with its paragraphs marked by their roles and without what nobody sees; returns them."""
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(file, "w") as target:
        names = source.namelist()
        styled = (
            etree.fromstring(source.read("word/styles.xml"), parser) if "word/styles.xml" in names else None
        )
        root = etree.fromstring(source.read(_DOCUMENT), parser)
        styles = Styles(styled)
        _drop_unseen(root, styles)
        write_formulas(root)
        lines = lines_of(root, styles)
        mark_roles(lines)
        for line in lines:
            if line.role == "toc":
                _drop(line.node)
            elif line.role and value(line.node.find(f"{W}pPr"), "pStyle") != "paper-equation":
                set_style(line.node, f"paper-{line.role}")
        for name in names:
            data = etree.tostring(root) if name == _DOCUMENT else source.read(name)
            target.writestr(name, data)
    file.seek(0)
    return lines


def _drop_unseen(root: Any, styles: Styles) -> None:
    """Take out text that is hidden, deleted or moved away, and tables of contents that Word made."""
    for node in list(root.iter(f"{W}del", f"{W}moveFrom")):
        _drop(node)
    for gallery in list(root.iter(f"{W}docPartGallery")):
        if "contents" in gallery.get(f"{W}val", "").lower():
            _drop(next(gallery.iterancestors(f"{W}sdt"), gallery))
    for paragraph in list(root.iter(f"{W}p")):
        style = styles.look(value(paragraph.find(f"{W}pPr"), "pStyle") or styles.default)
        for run in list(paragraph.iter(f"{W}r")):
            own = run.find(f"{W}rPr")
            if styles.look(value(own, "rStyle") or "").hidden or changed(style, None, own).hidden:
                _drop(run)


def _drop(node: Any) -> None:
    above = node.getparent()
    if above is not None:
        above.remove(node)


def _check(material: Material) -> None:
    """Raise DocumentError for what is damaged or would not fit in memory."""
    damaged = f"{material.shown} is damaged; open it in Word and save it again, or give a PDF."
    try:
        with zipfile.ZipFile(material.path) as archive:
            parts = archive.infolist()
    except Exception as error:  # zipfile lets through whatever a damaged archive makes of it
        raise DocumentError(damaged) from error
    xml = sum(part.file_size for part in parts if part.filename.endswith((".xml", ".rels")))
    unpacked = sum(part.file_size for part in parts)
    if material.size > MAX_BYTES or len(parts) > MAX_PARTS or xml > MAX_TEXT or unpacked > MAX_UNPACKED:
        raise DocumentError(
            f"{material.shown} unpacks to more than a paper can hold; save the part you need as PDF."
        )
    if any(part.flag_bits & 1 for part in parts):
        raise DocumentError(f"{material.shown} needs a password; save it without one.")


ENGINE = Engine("docx", read_docx)


_USUAL_SIZE: Final = 20
"""Half-points that Word takes where nothing is said."""

_NAMED: Final = tuple(
    (role, re.compile(any_of(f"styles.{role}")))
    for role in ("toc", "caption", "reference", "byline", "abstract")
)
_TITLE: Final = re.compile(r"^(?!.*\b(?:sub|table|figure|section|abstract|toc|running|short)\w*).*title\b")
_HEADING: Final = re.compile(r"head(?:ing)?s? ?(\d)?\b")
_LONGEST: Final = 120
"""Letters of a heading at most."""


@dataclass(frozen=True)
class Look:
    """How text is set, by a style, a paragraph or a run."""

    size: int = _USUAL_SIZE
    """In half-points."""
    bold: bool = False
    hidden: bool = False
    outline: int | None = None
    """Level of a heading, 0 the highest; None for body text."""


def value(node: Any, name: str) -> str | None:
    """Value of a property below a node (`w:sz w:val`); None if it is not there."""
    found = node.find(W + name) if node is not None else None
    return None if found is None else found.get(f"{W}val", "")


def is_on(node: Any, name: str) -> bool | None:
    """Whether a switch such as `w:b` is on; None if nothing is said."""
    said = value(node, name)
    return None if said is None else said not in ("0", "false", "off", "none")


class Styles:
    """The styles of a document, by id."""

    def __init__(self, root: Any) -> None:
        """`root` is the element `w:styles`, or None for a document without any."""
        nodes = [] if root is None else root.findall(f"{W}style")
        self._nodes = {node.get(f"{W}styleId", ""): node for node in nodes}
        usual = [
            n for n in nodes if n.get(f"{W}default") in ("1", "true") and n.get(f"{W}type") == "paragraph"
        ]
        self.default = usual[0].get(f"{W}styleId", "") if usual else ""
        defaults = None if root is None else root.find(f"{W}docDefaults/{W}rPrDefault/{W}rPr")
        self._base = changed(Look(), None, defaults)

    def name(self, style: str) -> str:
        """Name of a style and its id, in lower case and without signs: what a template's author calls it."""
        node = self._nodes.get(style)
        return " ".join(re.sub(r"[\W_]+", " ", f"{(value(node, 'name') or '')} {style}".lower()).split())

    def look(self, style: str) -> Look:
        """How a style sets its text, with what it is based on."""
        chain: dict[str, Any] = {}
        while style in self._nodes and style not in chain:
            chain[style] = self._nodes[style]
            style = value(chain[style], "basedOn") or ""
        found = self._base
        for node in reversed(chain.values()):
            found = changed(found, node.find(f"{W}pPr"), node.find(f"{W}rPr"))
        return found


def changed(look: Look, paragraph: Any, run: Any) -> Look:
    """A look with what the properties of a paragraph and of a run change.

    Hidden is also what nobody sees: white on nothing, or of a point's size.
    """
    outline, size = value(paragraph, "outlineLvl") or "", value(run, "sz") or ""
    bold, hidden = is_on(run, "b"), is_on(run, "vanish")
    white = (value(run, "color") or "").upper() == "FFFFFF"
    ground = run is not None and (run.find(f"{W}shd") is not None or run.find(f"{W}highlight") is not None)
    if (white and not ground) or (size.isdecimal() and int(size) <= 2):
        hidden = True
    return Look(
        size=int(size) if size.isdecimal() else look.size,
        bold=look.bold if bold is None else bold,
        hidden=look.hidden if hidden is None else hidden,
        outline=look.outline if not outline.isdecimal() else int(outline) if int(outline) < 9 else None,
    )


@dataclass
class Line:
    """A paragraph with how it is set and what it is taken for."""

    node: Any
    text: str
    style: str
    name: str
    look: Look
    """Of all its words, if they are set alike, else of its style."""
    in_table: bool = False
    role: str = ""
    """`title`, `heading1` ..., `byline`, `abstract`, `caption`, `reference`, `toc`; empty for text."""

    @property
    def short(self) -> bool:
        """Whether it has the form of a heading."""
        return (
            3 <= len(self.text) <= _LONGEST
            and len(self.text.split()) <= 16
            and not self.text.rstrip().endswith((".", ",", ";"))
            and re.search(r"[^\W\d_]{3}", self.text) is not None
            and not LABEL.match(self.text)
            and not self.in_table
        )


def lines_of(body: Any, styles: Styles) -> list[Line]:
    """The paragraphs of a document that hold words, in order."""
    lines = []
    for node in body.iter(f"{W}p"):
        parts = node.iter(f"{W}t", f"{W}tab", f"{W}br")
        text = "".join(
            part.text or "" if part.tag == f"{W}t" else "\t" if part.tag == f"{W}tab" else " "
            for part in parts
        ).strip()
        if not text:
            continue
        properties = node.find(f"{W}pPr")
        style = value(properties, "pStyle") or styles.default
        base = changed(styles.look(style), properties, None)
        runs = [run for run in node.iter(f"{W}r") if any((t.text or "").strip() for t in run.iter(f"{W}t"))]
        looks = {changed(base, None, run.find(f"{W}rPr")) for run in runs}
        look = looks.pop() if len(looks) == 1 else base
        inside = next(node.iterancestors(f"{W}tc"), None) is not None
        lines.append(Line(node, text, style, styles.name(style), look, inside))
    return lines


def mark_roles(lines: list[Line]) -> None:
    """Give each paragraph its role."""
    for line in lines:
        line.role = next((role for role, pattern in _NAMED if pattern.search(line.name)), "")
        if line.role == "abstract" and len(line.text) < 80:
            line.role = ""
        if (
            line.look.outline is not None
            and line.role not in ("toc", "caption")
            and len(line.text) <= 2 * _LONGEST
        ):
            line.role = f"heading{line.look.outline + 1}"
    body = _body(lines)
    for line in lines:
        if not line.role and line.short and (found := _HEADING.search(line.name)):
            line.role = f"heading{found[1] or 1}"
    _by_look(lines, body)
    _title(lines, body)


def _body(lines: list[Line]) -> tuple[str, Look]:
    """Style and look that most letters of the text have."""
    weights: Counter[tuple[str, Look]] = Counter()
    for line in lines:
        if not line.role and not line.in_table:
            weights[line.style, line.look] += len(line.text)
    return weights.most_common(1)[0][0] if weights else ("", Look())


def _by_look(lines: list[Line], body: tuple[str, Look]) -> None:
    """Lines in the text's own style that are set apart, larger or bold throughout, are headings; larger ones higher."""
    front = next((n for n, line in enumerate(lines) if known(line.text) or len(line.text) > _LONGEST), 8)
    styled = [line.role for line in lines if line.role.startswith("heading")]
    found = [
        (index, line)
        for index, line in enumerate(lines)
        if not line.role
        and line.short
        and index > 0
        and index + 1 < len(lines)
        and (
            line.look.size > body[1].size + 1
            or (line.look.bold and not body[1].bold and line.look.size >= body[1].size)
        )
        and not (index < front and _front(line))
    ]
    # One line that stands out is an emphasis, unless it is named as sections are.
    if len(found) < 2 and not any(known(line.text) for _, line in found):
        return
    looks = sorted({(line.look.size, line.look.bold) for _, line in found}, reverse=True)
    first = max((int(role[7:]) for role in styled), default=0)
    for _, line in found:
        number = split_number(line.text)[0]
        rank = looks.index((line.look.size, line.look.bold)) + 1
        depth = number.count(".") + 1 if number and number[0].isdigit() else rank
        line.role = f"heading{min(9, first + depth)}"


def _front(line: Line) -> bool:
    """Whether a line is one of those under a title: names, and where they work."""
    parts = name_parts(line.text)
    return bool(AFFILIATION.search(line.text)) or (bool(parts) and all(is_name(part) for part in parts))


def _title(lines: list[Line], body: tuple[str, Look]) -> None:
    """The title: named so, else the largest line of the front, else its first line set apart."""
    named = [line for line in lines[:12] if _TITLE.match(line.name) and not line.in_table]
    for line in named:
        line.role = "title" if line.style == named[0].style else line.role
    heads = [line.role.startswith("heading") and known(line.text) for line in lines]
    start = heads.index(True) if True in heads else 12
    front = [line for line in lines[:start] if not line.in_table and line.role != "toc"]
    if named or not front or len(front[0].text) > 2 * _LONGEST:
        return
    largest = max(front, key=lambda line: line.look.size)
    above = max((line.look.size for line in lines if known(line.text)), default=0)
    alone = front[0].role == "heading1" and sum(line.role == "heading1" for line in lines) == 1
    single = sum(line.style == front[0].style for line in lines) == 1
    apart = not front[0].role and (single or front[0].short)
    if largest.look.size > max(body[1].size, above) and not _front(largest):
        largest.role = "title"
    elif (alone or apart) and not _front(front[0]):
        front[0].role = "title"
