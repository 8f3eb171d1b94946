"""Numbers in text, whether written in digits or spoken: `thirty percent` and `30%` are one number."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from podcast_dspy.text.words import notation, words

UNITS: Final[dict[str, int]] = notation("digits")
TEENS: Final[dict[str, int]] = notation("teens")
TENS: Final[dict[str, int]] = notation("tens")
SCALES: Final[dict[str, float]] = notation("scales")
FRACTIONS: Final[dict[str, int]] = notation("fractions")
MULTIPLES: Final[dict[str, float]] = notation("multiples")
SUFFIX: Final = {"k": 1e3, "m": 1e6, "b": 1e9}
_PREFIXED: Final = {
    f"{prefix}{unit}": scale
    for prefix, scale in (("k", 1e3), ("m", 1e6), ("g", 1e9))
    for unit in ("b", "bp", "bases")
}
"""Bases and bytes with a prefix: what a paper gives as 600 Mb is spoken as 600 million letters."""
SPOKEN: Final = frozenset((*UNITS, *TEENS, *TENS, *SCALES, "hundred"))
NUMBER_WORDS: Final = frozenset((*SPOKEN, *FRACTIONS, *MULTIPLES))
"""Every word that may be a number, or begin one."""

_NUMBER = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?(?![\d])|\d+(?:\.\d+)?(?:[eE][-+−]?\d+)?"
_TOKEN = re.compile(
    rf"(?<![\w.,/])\d{{1,3}}/\d{{1,4}}(?![\w/])|(?:{_NUMBER})[A-Za-z]*|[A-Za-z]+|[^\sA-Za-z\d]"
)
_PARTS = re.compile(rf"({_NUMBER})([A-Za-z]*)")


class Tokens:
    """A text cut into words, numbers in digits (with the letters that follow: `5k`, `3/4`) and single marks."""

    __slots__ = ("_end", "_place", "_start", "lows", "text", "texts")

    def __init__(self, text: str) -> None:
        self.text = text
        self.texts: list[str] = _TOKEN.findall(text)
        self.lows = list(map(str.lower, self.texts))
        """The same in lower case: all that most questions need."""
        self._place, self._start, self._end = -1, 0, 0

    def span(self, index: int) -> tuple[int, int]:
        """Where a token stands in the text; to be asked for in rising order.

        There is only white space between tokens, so that each begins where it is found next.
        """
        while self._place < index:
            self._place += 1
            body = self.texts[self._place]
            self._start = self.text.find(body, self._end)
            self._end = self._start + len(body)
        return self._start, self._end


def in_digits(token: str) -> bool:
    """Whether a token is a number or a fraction in digits."""
    return token[0].isdecimal()


def parts(token: str) -> tuple[str, str]:
    """The digits of a number, and the letters that follow at once."""
    found = _PARTS.fullmatch(token)
    return (found[1], found[2]) if found else (token, "")


_HEDGES: Final[dict[str, list[str]]] = notation("hedges")
_HEDGE = re.compile(
    "|".join(rf"(?P<{way}>{'|'.join(map(re.escape, said))})\s*$" for way, said in _HEDGES.items()),
    re.IGNORECASE,
)
_AND_A_PART = frozenset(("and", "a", part) for part in ("half", "quarter", "third"))
_SHARE_OF = re.compile(r"[a-z]\S*\s.*\b(?:in|of)(?: an?| every)?", re.I | re.S)
_ROUGHLY = re.compile(r"\W*(?:percent|per cent|%)?\W*or (?:so|thereabouts)\b", re.I)
_HEDGE_ENDS: Final = tuple(one for said in _HEDGES.values() for one in said)
"""How each alternative of `_HEDGE` ends: most numbers have none, and this is quicker to see."""
_ARTICLE = re.compile(r"\ban?\s*$", re.I)
"""Close to a hundred."""
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
    mantissa = plain.lower().partition("e")[0]
    return float(plain), len(mantissa.partition(".")[2])


def _spoken(lows: Sequence[str], index: int) -> tuple[float, int, int]:
    """(value, decimals, index after it) of the spoken number that begins at `index`."""
    total = 0.0
    current = 0
    last = ""
    decimals = 0
    while index < len(lows):
        word = lows[index]
        if word in "-‐‑" and last and _is_spoken(lows, index + 1):
            index += 1
            continue
        if (
            word in ("and", ",")
            and last in ("hundred", "scale")[word == "," :]
            and _is_spoken(lows, index + 1)
        ):
            index += 1
            continue
        if word == "oh" and last in ("teen", "tens") and not total and _unit(lows, index + 1):
            current = current * 100 + UNITS[lows[index + 1]]
            return total + current, 0, index + 2
        if word == "point" and last and _is_spoken(lows, index + 1):
            fraction, index = _spoken_decimals(lows, index + 1)
            decimals = len(fraction)
            value = total + current + float("0." + fraction)
            if index < len(lows) and lows[index] in SCALES:
                value *= SCALES[lows[index]]
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


def _share_of(count: float, lows: Sequence[str], index: int) -> tuple[float, int] | None:
    """(share, index after it) where a count goes on as `in twelve` or `books out of every ten`; None elsewhere."""
    for skipped in (0, 1):
        after = index + skipped
        if tuple(lows[after : after + 2]) == ("out", "of"):
            after += 2
        elif tuple(lows[after : after + 1]) == ("in",):
            after += 1
        else:
            continue
        after += tuple(lows[after : after + 1]) in (("a",), ("every",))
        if _is_spoken(lows, after):
            value, _, end = _spoken(lows, after)
            return (count / value, end) if value > count else None
    return None


def _out_of(lows: Sequence[str], index: int) -> bool:
    """Whether `out of`, or `out of every`, stands before `index`."""
    before = index - (lows[max(0, index - 1)] in ("a", "every"))
    return tuple(lows[max(0, before - 2) : before]) == ("out", "of")


def _is_spoken(lows: Sequence[str], index: int) -> bool:
    return index < len(lows) and lows[index] in SPOKEN


def _unit(lows: Sequence[str], index: int) -> bool:
    return index < len(lows) and lows[index] in UNITS


def _spoken_decimals(lows: Sequence[str], index: int) -> tuple[str, int]:
    digits = ""
    while index < len(lows):
        word = lows[index]
        if word in UNITS or word == "oh":
            digits += str(UNITS.get(word, 0))
        elif word in TEENS and not digits:
            digits += str(TEENS[word])
        elif word in TENS and not digits:
            following = lows[index + 1] if index + 1 < len(lows) else ""
            digits += str(TENS[word] + UNITS.get(following, 0))
            index += following in UNITS
        else:
            break
        index += 1
    return digits or "0", index


def _percent(lows: Sequence[str], index: int) -> int:
    """Tokens of a percent sign or word at `index`: 0 for none."""
    if index >= len(lows):
        return 0
    word = lows[index]
    if word == "percentage" and index + 1 < len(lows) and lows[index + 1] in ("point", "points"):
        return 0  # a difference of percentages, which others call points
    if word in ("%", "‰", "percent", "percentage"):
        return 1
    if word == "per" and index + 1 < len(lows) and lows[index + 1] in ("cent", "cents"):
        return 2
    if word == "-" and index + 1 < len(lows) and lows[index + 1] == "percent":
        return 2
    return 0


def _range_percent(lows: Sequence[str], index: int) -> bool:
    """Whether what follows makes a range that ends in percent: `20 to 30%`."""
    if index >= len(lows) or lows[index] not in ("to", "-", "–", "—", "and", "or"):
        return False
    index += 1
    if index < len(lows) and in_digits(lows[index]) and "/" not in lows[index]:
        return bool(_percent(lows, index + 1))
    if _is_spoken(lows, index):
        return bool(_percent(lows, _spoken(lows, index)[2]))
    return False


def _hedge(text: str, start: int) -> str:
    before = _ARTICLE.sub("", text[max(0, start - 18) : start])
    if not before.rstrip().lower().endswith(_HEDGE_ENDS):
        return ""
    match = _HEDGE.search(before)
    return match.lastgroup or "" if match else ""


_DIGIT = re.compile(r"\d")
_PERCENT = re.compile(r"%|‰|\bper", re.I)


def may_hold_numbers(text: str) -> bool:
    """Whether there is a digit or a number's word in a text: where there is none, no part of it holds a number."""
    return bool(_DIGIT.search(text)) or not NUMBER_WORDS.isdisjoint(words(text))


