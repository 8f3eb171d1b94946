"""The engines that read documents, and the choice of one for what is to be read.

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
from pathlib import Path
from typing import Any, Final, Protocol, runtime_checkable

from podcast_dspy.documents.graph import DocumentGraph
from podcast_dspy.documents.manuscript import Manuscript, Piece, PieceKind, compose
from podcast_dspy.documents.material import Engine, Material, kind_of, open_material, refusal
from podcast_dspy.documents.vocabulary import clean
from podcast_dspy.errors import DocumentError, PrerequisiteError, UnknownNameError
from podcast_dspy.registry import Registry

MAX_BYTES: Final = 256 * 1024 * 1024
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
        "text": "podcast_dspy.documents.plaintext:ENGINE",
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
    manuscript = manuscript_of(_converted(material, images_dir is not None))
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
            DocumentStream(name=name, stream=io.BytesIO(material.read(MAX_BYTES)))
        ).document
    except ConversionError as error:
        raise DocumentError(
            f"docling cannot read {material.shown} ({error}); name no engine, or give the paper in another form."
        ) from error


def manuscript_of(document: Any) -> Manuscript:
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
