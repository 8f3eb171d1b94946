"""The example papers as web pages, Word documents, Markdown and text, each in the shapes that such documents have.

All are made from one source, so that what stands in each is known: title, authors, abstract, headings, paragraphs,
captions, cells of tables, works. Around it stands what such pages have around a paper: menus, banners, boxes, lists of
links, what is hidden, comments of readers. Shapes follow the HTML of LaTeXML, PubMed Central, Springer, PLOS, WordPress,
MediaWiki, Pandoc, Distill, Quarto and of pages written by hand; the styles of Word itself, of Pandoc, of the templates
of Springer and MDPI, of Google Docs, and of authors who use none; Markdown of Pandoc (two heads), Quarto, MyST and
repositories; text as wrapped and as paged.
"""

# ruff: noqa: E501 - lines of documents are as long as they are

from __future__ import annotations

import re
import textwrap
import zipfile
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from documents_shapes_html import HTML
from documents_source import Source, numbered, plain

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
M = 'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"'
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
KINDS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def runs(text: str, properties: str = "") -> str:
    """Small HTML as runs of Word."""
    parts = []
    for piece in re.split(r"(<super>.*?</super>|<sub>.*?</sub>)", text):
        place = (
            "superscript" if piece.startswith("<super>") else "subscript" if piece.startswith("<sub>") else ""
        )
        raised = f'<w:vertAlign w:val="{place}"/>' if place else ""
        words = unescape(re.sub(r"<[^>]+>", "", piece))
        if words:
            parts.append(
                f'<w:r><w:rPr>{properties}{raised}</w:rPr><w:t xml:space="preserve">{escape(words)}</w:t></w:r>'
            )
    return "".join(parts)


def line(text: str, style: str = "", properties: str = "") -> str:
    """A paragraph of Word."""
    named = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
    return f"<w:p>{named}{runs(text, properties)}</w:p>"


def word_table(rows: list[list[str]]) -> str:
    """A table of Word."""
    cells = ("".join(f"<w:tc>{line(c)}</w:tc>" for c in row) for row in rows)
    return f"<w:tbl>{''.join(f'<w:tr>{row}</w:tr>' for row in cells)}</w:tbl>"


def formula(text: str) -> str:
    """A displayed formula of Word."""
    return f"<w:p><m:oMathPara><m:oMath><m:r><m:t>{escape(plain(text))}</m:t></m:r></m:oMath></m:oMathPara></w:p>"


TOC = (
    '<w:sdt><w:sdtPr><w:docPartObj><w:docPartGallery w:val="Table of Contents"/></w:docPartObj></w:sdtPr><w:sdtContent>'
    "<w:p><w:r><w:t>Introduction 1</w:t></w:r></w:p></w:sdtContent></w:sdt>"
)
UNSEEN = (
    "<w:p><w:r><w:rPr><w:vanish/></w:rPr><w:t>This text is hidden in the document and must not be read.</w:t></w:r></w:p>"
    '<w:p><w:del w:id="1" w:author="x"><w:r><w:delText>What was deleted by a reviewer.</w:delText></w:r></w:del></w:p>'
)
BOLD, LARGE, LARGER = "<w:b/>", '<w:b/><w:sz w:val="28"/>', '<w:b/><w:sz w:val="36"/>'
STYLES: dict[str, dict[str, str]] = {
    "word": {"title": "Title", "author": "Subtitle", "abstract": "", "heading1": "Heading1", "heading2": "Heading2", "text": "", "caption": "Caption", "reference": ""},
    "pandoc": {"title": "Title", "author": "Author", "abstract": "Abstract", "heading1": "Heading1", "heading2": "Heading2", "text": "BodyText", "caption": "ImageCaption", "reference": "Bibliography"},
    "springer": {"title": "papertitle", "author": "author", "abstract": "abstract", "heading1": "heading1", "heading2": "heading2", "text": "p1a", "caption": "figurecaption", "reference": "referenceitem"},
    "mdpi": {"title": "MDPI12title", "author": "MDPI13authornames", "abstract": "MDPI17abstract", "heading1": "MDPI21heading1", "heading2": "MDPI22heading2", "text": "MDPI31text", "caption": "MDPI51figurecaption", "reference": "MDPI71References"},
    "google": {"title": "Title", "author": "", "abstract": "", "heading1": "Heading1", "heading2": "Heading2", "text": "", "caption": "", "reference": ""},
    "bare": {},
}  # fmt: skip


