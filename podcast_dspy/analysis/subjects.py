"""Subjects: what a paper compares (its acronyms and the labels of its tables), and which numbers belong to each."""

from __future__ import annotations

import itertools
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Final

from podcast_dspy.analysis.directions import Turn, turns
from podcast_dspy.analysis.paper_index import PAPERS, GraphKey, cells, header, is_torn_table, is_value, scaled
from podcast_dspy.documents.graph import DocumentGraph
from podcast_dspy.text.entities import NumberTable
from podcast_dspy.text.numbers import Number, numbers
from podcast_dspy.text.words import FUNCTION_WORDS, content_stems, frequency, split_sentences, wordlist, words

_ACRONYM = re.compile(r"\b[A-Z][A-Za-z]*[A-Z][A-Za-z0-9]*\b")
_ASIDE = re.compile(r"\([^)]*\)")
_CLAUSE = re.compile(
    r"[;:—–]\s*|,\s+(?!\d)|(?<!hundred)(?<!thousand)\s+(?=(?:and|but|while|whereas|where|which|against|although)\s)",
    re.I,
)
_COMPARAND: Final = wordlist("comparands")
"""Words after which a name is what is compared with, not what is spoken of."""
_ARTICLES: Final = frozenset(("a", "an", "the"))
_JOINING: Final = wordlist("joining")
_LABEL_WORDS: Final = 3
_EVERYDAY: Final = 5.2
"""Zipf frequency from which a label of one word cannot be told from the word: last, even, step."""
_GENERIC: Final = wordlist("table_heads")
"""Labels that head any table and name nothing that is compared."""


@dataclass(frozen=True, slots=True)
class Binding:
    """A number as the paper gives it in one place."""

    number: Number
    subject: str
    """Whose number it is; empty where the paper does not say it there."""
    unit: frozenset[str] = frozenset()
    """Stems of the words that follow at once: what it counts."""
    torn: bool = False
    """Whether it is from a table that was read without its head, or as prose: nobody knows whose it is."""


@dataclass(frozen=True, slots=True)
class Statement:
    """What a clause, or a whole sentence, says of something."""

    subject: str
    names: frozenset[str]
    """All that it names."""
    stems: frozenset[str]
    """Content stems without the names, and numbers (`#5`)."""


@dataclass(frozen=True)
class Subjects:
    """The things that a paper compares."""

    names: tuple[tuple[str, ...], ...]
    """Words of each name, longer names first."""
    bindings: NumberTable[Binding]
    statements: tuple[Statement, ...]
    """Of each clause whose subject is known, and of whole sentences."""
    saying: dict[str, tuple[int, ...]]
    """Statements that hold a stem."""
    acronyms: frozenset[str]
    """Names that are acronyms: `LFU` inside `aged LFU` is another thing."""
    rivals: frozenset[frozenset[str]]
    """Pairs of names that the paper sets beside each other: labels of one axis of a table, or joined by a word."""
    turns: frozenset[Turn]
    """Comparing words with the words beside them (`directions.turns`), one of which has content."""
    _heads: dict[str, tuple[tuple[str, ...], ...]] = field(repr=False)

    def spans(self, text: str) -> list[tuple[str, int, int]]:
        """(name, first word, word after the last) of the names in a text, in order; none inside another."""
        return _spans(text, self._heads)

    def may_name(self, text: str) -> bool:
        """Whether a text holds the first word of a name: where it does not, no clause of it names anything."""
        return not self._heads.keys().isdisjoint(map(_form, words(text)))

    def same(self, first: str, second: str) -> bool:
        """Whether two names may be one: equal, or one inside the other and no acronym."""
        if first == second:
            return True
        short, long = sorted((first.split(), second.split()), key=len)
        return set(short) <= set(long) and not self.acronyms.intersection(short)

    def belongs_elsewhere(self, subject: str, owners: Collection[str]) -> bool:
        """Whether what belongs to the `owners` is a rival's of the subject, and not the subject's own."""
        rivals = any(frozenset((subject, owner)) in self.rivals for owner in owners)
        return rivals and not any(self.same(subject, owner) for owner in owners)

    def subject(self, clause: str) -> str:
        """The first name of a clause that is not what something is compared with; empty if there is none."""
        return _subject(clause, self.spans(clause))

    def without(self, text: str) -> frozenset[str]:
        """Content stems of a text without the words of its names."""
        return _without(text, self.spans(text))


