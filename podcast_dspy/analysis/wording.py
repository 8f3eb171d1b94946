"""What a stretch of speech contains: questions, analogies, technical terms, and the paper's key concepts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from podcast_dspy.documents.graph import DocumentGraph
from podcast_dspy.text.expressions import expression
from podcast_dspy.text.sentences import split_sentences
from podcast_dspy.text.words import RARE, frequency

__all__ = ["Vocabulary", "analogies", "content_words", "questions", "vocabulary_of", "word_rarity"]

_ANALOGY: Final = expression("analogy")
_NOT_ANALOGY: Final = expression("no_analogy")
_WORD: Final = re.compile(r"[A-Za-z][A-Za-z0-9'’\-]*")
_ACRONYM: Final = re.compile(r"^[A-Z][A-Z0-9\-]*[A-Z0-9]s?$")
_COMMON: Final = 4.6
"""Zipf frequency above which a word says nothing about the topic."""


def questions(text: str) -> tuple[str, ...]:
    """Sentences that end with a question mark."""
    return tuple(part for part in split_sentences(text) if part.rstrip("\"')").endswith("?"))


def analogies(text: str) -> tuple[str, ...]:
    """Sentences that compare the matter to something else."""
    return tuple(
        part for part in split_sentences(text) if _ANALOGY.search(part) and not _NOT_ANALOGY.search(part)
    )


def word_rarity(word: str, language: str = "en") -> float:
    """How rare a word is, 0-1: clip((6 - zipf) / 4, 0, 1)."""
    return min(1.0, max(0.0, (6.0 - frequency(word, language)) / 4.0))


def content_words(text: str, language: str = "en") -> list[str]:
    """Lower-case words that are not among the most common of the language."""
    words = (match.group().lower() for match in _WORD.finditer(text))
    return [word for word in words if len(word) > 2 and frequency(word, language) < _COMMON]


@dataclass(frozen=True)
class Vocabulary:
    """The paper's own words: patterns of its key concepts, and the rare words that it uses."""

    concepts: tuple[tuple[str, re.Pattern[str]], ...]
    """Name and pattern of each key concept, most important first."""
    rare: frozenset[str]

    def concepts_in(self, text: str) -> tuple[str, ...]:
        """Names of the key concepts that a text names, by any of their forms."""
        return tuple(name for name, pattern in self.concepts if pattern.search(text))

    def terms_in(self, text: str) -> tuple[str, ...]:
        """Technical terms of a text in order: forms of key concepts, rare words of the paper, acronyms."""
        found: dict[str, tuple[int, str]] = {}
        taken: list[tuple[int, int]] = []
        for _, pattern in self.concepts:
            for match in pattern.finditer(text):
                found.setdefault(match.group().lower(), (match.start(), match.group().lower()))
                taken.append(match.span())
        for match in _WORD.finditer(text):
            word = match.group()
            if any(start <= match.start() < end for start, end in taken):
                continue
            if word.lower() in self.rare or (len(word) > 1 and _ACRONYM.match(word)):
                found.setdefault(
                    word.lower(), (match.start(), word if _ACRONYM.match(word) else word.lower())
                )
        return tuple(term for _, term in sorted(found.values()))


def _pattern(forms: Iterable[str]) -> re.Pattern[str]:
    """Any form as whole words, hyphens and spaces alike, an ending -s or -es allowed."""
    parts = []
    for form in sorted({form.strip() for form in forms if form.strip()}, key=len, reverse=True):
        words = [re.escape(word) for word in re.split(r"[\s\-]+", form) if word]
        if words:
            parts.append(r"[\s\-]+".join(words) + r"(?:e?s)?")
    return re.compile(r"(?<!\w)(?:" + "|".join(parts or [r"(?!)"]) + r")(?!\w)", re.IGNORECASE)


def vocabulary_of(graph: DocumentGraph) -> Vocabulary:
    """The vocabulary of a paper, from its key concepts and the words of its passages and captions."""
    ranked = sorted(graph.key_concepts, key=lambda concept: -concept.importance)
    concepts = tuple((concept.name, _pattern((concept.name, *concept.aliases))) for concept in ranked)
    texts = [graph.title, *(atom.content for atom in graph.passages())]
    texts += [atom.caption or "" for atom in (*graph.get_figures(), *graph.get_tables())]
    words = {match.group().lower() for text in texts for match in _WORD.finditer(text)}
    names = {part.lower() for author in graph.authors for part in author.split()}
    rare = {word for word in words - names if len(word) > 3 and 0.0 < frequency(word, graph.language) < RARE}
    return Vocabulary(concepts=concepts, rare=frozenset(rare))


def verbatim(candidates: Sequence[str], text: str) -> tuple[str, ...]:
    """The candidates whose words stand in a row in the text, whatever their case and punctuation; each once."""
    plain = f" {_letters(text)} "
    kept: dict[str, None] = {}
    for candidate in candidates:
        cleaned = " ".join(str(candidate).split()).strip("\"'“”")
        if (said := _letters(cleaned)) and f" {said} " in plain:
            kept[cleaned] = None
    return tuple(kept)


def _letters(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.lower()))
