"""Where sentences name a key concept, in any form, and which sentences of a paper do."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from podcast_dspy.analysis.paper_index import PAPERS, GraphKey, paper_index
from podcast_dspy.documents.graph import DocumentGraph, KeyConcept
from podcast_dspy.text.numbers import TEENS, UNITS
from podcast_dspy.text.words import WordTable, stem, word_spans, words

_MAX_CONCEPTS: Final = 4
_WORDS_PER_CONCEPT: Final = 5
_STAND_IN: Final = "it"
"""What stands for a name that is taken out: the sentence keeps its form and loses the name's meaning."""

_REMEMBERED: Final = 4_000

_DIGITS: Final = {word: str(value) for word, value in (UNITS | TEENS | {"twenty": 20}).items()}


@WordTable
def _normal_word(word: str) -> str:
    return _DIGITS.get(word) or stem(word)


def _normal(text: str) -> tuple[str, ...]:
    return tuple(_normal_word.all(words(text)))


class Mentions:
    """Finds concepts by their names and aliases: inflected, spelled out or in digits, acronyms only in capitals."""

    def __init__(self, concepts: Sequence[KeyConcept]) -> None:
        self._seen: dict[str, tuple[tuple[int, int, int], ...]] = {}
        self._concepts = tuple(concept.name for concept in concepts)
        self._names = [" ".join(_normal(concept.name)) for concept in concepts]
        table: defaultdict[str, list[tuple[tuple[str, ...], str, int]]] = defaultdict(list)
        for place, concept in enumerate(concepts):
            for form in dict.fromkeys((concept.name, *concept.aliases)):
                tokens = _normal(form)
                if tokens:
                    # A short acronym counts only in capitals, or it would be a word.
                    capitals = form if form.isupper() and len(form) <= 4 else ""
                    table[tokens[0]].append((tokens, capitals, place))
        self._table = {
            first: sorted(forms, key=lambda entry: -len(entry[0])) for first, forms in table.items()
        }

    def _spans(self, sentence: str) -> tuple[tuple[int, int, int], ...]:
        """(concept's place, first word, word after the last) of every name in a sentence; remembers the last ones."""
        known = self._seen.get(sentence)
        if known is None:
            if len(self._seen) >= _REMEMBERED:
                self._seen.clear()
            known = self._seen[sentence] = tuple(self._found(sentence))
        return known

    def _found(self, sentence: str) -> Iterator[tuple[int, int, int]]:
        tokens = _normal(sentence)
        if self._table.keys().isdisjoint(tokens):
            return  # most sentences name nothing
        for start, token in enumerate(tokens):
            if token not in self._table:
                continue
            for form, capitals, place in self._table[token]:
                end = start + len(form)
                if tokens[start:end] != form:
                    continue
                if capitals:
                    held = word_spans(sentence)
                    if not sentence[held[start][0] : held[end - 1][1]].startswith(capitals):
                        continue
                yield place, start, end

    def places(self, sentence: str) -> set[int]:
        """Places, in the list of concepts, of those that a sentence names."""
        return {place for place, _, _ in self._spans(sentence)}

    def names(self, place: int) -> str:
        """The name of the concept at a place of the list."""
        return self._concepts[place]

    def lists(self, sentence: str, places: Collection[int]) -> bool:
        """Whether a sentence that names these concepts only lists them.

        It names more than four, or more than one in five words; `filter` inside `blocked filter` is no other one.
        """
        if len(places) < 2:
            return False
        names = [self._names[place] for place in places]
        count = sum(not any(name != other and name in other for other in names) for name in names)
        return count > _MAX_CONCEPTS or (count > 1 and count * _WORDS_PER_CONCEPT > len(words(sentence)))

    def without_names(self, sentence: str) -> str:
        """The sentence with `it` for every concept named."""
        spans = self._spans(sentence)
        if not spans:
            return sentence
        held = word_spans(sentence)
        masked = {word for _, start, end in spans for word in range(start, end)}
        parts: list[str] = []
        copied = 0
        for word in sorted(masked):
            first, last = held[word]
            if word - 1 not in masked:
                parts += [sentence[copied:first], _STAND_IN]
            copied = last
        return "".join([*parts, sentence[copied:]])


_LEAST_WORDS = 6


@dataclass(frozen=True)
class Statements:
    """What a paper says about its key concepts, sentence by sentence."""

    mentions: Mentions
    texts: tuple[str, ...]
    atom_ids: tuple[str, ...]
    """Atom that each statement stands in."""
    of: tuple[tuple[int, ...], ...]
    """Statements (places in `texts`) about each concept."""


def statements_of(graph: DocumentGraph) -> Statements:
    """The distinct sentences (six words and more) of a paper that name a key concept, in reading order; memoised."""
    return _statements(GraphKey(graph))


@lru_cache(maxsize=PAPERS)
def _statements(key: GraphKey) -> Statements:
    graph = key.graph
    mentions = Mentions(graph.key_concepts)
    atoms: dict[str, str] = {}
    of: list[list[int]] = [[] for _ in graph.key_concepts]
    for passage in paper_index(graph).passages:
        if passage.text in atoms or len(words(passage.text)) < _LEAST_WORDS:
            continue
        places = mentions.places(passage.text)
        for place in places:
            of[place].append(len(atoms))
        if places:
            atoms[passage.text] = passage.atom_id
    return Statements(mentions, tuple(atoms), tuple(atoms.values()), tuple(tuple(one) for one in of))
