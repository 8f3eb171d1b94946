"""Reads documents with docling, where it is installed: what its models find becomes our pieces. By name only.

Of a PDF it gives no boxes, so that its graph has no pages; its concepts, quotes and links are made as all others are.
"""

from __future__ import annotations

import base64
import io
from pathlib import Path
from typing import Any, Final

from podcast_dspy.documents.graph import DocumentGraph
from podcast_dspy.documents.manuscript import Manuscript, Piece, PieceKind, compose
from podcast_dspy.documents.material import Engine, Material, kind_of
from podcast_dspy.documents.word_repair import clean
from podcast_dspy.errors import DocumentError, PrerequisiteError

MAX_BYTES: Final = 256 * 1024 * 1024
_KINDS: Final[dict[str, PieceKind]] = {
    "text": "paragraph", "paragraph": "paragraph", "list_item": "paragraph", "caption": "caption", "code": "code",
    "formula": "equation", "footnote": "note", "reference": "reference",
}  # fmt: skip
"""Labels of docling's texts; heads and feet of pages and tables of contents have others, and are left out."""


def read_with_docling(material: Material, images_dir: Path | None = None) -> DocumentGraph:
    """Read a document of any kind that docling knows.

    Raises PrerequisiteError where docling is not installed, DocumentError for what it cannot convert or what holds no
    prose, and what writing pictures raises.
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
    told = {piece.text for piece in manuscript.pieces if piece.kind in ("figure", "table")}
    manuscript.pieces = [p for p in manuscript.pieces if p.kind != "caption" or p.text not in told]
    return manuscript


def _inline(image: Any) -> str | None:
    """A picture as an address that holds it."""
    if image is None:
        return None
    buffer = io.BytesIO()
    image.save(buffer, format="PNG")
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()


ENGINE = Engine("docling", read_with_docling)
