"""ROUGE loss: word overlap with the reference, equal to rouge-score's numbers and far faster on whole episodes."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from functools import lru_cache
from itertools import count
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from podcast_dspy.errors import UsageError
from podcast_dspy.generation.script import Script
from podcast_dspy.metrics.loss import Feedback, MeasuredLoss, ScoringOptions, spoken_text
from podcast_dspy.pairs.pair import TrainingPair
from podcast_dspy.settings import LossWeights
from podcast_dspy.text.language import is_english
from podcast_dspy.text.words import stems

_TOKEN = re.compile("[a-z0-9]+")
_WORD = re.compile(r"[^\W_]+")


@lru_cache(maxsize=256)
def rouge_tokens(text: str) -> tuple[str, ...]:
    """Tokens as rouge-score makes them with `use_stemmer=True`: runs of a-z and 0-9, stemmed from four letters on.

    That is English. A text in another language, which it would cut at every accent, is taken by its words, unstemmed.
    """
    if not is_english(text):
        return tuple(_WORD.findall(text.lower()))
    return tuple(stems(_TOKEN.findall(text.lower())))


def _f1(overlap: int, generated: int, reference: int) -> float:
    # Precision and recall first, as rouge-score does: the same rounding.
    precision = overlap / max(generated, 1)
    recall = overlap / max(reference, 1)
    return 2 * precision * recall / (precision + recall) if precision + recall > 0 else 0.0


def _longest(generated: Codes, reference: Codes) -> int:
    """Length of the longest common subsequence."""
    from rapidfuzz.distance import LCSseq

    # As texts of one character a word: what rapidfuzz reads fastest. It takes surrogates as any other.
    first, second = (
        codes.astype("<u4").tobytes().decode("utf-32-le", "surrogatepass") for codes in (generated, reference)
    )
    return int(LCSseq.similarity(first, second))


@lru_cache(maxsize=512)
def _scores(generated: str, reference: str) -> tuple[float, float, float]:
    words = coded(rouge_tokens(generated), rouge_tokens(reference))
    pairs = runs(words, 2)
    return (
        _f1(shared(*words), *map(len, words)),
        _f1(shared(*pairs), *map(len, pairs)),
        _f1(_longest(*words), *map(len, words)),
    )


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


def _measure(
    script: Script | str, pair: TrainingPair, options: ScoringOptions
) -> tuple[float, dict[str, Any]]:
    return calculate_rouge_loss(spoken_text(script), pair.transcription.transcript_text)


LOSS = MeasuredLoss("rouge", LossWeights().rouge, _measure)


Codes = NDArray[np.int64]

_WIDEST: Final = 2**31
"""Two codes below this fit into one together."""


def coded(*texts: Sequence[str]) -> list[Codes]:
    """Each text's words as integers from 0, in order of first appearance; the same word has the same in all texts."""
    places: defaultdict[str, int] = defaultdict(count().__next__)
    return [np.fromiter(map(places.__getitem__, text), np.int64, len(text)) for text in texts]


def runs(texts: Sequence[Codes], size: int) -> list[Codes]:
    """For each coded text, an integer a run of `size` (a power of two) words, equal exactly for equal runs."""
    found = list(texts)
    length = 1
    while length < size:
        width = 1 + max((int(one.max(initial=0)) for one in found), default=0)
        if width > _WIDEST:
            _, ranks = np.unique(np.concatenate(found), return_inverse=True)
            found = np.split(ranks, np.cumsum([len(one) for one in found[:-1]]))
            width = 1 + int(ranks.max(initial=0))
        found = [one[:-length] * width + one[length:] for one in found]
        length *= 2
    return found


def distinct(codes: Codes) -> Codes:
    """The different ones, in rising order."""
    ordered = np.sort(codes)
    fresh = np.ones(len(ordered), dtype=bool)
    fresh[1:] = ordered[1:] != ordered[:-1]
    return ordered[fresh]


def shared(first: Codes, second: Codes) -> int:
    """How many of the first are in the second, each as often as in both."""
    kinds, often = np.unique(first, return_counts=True)
    others, as_often = np.unique(second, return_counts=True)
    _, here, there = np.intersect1d(kinds, others, assume_unique=True, return_indices=True)
    return int(np.minimum(often[here], as_often[there]).sum())
