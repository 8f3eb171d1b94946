"""Tells by content what kind of document something is, and what to say when it is none that can be read."""

from __future__ import annotations

import re
import zipfile

from podcast_dspy.documents.encoding import wide
from podcast_dspy.documents.material import Material
from podcast_dspy.errors import DocumentError

__all__ = ["READABLE", "kind_of", "refusal"]

READABLE = "a PDF, a web page (HTML), Markdown, a Word document (.docx) or plain text"

_MARKDOWN = (".md", ".markdown", ".mdown", ".mkd", ".qmd")
_HTML = re.compile(rb"<(?:!doctype\s+html|html|head|body|article|main)\b", re.I)
_HTML_NAMES = (".html", ".htm", ".xhtml")
_FENCE = re.compile(r"^(?:#{1,6}\s+\S|---\s*$\n(?:\w[\w-]*:))", re.M)
_OTHER_ENDINGS = (".ps", ".epub", ".odt", ".rtf", ".doc", ".pptx", ".xlsx", ".tex", ".csv", ".json", ".xml")
_ADVICE = f"give {READABLE}"
_PDF = b"%PDF-"


def kind_of(material: Material) -> str | None:
    """`pdf`, `docx`, `html`, `markdown` or `text`, by the first bytes and, for text, by the name; None for others."""
    head = material.head
    # Readers of PDF accept the header anywhere in the first kilobyte, after mail or HTTP debris.
    if _PDF in head[:1024]:
        return "pdf"
    if head.startswith(b"PK\x03\x04"):
        return "docx" if "word/document.xml" in _members(material) else None
    if material.suffix == ".pdf" or not _is_text(material) or head.lstrip().startswith((b"{\\rtf", b"%!PS")):
        return None
    declared = material.media_type.partition(";")[0].strip()
    named_html = material.suffix in _HTML_NAMES or declared in ("text/html", "application/xhtml+xml")
    if _HTML.search(head) and (named_html or material.suffix not in (*_MARKDOWN, ".txt", ".text")):
        return "html"
    if named_html and b"<" in head:
        return "html"
    if material.suffix in _OTHER_ENDINGS or b"\\documentclass" in head:
        return None
    if material.suffix in _MARKDOWN or declared in ("text/markdown", "text/x-markdown"):
        return "markdown"
    if material.suffix not in (".txt", ".text") and _FENCE.search(head.decode("utf-8", "replace")):
        return "markdown"
    return "text"


def refusal(material: Material) -> str:
    """Why a document that no engine reads cannot be read, as a sentence with its fix."""
    head, shown = material.head, material.shown
    if material.suffix == ".pdf":
        if _HTML.search(head):
            return (
                f"{shown} is not a PDF but a web page, perhaps a log-in; download the paper again, or rename the "
                "file to .html to read the page."
            )
        return f"{shown} is not a PDF (no %PDF header); download the paper again, or {_ADVICE}."
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        return (
            f"{shown} is an old Word file (.doc) or one with a password; save it as .docx without a password, or as "
            "PDF."
        )
    if b"\\documentclass" in head:
        return f"{shown} is LaTeX source; compile it and give the PDF."
    if head.lstrip().startswith(b"%!PS"):
        return f"{shown} is PostScript; convert it with `ps2pdf` and give the PDF."
    if head.startswith(b"PK\x03\x04"):
        return f"{shown} is a zip archive or an office file of another kind; export it as PDF or .docx."
    return f"{shown} is of no kind that can be read; {_ADVICE}."


def _members(material: Material) -> list[str]:
    try:
        with zipfile.ZipFile(material.path) as archive:
            return archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise DocumentError(
            f"{material.shown} is a damaged Word document or archive; save or download it again."
        ) from error


def _is_text(material: Material) -> bool:
    head = material.head
    if head.startswith((b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf", b"\0\0\xfe\xff")) or wide(head):
        return True
    controls = sum(byte < 32 and byte not in b"\t\n\r\f\x1b" for byte in head)
    return b"\0" not in head and controls <= 0.01 * len(head)
