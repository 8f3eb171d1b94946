"""Compile a segment classifier: choose pooling weights by leave-one-episode-out, then fit on everything."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from podcast_dspy.analysis.chain import TYPE_INDEX, Chain
from podcast_dspy.analysis.classifier import SegmentClassifier
from podcast_dspy.analysis.discourse import Discourse
from podcast_dspy.analysis.episode_view import EpisodeView, Timing, look_at
from podcast_dspy.analysis.experts import DEFAULT_WEIGHTS, EXPERTS, Experts, common_axes, pool
from podcast_dspy.analysis.segmentation import LabelledEpisode

__all__ = ["compile_classifier"]

Array = NDArray[np.float64]

_STEPS: Final = (0.0, 0.15, 0.3, 0.5, 0.7, 1.0, 1.4)
_DISCOURSE_STEPS: Final = (0.3, 0.5, 0.7, 1.0, 1.4)
"""Never 0: labels of one show cannot tell what carries over to another."""
_CHAIN_STEPS: Final = (0.5, 0.75, 1.0, 1.3, 1.7)
_PAUSE_STEPS: Final = (0.0, 0.2, 0.4, 0.7, 1.0, 1.4)
_ROUNDS: Final = 3
_PULL: Final = 0.05
"""Cost of moving a weight away from its default: with few episodes, small gains are noise."""


@dataclass
class _Trial:
    """One held-out training episode with the opinions of experts that never saw it."""

    votes: dict[str, Array]
    timing: Timing
    targets: NDArray[np.intp]
    known: NDArray[np.intp]
    chain: Chain


def compile_classifier(
    labelled: Sequence[LabelledEpisode],
    *,
    discourse: Discourse | None = None,
) -> SegmentClassifier:
    """Compile on labelled episodes; without any label, on the hand-written seed bank and other shows' discourse alone.

    Whether labels are used at all, whether the seed bank is added to them, and how much each expert counts, is
    decided by leaving one training episode out at a time; one episode alone leaves nothing to validate on, so the
    defaults stand.
    `discourse` stands in for the coefficients that come with the package, to measure on episodes that those have seen.
    """
    episodes = [episode for episode in labelled if any(label is not None for label in episode.labels)]
    classifier = SegmentClassifier()
    if len(episodes) < 2:
        classifier.statistics.fit(episodes, seeds=True, discourse=discourse)
        return classifier
    views = [look_at(episode.sentences, episode.graph) for episode in episodes]
    axes = common_axes(views)
    searched = [_searched(episodes, views, axes, discourse, seeds=seeds) for seeds in (True, False)]
    with_seeds, without = searched
    # The seed bank stays unless the labels alone are clearly better.
    score, seeds, weights, trials = without if without[0] > with_seeds[0] + _PULL else with_seeds
    learned = episodes
    unlabelled = _unlabelled(episodes, views, discourse)
    if _measure(unlabelled, DEFAULT_WEIGHTS)[1] > _measure(trials, weights)[1]:
        # Few labels of talk on few topics teach the topics: what knows none of them types unseen episodes better.
        learned, seeds, weights, trials = [], True, dict(DEFAULT_WEIGHTS), unlabelled
        score = _objective(trials, weights)
    classifier.statistics.fit(learned, seeds=seeds, weights=weights, discourse=discourse)
    likelihood, accuracy = _measure(trials, weights)
    classifier.statistics.report = {
        "cross_validated_accuracy": accuracy,
        "cross_validated_log_likelihood": likelihood,
        "cross_validated_objective": score,
        "episodes": float(len(episodes)),
        "sentences": float(sum(len(trial.known) for trial in trials)),
        "seed_bank": float(seeds),
        "labels_used": float(bool(learned)),
    }
    return classifier


def _searched(
    episodes: Sequence[LabelledEpisode],
    views: Sequence[EpisodeView],
    axes: Array,
    discourse: Discourse | None,
    *,
    seeds: bool,
) -> tuple[float, bool, dict[str, float], list[_Trial]]:
    """Score, choice and weights of the best pooling with or without the seed bank."""
    trials = [
        _hold_out(episodes, views, axes, discourse, index, seeds=seeds) for index in range(len(episodes))
    ]
    weights, score = _search(trials)
    return score, seeds, weights, trials


def _hold_out(
    episodes: Sequence[LabelledEpisode],
    views: Sequence[EpisodeView],
    axes: Array,
    discourse: Discourse | None,
    index: int,
    *,
    seeds: bool,
) -> _Trial:
    others = [i for i in range(len(episodes)) if i != index]
    experts = Experts.fit(
        [episodes[i] for i in others],
        seeds=seeds,
        views=[views[i] for i in others],
        axes=axes,
        discourse=discourse,
    )
    return _trial(experts, episodes[index], views[index])


def _unlabelled(
    episodes: Sequence[LabelledEpisode], views: Sequence[EpisodeView], discourse: Discourse | None
) -> list[_Trial]:
    """The episodes as judged by experts that saw no label of any of them."""
    experts = Experts.fit([], seeds=True, discourse=discourse)
    return [_trial(experts, episode, view) for episode, view in zip(episodes, views, strict=True)]


def _trial(experts: Experts, episode: LabelledEpisode, view: EpisodeView) -> _Trial:
    labels = episode.labels
    known = [i for i, label in enumerate(labels) if label is not None]
    return _Trial(
        votes=experts.votes(view),
        timing=view.timing,
        targets=np.array([TYPE_INDEX[label] for label in labels if label is not None], dtype=np.intp),
        known=np.array(known, dtype=np.intp),
        chain=experts.chain,
    )


def _measure(trials: Sequence[_Trial], weights: Mapping[str, float]) -> tuple[float, float]:
    """Mean log-probability of the true types, and accuracy of the best path, over all held-out sentences."""
    likelihood: list[float] = []
    hits: list[bool] = []
    for trial in trials:
        path, posterior = pool(trial.chain, trial.votes, trial.timing, weights)
        chances = posterior[trial.known, trial.targets]
        likelihood.extend(np.log(np.maximum(chances, 1e-4)).tolist())
        hits.extend((np.array(path)[trial.known] == trial.targets).tolist())
    return float(np.mean(likelihood)), float(np.mean(hits))


def _objective(trials: Sequence[_Trial], weights: Mapping[str, float]) -> float:
    likelihood, accuracy = _measure(trials, weights)
    moved = sum(abs(weights[name] - DEFAULT_WEIGHTS[name]) for name in DEFAULT_WEIGHTS)
    return accuracy + 0.5 * likelihood - _PULL * moved


def _search(trials: Sequence[_Trial]) -> tuple[dict[str, float], float]:
    """Coordinate ascent over the weights, from the defaults."""
    weights = dict(DEFAULT_WEIGHTS)
    score = _objective(trials, weights)
    grids: dict[str, tuple[float, ...]] = dict.fromkeys(EXPERTS, _STEPS)
    grids |= {"discourse": _DISCOURSE_STEPS, "chain": _CHAIN_STEPS, "pause": _PAUSE_STEPS}
    for _ in range(_ROUNDS):
        before = score
        for name, steps in grids.items():
            for value in steps:
                candidate = {**weights, name: value}
                result = _objective(trials, candidate)
                if result > score + 1e-9:
                    weights, score = candidate, result
        if score - before < 1e-4:
            break
    return weights, score
