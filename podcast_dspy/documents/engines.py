"""The engines that read documents, the choice of one for what is to be read, and those of plain text and docling.

An engine is anything with the members of `DocumentEngine`. Those of this package are chosen by content; docling, whose
models need an extra, by its name. Another one, such as GROBID, is added with `register_engine`, or by an installed
package that names it:

    [project.entry-points."podcast_dspy.document_engines"]
    grobid = "my_package:ENGINE"

It reads what no engine of this package reads, and anything that it is asked for by name (`engine="grobid"`, or
`PODCAST_DSPY_DOCUMENT_ENGINE=grobid` for every command).
"""

from __future__ import annotations

import base64
import io
import os
import re
from collections import Counter
from pathlib import Path
from typing import Any, Final, Protocol, runtime_checkable

from podcast_dspy.documents.graph import DocumentGraph
from podcast_dspy.documents.manuscript import Manuscript, Piece, PieceKind, compose
from podcast_dspy.documents.material import Engine, Material, decoded, kind_of, open_material, refusal
from podcast_dspy.documents.vocabulary import (
    Vocabulary,
    caps,
    clean,
    dehyphenate,
    expression,
    is_name,
    known,
    name_parts,
    split_number,
    tidy_heading,
)
from podcast_dspy.errors import DocumentError, PrerequisiteError, UnknownNameError
from podcast_dspy.registry import Registry

_SPREAD: Final = re.compile(r"\S {3,}\S")
_BARE: Final = expression("bare_number")
_ENDED: Final = re.compile(r"[.!?:;][\"'”’)\]]*$")
_EDGE: Final = 2
"""Lines at the head and at the foot of a page that may be running ones."""

_MOST_TEXT: Final = 16 * 1024 * 1024
_UNDERLINE = re.compile(r"([=\-~^*#\"'])\1{2,}$")
_ITEM = expression("item")


def has_columns(block: list[str]) -> bool:
    """Whether most lines of a block set something at the left and something at the right."""
    return len(block) >= 2 and sum(_SPREAD.search(line.strip()) is not None for line in block) >= 0.6 * len(
        block
    )


def without_pages(text: str) -> str:
    """A text as one piece; form feeds part its pages, whose running lines are known by coming again."""
    pages = [page.split("\n") for page in text.split("\f")]
    if len(pages) > 1:
        _drop_edges(pages)
    joined = pages[0]
    for page in pages[1:]:
        joined = _joined(joined, page)
    return "\n".join(joined)


def _pattern(line: str) -> str:
    """A line with its figures alike, so that the page's number does not tell heads apart."""
    return re.sub(r"\b[ivxl]+\b|\d+", "#", " ".join(line.split()).lower())


def _drop_edges(pages: list[list[str]]) -> None:
    """Empty the lines at the head and at the foot of a page that come again, only counted on, or number it."""
    edges: list[tuple[int, int]] = []
    for number, lines in enumerate(pages):
        full = [index for index, line in enumerate(lines) if line.strip()]
        edges += [(number, index) for index in dict.fromkeys([*full[:_EDGE], *full[-_EDGE:]])]
    counts = Counter(_pattern(pages[number][index]) for number, index in edges)
    for number, index in edges:
        line = pages[number][index].strip()
        if counts[_pattern(line)] > 1 or _BARE.fullmatch(line):
            pages[number][index] = ""


def _joined(left: list[str], right: list[str]) -> list[str]:
    """Two pages; a sentence that goes on is not parted by the blank lines between them."""
    while left and not left[-1].strip():
        left.pop()
    while right and not right[0].strip():
        right.pop(0)
    last, first = (left[-1].strip() if left else ""), (right[0].strip() if right else "")
    goes_on = bool(last and first) and not _ENDED.search(last) and first[:1].islower()
    return [*left, *([] if goes_on else [""]), *right]


def read_text(material: Material, images_dir: Path | None = None) -> DocumentGraph:
    """Read a text file. Raises DocumentError when it holds no text."""
    return compose(manuscript_of(decoded(material.read(_MOST_TEXT), material)), material, "text", images_dir)


