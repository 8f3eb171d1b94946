"""Opens a PDF: checks the file, and turns every way it can be unusable into one DocumentError with its fix."""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from podcast_dspy.errors import DocumentError

__all__ = ["PDFIUM_LOCK", "Source", "open_source"]

PDFIUM_LOCK = threading.RLock()
"""pdfium keeps global state: whoever calls it holds this lock."""

MAX_PAGES = 600
"""A longer file is a book or an attack, not a paper."""

MAX_BYTES = 512 * 1024 * 1024


@dataclass(frozen=True)
class Source:
    """An open PDF. Use it only inside `open_source`, which holds the lock."""

    path: Path
    sha256: str
    pdf: Any
    page_count: int
    metadata: dict[str, str]


def _checked_bytes(path: Path) -> bytes:
    if not path.exists():
        raise DocumentError(f"{path} does not exist; check the path of the paper.")
    if path.is_dir():
        raise DocumentError(f"{path} is a directory; give the path of one PDF file inside it.")
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise DocumentError(
                f"{path} is larger than {MAX_BYTES // 2**20} MB; give a paper, or compress its images first."
            )
        data = path.read_bytes()
    except OSError as error:
        raise DocumentError(f"{path} cannot be read ({error.strerror}); check its permissions.") from error
    if not data:
        raise DocumentError(f"{path} is empty (0 bytes); download the paper again.")
    # Readers accept the header anywhere in the first kilobyte, after mail or HTTP debris.
    if b"%PDF-" not in data[:1024]:
        raise DocumentError(f"{path} is not a PDF (no %PDF header); give the paper as a PDF file.")
    return data


def _metadata(pdf: Any) -> dict[str, str]:
    return {key: str(value).strip() for key, value in pdf.get_metadata_dict(skip_empty=True).items()}


@contextmanager
def open_source(path: Path) -> Iterator[Source]:
    """Open the PDF at `path` for reading, holding the pdfium lock until the block ends.

    Raises DocumentError when the file is missing, empty, not a PDF, encrypted, damaged or without pages.
    """
    import pypdfium2 as pdfium
    import pypdfium2.raw as pdfium_c

    data = _checked_bytes(path)
    with PDFIUM_LOCK:
        try:
            pdf = pdfium.PdfDocument(data)
        except pdfium.PdfiumError as error:
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
        try:
            pages = len(pdf)
            if pages == 0:
                raise DocumentError(f"{path} has no pages; export or download the paper again.")
            if pages > MAX_PAGES:
                raise DocumentError(
                    f"{path} has {pages} pages, more than the {MAX_PAGES} a paper may have; "
                    "extract the chapter you need first."
                )
            yield Source(path, hashlib.sha256(data).hexdigest(), pdf, pages, _metadata(pdf))
        except pdfium.PdfiumError as error:
            raise DocumentError(
                f"{path} is damaged ({error}); download the paper again, or repair it with "
                "`qpdf in.pdf out.pdf`."
            ) from error
        finally:
            pdf.close()
