"""Experts: independent opinions on each sentence's type, and their pooling along the episode.

Every expert gives log-probabilities (n×11). They are pooled log-linearly, with one weight each, and smoothed by
the chain; the weights are what cross-validation chooses.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from podcast_dspy.analysis.chain import TYPE_INDEX, Chain
from podcast_dspy.analysis.discourse import Discourse, shipped_discourse
from podcast_dspy.analysis.episode_view import EpisodeView, Timing, embed, look_at, surface_matrix
from podcast_dspy.analysis.regression import SoftmaxRegression, centred_rows, log_softmax, principal_axes
from podcast_dspy.analysis.segmentation import LabelledEpisode, seed_sentences
from podcast_dspy.signatures.types import SEGMENT_TYPES, SegmentType

__all__ = ["DEFAULT_WEIGHTS", "EXPERTS", "Experts", "common_axes", "pool"]

Array = NDArray[np.float64]
ExpertName = Literal["words", "neighbours", "cues", "parts", "position", "discourse"]
EXPERTS: Final[tuple[ExpertName, ...]] = get_args(ExpertName)
DEFAULT_WEIGHTS: Final[Mapping[str, float]] = {
    "words": 0.5,
    "neighbours": 0.3,
    "cues": 0.7,
    "parts": 0.2,
    "position": 0.6,
    "discourse": 1.0,
    "chain": 1.0,
    "pause": 0.3,
}
"""Weights before any cross-validation: moderate ones, since the experts agree with one another."""

_TYPES: Final = len(SEGMENT_TYPES)
_BINS: Final = 20
_SHARPNESS: Final = 14.0
"""Inverse temperature of the neighbours' cosine similarities (centred e5 vectors)."""
_SEED_WEIGHT: Final = 2.0
"""What a seed sentence counts against one of a labelled episode: it says more about a type, less about a topic."""

_PLACE_WEIGHT: Final = 8.0
"""Sentences that the usual place of a type counts for."""


