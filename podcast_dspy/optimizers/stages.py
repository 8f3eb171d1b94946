"""The strategies by name: what the hosts teach, then one of DSPy's optimizers, refinements, or several in turn."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from podcast_dspy.errors import BudgetError, ModelError, PodcastError, PrerequisiteError
from podcast_dspy.generation.program import PodcastProgram
from podcast_dspy.lms import Budget, CostLedger, is_capable
from podcast_dspy.metrics import best_trial
from podcast_dspy.optimizers.measuring import Measuring
from podcast_dspy.optimizers.neighbours import NeighboursStrategy
from podcast_dspy.optimizers.overfitting import Overfitting
from podcast_dspy.optimizers.refinement import refined
from podcast_dspy.optimizers.strategy import Proposal, Strategy, changed_instructions
from podcast_dspy.optimizers.teleprompters import (
    REFLECTIVE,
    TELEPROMPTERS,
    asked_predictors,
    improve,
    quietly,
)
from podcast_dspy.optimizers.trials import TrialResult
from podcast_dspy.pairs.pair import TrainingPair
from podcast_dspy.settings import TrainingConfig

_IN_VAIN: Final = 2
"""Refinements in a row that do not help, after which no further one is made."""


def stages_of(config: TrainingConfig) -> tuple[str, ...]:
    """The searches of a run, in their order: for `auto` the cheap one first, and those that reflect where one can."""
    if config.optimizer != "auto":
        return (config.optimizer,) if config.optimizer in (*TELEPROMPTERS, "refine") else ()
    capable = is_capable(config.roles.reflection_lm or config.roles.lm)
    return ("bootstrap", "refine", "gepa") if capable else ("bootstrap",)


def check_reflection(config: TrainingConfig) -> None:
    """Raise PrerequisiteError for a strategy that has to write instructions without an LM that can."""
    if REFLECTIVE & set(stages_of(config)) and not is_capable(config.roles.reflection_lm or config.roles.lm):
        raise PrerequisiteError(
            f"{config.optimizer} needs a capable LM to write instructions; name one with --reflection-lm, "
            "or use --optimizer neighbours, knn, bootstrap or auto, which do without"
        )


class KnnStrategy(NeighboursStrategy):
    """The hosts' demonstrations, and the measured pace; no knob is searched."""

    name = "knn"

    def prepare(
        self, measuring: Measuring, pairs: Sequence[TrainingPair], records: Path | None = None
    ) -> None:
        """Match the hosts' sentences with passages."""
        super().prepare(measuring, pairs, records)
        self.learned, self._search = {}, None


class StagedStrategy(NeighboursStrategy):
    """Trial 1 brings what the hosts taught; then each stage searches once, on from the best trial so far.

    What a stage finds is only a proposal: the trial that follows confirms it on whole episodes. `refine` goes on for as
    long as it helps.
    """

    def __init__(self, config: TrainingConfig) -> None:
        """A strategy for one run."""
        super().__init__(config)
        self.name = config.optimizer
        self.stages = stages_of(config)

    def prepare(
        self, measuring: Measuring, pairs: Sequence[TrainingPair], records: Path | None = None
    ) -> None:
        """As the neighbours. Raises PrerequisiteError without an LM that can reflect, where one is needed."""
        if measuring.reflects:
            check_reflection(measuring.config)
        super().prepare(measuring, pairs, records)

    def propose(
        self, trials: Sequence[TrialResult], programs: Sequence[PodcastProgram], allowance: Budget | None
    ) -> Proposal | None:
        """The next program; None once nothing new follows from the best trial."""
        best = best_trial(trials)
        notes: list[str] = []
        if len(trials) > 1 and best is not None:
            program = programs[best.trial_number]
            for stage in self._left(trials):
                if allowance is None:
                    notes.append(f"{stage}: the budget leaves nothing beside the trial that would confirm it")
                    break
                found = self._searched_by(stage, trials, best, program, allowance)
                if found.program is not program:
                    return Proposal(found.program, (*notes, *found.changes), found.refinement)
                notes += found.changes
        proposal = super().propose(trials, programs, allowance)
        if proposal is None:
            return None
        return Proposal(proposal.program, (*notes, *proposal.changes))

    def settled(self, trials: Sequence[TrialResult]) -> bool:
        """Whether every stage had its turn."""
        return len(trials) > 1 and not self._left(trials)

    def _left(self, trials: Sequence[TrialResult]) -> list[str]:
        """Stages that no trial tells of; `refine` is one again until it fails twice in a row."""
        made = [trial for trial in trials if trial.refinement is not None]
        in_vain = made[-_IN_VAIN:]
        more = self.name == "refine" and not (
            len(in_vain) == _IN_VAIN and not any(t.improved for t in in_vain)
        )
        lines = [line for trial in trials for line in trial.changes]
        done = {stage for stage in self.stages if any(line.startswith(f"{stage}:") for line in lines)}
        return [stage for stage in self.stages if stage not in done or (stage == "refine" and made and more)]

    def _searched_by(
        self,
        stage: str,
        trials: Sequence[TrialResult],
        best: TrialResult,
        program: PodcastProgram,
        allowance: Budget,
    ) -> Proposal:
        """What a stage makes of a program: the very same where it found nothing better. Raises PodcastError."""
        if stage != "refine":
            found = improve(
                stage, program, self.measuring, self.pairs, allowance=allowance, records=self.records
            )
            return Proposal(found.program, found.notes)
        try:
            with CostLedger(allowance), quietly():
                with self.measuring.writing():
                    asked = asked_predictors(self.measuring, program, self.pairs)
                texts = [str(one.signature.instructions) for _, one in program.named_predictors()]
                new, refinement = refined(
                    self.measuring, trials, best, program, asked, Overfitting(self.pairs, texts)
                )
        except BudgetError as error:
            return Proposal(program, (f"refine: {error.spent}",))
        except PodcastError as error:
            kind = type(error) if isinstance(error, ModelError) else PrerequisiteError
            raise kind(f"refine: {error}") from error
        same = new.adjustments == program.adjustments and changed_instructions(new) == changed_instructions(
            program
        )
        summary = f"refine: {refinement.priority_focus} first" if not same else "refine: nothing to change"
        return Proposal(program if same else new, (summary,), refinement)


STRATEGIES: dict[str, Callable[[TrainingConfig], Strategy]] = {
    "neighbours": NeighboursStrategy,
    "knn": KnnStrategy,
    **dict.fromkeys((*TELEPROMPTERS, "refine", "auto"), StagedStrategy),
}
"""Strategies by name, each made from the configuration."""
