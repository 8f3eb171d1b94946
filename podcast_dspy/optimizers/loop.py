"""The training loop: from analysed pairs and a configuration to a compiled profile, resumable at every rollout."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from podcast_dspy.audio import DurationModel, duration_model, get_voice
from podcast_dspy.generation.program import PodcastProgram
from podcast_dspy.generation.script import Script
from podcast_dspy.lms import Budget, CostLedger, resolve
from podcast_dspy.lms.calls import calls
from podcast_dspy.lms.forecast import duration
from podcast_dspy.metrics import best_trial
from podcast_dspy.optimizers.artifacts import (
    compiled_profile,
    judge_prompt,
    keep,
    keep_compiled,
    prompt_texts,
    recall,
    store_profile,
    store_prompts,
)
from podcast_dspy.optimizers.classification import ClassifierTraining
from podcast_dspy.optimizers.podcast_optimizer import PodcastOptimizer, strategy_of
from podcast_dspy.optimizers.record import RunRecord, dataset_fingerprint
from podcast_dspy.optimizers.stage_tasks import RolloutRunner, rolling_out
from podcast_dspy.optimizers.stages import check_reflection
from podcast_dspy.optimizers.trials import Proposal, Rollout, TrainingRun, TrialResult, changed_instructions
from podcast_dspy.pairs.dataset import fingerprint
from podcast_dspy.pairs.pair import TrainingPair, divide
from podcast_dspy.profiles import AggregatedProfile, synthesize
from podcast_dspy.settings import ModelRoles, TrainingConfig
from podcast_dspy.store import Tree
from podcast_dspy.tasks import clustered, run

Progress = Callable[[str, float, float], None]
"""(what is being done, done, total)."""

_MIN_SAMPLES = 12
"""Voiced segments from which six coefficients can be fitted."""
COMPILED_PROFILE = "profiles/podcast_profile_v1.json"


def _check_models(roles: ModelRoles) -> None:
    """Raise what the models of a run lack (a name, a key, a file) before an earlier run is archived for it."""
    for role in (roles.lm, roles.reflection_lm, None if roles.judge_lm == "measured" else roles.judge_lm):
        if role is not None:
            resolve(role)
    get_voice(roles.voice)


class _Live:
    """Progress with the dollars spent and the time left at the pace of this start."""

    def __init__(self, progress: Progress, ledger: CostLedger, rollouts: int) -> None:
        """`rollouts` are those of all trials that the run may have."""
        self._progress, self._ledger, self._rollouts = progress, ledger, rollouts
        self._begun = time.monotonic()
        self._first: int | None = None
        self._done = 0

    def finished(self, rollouts: int) -> None:
        """So many rollouts of the whole run are finished."""
        self._first = rollouts - 1 if self._first is None else self._first
        self._done = rollouts

    def tell(self, stage: str, done: float, total: float) -> None:
        """Report a stage."""
        cost = self._ledger.cost
        known = [f"${cost:.2f} so far"] if cost else []
        if self._first is not None:
            pace = (time.monotonic() - self._begun) / (self._done - self._first)
            if (left := pace * (self._rollouts - self._done)) >= 1.0:
                known.append(f"at most {duration(left)} left")
        self._progress(f"{stage} ({', '.join(known)})" if known else stage, done, total)


_WAITING = 16
"""Rollouts that may wait for a batch at a time."""


class _Loop:
    """One run's moving parts, so that evaluating a trial needs only the program."""

    def __init__(
        self,
        tree: Tree,
        config: TrainingConfig,
        training: list[TrainingPair],
        held_out: list[TrainingPair],
        dataset: str,
        progress: Progress,
        ledger: CostLedger,
        after_trial: Callable[[], None],
    ) -> None:
        self.tree, self.config, self.after_trial = tree, config, after_trial
        self.training, self.held_out = training, held_out
        self.contents = {pair.pair_id: fingerprint([pair]) for pair in (*training, *held_out)}
        self.record = RunRecord(tree)
        self.live = _Live(
            progress, ledger, config.max_trials * config.repeats * (len(training) + len(held_out))
        )
        self.runner = RolloutRunner(tree, config, training)
        self.classifiers = ClassifierTraining(tree, training, held_out, config.roles.lm, dataset)
        found = synthesize(training)
        self.profile_version = store_profile(tree, found, activate=False)
        self.profile: AggregatedProfile = found.model_copy(update={"version": self.profile_version})

    def evaluate(self, proposal: Proposal, number: int, best: TrialResult | None) -> TrialResult:
        """Run a program on every pair and store the trial."""
        trial_id, program = f"trial_{number:03d}", proposal.program
        prompt_version = self._prompts(program, number)
        self.record.keep_program(trial_id, program)
        rollouts = self._roll_out(program, trial_id, number)
        cut = len(self.training) * self.config.repeats
        self.live.tell(f"trial {number}: classifier", len(rollouts), len(rollouts))
        trial = TrialResult.collect(
            number=number,
            training=rollouts[:cut],
            held_out=rollouts[cut:],
            adjustments=program.adjustments,
            demonstrations=len(program.writer.script.demos) + len(program.writer.dialogue.demos),
            instructions=changed_instructions(program),
            prompt_version=prompt_version,
            profile_version=self.profile_version,
            classifier_accuracy=self.classifiers.accuracy(program, compiled=number > 0),
            changes=proposal.changes,
            refinement=proposal.refinement,
            best=best,
            voice_model=self._voice_model(rollouts[:cut]),
            now=lambda: datetime.now(UTC),
        )
        self.record.finish_trial(trial, self.config)
        self.keep_best()
        self.after_trial()
        return trial

    def keep_best(self) -> None:
        """What the best trial so far has is current, and kept for later runs."""
        if (best := best_trial(self.record.trials())) is not None:
            keep(self.tree, best, self.training, self.profile, self.config, self.record.start())

    def keep_compiled(self, program: PodcastProgram, run: TrainingRun, dataset: str) -> None:
        """The same of the compiled program, whose analyst may be a later trial's, and its profile."""
        best = run.best.model_copy(
            update={
                "prompt_version": self._prompts(program, run.best.trial_number),
                "instructions": changed_instructions(program),
            }
        )
        keep(self.tree, best, self.training, self.profile, self.config, self.record.start())
        envelope = compiled_profile(program, self.profile, run, dataset, self.classifiers.compiled)
        keep_compiled(self.tree, envelope, best, self.training)

    def _prompts(self, program: PodcastProgram, number: int) -> str:
        """The version of a trial's prompts."""
        classifier = self.classifiers.prompt(program, number > 0)
        return store_prompts(
            self.tree, prompt_texts(program, classifier, judge_prompt(self.config.roles.judge_lm))
        )

    def _roll_out(self, program: PodcastProgram, trial_id: str, number: int) -> list[Rollout]:
        """The rollouts of each pair, as many at a time as there are cores: one writes while another is voiced.

        Where judges are asked by batches more of them wait at the same time.
        """
        wanted = [
            (pair, repeat)
            for pair in (*self.training, *self.held_out)
            for repeat in range(self.config.repeats)
        ]
        tasks = rolling_out(self.runner, program, self.profile, wanted, trial_id, self.contents)
        rollouts: list[Rollout] = []
        self.live.tell(f"trial {number}: {wanted[0][0].pair_id}", 0, len(wanted))
        for rollout in run(tasks, at_once=_WAITING if calls().batch else 0):
            rollouts.append(rollout)
            self.live.finished(number * len(wanted) + len(rollouts))
            following = wanted[min(len(rollouts), len(wanted) - 1)][0].pair_id
            self.live.tell(f"trial {number}: {following}", len(rollouts), len(wanted))
        return rollouts

    def _voice_model(self, rollouts: Sequence[Rollout]) -> DurationModel | None:
        """The voice's seconds by text, fitted on what it has just spoken; None for too few segments."""
        scripts = [self.tree.read_model(rollout.script_path, Script) for rollout in rollouts]
        samples = [
            (segment.text, (segment.end_time or 0.0) - (segment.start_time or 0.0))
            for script in scripts
            for segment in script.segments
        ]
        samples = [(text, seconds) for text, seconds in samples if seconds > 0.0]
        if len(samples) < _MIN_SAMPLES:
            return None
        voice = self.config.roles.voice
        return DurationModel.fit(samples, voice=voice, prior=duration_model(voice))


