"""One small paper as web page, Markdown, Word document and plain text, made by code."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from xml.sax.saxutils import escape

from PIL import Image

__all__ = ["ABSTRACT", "TITLE", "WRITERS", "docx", "html", "markdown", "picture", "text"]

TITLE = "Counting Sparrows with Acoustic Beacons"
ABSTRACT = (
    "Counting birds by eye is slow and depends on the observer. We propose acoustic beacons, small loudspeakers that "
    "play a contact call and record the replies."
)
INTRODUCTION = (
    "Sparrow numbers have fallen in many cities, and nobody agrees by how much. An acoustic beacon calls, and the "
    "birds answer. Figure 1 shows the circuit of a beacon, and Table 1 lists what it costs."
)
DETECTOR = (
    "A reply detector decides whether a sparrow has answered an acoustic beacon. The reply detector is a small network "
    "that runs on the beacon itself, so that no raw sound leaves the garden."
)
CAPTION = "Figure 1: Circuit of an acoustic beacon."
TABLE = "Table 1: Cost of one acoustic beacon."
REFERENCES = [
    "A. Finch. Birds that answer. Journal of Gardens, 2029.",
    "B. Wren. Walking a line. Field Notes, 2027.",
]


def picture() -> bytes:
    """A PNG that is no icon."""
    buffer = io.BytesIO()
    Image.effect_mandelbrot((240, 160), (-2, -1.2, 1, 1.2), 30).save(buffer, "PNG")
    return buffer.getvalue()


def html(folder: Path) -> Path:
    """The paper as a page of a journal's site, with menus around it."""
    (folder / "beacon.png").write_bytes(picture())
    references = "".join(f"<li>{entry}</li>" for entry in REFERENCES)
    page = f"""<!doctype html><html lang="en"><head><title>{TITLE} | Journal of Gardens</title>
<meta name="citation_author" content="Quillfeather, Ada"><meta name="citation_author" content="Bruno van der Meer">
<style>p {{ color: red }}</style><script>document.write("injected")</script></head><body>
<nav><ul><li><a href="/">Home</a><li><a href="/a">About us</a><li><a href="/b">Journals</a></ul></nav>
<div class="cookie-banner">We use cookies to make this site better.</div>
<div class="page"><article><h1>{TITLE}</h1><div class="abstract"><h2>Abstract</h2><p>{ABSTRACT}</div>
<h2>1 Introduction</h2><p>{INTRODUCTION.replace("cities,", 'cities,<sup><a href="#r1">1</a></sup>')}
<figure><img src="beacon.png" alt="a circuit"><figcaption>{CAPTION}</figcaption></figure>
<h2>2 Method</h2><h3>2.1 The reply detector</h3><p>{DETECTOR}
<table><caption>{TABLE}</caption><tr><th>Part<th>Price<tr><td>Speaker<td>4.20</table>
<h2>References</h2><ol>{references}</ol></article></div>
<aside class="related"><h3>Related</h3><p>Ten tips for gardens.</p></aside>
<footer>Copyright 2031 Journal of Gardens.</footer></body></html>"""
    path = folder / "sparrows.html"
    path.write_text(page, encoding="utf-8")
    return path


def markdown(folder: Path) -> Path:
    """The paper as a note with front matter."""
    (folder / "beacon.png").write_bytes(picture())
    page = f"""---
title: "{TITLE}"
author:
  - name: Ada Quillfeather
    affiliation: University of Nowhere
  - Bruno van der Meer
abstract: |
  {ABSTRACT}
---

# 1 Introduction

{INTRODUCTION.replace("agrees", "agrees[^1]")} [@finch2029]

![{CAPTION}](beacon.png)

# 2 Method

## 2.1 The reply detector

{DETECTOR}

$$a_i = \\sum_j b_j * c_j * d_j$$

```python
def listen(beacon): return beacon[^1]
```

| Part | Price |
|------|-------|
| Speaker | 4.20 |

{TABLE}

[^1]: Nobody at all agrees.

# References

- {REFERENCES[0]}
- {REFERENCES[1]}
"""
    path = folder / "sparrows.md"
    path.write_text(page, encoding="utf-8")
    return path


