"""PodcastOptimizer: a DSPy teleprompter that compiles a podcast program against the composite loss, trial by trial."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from dspy.teleprompt import Teleprompter

from podcast_dspy.errors import BudgetError, ModelError, UnknownNameError
from podcast_dspy.generation.episode_writer import EpisodeWriter
from podcast_dspy.generation.extract_writer import ExtractWriter
from podcast_dspy.generation.program import PodcastProgram
from podcast_dspy.lms import Budget, CostLedger, unkept
from podcast_dspy.metrics import best_trial, metric
from podcast_dspy.metrics.composite import pair_of
from podcast_dspy.optimizers.classification import replaced
from podcast_dspy.optimizers.measuring import Measuring, Metric, PredictedTrials
from podcast_dspy.optimizers.stages import STRATEGIES, Strategy
from podcast_dspy.optimizers.trials import (
    Proposal,
    TrialResult,
    believed_losses,
    check_convergence,
    differences,
)
from podcast_dspy.profiles import AggregatedProfile, synthesize
from podcast_dspy.settings import TrainingConfig

Evaluate = Callable[[Proposal, int, TrialResult | None], TrialResult]
"""(what to try, trial number, best trial so far) -> the measured trial."""


def strategy_of(config: TrainingConfig) -> Strategy:
    """The strategy that a configuration names. Raises UnknownNameError; PrerequisiteError for one that lacks an LM."""
    if config.optimizer not in STRATEGIES:
        known = ", ".join(sorted(STRATEGIES))
        raise UnknownNameError(f"no optimizer {config.optimizer!r}; known are: {known}")
    return STRATEGIES[config.optimizer](config)


class PodcastOptimizer(Teleprompter):  # type: ignore[misc]
    """Compiles a PodcastProgram.

    optimizer = PodcastOptimizer(metric=podcast_dspy.metric(), strategy="gepa", budget=Budget(cost=5.0), config=config)
    program = optimizer.compile(PodcastProgram(), trainset=pairs, valset=held_out)

    Trial 0 measures the student as it is. Each further trial measures what the strategy proposes; the best is kept,
    and that is the student unless another gains more than chance would (`metrics.best_trial`). A better analyst, of
    whom episodes tell nothing, is kept whichever trial is best. It stops after `max_trials`, on convergence over the
    window, when the strategy has nothing left to propose, or when the budget is spent. After `compile`, `trials`,
    `converged`, `reason` and `ledger` tell what happened.
    """

    def __init__(
        self,
        *,
        metric: Metric | None = None,
        strategy: Strategy | str | None = None,
        config: TrainingConfig | None = None,
        profile: AggregatedProfile | None = None,
        writer: ExtractWriter | EpisodeWriter | None = None,
        evaluate: Evaluate | None = None,
        finished: Sequence[tuple[TrialResult, PodcastProgram]] = (),
        records: Path | None = None,
        budget: Budget | None = None,
        ledger: CostLedger | None = None,
    ) -> None:
        """Nothing is measured yet.

        Args:
            metric: Scores a prediction for an example, as DSPy's metrics do; by default `podcast_dspy.metric()` with
                the weights, the judge and the voice of `config`.
            strategy: What proposes the next program, or its name; by default the one that `config` names.
            config: Trials, convergence, weights and models.
            profile: What episodes are planned by; by default what the training pairs have in common.
            writer: Who writes, with the LM that DSPy is configured with; by default the LM of `config` does.
            evaluate: Measures a trial in another way, as the workspace's loop does, which voices and stores it.
            finished: Trials of an interrupted run with their programs, taken as measured.
            records: A folder for what the strategy asked, by which an interrupted search asks nothing twice.
            budget: What calls of language models may cost, how many they may be, and how long it may take.
            ledger: Counts the calls, with a budget of its own; by default a new one with `budget`.

        Raises:
            UnknownNameError: there is no strategy of that name.
            PrerequisiteError: the strategy lacks an LM.
        """
        super().__init__()
        self.config = config or TrainingConfig()
        if isinstance(strategy, str):
            self.config = self.config.model_copy(update={"optimizer": strategy})
        self.metric = metric
        self.strategy = (
            strategy_of(self.config) if strategy is None or isinstance(strategy, str) else strategy
        )
        self.profile = profile
        self.trials: list[TrialResult] = []
        self.programs: list[PodcastProgram] = []
        self._latest = PodcastProgram()
        self.converged = False
        self.reason = ""
        self._writer = writer
        self._evaluate = evaluate
        self._finished = list(finished)
        self._records = records
        self.ledger = ledger or CostLedger(budget or Budget())

    def compile(
        self,
        student: PodcastProgram,
        *,
        trainset: Iterable[Any],
        teacher: Any = None,
        valset: Iterable[Any] | None = None,
        **kwargs: Any,
    ) -> PodcastProgram:
        """Compile the student and return the best program.

        `trainset` and `valset` hold analysed pairs: as TrainingPair, as `dspy.Example(pair=...)`, or as the rows of a
        `datasets.Dataset` of pairs. `valset` is measured in every trial and takes part in nothing that is learned or
        chosen; where `evaluate` was given, it decides what else is measured.
        Raises ModelError when no trial could be scored completely, BudgetError when the budget is spent before one was,
        SettingsError when a pair is not analysed.
        """
        pairs, held_out = list(map(pair_of, trainset)), list(map(pair_of, valset or ()))
        profile = self.profile = self.profile or synthesize(pairs)
        roles = self.config.roles
        self.metric = self.metric or metric(
            weights=self.config.loss_weights,
            judge=roles.judge_lm,
            other_references={pair.pair_id: pair.transcription.transcript_text for pair in pairs},
        )
        measuring = Measuring(self.metric, self.config, profile, self._writer)
        evaluate = self._evaluate or PredictedTrials(measuring, pairs, held_out).evaluate
        self.ledger.part = self.strategy.name
        with self.ledger, unkept():
            try:
                self.strategy.prepare(measuring, pairs, self._records)
                self._run(student, evaluate)
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
        return replaced(self.programs[best.trial_number], self._latest.analyst.read)

    def _run(self, student: PodcastProgram, evaluate: Evaluate) -> None:
        """Trial after trial, each with its program."""
        self.reason = f"reached the limit of {self.config.max_trials} trials"
        for number in range(self.config.max_trials):
            if number < len(self._finished):
                trial, program = self._finished[number]
                program = student if number == 0 else program
            else:
                proposal: Proposal | None = Proposal(student, ("the uncompiled program",))
                if number:
                    self.ledger.begin(self.strategy.name if number > 1 else "hosts")
                    proposal = self._next()
                    if proposal is None:
                        self.converged = True
                        self.reason = (
                            f"{self.strategy.name} finds nothing more that would improve the best trial"
                        )
                        break
                assert proposal is not None
                self.ledger.begin(f"trial_{number:03d}")
                program = self._latest = proposal.program
                trial = evaluate(proposal, number, self._best())
            self._latest = program
            self.trials.append(trial)
            self.programs.append(program)
            if self.strategy.settled(self.trials) and check_convergence(
                believed_losses(self.trials), self.config
            ):
                self.converged = True
                self.reason = (
                    f"the best loss improved by less than {self.config.convergence_threshold:.0%}"
                    f" over the last {self.config.convergence_window} trials"
                )
                break

    def _next(self) -> Proposal | None:
        """What the strategy proposes: why comes from it; what changes, from the programs themselves."""
        found = self.strategy.propose(self.trials, self.programs, self._allowance())
        if found is None:
            return None
        last = self._best() or self.trials[0]
        changed = differences(self.programs[last.trial_number], found.program)
        return Proposal(found.program, (*found.changes, *changed), found.refinement)

    def _allowance(self) -> Budget | None:
        """What is left of the budget without what the costliest trial took; None where that is nothing."""
        budget, spent = self.ledger.budget, self.ledger.spent
        cost, calls = Counter[str](), Counter[str]()
        for entry in spent.entries:
            cost[entry.part] += entry.cost or 0.0  # type: ignore[assignment]
            calls[entry.part] += entry.calls - entry.cached
        limits = (
            ("cost", budget.cost, cost),
            ("calls", budget.calls, calls),
            ("seconds", budget.seconds, spent.seconds),
        )
        left = {
            name: limit - sum(used.values()) - max(used.get(trial.trial_id, 0) for trial in self.trials)
            for name, limit, used in limits
            if limit is not None
        }
        return Budget(**left) if all(rest > 0 for rest in left.values()) else None  # type: ignore[arg-type]

    def _best(self) -> TrialResult | None:
        return best_trial(self.trials)
