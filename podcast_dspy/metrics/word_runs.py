"""Runs of words as integers: what whole episodes are compared by, without a tuple for every run."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from itertools import count
from typing import Final

import numpy as np
from numpy.typing import NDArray

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
