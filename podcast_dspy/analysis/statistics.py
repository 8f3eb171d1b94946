"""SegmentStatistics: the compiled part of the segment classifier, a DSPy parameter saved as plain JSON."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

from dspy.predict.parameter import Parameter
from pydantic import BaseModel, ConfigDict, ValidationError

from podcast_dspy.analysis.discourse import Discourse
from podcast_dspy.analysis.experts import DEFAULT_WEIGHTS, Experts
from podcast_dspy.analysis.labelled import LabelledEpisode, seed_sentences
from podcast_dspy.errors import ProfileError
from podcast_dspy.signatures.types import SegmentType

__all__ = ["Exemplar", "SegmentStatistics"]

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
                f"the segment classifier's state cannot be read ({type(error).__name__}); compile the profile again"
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
