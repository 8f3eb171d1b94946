"""Chain: how long stretches of a type last and which follow which, so that votes on sentences become stretches.

A semi-Markov chain (Sarawagi and Cohen 2004): a stretch is scored by the votes of its sentences, by its length and by
what came before. Chances for single sentences know no lengths, and leave splinters or swallow what is short.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby, pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from podcast_dspy.analysis.episode_view import Timing
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
"""Prior chance of that."""
_USUAL: Final = 35.0
"""Seconds of a stretch before anything is learned: what hosts take in five labelled episodes."""
_BRIEF: Final = 12.0
"""The same for a transition."""
_SPREAD: Final = 0.8
"""Standard deviation of the log of the seconds, for all types: few labels tell no type's own."""
_TURN: Final = 1.5
"""Log odds for a stretch to begin with a speaker's turn: a third of the turns of these episodes do, and one in thirteen
of the other sentences."""
_PRIOR_WEIGHT: Final = 4.0
"""Stretches that the prior counts for, of each type."""


def _prior_changes() -> Array:
    """Chances of changing from a to b: near ranks are likely, going back is not; k×k."""
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


class Chain:
    """Which type begins, which follows which, and how long each lasts."""

    def __init__(self, start: Array, transitions: Array, lengths: Array) -> None:
        self.start = start
        self.transitions = transitions
        """k×k; rows sum to 1."""
        self.lengths = lengths
        """k: mean of the log of a stretch's seconds."""

    @classmethod
    def fit(
        cls,
        sequences: Sequence[Sequence[SegmentType | None]] = (),
        seconds: Sequence[Sequence[float]] = (),
    ) -> Chain:
        """Counts of labelled stretches, smoothed by the prior; without labels the prior alone.

        `seconds` are the lengths of the sentences; a stretch is what follows of one label.
        """
        counts = _PRIOR_WEIGHT * _prior_changes()
        start = np.full(_TYPES, 0.6 / (_TYPES - 1))
        start[TYPE_INDEX[SegmentType.INTRO]] = 1.4
        usual = np.log([_BRIEF if kind is SegmentType.TRANSITION else _USUAL for kind in SEGMENT_TYPES])
        lengths, sizes = _PRIOR_WEIGHT * usual, np.full(_TYPES, _PRIOR_WEIGHT)
        for labels, lasting in zip(sequences, seconds, strict=True):
            stretches = [
                (kind, sum(time for _, time in group))
                for kind, group in groupby(zip(labels, lasting, strict=True), key=lambda row: row[0])
            ]
            known = [kind for kind, _ in stretches if kind is not None]
            if known:
                start[TYPE_INDEX[known[0]]] += 1.0
            for (first, _), (second, _) in pairwise(stretches):
                if first is not None and second is not None:
                    counts[TYPE_INDEX[first], TYPE_INDEX[second]] += 1.0
            for kind, time in stretches:
                if kind is not None:
                    lengths[TYPE_INDEX[kind]] += np.log(max(1.0, time))
                    sizes[TYPE_INDEX[kind]] += 1.0
        return cls(
            np.round(start / start.sum(), 9),
            np.round(counts / counts.sum(axis=1, keepdims=True), 9),
            np.round(lengths / sizes, 6),
        )

    def decode(
        self, scores: Array, timing: Timing, *, weight: float, pause_weight: float
    ) -> tuple[list[int], Array]:
        """The best sequence of type indices, and p(type of sentence i | everything); `scores` are log votes (n×k)."""
        stretches = self._stretches(scores, timing, weight)
        first = weight * np.log(self.start)
        steps = weight * np.log(self.transitions)
        joints = np.concatenate([[0.0], pause_weight * timing.pauses + _TURN * timing.changes])
        return _best(stretches, first, steps, joints), _posterior(stretches, first, steps, joints)

    def _stretches(self, scores: Array, timing: Timing, weight: float) -> Array:
        """Log score of the stretch of each type that begins at sentence i and has l+1 sentences, n×L×k."""
        n = len(scores)
        begins, ends = timing.begins, timing.ends
        most = min(_MOST, max(1, *(int(np.searchsorted(ends, begins[i] + _LONGEST)) - i for i in range(n))))
        last = np.arange(n)[:, None] + np.arange(most)[None, :]
        inside = last < n
        last = np.minimum(last, n - 1)
        sums = np.concatenate([np.zeros((1, _TYPES)), np.cumsum(scores, axis=0)])
        seconds = np.maximum(ends[last] - begins[:, None], 1.0)
        inside &= (seconds <= _LONGEST) | (np.arange(most)[None, :] == 0)
        likely = -0.5 * ((np.log(seconds)[:, :, None] - self.lengths) / _SPREAD) ** 2
        found: Array = sums[last + 1] - sums[:n, None, :] + weight * likely
        return np.where(inside[:, :, None], found, -np.inf)

    def dump(self) -> dict[str, Any]:
        """The three tables as JSON lists."""
        return {
            "start": self.start.tolist(),
            "transitions": self.transitions.tolist(),
            "lengths": self.lengths.tolist(),
        }

    @classmethod
    def load(cls, state: dict[str, Any]) -> Chain:
        """What `dump` wrote. Raises ValueError when the tables are no chances and lengths of these types."""
        start, transitions, lengths = (
            np.asarray(state[name], float) for name in ("start", "transitions", "lengths")
        )
        if start.shape != (_TYPES,) or transitions.shape != (_TYPES, _TYPES) or lengths.shape != (_TYPES,):
            raise ValueError("the tables of the chain have another size")
        if not (start.min() > 0.0 and transitions.min() > 0.0 and np.isfinite(lengths).all()):
            raise ValueError("the tables of the chain hold no chances")
        return cls(start, transitions, lengths)


