"""PodcastOptimizer: a DSPy teleprompter that compiles a podcast program against the composite loss, trial by trial."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from dspy.teleprompt import Teleprompter

from podcast_dspy.errors import BudgetError, ModelError
from podcast_dspy.generation.program import PodcastProgram
from podcast_dspy.generation.writer import Writer
from podcast_dspy.lms import Budget, CostLedger
from podcast_dspy.metrics import best_trial
from podcast_dspy.optimizers.measuring import Metric, PredictedTrials, composite_loss
from podcast_dspy.optimizers.neighbours import NeighboursStrategy
from podcast_dspy.optimizers.strategy import Strategy, differences
from podcast_dspy.optimizers.trials import TrialResult, believed_losses, check_convergence
from podcast_dspy.pairs.pair import TrainingPair
from podcast_dspy.profiles import AggregatedProfile, synthesize
from podcast_dspy.settings import TrainingConfig

__all__ = ["Evaluate", "PodcastOptimizer"]

Evaluate = Callable[[PodcastProgram, int, tuple[str, ...], TrialResult | None], TrialResult]
"""(program, trial number, changes, best trial so far) -> the measured trial."""


class PodcastOptimizer(Teleprompter):  # type: ignore[misc]
    """Compiles a PodcastProgram.

    optimizer = PodcastOptimizer(config=TrainingConfig(max_trials=4))
    program = optimizer.compile(PodcastProgram(), trainset=pairs, valset=[held_out])

    Trial 0 measures the student as it is. Each further trial measures what the strategy proposes; the best is kept.
    It stops after `max_trials`, on convergence over the window, when the strategy has nothing left to propose, or when
    the budget is spent. After `compile`, `trials`, `converged`, `reason` and `ledger` tell what happened.
    """

    def __init__(
        self,
        *,
        metric: Metric | None = None,
        strategy: Strategy | None = None,
        config: TrainingConfig | None = None,
        profile: AggregatedProfile | None = None,
        writer: Writer | None = None,
        evaluate: Evaluate | None = None,
        finished: Sequence[TrialResult] = (),
        budget: Budget | None = None,
        ledger: CostLedger | None = None,
    ) -> None:
        """Nothing is measured yet.

        Args:
            metric: Losses of an episode written for a pair; by default the five of `metrics`.
            strategy: What proposes the next program; by default the one that needs no capable LM.
            config: Trials, convergence, weights and models.
            profile: What episodes are planned by; by default what the training pairs have in common.
            writer: Who writes, with the LM that DSPy is configured with; by default the LM of `config` does.
            evaluate: Measures a trial in another way, as the workspace's loop does, which voices and stores it.
            finished: Trials of an interrupted run, taken as measured.
            budget: What calls of language models may cost, how many they may be, and how long it may take.
            ledger: Counts the calls, with a budget of its own; by default a new one with `budget`.
        """
        super().__init__()
        self.config = config or TrainingConfig()
        self.metric = metric or composite_loss(self.config)
        self.strategy = strategy or NeighboursStrategy(self.config)
        self.profile = profile
        self.trials: list[TrialResult] = []
        self.converged = False
        self.reason = ""
        self._writer = writer
        self._evaluate = evaluate
        self._finished = list(finished)
        self.ledger = ledger or CostLedger(budget or Budget())

    def compile(
        self,
        student: PodcastProgram,
        *,
        trainset: Sequence[TrainingPair],
        teacher: Any = None,
        valset: Sequence[TrainingPair] | None = None,
        **kwargs: Any,
    ) -> PodcastProgram:
        """Compile the student on analysed training pairs and return the best program.

        `valset` is measured in every trial and takes part in nothing that is learned or chosen; where `evaluate`
        was given, it decides what else is measured.
        Raises ModelError when no trial could be scored completely, BudgetError when the budget is spent before one was,
        SettingsError when a pair is not analysed.
        """
        profile = self.profile = self.profile or synthesize(trainset)
        evaluate = (
            self._evaluate
            or PredictedTrials(
                self.metric, self.config, profile, trainset, valset or (), writer=self._writer
            ).evaluate
        )
        programs: list[PodcastProgram] = []
        self.ledger.part = self.strategy.name
        with self.ledger:
            try:
                self._run(student, trainset, profile, evaluate, programs)
            except BudgetError as error:
                if self._best() is None:
                    raise
                self.reason = error.spent
        best = self._best()
        if best is None:
            reasons = sorted(
                {
                    why
                    for trial in self.trials
                    for m in trial.pair_results.values()
                    for why in m.unscored.values()
                }
            )
            raise ModelError(
                f"no trial could be scored completely: {'; '.join(reasons) or 'no reason given'}"
            )
        return programs[best.trial_number]

    def _run(
        self,
        student: PodcastProgram,
        trainset: Sequence[TrainingPair],
        profile: AggregatedProfile,
        evaluate: Evaluate,
        programs: list[PodcastProgram],
    ) -> None:
        """Trial after trial, each with its program in `programs`."""
        self.strategy.prepare(trainset, profile)
        self.reason = f"reached the limit of {self.config.max_trials} trials"
        for number in range(self.config.max_trials):
            if number < len(self._finished):
                trial = self._finished[number]
                program = student if number == 0 else self.strategy.rebuild(trial)
            else:
                program = student
                changes: tuple[str, ...] = ("the uncompiled program",)
                if number:
                    self.ledger.begin(self.strategy.name)
                    proposal = self.strategy.propose(self.trials)
                    if proposal is None:
                        self.converged = True
                        self.reason = (
                            "no adjustment that the losses ask for improves the best trial any further"
                        )
                        break
                    # Why comes from the strategy; what, from the programs themselves.
                    last = self._best() or self.trials[0]
                    changed = differences(programs[last.trial_number], proposal.program)
                    program, changes = proposal.program, (*proposal.changes, *changed)
                self.ledger.begin(f"trial_{number:03d}")
                trial = evaluate(program, number, changes, self._best())
            self.trials.append(trial)
            programs.append(program)
            if check_convergence(believed_losses(self.trials), self.config):
                self.converged = True
                self.reason = (
                    f"the best loss improved by less than {self.config.convergence_threshold:.0%}"
                    f" over the last {self.config.convergence_window} trials"
                )
                break

    def _best(self) -> TrialResult | None:
        return best_trial(self.trials)
