"""Named entities and technical terms of a text, and whether another text knows them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

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