def _best(stretches: Array, first: Array, steps: Array, joints: Array) -> list[int]:
    """Viterbi over stretches."""
    n, most, k = stretches.shape
    best = np.full((n + 1, k), -np.inf)
    begin = np.zeros((n + 1, k), dtype=int)
    before = np.full((n, k), -1)
    for i in range(n):
        if i:
            through = best[i][:, None] + steps
            before[i] = through.argmax(axis=0)
            entering = through.max(axis=0) + joints[i]
        else:
            entering = first
        reach = min(most, n - i)
        ending = entering + stretches[i, :reach]
        better = ending > best[i + 1 : i + reach + 1]
        best[i + 1 : i + reach + 1][better] = ending[better]
        begin[i + 1 : i + reach + 1][better] = i
    path: list[int] = []
    end, kind = n, int(best[n].argmax())
    while end:
        start = int(begin[end, kind])
        path[:0] = [kind] * (end - start)
        end, kind = start, int(before[start, kind])
    return path


def _posterior(stretches: Array, first: Array, steps: Array, joints: Array) -> Array:
    """Forward-backward over stretches, n×k."""
    n, most, k = stretches.shape
    forward = np.full((n + 1, k), -np.inf)
    entering = np.empty((n, k))
    for i in range(n):
        entering[i] = _log_sum(forward[i][:, None] + steps, 0) + joints[i] if i else first
        reach = min(most, n - i)
        ahead = forward[i + 1 : i + reach + 1]
        np.logaddexp(ahead, entering[i] + stretches[i, :reach], out=ahead)
    leaving = np.zeros((n + 1, k))
    for i in range(n - 1, -1, -1):
        reach = min(most, n - i)
        behind = _log_sum(stretches[i, :reach] + leaving[i + 1 : i + reach + 1], 0)
        if i:
            leaving[i] = _log_sum(steps + (joints[i] + behind)[None, :], 1)
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


def _log_sum(values: Array, axis: int) -> Any:
    top = values.max(axis=axis)
    top = np.where(np.isfinite(top), top, 0.0)
    with np.errstate(divide="ignore"):
        return top + np.log(np.exp(values - np.expand_dims(top, axis)).sum(axis=axis))
