"""Assertions: a sentence beside what the paper says in nearly the same words, and where the two part."""

from __future__ import annotations

import itertools
import math
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Final

from podcast_dspy.analysis.directions import directions
from podcast_dspy.analysis.graph_key import GraphKey
from podcast_dspy.analysis.number_support import supported_number
from podcast_dspy.analysis.numbers import Number, numbers
from podcast_dspy.analysis.passages import PaperIndex, paper_index
from podcast_dspy.analysis.sentences import FUNCTION_WORDS, content_stems, frequency, stem, words
from podcast_dspy.analysis.subjects import unit_of
from podcast_dspy.analysis.table_labels import cells, header
from podcast_dspy.documents.graph import DocumentGraph

__all__ = ["Assertions", "assertions_of"]

_CLAUSE = re.compile(
    r"[;:—–()]\s*|,\s+|(?<!hundred)(?<!thousand)\s+(?=(?:and|but|while|whereas|which|against|although|compared|because)\s)", re.I
)
_CITATION: Final = re.compile(r"\([^()]*\b(?:et al|(?:19|20)\d\d)\b[^()]*\)")
_NEGATIONS: Final = frozenset(
    "not no never neither nor none nobody nothing cannot hardly barely scarcely rarely seldom little without fail fails "
    "failed unable except".split()
)
_SCOPE: Final = 4
"""Words behind a negation that it can deny."""
_NEAR: Final = 0.6
"""Share of a sentence's content from which a passage says nearly the same."""
_EVERYDAY: Final = 5.2
"""Zipf frequency from which a word of a table's label may be just the word: even, needed."""
_EVIDENCE: Final = 3
"""Stems that a sentence and a passage have to share before it means anything where they part."""
_PIVOT = re.compile(
    r"(?:than|over|versus|against|outperform\w*|exceed\w*|surpass\w*|beats?|trails?|underperform\w*|followed|compared)$"
)
"""Words that stand between what is compared and what it is compared with."""
_FROM_TO: Final = re.compile(r"\bfrom (\d[\d.,]*)%? to (\d[\d.,]*)")


@dataclass(frozen=True, slots=True)
class Value:
    """A number, and the stems of what it counts."""

    number: Number
    unit: frozenset[str]

    def like(self, other: Value) -> bool:
        """Whether both measure the same kind of thing; whole numbers, if they count the same."""
        mine, theirs = self.number, other.number
        if _share_of(mine) or _share_of(theirs):
            return _share_of(mine) and _share_of(theirs)
        if bool(mine.decimals) != bool(theirs.decimals):
            return False
        return bool(mine.decimals or self.unit & other.unit)


def _passing(number: Number) -> bool:
    """Whether a number may count something in passing."""
    return not (number.percent or number.decimals) and number.value <= 3


def _share_of(number: Number) -> bool:
    """Whether a number is a part of a whole: a percentage, a half."""
    return number.percent or (0 < number.value < 1 and number.surface.replace(" ", "").isalpha())


