"""The composite loss: which losses there are, what each weighs, and the record of one episode's."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import cache
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field, model_validator

from podcast_dspy.errors import SettingsError
from podcast_dspy.metrics.feedback import Feedback
from podcast_dspy.metrics.loss import Loss
from podcast_dspy.registry import Registry
from podcast_dspy.settings import LossWeights

METRICS_VERSION: Final = 5
"""What the losses mean; raised whenever the same script would get others. Losses of two versions do not compare."""

_REGISTRY: Registry[Loss] = Registry(
    "loss",
    "podcast_dspy.losses",
    {name: f"podcast_dspy.metrics.{name}:LOSS" for name in LossWeights.model_fields},
    form="{}",
)

LOSSES: Final = _REGISTRY.forms()
"""Names of the losses in the order of every report: the specification's five, then those of installed packages."""


@cache
def _loaded(name: str) -> Loss:
    return _REGISTRY.find(name)[0]


class _Losses(Mapping[str, Loss]):
    """The losses by name; each is imported when it is asked for, and raises PrerequisiteError when it cannot be."""

    def __getitem__(self, name: str) -> Loss:
        if name not in LOSSES:
            raise KeyError(name)
        return _loaded(name)

    def __iter__(self) -> Iterator[str]:
        return iter(LOSSES)

    def __len__(self) -> int:
        return len(LOSSES)


losses: Final[Mapping[str, Loss]] = _Losses()
"""Every loss by name, each usable on its own: `losses["coverage"].score(script, pair)`."""


class LossMetrics(BaseModel):
    """Losses of one episode against one pair; lower is better, 0 is a perfect match. Durations in seconds.

    A loss that could not be measured is NaN and named in `unscored` with the reason; the total is NaN then. The loss
    `acme` of an installed package is the further field `acme_loss`.
    """

    model_config = ConfigDict(frozen=True, extra="allow", ser_json_inf_nan="strings")
    __pydantic_extra__: dict[str, float] = Field(init=False)

    duration_loss: float
    """|generated - reference| / reference; may exceed 1, the total counts at most 1."""
    duration_generated: float
    duration_reference: float
    coverage_loss: float
    """What is left unsaid of what the reference says about the key concepts, by importance."""
    concepts_mentioned: int
    concepts_total: int
    concepts_missed: tuple[str, ...]
    structure_loss: float
    segment_type_accuracy: float
    """Share of the timeline that has the reference's type."""
    sequence_similarity: float
    """1 - normalised edit distance of the timelines."""
    engagement_score: float
    """0-100."""
    clarity_score: float
    accuracy_score: float
    quality_loss: float
    """(300 - sum of the three scores) / 300."""
    rouge_1: float
    rouge_2: float
    rouge_l: float
    rouge_loss: float
    """1 - mean of the three."""
    total_loss: float
    trial_id: str
    pair_id: str
    generated_at: datetime
    unscored: dict[str, str] = Field(default_factory=dict)
    """Reason by loss name."""
    feedback: tuple[Feedback, ...] = ()
    judge: str = "measured"
    metrics_version: int = 1
    """Version of the measures; records from before there was one are version 1."""
    details: dict[str, Any] = Field(default_factory=dict)
    """Breakdown by loss name, `leakage`, and `noise` (of the LM-judged losses and the total; 0 when measured)."""

    @property
    def complete(self) -> bool:
        """Whether all losses were measured, so that the total may be compared."""
        return not self.unscored

    def losses(self) -> dict[str, float]:
        """The losses by name; NaN for one that was not installed when the record was made."""
        return {name: float(getattr(self, f"{name}_loss", math.nan)) for name in LOSSES}

    @model_validator(mode="after")
    def _further_fields_are_losses(self) -> LossMetrics:
        strange = [name for name in self.__pydantic_extra__ or () if not name.endswith("_loss")]
        if strange:
            raise ValueError(f"{', '.join(strange)}: no field of a loss record; take it out")
        return self


def calculate_total_loss(
    metrics: LossMetrics, weights: LossWeights | Mapping[str, float] | None = None
) -> float:
    """Weighted sum of the losses, each cut to 0-1 (spec 4.1); NaN when one with a weight is unscored.

    Raises SettingsError when the weights are negative, unknown, incomplete or do not sum to 1.
    """
    chosen = loss_weights(weights)
    terms = []
    for name, loss in metrics.losses().items():
        if chosen[name] == 0:
            continue
        if math.isnan(loss):
            return math.nan
        terms.append(chosen[name] * min(1.0, max(0.0, loss)))
    return math.fsum(terms)


def loss_weights(weights: LossWeights | Mapping[str, float] | None) -> dict[str, float]:
    """The weights (0-1, sum 1) by loss. Raises SettingsError for unusable ones.

    For None and for the usual `LossWeights()` they are the losses' own over their sum: the specification's, unless an
    installed package has added a loss with a weight. Where weights are given, an added loss that they do not name
    counts nothing.
    """
    if weights is None or weights == LossWeights():
        own = {name: loss.weight for name, loss in losses.items()}
        return {name: weight / math.fsum(own.values()) for name, weight in own.items()}
    given = weights.as_dict() if isinstance(weights, LossWeights) else dict(weights)
    strange = sorted((set(given) - set(LOSSES)) | (set(LossWeights.model_fields) - set(given)))
    if strange:
        raise SettingsError(
            f"loss weights are for {', '.join(LOSSES)}; missing or unknown: {', '.join(strange)}"
        )
    if any(not math.isfinite(value) or value < 0 for value in given.values()):
        raise SettingsError("loss weights must be 0 or more; give each a number between 0 and 1")
    total = math.fsum(given.values())
    if not math.isclose(total, 1.0, abs_tol=1e-6):
        raise SettingsError(f"loss weights sum to {total:g}, not 1; scale them so that they add up to 1")
    return {name: given.get(name, 0.0) for name in LOSSES}