def docx(s: Source, shape: str, path: Path) -> None:
    """A Word document of some shape."""
    named = STYLES[shape]

    def put(text: str, role: str, properties: str = "") -> str:
        return line(text, named.get(role, ""), "" if named.get(role) else properties)

    parts = [put(s.title, "title", LARGER), put(", ".join(s.authors), "author")]
    parts += [put(place, "author") for place in s.places] if shape != "google" else []
    parts += [TOC, UNSEEN] if shape in ("word", "google") else []
    if named.get("abstract"):
        parts.append(put(f"Abstract. {s.abstract}" if shape != "pandoc" else s.abstract, "abstract"))
    else:
        parts += [put("Abstract", "heading1", LARGE), put(s.abstract, "text")]
    for block, number in numbered(s):
        if block.kind == "heading":
            title = f"{number} {block.text}" if shape in ("springer", "bare", "mdpi") else block.text
            parts.append(put(title, f"heading{block.level}", LARGE if block.level == 1 else BOLD))
        elif block.kind == "paragraph":
            parts.append(put(block.text, "text"))
        elif block.kind == "equation":
            parts.append(formula(block.text))
        else:
            label = f"{'Figure' if block.kind == 'figure' else 'Table'} {block.number}"
            caption = put(f"{label}{'.' if shape != 'word' else ':'} {block.text}", "caption")
            parts += [caption, word_table(block.rows)] if block.rows else [caption]
    parts.append(put("References", "heading1", LARGE))
    parts += [put(r, "reference") for r in s.references]
    ids = {
        "Heading1": ("heading 1", 0),
        "Heading2": ("heading 2", 1),
        "Title": ("Title", None),
        "Caption": ("caption", None),
    }
    styles = '<w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/></w:style>'
    for key in sorted({key for key in named.values() if key}):
        name, level = ids.get(key, (re.sub(r"^(MDPI)(\d)(\d)", r"\1_\2.\3_", key), None))
        outline = "" if level is None else f'<w:pPr><w:outlineLvl w:val="{level}"/></w:pPr>'
        styles += f'<w:style w:type="paragraph" w:styleId="{key}"><w:name w:val="{name}"/><w:basedOn w:val="Normal"/>{outline}</w:style>'
    files = {
        "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types"><Default Extension="xml" ContentType="application/xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="rId1" Type="{KINDS}/officeDocument" Target="word/document.xml"/></Relationships>',
        "word/_rels/document.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="rId8" Type="{KINDS}/styles" Target="styles.xml"/></Relationships>',
        "word/styles.xml": f"<w:styles {W}>{styles}</w:styles>",
        "word/document.xml": f"<w:document {W} {M}><w:body>{''.join(parts)}</w:body></w:document>",
    }
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)


def bare(work: str) -> str:
    """An entry of the list of works without its number."""
    return re.sub(r"^\[\d+\] ", "", work)


def marked(text: str) -> str:
    """Small HTML as Markdown."""
    text = re.sub(r"<super>(.*?)</super>", r"^\1^", re.sub(r"<sub>(.*?)</sub>", r"~\1~", text))
    text = re.sub(r"</?i>", "*", re.sub(r"</?b>", "**", text))
    return " ".join(unescape(re.sub(r"<[^>]+>", "", text)).split())


def pipes(rows: list[list[str]]) -> str:
    """A table of Markdown."""
    lines = ["| " + " | ".join(marked(c) for c in row) + " |" for row in rows]
    return "\n".join([lines[0], "|" + "---|" * len(rows[0]), *lines[1:]])