@dataclass(frozen=True, slots=True)
class Context:
    """A clause that gives numbers, with the clauses of its sentence that give none."""

    stems: frozenset[str]
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence as it is compared."""

    text: str
    words: tuple[str, ...]
    roots: frozenset[str]
    """Stems of all words, and of what they may be forms of."""
    stems: frozenset[str]
    """Stems of the words with content."""
    denied: frozenset[str]
    """Stems within reach of a negation."""
    contexts: tuple[Context, ...]

    @property
    def values(self) -> tuple[Value, ...]:
        return tuple(value for context in self.contexts for value in context.values)


@dataclass(frozen=True, slots=True)
class Cell:
    """A number of a table, and the words of its row and its column."""

    number: Number
    labels: frozenset[str]
    table: int


@cache
def _opposites() -> dict[str, frozenset[str]]:
    text = files("podcast_dspy.analysis").joinpath("opposites.txt").read_text(encoding="utf-8")
    found: defaultdict[str, set[str]] = defaultdict(set)
    for first, second in map(str.split, text.splitlines()):
        found[first].add(second)
        found[second].add(first)
    return {word: frozenset(others) for word, others in found.items()}


def _bases(word: str) -> Iterator[str]:
    """A word and what it may be a form of: `hardest` of hard, `easily` of easy, `degrades` of degrade."""
    yield word
    for ending in ("s", "es", "ed", "d", "ing", "er", "est", "ly", "r", "st"):
        if word.endswith(ending) and len(word) - len(ending) > 2:
            base = word.removesuffix(ending)
            yield base
            if base.endswith("i"):
                yield base[:-1] + "y"
            if base[-1] == base[-2]:
                yield base[:-1]
            yield base + "e"


_UNDOING: Final = ("un", "in", "non", "dis", "im", "ir")


@lru_cache(maxsize=50_000)
def _opposed(word: str) -> frozenset[str]:
    """Stems of the opposites of a word, `un-` and the like included."""
    if word in FUNCTION_WORDS:
        return frozenset()
    table = _opposites()
    found = {stem(other) for base in _bases(word) for other in table.get(base, ())}
    if word == "women":
        found.add("men")
    if word == "men":
        found.add("women")
    if len(word) > 4:
        found.update(stem(prefix + word) for prefix in _UNDOING)
        found.update(
            stem(word.removeprefix(prefix))
            for prefix in _UNDOING
            if word.startswith(prefix) and len(word) - len(prefix) > 3
        )
    return frozenset(found)


def _denied(said: Sequence[str]) -> frozenset[str]:
    """Stems within reach of a negation, or behind `rather than` and `instead of`."""
    found: set[str] = set()
    for place, word in enumerate(said):
        after = said[place + 1 : place + 1 + _SCOPE]
        if not after or (word, after[0]) in _NO_DENIAL:
            continue
        if word in _NEGATIONS or word.endswith("n't") or (word, after[0]) in _PREFERRED:
            found.update(map(stem, itertools.takewhile(lambda one: one != "but", after)))
    return frozenset(found)


_NO_DENIAL: Final = frozenset(("not", word) for word in ("only", "just", "merely", "simply"))
_PREFERRED: Final = frozenset((("rather", "than"), ("instead", "of")))


@lru_cache(maxsize=40_000)
def read(text: str, lenient: bool = False) -> Line:
    """A sentence as it is compared."""
    plain = _CITATION.sub(" ", text)
    clauses = [part for part in _CLAUSE.split(plain) if part and part.strip()]
    content = [frozenset(content_stems(part, hosting=False)) for part in clauses]
    given = [
        tuple(Value(number, unit_of(part, number)) for number in numbers(part, lenient=lenient))
        for part in clauses
    ]
    free = frozenset[str]().union(*(one for one, values in zip(content, given, strict=True) if not values))
    return Line(
        text,
        words(plain),
        frozenset(stem(base) for word in words(plain) for base in _bases(word)),
        frozenset(content_stems(plain, hosting=False)),
        frozenset().union(*(_denied(words(part)) for part in clauses)),
        tuple(Context(one | free, values) for one, values in zip(content, given, strict=True) if values),
    )


@dataclass(frozen=True)
class Assertions:
    """A paper's sentences, ready to be compared with."""

    index: PaperIndex
    contexts: tuple[Context, ...]
    cells: tuple[Cell, ...]
    labels: tuple[frozenset[str], ...]
    """Words of the rows and columns, by table."""
    pairs: dict[tuple[str, str], tuple[int, ...]]
    """Neighbouring words with content, and the passages that hold them."""
    ways: frozenset[tuple[str, str]]
    """Numbers that the paper goes between: from the first to the second."""

    def against(self, sentence: str, places: Sequence[int]) -> tuple[str, ...]:
        """Where a sentence parts from the passages (by place) that say nearly the same, in words."""
        if sentence.rstrip("\"'”’)").endswith("?"):
            return ()
        return self._compared(read(sentence), places)

    def answered(self, question: str, answer: str, places: Sequence[int]) -> tuple[str, ...]:
        """The same for a yes or no, which says what the question asks, or denies it."""
        first = next(iter(words(answer)), "")
        if first not in ("yes", "no"):
            return ()
        line = read(" ".join(question.rstrip("?").split()[1:]))
        if first == "no":
            line = Line(
                line.text, line.words, line.roots, line.stems, line.roots - line.denied, line.contexts
            )
        return self._compared(line, places)

    def _compared(self, line: Line, places: Sequence[int]) -> tuple[str, ...]:
        if len(line.stems) < 2:
            return ()
        rows = [read(self.index.passages[place].text, True) for place in places]
        ranked = sorted(
            ((self.share(line.stems, held.stems), held) for held in rows), key=lambda row: -row[0]
        )
        ranked = [(share, held) for share, held in ranked if len(line.stems & held.stems) >= _EVIDENCE]
        if not ranked or ranked[0][0] < 0.5:
            return tuple(self.tabled(line))
        return (
            *self.polarity(line, ranked),
            *self.opposite(line, ranked),
            *self.roles(line, ranked),
            *self.values(line, ranked),
            *self.tabled(line),
            *self.substituted(line, ranked),
        )

    def together(self, first: tuple[str, str], second: tuple[str, str]) -> bool:
        """Whether the paper has both pairs in one sentence, or in neighbouring ones."""
        here, there = self.pairs.get(first, ()), self.pairs.get(second, ())
        return any(abs(one - other) <= 1 for one in here for other in there)

    def weight(self, stems: frozenset[str]) -> float:
        unseen = math.log(1.0 + len(self.index.passages))
        return math.fsum(self.index.weights.get(one, unseen) for one in sorted(stems))

    def share(self, said: frozenset[str], held: frozenset[str]) -> float:
        total = self.weight(said)
        return self.weight(said & held) / total if total else 0.0

    def polarity(self, line: Line, rows: Sequence[tuple[float, Line]]) -> Iterator[str]:
        """Words that one side denies and the other does not."""
        best = rows[0][0]
        if best < _NEAR:
            return
        around = [held for share, held in rows if share >= 0.8 * best]
        for one in sorted(line.stems):
            holding = [held for held in around if one in held.stems]
            if not holding:
                continue
            if (
                one in line.denied
                and not any(one in held.denied for held in holding)
                and (
                    not any(held.denied & line.stems for held in holding)
                    or all(held.denied & line.stems - line.denied for held in holding)
                )
            ):
                if (
                    best < 0.8
                    and not _NEGATIONS.intersection(line.words)
                    and not any("n't" in word for word in line.words)
                ):
                    continue  # what is only set behind something else
                yield f"denies what the paper says ({one})"
                return
            if one not in line.denied and all(one in held.denied for held in holding) and not line.denied:
                if best < 0.8 and self.share(holding[0].stems, line.stems) < 0.5:
                    continue
                yield f"leaves out a `not` of the paper ({one})"
                return

    def opposite(self, line: Line, rows: Sequence[tuple[float, Line]]) -> Iterator[str]:
        """Words whose opposite the paper has there."""
        best = rows[0][0]
        around = [held for share, held in rows if share >= 0.8 * best]
        said = [value for context in line.contexts for value in context.values]
        if said:
            giving = [
                held
                for held in around
                if any(
                    supported_number(
                        one.number, [value.number for context in held.contexts for value in context.values]
                    )
                    for one in said
                )
            ]
            around = giving or around
        for word in line.words:
            others = _opposed(word)
            if not others or others & line.roots:
                continue
            held = [one for one in around if others & one.roots]
            if held and not any(stem(word) in one.roots for one in around):
                if (stem(word) in line.denied) == any(bool(others & one.denied) for one in held):
                    yield f"says `{word}` where the paper says the opposite"
                    return

    def roles(self, line: Line, rows: Sequence[tuple[float, Line]]) -> Iterator[str]:
        """Comparisons that the paper makes the other way round."""
        if any(
            (last, first) in self.ways and (first, last) not in self.ways for first, last in _ways(line.text)
        ):
            yield "goes from one number to the other the wrong way"
            return
        said = _comparisons(line.words) or ((line.stems, frozenset[str](), frozenset[tuple[int, bool]]()),)
        for share, held in rows:
            if share < 0.5:
                break
            for (before, after, sides), (first, second, others) in itertools.product(
                said, _comparisons(held.words)
            ):
                both = (first & second) | (before & after)
                before_, after_, first_, second_ = before - both, after - both, first - both, second - both
                turned = any((pair, not more) in others for pair, more in sides) and not sides & others
                away, back = before_ & second_, after_ & first_
                moved = before_ - first
                subject = (
                    len(before_ & first) > _EVIDENCE
                    and share >= (0.65 if sides or after else 0.9)
                    and moved
                    and moved <= second_
                    and not after_ & second_
                    and bool(first_ - before)
                    and not (first_ & after_)
                )
                if ((away and back) or subject) and not turned:
                    yield f"compares {' '.join(sorted(away))} the other way round"
                    return
                if turned and not away and not back and before_ & first_ and (after_ & second_ or not after):
                    yield "turns the comparison round"
                    return

    def values(self, line: Line, rows: Sequence[tuple[float, Line]]) -> Iterator[str]:
        """Numbers beside which the paper says something else, where it says the same with another number."""
        for context in line.contexts:
            for value in context.values:
                here = 0.0
                for other in self.contexts:
                    if any(
                        supported_number(value.number, (held.number,))
                        and (value.like(held) or not (value.unit and held.unit) or value.number.percent)
                        for held in other.values
                    ):
                        here = max(here, self.share(line.stems, other.stems))
                if not (value.number.percent or value.number.decimals):
                    here = max(
                        [here]
                        + [
                            share
                            for share, held in rows
                            if supported_number(value.number, [one.number for one in held.values])
                        ]
                    )
                rival, found = 0.0, ""
                needed = 0.75 if _passing(value.number) else _NEAR
                if value.number.surface.replace(" ", "").isalpha() and value.number.value < 1:
                    needed = 0.9
                for share, held in rows:
                    if share < 0.5:
                        break
                    for other in held.contexts:
                        alike = [one for one in other.values if value.like(one) and not _passing(one.number)]
                        if alike and not supported_number(value.number, [one.number for one in other.values]):
                            now = self.share(line.stems, other.stems)
                            if now > rival:
                                rival, found = now, alike[0].number.surface
                if rival >= needed and rival - here >= (0.08 if rival >= 0.95 else 0.25):
                    yield f"gives {value.number.surface} where the paper gives {found}"
                    return

    def tabled(self, line: Line) -> Iterator[str]:
        """Numbers of a table that stand in another row or column."""
        said = frozenset(
            word
            for token in re.split(r"\b(?:than|over|against)\b", line.text)[0].split()
            if (word := token.strip(".,;:!?()'\"").lower()) and frequency(word) < _EVERYDAY
        )
        for context in line.contexts:
            for value in context.values:
                number = value.number
                if not (number.decimals or number.percent):
                    continue
                held = [cell for cell in self.cells if supported_number(number, (cell.number,))]
                if not held or any(
                    self.share(line.stems, other.stems) >= 0.5
                    for other in self.contexts
                    if supported_number(number, [one.number for one in other.values])
                ):
                    continue
                for table in {cell.table for cell in held}:
                    named = said & self.labels[table]
                    if not named or any(named <= cell.labels for cell in held):
                        break
                    rival = next(
                        (cell for cell in self.cells if cell.table == table and named <= cell.labels), None
                    )
                    if rival is None:
                        break
                else:
                    yield f"gives {number.surface} where the table gives {rival.number.surface}"
                    return

    def substituted(self, line: Line, rows: Sequence[tuple[float, Line]]) -> Iterator[str]:
        """One word of a known pair exchanged: static attention for dynamic attention, favours recency for frequency."""
        postings = self.index.postings
        for pair in _modified(line.words):
            if pair not in self.pairs or pair[0] == pair[1]:
                continue
            for place in (0, 1):
                odd, kept = pair[place], pair[1 - place]
                rest = line.stems - {odd}
                if odd not in postings or not rest:
                    continue
                share, held = max(
                    ((self.share(rest, one.stems), one) for _, one in rows), key=lambda row: row[0]
                )
                if share < 0.65 or odd in held.roots or len(rest & held.stems) < _EVIDENCE:
                    continue
                if float(self.index.overlap(tuple(rest))[postings[odd]].max()) >= 0.7 * share:
                    continue
                rivals = [
                    other[place]
                    for other in _modified(held.words)
                    if other[1 - place] == kept
                    and other[place] not in line.stems
                    and self.together(pair, other)
                ]
                if rivals:
                    yield f"says {odd} where the paper says {rivals[0]} ({kept})"
                    return


