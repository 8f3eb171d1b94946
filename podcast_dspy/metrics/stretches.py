"""What a judge is given: the script as data, free of orders to the judge, in windows that together are the whole."""

from __future__ import annotations

import re
from typing import Final

from podcast_dspy.analysis.sentences import split_sentences

__all__ = ["neutralise", "windows"]

_WINDOW_WORDS: Final = 900
_ORDERS: Final = re.compile(
    r"\b(?:ignore|disregard|forget|override)\b.{0,40}\b(?:instruction|prompt|rubric|above|previous|rule)s?\b"
    r"|\b(?:judge|grader|evaluator|reviewer|assistant|language model|AI)s?\b.{0,60}"
    r"\b(?:score|rate|rating|give|award|must|should)\b"
    r"|\b(?:score|rate|give|award|grade)\b.{0,40}\b(?:100|hundred|full marks|maximum|perfect|highest)\b"
    r"|^\s*(?:system|assistant|user|human)\s*:"
    r"|\b(?:this|the) (?:script|episode|podcast|transcript) (?:is|deserves)\b.{0,30}"
    r"\b(?:best|perfect|excellent|flawless|score)",
    re.I,
)


def neutralise(text: str) -> tuple[str, tuple[str, ...]]:
    """A script as data: sentences that speak to a judge, template marks and control characters taken out.

    Returns the text and the sentences removed.
    """
    plain = re.sub(r"[\x00-\x08\x0b-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2060\ufeff]", "", text)
    plain = re.sub(r"\[\[\s*##.*?##\s*\]\]|```+\w*|<[^>\n]{1,60}>|#{2,}", " ", plain)
    kept: list[str] = []
    removed: list[str] = []
    for sentence in split_sentences(plain):
        (removed if _ORDERS.search(sentence) else kept).append(sentence)
    return " ".join(kept), tuple(removed)


def windows(text: str, count: int | None = None) -> list[str]:
    """The whole text in `count` windows (of at most about 900 words, if not given), cut between sentences.

    They are nearly equal in length; a text with fewer sentences than that has fewer windows.
    """
    sentences = split_sentences(text)
    total = sum(len(sentence.split()) for sentence in sentences)
    if not total:
        return []
    each = total / (count or -(-total // _WINDOW_WORDS))
    parts: list[list[str]] = [[]]
    held = 0
    for sentence in sentences:
        if parts[-1] and held >= each * len(parts) - 1e-9:
            parts.append([])
        parts[-1].append(sentence)
        held += len(sentence.split())
    return [" ".join(part) for part in parts]
