"""Cues: turns of phrase that give away what a sentence is doing, whatever the paper is about."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from podcast_dspy.signatures.types import SEGMENT_TYPES

__all__ = ["SURFACE_WIDTH", "cue_matrix", "surface_matrix"]


def cue_matrix(texts: Sequence[str]) -> NDArray[np.float64]:
    """How many cues of each type stand in each text, capped at 2; n×11 in the order of SEGMENT_TYPES."""
    rows = np.zeros((len(texts), len(SEGMENT_TYPES)))
    for column, kind in enumerate(SEGMENT_TYPES):
        pattern = kind.row.cues
        for row, text in enumerate(texts):
            rows[row, column] = min(2, sum(1 for _ in pattern.finditer(text)))
    return rows


_SURFACE: Final = (
    re.compile(r"\d"),
    re.compile(r"\?"),
    re.compile(r"\b(?:i|i'm|i've|i'll|me|my)\b", re.IGNORECASE),
    re.compile(r"\b(?:you|you're|you've|you'll|your)\b", re.IGNORECASE),
    re.compile(r"\b(?:they|their|authors?|researchers?|team)\b", re.IGNORECASE),
    re.compile(r"\b(?:we|us|our|let's)\b", re.IGNORECASE),
    re.compile(r"\b(?:could|would|should|may|might|can)\b", re.IGNORECASE),
    re.compile(r"\b(?:not|no|never|nobody|only|but|\w+n't)\b", re.IGNORECASE),
    re.compile(r"\b(?:more|less|fewer|most|least|best|worst|than|\w+est)\b", re.IGNORECASE),
    re.compile(r"\b(?:today|tonight|this week|episode|show|next time)\b", re.IGNORECASE),
    re.compile(r"\b(?:called|means?|is a|are)\b", re.IGNORECASE),
    re.compile(r"^(?:so|now|but|and|okay|ok|alright|first|second|then)\b", re.IGNORECASE),
)
SURFACE_WIDTH: Final = len(SEGMENT_TYPES) + len(_SURFACE) + 1


def surface_matrix(texts: Sequence[str]) -> NDArray[np.float64]:
    """Cues of each type, then plain marks of speech (numbers, questions, persons, modals) and length; n×24."""
    marks = np.array([[bool(pattern.search(text)) for pattern in _SURFACE] for text in texts], dtype=float)
    lengths = np.array([[min(len(text.split()), 40) / 20.0] for text in texts])
    if not len(texts):
        return np.zeros((0, SURFACE_WIDTH))
    return np.concatenate([cue_matrix(texts), marks, lengths], axis=1)
