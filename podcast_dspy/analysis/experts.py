"""Experts: independent opinions on each sentence's type (words, cues, position, discourse), pooled along the episode.

Discourse is what stretches of talk do with their paper, told by marks that belong to no show: which argumentative zone
of an abstract a sentence would stand in, which part of the paper it is closest to, and who asks and who answers. The
coefficients in `discourse.json` were fitted on other people's labels, which the file names (`fit_discourse.py`).

Every expert gives log-probabilities (n×k). They are pooled log-linearly, with one weight each, and smoothed by the
chain. What else was tried and tells no episode apart that it has not seen: nearest neighbours, the parts of the paper
by labels of one's own, pauses, turns as boundaries.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from podcast_dspy.analysis.episode_view import EpisodeView, embed, look_at, surface_matrix
from podcast_dspy.analysis.regression import SoftmaxRegression, log_softmax
from podcast_dspy.analysis.segmentation import TYPE_INDEX, Chain, LabelledEpisode, seed_sentences
from podcast_dspy.signatures.types import SEGMENT_TYPES, SegmentType

__all__ = ["WEIGHTS", "ZONES", "Discourse", "Experts", "discourse_marks", "shipped_discourse"]

Array = NDArray[np.float64]
WEIGHTS: Final[Mapping[str, float]] = {"words": 1.0, "cues": 0.7, "position": 0.6, "discourse": 1.0}

_TYPES: Final = len(SEGMENT_TYPES)
_BINS: Final = 20
_SEED_WEIGHT: Final = 2.0
"""What a seed sentence counts against one of a labelled episode: it says more about a type, less about a topic."""
_PLACE_WEIGHT: Final = 8.0
"""Sentences that the usual place of a type counts for."""


@dataclass
class Experts:
    """Everything fitted on labelled sentences."""

    words: SoftmaxRegression
    cues: SoftmaxRegression
    position: Array
    """k×20 log-probabilities of a type in each twentieth of the episode."""
    chain: Chain
    discourse: Discourse
    """Fitted elsewhere, on the labels of other shows."""

    @classmethod
    def fit(
        cls,
        episodes: Sequence[LabelledEpisode] = (),
        *,
        views: Sequence[EpisodeView] | None = None,
        discourse: Discourse | None = None,
    ) -> Experts:
        """Fit on the seed bank and labelled episodes; `views` spares looking at them again.

        `discourse` stands in for the coefficients that come with the package.
        """
        views = views or [look_at(episode.sentences, episode.graph) for episode in episodes]
        known = [[i for i, label in enumerate(episode.labels) if label is not None] for episode in episodes]
        labels = [TYPE_INDEX[label] for episode in episodes for label in episode.labels if label is not None]
        texts = [text for text, _ in seed_sentences()]
        seeds = [TYPE_INDEX[kind] for _, kind in seed_sentences()]
        targets = np.eye(_TYPES)[[*labels, *seeds]]
        sizes = np.array([1.0] * len(labels) + [_SEED_WEIGHT if labels else 1.0] * len(seeds))

        def fitted(name: str, seed_rows: Array, penalty: float) -> SoftmaxRegression:
            rows = [getattr(view, name)[places] for view, places in zip(views, known, strict=True)]
            inputs = np.concatenate([*rows, seed_rows])
            return SoftmaxRegression.fit(inputs, targets, penalty=penalty, sample_weights=sizes)

        places = [float(view.positions[i]) for view, rows in zip(views, known, strict=True) for i in rows]
        return cls(
            words=fitted("vectors", embed(texts), 0.0005),
            cues=fitted("cues", surface_matrix(texts), 0.003),
            position=_places(places, labels),
            chain=Chain.fit(episodes),
            discourse=discourse or shipped_discourse(),
        )

    def votes(self, view: EpisodeView) -> dict[str, Array]:
        """Log-probabilities (n×k) of every expert."""
        return {
            "words": self.words.log_probabilities(view.vectors),
            "cues": self.cues.log_probabilities(view.cues),
            "position": self.position[:, np.minimum((view.positions * _BINS).astype(int), _BINS - 1)].T,
            "discourse": self.discourse.log_probabilities(view),
        }

    def posterior(self, view: EpisodeView, weights: Mapping[str, float] = WEIGHTS) -> Array:
        """p(type of a sentence | the episode), n×k."""
        scores: Array = sum(
            (weights[name] * vote for name, vote in self.votes(view).items()), np.zeros((len(view), _TYPES))
        )
        return self.chain.posterior(scores, view.begins, view.ends)

    def dump(self) -> dict[str, Any]:
        """The fitted numbers as JSON."""
        return {
            "words": self.words.dump(),
            "cues": self.cues.dump(),
            "position": self.position.tolist(),
            "chain": self.chain.dump(),
            "discourse": self.discourse.dump(),
        }

    @classmethod
    def load(cls, state: dict[str, Any]) -> Experts:
        """What `dump` wrote."""
        return cls(
            words=SoftmaxRegression.load(state["words"]),
            cues=SoftmaxRegression.load(state["cues"]),
            position=np.asarray(state["position"], float),
            chain=Chain.load(state["chain"]),
            discourse=Discourse.load(state["discourse"]),
        )


def _places(positions: Sequence[float], labels: Sequence[int]) -> Array:
    middles = (np.arange(_BINS) + 0.5) / _BINS
    density = np.zeros((_TYPES, _BINS))
    for index, kind in enumerate(SEGMENT_TYPES):
        mean, width = kind.row.place
        bell = np.exp(-0.5 * ((middles - mean) / width) ** 2) + 1e-3
        density[index] = _PLACE_WEIGHT * bell / bell.sum()
    for position, label in zip(positions, labels, strict=True):
        bell = np.exp(-0.5 * ((middles - position) / 0.05) ** 2)
        density[label] += bell / bell.sum()
    # Sentences of a type spread over the bins, each type weighing the same: p(bin | type), then over types.
    density /= density.sum(axis=1, keepdims=True)
    density = density + 0.004
    return np.round(log_softmax(np.log(density).T).T, 6)


ZONES: Final = ("background", "objective", "method", "result", "other")
"""Argumentative zones of the sentences of an abstract (Cohan et al. 2019, CSAbstruct)."""
_SPAN: Final = 20.0
"""Seconds to each side that say what a sentence belongs to; hosts keep to one thing for about 40."""
_LEAST: Final = 0.3
"""Seconds that a sentence counts at least: an "Okay" has hardly any length."""


@dataclass(frozen=True)
class Discourse:
    """Two regressions: from sentences to zones, and from marks to segment types."""

    zones: SoftmaxRegression
    types: SoftmaxRegression
    kinds: tuple[SegmentType, ...]
    """The types among which `types` tells: those that its corpora hold."""
    trained_on: tuple[str, ...]
    """The corpora whose labels it has seen."""

    def log_probabilities(self, view: EpisodeView) -> Array:
        """Log-probabilities of the segment types, n×11; of a type that it has never seen it has no opinion."""
        share = len(self.kinds) / len(SEGMENT_TYPES)
        opinions = np.full((len(view), len(SEGMENT_TYPES)), -np.log(len(SEGMENT_TYPES)))
        told = self.types.log_probabilities(discourse_marks(view, self.zones))
        opinions[:, [TYPE_INDEX[kind] for kind in self.kinds]] = told + np.log(share)
        return opinions

    def dump(self) -> dict[str, Any]:
        """The coefficients as JSON."""
        return {
            "trained_on": list(self.trained_on),
            "kinds": [kind.value for kind in self.kinds],
            "zones": self.zones.dump(),
            "types": self.types.dump(),
        }

    @classmethod
    def load(cls, state: dict[str, Any]) -> Discourse:
        """What `dump` wrote."""
        return cls(
            SoftmaxRegression.load(state["zones"]),
            SoftmaxRegression.load(state["types"]),
            tuple(map(SegmentType, state["kinds"])),
            tuple(state["trained_on"]),
        )


@lru_cache(maxsize=1)
def shipped_discourse() -> Discourse:
    """The coefficients that come with the package."""
    text = resources.files("podcast_dspy.analysis").joinpath("discourse.json").read_text(encoding="utf-8")
    return Discourse.load(json.loads(text))


def discourse_marks(view: EpisodeView, zones: SoftmaxRegression) -> Array:
    """Zones and parts of the paper, of each sentence and around it, and the turns; NaN where nothing is known."""
    zone = np.maximum(zones.log_probabilities(view.vectors), -5.0) / 2.0
    parts = 3.0 * (view.parts - view.parts.mean(axis=1, keepdims=True))
    if not view.parts.any():
        parts = np.full_like(parts, np.nan)
    near = _nearness(view)
    return np.concatenate([zone, near @ zone, parts, near @ parts, view.turns], axis=1)


def _nearness(view: EpisodeView) -> Array:
    """How much each sentence counts for each other one, n×n: near ones more, long ones more; rows sum to 1."""
    distance = (view.middles[:, None] - view.middles[None, :]) / _SPAN
    weights = np.exp(-0.5 * distance**2) * np.maximum(view.durations, _LEAST)[None, :]
    nearness: Array = weights / weights.sum(axis=1, keepdims=True)
    return nearness
