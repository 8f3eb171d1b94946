"""How a script addresses its listener and how clearly it speaks: raw rates measured on the text, without a model."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from statistics import fmean
from typing import Final

from podcast_dspy.audio.durations import syllables
from podcast_dspy.metrics.loss import measures
from podcast_dspy.metrics.rouge import coded, distinct, runs
from podcast_dspy.text.entities import entities, rare_words
from podcast_dspy.text.words import WordTable, content_stems, phrase_pattern, split_sentences, words

_ADDRESS: Final = phrase_pattern("address")
_ANALOGY: Final = phrase_pattern("analogy", "example")
_FILLER: Final = phrase_pattern("filler")
_DEFINES: Final = phrase_pattern("defining")
_ASIDE = re.compile(r"\s[—–-]\s|\([^)]{4,}\)")
"""What stands between dashes or in brackets explains, too."""
_FIGURE: Final = phrase_pattern("figure_number", "figure_shown")
_LONG: Final = 32
_PRIOR: Final = 1.0
"""Added to counts of what an episode does a few times, or one of it more or less would decide everything."""
_ENDS: Final = ".!?…\"'”’)"


@dataclass(frozen=True, slots=True)
class Delivery:
    """Raw measures by name (higher is better, each non-negative) and quoted evidence by name."""

    values: dict[str, float]
    quotes: dict[str, tuple[str, ...]]


@lru_cache(maxsize=512)
def measure_delivery(text: str) -> Delivery:
    """All raw measures of a text; linear in its length and memoised. Zero everywhere for an empty text.

    Engagement: `questions` (per sentence), `address` and `analogies` (per 100 words), `rhythm` (standard deviation
    over mean of the sentence lengths), `freshness` (mean share of different sentences and of different four-word
    runs), `fluency` (1 less eight times the share of fillers). Clarity: `readability` (Flesch reading ease over 100,
    syllables as the duration model counts them), `short_sentences` (share with at most 32 words), `definitions`
    (share of technical terms, names aside, that are explained where they first come up), `connection` (share of a
    sentence's content that the two before it or the one after it hold), `signposts` (figures and tables named, per 100
    sentences), `completeness` (share of sentences that stop, halved when the text ends in mid-sentence).
    """
    sentences = split_sentences(text)
    said = [words(sentence) for sentence in sentences]
    total = sum(len(tokens) for tokens in said)
    if not total:
        return Delivery(dict.fromkeys((*measures("engagement"), *measures("clarity")), 0.0), {})
    flat = [token for tokens in said for token in tokens]
    asking = [sentence for sentence in sentences if sentence.rstrip("\"'”’)").endswith("?")]
    lower = text.lower()
    alike = [sentence for sentence in sentences if _ANALOGY.search(sentence.lower())]
    long = [sentence for sentence, tokens in zip(sentences, said, strict=True) if len(tokens) > _LONG]
    fillers = [match.group() for match in _FILLER.finditer(lower)]
    defined, undefined = _definitions(sentences)
    values = {
        "questions": len(dict.fromkeys(asking)) / len(sentences),
        "address": 100 * len(_ADDRESS.findall(lower)) / total,
        "analogies": 100 * (len(dict.fromkeys(alike)) + _PRIOR) / total,
        "rhythm": _rhythm(said),
        "freshness": _freshness(sentences, flat),
        "fluency": max(0.0, 1 - 8 * len(fillers) / total),
        "readability": min(1.0, max(0.0, _flesch(len(sentences), total, flat) / 100)),
        "short_sentences": 1 - len(long) / len(sentences),
        "definitions": (len(defined) + _PRIOR) / (len(defined) + len(undefined) + _PRIOR),
        "connection": _connection(sentences),
        "signposts": 100 * (len(_FIGURE.findall(lower)) + _PRIOR) / len(sentences),
        "completeness": _completeness(text, sentences),
    }
    quotes = {
        "questions": tuple(asking[:3]),
        "analogies": tuple(alike[:3]),
        "short_sentences": tuple(long[:3]),
        "fluency": tuple(dict.fromkeys(fillers))[:5],
        "definitions": tuple(undefined[:6]),
        "completeness": (sentences[-1],) if values["completeness"] < 1 else (),
    }
    return Delivery(values, quotes)


def _rhythm(said: Sequence[Sequence[str]]) -> float:
    lengths = [len(tokens) for tokens in said if tokens]
    if len(lengths) < 2:
        return 0.0
    mean = fmean(lengths)
    return math.sqrt(fmean((length - mean) ** 2 for length in lengths)) / mean


def _freshness(sentences: Sequence[str], flat: Sequence[str]) -> float:
    """Mean of the share of different sentences and the share of different four-word runs."""
    (grams,) = runs(coded(flat), 4)
    apart = len(distinct(grams)) / len(grams) if len(grams) else 1.0
    return (len({sentence.lower() for sentence in sentences}) / len(sentences) + apart) / 2


@WordTable
def _syllables(word: str) -> int:
    return max(1, syllables(word))


def _flesch(sentences: int, total: int, flat: Sequence[str]) -> float:
    """Flesch reading ease (Flesch 1948): 206.835 - 1.015 words/sentence - 84.6 syllables/word."""
    return 206.835 - 1.015 * total / sentences - 84.6 * sum(_syllables.all(flat)) / total


@lru_cache(maxsize=20_000)
def _explains(sentence: str) -> bool:
    if sentence.endswith("?"):
        return False
    return (_DEFINES.search(sentence.lower()) or _ASIDE.search(sentence)) is not None


def _definitions(sentences: Sequence[str]) -> tuple[list[str], list[str]]:
    """Technical terms that are and are not explained in the sentence where they first come up or the one around it."""
    written = {word for sentence in sentences for word in re.findall(r"[^\W\d_]+", sentence)}
    # Nobody is asked to explain who Kirsch is: what is never written small is a name.
    seen = {word.lower() for word in written if word.istitle() and word.lower() not in written}
    defined: list[str] = []
    undefined: list[str] = []
    for place, sentence in enumerate(sentences):
        acronyms = [name for name in entities(sentence) if name.isupper() and 2 <= len(name) <= 6]
        terms = [term for term in (*rare_words(sentence), *acronyms) if term.lower() not in seen]
        if not terms:
            continue
        seen.update(term.lower() for term in terms)
        around = sentences[place : place + 2]
        explained = any(map(_explains, around))
        (defined if explained else undefined).extend(terms)
    return defined, undefined


def _connection(sentences: Sequence[str]) -> float:
    """Mean share of a sentence's content stems that the two sentences before it or the one after it hold."""
    stems = [frozenset(content_stems(sentence)) for sentence in sentences]
    shares = []
    for place, here in enumerate(stems):
        if here and len(sentences) > 1:
            alone = here.difference(*stems[max(0, place - 2) : place], *stems[place + 1 : place + 2])
            shares.append((len(here) - len(alone)) / len(here))
    return fmean(shares) if shares else 0.0


def _completeness(text: str, sentences: Sequence[str]) -> float:
    stopped = sum(sentence[-1] in _ENDS for sentence in sentences) / len(sentences)
    return stopped * (1.0 if text.rstrip()[-1] in _ENDS else 0.5)
