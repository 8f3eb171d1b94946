"""Assertions: sentences cut into what can be compared (content, denials, numbers in context), and a paper of them."""

from __future__ import annotations

import itertools
import math
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Final

from podcast_dspy.analysis.directions import bases, directions
from podcast_dspy.analysis.paper_index import (
    PAPERS,
    GraphKey,
    StemTable,
    paper_index,
    stem_table,
)
from podcast_dspy.analysis.subjects import unit_of
from podcast_dspy.documents.graph import DocumentGraph
from podcast_dspy.text.entities import NumberTable
from podcast_dspy.text.numbers import Number, may_hold_numbers, numbers
from podcast_dspy.text.words import (
    content_stems,
    phrase_pattern,
    split_sentences,
    stem,
    wordlist,
    words,
)

_CLAUSE = re.compile(
    r"[;:—–()]\s*|,\s+|(?<!hundred)(?<!thousand)"
    r"\s+(?=(?:and|but|while|whereas|where|which|against|although|compared|because)\s)",
    re.I,
)
_CITATION: Final = re.compile(r"\([^()]*\b(?:et al|(?:19|20)\d\d)\b[^()]*\)")
NEGATIONS: Final = wordlist("negations")
_OBJECTS: Final = wordlist("negated_objects")
"""Negations that may be what a verb before them acts on."""
_NOTHING: Final = frozenset(map(stem, _OBJECTS))
"""`Nobody` in two sentences does not make them speak of the same."""
_FOCUS: Final = frozenset("only just merely simply sole".split())
"""Words with which a negation denies only that there is nothing else: not only, isn't the only one (Quirk et al. 1985,
8.116)."""
_ARTICLES: Final = frozenset("a an the".split())
_PREFERRED: Final = frozenset((("rather", "than"), ("instead", "of")))
_SCOPE: Final = 4
"""Words behind a negation that it can deny."""
_PIVOT: Final = phrase_pattern("pivot")
"""Words that stand between what is compared and what it is compared with."""
_MORE_THAN_A: Final = wordlist("behind_more_than")
"""Words behind `more than` that make it a hedge."""
_SMALL: Final = 3.0
"""Whole numbers up to this may count things in passing."""


def in_passing(number: Number, most: float = _SMALL) -> bool:
    """Whether a number may count something in passing."""
    return not (number.percent or number.decimals) and number.value <= most


def _is_share(number: Number) -> bool:
    """Whether a number is a part of a whole: a percentage, a half."""
    return number.percent or (0 < number.value < 1 and number.surface.replace(" ", "").isalpha())


@dataclass(frozen=True, slots=True)
class Value:
    """A number, and the stems of what it counts."""

    number: Number
    unit: frozenset[str]

    def like(self, other: Value) -> bool:
        """Whether both measure the same kind of thing; whole numbers, if they count the same."""
        mine, theirs = self.number, other.number
        if _is_share(mine) or _is_share(theirs):
            return _is_share(mine) and _is_share(theirs)
        if bool(mine.decimals) != bool(theirs.decimals):
            return False
        return bool(mine.decimals or self.unit & other.unit)


@dataclass(frozen=True, slots=True)
class Context:
    """A clause that gives numbers, with the clauses of its sentence that give none."""

    stems: frozenset[str]
    values: tuple[Value, ...]
    sentence: tuple[Number, ...]
    """All numbers of its sentence."""


class Line:
    """A sentence as it is compared; most are compared with little, so that each part is read when it is asked for."""

    def __init__(self, text: str, lenient: bool) -> None:
        self.text = text
        self._lenient = lenient
        self._plain = _CITATION.sub(" ", text)

    @cached_property
    def words(self) -> tuple[str, ...]:
        """Its words, citations left out."""
        return words(self._plain)

    @cached_property
    def roots(self) -> frozenset[str]:
        """Stems of all words, and of what they may be forms of."""
        return frozenset[str]().union(*map(_roots, self.words))

    @cached_property
    def stems(self) -> frozenset[str]:
        """Stems of the words with content."""
        return frozenset(content_stems(self._plain, hosting=False)) - _NOTHING

    @cached_property
    def _clauses(self) -> tuple[str, ...]:
        return tuple(part for part in _CLAUSE.split(self._plain) if part and part.strip())

    @cached_property
    def denied(self) -> frozenset[str]:
        """Stems within reach of a negation, or behind `rather than` and `instead of`."""
        return frozenset(one for part in map(words, self._clauses) for one in _denied(part))

    @cached_property
    def negative(self) -> frozenset[str]:
        """Stems of the clauses that hold a negation, wherever it stands: "no A has B" is "A has no B"."""
        parts = (words(part) for part in self._clauses)
        negated = (part for part in parts if any(one in NEGATIONS or one.endswith("n't") for one in part))
        return frozenset(stem(one) for part in negated for one in part)

    @cached_property
    def contexts(self) -> tuple[Context, ...]:
        """Its clauses that give numbers."""
        if not may_hold_numbers(self._plain):
            return ()
        content = [frozenset(content_stems(part, hosting=False)) for part in self._clauses]
        given = [
            tuple(Value(number, unit_of(part, number)) for number in numbers(part, lenient=self._lenient))
            for part in self._clauses
        ]
        free = frozenset[str]().union(
            *(one for one, values in zip(content, given, strict=True) if not values)
        )
        every = tuple(value.number for values in given for value in values)
        return tuple(
            Context(one | free, values, every) for one, values in zip(content, given, strict=True) if values
        )

    @cached_property
    def values(self) -> tuple[Value, ...]:
        """Its numbers."""
        return tuple(value for context in self.contexts for value in context.values)


