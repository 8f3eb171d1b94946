"""What is to be read: a file, or what an address gave; its kind, told by content; its text, decoded."""

from __future__ import annotations

import codecs
import hashlib
import re
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

from podcast_dspy.errors import DocumentError
from podcast_dspy.text.language import guess_language

if TYPE_CHECKING:
    from podcast_dspy.documents.graph import DocumentGraph

MAX_BYTES = 512 * 1024 * 1024
"""A larger file is no paper."""

_HEAD = 16 * 1024
_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://", re.I)
_MARKS: Final = (
    (b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe\0\0", "utf-32"), (b"\0\0\xfe\xff", "utf-32"), (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)  # fmt: skip
_DECLARED: Final = re.compile(
    rb"<(?:meta|\?xml)\b[^>]*?\b(?:charset|encoding)\s*=\s*[\"']?\s*([\w.:-]+)", re.I
)
_WEB: Final = {
    "iso8859-1": "cp1252", "ascii": "cp1252", "iso8859-9": "cp1254", "iso8859-11": "cp874", "tis-620": "cp874",
    "gb2312": "gb18030", "gbk": "gb18030", "shift_jis": "cp932", "euc_kr": "cp949", "big5": "big5hkscs",
}  # fmt: skip
"""What browsers read under the names of smaller sets (WHATWG, Encoding)."""

_STATEFUL: Final = ("iso2022", "hz", "utf-7", "utf-16", "utf-32")
_WINDOWS: Final = dict.fromkeys(("cs", "hu", "pl", "ro", "sh", "sk", "sl"), "cp1250") | {
    "lt": "cp1257", "lv": "cp1257", "tr": "cp1254"
}  # fmt: skip
"""Windows' code page of the languages in Latin letters that are not written in its Western one."""

_WESTERN: Final = "cp1252"
_FEW: Final = 0.2
"""Bytes above ASCII, per letter, below which a text is in Latin letters."""

READABLE = "a PDF, a web page (HTML), Markdown, a Word document (.docx) or plain text"
_MARKDOWN = (".md", ".markdown", ".mdown", ".mkd", ".qmd")
_HTML = re.compile(rb"<(?:!doctype\s+html|html|head|body|article|main)\b", re.I)
_HTML_NAMES = (".html", ".htm", ".xhtml")
_TEXT_NAMES = (".txt", ".text")
PAPER_ENDINGS: Final = (".pdf", *_HTML_NAMES, *_MARKDOWN, ".docx", *_TEXT_NAMES)
"""What files of papers end in; which kind one is, its content tells."""
_FENCE = re.compile(r"^(?:#{1,6}\s+\S|---\s*$\n(?:\w[\w-]*:))", re.M)
_OTHER_ENDINGS = (".ps", ".epub", ".odt", ".rtf", ".doc", ".pptx", ".xlsx", ".tex", ".csv", ".json", ".xml")
_ADVICE = f"give {READABLE}"
_PDF = b"%PDF-"


@dataclass(frozen=True)
class Material:
    """The bytes of a document, on disk."""

    path: Path
    shown: str
    """How messages and graphs name it: the path as given, or the address without its private parts."""
    media_type: str = ""
    """What a server said it is, in lower case (`text/html; charset=utf-8`); empty for a file."""
    address: str | None = None
    """Where it was fetched from, after redirects; may hold secrets, so it is never shown or stored."""

    @cached_property
    def head(self) -> bytes:
        """Its first 16 kilobytes."""
        with self.path.open("rb") as file:
            return file.read(_HEAD)

    @cached_property
    def sha256(self) -> str:
        """Hex sha256 of its bytes."""
        with self.path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    @property
    def size(self) -> int:
        """In bytes."""
        return self.path.stat().st_size

    @property
    def suffix(self) -> str:
        """Ending of its name, in lower case, such as `.pdf`."""
        return Path(self.shown).suffix.lower()

    @property
    def stem(self) -> str:
        """Its name without the ending; of an address without any path, the host."""
        return Path(self.shown).stem

    def read(self, limit: int) -> bytes:
        """All its bytes. Raises DocumentError if there are more than `limit`."""
        if self.size > limit:
            raise DocumentError(
                f"{self.shown} is larger than the {limit // 2**20} MB that a document of its kind may have; "
                "give only the part you need."
            )
        return self.path.read_bytes()


def is_address(source: str | Path) -> bool:
    """Whether a source is written as an address (`https://...`) rather than as a path."""
    return isinstance(source, str) and bool(_ADDRESS.match(source))


@contextmanager
def open_material(source: str | Path) -> Iterator[Material]:
    """A file, or what the address `source` gives, which is kept until the block ends.

    Raises DocumentError when it is missing, a directory, empty, too large, unreadable, or cannot be fetched.
    """
    if not is_address(source):
        yield local_material(Path(source))
        return
    from podcast_dspy.documents.fetch import fetch, without_secrets

    with tempfile.TemporaryDirectory(prefix="podcast-dspy-") as folder:
        path = Path(folder) / "fetched"
        with path.open("wb") as file:
            reply = fetch(str(source), file)
        if not path.stat().st_size:
            raise DocumentError(
                f"{without_secrets(str(source))} gave an empty answer; open it in a browser, and give the file "
                "that you save there."
            )
        yield Material(path, without_secrets(reply.address), reply.media_type, reply.address)


def local_material(path: Path | str) -> Material:
    """A file. Raises DocumentError when it is missing, a directory, empty, too large or unreadable."""
    path = Path(path)
    if not path.exists():
        raise DocumentError(f"{path} does not exist; check the path of the paper.")
    if path.is_dir():
        raise DocumentError(f"{path} is a directory; give the path of one PDF or other document inside it.")
    if not path.is_file():
        raise DocumentError(f"{path} is no regular file; give the path of a document.")
    material = Material(path, str(path))
    try:
        size = material.size
        head = material.head
    except OSError as error:
        raise DocumentError(f"{path} cannot be read ({error.strerror}); check its permissions.") from error
    if size > MAX_BYTES:
        raise DocumentError(
            f"{path} is larger than {MAX_BYTES // 2**20} MB; give a paper, or compress its images first."
        )
    if not head:
        raise DocumentError(f"{path} is empty (0 bytes); download the paper again.")
    return material


def decoded(data: bytes, material: Material) -> str:
    """Text of bytes. Raises DocumentError when it is no text."""
    advice = "save it as UTF-8 text, or give a PDF"
    text = _text(data, material.media_type)
    if text.count("\0") > 0.001 * len(text):
        raise DocumentError(f"{material.shown} is not text throughout; {advice}.")
    text = text.replace("\0", "").lstrip("\ufeff")
    if not text.strip():
        raise DocumentError(f"{material.shown} holds no text; {advice}.")
    return text


def wide(data: bytes) -> str | None:
    """`utf-16-le` or `utf-16-be` for bytes of which every other one is zero, as Latin letters of two bytes have it."""
    sample = data[: 4096 - 4096 % 2]
    half = max(1, len(sample) // 2)
    low, high = sample[1::2].count(0), sample[0::2].count(0)
    if low > 0.4 * half and high < 0.05 * half:
        return "utf-16-le"
    return "utf-16-be" if high > 0.4 * half and low < 0.05 * half else None


def _text(data: bytes, media_type: str) -> str:
    for mark, name in _MARKS:
        if data.startswith(mark):
            return data.decode(name, "replace")
    if found := wide(data):
        return data.decode(found, "replace")
    declared = _declared(data, media_type)
    if declared.startswith(_STATEFUL):
        try:
            return data.decode(declared)
        except UnicodeError:
            pass
    # Text in another encoding is never UTF-8 by chance, whatever it is said to be.
    if _is_utf8(data):
        return data.decode("utf-8", "podcast-dspy-strays")
    if declared:
        text = data.decode(declared, "replace")
        if text.count("\ufffd") <= 0.001 * len(text):
            return text
    return data.decode(_fitting(data), "replace")


def _declared(data: bytes, media_type: str) -> str:
    """Python's name of the encoding that the server or the page names, if it is known and not UTF-8."""
    found = re.search(r"charset\s*=\s*[\"']?([\w.:-]+)", media_type)
    declaration = _DECLARED.search(data[:4096])
    label = found[1] if found else declaration[1].decode("ascii") if declaration else ""
    try:
        name = codecs.lookup(label).name if label else ""
    except LookupError:
        return ""
    return "" if name in ("utf-8", "utf-8-sig") else _WEB.get(name, name)


def _is_utf8(data: bytes) -> bool:
    """Whether bytes are UTF-8, a few strays aside."""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        text = data.decode("utf-8", "replace")
        strays = text.count("\ufffd")
        return strays * 4 < sum(letter > "\x7f" for letter in text) - strays
    return True


def _stray(error: UnicodeError) -> tuple[str, int]:
    """A byte that is no UTF-8 came from a file in Windows' encoding."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode(_WESTERN, "replace"), error.end


codecs.register_error("podcast-dspy-strays", _stray)


def _fitting(data: bytes) -> str:
    """The encoding that makes words of bytes about which nothing is known."""
    sample = data[:200_000]
    letters = sum(byte > 0x7F or chr(byte).isalpha() for byte in sample)
    if sum(byte > 0x7F for byte in sample) < _FEW * letters:
        return _WINDOWS.get(guess_language([sample.decode(_WESTERN, "replace")]), _WESTERN)
    from charset_normalizer import from_bytes

    best = from_bytes(sample).best()
    return best.encoding if best is not None else _WESTERN


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
    if _HTML.search(head) and (named_html or material.suffix not in (*_MARKDOWN, *_TEXT_NAMES)):
        return "html"
    if named_html and b"<" in head:
        return "html"
    if material.suffix in _OTHER_ENDINGS or b"\\documentclass" in head:
        return None
    if material.suffix in _MARKDOWN or declared in ("text/markdown", "text/x-markdown"):
        return "markdown"
    if material.suffix not in _TEXT_NAMES and _FENCE.search(head.decode("utf-8", "replace")):
        return "markdown"
    return "text"


@dataclass(frozen=True)
class Engine:
    """What reads the documents of one kind, which has its name."""

    name: str
    read: Callable[[Material, Path | None], DocumentGraph]

    def reads(self, material: Material) -> bool:
        """Whether a document is of that kind."""
        return kind_of(material) == self.name


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