Comparison = tuple[frozenset[str], frozenset[str], frozenset[tuple[int, bool]]]
"""Stems before and behind what a sentence compares with, and the directions in which it compares."""


@lru_cache(maxsize=20_000)
def _comparisons(said: tuple[str, ...]) -> tuple[Comparison, ...]:
    text = " ".join(said)
    found = directions(text)
    sides = frozenset((pair, more) for pair, more, _, _ in found)
    places = [
        place
        for place, word in enumerate(said)
        if _PIVOT.match(word)
        and not (
            word == "than"
            and said[place - 1 : place] in (("more",), ("less",))
            and said[place + 1 : place + 2]
            and _counts(said[place + 1])
        )
    ]
    if not places and found:
        before = len(text[: found[0][2]].split())
        return ((_content(said[:before]), frozenset(), sides),)
    return tuple((_content(said[:place]), _content(said[place + 1 :]), sides) for place in places)


def _counts(word: str) -> bool:
    return word in ("a", "an", "one", "two", "three", "half", "twice") or word[0].isdigit()


def _content(said: Sequence[str]) -> frozenset[str]:
    return frozenset(content_stems(" ".join(said), hosting=False)) | {
        f"#{word}" for word in said if word[0].isdigit()
    }


def _ways(text: str) -> list[tuple[str, str]]:
    return [(first.rstrip("."), last.rstrip(".")) for first, last in _FROM_TO.findall(text)]


