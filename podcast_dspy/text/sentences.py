"""Where sentences end, in papers and in transcripts: the one splitter of the package, and what a full stop may mean.

Chosen by `benchmarks/sentences.py`: no other splitter finds more of the ends that people marked.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import chain
from typing import Final

from podcast_dspy.text.wordlists import abbreviations

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