def _without(text: str, spans: Sequence[tuple[str, int, int]]) -> frozenset[str]:
    said = words(text)
    masked = {place for _, first, last in spans for place in range(first, last)}
    stems = content_stems(" ".join(word for place, word in enumerate(said) if place not in masked))
    return frozenset((*stems, *(f"#{number.value:g}" for number in numbers(text))))


def _spans(text: str, heads: dict[str, tuple[tuple[str, ...], ...]]) -> list[tuple[str, int, int]]:
    roots = [_form(word) for word in words(text)]
    found: list[tuple[str, int, int]] = []
    if heads.keys().isdisjoint(roots):
        return found  # most clauses name nothing
    place = 0
    while place < len(roots):
        for name in heads.get(roots[place], ()):
            if tuple(roots[place : place + len(name)]) == name:
                found.append((" ".join(name), place, place + len(name)))
                place += len(name) - 1
                break
        place += 1
    return found


def _subject(clause: str, spans: Sequence[tuple[str, int, int]]) -> str:
    said = words(clause)
    for name, first, _ in spans:
        if not _COMPARAND.intersection(said[max(0, first - 3) : first]):
            return name
    return ""


@lru_cache(maxsize=20_000)
def clauses(sentence: str) -> tuple[str, ...]:
    """The clauses of a sentence, a number never apart from its thousands."""
    return tuple(part for part in _CLAUSE.split(_ASIDE.sub(" ", sentence)) if part and part.strip())


def subjects_of(graph: DocumentGraph) -> Subjects:
    """What a paper compares, read once for its content."""
    return _build(GraphKey(graph))


def subjects_in(text: str, graph: DocumentGraph) -> Subjects:
    """What a spoken text says of the things that its paper compares, read once for its content."""
    return _spoken(text, GraphKey(graph))


@lru_cache(maxsize=PAPERS)
def _spoken(text: str, key: GraphKey) -> Subjects:
    paper = _build(key)
    statements: list[Statement] = []
    for sentence in split_sentences(text):
        _read(sentence, paper._heads, [], statements)
    return replace(
        paper, statements=tuple(statements), saying=_saying(statements), turns=_phrases(split_sentences(text))
    )


@lru_cache(maxsize=PAPERS)
def _build(key: GraphKey) -> Subjects:
    graph = key.graph
    tables = [cells(atom.content) for atom in graph.atoms if atom.atom_type == "table"]
    prose = [
        atom.content
        for atom in graph.atoms
        if atom.atom_type in ("abstract", "paragraph", "quote", "footnote", "figure")
    ]
    found: Counter[tuple[str, ...]] = Counter()
    text = "\n\n".join(prose)
    small = set(re.findall(r"\b[a-z]+\b", text))
    # What is written small as well is a word: WEB is the web.
    acronyms = {_form(low) for one in _ACRONYM.findall(text) if (low := one.lower()) not in small}
    for acronym in _ACRONYM.findall(text):
        if acronym.lower() not in FUNCTION_WORDS:  # a listener cannot tell AT from `at`
            found[(_form(acronym.lower()),)] += 1
    for table in tables:
        for label in itertools.chain.from_iterable(_axes(table)):
            found[label] += 2
    rivals = {
        frozenset((" ".join(one), " ".join(other)))
        for table in tables
        for axis in _axes(table)
        for one, other in itertools.combinations(sorted(axis), 2)
    }
    heads: dict[str, list[tuple[str, ...]]] = {}
    names = sorted((name for name, count in found.items() if count > 1), key=lambda name: (-len(name), name))
    for name in names:
        heads.setdefault(name[0], []).append(name)
    frozen = {head: tuple(held) for head, held in heads.items()}
    written = [sentence for passage in prose for sentence in split_sentences(passage)]
    rivals.update(pair for sentence in written for pair in _joined(sentence, frozen))
    bindings: list[Binding] = []
    statements: list[Statement] = []
    for table in tables:
        bindings.extend(_in_table(table, frozen))
    for passage in prose:
        if is_torn_table(passage):
            bindings.extend(Binding(number, "", torn=True) for number in numbers(passage, lenient=True))
            continue
        for sentence in split_sentences(passage):
            _read(sentence, frozen, bindings, statements)
    return Subjects(
        tuple(names),
        NumberTable((one.number, one) for one in bindings),
        tuple(statements),
        _saying(statements),
        frozenset(acronyms),
        frozenset(rivals),
        _phrases(written),
        frozen,
    )


