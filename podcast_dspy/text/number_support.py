"""Whether a source holds a number that was said: equal, correctly rounded, or hedged and near."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from typing import Final, Generic, TypeVar

from podcast_dspy.text.numbers import Number, numbers

Given = TypeVar("Given")
_REMEMBERED: Final = 4_000

_ROUNDED = 0.05
"""How far correct rounding may be from the number: 8.4 may be called 8, and 1.4 may not be called 1."""


def _same(said: Number, value: float) -> bool:
    scale = max(abs(said.value), abs(value), 1e-12)
    difference = abs(said.value - value) / scale
    if difference < 1e-9:
        return True
    if said.hedge == "about":
        return difference <= 0.06
    if said.hedge == "above":
        return value >= said.value and difference <= 0.15
    if said.hedge == "below":
        return value <= said.value and difference <= 0.15
    if _round_figure(said.value) and difference <= 0.025 and value > 0:
        # Hosts say "one thousand two hundred" for 1,196: correct to the last digit that is not 0.
        size = 10.0 ** len(str(int(said.value))[len(str(int(said.value)).rstrip("0")) :])
        return round(value / size) * size == said.value
    # Spoken with fewer decimals than the paper prints them: correct rounding is no change.
    return value != round(value) and said.value == round(value, said.decimals) and difference <= _ROUNDED


def _to_a_point(said: Number, value: float) -> bool:
    """Whether a spoken percentage is the paper's, rounded or without its decimals: 19 for 19.5, 9 for 8.9."""
    if said.decimals or said.value < 2 or said.surface[0].isdigit():
        return False
    return said.value in (math.floor(value), math.floor(value + 0.5))


def _round_figure(value: float) -> bool:
    """A whole number from 100 on that ends in 0 and is no year."""
    return value >= 100 and value == int(value) and value % 10 == 0 and not 1500 <= value <= 2100


def supported_number(said: Number, source: Iterable[Number]) -> bool:
    """Whether a source holds the number: equal, correctly rounded, or hedged and near (`about`: within 6%)."""
    # No rule bridges more than 15%, in percent or as a fraction: what is further away is passed over at once.
    low, high = sorted((0.84 * said.value, 1.2 * said.value))
    for known in source:
        value = known.value
        if not (low <= value <= high or low <= 100 * value <= high or low <= value / 100 <= high):
            continue
        if said.percent == known.percent and (
            _same(said, value) or (said.percent and _to_a_point(said, value))
        ):
            return True
        if (
            said.percent
            and not known.percent
            and abs(known.value) <= 1.0
            and _same(said, known.value * 100.0)
        ):
            return True
        if not said.percent and known.percent:
            if _same(said, known.value):
                return True
            if abs(said.value) <= 1.0 and _same(said, known.value / 100.0):
                return True
    return False


class NumberTable(Generic[Given]):
    """What a source gives with each of its numbers, to be looked up by a number that was said."""

    def __init__(self, given: Iterable[tuple[Number, Given]]) -> None:
        self._given = sorted(given, key=lambda one: one[0].value)
        self._values = [number.value for number, _ in self._given]
        self._seen: dict[Number, tuple[Given, ...]] = {}

    def supporting(self, said: Number) -> tuple[Given, ...]:
        """What is given with the numbers that support one (`supported_number`); remembers the last ones."""
        known = self._seen.get(said)
        if known is None:
            if len(self._seen) >= _REMEMBERED:
                self._seen.clear()
            known = self._seen[said] = tuple(
                what
                for low, high in self._bounds(said.value)
                for number, what in self._given[low:high]
                if supported_number(said, (number,))
            )
        return known

    @property
    def items(self) -> list[Given]:
        """All that is given, in order of its numbers."""
        return [what for _, what in self._given]

    def _bounds(self, value: float) -> list[tuple[int, int]]:
        """Where numbers within a fifth of a value stand, as it is, as percent and as a fraction of it."""
        low, high = sorted((0.8 * value, 1.25 * value))
        return [
            (bisect_left(self._values, scale * low), bisect_right(self._values, scale * high))
            for scale in ((1.0, 0.01, 100.0) if value else (1.0,))
        ]


def unsupported_numbers(text: str, source: str) -> tuple[Number, ...]:
    """Numbers that the text states and the source does not hold."""
    pool = numbers(source, lenient=True)
    return tuple(number for number in numbers(text) if not supported_number(number, pool))
