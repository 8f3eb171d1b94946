"""Text of bytes: in the encoding that marks, server or page name, read as browsers read it, else the one that fits."""

from __future__ import annotations

import codecs
import re
from typing import Final

from podcast_dspy.documents.material import Material
from podcast_dspy.errors import DocumentError
from podcast_dspy.text.language import guess_language

__all__ = ["decoded", "wide"]

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
    told = _DECLARED.search(data[:4096])
    label = found[1] if found else told[1].decode("ascii") if told else ""
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
