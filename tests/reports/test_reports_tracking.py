"""Tracking by a real MLflow server with SQLite on loopback: what it gets, and what becomes of a run when it dies."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dspy
import httpx
import pytest

from podcast_dspy.errors import PrerequisiteError, UnknownNameError, UsageError
from podcast_dspy.optimizers.record import RunRecord
from podcast_dspy.optimizers.trials import TrainingRun, TrialResult
from podcast_dspy.reports.tracking import MODEL, Tracker
from podcast_dspy.settings import ModelRoles, TrainingConfig
from podcast_dspy.store import PromptVersions, Tree
from podcast_dspy.testing import FakeLM, FakeVoice, sample_compiled_profile, sample_metrics, sample_trial
from podcast_dspy.testing.samples import PASSAGES

pytest.importorskip("mlflow")
pytestmark = pytest.mark.filterwarnings("ignore")

KEY = "sk-live-0123456789abcdefghij"


class Server:
    """`mlflow server` with one worker, in a process group of its own."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.folder, self.url = folder, f"http://127.0.0.1:{self.port}"
        self.start()

    def start(self) -> None:
        command = [sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(self.port)]
        command += ["--workers", "1", "--backend-store-uri", f"sqlite:///{self.folder / 'mlflow.db'}"]
        command += ["--artifacts-destination", str(self.folder / "artifacts")]
        quiet = {
            "LITELLM_LOCAL_MODEL_COST_MAP": "true",
            "MLFLOW_DISABLE_TELEMETRY": "true",
            "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
        }
        self.process = subprocess.Popen(
            command,
            cwd=self.folder,
            env={**os.environ, **quiet},
            start_new_session=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        end = time.monotonic() + 200
        while time.monotonic() < end:
            try:
                if httpx.get(f"{self.url}/health", timeout=5).status_code == 200:
                    return
            except httpx.HTTPError:
                assert self.process.poll() is None, "mlflow server ended"
                time.sleep(0.3)
        raise AssertionError("mlflow server never answered")

    def stop(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    running = Server(tmp_path_factory.mktemp("mlflow"))
    yield running
    running.stop()


CONFIG = TrainingConfig(
    max_trials=3, holdout="held", roles=ModelRoles(lm="openai/writer@http://10.1.2.3/v1", judge_lm="measured")
)


class Run:
    """A training run in a workspace, trial by trial."""

    def __init__(self, place: Path) -> None:
        self.tree = Tree(place)
        self.record = RunRecord(self.tree)
        self.record.begin(CONFIG, "fingerprint")
        self.trials: list[TrialResult] = []

    def trial(self) -> None:
        number = len(self.trials)
        prompts = PromptVersions(self.tree).save({"script_writer": f"Write it, {number}. api_key={KEY}"})
        found = sample_trial(
            number,
            [sample_metrics("one", coverage_loss=0.5 - 0.1 * number)],
            [sample_metrics("held", coverage_loss=0.6 - 0.1 * number)],
            prompt_version=prompts,
            classifier_accuracy=float("nan"),
        )
        self.record.finish_trial(found, CONFIG)
        self.trials.append(found)

    def finish(self) -> None:
        sample_compiled_profile().save(self.tree.path("profiles/podcast_profile_v1.json"))
        run = TrainingRun(
            config=CONFIG, trials=tuple(self.trials), converged=True, reason="enough", profile_path="p"
        )
        self.record.finish(run)


def _client(server: Server) -> Any:
    from mlflow import MlflowClient

    return MlflowClient(tracking_uri=server.url, registry_uri=server.url)


def _files(client: Any, run_id: str, place: str | None = None) -> Iterator[str]:
    for found in client.list_artifacts(run_id, place):
        if found.is_dir:
            yield from _files(client, run_id, found.path)
        else:
            yield found.path


def test_a_run_arrives_trial_by_trial(server: Server, tmp_path: Path) -> None:
    run = Run(tmp_path / "workspace")
    tracker = Tracker(run.tree, server.url)
    tracker.check()
    with pytest.raises(UnknownNameError, match="no finished trial"):
        tracker.sync()
    run.trial()
    run_id, count = tracker.sync()
    assert count == 1
    run.trial()
    # Another process goes on with the same run, as `compile --resume` does.
    assert Tracker(run.tree, server.url).sync() == (run_id, 1)
    assert tracker.sync() == (run_id, 0)
    client = _client(server)
    kept = client.get_run(run_id)
    assert kept.info.status == "RUNNING"
    history = client.get_metric_history(run_id, "held_out/coverage")
    assert [(one.step, round(one.value, 3)) for one in history] == [(0, 0.6), (1, 0.5)]
    losses = {f"{side}/{name}" for side in ("train", "held_out") for name in ("total", "quality", "rouge")}
    assert losses <= set(kept.data.metrics)
    assert "classifier_accuracy" not in kept.data.metrics, "it was not measured"
    assert kept.data.params["roles.lm"] == "openai/writer"
    assert (kept.data.params["pairs.train"], kept.data.params["holdout"]) == ("one", "held")
    run.finish()
    assert tracker.sync() == (run_id, 0)
    kept = client.get_run(run_id)
    assert (kept.info.status, kept.data.tags["reason"], kept.data.tags["best_trial"]) == (
        "FINISHED",
        "enough",
        "trial_001",
    )
    files = set(_files(client, run_id))
    assert {
        "evaluation.html",
        "final_report.json",
        "prompts/v2/script_writer.txt",
        "trials/trial_001/results.json",
        "model/artifacts/podcast_profile_v1.json",
    } <= files
    assert not [name for name in files if name.endswith((".pkl", ".pickle"))]
    for file in (server.folder / "artifacts").rglob("*"):
        assert not file.is_file() or KEY.encode() not in file.read_bytes()
    assert "10.1.2.3" not in str(kept.data)
    assert [one.run_id for one in client.search_model_versions(f"name='{MODEL}'")] == [run_id]


@pytest.mark.models
def test_the_registered_model_loads_again_and_writes(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = Run(tmp_path / "workspace")
    run.trial()
    run.finish()
    Tracker(run.tree, server.url).sync()
    import mlflow.pyfunc

    monkeypatch.setenv("MLFLOW_TRACKING_URI", server.url)
    latest = max(int(one.version) for one in _client(server).search_model_versions(f"name='{MODEL}'"))
    model = mlflow.pyfunc.load_model(f"models:/{MODEL}/{latest}")
    paper = tmp_path / "paper.md"
    heads = ("Introduction", "Methods", "Results", "Results again", "Limitations", "Conclusion")
    parts = "\n\n".join(f"## {head}\n\n{text}" for head, text in zip(heads, PASSAGES, strict=True))
    paper.write_text(f"# Wet salt\n\n{PASSAGES[0]}\n\n{parts}\n")
    with FakeVoice(seconds_a_word=0.3, sample_rate=8000).installed("kokoro:VOICE", "embedded"):
        (script,) = model.predict([{"paper": str(paper), "minutes": 1.0}])
    assert "brine" in script.lower()


def test_calls_are_traced_within_a_run_and_hold_no_key(server: Server, tmp_path: Path) -> None:
    lm = FakeLM({"answer": {"answer": "salt"}})
    lm.kwargs["api_key"] = KEY
    with Tracker(Tree(tmp_path), server.url).traced(), lm.serving():
        dspy.Predict("question -> answer")(question="What melts ice?")
    with lm.serving():
        dspy.Predict("question -> answer")(question="Who hears this?")
    client = _client(server)
    experiment = client.get_experiment_by_name(MODEL)
    (trace,) = client.search_traces([experiment.experiment_id])
    told = str(trace.to_dict())
    assert "What melts ice?" in told
    assert "salt" in told
    assert KEY not in told


def test_a_server_that_dies_in_a_run_is_told_once_and_gets_the_rest_later(
    server: Server, tmp_path: Path
) -> None:
    run, told = Run(tmp_path / "workspace"), []
    tracker = Tracker(run.tree, server.url)
    run.trial()
    tracker.follow(told.append)
    assert told == []
    server.stop()
    for _ in range(2):
        run.trial()
        tracker.follow(told.append)
    (line,) = told
    assert "cannot be used: nothing answers there" in line
    assert "training goes on, and `podcast-dspy track` uploads the rest" in line
    with pytest.raises(PrerequisiteError, match="start it with `mlflow server`"):
        tracker.check()
    server.start()
    run.finish()
    run_id, count = Tracker(run.tree, server.url).sync()
    assert count == 2
    history = _client(server).get_metric_history(run_id, "train/total")
    assert [one.step for one in history] == [0, 1, 2]
    # A run that somebody deleted there is uploaded anew.
    _client(server).delete_run(run_id)
    again, count = Tracker(run.tree, server.url).sync()
    assert (again != run_id, count) == (True, 3)


def test_what_cannot_be_tracked_is_said_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree = Tree(tmp_path / "workspace")
    with pytest.raises(UsageError, match="holds a password") as caught:
        Tracker(tree, "https://me:hunter2@mlflow.example.org")
    assert "hunter2" not in str(caught.value)
    with pytest.raises(PrerequisiteError, match="MLflow at nonsense://x cannot be used"):
        Tracker(tree, "nonsense://x").check()
    monkeypatch.setitem(sys.modules, "mlflow", None)
    with pytest.raises(PrerequisiteError, match=r"pip install 'podcast-dspy\[mlflow\]'"):
        Tracker(tree, "http://127.0.0.1:5000")
