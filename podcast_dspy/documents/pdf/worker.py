"""Opens a PDF, and turns every way it can be unusable into one DocumentError with its fix."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from podcast_dspy.documents.graph import BBox
from podcast_dspy.documents.material import Material
from podcast_dspy.documents.pdf.unpacking import check_unpacking
from podcast_dspy.errors import DocumentError

__all__ = ["Source", "open_source", "save_crops"]

PDFIUM_LOCK = threading.RLock()
"""pdfium keeps global state: whoever calls it holds this lock."""


MAX_PAGES = 600
"""A longer file is a book or an attack, not a paper."""


MOST_BOOKMARKS = 5000


REFRESH = 64
"""Pages after which a document is opened anew, since pdfium keeps what it has once read of it."""


@dataclass
class Source:
    """An open PDF. Use it only inside `open_source`, which holds the lock."""

    shown: str
    """How it is named in messages."""
    stem: str
    sha256: str
    pdf: Any
    page_count: int
    metadata: dict[str, str]
    path: Path

    @contextmanager
    def page(self, number: int) -> Iterator[Any]:
        """The pdfium page of that number, from 1, while the block runs; takes the lock."""
        import pypdfium2 as pdfium

        with PDFIUM_LOCK:
            self._taken += 1
            if self._taken % REFRESH == 0:
                self.pdf.close()
                self.pdf = pdfium.PdfDocument(self.path)
            page = self.pdf[number - 1]
            try:
                yield page
            finally:
                page.close()

    def bookmarks(self) -> list[str]:
        """Titles of the file's outline, as far as it has one; the first thousands, since a hostile one is endless."""
        with PDFIUM_LOCK:
            return [mark.get_title() for mark in islice(self.pdf.get_toc(max_depth=6), MOST_BOOKMARKS)]

    def __post_init__(self) -> None:
        self._taken = 0


def _metadata(pdf: Any) -> dict[str, str]:
    return {key: str(value).strip() for key, value in pdf.get_metadata_dict(skip_empty=True).items()}


@contextmanager
def open_source(material: Material) -> Iterator[Source]:
    """Open a PDF for reading, holding the pdfium lock until the block ends.

    pdfium reads the file as it needs it, so that its size does not count in memory. Raises DocumentError when it is
    encrypted, damaged or without pages.
    """
    import pypdfium2 as pdfium
    import pypdfium2.raw as pdfium_c

    path = material.shown
    check_unpacking(material)
    with PDFIUM_LOCK:
        try:
            pdf = pdfium.PdfDocument(material.path)
        except pdfium.PdfiumError as error:
            data = material.path.read_bytes()
            locked = getattr(error, "err_code", None) in (
                pdfium_c.FPDF_ERR_PASSWORD,
                pdfium_c.FPDF_ERR_SECURITY,
            )
            if locked and b"/Encrypt" in data:
                raise DocumentError(
                    f"{path} is encrypted and needs a password; save it without one, "
                    "for example with `qpdf --decrypt --password=... in.pdf out.pdf`."
                ) from error
            if b"%%EOF" not in data[-4096:]:
                raise DocumentError(
                    f"{path} is truncated (its end is missing); download the paper again."
                ) from error
            if not re.search(rb"/Type\s*/Page(?!s)|/ObjStm", data):
                raise DocumentError(f"{path} has no pages; export or download the paper again.") from error
            raise DocumentError(
                f"{path} is damaged and cannot be opened; download the paper again, or repair it with "
                "`qpdf in.pdf out.pdf`."
            ) from error
        source: Source | None = None
        try:
            pages = len(pdf)
            if pages == 0:
                raise DocumentError(f"{path} has no pages; export or download the paper again.")
            if pages > MAX_PAGES:
                raise DocumentError(
                    f"{path} has {pages} pages, more than the {MAX_PAGES} a paper may have; "
                    "extract the chapter you need first."
                )
            source = Source(path, material.stem, material.sha256, pdf, pages, _metadata(pdf), material.path)
            yield source
        except pdfium.PdfiumError as error:
            raise DocumentError(
                f"{path} is damaged ({error}); download the paper again, or repair it with "
                "`qpdf in.pdf out.pdf`."
            ) from error
        finally:
            (source.pdf if source is not None else pdf).close()


DPI = 150


MAX_PIXELS = 6_000_000
"""A crop is rendered smaller rather than larger than this, so memory does not depend on the page."""


MARGIN = 1.0


def save_crops(page: Any, crops: list[tuple[BBox, Path]], width: float, height: float) -> None:
    """Write each box (points, origin top left) of an open pdfium page to its PNG path."""
    for (x0, y0, x1, y1), path in crops:
        x0, y0 = max(0.0, x0 - MARGIN), max(0.0, y0 - MARGIN)
        x1, y1 = min(width, x1 + MARGIN), min(height, y1 + MARGIN)
        if x1 - x0 < 2 or y1 - y0 < 2:
            continue
        scale = DPI / 72
        pixels = (x1 - x0) * (y1 - y0) * scale * scale
        if pixels > MAX_PIXELS:
            scale *= (MAX_PIXELS / pixels) ** 0.5
        # The binding counts the crop from the edges of the page: left, bottom, right, top.
        bitmap = page.render(scale=scale, crop=(x0, height - y1, width - x1, y0))
        try:
            image = bitmap.to_pil()
            path.parent.mkdir(parents=True, exist_ok=True)
            image.convert("RGB").save(path, format="PNG", optimize=False)
        finally:
            bitmap.close()
