"""SegmentClassifier: what each sentence of an episode is doing, by experts fitted on labelled sentences.

It asks no LM: the embedded one named a sentence's type right in one case of twenty. What is compiled is a DSPy
parameter, saved as plain JSON. A capable LM reads whole transcripts instead (`analyst`).

The experts (words, cues, position, discourse) give log-probabilities (n×k), pooled log-linearly, with one weight each,
and smoothed by the chain. What else was tried and tells no episode apart that it has not seen: nearest neighbours, the
parts of the paper by labels of one's own, pauses, turns as boundaries.

Discourse is what stretches of talk do with their paper, told by marks that belong to no show: which argumentative zone
of an abstract a sentence would stand in, which part of the paper it and the talk around it are closest to, what cues
they hold, and who asks and who answers. The coefficients in `discourse.json` were fitted on other people's labels,
which the file names (`fit_discourse.py`).
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib import resources
from typing import Any, Final

import dspy
import numpy as np
from dspy.predict.parameter import Parameter
from numpy.typing import NDArray

from podcast_dspy.analysis.episode_view import (
    EpisodeView,
    Fitted,
    Numbers,
    SoftmaxRegression,
    embed,
    log_softmax,
    look_at,
    nearness,
    surface_matrix,
)
from podcast_dspy.analysis.segmentation import TYPE_INDEX, Chain, LabelledEpisode, seed_sentences
from podcast_dspy.audio.transcript import TranscriptSegment
from podcast_dspy.documents.graph import DocumentGraph
from podcast_dspy.errors import ProfileError
from podcast_dspy.signatures.types import SEGMENT_TYPES, SegmentType

_DISCOURSE: Final = (1.5, 1.0, 0.5)
"""Weights of what is known of other shows that compiling tries. Never 0: labels of one show cannot tell what carries
over to another."""
_OBJECTIVE: Final = "cross_validated_objective"


class SegmentStatistics(Parameter):  # type: ignore[misc]
    """The experts fitted on labelled sentences, and the weights that cross-validation chose.

    Empty until compiled. A parameter of its own, so that the state travels with every program that holds the
    classifier; it keeps no reference to an LM.
    """

    def __init__(self) -> None:
        self.experts: Experts | None = None
        self.weights: dict[str, float] = dict(WEIGHTS)
        self.report: dict[str, float] = {}
        """What cross-validation measured on the training episodes: accuracy, log-likelihood."""

    def reset(self) -> None:
        """Forget everything learned."""
        self.__init__()  # type: ignore[misc]

    def dump_state(self, json_mode: bool = True) -> dict[str, Any]:
        """Plain JSON, whatever `json_mode` says."""
        return {
            "experts": self.experts.dump() if self.experts else None,
            "weights": self.weights,
            "report": self.report,
        }

    def load_state(self, state: dict[str, Any]) -> SegmentStatistics:
        """What `dump_state` wrote; earlier versions say more. Raises ProfileError when it is something else."""
        try:
            weights = {name: float(state["weights"].get(name, usual)) for name, usual in WEIGHTS.items()}
            report = {str(name): float(value) for name, value in state["report"].items()}
            experts = Experts.load(state["experts"]) if state["experts"] is not None else None
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise ProfileError(
                f"the segment classifier's state is damaged or of another version of podcast-dspy ({error!r:.80}); "
                "compile the profile again"
            ) from error
        if not all(math.isfinite(value) for value in weights.values()):
            raise ProfileError("the segment classifier's weights are not finite; compile the profile again")
        self.experts, self.weights, self.report = experts, weights, report
        return self


class SegmentClassifier(dspy.Module):  # type: ignore[misc]
    """Types for the sentences of a whole episode; until it is compiled, by the hand-written seed bank."""

    def __init__(self) -> None:
        super().__init__()
        self.statistics = SegmentStatistics()

    def forward(self, episode: Sequence[TranscriptSegment], graph: DocumentGraph | None) -> dspy.Prediction:
        """As `classify`, in DSPy's form: `types` and `probabilities`, one for each sentence."""
        result = self.classify(episode, graph)
        return dspy.Prediction(
            types=[kind.value for kind, _ in result], probabilities=[probability for _, probability in result]
        )

    def classify(
        self, episode: Sequence[TranscriptSegment], graph: DocumentGraph | None
    ) -> list[(tuple[SegmentType, float])]:
        """Type and probability (0-1) of every sentence, in order."""
        if not episode:
            return []
        experts = self.statistics.experts or Experts.fit()
        chances = experts.posterior(look_at(episode, graph), self.statistics.weights)
        return [(SEGMENT_TYPES[int(row.argmax())], float(row.max())) for row in chances]


