"""The words and marks of numbers, in digits or spoken, and a text cut into them."""

from __future__ import annotations

import re
from typing import Final

__all__ = [
    "FRACTIONS", "MULTIPLES", "NUMBER_WORDS", "SCALES", "SPOKEN", "SUFFIX", "TEENS", "TENS", "UNITS", "Tokens",
    "in_digits", "parts",
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