def text(folder: Path) -> Path:
    """The paper as wrapped lines."""
    page = f"""{TITLE}

Ada Quillfeather, Bruno van der Meer
University of Nowhere

Abstract

{ABSTRACT.replace("observer", "ob-" + chr(10) + "server")}

1. INTRODUCTION

{INTRODUCTION.replace(". ", "." + chr(10))}

{CAPTION}

2. METHOD

2.1 The reply detector
{DETECTOR}

{TABLE}

References

[1] {REFERENCES[0]}
[2] {REFERENCES[1]}
"""
    path = folder / "sparrows.txt"
    path.write_text(page, encoding="utf-8")
    return path


_NAMES = (
    'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" '
    'xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:pic="http://schemas.openxmlformats.org/drawingml/2006/picture"'
)
_PICTURE = (
    "<w:p><w:r><w:drawing><wp:inline><wp:docPr id='1' name='beacon'/><a:graphic><a:graphicData uri='http://schemas.openxml"
    "formats.org/drawingml/2006/picture'><pic:pic><pic:blipFill><a:blip r:embed='rId9'/></pic:blipFill>"
    "</pic:pic></a:graphicData></a:graphic></wp:inline></w:drawing></w:r></w:p>"
)


def _p(words: str, style: str = "") -> str:
    named = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
    return f'<w:p>{named}<w:r><w:t xml:space="preserve">{escape(words)}</w:t></w:r></w:p>'


def docx(folder: Path) -> Path:
    """The paper as Word saves it, by the styles of its paragraphs."""
    cells = [["Part", "Price"], ["Speaker", "4.20"]]
    table = "".join("<w:tr>" + "".join(f"<w:tc>{_p(c)}</w:tc>" for c in row) + "</w:tr>" for row in cells)
    body = "".join(
        [
            _p(TITLE, "Title"), _p("Ada Quillfeather, Bruno van der Meer", "Author"), _p(ABSTRACT, "Abstract"),
            _p("1 Introduction", "Heading1"), _p(INTRODUCTION), _PICTURE, _p(CAPTION, "Caption"),
            _p("2 Method", "Heading1"), _p("2.1 The reply detector", "Heading2"), _p(DETECTOR),
            _p(TABLE, "Caption"), f"<w:tbl>{table}</w:tbl>",
            _p("References", "Heading1"), *(_p(entry) for entry in REFERENCES),
        ]
    )  # fmt: skip
    styles = "".join(
        f'<w:style w:type="paragraph" w:styleId="{key}"><w:name w:val="{name}"/></w:style>'
        for key, name in {
            "Title": "Title", "Author": "Author", "Abstract": "Abstract", "Caption": "caption",
            "Heading1": "heading 1", "Heading2": "heading 2",
        }.items()
    )  # fmt: skip
    kinds = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    path = folder / "sparrows.docx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(
            "[Content_Types].xml",
            f'<Types xmlns="{package}/content-types"><Default Extension="xml" ContentType="application/xml"/>'
            '<Default Extension="png" ContentType="image/png"/></Types>',
        )
        archive.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{package}/relationships"><Relationship Id="rId1" Type="{kinds}/officeDocument" '
            'Target="word/document.xml"/></Relationships>',
        )
        archive.writestr(
            "word/_rels/document.xml.rels",
            f'<Relationships xmlns="{package}/relationships"><Relationship Id="rId8" Type="{kinds}/styles" '
            f'Target="styles.xml"/><Relationship Id="rId9" Type="{kinds}/image" Target="media/beacon.png"/>'
            "</Relationships>",
        )
        archive.writestr("word/styles.xml", f"<w:styles {_NAMES}>{styles}</w:styles>")
        archive.writestr("word/document.xml", f"<w:document {_NAMES}><w:body>{body}</w:body></w:document>")
        archive.writestr("word/media/beacon.png", picture())
    return path


WRITERS = {"html": html, "markdown": markdown, "docx": docx, "text": text}
