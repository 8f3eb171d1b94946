"""ROUGE loss: word overlap with the reference, equal to rouge-score's numbers and far faster on whole episodes."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from podcast_dspy.errors import UsageError
from podcast_dspy.metrics.feedback import Feedback

__all__ = ["calculate_rouge_loss", "rouge_tokens"]


_TOKEN = re.compile("[a-z0-9]+")


class _Stemmer:
    """Porter's stemmer with a memory: the words of an episode come back hundreds of times."""

    def __init__(self) -> None:
        from nltk.stem.porter import PorterStemmer

        self.stem = lru_cache(maxsize=200_000)(PorterStemmer().stem)


@lru_cache(maxsize=1)
def _stemmer() -> _Stemmer:
    return _Stemmer()


@lru_cache(maxsize=256)
def rouge_tokens(text: str) -> tuple[str, ...]:
    """Tokens as rouge-score makes them with `use_stemmer=True`: runs of a-z and 0-9, stemmed from four letters on."""
    stem = _stemmer().stem
    return tuple(stem(token) if len(token) > 3 else token for token in _TOKEN.findall(text.lower()))


def _f1(overlap: int, generated: int, reference: int) -> float:
    # Precision and recall first, as rouge-score does: the same rounding.
    precision = overlap / max(generated, 1)
    recall = overlap / max(reference, 1)
    return 2 * precision * recall / (precision + recall) if precision + recall > 0 else 0.0


def _ngrams(generated: Sequence[str], reference: Sequence[str], size: int) -> float:
    first = Counter(zip(*(generated[start:] for start in range(size)), strict=False))
    second = Counter(zip(*(reference[start:] for start in range(size)), strict=False))
    overlap = sum(min(count, second[gram]) for gram, count in first.items() if gram in second)
    return _f1(overlap, first.total(), second.total())


def _longest(generated: Sequence[str], reference: Sequence[str]) -> float:
    from rapidfuzz.distance import LCSseq

    # Integer codes: rapidfuzz compares them without hashing strings again.
    codes: dict[str, int] = {}
    first = [codes.setdefault(token, len(codes)) for token in generated]
    second = [codes.setdefault(token, len(codes)) for token in reference]
    return _f1(LCSseq.similarity(first, second), len(first), len(second))


@lru_cache(maxsize=512)
def _scores(generated: str, reference: str) -> tuple[float, float, float]:
    first, second = rouge_tokens(generated), rouge_tokens(reference)
    return _ngrams(first, second, 1), _ngrams(first, second, 2), _longest(first, second)


def calculate_rouge_loss(
    generated_transcript: str, reference_transcript: str
) -> tuple[float, dict[str, Any]]:
    """1 minus the mean F1 of ROUGE-1, ROUGE-2 and ROUGE-L over both whole texts, stemmed (spec 4.2).

    0 for equal texts, 1 for no word in common or an empty script. Details: `rouge_1`, `rouge_2`, `rouge_l`,
    `interpretation`, `note`, `feedback`. Raises UsageError when the reference holds no word.
    """
    if not rouge_tokens(reference_transcript):
        raise UsageError("the reference transcript holds no word; transcribe its audio again")
    one, two, longest = _scores(generated_transcript, reference_transcript)
    loss = 1 - (one + two + longest) / 3
    return max(0.0, loss), {
        "rouge_1": one,
        "rouge_2": two,
        "rouge_l": longest,
        "interpretation": {
            "rouge_1": "Good" if one > 0.4 else "Needs improvement",
            "rouge_2": "Good" if two > 0.2 else "Needs improvement",
            "rouge_l": "Good" if longest > 0.3 else "Needs improvement",
        },
        "note": "ROUGE measures n-gram overlap with the reference; higher is more similar.",
        "feedback": _feedback(one),
    }


def _feedback(one: float) -> tuple[Feedback, ...]:
    if one > 0.4:
        return ()
    text = f"only {one:.0%} of the words are shared with the human episode: speak more as it does and of what it does"
    return (Feedback(predictor="style", loss="rouge", text=text),)