def _denied(said: Sequence[str]) -> Iterator[str]:
    for place, word in enumerate(said):
        after = said[place + 1 : place + 1 + _SCOPE]
        if word in _OBJECTS:  # it tells you nothing
            yield from map(stem, said[max(0, place - 2) : place])
        if not after or next((one for one in after if one not in _ARTICLES), "") in _FOCUS:
            continue
        if word in NEGATIONS or word.endswith("n't") or (word, after[0]) in _PREFERRED:
            yield from map(stem, itertools.takewhile(lambda one: one != "but", after))


@lru_cache(maxsize=50_000)
def _roots(word: str) -> frozenset[str]:
    return frozenset(map(stem, bases(word)))


@lru_cache(maxsize=40_000)
def read(text: str, lenient: bool = False) -> Line:
    """A sentence as it is compared; `lenient` reads numbers as on the source's side."""
    return Line(text, lenient)


Comparison = tuple[frozenset[str], frozenset[str], frozenset[tuple[int, bool]]]
"""Stems (and numbers, as `#5`) before and behind what a sentence compares with, and the directions that it goes in."""


@lru_cache(maxsize=20_000)
def comparisons(said: tuple[str, ...]) -> tuple[Comparison, ...]:
    """What a sentence, given as its words, compares with what: one for each word such as `than`."""
    text = " ".join(said)
    found = directions(text)
    sides = frozenset((pair, more) for pair, more, _, _ in found)
    places = [place for place, word in enumerate(said) if _PIVOT.match(word) and not _hedges(said, place)]
    if not places and found:
        return ((_sided(said[: len(text[: found[0][2]].split())]), frozenset(), sides),)
    return tuple((_sided(said[:place]), _sided(said[place + 1 :]), sides) for place in places)


def _hedges(said: Sequence[str], place: int) -> bool:
    """Whether a `than` only hedges a number: more than a day, less than 5."""
    after = said[place + 1 : place + 2]
    return (
        said[place] == "than"
        and said[max(0, place - 1)] in ("more", "less", "fewer")
        and bool(after)
        and (after[0] in _MORE_THAN_A or after[0][0].isdigit())
    )


def _sided(said: Sequence[str]) -> frozenset[str]:
    return frozenset(content_stems(" ".join(said), hosting=False)) | {
        f"#{word}" for word in said if word[0].isdigit()
    }


@dataclass(frozen=True)
class Assertions:
    """The sentences of a paper, or of a host, ready to be compared with."""

    index: StemTable
    lines: tuple[Line, ...]
    """Its sentences, in order."""
    weights: dict[str, float]
    """Inverse document frequency of a stem over the passages."""
    holding: dict[str, tuple[int, ...]]
    """Passages that hold a stem."""
    given: NumberTable[Context]
    """The contexts in which its prose gives a number."""

    def share(self, said: frozenset[str], held: frozenset[str]) -> float:
        """Share (0-1, weighted by rarity) of the first stems that are among the second."""
        unseen = math.log(1.0 + len(self.lines))
        weights = self.weights
        # fsum: a set's order differs from process to process, and rounding with it.
        total = math.fsum(weights.get(one, unseen) for one in said)
        return math.fsum(weights.get(one, unseen) for one in said & held) / total if total else 0.0


def assertions_of(graph: DocumentGraph) -> Assertions:
    """The assertions of a paper, read once for its content."""
    return _build(GraphKey(graph))


def assertions_in(text: str) -> Assertions:
    """The assertions of a spoken text, read once for its content."""
    return _spoken(text)


@lru_cache(maxsize=PAPERS)
def _spoken(text: str) -> Assertions:
    sentences = split_sentences(text)
    index = stem_table([content_stems(sentence) for sentence in sentences])
    return _made(index, [read(sentence, True) for sentence in sentences])


@lru_cache(maxsize=PAPERS)
def _build(key: GraphKey) -> Assertions:
    index = paper_index(key.graph)
    return _made(index, [read(passage.text, True) for passage in index.passages])


def _made(index: StemTable, lines: Sequence[Line]) -> Assertions:
    prose = [line for line in lines if "\t" not in line.text]
    holding: defaultdict[str, list[int]] = defaultdict(list)
    for place, line in enumerate(lines):
        for one in sorted(line.stems):
            holding[one].append(place)
    return Assertions(
        index,
        tuple(lines),
        {one: math.log(1.0 + len(lines) / len(places)) for one, places in holding.items()},
        {one: tuple(places) for one, places in holding.items()},
        NumberTable(
            (value.number, context) for line in prose for context in line.contexts for value in context.values
        ),
    )