def manuscript_of(text: str) -> Manuscript:
    """A text taken apart."""
    text = without_pages(text.replace("\r\n", "\n").replace("\r", "\n").expandtabs(4))
    blocks = [block.split("\n") for block in re.split(r"\n(?:[ \t]*\n)+", text.strip("\n"))]
    blocks = [[line.rstrip() for line in block if line.strip()] for block in blocks]
    blocks = [block for block in blocks if block]
    pieces: list[Piece] = []
    authors: list[str] = []
    if len(blocks) > 2 and has_columns(blocks[0]):  # who, where and when, as in RFCs; the title is below
        for line in blocks.pop(0):
            sides = [clean(side) for side in re.split(r" {3,}", line.rstrip()) if side.strip()]
            authors += [side for side in sides[1:] if is_name(side)]
            pieces += [Piece("note", side) for side in sides if side not in authors]
    vocabulary = Vocabulary(line for block in blocks for line in block)
    hanging = _is_hanging(blocks)
    start = len(pieces)
    for index, block in enumerate(blocks):
        if 0 < index < 4 and len(pieces) == start + index and _names(block[0]):
            pieces += [Piece("byline", clean(line)) for line in block]
        elif index and hanging and _stands_out(block):
            level = 2 + (split_number(block[0].strip())[0] or "").count(".")
            pieces += [Piece("heading", tidy_heading(clean(block[0])), level), *_rest(block[1:], vocabulary)]
        else:
            pieces += _pieces(block, index == 0, index + 1 == len(blocks), vocabulary)
    title = ""
    if len(pieces) > start and pieces[start].kind == "heading" and not known(pieces[start].text):
        title = pieces.pop(start).text
    return Manuscript(pieces, title=title, authors=authors)


def _is_hanging(blocks: list[list[str]]) -> bool:
    """Whether paragraphs are indented as a whole, so that only headings begin at the edge."""
    long = [block for block in blocks if len(" ".join(block)) > 120]
    return len(long) >= 3 and sum(
        all(line.startswith("  ") for line in block) for block in long
    ) >= 0.8 * len(long)


def _stands_out(block: list[str]) -> bool:
    """Whether a block of an indented text begins with a line at the edge that is no part of a paragraph there."""
    line = block[0]
    apart = len(block) == 1 or block[1].startswith(" ")
    return apart and line[:1].isalnum() and len(line) <= 100 and not line.rstrip().endswith((".", ",", ";"))


def _names(line: str) -> bool:
    parts = name_parts(line)
    return bool(parts) and all(is_name(part) for part in parts)


def _level(line: str, first: bool) -> int:
    """Level of a line that stands alone if it is a heading, else 0."""
    text = line.strip()
    number, title = split_number(text)
    ended = text.endswith((".", ",", ";", "?", "!")) and not first
    if len(text) > (200 if first else 100) or not re.search(r"[^\W\d_]{3}", text):
        return 0
    if first and len(text.split()) <= 30 and not text.endswith((".", ",", ";", ":")):
        return 1
    if known(text):
        return 2 + (number or "").count(".")
    if ended or text.endswith(":"):
        return 0
    if number is not None and title[:1].isupper() and len(title.split()) <= 14:
        return 2 + number.count(".")
    return 2 if caps(text) and len(text.split()) <= 12 else 0


