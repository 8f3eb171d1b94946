"""Say one number, year, ordinal or fraction; what the notations around them share."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

__all__ = [
    "DIGITS",
    "NUMBER",
    "cardinal",
    "digits_of",
    "mixed",
    "ordinal",
    "parts",
    "plain",
    "plural",
    "year",
]

DIGITS: Final = "zero one two three four five six seven eight nine".split()
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
    return " ".join(DIGITS[int(digit)] for digit in text if digit.isdigit())


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


def mixed(whole: int, top: int, bottom: int) -> str:
    """A whole number and a fraction: "three and a half"."""
    fraction = parts(top, bottom)
    article = "an" if bottom in (8, 11, 18) or 80 <= bottom < 90 else "a"
    return f"{cardinal(whole)} and {fraction.replace('one ', article + ' ', 1) if top == 1 else fraction}"


def plain(number: str) -> str:
    """Digits with optional thousands commas and decimals, in words; a trailing comma is kept."""
    tail = "," if number.endswith(",") else ""
    body = number.rstrip(",")
    whole, _, decimals = body.partition(".")
    groups = whole.split(",")
    if len(groups) > 1 and not all(len(group) == 3 for group in groups[1:]):
        last = groups[-1] + ("." + decimals if decimals else "")
        return ", ".join(plain(group) for group in [*groups[:-1], last] if group) + tail
    digits = "".join(groups)
    if len(digits) > 1 and digits.startswith("0"):
        said = digits_of(digits)
    else:
        said = cardinal(int(digits)) if digits else "zero"
    return said + (f" point {digits_of(decimals)}" if decimals else "") + tail
