"""Word documents made by code: paragraphs with any styles and properties, as templates have them."""

from __future__ import annotations

import zipfile
from pathlib import Path
from xml.sax.saxutils import escape

__all__ = ["paragraph", "run", "style", "write_docx"]

_NAMES = (
    'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" '
    'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"'
)
_KINDS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"


def run(words: str, properties: str = "") -> str:
    """Words set alike."""
    return f'<w:r><w:rPr>{properties}</w:rPr><w:t xml:space="preserve">{escape(words)}</w:t></w:r>'


def paragraph(
    words: str, named: str = "", *, set_as: str = "", properties: str = "", inside: str = ""
) -> str:
    """A paragraph of a style; `set_as` are properties of its words, `inside` more runs."""
    chosen = f'<w:pStyle w:val="{named}"/>' if named else ""
    return f"<w:p><w:pPr>{chosen}{properties}</w:pPr>{run(words, set_as) if words else ''}{inside}</w:p>"


def style(
    key: str, name: str, *, based_on: str = "Normal", level: int | None = None, set_as: str = ""
) -> str:
    """A style of paragraphs."""
    outline = "" if level is None else f'<w:pPr><w:outlineLvl w:val="{level}"/></w:pPr>'
    return (
        f'<w:style w:type="paragraph" w:styleId="{key}"><w:name w:val="{name}"/><w:basedOn w:val="{based_on}"/>'
        f"{outline}<w:rPr>{set_as}</w:rPr></w:style>"
    )


def write_docx(path: Path, body: str, styles: str = "", *, title: str = "", creator: str = "") -> Path:
    """A document with these paragraphs and styles, and what its properties say."""
    normal = '<w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/></w:style>'
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(
            "[Content_Types].xml",
            f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="xml" ContentType="application/xml"/></Types>',
        )
        archive.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" Type="{_KINDS}/officeDocument" '
            'Target="word/document.xml"/></Relationships>',
        )
        archive.writestr(
            "word/_rels/document.xml.rels",
            f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId8" Type="{_KINDS}/styles" '
            'Target="styles.xml"/></Relationships>',
        )
        archive.writestr("word/styles.xml", f"<w:styles {_NAMES}>{normal}{styles}</w:styles>")
        archive.writestr("word/document.xml", f"<w:document {_NAMES}><w:body>{body}</w:body></w:document>")
        archive.writestr(
            "docProps/core.xml",
            '<p xmlns:dc="http://purl.org/dc/elements/1.1/">'
            f"<dc:title>{title}</dc:title><dc:creator>{creator}</dc:creator></p>",
        )
    return path
