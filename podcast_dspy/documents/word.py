"""Reads Word documents (.docx): finds what each paragraph is, and lets mammoth turn them into HTML by that."""

from __future__ import annotations

import re
import tempfile
import zipfile
from pathlib import Path
from typing import IO, Any, Final

from podcast_dspy.documents.elements import parsed, pieces_of
from podcast_dspy.documents.formula_text import M, omml_text
from podcast_dspy.documents.frame import ABSTRACT_LABEL
from podcast_dspy.documents.graph import DocumentGraph
from podcast_dspy.documents.inline import write_inline
from podcast_dspy.documents.manuscript import Manuscript, compose
from podcast_dspy.documents.material import Engine, Material
from podcast_dspy.documents.word_repair import clean
from podcast_dspy.documents.wordroles import Line, Styles, W, changed, lines_of, mark_roles, value
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
        _formulas(root)
        lines = lines_of(root, styles)
        mark_roles(lines)
        for line in lines:
            _mark(line)
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


def _formulas(root: Any) -> None:
    """Write formulas as text; one that has its paragraph to itself becomes an equation."""
    for formula in list(root.iter(f"{M}oMath")):
        run = formula.makeelement(f"{W}r")
        text = run.makeelement(f"{W}t")
        text.text = omml_text(formula)
        text.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
        run.append(text)
        above = formula.getparent()
        if above.tag == f"{M}oMathPara":
            formula, above = above, above.getparent()
            if above.tag == f"{W}p" and next(above.iter(f"{W}r"), None) is None:
                _set_style(above, "paper-equation")
        above.replace(formula, run)


def _mark(line: Line) -> None:
    if line.role == "toc":
        _drop(line.node)
    elif line.role and value(line.node.find(f"{W}pPr"), "pStyle") != "paper-equation":
        _set_style(line.node, f"paper-{line.role}")


def _set_style(paragraph: Any, style: str) -> None:
    properties = paragraph.find(f"{W}pPr")
    if properties is None:
        properties = paragraph.makeelement(f"{W}pPr")
        paragraph.insert(0, properties)
    for name in ("pStyle", "numPr"):
        for old in properties.findall(W + name):
            properties.remove(old)
    named = properties.makeelement(f"{W}pStyle")
    named.set(f"{W}val", style)
    properties.insert(0, named)


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
