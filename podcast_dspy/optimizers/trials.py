"""Trials: what is proposed, in what two programs differ, what a round measured, and when further ones no longer pay."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from podcast_dspy.audio.durations import DurationModel
from podcast_dspy.generation.adjustments import Adjustments
from podcast_dspy.generation.program import PodcastProgram
from podcast_dspy.lms import Spent
from podcast_dspy.lms.forecast import Asked
from podcast_dspy.metrics import LOSSES, LossMetrics, best_trial, improves
from podcast_dspy.metrics.loss import sample_noise
from podcast_dspy.settings import TrainingConfig
from podcast_dspy.signatures.types import SegmentType


def mean(values: Iterable[float]) -> float:
    """Arithmetic mean; NaN for no values, and NaN as soon as one value is NaN (an unscored term stays unscored)."""
    numbers = list(values)
    return math.fsum(numbers) / len(numbers) if numbers else math.nan


class Rollout(BaseModel):
    """One episode generated for one pair in one trial, measured."""

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="strings")

    pair_id: str
    metrics: LossMetrics
    spoken_words: int
    seconds: float
    """Length of the synthesized audio."""
    generated_shares: dict[SegmentType, float]
    """Share of the episode's time by type (0-1)."""
    reference_shares: dict[SegmentType, float]
    model_units: int
    """Units in the model's own words that passed the grounding check."""
    source_units: int
    """Units in the paper's words, in an extract."""
    script_path: str
    audio_path: str
    asked: dict[str, Asked] = {}
    """What each part of the program asked its LM, in their order, answered anew or from what is kept; tokens are
    estimated from the texts."""


class ProfileAdjustment(BaseModel):
    """One number of `Adjustments` to set."""

    parameter: str
    value: float
    reasoning: str = ""


class PromptModification(BaseModel):
    """New instructions for one predictor."""

    predictor: str
    instructions: str = Field(description="the whole new instructions, not only what changes")
    reasoning: str = ""


class Refinement(BaseModel):
    """What an analysis of a trial asks for (specification, 4.4)."""

    model_config = ConfigDict(frozen=True)

    prompt_modifications: tuple[PromptModification, ...] = ()
    profile_adjustments: tuple[ProfileAdjustment, ...] = ()
    priority_focus: str = ""
    """The loss that comes first."""
    turned_down: tuple[str, ...] = ()
    """What was asked for and not done, with the reason."""


