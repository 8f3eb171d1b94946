"""Learning what hosts choose to say: a ridge regression from a passage's features to how well the podcast covers it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from podcast_dspy.generation.adjustments import Feature
from podcast_dspy.generation.features import centred, features
from podcast_dspy.generation.material import material, sentences
from podcast_dspy.pairs.pair import TrainingPair

__all__ = ["learn_selection"]

_SHORT = 5
"""Words up to which a sentence says nothing of the paper."""
_RIDGE = 10.0
"""Penalty on the weights of standardised features: some 400 passages of a few papers say little about a dozen."""
_SPREAD = 0.5
"""Standard deviation of the learned preference over the passages, in units of the planner's score."""


def learn_selection(pairs: Sequence[TrainingPair]) -> dict[Feature, float]:
    """Weights of the features of passages, from what the hosts of the training pairs said and left out.

    The target of a passage is the highest centred cosine (e5) to any sentence of its pair's podcast or two neighbouring
    ones, standardised within the pair. The weights are scaled so that the preference has a standard deviation of
    0.5. Empty without any passage.
    """
    rows: list[list[float]] = []
    targets: list[float] = []
    names: list[Feature] = []
    for pair in pairs:
        units = material(pair.document_graph)
        said = [
            sentence
            for sentence in sentences(pair.transcription.transcript_text)
            if len(sentence.split()) > _SHORT
        ]
        if len(units) < 2 or len(said) < 2:
            continue
        passages = centred([unit.text for unit in units])
        spoken = centred([*said, *(f"{one} {two}" for one, two in pairwise(said))])
        similarity = (passages @ spoken.T).max(axis=1)
        spread = float(similarity.std())
        if spread == 0.0:
            continue
        targets.extend(((similarity - similarity.mean()) / spread).tolist())
        for values in features(units):
            names = list(values)
            rows.append(list(values.values()))
    if not rows:
        return {}
    x = np.asarray(rows)
    scales = np.where(x.std(axis=0) > 0.0, x.std(axis=0), 1.0)
    standard = (x - x.mean(axis=0)) / scales
    weights = np.linalg.solve(
        standard.T @ standard + _RIDGE * np.eye(x.shape[1]), standard.T @ np.asarray(targets)
    )
    scale = float((standard @ weights).std())
    if scale == 0.0:
        return {}
    return {
        name: round(float(weight * _SPREAD / scale), 4)
        for name, weight in zip(names, weights / scales, strict=True)
    }
