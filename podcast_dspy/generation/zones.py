"""Argumentative zones: what a passage does in its paper (say what is missing, how it was done), by its meaning.

Sections and cue words tell it roughly; an introduction holds what was known, what is missing and what was done side by
side. The classes follow argumentative zoning (Teufel and Moens 2002); the examples in `zones.json` are this project's
own. Each of their topics is told in every zone, so that what is left of a topic's sentences without their mean is the
zone alone; likewise the mean of a paper is taken off its passages.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib.resources import files
from typing import Final

import numpy as np
from numpy.typing import NDArray

from podcast_dspy.analysis.regression import SoftmaxRegression
from podcast_dspy.generation.units import SectionKind, Unit
from podcast_dspy.lms import embed
from podcast_dspy.signatures.types import SegmentType

_T = SegmentType
_FILE: Final = json.loads(files("podcast_dspy.generation").joinpath("zones.json").read_text("utf-8"))
ZONES: Final[tuple[str, ...]] = tuple(_FILE["zones"])
EXAMPLES: Final[tuple[tuple[str, ...], ...]] = tuple(map(tuple, _FILE["topics"]))
"""A sentence a zone, for each topic."""
_SIGNS: Final = tuple(re.compile(sign, re.IGNORECASE) for sign in _FILE["signs"])
"""English words and forms that a zone likes: numbers a result, `unclear` a problem. Other languages have none."""
_SIGN: Final = 0.1
"""What a sign counts beside an embedding of length 1."""
_PENALTY: Final = 1e-3
"""On the weights; between 1e-4 and 3e-3 as many zones of the examples are found with their topic left out."""
_EARLY: Final = frozenset({"abstract", "introduction", "background"})
_CLEAR: Final = 2.0
"""Log odds from which a zone is as good as certain."""


def zone_shares(texts: Sequence[str]) -> NDArray[np.float64]:
    """How likely each of a paper's passages belongs to each of ZONES: rows that sum to 1, in the order of the texts.

    Raises PrerequisiteError when the embedding model is missing.
    """
    if not texts:
        return np.zeros((0, len(ZONES)))
    return np.exp(_model().log_probabilities(evidence(texts)))


def zone_fit(units: Sequence[Unit]) -> Mapping[SegmentType, tuple[float, ...]]:
    """What each unit of a paper gains (-3 to 3) in a stretch of each type by the zone that it belongs to. Memoised.

    What is unclear in a paper's results is not what it set out for: problems are looked for in front of them, unless no
    heading tells where that is.
    """
    return _zone_fit(tuple((unit.text, unit.kind) for unit in units))


def result_odds(units: Sequence[Unit]) -> tuple[float, ...]:
    """Log odds (-2 to 2) that each unit of a paper tells what came out, and not what was before or was done."""
    shares = _shares(tuple(unit.text for unit in units))
    out = shares[:, [ZONES.index("result"), ZONES.index("implication")]].sum(axis=1)
    return tuple(np.clip(np.log(out / (1.0 - out)), -_CLEAR, _CLEAR).tolist())


@lru_cache(maxsize=16)
def _shares(texts: tuple[str, ...]) -> NDArray[np.float64]:
    return zone_shares(texts)


@lru_cache(maxsize=16)
def _zone_fit(units: tuple[tuple[str, SectionKind], ...]) -> Mapping[SegmentType, tuple[float, ...]]:
    shares = _shares(tuple(text for text, _ in units))
    early = np.array([kind in _EARLY for _, kind in units], dtype=bool)
    fit = dict.fromkeys(SegmentType, (0.0,) * len(units))
    for kind in SegmentType:
        zones = kind.row.zones
        if zones is None:
            continue
        here, there = (
            shares[:, [ZONES.index(zone) for zone in side]].sum(axis=1)
            for side in (zones.suiting, zones.foreign)
        )
        gain = zones.weight * np.clip(np.log(here / there), -_CLEAR, _CLEAR)
        if kind is _T.PROBLEM_STATEMENT and early.any():
            gain[~early] = -zones.weight * _CLEAR
        fit[kind] = tuple(gain.tolist())
    return fit


@lru_cache(maxsize=1)
def _model() -> SoftmaxRegression:
    return fit([evidence(topic) for topic in EXAMPLES])


def fit(topics: Sequence[NDArray[np.float64]]) -> SoftmaxRegression:
    """The model of zones that the evidence of some topics gives, one row a zone each."""
    axes = np.eye(topics[0].shape[1])
    targets = np.tile(np.eye(len(ZONES)), (len(topics), 1))
    return SoftmaxRegression.fit(np.concatenate(topics), targets, penalty=_PENALTY, axes=axes)


def evidence(texts: Sequence[str]) -> NDArray[np.float64]:
    """What tells the zone of each of a topic's passages: its embedding and signs, without their mean."""
    signs = [[_SIGN * bool(sign.search(text)) for sign in _SIGNS] for text in texts]
    rows = np.hstack([np.asarray(embed(list(texts)), dtype=float), np.asarray(signs, dtype=float)])
    centred: NDArray[np.float64] = rows - rows.mean(axis=0)
    return centred
