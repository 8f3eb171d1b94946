"""What every strategy begins with: what the hosts and people's labels teach, and what a trial measured of the voice."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from statistics import variance
from typing import Any, Final

from podcast_dspy.errors import BudgetError
from podcast_dspy.generation.adjustments import Adjustments
from podcast_dspy.generation.drafts import NO_SOURCES
from podcast_dspy.generation.episode_writer import EpisodeWriter
from podcast_dspy.generation.program import PodcastProgram
from podcast_dspy.lms import Budget, CostLedger
from podcast_dspy.metrics import best_trial
from podcast_dspy.optimizers.artifacts import Remembered
from podcast_dspy.optimizers.classification import (
    ANALYST,
    UNLABELLED,
    analyst_search,
    better_analyst,
    replaced,
)
from podcast_dspy.optimizers.hosts import (
    dialogue_demonstrations,
    label_demonstrations,
    segment_demonstrations,
)
from podcast_dspy.optimizers.measuring import Measuring
from podcast_dspy.optimizers.trials import Proposal, Rollout, TrialResult, mean, set_instructions
from podcast_dspy.pairs.pair import TrainingPair
from podcast_dspy.settings import TrainingConfig
from podcast_dspy.signatures.types import SegmentType

LEVERS: Final = ("pace", "shares")
"""What a trial's own measurements change."""

_SHARE_STEP = 0.35
"""Exponent on the measured ratio of shares. What three hosts agree on is partly chance, and a full correction costs a
fourth host's structure more than it gains; later trials go on where it still pays."""


def measured_pace(rollouts: Sequence[Rollout]) -> float:
    """Spoken words a minute that the voice really reached, pauses included: all words over all minutes."""
    return (
        60.0
        * sum(rollout.spoken_words for rollout in rollouts)
        / sum(rollout.seconds for rollout in rollouts)
    )


def _training(trial: TrialResult) -> list[Rollout]:
    return [rollout for rollout in trial.rollouts if rollout.pair_id in trial.pair_results]


def refine(
    trial: TrialResult, adjustments: Adjustments, levers: Sequence[str] = LEVERS
) -> tuple[Adjustments, tuple[str, ...]]:
    """The adjustments that this trial's losses ask for, and a sentence for each change. Training pairs only."""
    rollouts = _training(trial)
    update: dict[str, object] = {}
    notes: list[str] = []
    if "pace" in levers:
        update["words_per_minute"] = round(measured_pace(rollouts), 2)
        update["voice_model"] = trial.voice_model
        fitted = (
            f", its seconds follow from the text to {trial.voice_model.error:.1%}"
            if trial.voice_model is not None
            else ""
        )
        notes.append(
            f"pace: the voice spoke {update['words_per_minute']:.0f} words a minute{fitted}"
            f" (duration loss {trial.avg_duration_loss:.3f})"
        )
    if "shares" in levers:
        scale = _share_scale(rollouts, adjustments)
        update["type_scale"] = scale
        moved = sorted(scale, key=lambda kind: -abs(scale[kind] - adjustments.type_scale.get(kind, 1.0)))[:2]
        changes = ", ".join(f"{kind} x{scale[kind]:.2f}" for kind in moved)
        notes.append(f"shares: word budgets follow the hosts' time by type ({changes})")
    return adjustments.model_copy(update=update), tuple(notes)


def _share_scale(rollouts: Sequence[Rollout], adjustments: Adjustments) -> dict[SegmentType, float]:
    # A transition is as long as its sentence: more time for it would only be taken from the others.
    kinds = {kind for rollout in rollouts for kind in rollout.generated_shares} - NO_SOURCES
    scale = dict(adjustments.type_scale)
    for kind in sorted(kinds):
        ratios = [
            math.log(rollout.reference_shares[kind] / made)
            for rollout in rollouts
            if (made := rollout.generated_shares.get(kind, 0.0)) > 0.0
            and rollout.reference_shares.get(kind, 0.0) > 0.0
        ]
        if ratios:
            step = math.exp(_SHARE_STEP * _shrunk(ratios))
            scale[kind] = round(min(3.0, max(0.33, scale.get(kind, 1.0) * step)), 3)
    return scale