def compile_classifier(
    labelled: Sequence[LabelledEpisode], *, discourse: Discourse | None = None
) -> SegmentClassifier:
    """Compile on the seed bank and labelled episodes; without any label, on the seed bank alone.

    Whether labels are used at all, and what is known of other shows counts beside them, is decided by leaving one
    training episode out at a time: few labels of talk on few topics teach the topics. One episode alone leaves nothing
    to validate on, so it is used as it is. `discourse` stands in for the coefficients that come with the package, to
    measure on episodes that those have seen.
    """
    episodes = [episode for episode in labelled if any(label is not None for label in episode.labels)]
    classifier = SegmentClassifier()
    found = classifier.statistics
    views = [look_at(episode.sentences, episode.graph) for episode in episodes]
    if len(episodes) > 1:
        seeds = Experts.fit(discourse=discourse)
        left_out = [
            Experts.fit(
                [*episodes[:i], *episodes[i + 1 :]], views=[*views[:i], *views[i + 1 :]], discourse=discourse
            )
            for i in range(len(episodes))
        ]

        def measured(experts: Sequence[Experts], weights: Mapping[str, float]) -> dict[str, float]:
            chances = [one.posterior(view, weights) for one, view in zip(experts, views, strict=True)]
            return _measure(chances, episodes)

        unlabelled = [seeds] * len(episodes)
        used, weights, report = False, dict(WEIGHTS), measured(unlabelled, WEIGHTS)
        for weight in _DISCOURSE:
            tried = {**WEIGHTS, "discourse": weight}
            with_labels = measured(left_out, tried)
            # At the same weights: else labels would be credited with what another weight of discourse does.
            least = max(report[_OBJECTIVE], measured(unlabelled, tried)[_OBJECTIVE])
            if with_labels[_OBJECTIVE] > least:
                used, weights, report = True, tried, with_labels
        found.weights = weights
        found.report = {**report, "episodes": float(len(episodes)), "labels_used": float(used)}
        if not used:
            episodes, views = [], []
    found.experts = Experts.fit(episodes, views=views, discourse=discourse)
    return classifier


def _measure(chances: Sequence[Any], episodes: Sequence[LabelledEpisode]) -> dict[str, float]:
    """Mean log-probability of the true types, accuracy, and what compiling goes by, over all labelled sentences."""
    rows = [
        (row, TYPE_INDEX[label])
        for posterior, episode in zip(chances, episodes, strict=True)
        for row, label in zip(posterior, episode.labels, strict=True)
        if label is not None
    ]
    accuracy = float(np.mean([row.argmax() == label for row, label in rows]))
    likelihood = float(np.mean([np.log(max(row[label], 1e-4)) for row, label in rows]))
    return {
        "cross_validated_accuracy": accuracy,
        "cross_validated_log_likelihood": likelihood,
        _OBJECTIVE: accuracy + 0.5 * likelihood,
        "sentences": float(len(rows)),
    }


Array = NDArray[np.float64]
WEIGHTS: Final[Mapping[str, float]] = {"words": 1.0, "cues": 0.7, "position": 0.6, "discourse": 1.5}

_TYPES: Final = len(SEGMENT_TYPES)
_BINS: Final = 20
_SEED_WEIGHT: Final = 2.0
"""What a seed sentence counts against one of a labelled episode: it says more about a type, less about a topic."""
_PLACE_WEIGHT: Final = 8.0
"""Sentences that the usual place of a type counts for."""


ZONES: Final = ("background", "objective", "method", "result", "other")
"""Argumentative zones of the sentences of an abstract (Cohan et al. 2019, CSAbstruct)."""


class Discourse(Fitted):
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
        # Profiles compiled by an earlier version know the first marks alone; those that came later stand behind them.
        marks = discourse_marks(view, self.zones)[:, : len(self.types.mean)]
        by_marks = self.types.log_probabilities(marks)
        opinions[:, [TYPE_INDEX[kind] for kind in self.kinds]] = by_marks + np.log(share)
        return opinions


class Experts(Fitted):
    """Everything fitted on labelled sentences."""

    words: SoftmaxRegression
    cues: SoftmaxRegression
    position: Numbers
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


@lru_cache(maxsize=1)
def shipped_discourse() -> Discourse:
    """The coefficients that come with the package."""
    text = resources.files("podcast_dspy.analysis").joinpath("discourse.json").read_text(encoding="utf-8")
    return Discourse.load(json.loads(text))


def discourse_marks(view: EpisodeView, zones: SoftmaxRegression) -> Array:
    """Zones, parts of the paper and cues, of each sentence and around it, and the turns, n×87; NaN where unknown."""
    zone = np.maximum(zones.log_probabilities(view.vectors), -5.0) / 2.0
    parts, around = (
        3.0 * (rows - rows.mean(axis=1, keepdims=True)) for rows in (view.parts, view.parts_around)
    )
    if not view.parts.any():
        parts, around = np.full_like(parts, np.nan), np.full_like(around, np.nan)
    near = nearness(view.middles, view.durations)
    cues = view.cues
    return np.concatenate(
        [zone, near @ zone, parts, near @ parts, view.turns, cues, near @ cues, around], axis=1
    )