def markdown(s: Source, shape: str) -> str:
    """Markdown of some shape."""
    people = "\n".join(f"  - name: {a}\n    affiliation: {s.places[0]}" for a in s.authors)
    heads = {
        "pandoc": f'---\ntitle: "{s.title}"\nauthor:\n{people}\nabstract: |\n  {marked(s.abstract)}\n---\n',
        "percent": f"% {s.title}\n% {'; '.join(s.authors)}\n% May 2031\n\n# Abstract\n\n{marked(s.abstract)}\n",
        "quarto": f'---\ntitle: "{s.title}"\nformat: html\nauthor:\n{people}\nabstract: >\n  {marked(s.abstract)}\nbibliography: refs.bib\n---\n',
        "myst": f"---\ntitle: '{s.title}'\nauthors:\n{people}\n---\n\n+++ {{\"part\": \"abstract\"}}\n\n# Abstract\n\n{marked(s.abstract)}\n",
        "repository": f"# {s.title}\n\n[![build](https://x/y.svg)](https://x)\n\n{', '.join(s.authors)}\n\n## Abstract\n\n{marked(s.abstract)}\n",
    }  # fmt: skip
    parts = [heads[shape]]
    up = 1 if shape == "repository" else 0
    for block, number in numbered(s):
        label = f"{'Figure' if block.kind == 'figure' else 'Table'} {block.number}"
        text = marked(block.text)
        if block.kind == "heading":
            anchor = f" {{#sec-{number.replace('.', '-')}}}" if shape in ("pandoc", "quarto") else ""
            parts.append(f"{'#' * (block.level + up)} {text}{anchor}")
        elif block.kind == "paragraph":
            parts.append(text + (" See @sec-2." if shape == "quarto" else ""))
        elif block.kind == "equation":
            parts.append(f"$$\n{plain(block.text)}\n$$" + (" {#eq-one}" if shape == "quarto" else ""))
        elif block.kind == "figure":
            if shape == "quarto":
                parts.append(f"![{text}](f{block.number}.png){{#fig-f{block.number} width=80%}}")
            elif shape == "myst":
                parts.append(
                    f"```{{figure}} f{block.number}.png\n:name: f{block.number}\n{label}: {text}\n```"
                )
            else:
                parts.append(
                    f"![{label}: {text}](f{block.number}.png)" + ("{width=50%}" if shape == "pandoc" else "")
                )
        else:
            caption = {"quarto": f": {text} {{#tbl-t{block.number}}}", "pandoc": f": {label}: {text}"}.get(
                shape, f"**{label}:** {text}"
            )
            parts += [pipes(block.rows), caption]
    parts.append(f"{'#' * (1 + up)} References")
    parts.append("\n".join(f"{n}. {marked(bare(r))}" for n, r in enumerate(s.references, 1)))
    return "\n\n".join(parts) + "\n"


def wrapped(words: str, width: int = 76) -> str:
    """Lines of a width."""
    return "\n".join(textwrap.wrap(words, width))


def text(s: Source, shape: str) -> str:
    """Plain text, as one piece or in pages with running heads."""
    parts = [wrapped(s.title), ", ".join(s.authors), *s.places, "Abstract", wrapped(plain(s.abstract))]
    for block, number in numbered(s):
        if block.kind == "heading":
            parts.append(f"{number}. {plain(block.text)}")
        elif block.kind in ("figure", "table"):
            parts.append(wrapped(f"{block.kind.title()} {block.number}: {plain(block.text)}"))
            if block.rows:
                parts.append("\n".join("    ".join(plain(c).ljust(12) for c in row) for row in block.rows))
        else:
            parts.append(wrapped(plain(block.text)))
    parts += ["References", *(wrapped(f"[{n}] {plain(bare(r))}") for n, r in enumerate(s.references, 1))]
    whole = "\n\n".join(parts)
    if shape == "wrapped":
        return whole
    rows = whole.split("\n")
    pages = [rows[start : start + 50] for start in range(0, len(rows), 50)]
    return "\f".join(
        f"Journal of Tests          {s.title[:30]}\n\n" + "\n".join(page) + f"\n\n{n}"
        for n, page in enumerate(pages, 1)
    )


MARKDOWN = ("pandoc", "percent", "quarto", "myst", "repository")
TEXT = ("wrapped", "paged")


def write_shapes(folder: Path, papers: list[Source]) -> Iterator[tuple[str, str, Path, dict[str, Any]]]:
    """(kind, shape, file, gold) of every document, written into a folder."""
    for index, paper in enumerate(papers):
        gold = paper.gold()
        for name, make in HTML.items():
            path = folder / f"{index}-{name}.html"
            path.write_text(make(paper), encoding="utf-8")
            yield "html", name, path, gold
        for shape in STYLES:
            path = folder / f"{index}-{shape}.docx"
            docx(paper, shape, path)
            yield "docx", shape, path, gold
        for shape in MARKDOWN:
            path = folder / f"{index}-{shape}.md"
            path.write_text(markdown(paper, shape), encoding="utf-8")
            yield "markdown", shape, path, gold
        for shape in TEXT:
            path = folder / f"{index}-{shape}.txt"
            path.write_text(text(paper, shape), encoding="utf-8")
            yield "text", shape, path, gold