def _shrunk(values: Sequence[float]) -> float:
    """The mean, drawn towards 0 by how far the values are from agreeing: m * m^2 / (m^2 + s^2 / n).

    One value alone has nothing to agree with, and is halved.
    """
    centre = mean(values)
    if centre == 0.0:
        return 0.0
    error = variance(values) / len(values) if len(values) > 1 else centre**2
    return centre**3 / (centre**2 + error)


class NeighboursStrategy:
    """Trial 1 brings the hosts' demonstrations, what labels teach the analyst, and what trial 0 measured of the voice.

    Later trials go on from the best one with its fresh measurements. After a set-back the measured changes are tried
    one at a time, so that a bad one cannot hide what the other gains.
    """

    def __init__(self, config: TrainingConfig) -> None:
        self.name = config.optimizer
        self.capable = False
        self.segments: list[Any] = []
        self.exchanges: list[Any] = []
        self._remembered: Remembered | None = None

    def remember(self, remembered: Remembered | None) -> None:
        """Begin with the instructions that an earlier run learned from other pairs."""
        self._remembered = remembered

    def prepare(
        self, measuring: Measuring, pairs: Sequence[TrainingPair], records: Path | None = None
    ) -> None:
        """Match the hosts' sentences with passages, for an LM that writes: an extract needs no demonstrations."""
        self.measuring, self.pairs, self.records = measuring, list(pairs), records
        self.capable = isinstance(measuring.hand, EpisodeWriter)
        self.segments = segment_demonstrations(pairs) if self.capable else []
        self.exchanges = dialogue_demonstrations(pairs) if self.capable else []

    def propose(
        self, trials: Sequence[TrialResult], programs: Sequence[PodcastProgram], allowance: Budget | None
    ) -> Proposal | None:
        """The next program; None once nothing new follows from the best trial."""
        best = best_trial(trials)
        if best is None:
            return None
        tried = {trial.adjustments.model_dump_json() for trial in trials}
        failed = len(trials) - 1 - best.trial_number
        alone = failed or len(trials) == 1
        for levers in (LEVERS, *([lever] for lever in LEVERS if alone)):
            adjusted, notes = refine(best, best.adjustments, levers)
            if adjusted.model_dump_json() not in tried:
                back = (f"back to {best.trial_id}: {' and '.join(levers)} only",) if failed else ()
                shown = len(self.segments) + len(self.exchanges)
                first = (f"demonstrations: {shown} from the hosts",) if len(trials) == 1 and shown else ()
                program = self.begun(programs, best).deepcopy()
                program.adjustments = adjusted
                if best.trial_number == 0:
                    writer = program.writer
                    writer.script.demos, writer.dialogue.demos = list(self.segments), list(self.exchanges)
                analyst: tuple[str, ...] = ()
                if len(trials) == 1:
                    program, analyst = self._taught(program, allowance)
                return Proposal(program, (*back, *first, *notes, *analyst))
        return None

    def begun(self, programs: Sequence[PodcastProgram], best: TrialResult) -> PodcastProgram:
        """The program to go on from: that of the best trial, with the analyst of the last."""
        return replaced(programs[best.trial_number], programs[-1].analyst.read)

    def _taught(
        self, program: PodcastProgram, allowance: Budget | None
    ) -> tuple[PodcastProgram, tuple[str, ...]]:
        """A program with the instructions of an earlier run, and an analyst taught by labels where that is better."""
        known = {} if self._remembered is None else dict(self._remembered.instructions)
        before = known.pop(ANALYST, program.analyst.read.signature.instructions)
        set_instructions(program, known)
        if not self.capable:
            return program, ()
        search = analyst_search(program, self.measuring, self.pairs, self.records)
        if search is None:
            return program, (UNLABELLED,)
        candidate = program.analyst.read.deepcopy()
        candidate.signature = candidate.signature.with_instructions(before)
        candidate.demos = label_demonstrations(self.pairs)
        try:
            if allowance is None:
                raise BudgetError("the budget leaves nothing to measure another one by")
            with CostLedger(allowance):
                program, note = better_analyst(search, candidate)
        except BudgetError as error:
            note = f"{ANALYST} stays: {error.spent}"
        return program, (note,)

    def settled(self, trials: Sequence[TrialResult]) -> bool:
        """Always: each proposal goes a step on from the one before."""
        return True
