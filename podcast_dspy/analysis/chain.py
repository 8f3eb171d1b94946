"""Chain: which type follows which. Learned from label sequences; smooths the votes on single sentences."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from podcast_dspy.signatures.types import SEGMENT_TYPES, SegmentType

__all__ = ["TYPE_INDEX", "Chain"]

Array = NDArray[np.float64]
TYPE_INDEX: Final = {kind: index for index, kind in enumerate(SEGMENT_TYPES)}
_TYPES: Final = len(SEGMENT_TYPES)

_TINY: Final = 1e-280
_STAY: Final = 0.72
"""Prior chance that the next sentence has the same type, for 3.6 sentences."""
_PRIOR_WEIGHT: Final = 6.0
"""Sentences that the prior counts for in each row of the transition matrix."""


def _prior_changes() -> Array:
    """Chances of changing from a to b: near ranks are likely, going back is not; k×k, zero diagonal."""
    changes = np.full((_TYPES, _TYPES), 0.4)
    for a, first in enumerate(SEGMENT_TYPES):
        for b, second in enumerate(SEGMENT_TYPES):
            if first.row.rank is not None and second.row.rank is not None:
                step = second.row.rank - first.row.rank
                changes[a, b] = np.exp(-abs(step - 1.0) / 2.5) * (0.5 if step < 0 else 1.0)
    np.fill_diagonal(changes, 0.0)
    normalised: Array = changes / changes.sum(axis=1, keepdims=True)
    return normalised


class Chain:
    """A first-order Markov chain over sentences, with a bonus for changing type after a long pause."""

    def __init__(self, start: Array, transitions: Array) -> None:
        self.start = start
        self.transitions = transitions
        """k×k; rows sum to 1."""

    @classmethod
    def fit(cls, sequences: Sequence[Sequence[SegmentType | None]] = ()) -> Chain:
        """Counts of neighbouring labels, smoothed by the prior; without sequences the prior alone."""
        prior = (1.0 - _STAY) * _prior_changes()
        np.fill_diagonal(prior, _STAY)
        # A transition is one or two sentences long, whatever the rest of the episode does.
        index = TYPE_INDEX[SegmentType.TRANSITION]
        prior[index] *= 0.65 / (1.0 - _STAY)
        prior[index, index] = 0.35
        prior /= prior.sum(axis=1, keepdims=True)
        counts = _PRIOR_WEIGHT * prior
        start = np.full(_TYPES, 0.3 / (_TYPES - 1))
        start[TYPE_INDEX[SegmentType.INTRO]] = 0.7
        start *= 2.0
        for sequence in sequences:
            known = [label for label in sequence if label is not None]
            if known:
                start[TYPE_INDEX[known[0]]] += 1.0
            for first, second in pairwise(sequence):
                if first is not None and second is not None:
                    counts[TYPE_INDEX[first], TYPE_INDEX[second]] += 1.0
        return cls(np.round(start / start.sum(), 9), np.round(counts / counts.sum(axis=1, keepdims=True), 9))

    def _steps(self, pauses: Array, weight: float, pause_weight: float) -> Array:
        """Log potential of each step, (n-1)×k×k; `pauses` (n-1) are log ratios to the usual pause."""
        base = weight * np.log(self.transitions)
        change = 1.0 - np.eye(_TYPES)
        steps: Array = base[None, :, :] + pause_weight * pauses[:, None, None] * change[None, :, :]
        return steps

    def posterior(self, scores: Array, pauses: Array, *, weight: float, pause_weight: float) -> Array:
        """p(type of sentence i | everything) by forward-backward; `scores` are log votes (n×k)."""
        n = len(scores)
        evidence = np.exp(scores - scores.max(axis=1, keepdims=True))
        steps = np.exp(self._steps(pauses, weight, pause_weight))
        forward = np.empty_like(evidence)
        backward = np.ones_like(evidence)
        forward[0] = self.start**weight * evidence[0] + _TINY
        # Each row is scaled to sum to 1: only ratios matter, and long episodes would underflow.
        forward[0] /= forward[0].sum()
        for i in range(1, n):
            row = forward[i - 1] @ steps[i - 1] * evidence[i] + _TINY
            forward[i] = row / row.sum()
        for i in range(n - 2, -1, -1):
            row = steps[i] @ (evidence[i + 1] * backward[i + 1]) + _TINY
            backward[i] = row / row.sum()
        odds = forward * backward + _TINY
        result: Array = odds / odds.sum(axis=1, keepdims=True)
        return result

    def best_path(self, scores: Array, pauses: Array, *, weight: float, pause_weight: float) -> list[int]:
        """The most probable sequence of type indices (Viterbi)."""
        n = len(scores)
        steps = self._steps(pauses, weight, pause_weight)
        best = weight * np.log(self.start) + scores[0]
        back = np.zeros((n, _TYPES), dtype=int)
        for i in range(1, n):
            through = best[:, None] + steps[i - 1]
            back[i] = through.argmax(axis=0)
            best = through.max(axis=0) + scores[i]
        path = [int(best.argmax())]
        for i in range(n - 1, 0, -1):
            path.append(int(back[i, path[-1]]))
        return path[::-1]

    def dump(self) -> dict[str, Any]:
        """The two tables as JSON lists."""
        return {
            "start": self.start.tolist(),
            "transitions": self.transitions.tolist(),
        }

    @classmethod
    def load(cls, state: dict[str, Any]) -> Chain:
        """What `dump` wrote."""
        return cls(np.asarray(state["start"], float), np.asarray(state["transitions"], float))