class TrialResult(BaseModel):
    """Result of one trial. `pair_results` are the training pairs, `held_out` the pair kept out of training.

    The mean of the loss `acme` of an installed package is the further field `avg_acme_loss`.
    """

    model_config = ConfigDict(frozen=True, extra="allow", ser_json_inf_nan="strings")
    __pydantic_extra__: dict[str, float] = Field(init=False)

    schema_version: int = 1
    trial_id: str
    trial_number: int = Field(ge=0)
    pair_results: dict[str, LossMetrics]
    held_out: dict[str, LossMetrics] = {}
    avg_total_loss: float
    avg_duration_loss: float
    avg_coverage_loss: float
    avg_structure_loss: float
    avg_quality_loss: float
    avg_rouge_loss: float
    generated_scripts: dict[str, str]
    generated_audio: dict[str, str]
    prompt_version: str
    profile_version: str
    timestamp: datetime
    classifier_accuracy: float = math.nan
    """Share of labelled held-out segments that the trial's classifier types right; NaN without labels."""
    adjustments: Adjustments
    demonstrations: int = 0
    """Demonstrations in the program's bank."""
    instructions: dict[str, str] = {}
    """Instructions that differ from the signatures' own, by predictor."""
    rollouts: tuple[Rollout, ...]
    changes: tuple[str, ...] = ()
    """What was changed against the best trial so far, and why."""
    refinement: Refinement | None = None
    """What an analysis of the trial before asked for, where a strategy makes one."""
    voice_model: DurationModel | None = None
    """Duration model fitted on the segments of the training pairs' episodes."""
    improved: bool = False
    """True when this trial became the best so far."""

    @property
    def complete(self) -> bool:
        """False when a term is unscored; such a trial is never compared with complete ones."""
        return not math.isnan(self.avg_total_loss)

    def held_out_loss(self, name: str = "total_loss") -> float:
        """Mean of one loss over the held-out pairs; NaN when nothing is held out."""
        return mean(float(getattr(metrics, name, math.nan)) for metrics in self.held_out.values())

    def losses(self, *, held_out: bool = False) -> dict[str, float]:
        """Mean of each loss and of the `total` over the training pairs, or those that are held out."""
        names = ("total", *LOSSES)
        return {n: self.held_out_loss(f"{n}_loss") if held_out else self.average(n) for n in names}

    def average(self, name: str) -> float:
        """Mean of a loss, or of the `total`, over the training pairs; NaN for one that was not installed then."""
        return float(getattr(self, f"avg_{name}_loss", math.nan))

    @classmethod
    def collect(
        cls,
        *,
        number: int,
        training: list[Rollout],
        held_out: list[Rollout],
        adjustments: Adjustments,
        demonstrations: int,
        instructions: dict[str, str],
        prompt_version: str,
        profile_version: str,
        classifier_accuracy: float,
        changes: tuple[str, ...],
        best: TrialResult | None,
        refinement: Refinement | None = None,
        voice_model: DurationModel | None = None,
        now: Callable[[], datetime],
    ) -> TrialResult:
        """The trial that these rollouts make up; averages are over the training pairs only."""

        judged, apart = repeated(training), repeated(held_out)

        def average(name: str) -> float:
            return mean(float(getattr(metrics, name, math.nan)) for metrics in judged.values())

        everything = [*training, *held_out]
        return cls(
            trial_id=f"trial_{number:03d}",
            trial_number=number,
            pair_results=judged,
            held_out=apart,
            **{f"avg_{name}_loss": average(f"{name}_loss") for name in ("total", *LOSSES)},
            generated_scripts={rollout.pair_id: rollout.script_path for rollout in everything},
            generated_audio={rollout.pair_id: rollout.audio_path for rollout in everything},
            prompt_version=prompt_version,
            profile_version=profile_version,
            timestamp=now(),
            classifier_accuracy=classifier_accuracy,
            adjustments=adjustments,
            demonstrations=demonstrations,
            instructions=instructions,
            rollouts=tuple(everything),
            changes=changes,
            refinement=refinement,
            voice_model=voice_model,
            improved=improves(average("total_loss"), judged, best),
        )


def repeated(rollouts: Iterable[Rollout]) -> dict[str, LossMetrics]:
    """The losses of each pair, as means over its rollouts where there are several.

    How far the rollouts are apart is part of the noise then, beside the judge's (`metrics.smallest_gain`): an LM that
    writes another script each time moves the loss as much as one that judges otherwise.
    """
    found: dict[str, list[LossMetrics]] = {}
    for rollout in rollouts:
        found.setdefault(rollout.pair_id, []).append(rollout.metrics)
    return {name: _mean_of(metrics) for name, metrics in found.items()}


def _mean_of(metrics: Sequence[LossMetrics]) -> LossMetrics:
    first = metrics[0]
    if len(metrics) == 1:
        return first
    means = {
        f"{name}_loss": mean(getattr(one, f"{name}_loss") for one in metrics) for name in ("total", *LOSSES)
    }
    reasons = {name: why for one in metrics for name, why in one.unscored.items()}
    spread = sample_noise([one.total_loss for one in metrics])
    error = spread["deviation"] / math.sqrt(len(metrics))
    noise = {"total": {"samples": len(metrics), "error": error}}
    details = {
        **first.details,
        "noise": {**first.details.get("noise", {}), **noise},
        "rollouts": len(metrics),
    }
    return first.model_copy(update={**means, "unscored": reasons, "details": details})


def believed_losses(trials: Iterable[TrialResult]) -> list[float]:
    """The mean total loss of each trial that became the best; NaN for the others, whose gain, if any, may be luck."""
    return [trial.avg_total_loss if trial.improved else math.nan for trial in trials]


class TrainingRun(BaseModel):
    """A finished (or stopped) training run."""

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="strings")

    config: TrainingConfig
    trials: tuple[TrialResult, ...]
    converged: bool
    reason: str
    profile_path: str
    """The compiled profile of the best trial, in the workspace."""
    left_out: dict[str, str] = {}
    """Pairs that took no part, with the reason."""
    spent: Spent = Spent()
    """The whole run, from its first start on."""

    @property
    def baseline(self) -> TrialResult:
        """Trial 0: the uncompiled program."""
        return self.trials[0]

    @property
    def best(self) -> TrialResult:
        """The best trial on the training pairs (`best_trial`); the baseline when none is complete."""
        return best_trial(self.trials) or self.trials[0]

    @property
    def held_out(self) -> dict[str, LossMetrics]:
        """The best trial's losses on the held-out pairs."""
        return self.best.held_out


