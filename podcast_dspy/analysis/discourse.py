"""Discourse: what stretches of talk do with their paper, told by marks that belong to no show.

Three kinds of marks carry over from one show to another: which argumentative zone of an abstract a sentence would
stand in, which part of the paper it is closest to, and who asks and who answers. The coefficients in `discourse.json`
were fitted on other people's labels by `benchmarks/fit_discourse.py`; the file names them.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from podcast_dspy.analysis.chain import TYPE_INDEX
from podcast_dspy.analysis.episode_view import EpisodeView
from podcast_dspy.analysis.regression import SoftmaxRegression
from podcast_dspy.signatures.types import SEGMENT_TYPES, SegmentType

__all__ = ["ZONES", "Discourse", "discourse_marks", "shipped_discourse"]

Array = NDArray[np.float64]

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