@dataclass
class Experts:
    """Everything fitted on labelled sentences. `None` where there was nothing to fit on."""

    words: SoftmaxRegression
    cues: SoftmaxRegression
    parts: SoftmaxRegression | None
    position: Array
    """11×20 log-probabilities of a type in each twentieth of the episode."""
    chain: Chain
    bank: Array
    """Vectors of the labelled sentences, m×384 (recomputed on load)."""
    bank_types: NDArray[np.intp]
    discourse: Discourse
    """Fitted elsewhere, on the labels of other shows."""

    @classmethod
    def fit(
        cls,
        episodes: Sequence[LabelledEpisode],
        *,
        seeds: bool,
        views: Sequence[EpisodeView] | None = None,
        axes: Array | None = None,
        discourse: Discourse | None = None,
    ) -> Experts:
        """Fit on labelled episodes, on the seed bank (always when there are none), or on both.

        `views` spares looking at the episodes again, `axes` (384×r) finding the main axes of their vectors.
        `discourse` stands in for the coefficients that come with the package.
        """
        views = views or [look_at(episode.sentences, episode.graph) for episode in episodes]
        known = [[i for i, label in enumerate(episode.labels) if label is not None] for episode in episodes]
        labels = [TYPE_INDEX[label] for episode in episodes for label in episode.labels if label is not None]
        use_seeds = seeds or not labels
        bank = seed_sentences() if use_seeds else ()
        texts = [text for text, _ in bank]
        seed_labels = [TYPE_INDEX[kind] for _, kind in bank]
        sizes = np.array([1.0] * len(labels) + [_SEED_WEIGHT if labels else 1.0] * len(seed_labels))
        vectors = _rows(views, known, "vectors", embed(texts))
        targets = _one_hot([*labels, *seed_labels])
        own = _one_hot(labels)
        parts = None
        if labels:
            parts = SoftmaxRegression.fit(_rows(views, known, "parts"), own, penalty=0.01)
        return cls(
            words=SoftmaxRegression.fit(vectors, targets, penalty=0.0005, sample_weights=sizes, axes=axes),
            cues=SoftmaxRegression.fit(
                _rows(views, known, "cues", surface_matrix(texts)),
                targets,
                penalty=0.003,
                sample_weights=sizes,
            ),
            parts=parts,
            position=_places(
                [float(view.positions[i]) for view, rows in zip(views, known, strict=True) for i in rows],
                labels,
            ),
            chain=Chain.fit(
                [episode.labels for episode in episodes], [view.durations.tolist() for view in views]
            ),
            bank=vectors,
            bank_types=np.array([*labels, *seed_labels], dtype=np.intp),
            discourse=discourse or shipped_discourse(),
        )

    def votes(self, view: EpisodeView) -> dict[str, Array]:
        """Log-probabilities (n×11) of every expert that can judge this episode."""
        votes = {
            "words": self.words.log_probabilities(view.vectors),
            "neighbours": self._neighbours(view.vectors),
            "cues": self.cues.log_probabilities(view.cues),
            "position": self.position[:, np.minimum((view.positions * _BINS).astype(int), _BINS - 1)].T,
            "discourse": self.discourse.log_probabilities(view),
        }
        if self.parts is not None and bool(view.parts.any()):
            votes["parts"] = self.parts.log_probabilities(view.parts)
        return votes

    def _neighbours(self, vectors: Array, count: int = 12) -> Array:
        centre = self.bank.mean(axis=0)
        similarity = centred_rows(vectors, centre) @ centred_rows(self.bank, centre).T
        votes = np.full((len(vectors), _TYPES), 0.02)
        for row, values in enumerate(similarity):
            nearest = np.argsort(-values)[:count]
            strength = np.exp(_SHARPNESS * (values[nearest] - values[nearest[0]]))
            np.add.at(votes[row], self.bank_types[nearest], strength)
        result: Array = np.log(votes / votes.sum(axis=1, keepdims=True))
        return result

    def dump(self) -> dict[str, Any]:
        """The fitted numbers as JSON, without the vectors of the bank."""
        return {
            "words": self.words.dump(),
            "cues": self.cues.dump(),
            "parts": self.parts.dump() if self.parts else None,
            "position": self.position.tolist(),
            "chain": self.chain.dump(),
            "discourse": self.discourse.dump(),
        }

    @classmethod
    def load(cls, state: dict[str, Any], texts: Sequence[str], types: Sequence[SegmentType]) -> Experts:
        """What `dump` wrote, with the bank's vectors embedded again from its sentences."""
        return cls(
            words=SoftmaxRegression.load(state["words"]),
            cues=SoftmaxRegression.load(state["cues"]),
            parts=SoftmaxRegression.load(state["parts"]) if state["parts"] else None,
            position=np.asarray(state["position"], float),
            chain=Chain.load(state["chain"]),
            bank=embed(texts),
            bank_types=np.array([TYPE_INDEX[kind] for kind in types], dtype=np.intp),
            discourse=Discourse.load(state["discourse"]),
        )


def common_axes(views: Sequence[EpisodeView]) -> Array:
    """Main axes (384×r) of the sentences of several episodes and the seed bank; labels play no part."""
    return principal_axes(
        np.concatenate([*(view.vectors for view in views), embed([t for t, _ in seed_sentences()])])
    )


def pool(
    chain: Chain, votes: Mapping[str, Array], timing: Timing, weights: Mapping[str, float]
) -> tuple[list[int], Array]:
    """Pool votes with their weights; gives the best path of type indices and the posterior (n×11)."""
    n = len(next(iter(votes.values())))
    scores = np.zeros((n, _TYPES))
    for name, vote in votes.items():
        scores += weights.get(name, 0.0) * vote
    chain_weight, pause_weight = weights.get("chain", 1.0), weights.get("pause", 0.0)
    return chain.decode(scores, timing, weight=chain_weight, pause_weight=pause_weight)


def _rows(
    views: Sequence[EpisodeView], known: Sequence[Sequence[int]], name: str, extra: Array | None = None
) -> Array:
    parts = [getattr(view, name)[list(rows)] for view, rows in zip(views, known, strict=True)]
    if extra is not None and len(extra):
        parts.append(extra)
    result: Array = np.concatenate(parts) if parts else np.zeros((0, 0))
    return result


def _one_hot(labels: Sequence[int]) -> Array:
    targets = np.zeros((len(labels), _TYPES))
    targets[np.arange(len(labels)), list(labels)] = 1.0
    return targets


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
