"""Named entities, technical terms and numbers of a text, and whether another text knows or supports them."""

from __future__ import annotations

import math
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Generic, TypeVar

from podcast_dspy.text.numbers import Number, numbers
from podcast_dspy.text.words import (
    FUNCTION_WORDS,
    HOST_WORDS,
    RARE,
    WordTable,
    frequency,
    split_sentences,
    stem,
    wordlist,
    words,
)

_TOKEN = re.compile(r"[^\W_][\w'’]*(?:[-‐‑][^\W_][\w'’]*)*|[.:;!?\"“”]", re.UNICODE)
_ASCII_TOKEN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_']*(?:-[A-Za-z0-9][A-Za-z0-9_']*)*|[.:;!?\"]")
"""The same in a text of ASCII, where it takes half the time."""
_BREAKS: Final = frozenset('.:;!?"“”')
_SPELLED = re.compile(r"\b(?:[A-Z][. -]?){1,5}[A-Z]\b\.?(?:s\b)?")
_DIGIT_IN_FIRST = re.compile(r"\S*\d")
_PREFIX: Final = 6
_CALENDAR: Final = wordlist("calendar")


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What a text can vouch for."""

    words: frozenset[str]
    stems: frozenset[str]
    prefixes: frozenset[str]
    """First six letters of its longer words: derived forms share them."""
    initials: frozenset[str]
    """Initial letters of its word sequences: they vouch for acronyms."""

    def knows(self, word: str) -> bool:
        """Whether the text holds this lower-case word, a form of it, or all its hyphenated parts."""
        if word in self.words or stem(word) in self.stems:
            return True
        if len(word) >= _PREFIX and word[:_PREFIX] in self.prefixes:
            return True
        parts = [part for part in re.split(r"[-‐‑]", word) if part]
        return len(parts) > 1 and all(self.knows(part) for part in parts)


@lru_cache(maxsize=2_000)
def vocabulary(text: str) -> Vocabulary:
    """The vocabulary of a text. Linear in its length."""
    found = words(text)
    initials: set[str] = set()
    letters = "".join(word[0] for word in found)
    strong = "".join(word[0] for word in found if word not in FUNCTION_WORDS)
    for line in (letters, strong):
        for size in (2, 3, 4, 5, 6):
            initials.update(line[index : index + size] for index in range(len(line) - size + 1))
    spelled = {re.sub(r"[^a-z]", "", match.group().lower()) for match in _SPELLED.finditer(text)}
    return Vocabulary(
        words=frozenset(found) | spelled | {token.removesuffix("s") for token in spelled},
        stems=frozenset(stem(word) for word in found),
        prefixes=frozenset(word[:_PREFIX] for word in found if len(word) >= _PREFIX),
        initials=frozenset(initials),
    )


@WordTable
def _is_marked(token: str) -> bool:
    """Whether a token is a name wherever it stands: two capitals, or a capital and a digit."""
    bare = token.removesuffix("'s").removesuffix("’s")
    capitals = sum(map(str.isupper, bare))
    return capitals >= 2 or (capitals > 0 and any(map(str.isdigit, bare)))


@WordTable
def _is_capitalised(token: str) -> bool:
    """Whether a token is a name inside a sentence: capitalised, and no everyday word."""
    bare = token.removesuffix("'s").removesuffix("’s")
    if not bare[0].isupper() or len(bare) < 2:
        return False
    lower = bare.lower()
    return (
        lower not in FUNCTION_WORDS
        and lower not in HOST_WORDS
        and lower not in _CALENDAR
        and (lower.split("'")[0].split("’")[0] not in FUNCTION_WORDS)
    )


@lru_cache(maxsize=20_000)
def entities(text: str) -> tuple[str, ...]:
    """Names as they stand in the text: capitalised inside a sentence, acronyms, names with digits; in order, once."""
    found: dict[str, None] = {}
    for sentence in split_sentences(text):
        rest = sentence[1:]
        if rest == rest.lower() and not _DIGIT_IN_FIRST.match(sentence):
            continue  # nothing is capitalised but the beginning: no name
        first = True
        spelled = {match.group(): None for match in _SPELLED.finditer(sentence) if len(match.group()) > 2}
        plain = sentence
        for surface in spelled:
            if any(separator in surface for separator in " .-"):
                found[re.sub(r"[^A-Za-z]", "", surface)] = None
                plain = plain.replace(surface, " ")
        for token in (_ASCII_TOKEN if plain.isascii() else _TOKEN).findall(plain):
            if not token.islower():
                if token in _BREAKS:
                    first = True
                    continue
                if _is_marked[token] or (not first and _is_capitalised[token]):
                    found[token.removesuffix("'s").removesuffix("’s")] = None
            first = False
    return tuple(found)


def _known_name(name: str, source: Vocabulary) -> bool:
    lower = name.lower().replace("’", "'")
    if source.knows(lower) or source.knows(lower.removesuffix("s")):
        return True
    if name.isupper() or (name[:-1].isupper() and name.endswith("s")):
        letters = lower.removesuffix("s")
        return len(letters) >= 2 and (letters in source.initials or lower in source.initials)
    digitless = re.sub(r"[\d.-]+", "", lower)
    return digitless != lower and bool(digitless) and source.knows(digitless)


def unknown_entities(text: str, source: Vocabulary) -> tuple[str, ...]:
    """Names in the text that the source does not hold in any form (acronym, possessive, plural)."""
    return tuple(name for name in entities(text) if not _known_name(name, source))


def rare_words(text: str) -> tuple[str, ...]:
    """Technical words: lower-case forms that everyday English hardly uses; once each, in order."""
    return tuple(dict.fromkeys(filter(_is_rare.__getitem__, words(text))))


@WordTable
def _is_rare(word: str) -> bool:
    return (
        len(word) > 3 and word.isascii() and word.isalpha() and frequency(word) < RARE and not _everyday(word)
    )


def _everyday(word: str) -> bool:
    """A rare inflection of a word that is not rare (`colouring`, `imagines`)."""
    for ending in ("s", "es", "ed", "ing", "ly", "d", "er", "ers", "ness"):
        base = word.removesuffix(ending)
        if base != word and len(base) > 2 and max(frequency(base), frequency(base + "e")) >= RARE:
            return True
    return word in HOST_WORDS or word in FUNCTION_WORDS


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
