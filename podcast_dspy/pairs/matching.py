"""Whether a podcast is about the paper that it is paired with."""

from __future__ import annotations

import math
from collections import Counter
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from podcast_dspy.analysis.concept_mentions import Mentions
from podcast_dspy.audio.transcript import TranscriptionResult
from podcast_dspy.confidence import Doubt
from podcast_dspy.documents.graph import DocumentGraph
from podcast_dspy.text.sentences import split_sentences
from podcast_dspy.text.words import frequency, stem, words

__all__ = ["Match", "doubts_about", "match"]

_DOUBTED: Final = 0.25
_HARDLY: Final = 0.15
"""Scores of 19 papers with the podcasts about them, and of the 342 ways to pair them wrongly, most of one field: under
0.25 are one right pair and 96% of the wrong ones, under 0.15 none and 87% (benchmarks/pairing.py)."""
_LEAST_WORDS: Final = 80
_COMMON: Final = 5.5
"""Zipf frequency of words that any talk has."""
_UNKNOWN: Final = 1.0
"""Zipf frequency taken for words in no list; among them are names, and errors of transcription."""


class Match(BaseModel):
    """How much a podcast has in common with a paper."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    score: float = Field(ge=0.0, le=1.0)
    """Geometric mean of the two below; each alone tells fewer wrong pairs from right ones."""
    concepts: float = Field(ge=0.0, le=1.0)
    """Share of the paper's key concepts that the podcast names, by their importance."""
    words: float = Field(ge=0.0, le=1.0)
    """Cosine of both texts' words, the rare ones weighing most."""
    named: int
    of: int

    @property
    def doubted(self) -> bool:
        """Whether they may not belong together."""
        return self.score < _DOUBTED

    @property
    def unrelated(self) -> bool:
        """Whether the podcast is hardly about the paper."""
        return self.score < _HARDLY


def match(graph: DocumentGraph, transcription: TranscriptionResult) -> Match | None:
    """How well a podcast and a paper belong together.

    None where that cannot be measured: two languages, too few words, or a paper without key concepts.
    """
    language = graph.language.split("-")[0].lower()
    said = transcription.transcript_text
    if transcription.language.split("-")[0].lower() != language or len(said.split()) < _LEAST_WORDS:
        return None
    concepts = graph.key_concepts
    whole = sum(concept.importance for concept in concepts)
    if not whole:
        return None
    mentions = Mentions(concepts)
    named = {place for sentence in split_sentences(said) for place in mentions.places(sentence)}
    share = sum(concepts[place].importance for place in named) / whole
    paper = " ".join((graph.title, graph.abstract, *(atom.content for atom in graph.passages())))
    cosine = _cosine(_weights(paper, language), _weights(said, language))
    return Match(
        score=min(1.0, math.sqrt(share * cosine)),
        concepts=min(1.0, share),
        words=min(1.0, cosine),
        named=len(named),
        of=len(concepts),
    )


def doubts_about(graph: DocumentGraph, transcription: TranscriptionResult) -> tuple[Doubt, ...]:
    """The doubt that a podcast is about another paper, with its measure; none where it cannot be measured."""
    found = match(graph, transcription)
    if found is None or not found.doubted:
        return ()
    return (
        Doubt(
            kind="wrong-pair",
            severity=0.8 if found.unrelated else 0.4,
            message=f"The podcast names {found.named} of the paper's {found.of} key concepts and has few of its words "
            f"(match {found.score:.2f}, and {_DOUBTED:g} or more when they belong together); check that it is about "
            f"“{graph.title}”.",
        ),
    )


def _weights(text: str, language: str) -> dict[str, float]:
    """Weight of each stem of a text: by how often it comes here, and how seldom it does elsewhere."""
    counts: Counter[str] = Counter()
    rarity: dict[str, float] = {}
    for word in words(text.lower()):
        if word.isalpha() and len(word) > 1:
            form = stem(word)
            counts[form] += 1
            rare = _COMMON - max(_UNKNOWN, frequency(word, language))
            rarity[form] = min(rarity.get(form, rare), rare)
    return {
        form: (1 + math.log(count)) * (rarity[form] + 1.5) ** 2
        for form, count in counts.items()
        if rarity[form] > 0
    }


def _cosine(one: dict[str, float], other: dict[str, float]) -> float:
    sizes = math.sqrt(sum(w * w for w in one.values()) * sum(w * w for w in other.values()))
    return sum(weight * other.get(form, 0.0) for form, weight in one.items()) / sizes if sizes else 0.0
