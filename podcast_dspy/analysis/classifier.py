"""SegmentClassifier: what each sentence of an episode is doing, by experts fitted on labelled sentences.

It asks no LM: the embedded one named a sentence's type right in one case of twenty. What is compiled is a DSPy
parameter, saved as plain JSON. A capable LM reads whole transcripts instead (`analyst`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

import dspy
import numpy as np
from dspy.predict.parameter import Parameter

from podcast_dspy.analysis.episode_view import look_at
from podcast_dspy.analysis.experts import WEIGHTS, Discourse, Experts
from podcast_dspy.analysis.segmentation import TYPE_INDEX, LabelledEpisode
from podcast_dspy.audio.transcript import TranscriptSegment
from podcast_dspy.documents.graph import DocumentGraph
from podcast_dspy.errors import ProfileError
from podcast_dspy.signatures.types import SEGMENT_TYPES, SegmentType

__all__ = ["SegmentClassifier", "SegmentStatistics", "compile_classifier"]

_DISCOURSE: Final = (1.0, 0.6, 0.3)
"""Weights of what is known of other shows that compiling tries. Never 0: labels of one show cannot tell what carries
over to another."""


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
        choices: list[tuple[Sequence[Experts], Mapping[str, float]]] = [
            ([seeds] * len(episodes), WEIGHTS),
            *((left_out, {**WEIGHTS, "discourse": weight}) for weight in _DISCOURSE),
        ]
        measured = [
            _measure(
                [one.posterior(view, weights) for one, view in zip(experts, views, strict=True)], episodes
            )
            for experts, weights in choices
        ]
        best = max(range(len(choices)), key=lambda place: measured[place]["cross_validated_objective"])
        used, weights = choices[best][0] is left_out, choices[best][1]
        found.weights = dict(weights)
        found.report = {**measured[best], "episodes": float(len(episodes)), "labels_used": float(used)}
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
        "cross_validated_objective": accuracy + 0.5 * likelihood,
        "sentences": float(len(rows)),
    }
