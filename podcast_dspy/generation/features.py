"""The features of a passage on which the choice of what to say may depend."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from podcast_dspy.analysis.regression import centred_rows
from podcast_dspy.generation.adjustments import Feature
from podcast_dspy.generation.units import Unit
from podcast_dspy.lms import embed
from podcast_dspy.text.words import phrase_pattern

Array = NDArray[np.float64]

_NUMBER = re.compile(r"\d")
_COMPARISON = phrase_pattern("analogy", "example")
_NEAREST: Final = 5
"""Passages whose similarity makes up the centrality of one (LexRank's idea, Erkan and Radev 2004, cut short)."""


def centred(texts: Sequence[str]) -> Array:
    """Embeddings as unit rows after their mean is taken off: what is left tells the texts apart, n×384."""
    return centred_rows(np.asarray(embed(list(texts)), dtype=float))


def features(units: Sequence[Unit]) -> list[dict[Feature, float]]:
    """What can be said about each passage of a paper without knowing its podcast: each about 0 to 1.

    `centrality` is the mean centred cosine to the five passages most like it, `gist` the largest to any passage of the
    abstract. Raises PrerequisiteError when the embedding model is missing.
    """
    if not units:
        return []
    vectors = centred([unit.text for unit in units])
    similar = vectors @ vectors.T
    np.fill_diagonal(similar, 0.0)
    central = np.sort(similar, axis=1)[:, -_NEAREST:].mean(axis=1)
    abstract = [index for index, unit in enumerate(units) if unit.kind == "abstract"]
    gist = np.maximum(0.0, similar[:, abstract].max(axis=1)) if abstract else np.zeros(len(units))
    gist[abstract] = 1.0
    return [
        {
            "importance": unit.importance,
            "concepts": min(1.0, len(unit.concepts) / 3.0),
            "number": float(bool(_NUMBER.search(unit.text))),
            "abstract": float(unit.kind == "abstract"),
            "figure": float(bool(unit.figures)),
            "length": min(1.0, unit.words / 40.0),
            "comparison": float(bool(_COMPARISON.search(unit.text))),
            "definition": float(unit.defines),
            "opening": float(not unit.points),
            "lead": float(unit.opens),
            "centrality": float(central[index]),
            "gist": float(gist[index]),
        }
        for index, unit in enumerate(units)
    ]


def preferences(units: Sequence[Unit], weights: Mapping[Feature, float]) -> list[float]:
    """How much each passage is preferred by learned weights; 0 without weights."""
    if not weights:
        return [0.0] * len(units)
    return [
        sum(weight * values[name] for name, weight in weights.items() if name in values)
        for values in features(units)
    ]