def _pieces(block: list[str], first: bool, last: bool, vocabulary: Vocabulary) -> list[Piece]:
    """Pieces of one block of lines."""
    if len(block) >= 2 and _UNDERLINE.match(block[1].strip()) and len(block[0].strip()) < 200:
        level = 1 if first else 2 + ("=-~^*#\"'".index(block[1].strip()[0]) > 1)
        return [Piece("heading", tidy_heading(clean(block[0])), level), *_rest(block[2:], vocabulary)]
    marked = re.match(r"(#{1,6})\s+(\S.*)$", block[0].strip())
    if marked:
        return [Piece("heading", clean(marked.group(2)), len(marked.group(1))), *_rest(block[1:], vocabulary)]
    # A title may take two lines; below it, a heading stands alone or right above its paragraph.
    if first and len(block) <= 3 and (level := _level(" ".join(line.strip() for line in block), first)):
        return [Piece("heading", clean(" ".join(block)), level)]
    level = 0 if first and len(block) > 3 else _level(block[0], first and len(block) == 1)
    if (
        level
        and not (last and len(block) == 1)
        and (len(block) == 1 or known(block[0]) or split_number(block[0].strip())[0])
    ):
        alone = len(block) == 1 or not _ITEM.match(block[1])
        if alone:
            return [Piece("heading", tidy_heading(clean(block[0])), level), *_rest(block[1:], vocabulary)]
    return _rest(block, vocabulary)


def _rest(lines: list[str], vocabulary: Vocabulary) -> list[Piece]:
    """Paragraphs of a block: one, or one for each item of a list; wrapped lines are joined."""
    paragraphs: list[str] = []
    for line in lines:
        if not paragraphs or _ITEM.match(line):
            paragraphs.append(line.strip())
        else:
            paragraphs[-1] = dehyphenate(paragraphs[-1], line.strip(), vocabulary)
    return [Piece("paragraph", text) for paragraph in paragraphs if (text := clean(paragraph))]


ENGINE = Engine("text", read_text)


_MOST_BYTES: Final = 256 * 1024 * 1024
_KINDS: Final[dict[str, PieceKind]] = {
    "text": "paragraph", "paragraph": "paragraph", "list_item": "paragraph", "caption": "caption", "code": "code",
    "formula": "equation", "footnote": "note", "reference": "reference",
}  # fmt: skip
"""Labels of docling's texts; heads and feet of pages and tables of contents have others, and are left out."""

VARIABLE = "PODCAST_DSPY_DOCUMENT_ENGINE"
_ENGINES: Registry[DocumentEngine] = Registry(
    "document engine",
    "podcast_dspy.document_engines",
    {
        "pdf": "podcast_dspy.documents.pdf.passes:ENGINE",
        "html": "podcast_dspy.documents.webpage:ENGINE",
        "markdown": "podcast_dspy.documents.markdown:ENGINE",
        "docx": "podcast_dspy.documents.word:ENGINE",
        "text": "podcast_dspy.documents.engines:ENGINE",
        "docling": "podcast_dspy.documents.engines:DOCLING",
    },
    form="{}",
)
_ADDED: dict[str, DocumentEngine] = {}


@runtime_checkable
class DocumentEngine(Protocol):
    """What reads documents of some kind."""

    @property
    def name(self) -> str:
        """What it is chosen by: lower-case letters, digits and hyphens."""

    def reads(self, material: Material) -> bool:
        """Whether a document is of a kind that it reads, judged by its first bytes. Quick; raises nothing."""

    def read(self, material: Material, images_dir: Path | None) -> DocumentGraph:
        """Read a document, its figures as PNG files into `images_dir`. Raises DocumentError with the fix."""


def register_engine(engine: DocumentEngine) -> None:
    """Add an engine to this process. One of the same name that was added before is replaced."""
    if engine.name in _ENGINES.forms():
        raise UnknownNameError(f"{engine.name!r} names another engine; give yours a name of its own")
    _ADDED[engine.name] = engine


def unregister_engine(name: str) -> None:
    """Take an added engine out again."""
    _ADDED.pop(name, None)


def engine_names() -> list[str]:
    """Names of all engines, those of this package first."""
    return [*_ENGINES.forms(), *_ADDED]


def _chosen(material: Material, name: str | None) -> DocumentEngine:
    kind = name or kind_of(material)
    if kind:
        return _ADDED.get(kind) or _ENGINES.find(kind)[0]
    for engine in (*_ADDED.values(), *_ENGINES.installed()):
        if engine.reads(material):
            return engine
    raise DocumentError(refusal(material))


