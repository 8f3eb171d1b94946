"""Training of the segment classifier: compiled once on labelled training pairs, measured where it has not looked."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cached_property

from pydantic import BaseModel, ConfigDict

from podcast_dspy.analysis import LabelledEpisode, SegmentClassifier, compile_classifier, labelled_episode
from podcast_dspy.analysis.analyst import Analyst, EpisodeReading, windows
from podcast_dspy.lms import is_capable, use
from podcast_dspy.pairs.pair import TrainingPair
from podcast_dspy.signatures.types import SegmentType
from podcast_dspy.store import Tree


class _Accuracy(BaseModel):
    model_config = ConfigDict(frozen=True, ser_json_inf_nan="strings")

    schema_version: int = 1
    accuracy: float
    sentences: int


class ClassifierTraining:
    """The classifier of one training run.

    It learns from the labels that people gave the training pairs (or from the built-in examples when there are none)
    and is frozen then. Accuracy is the share of labelled sentences that get the right type: on the held-out pair if
    it is labelled, else on each labelled training pair with a classifier that has not seen it.
    """

    def __init__(
        self,
        tree: Tree,
        training: Sequence[TrainingPair],
        held_out: Sequence[TrainingPair],
        lm: str,
        fingerprint: str,
    ) -> None:
        self._tree = tree
        self._lm = lm
        self._fingerprint = fingerprint
        self._training = _episodes(training)
        self._held_out = _episodes(held_out)

    @cached_property
    def compiled(self) -> SegmentClassifier:
        """The classifier compiled on all labelled training pairs."""
        return compile_classifier(self._training)

    @property
    def calls(self) -> int:
        """Requests to a capable LM that one measuring takes: a window of a transcript each."""
        return sum(len(windows(episode.sentences)) for episode, _ in self._tests())

    def prompt(self, compiled: bool) -> str:
        """The analyst's prompt as text; with a small LM, which reads none, what the classifier was compiled on."""
        if is_capable(self._lm):
            return f"{Analyst().read.signature.instructions}\n"
        names = ", ".join(episode.episode_id for episode in self._training if compiled)
        learned = f"the labels of {names}" if names else "the built-in examples"
        return f"No LM is asked: experts compiled on {learned}.\n"

    def accuracy(self, *, compiled: bool) -> float:
        """Accuracy (0-1) of the classifier before and after it is compiled; NaN when no pair is labelled. Stored."""
        which = "analyst" if is_capable(self._lm) else "compiled" if compiled else "baseline"
        return self._tree.stage(
            {
                "dataset": self._fingerprint,
                "lm": self._lm,
                "held_out": [e.episode_id for e in self._held_out],
            },
            lambda: self._measure(compiled),
            _Accuracy,
            self._tree.path("convergence", f"classifier_{which}.json"),
            code=("podcast_dspy.analysis", "podcast_dspy.signatures"),
        ).accuracy

    def _measure(self, compiled: bool) -> _Accuracy:
        right = total = 0
        for episode, others in self._tests():
            for found, label in zip(self._types(episode, others, compiled), episode.labels, strict=True):
                if label is not None:
                    right += found is label
                    total += 1
        return _Accuracy(accuracy=right / total if total else math.nan, sentences=total)

    def _types(
        self, episode: LabelledEpisode, others: Sequence[LabelledEpisode], compiled: bool
    ) -> list[SegmentType]:
        if is_capable(self._lm):
            with use(self._lm, purpose="analyst"):
                reading: EpisodeReading = Analyst()(episode.sentences, episode.graph)
            return reading.types
        if not compiled:
            classifier = SegmentClassifier()
        else:
            classifier = self.compiled if self._held_out else compile_classifier(others)
        return [kind for kind, _ in classifier.classify(episode.sentences, episode.graph)]

    def _tests(self) -> list[tuple[LabelledEpisode, list[LabelledEpisode]]]:
        if self._held_out:
            return [(episode, self._training) for episode in self._held_out]
        return [
            (episode, [other for other in self._training if other is not episode])
            for episode in self._training
        ]


def _episodes(pairs: Sequence[TrainingPair]) -> list[LabelledEpisode]:
    return [
        labelled_episode(pair.pair_id, pair.transcription.segments, pair.document_graph, pair.labels)
        for pair in pairs
        if pair.labels
    ]
