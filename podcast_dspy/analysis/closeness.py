"""Closeness: how much of a sentence stands in a paper as it is, and how much its register asks to stand there."""

from __future__ import annotations

import itertools
import json
import math
import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Final, Literal

from podcast_dspy.analysis.paper_index import PAPERS, GraphKey, paper_index
from podcast_dspy.documents.graph import DocumentGraph
from podcast_dspy.text.numbers import numbers
from podcast_dspy.text.words import phrase_pattern, plain_text, stems, words

Similarity = Literal["embedded", "lexical"]
"""`embedded` compares meanings with the embedding model as well; `lexical` uses words alone and no model."""

MIN_SIMILARITY: Final = 0.84
"""Cosine of e5-small between a faithful paraphrase and its source; unrelated English text reaches about 0.80."""

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


def in_its_words(sentence: str, passage: str) -> bool:
    """Whether a sentence is the passage itself, read out: word for word and number for number.

    An aside in parentheses is read behind an "or" (`(LFU)` as ", or LFU,").
    """
    said, written = ([one for one in _tokens(text) if one != "or"] for text in (sentence, passage))
    return said == written


@lru_cache(maxsize=20_000)
def _tokens(text: str) -> tuple[str, ...]:
    """Stems in order, numbers as their values."""
    plain = _MARKS.sub(" ", text) if "%" in text or "per" in text.lower() else text
    for number in sorted(set(numbers(plain)), key=lambda one: -len(one.surface)):
        if not number.surface.isdigit():
            plain = plain.replace(number.surface, f" {number.value:g} ".replace(".", "p"))
    return tuple(stems(words(plain)))


def fragments_of(graph: DocumentGraph) -> Fragments:
    """The row of a paper's tokens, read once for its content."""
    return _build(GraphKey(graph))


@lru_cache(maxsize=PAPERS)
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


_SPOKEN: Final = phrase_pattern("talk")
_SHARE: Final = 0.15
"""Share of sentences with a mark of speech from which the whole is speech; written abstracts have none."""


@lru_cache(maxsize=20_000)
def is_spoken(sentence: str) -> bool:
    """Whether a sentence itself speaks: to somebody, with contractions, or as a picture."""
    return bool(_SPOKEN.search(plain_text(sentence)))


def spoken_register(sentences: Sequence[str]) -> bool:
    """Whether a text, given as its sentences, is told to somebody rather than reported in writing."""
    return bool(sentences) and sum(map(is_spoken, sentences)) >= _SHARE * len(sentences)


_BY_MEANING = 0.1
"""Part of the way to being carried that meaning alone may bring a sentence: it orders, it does not carry."""


@dataclass(frozen=True, slots=True)
class SupportFit:
    """Logistic weights of a written sentence (`benchmarks/fit_support.py` writes them)."""

    intercept: float
    pairs: float
    """Of the share of neighbouring words that one passage holds (`fragments`)."""

    def faithful(self, pairs: float, meaning: float = 0.0) -> float:
        """How likely most experts call such a sentence faithful, when half of all are.

        The rescaled cosine (`meaning`, 0-1) told experts' judgements apart no better than chance beside the pairs.
        """
        likely = 1.0 / (1.0 + math.exp(-(self.intercept + self.pairs * pairs)))
        return likely + _BY_MEANING * meaning * max(0.0, 0.5 - likely)


@cache
def fitted() -> SupportFit:
    """The weights in use."""
    text = files("podcast_dspy.analysis").joinpath("support.json").read_text(encoding="utf-8")
    return SupportFit(**json.loads(text))
