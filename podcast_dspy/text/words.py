"""Sentences and words: where they end, stems, how common a word is, and the word lists (TOML, each with its source).

The splitter was chosen by `benchmarks/sentences.py`: no other finds more of the ends that people marked.
"""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Callable, Iterable, Mapping
from functools import cache, lru_cache
from importlib import import_module, resources
from importlib.util import find_spec
from itertools import chain
from pathlib import Path
from threading import Lock
from types import ModuleType
from typing import Any, Final, Generic, TypeVar


@cache
def _lists(file: str = "wordlists.toml") -> dict[str, Any]:
    return tomllib.loads(resources.files("podcast_dspy.text").joinpath(file).read_text(encoding="utf-8"))


def notation(name: str) -> dict[str, Any]:
    """A table of notations.toml: what is written, and how it is said."""
    found: dict[str, Any] = _lists("notations.toml")[name]
    return found


def compiled(pattern: str, parts: Mapping[str, str]) -> re.Pattern[str]:
    """A pattern, in which `@name@` stands for the part of that name; parts may name those behind them."""
    for part, meant in parts.items():
        pattern = pattern.replace(f"@{part}@", meant)
    return re.compile(pattern)


def replacements(name: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    """A list of notations.toml: patterns, in order, and what is written instead of what they match."""
    listed = notation(name)
    parts = listed.get("parts", {})
    return tuple((compiled(pattern, parts), written) for pattern, written in listed["replacements"])


def patterns(name: str, **parts: str) -> dict[str, re.Pattern[str]]:
    """The patterns of a table of notations.toml by their names; `parts` are those that other tables give."""
    listed = notation(name)
    return {
        one: compiled(pattern, listed.get("parts", {}) | parts) for one, pattern in listed["patterns"].items()
    }


def rewritten(text: str, rules: Iterable[tuple[re.Pattern[str], str]]) -> str:
    """`text` with what each pattern matches replaced, one rule after the other."""
    for pattern, written in rules:
        text = pattern.sub(written, text)
    return text


@cache
def wordlist(name: str) -> frozenset[str]:
    """The words of the list of that name."""
    return frozenset(_lists()[name]["words"].split())


def abbreviations() -> dict[str, Any]:
    """The table of abbreviations: which end no sentence."""
    found: dict[str, Any] = _lists()["abbreviations"]
    return found


GRAMMAR_WORDS: Final = wordlist("grammar")
"""Words of the closed classes: no term begins or ends with one."""
FUNCTION_WORDS: Final = GRAMMAR_WORDS | wordlist("light")
"""Words that carry no claim of their own: the stop words."""
HOST_WORDS: Final = wordlist("hosting")
"""Words of hosting: they may be added to a source without adding a claim."""


def phrase_pattern(*names: str) -> re.Pattern[str]:
    """What matches any turn of phrase of the lists of these names, in small or capital letters."""
    return re.compile(
        "|".join(one for name in names for one in _lists("expressions.toml")[name]["any"]), re.IGNORECASE
    )


def phrase_patterns(name: str) -> tuple[re.Pattern[str], ...]:
    """The patterns of a list, each on its own."""
    listed = _lists("expressions.toml")[name]
    return tuple(compiled(f"(?i){one}", listed.get("parts", {})) for one in listed["each"])


def pairs_of(name: str) -> list[tuple[str, str]]:
    """The pairs of a list, each of two patterns or words."""
    return [(one, other) for one, other in _lists("expressions.toml")[name]["pairs"]]


def headings() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """The parts of papers with what their headings hold, the surest first."""
    return tuple(
        (part, re.compile(one, re.IGNORECASE))
        for part, one in _lists("expressions.toml")["headings"]["by_part"]
    )


_BLANK_LINE = re.compile(r"\n\s*\n")
_STOP = re.compile(r"([.!?…][\"'”’“»)\]]*)\s+(?=[\"'“‘„«»¿¡(\[]*[^\W_a-z])", re.UNICODE)
_LONGEST: Final = 10
"""Characters before a full stop that are looked at."""


@lru_cache(maxsize=1)
def _abbreviation() -> re.Pattern[str]:
    table = abbreviations()
    never, numbered = (
        "|".join(map(re.escape, sorted(table[name].split(), key=len, reverse=True)))
        for name in ("never_end", "before_numbers")
    )
    return re.compile(rf"(?:\b(?:{never}|[A-Z]|(?:[A-Za-z]\.)+[A-Za-z])|\b(?P<numbered>(?i:{numbered})))\.$")


def ends_in_abbreviation(text: str, following: str = "") -> bool:
    """Whether a full stop at the end of a text is an abbreviation's or an initial's; `following` comes next."""
    found = _abbreviation().search(text[-_LONGEST:])
    if found is None:
        return False
    return (
        not found["numbered"] or not following or bool(re.match(r"[\W_]*(?:\d|[A-Z]?\d|[IVX]+\b)", following))
    )


def split_sentences(text: str) -> list[str]:
    """Sentences in order, stripped; a blank line always ends one. Linear in the length of the text, memoised."""
    return list(sentences_of(text))


@lru_cache(maxsize=4_000)
def sentences_of(text: str) -> tuple[str, ...]:
    """The same as a tuple, as it is remembered."""
    if "\n" in text and len(paragraphs := _BLANK_LINE.split(text)) > 1:
        return tuple(chain.from_iterable(map(sentences_of, paragraphs)))
    pieces: list[str] = []
    start = 0
    for match in _STOP.finditer(text):
        dot = match.start() + 1
        if "\n" not in match.group() and ends_in_abbreviation(
            text[max(start, dot - _LONGEST) : dot], text[match.end() : match.end() + _LONGEST]
        ):
            continue
        pieces.append(text[start : match.end(1)])
        start = match.end()
    pieces.append(text[start:])
    return tuple(flat for piece in pieces if (flat := " ".join(piece.split())))


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


_IMPORTING = Lock()


@lru_cache(maxsize=1)
def _porter() -> Any:
    """NLTK's Porter stemmer, whose stems rouge-score has too; empty packages stand for those around its module.

    `nltk` and `nltk.stem` import all of NLTK, and that scikit-learn and SciPy: two seconds for one class.
    """
    with _IMPORTING:
        found = find_spec("nltk")
        if found is None or found.origin is None or "nltk" in sys.modules:
            return import_module("nltk.stem.porter").PorterStemmer()
        place = Path(found.origin).parent
        for name, folder in (("nltk", place), ("nltk.stem", place / "stem")):
            sys.modules[name] = ModuleType(name)
            sys.modules[name].__path__ = [str(folder)]
        try:
            return import_module("nltk.stem.porter").PorterStemmer()
        finally:  # whoever imports NLTK gets it whole
            for name in [name for name in sys.modules if name.partition(".")[0] == "nltk"]:
                del sys.modules[name]


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
