"""Directions and negations: words with their opposites, and whether two texts deny or compare the same way."""

from __future__ import annotations

import itertools
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from importlib.resources import files
from typing import Final

from podcast_dspy.text.words import (
    FUNCTION_WORDS,
    WordTable,
    content_stems,
    pairs_of,
    phrase_pattern,
    split_sentences,
    stem,
    word_spans,
    wordlist,
    words,
)

_PAIRS: Final = tuple(
    (re.compile(rf"\b(?:{up})\b", re.I), re.compile(rf"\b(?:{down})\b", re.I))
    for up, down in pairs_of("opposites")
)


@WordTable
def _pairs(word: str) -> frozenset[int]:
    """Which pairs a word may be of: most words compare nothing, and a look-up is all that they cost."""
    return frozenset(place for place, sides in enumerate(_PAIRS) if any(side.search(word) for side in sides))


def _told(text: str) -> frozenset[int]:
    return frozenset[int]().union(*_pairs.all(words(text)))


_SUPERLATIVES: Final = frozenset(("best", "worst"))
"""Where there is a best schedule there is a worst."""
_STOP = re.compile(r"[,;:()—–]")

Turn = tuple[int, bool, tuple[str, ...]]
"""(which opposites, whether `more` of them, two words beside it, with "" where the comparing word stands)."""


@lru_cache(maxsize=20_000)
def directions(text: str) -> tuple[tuple[int, bool, int, int], ...]:
    """Comparing words as (which opposites, whether `more` of them, first character, end), in order of the opposites."""
    return tuple(
        (place, side == 0, match.start(), match.end())
        for place in sorted(_told(text))
        for side, pattern in enumerate(_PAIRS[place])
        for match in pattern.finditer(text)
    )


def turns(sentence: str) -> list[list[Turn]]:
    """For each comparing word the word triples that it stands in; none reaches over a comma."""
    found: list[list[Turn]] = []
    compared = directions(sentence)
    if not compared:
        return found
    spans = word_spans(sentence)
    starts = {start: place for place, (start, _) in enumerate(spans)}
    said = words(sentence)
    ends = [
        place + 1
        for place, (one, other) in enumerate(itertools.pairwise(spans))
        if _STOP.search(sentence, one[1], other[0])
    ]
    for pair, more, first, _ in compared:
        at = starts.get(first)
        if at is not None and said[at] not in _SUPERLATIVES:
            first_word = max(0, at - 2, *(end for end in ends if end <= at))
            last_word = min(at + 3, *(end for end in ends if end > at), len(said))
            around = (*said[first_word:at], "", *said[at + 1 : last_word])
            found.append([(pair, more, around[start : start + 3]) for start in range(len(around) - 2)])
    return found


def turned(clause: str, around: Sequence[str]) -> bool:
    """Whether every passage that says the same and compares at all compares the other way."""
    for up, down in (_PAIRS[place] for place in _told(clause)):
        said = bool(up.search(clause)), bool(down.search(clause))
        if said[0] == said[1]:
            continue
        held = [(bool(up.search(text)), bool(down.search(text))) for text in around]
        directed = [sides for sides in held if any(sides)]
        if directed and all(sides == (said[1], said[0]) for sides in directed):
            return True
    return False


@cache
def _opposites() -> dict[str, frozenset[str]]:
    text = files("podcast_dspy.analysis").joinpath("opposites.txt").read_text(encoding="utf-8")
    found: defaultdict[str, set[str]] = defaultdict(set)
    for first, second in (line.split() for line in text.splitlines() if not line.startswith("#")):
        found[first].add(second)
        found[second].add(first)
    return {word: frozenset(others) for word, others in found.items()}


def bases(word: str) -> Iterator[str]:
    """A word and what it may be a form of: `hardest` of hard, `easily` of easy, `degrades` of degrade."""
    yield word
    if word.endswith("men"):
        yield word.removesuffix("men") + "man"
    for ending in ("s", "es", "ed", "d", "ing", "er", "est", "ly", "r", "st"):
        if word.endswith(ending) and len(word) - len(ending) > 2:
            base = word.removesuffix(ending)
            yield base
            if base.endswith("i"):
                yield base[:-1] + "y"
            if base[-1] == base[-2]:
                yield base[:-1]
            yield base + "e"


_UNDOING: Final = wordlist("undoing")


@lru_cache(maxsize=50_000)
def opposed(word: str) -> frozenset[str]:
    """Stems of the opposites of a word, `un-` and the like included."""
    if word in FUNCTION_WORDS:
        return frozenset()
    table = _opposites()
    found = {stem(other) for base in bases(word) for other in table.get(base, ())}
    if len(word) > 4:
        found.update(stem(prefix + word) for prefix in _UNDOING)
        found.update(
            stem(word.removeprefix(prefix))
            for prefix in _UNDOING
            if word.startswith(prefix) and len(word) - len(prefix) > 3
        )
    return frozenset(found)


_NEGATION: Final = phrase_pattern("negation")
_CLAUSE = re.compile(r"[,;:—–]\s+|\s+(?=(?:while|but|so|whereas|because|although|and|yet|then)\s)", re.I)
_ELLIPSIS = re.compile(r"(?:\bnot|n['’]t)$", re.I)
"""A clause that leaves its verb to the sentence before: `the lead of the other is not`."""
_NEARLY: Final = 0.75
_SAME: Final = 0.6
"""Share of a clause's stems from which a passage says the same but for one word."""


@lru_cache(maxsize=20_000)
def negated(text: str) -> bool:
    """Whether a text denies something."""
    return bool(_NEGATION.search(text))


def contradictions(candidate: str, source: str) -> tuple[str, ...]:
    """Clauses whose negation or direction (more/less, better/worse) is the opposite of what the source says there."""
    origin = _origin(source)
    found = []
    for sentence in split_sentences(candidate):
        if sentence.endswith("?"):
            continue
        for clause in _clauses(sentence):
            stems = set(content_stems(clause))
            if len(stems) < 2:
                continue
            overlaps = [(len(stems & held) / len(stems), text) for held, text, _ in origin]
            mutual = max(
                (len(stems & held) / len(held) for held, _, negated in origin if held and negated),
                default=0.0,
            )
            best = max((overlap for overlap, _ in overlaps), default=0.0)
            if best < 0.5:
                continue
            around = [text for overlap, text in overlaps if overlap >= 0.75 * best]
            said_no, held_no = negated(clause), any(map(negated, around))
            if said_no and not held_no and len(stems) > 2 and best >= _SAME and not _ELLIPSIS.search(clause):
                found.append(f"says no where the source says yes: {clause!r}")
            elif (
                held_no
                and not said_no
                and len(stems) > 2
                and best >= 0.6
                and mutual >= 0.6
                and not negated(candidate)
                and "without" not in words(clause)
            ):
                found.append(f"leaves out a `not` of the source: {clause!r}")
            elif turned(clause, around):
                found.append(f"turns the direction round: {clause!r}")
    return tuple(found)


@lru_cache(maxsize=2_000)
def _origin(source: str) -> tuple[tuple[frozenset[str], str, bool], ...]:
    """Content stems, text and negation of each clause of a source."""
    return tuple((frozenset(content_stems(one)), one, negated(one)) for one in _clauses(source))


@lru_cache(maxsize=20_000)
def _clauses(text: str) -> tuple[str, ...]:
    return tuple(
        clause
        for sentence in split_sentences(text)
        for part in _CLAUSE.split(sentence)
        if (clause := part.strip(" ,;:—–.!?"))
    )