@lru_cache(maxsize=20_000)
def _modified(said: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """(modifier, head) of neighbouring words with content, as stems."""
    return tuple(
        (first[0], second[0])
        for one, other in itertools.pairwise(said)
        if (first := content_stems(one, hosting=False)) and (second := content_stems(other, hosting=False))
    )


def assertions_of(graph: DocumentGraph) -> Assertions:
    """The assertions of a paper, read once for its content."""
    return _build(GraphKey(graph))


@lru_cache(maxsize=64)
def _build(key: GraphKey) -> Assertions:
    index = paper_index(key.graph)
    tables = [cells(atom.content) for atom in key.graph.atoms if atom.atom_type == "table"]
    lines = [read(passage.text, True) for passage in index.passages if "\t" not in passage.text]
    found = [cell for number, table in enumerate(tables) for cell in _cells(table, number)]
    pairs: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    for place, passage in enumerate(index.passages):
        for pair in _modified(read(passage.text, True).words):
            pairs[pair].append(place)
    return Assertions(
        index,
        tuple(context for line in lines for context in line.contexts),
        tuple(found),
        tuple(
            frozenset().union(*(cell.labels for cell in found if cell.table == number))
            for number in range(len(tables))
        ),
        {pair: tuple(found) for pair, found in pairs.items()},
        frozenset(way for line in lines for way in _ways(line.text)),
    )


def _cells(table: Sequence[Sequence[str]], place: int) -> Iterator[Cell]:
    above, rows = header(table)
    for row in table[rows:]:
        for column, cell in enumerate(row[1:], 1):
            head = above[column] if column < len(above) else ""
            labels = frozenset(
                word
                for word in f"{row[0]} {head}".lower().replace("(", " ").replace(")", " ").split()
                if len(word) > 1 and word not in FUNCTION_WORDS
            )
            for number in numbers(cell, lenient=True)[:1]:
                yield Cell(number, labels, place)
