"""Say numbers: cardinals, years, fractions, quantities with units, ranges, telephone numbers, those inside names."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final

from podcast_dspy.text.numbers import UNITS
from podcast_dspy.text.words import notation, patterns, replacements, rewritten

DIGITS: Final = tuple(UNITS)
NUMBER: Final = r"(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?(?!\d)|\d+(?:\.\d+)?)"
_FRACTIONS: Final = {(1, 2): "one half", (1, 4): "one quarter", (3, 4): "three quarters"}


@lru_cache(maxsize=4096)
def cardinal(value: int) -> str:
    """ "one thousand and twenty-four"; what no speaker would count is told digit by digit."""
    from num2words import num2words

    return digits_of(str(value)) if value >= 10**15 else str(num2words(value)).replace(",", "")


@lru_cache(maxsize=512)
def ordinal(value: int) -> str:
    """ "twenty-first"."""
    from num2words import num2words

    return str(num2words(value, to="ordinal")).replace(",", "") if value < 10**12 else cardinal(value) + "th"


def digits_of(text: str) -> str:
    """Each digit of `text` by its name."""
    return " ".join(DIGITS[int(digit)] for digit in text if digit.isdecimal())


def year(value: int) -> str:
    """ "twenty nineteen", "nineteen oh five", "two thousand five"."""
    high, low = divmod(value, 100)
    if low == 0:
        return cardinal(value) if high % 10 == 0 else f"{cardinal(high)} hundred"
    if 2000 < value < 2010:
        return f"two thousand {DIGITS[low]}"
    return f"{cardinal(high)} {'oh ' + DIGITS[low] if low < 10 else cardinal(low)}"


def plural(words: str) -> str:
    """ "nineties", "sixes", "thirds"."""
    if words.endswith("y"):
        return words[:-1] + "ies"
    return words + ("es" if words.endswith(("x", "s")) else "s")


def parts(top: int, bottom: int) -> str:
    """A fraction: "two thirds"."""
    if (top, bottom) in _FRACTIONS:
        return _FRACTIONS[(top, bottom)]
    name = "half" if bottom == 2 else ordinal(bottom)
    return f"{cardinal(top)} {name if top == 1 else plural(name)}"


def mixed(integer: int, top: int, bottom: int) -> str:
    """A whole number and a fraction: "three and a half"."""
    fraction = parts(top, bottom)
    article = "an" if bottom in (8, 11, 18) or 80 <= bottom < 90 else "a"
    return f"{cardinal(integer)} and {fraction.replace('one ', article + ' ', 1) if top == 1 else fraction}"


def plain(number: str) -> str:
    """Digits with optional thousands commas and decimals, in words; a trailing comma is kept."""
    tail = "," if number.endswith(",") else ""
    body = number.rstrip(",")
    integer, _, decimals = body.partition(".")
    groups = integer.split(",")
    if len(groups) > 1 and not all(len(group) == 3 for group in groups[1:]):
        last = groups[-1] + ("." + decimals if decimals else "")
        return ", ".join(plain(group) for group in [*groups[:-1], last] if group) + tail
    digits = "".join(groups)
    if len(digits) > 1 and digits.startswith("0"):
        said = digits_of(digits)
    else:
        said = cardinal(int(digits)) if digits else "zero"
    return said + (f" point {digits_of(decimals)}" if decimals else "") + tail


_PREFIXES: Final = notation("prefixes")
_UNITS: Final = notation("units") | {
    (prefix + unit): (_PREFIXES.get(prefix, "") + one, _PREFIXES.get(prefix, "") + many)
    for unit, (one, many, prefixes) in notation("scaled").items()
    for prefix in ("", *prefixes.split())
    if prefix or unit not in ("A", "M", "T", "F", "N", "B")  # letters that are rather names, or millions
}
_MAGNITUDES: Final = notation("magnitudes")
UNIT: Final = "|".join(re.escape(unit) for unit in sorted(_UNITS, key=len, reverse=True))
_QUANTITIES: Final = patterns("quantities", number=NUMBER, unit=UNIT)
_POWERS: Final = str.maketrans("⁻−–¹²³", "---123", "^{}")
_SPELLED_POWER: Final = {"2": " squared", "3": " cubed"}


def say_quantities(text: str) -> str:
    """`text` with "5 µg/kg" as "five micrograms per kilogram" and "7B" as "seven billion"."""
    text = text.replace("μ", "µ").replace("\u2126", "Ω").replace("\u212b", "Å")
    text = _QUANTITIES["degrees"].sub(r" °\1", text)
    text = _QUANTITIES["quantity"].sub(_quantity, _QUANTITIES["kelvin"].sub(" kelvin", text))
    return _QUANTITIES["magnitude"].sub(lambda f: f"{plain(f[1])} {_MAGNITUDES[f[2]]}", text)


def _quantity(found: re.Match[str]) -> str:
    number, units = found[1], found[3]
    if units == "d" and not found[2]:  # "2d" is two-dimensional
        return found[0]
    over, under = "", ""
    for part in _QUANTITIES["part"].finditer(units):
        power = part["power"].translate(_POWERS)
        below = bool(part["per"]) or power.startswith("-")
        one, many = _UNITS.get(part["unit"], (part["unit"], part["unit"]))
        name = one if below or number == "1" or over else many
        name += _SPELLED_POWER.get(power.lstrip("-"), "")
        if below:
            under += f" per {name}"
        else:
            over += f" {name}"
    return f"{plain(number)}{over}{under}"


_NUMBERS: Final = patterns("written_numbers", number=NUMBER, unit=UNIT)
_BETWEEN_DIGITS: Final = replacements("between_digits")
_LOST_EXPONENTS: Final = replacements("lost_exponents")
_HALVES: Final = {"½": (1, 2), "⅓": (1, 3), "⅔": (2, 3), "¼": (1, 4), "¾": (3, 4)}


def say_numbers(text: str) -> str:
    """`text` without a single digit: every number in the words a speaker would use."""
    text = _NUMBERS["scientific"].sub(lambda f: f"{f[1]} times 10 to the {_signed(f[2])}", text)
    text = _NUMBERS["ordinal"].sub(lambda found: ordinal(int(found[1].replace(",", ""))), text)
    text = say_ranges(text)
    text = _NUMBERS["mixed"].sub(_mixed, text)
    text = _NUMBERS["fraction"].sub(_fraction, text)
    text = rewritten(text, _BETWEEN_DIGITS)
    text = _NUMBERS["version"].sub(lambda f: " point ".join(map(plain, f[0].split("."))), text)
    text = _NUMBERS["any"].sub(_spaced, text)
    text = text.replace("%", " percent ").replace("‰", " per mille ")
    return "".join(_leftover(character) for character in text)


def say_ranges(text: str) -> str:
    """ "10–20%" as "10 to 20%"."""
    return _NUMBERS["range"].sub(
        lambda f: f"{f[1]}{' ' + f[2] if f[2] and not f[0].endswith(f[2]) else ''} to {f[3]}", text
    )


def prepare_numbers(text: str) -> str:
    """Digits of other scripts as ours, thousands without spaces, "3½" as "three and a half", lost exponents found."""
    text = "".join(_ascii_digit(character) for character in text)
    text = _NUMBERS["thin_space"].sub("", text)
    text = _NUMBERS["spaced_thousands"].sub(lambda f: f[0].replace(" ", ""), text)
    text = rewritten(text, _LOST_EXPONENTS)
    return _NUMBERS["half_sign"].sub(lambda f: mixed(int(f[1]), *_HALVES[f[2]]), text)


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


def _mixed(found: re.Match[str]) -> str:
    integer, top, bottom = map(int, found.groups())
    return mixed(integer, top, bottom) if 0 < top < bottom else found[0]


def _fraction(found: re.Match[str]) -> str:
    top, bottom = int(found[1]), int(found[2])
    return parts(top, bottom) if 0 < top < bottom else f"{cardinal(top)} over {cardinal(bottom)}"


def _signed(digits: str) -> str:
    return digits.replace("+", "").replace("-", "minus ").replace("−", "minus ")


def _spaced(found: re.Match[str]) -> str:
    """A number in words, set apart from letters that touch it (H2O, A100)."""
    before, after = found.string[: found.start()], found.string[found.end() :]
    # "A100": "A one" would be an article
    left = "-" if _NUMBERS["capital_before"].search(before) else " "
    touches = before[-1:].isalpha() or before[-1:] == "."
    return (left if touches else "") + plain(found[0]) + (" " if after[:1].isalpha() else "")