def read_document(
    source: str | Path | Material, *, images_dir: Path | None = None, engine: str | None = None
) -> DocumentGraph:
    """Read a paper: a path, or an http(s) address as a string.

    PDF, HTML, Markdown, Word (.docx) and plain text are told apart by content. With `images_dir` the figures are
    written there as PNG files (of a PDF also its tables and displayed equations). `engine` names the engine to use
    instead of the one that the content calls for. Reading the same bytes again gives the same graph.

    Raises DocumentError when it is missing, empty, of another kind, damaged, encrypted, without text, or cannot be
    fetched; UnknownNameError for an engine that is not there; DiskFullError and WorkspaceError when an image cannot
    be written.
    """
    if isinstance(source, Material):
        return _chosen(source, engine or os.environ.get(VARIABLE)).read(source, images_dir)
    with open_material(source) as material:
        return read_document(material, images_dir=images_dir, engine=engine)


def read_with_docling(material: Material, images_dir: Path | None = None) -> DocumentGraph:
    """Read a document of any kind that docling knows.

    Of a PDF it gives no boxes, so that its graph has no pages. Raises PrerequisiteError where docling is not installed,
    DocumentError for what it cannot convert or what holds no prose, and what writing pictures raises.
    """
    manuscript = _docling_manuscript(_converted(material, images_dir is not None))
    return compose(manuscript, material, "docling", images_dir)


def _converted(material: Material, pictured: bool) -> Any:
    try:
        from docling.datamodel.base_models import DocumentStream, InputFormat
        from docling.datamodel.pipeline_options import PdfPipelineOptions
        from docling.document_converter import DocumentConverter, PdfFormatOption
        from docling.exceptions import ConversionError
    except ImportError as error:
        raise PrerequisiteError(
            "docling is not installed; install it with `pip install 'podcast-dspy[docling]'`, or name no engine."
        ) from error
    options = PdfPipelineOptions()
    options.generate_picture_images = pictured
    converter = DocumentConverter(format_options={InputFormat.PDF: PdfFormatOption(pipeline_options=options)})
    # What was fetched has no ending, which docling tells kinds by.
    kind = {"markdown": "md", "text": "md"}.get(kind_of(material) or "", kind_of(material))
    name = f"{material.stem}.{kind}" if kind else Path(material.shown).name
    try:
        return converter.convert(
            DocumentStream(name=name, stream=io.BytesIO(material.read(_MOST_BYTES)))
        ).document
    except ConversionError as error:
        raise DocumentError(
            f"docling cannot read {material.shown} ({error}); name no engine, or give the paper in another form."
        ) from error


def _docling_manuscript(document: Any) -> Manuscript:
    """A `DoclingDocument` as pieces in its reading order."""
    manuscript = Manuscript([])
    for item, _ in document.iterate_items():
        label = str(getattr(item.label, "value", item.label))
        text = clean(getattr(item, "text", ""))
        if label == "title" and not manuscript.title:
            manuscript.title = text
        elif label in ("title", "section_header"):
            manuscript.pieces.append(Piece("heading", text, getattr(item, "level", 1)))
        elif label == "table":
            rows = [[clean(cell.text) for cell in row] for row in item.data.grid]
            manuscript.pieces.append(Piece("table", clean(item.caption_text(document)), rows=rows))
        elif label == "picture":
            picture = _inline(item.get_image(document))
            manuscript.pieces.append(Piece("figure", clean(item.caption_text(document)), picture=picture))
        elif text and label in _KINDS:
            manuscript.pieces.append(Piece(_KINDS[label], text))
    captions = {piece.text for piece in manuscript.pieces if piece.kind in ("figure", "table")}
    manuscript.pieces = [p for p in manuscript.pieces if p.kind != "caption" or p.text not in captions]
    return manuscript


def _inline(image: Any) -> str | None:
    """A picture as an address that holds it."""
    if image is None:
        return None
    buffer = io.BytesIO()
    image.save(buffer, format="PNG")
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()


DOCLING = Engine("docling", read_with_docling)
