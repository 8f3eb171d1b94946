"""Say the numbers that are left: ratios, ranges, fractions, telephone numbers, versions, and those inside names."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from podcast_dspy.audio.spoken.cardinals import NUMBER, cardinal, digits_of, mixed, ordinal, parts, plain
from podcast_dspy.audio.spoken.quantities import UNIT

__all__ = ["prepare_numbers", "say_numbers", "say_ranges"]

_TELEPHONE: Final = re.compile(
    r"(?<![\w.])(?:\+\d{1,3}(?:[ .-]\(?\d{1,4}\)?){2,6}|\(\d{3}\)\s?\d{3}[ .-]\d{4}|\d{3}[.-]\d{3}[.-]\d{4}"
    r"|(?<=phone )\d{3}-\d{4}|(?<=call )\d{3}-\d{4}|(?<=Call )\d{3}-\d{4})(?![\w-])"
)
_RANGE: Final = re.compile(
    rf"(?<![\w.])({NUMBER})\s?(%|{UNIT}|[kKMBT])?\s?[-–—]\s?({NUMBER})"
    r"(?=\s?(?:[%°]|[A-Za-zµμΩ]|[\s.,;:!?)\]]|$))(?![-–—]\d)"
)
_HALVES: Final = {"½": (1, 2), "⅓": (1, 3), "⅔": (2, 3), "¼": (1, 4), "¾": (3, 4)}


def say_numbers(text: str) -> str:
    """`text` without a single digit: every number in the words a speaker would use."""
    text = re.sub(
        r"\b(\d+(?:\.\d+)?)[eE]([-+−]?\d+)\b", lambda f: f"{f[1]} times 10 to the {_signed(f[2])}", text
    )
    text = re.sub(
        r"\b(\d[\d,]*)(?:st|nd|rd|th)\b", lambda found: ordinal(int(found[1].replace(",", ""))), text
    )
    text = say_ranges(text)
    text = re.sub(r"(?<![\w./])24/7(?![\w/])", "twenty-four seven", text)
    text = re.sub(r"(?<![\w.,/])(\d{1,3})[ -](\d)/(\d{1,2})(?![\w/])", _mixed, text)
    text = re.sub(r"(?<![\w./])(\d{1,2})/(\d{1,2})(?![\w/])", _fraction, text)
    text = re.sub(r"(?<=\d)\s?:\s?(?=\d)", " to ", text)
    text = re.sub(r"(?<=\d)\s?/\s?(?=\d)", " over ", text)
    text = re.sub(r"(?<=\d)\s?[xX]\s?(?=\d)", lambda f: " by ", text)  # 256x256
    text = re.sub(r"#\s?(?=\d)", " number ", text)
    text = re.sub(r"\b[vV](?=\d+(?:\.\d+)+\b)", "version ", text)
    text = re.sub(r"(?<![\w)\].])[-−–](?=\.?\d)", "minus ", text)
    text = re.sub(r"(?<=[A-Za-z])[-–](?=\d)", " ", text)  # GPT-4
    text = re.sub(
        r"\d+(?:\.\d+){2,}", lambda f: " point ".join(plain(part) for part in f[0].split(".")), text
    )
    text = re.sub(rf"{NUMBER}|\.\d+", _spaced, text)
    text = text.replace("%", " percent ").replace("‰", " per mille ")
    return "".join(_leftover(character) for character in text)


def say_ranges(text: str) -> str:
    """ "10–20%" as "10 to 20%"; the digits of a telephone number, which looks alike, one by one."""
    text = _TELEPHONE.sub(_telephone, text)
    text = re.sub(r"(?<![\w/.])(\d{2,3})/(\d{2,3})(?=\s?mmHg)", r"\1 over \2", text)
    return _RANGE.sub(
        lambda f: f"{f[1]}{' ' + f[2] if f[2] and not f[0].endswith(f[2]) else ''} to {f[3]}", text
    )


def prepare_numbers(text: str) -> str:
    """Digits of other scripts as ours, thousands without spaces, "3½" as "three and a half", lost exponents found."""
    text = "".join(_ascii_digit(character) for character in text)
    text = re.sub(r"(?<=\d)[\u2009\u202f\u00a0](?=\d{3}\b)", "", text)
    text = re.sub(r"(?<![\d,.])\d{1,3}(?: \d{3}){2,}(?![\d,.]\d)", lambda f: f[0].replace(" ", ""), text)
    text = re.sub(r"(?<=\d)ˢᵗ", "st", re.sub(r"(?<=\d)ⁿᵈ", "nd", re.sub(r"(?<=\d)ʳᵈ", "rd", text)))
    text = re.sub(r"(?<=[\dnk])ᵗʰ", "th", text)
    # "2 × 10−6" that has lost its raising; after a sign of multiplication it is nothing else
    text = re.sub(r"(?<=\d)(\s?[×x·⋅]\s?10)\s?[−–-]\s?(\d{1,2})(?![\w.])", r"\1^-\2", text)
    text = re.sub(r"(?<=\d)\s?[x·⋅]\s?(?=10\s?(?:\^|[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]))", " × ", text)
    return re.sub(
        rf"(?<![\w.,])(\d{{1,3}})\s?([{''.join(_HALVES)}])", lambda f: mixed(int(f[1]), *_HALVES[f[2]]), text
    )


def _ascii_digit(character: str) -> str:
    if character.isascii() or not character.isdecimal():
        return character
    return str(unicodedata.digit(character))


def _leftover(character: str) -> str:
    """Circled digits, vulgar fractions and other numeric signs."""
    if character.isalpha() or not (character.isdigit() or character.isnumeric()):
        return character
    value = unicodedata.numeric(character)
    if value == int(value):
        return f" {cardinal(int(value))} "
    for bottom in range(2, 17):
        if abs(value * bottom - round(value * bottom)) < 1e-9:
            return f" {parts(round(value * bottom), bottom)} "
    return " "


def _telephone(found: re.Match[str]) -> str:
    groups = re.findall(r"\d+", found[0])
    return ("plus " if found[0].startswith("+") else "") + ", ".join(digits_of(group) for group in groups)


def _mixed(found: re.Match[str]) -> str:
    whole, top, bottom = map(int, found.groups())
    return mixed(whole, top, bottom) if 0 < top < bottom else found[0]


def _fraction(found: re.Match[str]) -> str:
    top, bottom = int(found[1]), int(found[2])
    return parts(top, bottom) if 0 < top < bottom else f"{cardinal(top)} over {cardinal(bottom)}"


def _signed(digits: str) -> str:
    return digits.replace("+", "").replace("-", "minus ").replace("−", "minus ")


def _spaced(found: re.Match[str]) -> str:
    """A number in words, set apart from letters that touch it (H2O, A100)."""
    before, after = found.string[: found.start()], found.string[found.end() :]
    # "A100": "A one" would be an article
    left = "-" if re.search(r"(?<![A-Za-z])[A-Z]$", before) else " "
    touches = before[-1:].isalpha() or before[-1:] == "."
    return (left if touches else "") + plain(found[0]) + (" " if after[:1].isalpha() else "")
