"""What a report reads of a training run: plain protocols, so that reports and optimizers stay apart."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, Protocol

from podcast_dspy.metrics import LOSSES

__all__ = [
    "TERMS",
    "MetricsLike",
    "RolloutLike",
    "RunLike",
    "TrialLike",
    "mean_loss",
    "term_loss",
    "trial_loss",
    "unscored_reason",
    "unscored_reasons",
]

TERMS: Final = (*LOSSES, "total")
"""The losses and their weighted sum, in the order every report shows them."""


class MetricsLike(Protocol):
    """The losses of one episode against one pair; NaN where a loss is unscored."""

    @property
    def duration_loss(self) -> float: ...
    @property
    def duration_generated(self) -> float: ...
    @property
    def duration_reference(self) -> float: ...
    @property
    def coverage_loss(self) -> float: ...
    @property
    def concepts_mentioned(self) -> int: ...
    @property
    def concepts_total(self) -> int: ...
    @property
    def concepts_missed(self) -> Sequence[str]: ...
    @property
    def structure_loss(self) -> float: ...
    @property
    def quality_loss(self) -> float: ...
    @property
    def rouge_loss(self) -> float: ...
    @property
    def total_loss(self) -> float: ...
    @property
    def metrics_version(self) -> int: ...
    @property
    def details(self) -> Mapping[str, Any]:
        """Breakdown by name of the loss."""

    @property
    def unscored(self) -> Mapping[str, str]:
        """Reason by name of the loss, for each that could not be measured."""


class RolloutLike(Protocol):
    """How one episode of a trial came about."""

    @property
    def pair_id(self) -> str: ...
    @property
    def model_units(self) -> int:
        """Units in the model's words that passed the grounding check."""

    @property
    def source_units(self) -> int:
        """Units in the paper's words, because no candidate passed."""


class TrialLike(Protocol):
    """One turn of the training loop."""

    @property
    def trial_id(self) -> str: ...
    @property
    def trial_number(self) -> int: ...
    @property
    def pair_results(self) -> Mapping[str, MetricsLike]: ...
    @property
    def avg_total_loss(self) -> float: ...
    @property
    def avg_duration_loss(self) -> float: ...
    @property
    def avg_coverage_loss(self) -> float: ...
    @property
    def avg_structure_loss(self) -> float: ...
    @property
    def avg_quality_loss(self) -> float: ...
    @property
    def avg_rouge_loss(self) -> float: ...
    @property
    def generated_scripts(self) -> Mapping[str, str]: ...
    @property
    def generated_audio(self) -> Mapping[str, str]: ...
    @property
    def prompt_version(self) -> str: ...
    @property
    def profile_version(self) -> str: ...
    @property
    def timestamp(self) -> datetime: ...
    @property
    def held_out(self) -> Mapping[str, MetricsLike]: ...
    @property
    def classifier_accuracy(self) -> float: ...
    @property
    def changes(self) -> Sequence[str]:
        """What this trial changed against the best one before it, and why."""

    @property
    def rollouts(self) -> Sequence[RolloutLike]: ...


class RunLike(Protocol):
    """A whole training run."""

    @property
    def trials(self) -> Sequence[TrialLike]: ...
    @property
    def best(self) -> TrialLike: ...
    @property
    def baseline(self) -> TrialLike: ...
    @property
    def converged(self) -> bool: ...
    @property
    def reason(self) -> str: ...


def term_loss(metrics: MetricsLike, term: str) -> float:
    """One loss of one episode (0 is perfect); NaN when unscored, or not yet installed then."""
    return float(getattr(metrics, f"{term}_loss", math.nan))


def trial_loss(trial: TrialLike, term: str) -> float:
    """One loss of a trial, averaged over its training pairs; NaN when unscored."""
    return float(getattr(trial, f"avg_{term}_loss", math.nan))


def mean_loss(results: Iterable[MetricsLike], term: str) -> float:
    """Mean of one loss over episodes; NaN when there are none, or when one of them is unscored."""
    values = [term_loss(metrics, term) for metrics in results]
    return math.fsum(values) / len(values) if values else math.nan


def unscored_reason(results: Mapping[str, MetricsLike], term: str) -> str:
    """Why a mean over these episodes is NaN: the reasons that the metrics gave, each once."""
    if not results:
        return "nothing was held out or measured"
    reasons = unscored_reasons(results, term)
    return "; ".join(reasons) if reasons else "not measured"


def unscored_reasons(results: Mapping[str, MetricsLike], term: str) -> list[str]:
    """The distinct reasons for which a loss (for the total: any loss) is unscored, in order."""
    reasons: dict[str, None] = {}
    for metrics in results.values():
        if not math.isnan(term_loss(metrics, term)):
            continue
        for name, reason in metrics.unscored.items():
            if name == term:
                reasons[reason] = None
            elif term == "total":
                reasons[f"{name}: {reason}"] = None
    return list(reasons)