def _saying(statements: Sequence[Statement]) -> dict[str, tuple[int, ...]]:
    found: defaultdict[str, list[int]] = defaultdict(list)
    for place, statement in enumerate(statements):
        for one in statement.stems:
            found[one].append(place)
    return {one: tuple(places) for one, places in found.items()}


def _phrases(sentences: Sequence[str]) -> frozenset[Turn]:
    return frozenset(
        turn
        for sentence in sentences
        for triples in turns(sentence)
        for turn in triples
        if content_stems(" ".join(turn[2]), hosting=False)
    )


def _read(
    sentence: str,
    heads: dict[str, tuple[tuple[str, ...], ...]],
    bindings: list[Binding],
    statements: list[Statement],
) -> None:
    """Note what a sentence says of whom."""
    subject = ""
    for clause in clauses(sentence):
        spans = _spans(clause, heads)
        subject = _subject(clause, spans) or subject
        bindings.extend(
            Binding(number, subject, unit_of(clause, number)) for number in numbers(clause, lenient=True)
        )
        if subject:
            statements.append(_statement(subject, clause, spans))
    spans = _spans(sentence, heads)
    if whole := _subject(sentence, spans):
        statements.append(_statement(whole, sentence, spans))


def _statement(subject: str, text: str, spans: Sequence[tuple[str, int, int]]) -> Statement:
    return Statement(subject, frozenset({subject, *(name for name, _, _ in spans)}), _without(text, spans))


def unit_of(clause: str, number: Number) -> frozenset[str]:
    """Stems of what a number counts: the words that follow at once, up to three, as far as they have content."""
    at = clause.find(number.surface)
    if at < 0:
        return frozenset()
    after = words(clause[at + len(number.surface) :])[:3]
    return frozenset(content_stems(" ".join(after), hosting=False)) if after else frozenset()


def _in_table(
    table: Sequence[Sequence[str]], heads: dict[str, tuple[tuple[str, ...], ...]]
) -> Iterator[Binding]:
    above, rows = header(table)
    for row in table[rows:]:
        side = row[0] if row else ""
        for column, cell in enumerate(row[1:], 1):
            head = above[column] if column < len(above) else ""
            named = [name for name, _, _ in (*_spans(head, heads), *_spans(side, heads))]
            given = numbers(cell, lenient=True)
            for number in (*given, *scaled(given, head)):
                for name in named or [""]:
                    yield Binding(number, name, torn=rows == 0)


def _form(word: str) -> str:
    """A word as names are compared: `stopping` is another word than the label `stop`, and OS no plural."""
    return word.removesuffix("s") if len(word) > 3 else word


def _joined(sentence: str, heads: dict[str, tuple[tuple[str, ...], ...]]) -> Iterator[frozenset[str]]:
    """Names with nothing but a joining word, or an article besides, between them: A and B, A than the B."""
    spans = _spans(sentence, heads)
    said = words(sentence)
    for (first, _, end), (second, start, _) in itertools.pairwise(spans):
        between = [word for word in said[end:start] if word not in _ARTICLES]
        if first != second and len(between) <= 1 and _JOINING.issuperset(between):
            yield frozenset((first, second))


def _axes(table: Sequence[Sequence[str]]) -> Iterator[set[tuple[str, ...]]]:
    """The names that stand above the columns of a table, and those beside its rows."""
    above, rows = header(table)
    sides = [row[0] for row in table[rows:] if row and any(map(is_value, row[1:]))]
    for axis in (above[1:], sides):
        names = {name for label in axis if (name := _name(label))}
        if len(names) > 1:  # what stands alone has no rival
            yield names


def _name(label: str) -> tuple[str, ...]:
    said = words(_ASIDE.sub(" ", label))
    if not 1 <= len(said) <= _LABEL_WORDS or any(is_value(word) or len(word) < 2 for word in said):
        return ()
    if all(word in FUNCTION_WORDS or word.removesuffix("s") in _GENERIC or len(word) < 3 for word in said):
        return ()
    if len(said) == 1 and frequency(said[0]) >= _EVERYDAY:
        return ()
    return tuple(map(_form, said))
