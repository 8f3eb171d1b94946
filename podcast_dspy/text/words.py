"""Words of a text: how they are cut, stemmed and counted, how common each is, and which of them carry a claim."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from itertools import chain
from typing import Any, Final, Generic, TypeVar

from podcast_dspy.text.sentences import sentences_of
from podcast_dspy.text.wordlists import FUNCTION_WORDS, HOST_WORDS, wordlist

_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*", re.UNICODE)
_ASCII_WORD = re.compile(r"[A-Za-z0-9]+(?:'[A-Za-z0-9]+)*")
"""The same in a text of ASCII, where it takes half the time."""
_INVISIBLE: Final = dict.fromkeys(
    (*range(0x09), 0x0B, *range(0x0E, 0x20), 0x7F, 0xAD, *range(0x200B, 0x2010), *range(0x202A, 0x202F),
     *range(0x2060, 0x2070), 0xFEFF, *range(0xE0000, 0xE0080)),
)  # fmt: skip
_AS_TYPED: Final = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "\u00a0": " "})
_MOST: Final = 200_000
_Made = TypeVar("_Made")


class WordTable(dict[str, _Made], Generic[_Made]):
    """A dictionary that fills itself: what a function makes of each word, kept.

    The words of an episode come back hundreds of times, and `table.all(words)` costs a look-up a word and no call,
    which is what makes it several times as fast as a memoised function. Forgets everything beyond 200,000 words.
    """

    def __init__(self, make: Callable[[str], _Made]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, word: str) -> _Made:
        if len(self) >= _MOST:
            self.clear()
        made = self[word] = self._make(word)
        return made

    def all(self, words: Iterable[str]) -> Iterable[_Made]:
        """What the function makes of each word, in order."""
        return map(self.__getitem__, words)


def plain_text(text: str) -> str:
    """A text with typographic quotes straightened, and invisible and control characters taken out.

    What no listener hears must not move a measure that looks at characters, such as an embedding.
    """
    return text.translate(_AS_TYPED).translate(_INVISIBLE)


_LONG: Final = 2_000
"""Characters from which a text is read by its sentences, which are read anyway: no word spans two of them."""


def _word(text: str) -> re.Pattern[str]:
    return _ASCII_WORD if text.isascii() else _WORD


@lru_cache(maxsize=50_000)
def words(text: str) -> tuple[str, ...]:
    """Lower-case words, apostrophes straightened; memoised, since every measure reads the same sentences."""
    if len(text) > _LONG and len(sentences := sentences_of(text)) > 1:
        return tuple(chain.from_iterable(map(words, sentences)))
    plain = text.replace("’", "'").lower()
    return tuple(_word(plain).findall(plain))


@lru_cache(maxsize=20_000)
def word_spans(text: str) -> tuple[tuple[int, int], ...]:
    """Where the words of a text stand in it: (start, end) of each."""
    plain = text.replace("’", "'")
    return tuple(match.span() for match in _word(plain).finditer(plain))


@lru_cache(maxsize=1)
def _porter() -> Any:
    from nltk.stem.porter import PorterStemmer

    return PorterStemmer()


@WordTable
def _stems(word: str) -> str:
    bare = word.removesuffix("'s").replace("'", "")
    return bare if len(bare) <= 3 else str(_porter().stem(bare))


def stem(word: str) -> str:
    """Porter stem of a lower-case word; possessives dropped, words of up to three letters left alone."""
    return _stems[word]


def stems(words: Iterable[str]) -> Iterable[str]:
    """The stem of each word, in order."""
    return _stems.all(words)


COMMON: Final = 4.3
"""Zipf frequency from which a word is anybody's, and not one paper's."""
RARE: Final = 3.3
"""Zipf frequency under which a word is technical: less than two uses in a million words."""


@lru_cache(maxsize=200_000)
def frequency(word: str, language: str = "en") -> float:
    """Zipf frequency of a lower-case word (log10 of uses in a billion words), 0 for unknown ones, from wordfreq.

    A language that wordfreq has no list for is looked up as English.
    """
    import wordfreq

    try:
        return float(wordfreq.zipf_frequency(word, language))
    except LookupError:
        return float(wordfreq.zipf_frequency(word, "en"))


@lru_cache(maxsize=2)
def _free(hosting: bool) -> frozenset[str]:
    chosen = FUNCTION_WORDS | wordlist("numbers")
    if hosting:
        chosen |= HOST_WORDS
    return chosen | frozenset(map(stem, chosen))


def _content(hosting: bool) -> WordTable[str | None]:
    """By word: its stem if it carries a claim, else None."""

    def content(word: str) -> str | None:
        free = _free(hosting)
        if word in free or len(word) <= 1 or word.isdigit():
            return None
        root = stem(word)
        return None if root in free else root

    return WordTable(content)


_CONTENT: Final = {hosting: _content(hosting) for hosting in (True, False)}


@lru_cache(maxsize=50_000)
def content_stems(text: str, *, hosting: bool = True) -> tuple[str, ...]:
    """Stems of the words that carry a claim, in order; `hosting` leaves out the words of hosting too."""
    return tuple(root for root in _CONTENT[hosting].all(words(text)) if root is not None)


def tells(name: str) -> bool:
    """Whether a name alone says what is spoken of: "object" and "requests" do not, "recency" does."""
    common = max(frequency(name), frequency(name.removesuffix("s")))
    return not name.isalpha() or name != name.lower() or common < COMMON
