"""Tracking: a training run of the workspace as one MLflow run, uploaded trial by trial, and its profile as a model.

What is uploaded is read from the workspace, where every trial is stored before the next begins. So nothing has to be
held while a server is away: whatever it has not got yet is uploaded by the next call of `sync`.
"""

from __future__ import annotations

import hashlib
import math
import os
import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict

from podcast_dspy.errors import PodcastError, PrerequisiteError, UnknownNameError, UsageError
from podcast_dspy.metrics import best_trial
from podcast_dspy.optimizers import COMPILED_PROFILE, RunRecord
from podcast_dspy.profiles import CompiledProfile, library_versions
from podcast_dspy.profiles.envelope import model_name
from podcast_dspy.reports.evaluation import run_html
from podcast_dspy.reports.summaries import TERMS
from podcast_dspy.store import PromptVersions, Tree, redact, redact_data

if TYPE_CHECKING:
    from mlflow import MlflowClient

    from podcast_dspy.optimizers import TrialResult

MODEL: Final = "podcast-dspy"
"""The registered model, of which every finished run becomes a version; and the experiment that runs belong to."""
_RECORD: Final = "convergence/mlflow.json"
_RUN_ID: Final = re.compile(r"[0-9a-f]{32}")
_QUIET: Final = {
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "10",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "GIT_PYTHON_REFRESH": "quiet",
}
"""A server that is away must not hold up a training run for the ten minutes that MLflow's retries take by default."""


class _Uploaded(BaseModel):
    """What a server has got of the run in this workspace."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    schema_version: int = 1
    server: str = ""
    """First hex digits of the sha256 of its address, which is nobody else's business."""
    run_id: str = ""
    trials: tuple[str, ...] = ()
    finished: bool = False