def _scan(text: str, lenient: bool) -> Iterator[Number]:
    if not _DIGIT.search(text):
        said = words(text)
        held = NUMBER_WORDS.intersection(said)
        alone = held == {"one"} and not lenient and "point" not in said and not _PERCENT.search(text)
        if not held or alone:
            return  # most sentences hold no number, and a lone `one` is none
    tokens = Tokens(text)
    lows = tokens.lows
    index = 0
    while index < len(lows):
        word = lows[index]
        begin = index
        index += 1
        digits = in_digits(word)
        if not digits and word not in NUMBER_WORDS:
            continue
        start, _ = tokens.span(begin)
        value: float | None = None
        decimals = 0
        if digits and "/" in word:
            top, bottom = word.split("/")
            value = float(top) / float(bottom) if float(bottom) else None
            decimals = 3
            if lenient:
                yield Number(float(top), False, word)
                yield Number(float(bottom), False, word)
        elif digits:
            body, tail = parts(tokens.texts[begin])
            before = text[start - 1] if start else " "
            named = before.isalpha() or (before in "-‐‑_" and start > 1 and text[start - 2].isalpha())
            if not lenient and (named or tail in _ORDINAL or tail in _SHAPE):
                continue
            value, decimals = _digits(body)
            scale = SUFFIX.get(tail.lower())
            if scale:
                if lenient:
                    yield Number(value, False, body, decimals=decimals)
                value *= scale
            elif lenient and index < len(lows) and lows[index] in _PREFIXED:
                yield Number(value * _PREFIXED[lows[index]], False, body)
            elif not tail and index < len(lows) and lows[index] in (*SCALES, "hundred"):
                value *= SCALES.get(lows[index], 100.0)
                index += 1
        elif word in SPOKEN:
            value, decimals, index = _spoken(lows, begin)
            if not decimals and tuple(lows[index : index + 3]) in _AND_A_PART:
                value, decimals, index = value + 1.0 / FRACTIONS[lows[index + 2]], 2, index + 3
                if index < len(lows) and lows[index] in SCALES:  # two and a half thousand
                    value, decimals, index = value * SCALES[lows[index]], 0, index + 1
            following = lows[index] if index < len(lows) else ""
            if following in FRACTIONS and 0 < value < 10 and (value == 1 or following.endswith("s")):
                value, decimals, index = value / FRACTIONS[following], 3, index + 1
            elif not decimals and (share := _share_of(value, lows, index)):
                (value, index), decimals = share, 3
            elif not lenient and value == 100 and _out_of(lows, begin):
                continue  # the scale of what is given beside it
            elif value == 1 and index == begin + 1 and not lenient and not _percent(lows, index):
                continue  # "one" is a pronoun more often than a number
        elif word in ("half", "halves") or (word in FRACTIONS and begin and lows[begin - 1] == "a"):
            value, decimals = 1.0 / FRACTIONS[word], 3
            if word == "third" and index < len(lows) and lows[index] != "of" and _is_word(lows[index]):
                continue  # "a third option" counts, it does not divide
            scaled = index + (lows[index : index + 1] == ["of"])
            if lows[scaled : scaled + 1] == ["a"] and scaled + 1 < len(lows) and lows[scaled + 1] in SCALES:
                # half a million, a quarter of a million
                value, decimals, index = value * SCALES[lows[scaled + 1]], 0, scaled + 2
        elif word in MULTIPLES:
            value = MULTIPLES[word]
        if value is None:
            continue
        length = _percent(lows, index)
        percent = bool(length) or _range_percent(lows, index)
        _, end = tokens.span(index - 1)
        index += length
        surface = text[start:end]
        hedge = _hedge(text, start)
        if not hedge and (_SHARE_OF.fullmatch(surface.rsplit(" ", 1)[0]) or _ROUGHLY.match(text, end)):
            hedge = "about"
        yield Number(value, percent, surface, hedge, decimals)


def _is_word(token: str) -> bool:
    return token.isascii() and token.isalpha()


@lru_cache(maxsize=20_000)
def numbers(text: str, *, lenient: bool = False) -> tuple[Number, ...]:
    """The numbers of a text in order.

    Names with digits (`GPT-4`), ordinals and a lone `one` are left out, unless `lenient`, which serves the source
    side of a comparison: what stands there in any form may be spoken as a number.
    """
    return tuple(_scan(text, lenient))
