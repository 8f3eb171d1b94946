"""The training run on disk: its configuration, its finished trials, the convergence folder, and resuming."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from datetime import UTC, datetime

from dspy.utils.saving import get_dependency_versions
from pydantic import ValidationError

from podcast_dspy.errors import SettingsError, UnknownNameError, WorkspaceError
from podcast_dspy.generation.program import PodcastProgram
from podcast_dspy.lms import Spent
from podcast_dspy.metrics import best_trial
from podcast_dspy.metrics.composite import LOSSES, METRICS_VERSION
from podcast_dspy.optimizers.artifacts import Remembered
from podcast_dspy.optimizers.trials import Refinement, TrainingRun, TrialResult, believed_losses, best_so_far
from podcast_dspy.pairs.pair import TrainingPair
from podcast_dspy.settings import TrainingConfig
from podcast_dspy.store import Tree

_RUN = "convergence/run.json"
_SPENT = "convergence/spent.json"
_PROGRAM = "program.json"


def dataset_fingerprint(pairs: Sequence[TrainingPair]) -> str:
    """First 16 hex digits of a sha256 over the pairs' ids and the analysed content that training uses."""
    digest = hashlib.sha256()
    for pair in sorted(pairs, key=lambda one: one.pair_id):
        digest.update(pair.pair_id.encode())
        digest.update(pair.document_graph.sha256.encode())
        digest.update(pair.transcription.transcript_text.encode())
        for segment in pair.aligned_segments or ():
            digest.update(segment.model_dump_json().encode())
    return digest.hexdigest()[:16]


def metrics_version(trial: TrialResult) -> int:
    """Version of the measures that scored a trial; the present one for a trial without a pair."""
    scored = (*trial.pair_results.values(), *trial.held_out.values())
    return min((metrics.metrics_version for metrics in scored), default=METRICS_VERSION)


def same_measures(trials: Sequence[TrialResult], wanted: int | None = None) -> None:
    """Raise SettingsError unless all trials were scored by the same version of the measures (`wanted`, if given)."""
    versions = {metrics_version(trial) for trial in trials} | ({wanted} if wanted is not None else set())
    if len(versions) > 1:
        raise SettingsError(
            f"the trials were scored by versions {', '.join(map(str, sorted(versions)))} of the measures, whose losses "
            "do not compare; start anew with `podcast-dspy compile` without --resume"
        )


def _known(loss: float) -> float:
    return -1.0 if math.isnan(loss) else loss