def run_training_loop(
    tree: Tree,
    pairs: Sequence[TrainingPair],
    config: TrainingConfig,
    *,
    resume: bool = False,
    progress: Progress | None = None,
    budget: Budget | None = None,
    after_trial: Callable[[], None] = lambda: None,
) -> TrainingRun:
    """Train on analysed pairs and write the compiled profile of the best trial into the workspace.

    The held-out pair, if any, takes part in nothing that is learned: not in the profile, the demonstrations, the
    classifier or the choice of the best trial. An interrupted run goes on with `resume`: finished trials and
    finished rollouts are read, and since everything is deterministic the result is that of an uninterrupted run.
    A pair whose podcast is in another language than its paper, or about something else, is left out, and so is one
    about the held-out paper; the run names them. A spent `budget` ends the run with the best trial so far; what was
    spent before a `resume` counts. `after_trial` is called when a trial is stored, and when the run is finished.
    Within `cluster.on_cluster` its workers do the rollouts, with the same results.
    Raises SettingsError, UnknownNameError, WorkspaceLockedError, ModelError, SynthesisError, and BudgetError when the
    budget is spent before a trial is complete.
    """
    strategy = strategy_of(config)
    check_reflection(config)
    training, held_out, left_out = divide(pairs, config.holdout)
    _check_models(config.roles)
    with tree.lock("training"):
        if not clustered():  # workers may still be at what an earlier run gave them
            tree.drop_unfinished("trials")
        record = RunRecord(tree)
        fingerprint = dataset_fingerprint(pairs)
        finished = record.resume(config, fingerprint) if resume else []
        if not resume:
            record.begin(config, fingerprint, recall(tree, config, held_out))
        strategy.remember(record.start())
        ledger = CostLedger(budget or Budget(), before=record.spent(), keep=record.keep_spent)
        tell = progress or (lambda stage, done, total: None)
        loop = _Loop(tree, config, training, held_out, fingerprint, tell, ledger, after_trial)
        optimizer = PodcastOptimizer(
            evaluate=loop.evaluate,
            strategy=strategy,
            config=config,
            profile=loop.profile,
            finished=[(trial, record.program(trial.trial_id)) for trial in finished],
            records=tree.path("convergence", "searches"),
            ledger=ledger,
        )
        program = optimizer.compile(PodcastProgram(), trainset=training)
        run = TrainingRun(
            config=config,
            trials=tuple(optimizer.trials),
            converged=optimizer.converged,
            reason=optimizer.reason,
            profile_path=COMPILED_PROFILE,
            left_out=left_out,
            spent=ledger.spent,
        )
        record.update_convergence()
        loop.keep_compiled(program, run, fingerprint)
        record.finish(run)
        after_trial()
        return run
