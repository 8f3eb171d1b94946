"""Fragments: how much of a sentence stands in a paper as it is, pair by pair and in whole pieces."""

from __future__ import annotations

import itertools
import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from podcast_dspy.analysis.paper_index import GraphKey, paper_index
from podcast_dspy.documents.graph import DocumentGraph
from podcast_dspy.text.numbers import numbers
from podcast_dspy.text.words import stems, words

__all__ = ["Fragments", "fragments_of"]

_MARKS: Final = re.compile(r"%|\bper ?cent(?:age)?\b", re.I)


@dataclass(frozen=True)
class Fragments:
    """A paper as one row of tokens, and where each pair of neighbours stands in it."""

    tokens: tuple[str, ...]
    passages: tuple[int, ...]
    """Passage of each token."""
    pairs: dict[tuple[str, str], tuple[int, ...]]

    def share(self, sentence: str) -> float:
        """Share (0-1) of the sentence's pairs of neighbours that one passage holds.

        That is its ROUGE-2 precision against the passage that suits it best, numbers compared as numbers.
        """
        said = list(itertools.pairwise(_tokens(sentence)))
        if not said:
            return 0.0
        held: Counter[int] = Counter()
        for pair in said:
            held.update({self.passages[place] for place in self.pairs.get(pair, ())})
        return max(held.values(), default=0) / len(said)

    def longest(self, sentence: str) -> int:
        """Words of the longest piece that stands in the paper word for word."""
        said = _tokens(sentence)
        return max((self._run(said, place) for place in range(len(said) - 1)), default=0)

    def _run(self, said: Sequence[str], place: int) -> int:
        best = 0
        for start in self.pairs.get((said[place], said[place + 1]), ()):
            length = 2
            while (
                place + length < len(said)
                and start + length < len(self.tokens)
                and said[place + length] == self.tokens[start + length]
            ):
                length += 1
            best = max(best, length)
        return best


@lru_cache(maxsize=20_000)
def _tokens(text: str) -> tuple[str, ...]:
    """Stems in order, numbers as their values."""
    plain = _MARKS.sub(" ", text)
    for number in sorted(set(numbers(plain)), key=lambda one: -len(one.surface)):
        if not number.surface.isdigit():
            plain = plain.replace(number.surface, f" {number.value:g} ".replace(".", "p"))
    return tuple(stems(words(plain)))


def fragments_of(graph: DocumentGraph) -> Fragments:
    """The row of a paper's tokens, read once for its content."""
    return _build(GraphKey(graph))


@lru_cache(maxsize=64)
def _build(key: GraphKey) -> Fragments:
    row: list[str] = []
    passages: list[int] = []
    places: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    texts = [passage.text for passage in paper_index(key.graph).passages]
    for number, text in enumerate((*texts, *key.graph.authors)):
        tokens = _tokens(text)
        for offset, pair in enumerate(itertools.pairwise(tokens)):
            places[pair].append(len(row) + offset)
        row.extend((*tokens, ""))  # nothing reaches over the end of a sentence
        passages.extend([number] * (len(tokens) + 1))
    return Fragments(tuple(row), tuple(passages), {pair: tuple(found) for pair, found in places.items()})
