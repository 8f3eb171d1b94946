"""Chain: how long stretches of a type last and which follow which, so that votes on sentences become stretches.

A semi-Markov chain (Sarawagi and Cohen 2004): a stretch is scored by the votes of its sentences, by its length and by
what came before. Chances for single sentences know no lengths, and leave splinters or swallow what is short.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from podcast_dspy.analysis.segmentation import LabelledEpisode
from podcast_dspy.signatures.types import SEGMENT_TYPES, SegmentType

__all__ = ["TYPE_INDEX", "Chain"]

Array = NDArray[np.float64]
TYPE_INDEX: Final = {kind: index for index, kind in enumerate(SEGMENT_TYPES)}
_TYPES: Final = len(SEGMENT_TYPES)

_LONGEST: Final = 150.0
"""Seconds of the longest stretch that is considered in one piece; it may go on as another one of its type."""
_MOST: Final = 100
"""Sentences of such a stretch: where a transcript has no times, all would fit in."""
_GOES_ON: Final = 0.02
"""Chance of that."""
_USUAL: Final = 35.0
"""Seconds of a stretch before anything is learned: what hosts take in five labelled episodes."""
_BRIEF: Final = 12.0
"""The same for a transition."""
_SPREAD: Final = 0.8
"""Standard deviation of the log of the seconds."""


def _prior_transitions() -> Array:
    """Chances of changing from a to b: near ranks are likely, going back is not; k×k, rows sum to 1."""
    changes = np.full((_TYPES, _TYPES), 0.4)
    for a, first in enumerate(SEGMENT_TYPES):
        for b, second in enumerate(SEGMENT_TYPES):
            if first.row.rank is not None and second.row.rank is not None:
                step = second.row.rank - first.row.rank
                changes[a, b] = np.exp(-abs(step - 1.0) / 2.5) * (0.5 if step < 0 else 1.0)
    np.fill_diagonal(changes, 0.0)
    changes *= (1.0 - _GOES_ON) / changes.sum(axis=1, keepdims=True)
    np.fill_diagonal(changes, _GOES_ON)
    return changes


_PRIOR_WEIGHT: Final = 4.0
"""Stretches that the prior counts for, of each type."""
_START: Final = np.log([0.7 if kind is SegmentType.INTRO else 0.3 / (_TYPES - 1) for kind in SEGMENT_TYPES])


@dataclass(frozen=True)
class Chain:
    """Which type follows which, and how long each lasts."""

    transitions: Array
    """k×k; rows sum to 1."""
    lengths: Array
    """k: mean of the log of a stretch's seconds."""

    @classmethod
    def fit(cls, episodes: Sequence[LabelledEpisode] = ()) -> Chain:
        """Counts of labelled stretches, smoothed by the prior; a stretch is what follows of one label."""
        counts = _PRIOR_WEIGHT * _prior_transitions()
        usual = np.log([_BRIEF if kind is SegmentType.TRANSITION else _USUAL for kind in SEGMENT_TYPES])
        lengths, sizes = _PRIOR_WEIGHT * usual, np.full(_TYPES, _PRIOR_WEIGHT)
        for episode in episodes:
            rows = zip(episode.labels, episode.sentences, strict=True)
            stretches = [
                (TYPE_INDEX[kind] if kind else None, sum(sentence.duration for _, sentence in group))
                for kind, group in groupby(rows, key=lambda row: row[0])
            ]
            for (first, _), (second, _) in pairwise(stretches):
                if first is not None and second is not None:
                    counts[first, second] += 1.0
            for kind, seconds in stretches:
                if kind is not None:
                    lengths[kind] += np.log(max(1.0, seconds))
                    sizes[kind] += 1.0
        return cls(np.round(counts / counts.sum(axis=1, keepdims=True), 9), np.round(lengths / sizes, 6))

    def posterior(self, scores: Array, begins: Array, ends: Array) -> Array:
        """p(type of sentence i | everything), n×k, of log votes (n×k) and times in seconds; forward-backward."""
        stretches = _stretches(scores, begins, ends, self.lengths)
        steps = np.log(self.transitions)
        n, most, k = stretches.shape
        forward = np.full((n + 1, k), -np.inf)
        entering = np.empty((n, k))
        for i in range(n):
            entering[i] = _log_sum(forward[i][:, None] + steps, 0) if i else _START
            reach = min(most, n - i)
            ahead = forward[i + 1 : i + reach + 1]
            np.logaddexp(ahead, entering[i] + stretches[i, :reach], out=ahead)
        leaving = np.zeros((n + 1, k))
        for i in range(n - 1, 0, -1):
            reach = min(most, n - i)
            behind = _log_sum(stretches[i, :reach] + leaving[i + 1 : i + reach + 1], 0)
            leaving[i] = _log_sum(steps + behind[None, :], 1)
        total = _log_sum(forward[n], 0)
        change = np.zeros((n + 1, k))
        for i in range(n):
            reach = min(most, n - i)
            odds = np.exp(entering[i] + stretches[i, :reach] + leaving[i + 1 : i + reach + 1] - total)
            change[i] += odds.sum(axis=0)
            change[i + 1 : i + reach + 1] -= odds
        chances = np.clip(np.cumsum(change[:n], axis=0), 1e-12, None)
        result: Array = chances / chances.sum(axis=1, keepdims=True)
        return result

    def dump(self) -> dict[str, Any]:
        """The tables as JSON lists."""
        return {"transitions": self.transitions.tolist(), "lengths": self.lengths.tolist()}

    @classmethod
    def load(cls, state: dict[str, Any]) -> Chain:
        """What `dump` wrote. Raises ValueError when the tables are no chances and lengths of these types."""
        chain = cls(np.asarray(state["transitions"], float), np.asarray(state["lengths"], float))
        if chain.transitions.shape != (_TYPES, _TYPES) or chain.lengths.shape != (_TYPES,):
            raise ValueError("the tables of the chain have another size")
        if not (chain.transitions.min() > 0.0 and np.isfinite(chain.lengths).all()):
            raise ValueError("the tables of the chain hold no chances")
        return chain


def _stretches(scores: Array, begins: Array, ends: Array, lengths: Array) -> Array:
    """Log score of the stretch of each type that begins at sentence i and has l+1 sentences, n×L×k."""
    n = len(scores)
    most = min(_MOST, max(1, *(int(np.searchsorted(ends, begins[i] + _LONGEST)) - i for i in range(n))))
    last = np.arange(n)[:, None] + np.arange(most)[None, :]
    inside = last < n
    last = np.minimum(last, n - 1)
    sums = np.concatenate([np.zeros((1, _TYPES)), np.cumsum(scores, axis=0)])
    seconds = np.maximum(ends[last] - begins[:, None], 1.0)
    inside &= (seconds <= _LONGEST) | (np.arange(most)[None, :] == 0)
    likely = -0.5 * ((np.log(seconds)[:, :, None] - lengths) / _SPREAD) ** 2
    found: Array = sums[last + 1] - sums[:n, None, :] + likely
    return np.where(inside[:, :, None], found, -np.inf)


def _log_sum(values: Array, axis: int) -> Any:
    top = values.max(axis=axis)
    top = np.where(np.isfinite(top), top, 0.0)
    with np.errstate(divide="ignore"):
        return top + np.log(np.exp(values - np.expand_dims(top, axis)).sum(axis=axis))