def best_so_far(losses: Sequence[float]) -> list[float]:
    """Running minimum; unscored (NaN) losses never count as a minimum."""
    return list(accumulate((math.inf if math.isnan(loss) else loss for loss in losses), min))


def check_convergence(losses: Sequence[float], config: TrainingConfig) -> bool:
    """Whether the best loss has improved by less than the threshold over the last window of trials.

    `losses` holds the mean total loss of every trial, the baseline first. Improvement is relative to the best loss
    before the window, and measured on the best so far: a trial that got worse is no sign of convergence by itself,
    it merely does not improve the best.
    """
    window = config.convergence_window
    if len(losses) < window + 1:
        return False
    history = best_so_far(losses)
    before, after = history[-window - 1], history[-1]
    if math.isinf(before) or math.isinf(after):
        return False
    return before <= 0.0 or (before - after) / before < config.convergence_threshold


@dataclass(frozen=True)
class Proposal:
    """A program to try, and why."""

    program: PodcastProgram
    changes: tuple[str, ...]
    refinement: Refinement | None = None


def instructions_of(program: PodcastProgram) -> dict[str, str]:
    """Instructions of the program's predictors, by predictor name."""
    return {name: predictor.signature.instructions for name, predictor in program.named_predictors()}


def changed_instructions(program: PodcastProgram) -> dict[str, str]:
    """Instructions of the program's predictors that an optimizer has rewritten, by predictor name."""
    original = instructions_of(PodcastProgram())
    return {name: text for name, text in instructions_of(program).items() if text != original[name]}


def set_instructions(program: PodcastProgram, instructions: Mapping[str, str]) -> None:
    """Give predictors rewritten instructions."""
    for name, predictor in program.named_predictors():
        if name in instructions:
            predictor.signature = predictor.signature.with_instructions(instructions[name])


_SHOWN = 60
"""Characters of rewritten instructions that are quoted."""


def differences(before: PodcastProgram, after: PodcastProgram) -> tuple[str, ...]:
    """A line for each predictor whose instructions or demonstrations differ, and one for each adjustment.

    Empty when both programs do the same, whatever was done to get from one to the other.
    """
    lines: list[str] = []
    old = dict(before.named_predictors())
    for name, predictor in after.named_predictors():
        instructions = predictor.signature.instructions
        if instructions != old[name].signature.instructions:
            begins = " ".join(instructions.split())
            cut = begins if len(begins) <= _SHOWN else f"{begins[:_SHOWN].rsplit(' ', 1)[0]} ..."
            lines.append(f'instructions of {name}, now "{cut}"')
        had, has = plain(old[name].demos), plain(predictor.demos)
        if had != has:
            fresh = sum(demo not in had for demo in has)
            lines.append(f"demonstrations of {name}, {len(had)} to {len(has)}, {fresh} of them new")
    for field in Adjustments.model_fields:
        was, now = getattr(before.adjustments, field), getattr(after.adjustments, field)
        if was != now:
            lines.append(f"{field}{_values(was, now)}")
    return tuple(lines)


def plain(demos: Any) -> list[dict[str, Any]]:
    """Demonstrations as dictionaries, which compare by what is in them."""
    return [dict(demo) for demo in demos]


def _values(was: Any, now: Any) -> str:
    """Both values where they are numbers; how many entries differ where they are tables."""
    if isinstance(was, dict) and isinstance(now, dict):
        moved = sum(was.get(key) != now.get(key) for key in {*was, *now})
        return f", {moved} {'entry' if moved == 1 else 'entries'}"
    if isinstance(now, int | float):
        return f", {'not set' if was is None else f'{was:g}'} to {now:g}"
    return ""


def without_pair(program: PodcastProgram, pair_id: str) -> PodcastProgram:
    """A copy of a program that shows nothing of one pair's own words."""
    # Demonstrations are never written to, so that both may have the same ones, however many they are; nor are the LMs
    # that an optimizer has set, some of which cannot be copied.
    shared = {
        id(one): one
        for _, predictor in program.named_predictors()
        for one in (*predictor.demos, predictor.lm)
    }
    own = deepcopy(program, shared)
    for _, predictor in own.named_predictors():
        predictor.demos = [demo for demo in predictor.demos if demo.get("pair_id") != pair_id]
    return own