class Tracker:
    """Uploads the training run of a workspace to an MLflow server."""

    def __init__(self, tree: Tree, uri: str) -> None:
        """Nothing is asked yet.

        Raises UsageError for an address with a password in it, PrerequisiteError without MLflow.
        """
        parts = urlsplit(uri)
        if parts.password or (parts.username and parts.scheme.startswith("http")):
            raise UsageError(
                "the address of MLflow holds a password, which would be stored; set MLFLOW_TRACKING_USERNAME and "
                "MLFLOW_TRACKING_PASSWORD instead"
            )
        for name, value in _QUIET.items():
            os.environ.setdefault(name, value)
        try:
            from mlflow import MlflowClient
        except ImportError as error:
            raise PrerequisiteError(
                "MLflow is not installed; run: pip install 'podcast-dspy[mlflow]', or leave out --mlflow"
            ) from error
        self._tree, self._uri, self._record = tree, uri, RunRecord(tree)
        self._server = hashlib.sha256(uri.encode()).hexdigest()[:16]
        with self._errors():
            self._client: MlflowClient = MlflowClient(tracking_uri=uri, registry_uri=uri)
        self._told = False

    def check(self) -> None:
        """Ask the server for anything. Raises PrerequisiteError when it does not answer."""
        with self._errors():
            self._client.search_experiments(max_results=1)

    @contextmanager
    def traced(self) -> Iterator[None]:
        """Within the block each call of DSPy leaves a trace there: what was asked, with its paper, answered, and took.

        MLflow leaves keys out of them. Raises PrerequisiteError when the server does not answer.
        """
        import mlflow

        self.check()
        with self._errors():
            mlflow.set_tracking_uri(self._uri)
            mlflow.set_experiment(MODEL)
        mlflow.dspy.autolog(log_traces_from_compile=True, silent=True)
        try:
            yield
        finally:
            mlflow.dspy.autolog(disable=True, silent=True)
            mlflow.flush_trace_async_logging()

    def follow(self, tell: Callable[[str], None]) -> None:
        """`sync` for a training run, which goes on whatever becomes of it: a failure is told, once."""
        try:
            self.sync()
        except PodcastError as error:
            if not self._told:
                tell(f"{error}; training goes on, and `podcast-dspy track` uploads the rest")
            self._told = True

    def sync(self) -> tuple[str, int]:
        """Upload what the server has not got yet; the id of its run, and how many trials were uploaded.

        A finished run also leaves its report, its profile, and a version of the registered model there.
        Raises UnknownNameError before the first trial, PrerequisiteError when the server fails, WorkspaceError.
        """
        trials = self._record.trials()
        if not trials:
            raise UnknownNameError("there is no finished trial to track yet; run `podcast-dspy compile`")
        with self._errors():
            done = self._begin()
            missing = [trial for trial in trials if trial.trial_id not in done.trials]
            for trial in missing:
                self._upload(done.run_id, trial)
                done = self._keep(done, trials=(*done.trials, trial.trial_id))
            final = self._record.final()
            if final is not None and (missing or not done.finished):
                self._finish(done.run_id, trials, final)
                done = self._keep(done, finished=True)
            elif final is None and missing and done.finished:
                done = self._keep(done, finished=False)
        return done.run_id, len(missing)

    @contextmanager
    def _errors(self) -> Iterator[None]:
        """MLflow's errors, and those of what it talks through, as one sentence without credentials."""
        from mlflow.exceptions import MlflowException
        from requests import RequestException

        try:
            yield
        except (MlflowException, RequestException, OSError, ImportError) as error:
            text = redact(" ".join(str(error).split()))
            reason = "nothing answers there" if "Max retries exceeded" in text else text[:200]
            raise PrerequisiteError(
                f"MLflow at {self._uri} cannot be used: {reason}; start it with `mlflow server`, or give another"
            ) from error

    def _begin(self) -> _Uploaded:
        """The server's run of the run here, taken up again, or made with its settings."""
        done = _Uploaded()
        if self._tree.path(_RECORD).exists():
            done = self._tree.read_model(_RECORD, _Uploaded)
        if done.server == self._server and _RUN_ID.fullmatch(done.run_id) and self._known(done.run_id):
            return done
        found = self._client.get_experiment_by_name(MODEL)
        experiment = found.experiment_id if found else self._client.create_experiment(MODEL)
        config = self._record.config()
        run = self._client.create_run(
            experiment, tags={f"version.{name}": version for name, version in library_versions().items()}
        )
        run_id: str = run.info.run_id
        first = self._record.trials()[0]
        pairs = {"pairs": {"train": ", ".join(first.pair_results), "held_out": ", ".join(first.held_out)}}
        for name, value in _parameters((config.model_dump(mode="json") if config else {}) | pairs):
            self._client.log_param(run_id, name, value)
        return self._keep(done, server=self._server, run_id=run_id, trials=(), finished=False)

    def _known(self, run_id: str) -> bool:
        """Whether the server still has that run, which may have been deleted there."""
        from mlflow.exceptions import RestException

        try:
            return bool(self._client.get_run(run_id).info.lifecycle_stage == "active")
        except RestException as error:
            if error.error_code == "RESOURCE_DOES_NOT_EXIST":
                return False
            raise

    def _keep(self, done: _Uploaded, **changes: Any) -> _Uploaded:
        changed = done.model_copy(update=changes)
        self._tree.write_model(_RECORD, changed)
        return changed

    def _upload(self, run_id: str, trial: TrialResult) -> None:
        """A trial: every loss as a metric with the trial as its step, its record, and its prompts."""
        from mlflow.entities import Metric

        values = {
            **{f"train/{term}": trial.average(term) for term in TERMS},
            **{f"held_out/{term}": trial.held_out_loss(f"{term}_loss") for term in TERMS},
            "classifier_accuracy": trial.classifier_accuracy,
            "demonstrations": float(trial.demonstrations),
        }
        when = int(trial.timestamp.timestamp() * 1000)
        self._client.log_batch(
            run_id,
            metrics=[
                Metric(name, value, when, trial.trial_number)
                for name, value in values.items()
                if not math.isnan(value)
            ],
        )
        for name in ("results.json", "refinement_analysis.json"):
            place = f"trials/{trial.trial_id}/{name}"
            if self._tree.path(place).exists():
                self._text(run_id, self._tree.read_text(place), place)
        versions = PromptVersions(self._tree)
        if trial.prompt_version in versions.versions():
            for name, text in versions.load(trial.prompt_version).items():
                self._text(run_id, text, f"prompts/{trial.prompt_version}/{name}.txt")

    def _text(self, run_id: str, text: str, place: str) -> None:
        self._client.log_text(run_id, redact(text), place)

    def _finish(self, run_id: str, trials: list[TrialResult], final: tuple[bool, str]) -> None:
        """The end of a run: its report, its ledger, and its compiled profile as a version of the registered model."""
        best = best_trial(trials)
        spent = self._record.spent()
        self._text(run_id, run_html(self._tree), "evaluation.html")
        for name in ("final_report", "loss_history"):
            self._text(run_id, self._tree.read_text(self._tree.convergence(name)), f"{name}.json")
        self._client.log_dict(run_id, redact_data(spent.model_dump(mode="json")), "ledger.json")
        self._client.set_tag(run_id, "converged", str(final[0]))
        self._client.set_tag(run_id, "reason", final[1])
        if best is not None:
            self._client.set_tag(run_id, "best_trial", best.trial_id)
        if self._tree.path(COMPILED_PROFILE).exists():
            self._register(run_id)
        self._client.set_terminated(run_id)

    def _register(self, run_id: str) -> None:
        """The profile as an MLflow model made from code: nothing of it is pickled, and no model of a provider named."""
        import mlflow.pyfunc
        from mlflow.exceptions import MlflowException

        profile = self._tree.path(COMPILED_PROFILE)
        CompiledProfile.load(profile)
        with tempfile.TemporaryDirectory(prefix="podcast-dspy-") as folder:
            model, copy = Path(folder) / "model", Path(folder) / "podcast_profile_v1.json"
            copy.write_bytes(profile.read_bytes())
            mlflow.pyfunc.save_model(
                model,
                python_model=str(Path(__file__).with_name("mlflow_model.py")),
                artifacts={"profile": str(copy)},
                pip_requirements=[f"podcast-dspy=={library_versions().get('podcast-dspy', '0')}"],
            )
            self._client.log_artifacts(run_id, str(model), "model")
        try:
            self._client.create_registered_model(MODEL)
        except MlflowException as error:
            if error.error_code != "RESOURCE_ALREADY_EXISTS":
                raise
        source = f"{self._client.get_run(run_id).info.artifact_uri}/model"
        self._client.create_model_version(MODEL, source, run_id)


def _parameters(data: Any, place: str = "") -> Iterator[tuple[str, str]]:
    """Settings as MLflow's parameters; models by their names, without the address of a server or a folder."""
    for name, value in data.items():
        where = f"{place}.{name}" if place else name
        if isinstance(value, dict):
            yield from _parameters(value, where)
        elif value is not None:
            shown = model_name(str(value)) if place == "roles" else str(value)
            yield where, redact(shown)[:500]
