"""SegmentClassifier: what each sentence of an episode is doing, by LM, by labelled neighbours, or by both.

Uncompiled it asks the LM once a sentence, without demonstrations. Compiled on labelled sentences it pools
experts fitted on them; the LM, shown the nearest labelled sentences, votes where the experts are unsure, as far
as cross-validation found its votes worth having. A capable LM votes on every sentence. What is compiled is a
DSPy parameter, saved as plain JSON.
"""

from __future__ import annotations

import contextvars
import math
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import dspy
import numpy as np
from dspy.predict.parameter import Parameter
from dspy.utils.exceptions import LMError
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, ValidationError

from podcast_dspy.analysis.chain import TYPE_INDEX
from podcast_dspy.analysis.discourse import Discourse
from podcast_dspy.analysis.episode_view import EpisodeView, look_at
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
    """A labelled sentence, as it is shown to the LM as a demonstration."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    segment: str
    segment_type: SegmentType
    previous: str = ""
    following: str = ""
    position: float | None = None
    """Share of the episode (0-1); None for a seed sentence, which stands nowhere."""
    paper_title: str = ""


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

    @property
    def compiled(self) -> bool:
        """Whether anything has been fitted."""
        return self.experts is not None

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
    end = max((sentence.end_time for sentence in episode.sentences), default=1.0) or 1.0
    items: list[Exemplar] = []
    for index, (sentence, label) in enumerate(zip(episode.sentences, episode.labels, strict=True)):
        if label is None:
            continue
        before = episode.sentences[index - 1].text if index else ""
        after = episode.sentences[index + 1].text if index + 1 < len(episode.sentences) else ""
        items.append(
            Exemplar(
                segment=sentence.text,
                segment_type=label,
                previous=before,
                following=after,
                position=round(min(1.0, (sentence.start_time + sentence.end_time) / 2.0 / end), 4),
                paper_title=episode.graph.title,
            )
        )
    return items


_TYPES: Final = len(SEGMENT_TYPES)
_UNSURE: Final = 0.6
"""Below this probability the embedded LM is asked as well."""
_CAPABLE_WEIGHT: Final = 1.0
"""Weight of a capable LM's votes where cross-validation has not measured it."""
_NEIGHBOURS: Final = 2
_WORKERS: Final = 4
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

    @property
    def is_compiled(self) -> bool:
        """Whether it has been compiled on labelled sentences."""
        return self.statistics.compiled

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
        if not self.is_compiled:
            labels = self.ask(episode, graph, range(len(episode)), lm=lm)
            return [(labels[i], 2.0 / (_TYPES + 1.0)) for i in range(len(episode))]
        view = look_at(episode, graph)
        path, posterior = self._pooled(view, episode, graph, lm)
        return [(SEGMENT_TYPES[k], float(posterior[i, k])) for i, k in enumerate(path)]

    def _pooled(
        self, view: EpisodeView, episode: Sequence[TranscriptSegment], graph: DocumentGraph | None, lm: str
    ) -> tuple[list[int], Array]:
        from podcast_dspy import lms

        experts = self.statistics.experts
        if experts is None:
            raise ModelError("the segment classifier is not compiled; call compile_classifier first")
        votes = experts.votes(view)
        weights = dict(self.statistics.weights)
        path, posterior = pool(experts.chain, votes, view.timing, weights)
        capable = lms.is_capable(lm)
        weight = weights.get("lm", 0.0) or (_CAPABLE_WEIGHT if capable else 0.0)
        asked = range(len(episode)) if capable else unsure(posterior)
        if weight <= 0.0 or not asked:
            return path, posterior
        labels = self.ask(episode, graph, asked, lm=lm, vectors=view.vectors)
        votes["lm"] = vote_matrix(labels, len(episode))
        return pool(experts.chain, votes, view.timing, {**weights, "lm": weight})

    def ask(
        self,
        episode: Sequence[TranscriptSegment],
        graph: DocumentGraph | None,
        which: Sequence[int],
        *,
        lm: str,
        vectors: Array | None = None,
    ) -> dict[int, SegmentType]:
        """The LM's own answer for the sentences at `which`, with the nearest labelled ones as demonstrations."""
        from podcast_dspy import lms

        with lms.use(lm, purpose="classifier"), ThreadPoolExecutor(max_workers=_WORKERS) as workers:
            # DSPy keeps its settings in context variables; each task takes a copy along.
            tasks = [
                workers.submit(
                    contextvars.copy_context().run,
                    self._ask_one,
                    episode,
                    graph,
                    i,
                    None if vectors is None else vectors[i],
                )
                for i in which
            ]
            return {i: task.result() for i, task in zip(which, tasks, strict=True)}

    def _ask_one(
        self,
        episode: Sequence[TranscriptSegment],
        graph: DocumentGraph | None,
        index: int,
        vector: Array | None,
    ) -> SegmentType:
        from podcast_dspy import lms

        arguments: dict[str, Any] = prompt_inputs(episode, graph, index)
        experts = self.statistics.experts
        if vector is not None and experts is not None:
            nearest = experts.nearest(vector, _NEIGHBOURS)
            # The nearest comes last, next to the question: small models copy what they read last.
            arguments["demos"] = [demonstration(self.statistics.exemplars[i]) for i in reversed(nearest)]

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


def unsure(posterior: Array) -> list[int]:
    """Sentences whose best probability is low, the least sure first, at most a third of them."""
    best = posterior.max(axis=1)
    order = [int(i) for i in np.argsort(best) if best[i] < _UNSURE]
    return sorted(order[: max(1, len(best) // 3)])


def vote_matrix(labels: Mapping[int, SegmentType], count: int) -> Array:
    """Log-probabilities (n×11) for single votes, Laplace-smoothed; zeros (no opinion) where nobody voted."""
    votes = np.zeros((count, _TYPES))
    for index, kind in labels.items():
        votes[index] = np.log(1.0 / (_TYPES + 1.0))
        votes[index, TYPE_INDEX[kind]] = np.log(2.0 / (_TYPES + 1.0))
    return votes


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
        "position": _percent(share),
    }


def demonstration(exemplar: Exemplar) -> dspy.Example:
    """A labelled sentence as a demonstration of ClassifySegment."""
    return dspy.Example(
        paper_title=exemplar.paper_title,
        paper_sections="",
        previous=_tail(exemplar.previous),
        segment=_clip(exemplar.segment),
        following=_clip(exemplar.following, _NEIGHBOUR_WORDS),
        position=_percent(exemplar.position),
        segment_type=exemplar.segment_type.value,
    )


def _percent(share: float | None) -> str:
    return "unknown" if share is None else f"{100.0 * share:.0f}%"


def _clip(text: str, limit: int = _PROMPT_WORDS) -> str:
    return " ".join(text.split()[:limit])


def _tail(text: str) -> str:
    return " ".join(text.split()[-_NEIGHBOUR_WORDS:])