class RunRecord:
    """Reads and writes one training run in a workspace."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._read: dict[tuple[str, int], TrialResult] = {}

    def trials(self) -> list[TrialResult]:
        """Finished trials in order; each is read once, for as long as its file is the same."""
        files = [
            (name, self._tree.path("trials", name, "results.json")) for name in self._tree.folders("trials")
        ]
        found = {(name, file.stat().st_mtime_ns): name for name, file in files if file.exists()}
        self._read = {
            known: self._read.get(known)
            or self._tree.read_model(f"trials/{name}/results.json", TrialResult, trial_id=name)
            for known, name in found.items()
        }
        return list(self._read.values())

    def trial(self, trial_id: str) -> TrialResult:
        """One finished trial, by its id, its number, `baseline` or `best`. Raises UnknownNameError."""
        trials = self.trials()
        known = {trial.trial_id: trial for trial in trials}
        if trial_id == "best" and (best := best_trial(trials)) is not None:
            return best
        if trial_id == "baseline" and trials:
            return trials[0]
        if trial_id.isascii() and trial_id.isdigit():
            trial_id = f"trial_{trial_id.lstrip('0'):0>3}"
        if trial_id not in known:
            names = ", ".join(known) or "none yet; run `podcast-dspy compile`"
            raise UnknownNameError(f"no trial {trial_id!r}; known are: {names}")
        return known[trial_id]

    def config(self) -> TrainingConfig | None:
        """The configuration of the run in this workspace, or None before the first."""
        return self._begun()[0] if self._tree.path(_RUN).exists() else None

    def _begun(self) -> tuple[TrainingConfig, str]:
        """Settings and dataset fingerprint as `begin` stored them. Raises WorkspaceError when they are damaged."""
        stored = self._tree.read_json(_RUN)
        try:
            return TrainingConfig.model_validate(stored["config"]), str(stored["dataset"])
        except (KeyError, ValidationError) as error:
            raise self._damaged() from error

    def final(self) -> tuple[bool, str] | None:
        """Whether the finished run converged, and why it stopped; None before its end. Raises WorkspaceError."""
        file = self._tree.convergence("final_report")
        if not file.exists():
            return None
        stored = self._tree.read_json(file)
        try:
            return bool(stored["converged"]), str(stored["reason"])
        except KeyError as error:
            raise WorkspaceError(
                f"{file} holds no report of a training run; delete it, and write it anew with "
                "`podcast-dspy compile --resume`"
            ) from error

    def matches(self, config: TrainingConfig, pairs: Sequence[TrainingPair]) -> bool:
        """Whether the run in this workspace has these settings and pairs, so that it can be resumed."""
        if not self._tree.path(_RUN).exists():
            return False
        return self._begun() == (config, dataset_fingerprint(pairs))

    def begin(self, config: TrainingConfig, fingerprint: str, start: Remembered | None = None) -> None:
        """Start a new run; an earlier run's trials move to `archive/run_NNN`, so that nothing is lost.

        `start` is what earlier runs learned. It is kept, since what they learn later must not change this run.
        """
        if self._tree.folders("trials") or self._tree.path(_RUN).exists():
            self._archive()
        self._write_run(config, fingerprint, start)

    def start(self) -> Remembered | None:
        """What the run in this workspace began with, of what earlier runs learned. Raises WorkspaceError."""
        stored = self._tree.read_json(_RUN).get("start")
        try:
            return None if stored is None else Remembered.model_validate(stored)
        except ValidationError as error:
            raise self._damaged() from error

    def spent(self) -> Spent:
        """What the run in this workspace has spent so far. Raises WorkspaceError."""
        if not self._tree.path(_SPENT).exists():
            return Spent()
        return self._tree.read_model(_SPENT, Spent)

    def keep_spent(self, spent: Spent) -> None:
        """Write it. Raises WorkspaceError."""
        self._tree.write_model(_SPENT, spent)

    def _write_run(self, config: TrainingConfig, fingerprint: str, start: Remembered | None) -> None:
        data = {"config": config.model_dump(mode="json"), "dataset": fingerprint}
        self._tree.write_json(_RUN, data | ({"start": start.model_dump(mode="json")} if start else {}))

    def _damaged(self) -> WorkspaceError:
        return WorkspaceError(
            f"{self._tree.path(_RUN)} holds no settings of a training run; delete it, and start anew with "
            "`podcast-dspy compile`"
        )

    def resume(self, config: TrainingConfig, fingerprint: str) -> list[TrialResult]:
        """The finished trials of the run to go on with.

        Raises SettingsError when there is no run, or when it ran with other settings or other pairs: going on would
        mix results that cannot be compared. The number of trials may change.
        """
        if not self._tree.path(_RUN).exists():
            raise SettingsError(
                "there is no training run to resume; run `podcast-dspy compile` without --resume"
            )
        before, dataset = self._begun()
        if before.model_copy(update={"max_trials": config.max_trials}) != config:
            changed = sorted(
                name
                for name in TrainingConfig.model_fields
                if name != "max_trials" and getattr(before, name) != getattr(config, name)
            )
            raise SettingsError(
                f"the run to resume had other settings ({', '.join(changed)}); repeat them,"
                " or start anew without --resume"
            )
        if dataset != fingerprint:
            raise SettingsError("the training pairs changed since that run; start anew without --resume")
        trials = self.trials()
        same_measures(trials, METRICS_VERSION)
        self._write_run(config, fingerprint, self.start())
        return trials

    def finish_trial(self, trial: TrialResult, config: TrainingConfig) -> None:
        """Store a trial and bring the convergence folder up to date."""
        folder = f"trials/{trial.trial_id}"
        self._tree.write_json(f"{folder}/config.json", config.model_dump(mode="json"))
        self._tree.write_json(
            f"{folder}/refinement_analysis.json",
            {
                "changes": list(trial.changes),
                **(
                    trial.refinement
                    or Refinement(priority_focus=max(LOSSES, key=lambda name: _known(trial.average(name))))
                ).model_dump(mode="json"),
                "adjustments": trial.adjustments.model_dump(mode="json"),
                "feedback": {
                    pair_id: [line.model_dump(mode="json") for line in metrics.feedback]
                    for pair_id, metrics in trial.pair_results.items()
                },
            },
        )
        self._tree.write_model(f"{folder}/results.json", trial)
        self.update_convergence()

    def keep_program(self, trial_id: str, program: PodcastProgram) -> None:
        """Write a trial's program as DSPy saves programs; `PodcastProgram().load(PATH)` reads it."""
        state = {**program.dump_state(), "metadata": {"dependency_versions": get_dependency_versions()}}
        self._tree.write_json(f"trials/{trial_id}/{_PROGRAM}", state)

    def program(self, trial_id: str) -> PodcastProgram:
        """The program of a trial. Raises WorkspaceError for one that is not there, or is damaged."""
        file = self._tree.path("trials", trial_id, _PROGRAM)
        program = PodcastProgram()
        try:
            program.load_state(self._tree.read_json(f"trials/{trial_id}/{_PROGRAM}"))
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise WorkspaceError(
                f"{file} holds no program of this version; start anew with `podcast-dspy compile`"
            ) from error
        return program

    def update_convergence(self) -> None:
        """Write loss_history.json and best_trial.json from the finished trials."""
        trials = self.trials()
        losses = [trial.avg_total_loss for trial in trials]
        self._tree.write_json(
            self._tree.convergence("loss_history"),
            {
                "trials": [trial.trial_id for trial in trials],
                "total": losses,
                "best_so_far": best_so_far(believed_losses(trials)),
                "held_out": [trial.held_out_loss() for trial in trials],
                **{name: [trial.average(name) for trial in trials] for name in LOSSES},
                **{
                    f"held_out_{name}": [trial.held_out_loss(f"{name}_loss") for trial in trials]
                    for name in LOSSES
                },
            },
        )
        best = best_trial(trials)
        if best is not None:
            self._tree.write_json(
                self._tree.convergence("best_trial"),
                {
                    "trial_id": best.trial_id,
                    "avg_total_loss": best.avg_total_loss,
                    "held_out_total_loss": best.held_out_loss(),
                },
            )

    def finish(self, run: TrainingRun) -> None:
        """Write final_report.json."""
        sides = [
            {"training": trial.losses(), "held_out": trial.losses(held_out=True)}
            for trial in (run.baseline, run.best)
        ]
        self._tree.write_json(
            self._tree.convergence("final_report"),
            {
                "trials": len(run.trials),
                "converged": run.converged,
                "reason": run.reason,
                "baseline": sides[0],
                "best_trial": run.best.trial_id,
                "best": sides[1],
                "classifier_accuracy": {
                    "baseline": run.baseline.classifier_accuracy,
                    "best": run.best.classifier_accuracy,
                },
                "profile": run.profile_path,
                "finished_at": datetime.now(UTC).isoformat(timespec="seconds"),
            },
        )

    def _archive(self) -> None:
        number = 1 + max(
            (int(name[4:]) for name in self._tree.folders("archive") if name[4:].isdecimal()), default=0
        )
        target = self._tree.path("archive", f"run_{number:03d}")
        try:
            target.mkdir(parents=True)
            for name in ("trials", "convergence"):
                place = self._tree.path(name)
                if place.exists():
                    place.rename(target / name)
        except OSError as error:
            raise WorkspaceError(
                f"the earlier run cannot be moved to {target} ({error.strerror}); check the disk and its permissions"
            ) from error
