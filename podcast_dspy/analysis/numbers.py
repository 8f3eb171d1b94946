"""Numbers in text, whether written in digits or spoken: `thirty percent` and `30%` are one number."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from podcast_dspy.analysis.number_tokens import (
    DIGIT,
    FRACTIONS,
    MULTIPLES,
    NUMBER_WORDS,
    SCALES,
    SPOKEN,
    SUFFIX,
    TEENS,
    TENS,
    UNITS,
    Token,
    tokens_of,
)
from podcast_dspy.analysis.sentences import words

__all__ = ["Number", "numbers"]

_HEDGE = re.compile(
    r"(?P<about>about|around|roughly|approximately|some|close to|or so|just about|approx\.?|~|≈)\s*$"
    r"|(?P<above>over|more than|above|at least|upwards? of|exceeding|just over|well over|>)\s*$"
    r"|(?P<below>under|less than|below|at most|up to|nearly|almost|just under|fewer than|<)\s*$",
    re.IGNORECASE,
)
_HEDGES = (
    *(
        "about",
        "around",
        "roughly",
        "approximately",
        "some",
        "close to",
        "or so",
        "approx.",
        "approx",
        "~",
        "≈",
    ),
    *("over", "more than", "above", "at least", "upward of", "upwards of", "exceeding", ">"),
    *("under", "less than", "below", "at most", "up to", "nearly", "almost", "fewer than", "<"),
)
"""How each alternative of `_HEDGE` ends: most numbers have none, and this is quicker to see."""
_ORDINAL = frozenset({"st", "nd", "rd", "th"})
_SHAPE = frozenset({"d", "D"})


@dataclass(frozen=True, slots=True)
class Number:
    """A number as the text gives it."""

    value: float
    percent: bool
    surface: str
    hedge: str = ""
    """`about`, `above`, `below`, or empty for an exact statement."""
    decimals: int = 0
    """Digits after the point, as far as given."""


def _digits(text: str) -> tuple[float, int]:
    plain = text.replace(",", "").replace("−", "-")
    mantissa = re.split("[eE]", plain)[0]
    return float(plain), len(mantissa.partition(".")[2])


def _spoken(tokens: list[Token], index: int) -> tuple[float, int, int]:
    """(value, decimals, index after it) of the spoken number that begins at `index`."""
    total = 0.0
    current = 0
    last = ""
    decimals = 0
    while index < len(tokens):
        token = tokens[index]
        word = token.text.lower()
        if token.kind == "other" and word in "-‐‑" and last and _is_spoken(tokens, index + 1):
            index += 1
            continue
        if (
            word in ("and", ",")
            and last in ("hundred", "scale")[word == "," :]
            and _is_spoken(tokens, index + 1)
        ):
            index += 1
            continue
        if word == "oh" and last in ("teen", "tens") and not total and _unit(tokens, index + 1):
            current = current * 100 + UNITS[tokens[index + 1].text.lower()]
            return total + current, 0, index + 2
        if word == "point" and last and _is_spoken(tokens, index + 1):
            fraction, index = _spoken_decimals(tokens, index + 1)
            decimals = len(fraction)
            value = total + current + float("0." + fraction)
            if index < len(tokens) and tokens[index].text.lower() in SCALES:
                value *= SCALES[tokens[index].text.lower()]
                index += 1
            return value, decimals, index
        if word in UNITS and last in ("", "tens", "hundred", "scale"):
            current, last = current + UNITS[word], "unit" if last != "tens" else "tens+unit"
        elif word in TEENS and last in ("", "hundred", "scale"):
            current, last = current + TEENS[word], "teen"
        elif word in TENS and last in ("", "hundred", "scale"):
            current, last = current + TENS[word], "tens"
        elif (
            (word in TEENS or word in TENS) and last in ("teen", "tens") and not total and 10 <= current < 22
        ):
            # Years are spoken in two halves: nineteen ninety-nine, twenty nineteen.
            current = current * 100 + (TEENS.get(word) or TENS[word])
            last = "tens" if word in TENS else "teen"
        elif word == "hundred" and last in ("", "unit", "teen", "tens", "tens+unit"):
            current, last = max(1, current) * 100, "hundred"
        elif word in SCALES and last != "scale":
            total, current, last = total + max(1, current) * SCALES[word], 0, "scale"
        else:
            break
        index += 1
    return total + current, decimals, index


def _is_spoken(tokens: list[Token], index: int) -> bool:
    return index < len(tokens) and tokens[index].text.lower() in SPOKEN


def _unit(tokens: list[Token], index: int) -> bool:
    return index < len(tokens) and tokens[index].text.lower() in UNITS


def _spoken_decimals(tokens: list[Token], index: int) -> tuple[str, int]:
    digits = ""
    while index < len(tokens):
        word = tokens[index].text.lower()
        if word in UNITS or word == "oh":
            digits += str(UNITS.get(word, 0))
        elif word in TEENS and not digits:
            digits += str(TEENS[word])
        elif word in TENS and not digits:
            following = tokens[index + 1].text.lower() if index + 1 < len(tokens) else ""
            digits += str(TENS[word] + UNITS.get(following, 0))
            index += following in UNITS
        else:
            break
        index += 1
    return digits or "0", index


def _percent(tokens: list[Token], index: int) -> int:
    """Tokens of a percent sign or word at `index`: 0 for none."""
    if index >= len(tokens):
        return 0
    word = tokens[index].text.lower()
    if tokens[index].kind == "pct" or word in ("percent", "percentage"):
        return 1
    if word == "per" and index + 1 < len(tokens) and tokens[index + 1].text.lower() in ("cent", "cents"):
        return 2
    if word == "-" and index + 1 < len(tokens) and tokens[index + 1].text.lower() == "percent":
        return 2
    return 0


def _range_percent(tokens: list[Token], index: int) -> bool:
    """Whether what follows makes a range that ends in percent: `20 to 30%`."""
    if index >= len(tokens) or tokens[index].text.lower() not in ("to", "-", "–", "—", "and", "or"):
        return False
    index += 1
    if index < len(tokens) and tokens[index].kind == "num":
        return bool(_percent(tokens, index + 1))
    if _is_spoken(tokens, index):
        return bool(_percent(tokens, _spoken(tokens, index)[2]))
    return False


def _hedge(text: str, start: int) -> str:
    before = text[max(0, start - 18) : start]
    if not before.rstrip().lower().endswith(_HEDGES):
        return ""
    match = _HEDGE.search(before)
    return match.lastgroup or "" if match else ""


_PERCENT = re.compile(r"%|‰|\bper", re.I)


def _scan(text: str, lenient: bool) -> Iterator[Number]:
    if not DIGIT.search(text):
        said = words(text)
        held = NUMBER_WORDS.intersection(said)
        alone = held == {"one"} and not lenient and "point" not in said and not _PERCENT.search(text)
        if not held or alone:
            return  # most sentences hold no number, and a lone `one` is none
    tokens = tokens_of(text)
    index = 0
    while index < len(tokens):
        token = tokens[index]
        before = text[token.start - 1] if token.start else " "
        word = token.text.lower()
        begin = index
        value: float | None = None
        decimals = 0
        index += 1
        if token.kind == "frac":
            top, bottom = token.text.split("/")
            value = float(top) / float(bottom) if float(bottom) else None
            decimals = 3
            if lenient:
                yield Number(float(top), False, token.text)
                yield Number(float(bottom), False, token.text)
        elif token.kind == "num":
            named = before.isalpha() or (
                before in "-‐‑_" and token.start > 1 and text[token.start - 2].isalpha()
            )
            if not lenient and (named or token.tail in _ORDINAL or token.tail in _SHAPE):
                continue
            value, decimals = _digits(token.text)
            scale = SUFFIX.get(token.tail.lower())
            if scale:
                if lenient:
                    yield Number(value, False, token.text, decimals=decimals)
                value *= scale
            elif (
                not token.tail and index < len(tokens) and tokens[index].text.lower() in (*SCALES, "hundred")
            ):
                value *= SCALES.get(tokens[index].text.lower(), 100.0)
                index += 1
        elif token.kind == "word" and word in SPOKEN:
            value, decimals, index = _spoken(tokens, index - 1)
            following = tokens[index].text.lower() if index < len(tokens) else ""
            if following in FRACTIONS and 0 < value < 10 and (value == 1 or following.endswith("s")):
                value, decimals, index = value / FRACTIONS[following], 3, index + 1
            elif value == 1 and index == begin + 1 and not lenient and not _percent(tokens, index):
                continue  # "one" is a pronoun more often than a number
        elif word in ("half", "halves") or (
            word in FRACTIONS and index > 1 and tokens[index - 2].text.lower() == "a"
        ):
            value, decimals = 1.0 / FRACTIONS[word], 3
            if (
                word == "third"
                and index < len(tokens)
                and tokens[index].kind == "word"
                and (tokens[index].text.lower() != "of")
            ):
                continue  # "a third option" counts, it does not divide
        elif word in MULTIPLES:
            value = MULTIPLES[word]
        if value is None:
            continue
        length = _percent(tokens, index)
        percent = bool(length) or _range_percent(tokens, index)
        end = tokens[index - 1].end
        index += length
        yield Number(value, percent, text[token.start : end], _hedge(text, token.start), decimals)


@lru_cache(maxsize=20_000)
def numbers(text: str, *, lenient: bool = False) -> tuple[Number, ...]:
    """The numbers of a text in order.

    Names with digits (`GPT-4`), ordinals and a lone `one` are left out, unless `lenient`, which serves the source
    side of a comparison: what stands there in any form may be spoken as a number.
    """
    return tuple(_scan(text, lenient))
