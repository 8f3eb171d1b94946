"""Sentences, words and stems of a text: the fast, deterministic reading that measurement rests on."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from itertools import chain
from typing import Any, Final

from podcast_dspy.analysis.word_table import WordTable

__all__ = [
    "COMMON",
    "FUNCTION_WORDS",
    "HOST_WORDS",
    "content_stems",
    "frequency",
    "heard",
    "split_sentences",
    "stem",
    "stems",
    "word_spans",
    "words",
]

_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*", re.UNICODE)
_ASCII_WORD = re.compile(r"[A-Za-z0-9]+(?:'[A-Za-z0-9]+)*")
"""The same in a text of ASCII, where it takes half the time."""
_BLANK_LINE = re.compile(r"\n\s*\n")
_STOP = re.compile(r"([.!?…][\"'”’)\]]*)\s+(?=[\"'“‘(\[]*[^\W_a-z])", re.UNICODE)
_ABBREVIATION = re.compile(
    r"(?:\b(?:e\.g|i\.e|etc|vs|cf|al|approx|Dr|Mr|Mrs|Ms|Prof|St|Fig|Figs|Tab|Eq|Eqs|Sec|Ref|Refs|No|Vol|Ch|Inc|resp)"
    r"|\b[A-Z])\.$"
)

FUNCTION_WORDS: Final = frozenset(
    """a about above after again against all also although always am among an and another any are aren't around as at
    be because been before being below between both but by can can't cannot come comes could couldn't did didn't do
    does doesn't doing don't done down during each either else enough even ever every few for from further get gets
    getting give gives go goes going gone got had hadn't has hasn't have haven't having he he'd he'll he's her here
    here's hers herself him himself his how how's however i i'd i'll i'm i've if in instead into is isn't it it'd it'll
    it's its itself just keep kind know let let's like look lot made make makes making many may maybe me mean means
    might mine more most much must my myself need never next no nor not now of off often oh ok okay on once one ones
    only onto or other others our ours ourselves out over own per put quite rather really right said same say says see
    seem seems shall she she'd she'll she's should shouldn't since so some something still such take takes than that
    that'll that's the their theirs them themselves then there there's therefore these they they'd they'll they're
    they've thing things this those though through thus to together too toward towards under until up upon us use used
    uses using very want wants was wasn't way ways we we'd we'll we're we've well were weren't what what's whatever
    when where where's whether which while who who's whose why why's will with within without won't would wouldn't yes
    yet you you'd you'll you're you've your yours yourself able actually already almost across along per via whereas
    first second third last two new good back work works part time times""".split()
)
"""Words that carry no claim of their own."""

HOST_WORDS: Final = frozenset(
    """today episode podcast show listener listeners welcome hello hi hey everyone folks friends dive deep discuss talk
    talking paper papers study studies research researcher researchers author authors team scientist scientists article
    authored work idea ideas question questions answer answers think imagine picture wonder wondering interesting
    fascinating surprising surprise remarkable exciting amazing cool neat great nice big little simple simply basically
    essentially literally obviously clearly importantly crucial crucially key point points takeaway main heart core
    story matter matters reason short summary sum sums word words plain terms sense understand understanding explain
    explains explained call called calls name names tell tells told ask asks asked find finds found show shows showed
    shown turn turns turned happen happens happened try tries tried start starts starting begin begins end ends finally
    moving move step ahead follow follows thank thanks listening joining hear heard remember notice note say saying
    example instance analogy compare compared difference different course exactly pretty truly indeed result results
    finding findings problem approach people someone something everything anything lets gonna hard easy better best
    saw seen kept keep keeps cut cuts lost loses buy buys gave came went held left run runs running pick picks
    bit far long catch trick twist deal beyond suddenly figure table detour aside""".split()
)
"""Words of hosting: they may be added to a source without adding a claim."""


_INVISIBLE: Final = dict.fromkeys(
    (*range(0x09), 0x0B, *range(0x0E, 0x20), 0x7F, 0xAD, *range(0x200B, 0x2010), *range(0x202A, 0x202F),
     *range(0x2060, 0x2070), 0xFEFF, *range(0xE0000, 0xE0080)),
)  # fmt: skip
_AS_TYPED: Final = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "\u00a0": " "})


def heard(text: str) -> str:
    """A text as it is heard: typographic quotes straightened, invisible and control characters taken out.

    What cannot be heard must not move a measure that looks at characters, such as an embedding.
    """
    return text.translate(_AS_TYPED).translate(_INVISIBLE)


def split_sentences(text: str) -> list[str]:
    """Sentences in order, stripped; a blank line always ends one. Linear in the length of the text, memoised."""
    return list(_split(text))


@lru_cache(maxsize=4_000)
def _split(text: str) -> tuple[str, ...]:
    pieces: list[str] = []
    for paragraph in _BLANK_LINE.split(text) if "\n" in text else (text,):
        start = 0
        for match in _STOP.finditer(paragraph):
            dot = match.start() + 1
            if "\n" not in match.group() and _ABBREVIATION.search(paragraph[max(start, dot - 8) : dot]):
                continue
            pieces.append(paragraph[start : match.end(1)])
            start = match.end()
        pieces.append(paragraph[start:])
    return tuple(flat for piece in pieces if (flat := " ".join(piece.split())))


_LONG: Final = 2_000
"""Characters from which a text is read by its sentences, which are read anyway: no word spans two of them."""


def _word(text: str) -> re.Pattern[str]:
    return _ASCII_WORD if text.isascii() else _WORD


@lru_cache(maxsize=50_000)
def words(text: str) -> tuple[str, ...]:
    """Lower-case words, apostrophes straightened; memoised, since every measure reads the same sentences."""
    if len(text) > _LONG and len(sentences := _split(text)) > 1:
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


@lru_cache(maxsize=200_000)
def frequency(word: str) -> float:
    """Zipf frequency of a lower-case English word (log10 of uses in a billion words); 0 for unknown ones."""
    import wordfreq

    return float(wordfreq.zipf_frequency(word, "en", wordlist="small"))


_NUMBER_WORDS: Final = frozenset(
    """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen
    eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand million billion trillion
    percent percentage half third thirds quarter quarters point twice double""".split()
)
"""Numbers are compared as numbers, not as words."""

_FREE_STEMS: Final = (FUNCTION_WORDS, HOST_WORDS)


@lru_cache(maxsize=2)
def _free(hosting: bool) -> frozenset[str]:
    chosen: Iterable[str] = _FREE_STEMS[0] | _FREE_STEMS[1] if hosting else _FREE_STEMS[0]
    chosen = (*chosen, *_NUMBER_WORDS)
    return frozenset(chosen) | frozenset(stem(word) for word in chosen)


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
