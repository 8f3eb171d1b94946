"""Reads Word documents (.docx), which mammoth turns into HTML by the styles of their paragraphs."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from typing import Any

from podcast_dspy.documents.authors import name_parts
from podcast_dspy.documents.compose import compose
from podcast_dspy.documents.graph import DocumentGraph
from podcast_dspy.documents.inline import write_inline
from podcast_dspy.documents.markup import parsed
from podcast_dspy.documents.material import Material
from podcast_dspy.documents.pieces import Manuscript
from podcast_dspy.documents.tree import pieces_of
from podcast_dspy.documents.words import clean
from podcast_dspy.errors import DocumentError

__all__ = ["read_docx"]

MAX_BYTES = 128 * 1024 * 1024
MAX_TEXT = 24 * 1024 * 1024
"""Bytes of XML, unpacked: some 2,000 pages of text."""

MAX_UNPACKED = 512 * 1024 * 1024
MAX_PARTS = 10_000

_STYLES = """
p[style-name='Title'] => h1.title:fresh
p[style-name='Subtitle'] => p.subtitle:fresh
p[style-name='Author'] => p.byline:fresh
p[style-name='Authors'] => p.byline:fresh
p[style-name='Affiliation'] => p.affiliation:fresh
p[style-name='Date'] => p.affiliation:fresh
p[style-name='Abstract Title'] => h2:fresh
p[style-name='Abstract'] => p.abstract:fresh
p[style-name='Caption'] => p.caption:fresh
p[style-name='caption'] => p.caption:fresh
p[style-name='Image Caption'] => p.caption:fresh
p[style-name='Table Caption'] => p.caption:fresh
p[style-name='Bibliography'] => p.references:fresh
p[style-name='Source Code'] => pre:separator(' ')
"""


def read_docx(material: Material, images_dir: Path | None = None) -> DocumentGraph:
    """Read a Word document. Raises DocumentError when it is damaged, too large or empty, and what writing pictures
    raises. Formulas are left out, since Word keeps them in a form of its own."""
    import mammoth

    title, authors = _checked(material)
    try:
        with material.path.open("rb") as file:
            html = str(mammoth.convert_to_html(file, style_map=_STYLES).value)
    except MemoryError:
        raise
    except Exception as error:  # mammoth lets through whatever a damaged archive or its XML makes of it
        raise DocumentError(
            f"{material.shown} is damaged ({type(error).__name__}); open it in Word and save it again, or give a PDF."
        ) from error
    body = parsed(f"<body>{html}</body>").find("body")
    write_inline(body)
    pieces = pieces_of(body)
    titled = [p for p in pieces[:6] if p.kind == "heading" and 'class="title"' in html and p.level == 1]
    abstract = clean(
        " ".join(re.sub(r"<[^>]+>", " ", t) for t in re.findall(r'<p class="abstract">(.*?)</p>', html))
    )
    manuscript = Manuscript(
        pieces,
        title=titled[0].text if titled else title if not _heads_alone(pieces) else "",
        authors=[] if any(p.kind == "byline" for p in pieces[:6]) else authors,
        abstract=abstract,
    )
    if abstract:
        words = re.sub(r"\W", "", abstract)
        manuscript.pieces = [
            p for p in pieces if not (p.kind == "paragraph" and re.sub(r"\W", "", p.text) in words)
        ]
    return compose(manuscript, material, "docx", images_dir)


def _heads_alone(pieces: list[Any]) -> bool:
    """Whether the document opens with a heading of a level that no other has: that is its title."""
    heads = [p.level for p in pieces if p.kind == "heading"]
    return (
        bool(heads)
        and pieces[0].kind == "heading"
        and heads.count(min(heads)) == 1
        and heads[0] == min(heads)
    )


def _checked(material: Material) -> tuple[str, list[str]]:
    """Title and authors of the file's properties. Raises DocumentError for what would not fit in memory."""
    damaged = f"{material.shown} is damaged; open it in Word and save it again, or give a PDF."
    try:
        with zipfile.ZipFile(material.path) as archive:
            parts = archive.infolist()
            xml = sum(part.file_size for part in parts if part.filename.endswith((".xml", ".rels")))
            if (
                material.size > MAX_BYTES
                or len(parts) > MAX_PARTS
                or xml > MAX_TEXT
                or sum(part.file_size for part in parts) > MAX_UNPACKED
            ):
                raise DocumentError(
                    f"{material.shown} unpacks to more than a paper can hold; save the part you need as PDF."
                )
            if any(part.flag_bits & 1 for part in parts):
                raise DocumentError(f"{material.shown} needs a password; save it without one.")
            try:
                properties = archive.read("docProps/core.xml")
            except KeyError:
                return "", []
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, EOFError, RuntimeError) as error:
        raise DocumentError(damaged) from error
    except zipfile.LargeZipFile as error:
        raise DocumentError(damaged) from error
    text = properties.decode("utf-8", "replace")
    found = {
        name: clean(match.group(1))
        if (match := re.search(rf"<dc:{name}[^>]*>([^<]*)</dc:{name}>", text))
        else ""
        for name in ("title", "creator")
    }
    return found["title"], name_parts(found["creator"].replace(";", ","))
