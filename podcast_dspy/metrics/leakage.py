"""Leakage: what a script took over from a reference podcast that does not belong to its own paper."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from podcast_dspy.analysis.phrases import identities
from podcast_dspy.metrics.loss import Feedback
from podcast_dspy.metrics.rouge import Codes, coded, distinct, runs
from podcast_dspy.text.words import phrase_pattern, split_sentences, words

_RUN: Final = 8
_SPONSOR: Final = phrase_pattern("sponsor")
_IDENTITY_PENALTY: Final = 0.15
_SPONSOR_PENALTY: Final = 0.20
_MOST: Final = 0.90


@dataclass(frozen=True, slots=True)
class LeakageReport:
    """What was found. `penalty` is the share (0-0.9) that it takes off the accuracy score."""

    names: tuple[str, ...] = ()
    """Shows and hosts."""
    sponsors: tuple[str, ...] = ()
    """Sentences of the script that advertise what a reference advertises."""
    copied: tuple[str, ...] = ()
    """Runs of eight words and more, longest first."""
    copied_share: float = 0.0
    """Share of the script's words (0-1) in such runs."""
    penalty: float = 0.0

    @property
    def clean(self) -> bool:
        """Whether nothing was found."""
        return not (self.names or self.sponsors or self.copied)

    def as_dict(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            key: list(value) if isinstance(value, tuple) else value for key, value in asdict(self).items()
        }

    def feedback(self) -> tuple[Feedback, ...]:
        """A line for each kind that was found."""
        lines = [f"{name!r} belongs to a training podcast: leave it out" for name in self.names]
        lines += [
            f"a training podcast's sponsor line is in the script: “{line}”" for line in self.sponsors[:2]
        ]
        if self.copied:
            lines.append(
                f"{self.copied_share:.0%} of the words are copied from training podcasts: “{self.copied[0]}”"
            )
        return tuple(Feedback(predictor="style", loss="quality", text=line) for line in lines)


@lru_cache(maxsize=512)
def _shingles(text: str) -> Codes:
    """The different runs of a text in rising order: 80 kB for an hour of speech, of which each script needs all."""
    return distinct(_hashes(words(text)))


def _hashes(tokens: Sequence[str]) -> Codes:
    count = max(0, len(tokens) - _RUN + 1)
    return np.fromiter((hash(tuple(tokens[start : start + _RUN])) for start in range(count)), np.int64, count)


def _among(mine: Codes, text: str) -> NDArray[np.bool_]:
    """Which of the runs stand in a text."""
    theirs = _shingles(text)
    if not len(theirs):
        return np.zeros(len(mine), dtype=bool)
    found: NDArray[np.bool_] = theirs.take(np.searchsorted(theirs, mine), mode="clip") == mine
    return found


def leakage(
    script_text: str, reference_texts: Sequence[str], paper_text: str, *, own_reference: str = ""
) -> LeakageReport:
    """Find what a script about one paper took over from reference podcasts about others.

    `reference_texts` are transcripts of podcasts about other papers: their show and host names, sponsor lines and
    runs of eight or more words are leakage, unless the paper itself holds them. Of `own_reference`, the podcast about
    this paper, only names and sponsors count, by how far the script is from being that very podcast.
    """
    tokens = words(script_text)
    if not tokens:
        return LeakageReport()
    line = f" {' '.join(tokens)} "
    paper = f" {' '.join(words(paper_text))} "
    foreign = dict.fromkeys(name for text in reference_texts for name in identities(text))
    own = dict.fromkeys(name for name in identities(own_reference) if name not in foreign)
    names = [name for name in foreign if _holds(script_text, line, name) and not _held(paper, name)]
    own_names = [name for name in own if _holds(script_text, line, name) and not _held(paper, name)]
    sponsors = _sponsored(script_text, reference_texts)
    copied, share = _copied(tokens, reference_texts, paper_text)
    distance = 1 - _sameness(script_text, own_reference) if own_reference and own_names else 0.0
    penalty = (
        _IDENTITY_PENALTY * (len(names) + distance * len(own_names))
        + _SPONSOR_PENALTY * len(sponsors)
        + share
    )
    leaked = [*names, *(own_names if distance > 0.5 else ())]
    return LeakageReport(tuple(leaked), tuple(sponsors), tuple(copied), share, min(_MOST, penalty))


def _holds(text: str, line: str, name: str) -> bool:
    if f" {' '.join(words(name))} " not in line:
        return False
    # A single word counts only as a name: `joy` is not the host Joy.
    return len(words(name)) > 1 or re.search(rf"\b{re.escape(name)}\b", text) is not None


def _held(paper: str, name: str) -> bool:
    return f" {' '.join(words(name))} " in paper


def _sponsored(script: str, references: Sequence[str]) -> list[str]:
    """Advertising sentences of the script that share a run of four words with one of a reference."""
    if not references:
        return []
    lines = [sentence for sentence in split_sentences(script) if _SPONSOR.search(sentence)]
    if not lines:
        return []
    known = {
        gram
        for text in references
        for sentence in split_sentences(text)
        if _SPONSOR.search(sentence)
        for gram in _grams(sentence)
    }
    return [sentence for sentence in lines if known & set(_grams(sentence))]


def _grams(sentence: str) -> list[tuple[str, ...]]:
    tokens = words(sentence)
    return [tuple(tokens[start : start + 4]) for start in range(len(tokens) - 3)]


def _copied(tokens: Sequence[str], references: Sequence[str], paper_text: str) -> tuple[list[str], float]:
    """Maximal copied runs, longest first, and the share of the script's words in them."""
    if not references:
        return [], 0.0
    mine = _hashes(tokens)
    taken = np.logical_or.reduce([_among(mine, text) for text in references]) & ~_among(mine, paper_text)
    marked = [False] * len(tokens)
    for start in np.flatnonzero(taken).tolist():
        marked[start : start + _RUN] = [True] * _RUN
    found: list[list[str]] = [[]]
    for token, inside in zip(tokens, marked, strict=True):
        if inside:
            found[-1].append(token)
        elif found[-1]:
            found.append([])
    copied = sorted((" ".join(run) for run in found if run), key=len, reverse=True)
    return copied, sum(marked) / len(tokens)


def _sameness(first: str, second: str) -> float:
    """Share of the script's word pairs that the reference holds (0-1): 1 for the reference itself."""
    mine, theirs = map(distinct, runs(coded(words(first), words(second)), 2))
    return len(np.intersect1d(mine, theirs, assume_unique=True)) / len(mine) if len(mine) else 0.0
