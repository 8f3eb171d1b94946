"""The words and marks of numbers, in digits or spoken, and a text cut into them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

__all__ = [
    "DIGIT", "FRACTIONS", "MULTIPLES", "NUMBER_WORDS", "SCALES", "SPOKEN", "SUFFIX", "TEENS", "TENS", "UNITS", "Token",
    "tokens_of",
]  # fmt: skip

UNITS: Final = {
    word: value for value, word in enumerate("zero one two three four five six seven eight nine".split())
}
TEENS: Final = {
    word: value
    for value, word in enumerate(
        "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split(), 10
    )
}
TENS: Final = dict(
    zip("twenty thirty forty fifty sixty seventy eighty ninety".split(), range(20, 100, 10), strict=True)
)
SCALES: Final = {"thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12}
FRACTIONS: Final = {"half": 2, "halves": 2, "third": 3, "thirds": 3, "quarter": 4, "quarters": 4, "fifth": 5,
                     "fifths": 5, "tenth": 10, "tenths": 10}  # fmt: skip
MULTIPLES: Final = {"twice": 2.0, "double": 2.0, "doubled": 2.0, "doubles": 2.0, "doubling": 2.0, "twofold": 2.0,
                     "thrice": 3.0, "triple": 3.0, "tripled": 3.0, "threefold": 3.0, "fourfold": 4.0, "fivefold": 5.0,
                     "tenfold": 10.0, "hundredfold": 100.0, "halved": 0.5, "halves": 0.5, "halving": 0.5}  # fmt: skip
SUFFIX: Final = {"k": 1e3, "m": 1e6, "b": 1e9}
SPOKEN: Final = frozenset((*UNITS, *TEENS, *TENS, *SCALES, "hundred"))
NUMBER_WORDS: Final = frozenset((*SPOKEN, *FRACTIONS, *MULTIPLES))
"""Every word that may be a number, or begin one."""

DIGIT = re.compile(r"\d")
_RUN = re.compile("[A-Za-z]+")
_TOKEN = re.compile(
    r"(?P<frac>(?<![\w.,/])\d{1,3}/\d{1,4}(?![\w/]))"
    r"|(?P<num>\d{1,3}(?:,\d{3})+(?:\.\d+)?(?![\d])|\d+(?:\.\d+)?(?:[eE][-+−]?\d+)?)(?P<tail>[A-Za-z]*)"
    r"|(?P<pct>%|‰)|(?P<word>[A-Za-z]+)|(?P<other>[^\sA-Za-z\d])"
)
_WORDY = re.compile(r"(?P<word>[A-Za-z]+)|(?P<pct>%|‰)|(?P<other>[^\sA-Za-z\d])")
"""The same for a text without digits."""


@dataclass(slots=True)
class Token:
    """A word, a number in digits, a percent sign or another mark, where it stands."""

    kind: str
    text: str
    tail: str
    start: int
    end: int


def tokens_of(text: str) -> list[Token]:
    """The tokens of a text that holds a number; of one without digits those around its number words."""
    if not DIGIT.search(text):
        # Spoken numbers stand in a few places: two words before the first and three after the last are enough.
        places = [one.span() for one in _RUN.finditer(text) if one.group().lower() in NUMBER_WORDS]
        start, end = places[0][0], places[-1][1]
        for _ in range(3):
            start = max(0, text.rfind(" ", 0, start))
            end = text.find(" ", end + 1) if end >= 0 else -1
        return [
            Token(match.lastgroup or "other", match.group(), "", *match.span())
            for match in _WORDY.finditer(text, start, end if end >= 0 else len(text))
        ]
    found = []
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup or "other"
        if kind == "tail":
            kind = "num"
        body = match.group(kind)
        found.append(Token(kind, body, match.group("tail") or "", match.start(), match.end()))
    return found
