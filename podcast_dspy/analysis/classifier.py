"""SegmentClassifier: what each sentence of an episode is doing, for small LMs: experts fitted on labelled sentences.

Uncompiled it asks the LM once a sentence. Compiled it pools the experts' opinions and asks no LM. What is compiled is a
DSPy parameter, saved as plain JSON. A capable LM reads whole transcripts instead (`analyst`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Final

import dspy
import numpy as np
from dspy.predict.parameter import Parameter
from dspy.utils.exceptions import LMError
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, ValidationError

from podcast_dspy.analysis.discourse import Discourse
from podcast_dspy.analysis.episode_view import look_at
from podcast_dspy.analysis.experts import DEFAULT_WEIGHTS, Experts, pool
from podcast_dspy.analysis.segmentation import LabelledEpisode, seed_sentences
from podcast_dspy.audio.transcript import TranscriptSegment
from podcast_dspy.documents.graph import DocumentGraph
from podcast_dspy.errors import InputError, ModelError, PodcastError, ProfileError, UnusableAnswerError
from podcast_dspy.signatures.analysing import ClassifySegment
from podcast_dspy.signatures.types import SEGMENT_TYPES, SegmentType, parse_type

__all__ = ["Exemplar", "SegmentClassifier", "SegmentStatistics"]

Array = NDArray[np.float64]
_LIMIT: Final = 50_000
"""Exemplars that a loaded state may hold; far above any honest training set."""


class Exemplar(BaseModel):
    """A labelled sentence that others are compared with."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    """Profiles of earlier versions say more of it."""

    segment: str
    segment_type: SegmentType


class SegmentStatistics(Parameter):  # type: ignore[misc]
    """Labelled sentences, the experts fitted on them, and the weights that cross-validation chose.

    Empty until compiled. A parameter of its own, so that the state travels with every program that holds the
    classifier; it keeps no reference to an LM.
    """

    def __init__(self) -> None:
        self.exemplars: tuple[Exemplar, ...] = ()
        self.experts: Experts | None = None
        self.weights: dict[str, float] = dict(DEFAULT_WEIGHTS)
        self.report: dict[str, float] = {}
        """What cross-validation measured on the training episodes: accuracy, log-likelihood."""

    def reset(self) -> None:
        """Forget everything learned."""
        self.__init__()  # type: ignore[misc]

    def fit(
        self,
        episodes: Sequence[LabelledEpisode],
        *,
        seeds: bool,
        weights: Mapping[str, float] | None = None,
        discourse: Discourse | None = None,
    ) -> None:
        """Fit the experts on all of `episodes` (and the seed bank) with weights chosen before."""
        self.experts = Experts.fit(episodes, seeds=seeds, discourse=discourse)
        exemplars = [item for episode in episodes for item in _exemplars(episode)]
        if seeds or not exemplars:
            exemplars += [Exemplar(segment=text, segment_type=kind) for text, kind in seed_sentences()]
        self.exemplars = tuple(exemplars)
        self.weights = dict(weights or DEFAULT_WEIGHTS)

    def dump_state(self, json_mode: bool = True) -> dict[str, Any]:
        """Plain JSON, whatever `json_mode` says; vectors are left out and embedded again on load."""
        return {
            "exemplars": [item.model_dump(mode="json") for item in self.exemplars],
            "experts": self.experts.dump() if self.experts else None,
            "weights": self.weights,
            "report": self.report,
        }

    def load_state(self, state: dict[str, Any]) -> SegmentStatistics:
        """What `dump_state` wrote. Raises ProfileError when it is something else."""
        try:
            rows = state["exemplars"]
            if len(rows) > _LIMIT:
                raise ProfileError(
                    f"the classifier's state holds {len(rows)} exemplars; at most {_LIMIT} are read"
                )
            exemplars = tuple(Exemplar.model_validate(row) for row in rows)
            weights = {str(name): float(value) for name, value in state["weights"].items()}
            report = {str(name): float(value) for name, value in state["report"].items()}
            experts = None
            if state["experts"] is not None:
                experts = Experts.load(
                    state["experts"],
                    [item.segment for item in exemplars],
                    [item.segment_type for item in exemplars],
                )
        except (KeyError, TypeError, ValueError, AttributeError, ValidationError) as error:
            raise ProfileError(
                f"the segment classifier's state is damaged or of another version of podcast-dspy ({error!r:.80}); "
                "compile the profile again"
            ) from error
        if not all(math.isfinite(value) for value in weights.values()):
            raise ProfileError("the segment classifier's weights are not finite; compile the profile again")
        self.exemplars, self.experts, self.weights, self.report = exemplars, experts, weights, report
        return self


def _exemplars(episode: LabelledEpisode) -> list[Exemplar]:
    return [
        Exemplar(segment=sentence.text, segment_type=label)
        for sentence, label in zip(episode.sentences, episode.labels, strict=True)
        if label is not None
    ]


_TYPES: Final = len(SEGMENT_TYPES)
_PROMPT_WORDS: Final = 40
_NEIGHBOUR_WORDS: Final = 15
"""Words of the neighbouring sentences: what a small model reads costs as much as what it writes."""
_HEADINGS: Final = 12


class SegmentClassifier(dspy.Module):  # type: ignore[misc]
    """Types for the sentences of a whole episode. It never holds an LM; the role is an argument."""

    def __init__(self) -> None:
        super().__init__()
        self.predict = dspy.Predict(ClassifySegment)
        self.statistics = SegmentStatistics()

    def forward(
        self, episode: Sequence[TranscriptSegment], graph: DocumentGraph | None, lm: str = "embedded"
    ) -> dspy.Prediction:
        """As `classify`, in DSPy's form: `types` and `probabilities`, one for each sentence."""
        result = self.classify(episode, graph, lm=lm)
        return dspy.Prediction(
            types=[kind.value for kind, _ in result], probabilities=[probability for _, probability in result]
        )

    def classify(
        self, episode: Sequence[TranscriptSegment], graph: DocumentGraph | None, *, lm: str = "embedded"
    ) -> list[(tuple[SegmentType, float])]:
        """Type and probability (0-1) of every sentence, in order; `lm` names the role that may be asked.

        Uncompiled, a single vote of the LM is all there is: its probability is Laplace's 2/12. Raises ModelError
        when the LM answers with something that is not a type.
        """
        if not episode:
            return []
        experts = self.statistics.experts
        if experts is None:
            return [(kind, 2.0 / (_TYPES + 1.0)) for kind in self.ask(episode, graph, lm=lm)]
        view = look_at(episode, graph)
        path, posterior = pool(experts.chain, experts.votes(view), view.timing, self.statistics.weights)
        return [(SEGMENT_TYPES[k], float(posterior[i, k])) for i, k in enumerate(path)]

    def ask(
        self, episode: Sequence[TranscriptSegment], graph: DocumentGraph | None, *, lm: str
    ) -> list[SegmentType]:
        """The LM's own answer for every sentence."""
        from podcast_dspy import lms
        from podcast_dspy.lms.asking import side_by_side

        with lms.use(lm, purpose="classifier"):
            return side_by_side(
                [partial(self._ask_one, episode, graph, place) for place in range(len(episode))]
            )

    def _ask_one(
        self, episode: Sequence[TranscriptSegment], graph: DocumentGraph | None, index: int
    ) -> SegmentType:
        from podcast_dspy import lms

        arguments = prompt_inputs(episode, graph, index)

        def ask() -> SegmentType:
            try:
                answer = self.predict(**arguments).segment_type
            except (PodcastError, LMError):
                raise
            except Exception as error:
                raise ModelError(
                    f"the LM did not classify a sentence ({type(error).__name__}: {error}); try another --lm"
                ) from error
            try:
                return parse_type(str(answer))
            except InputError as error:
                raise UnusableAnswerError(
                    f"the LM named no segment type ({error}); try another --lm"
                ) from error

        return lms.usable(ask)


def prompt_inputs(
    episode: Sequence[TranscriptSegment], graph: DocumentGraph | None, index: int
) -> dict[str, str]:
    """The inputs of ClassifySegment for one sentence."""
    end = max(sentence.end_time for sentence in episode) or 1.0
    sentence = episode[index]
    share = (sentence.start_time + sentence.end_time) / 2.0 / end
    return {
        "paper_title": graph.title if graph else "",
        "paper_sections": "; ".join(section.title for section in graph.sections[:_HEADINGS]) if graph else "",
        "previous": _tail(episode[index - 1].text) if index else "",
        "segment": _clip(sentence.text),
        "following": _clip(episode[index + 1].text, _NEIGHBOUR_WORDS) if index + 1 < len(episode) else "",
        "position": f"{100.0 * share:.0f}%",
    }


def _clip(text: str, limit: int = _PROMPT_WORDS) -> str:
    return " ".join(text.split()[:limit])


def _tail(text: str) -> str:
    return " ".join(text.split()[-_NEIGHBOUR_WORDS:])
