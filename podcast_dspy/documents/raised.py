"""What a raised or a lowered figure adds to its line: an exponent, an index, or nothing where it marks a citation."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from podcast_dspy.documents.tex import script

__all__ = ["cited_up_to", "lowered_text", "raised_text"]

_MARK: Final = re.compile(r"[\s\[\](),;\d*†‡§¶‖#–—-]*[a-z]?[\s\])]*")
_ORDINAL: Final = re.compile(r"(?:st|nd|rd|th)", re.I)
_SIGN: Final = re.compile(r"(?:TM|SM|\(?[RC]\)?|®|©|™|℠)")
_NUMBER: Final = re.compile(r"(?:^|[^\w.,$€£¥#-]|\d ?[x*] ?|(?<![^\W\d_])-)(\d[\d.,]*)$")
"""A number that stands alone: none of a name (GPT-4), an amount or a larger word."""
_UNIT: Final = re.compile(
    r"(?:^|[\d\s/·.(])(?:[kcmdµμn]?m|mi|in|ft|s|sec|min|hr?|yr|d|k?g|L|mol|K|ha|rad|sr|px|nt)$"
)
_LETTER: Final = re.compile(r"(?<![^\W_])[^\W\d_]$")
_ISOTOPE: Final = re.compile(r"\d{1,3}m?")


def cited_up_to(marks: Iterable[tuple[str, str, bool]]) -> int:
    """The highest number that a document cites by raised figures, 0 if it cites otherwise.

    `marks` are (what stands before, the raised text, whether it is a link) of all raised figures. After a word of
    three letters or a sentence's sign, a figure is no exponent.
    """
    highest = 0
    for before, text, linked in marks:
        if linked or re.search(r"[^\W\d_]{3}[.,;:)”’\"]?$|[^\W\d_]\)$", before.rstrip()):
            numbers = [int(number) for number in re.findall(r"(?<!\d)\d{1,4}(?!\d)", text)]
            highest = max([highest, *numbers])
    return highest


def raised_text(before: str, text: str, after: str = "", *, linked: bool = False, cited: int = 0) -> str:
    """What a raised `text` adds behind `before`; `cited` is what `cited_up_to` says of the document."""
    text = text.strip().replace("−", "-").replace("‐", "-")
    if not text or linked or _SIGN.fullmatch(text):
        return ""
    if before[-1:].isdigit() and _ORDINAL.fullmatch(text):
        return text
    if (
        _ISOTOPE.fullmatch(text)
        and after.isalpha()
        and not before[-1:].isalnum()
        and before[-1:] not in tuple(".,;:)!?")
    ):
        return text
    if _is_exponent(before, text, cited):
        return script("^", text)
    return "" if _MARK.fullmatch(text) else text


def _is_exponent(before: str, text: str, cited: int) -> bool:
    signed, digits = bool(re.fullmatch(r"[-–+]\d+(?:\.\d+)?", text)), text.isdigit()
    base = _NUMBER.search(before)
    if base is not None:
        if signed:
            return True
        if not digits:
            return bool(re.fullmatch(r"[-+\w/.]*[^\W\d_][-+\w/.]*", text)) and text not in tuple("abcdef")
        # Powers of ten are exponents wherever they stand; of two, if no citation can have that number yet.
        return base[1] == "10" or cited == 0 or (base[1] == "2" and int(text) > cited + 1)
    if _UNIT.search(before):
        return bool(re.fullmatch(r"[-–]?[1-9]", text)) and (signed or text in "23" or cited == 0)
    if _LETTER.search(before):
        charged = re.fullmatch(r"\d*[-+]", text) is not None
        return (
            not charged
            and (not digits or text in ("2", "3") or cited == 0)
            and text[0] not in "*†‡§¶‖#[(,"
            and "," not in text
        )
    if before[-1:] in (")", "]"):
        return cited == 0 and bool(re.fullmatch(r"[-–+]?\d|[a-z]|[A-Z]", text))
    return False


def lowered_text(before: str, text: str) -> str:
    """What a lowered `text` adds: an index after a variable; chemical formulas are written in one go."""
    if _LETTER.search(before) and (before[-1:].islower() or re.fullmatch(r"[^\W\d_]{2,}", text)):
        return script("_", text)
    return text
