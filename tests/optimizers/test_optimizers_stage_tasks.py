"""The stages of training on a real Dask cluster of two worker processes, one of which is killed in mid-run."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from podcast_dspy import cluster
from podcast_dspy.analysis import EpisodeAnalysis
from podcast_dspy.cluster import Cluster, carry_out, on_cluster
from podcast_dspy.errors import PrerequisiteError, UsageError, WorkspaceError
from podcast_dspy.generation.adjustments import Adjustments
from podcast_dspy.generation.program import PodcastProgram
from podcast_dspy.generation.voicing import voice_script
from podcast_dspy.lms import Budget, CostLedger, calling
from podcast_dspy.lms.calls import calls
from podcast_dspy.lms.ledger import CallRecord, LedgerEntry, record
from podcast_dspy.metrics import LossMetrics
from podcast_dspy.optimizers import stage_tasks
from podcast_dspy.optimizers.artifacts import store_profile
from podcast_dspy.optimizers.record import RunRecord
from podcast_dspy.optimizers.stage_tasks import RolloutRunner, rolling_out
from podcast_dspy.optimizers.trials import Rollout
from podcast_dspy.pairs import fingerprint
from podcast_dspy.pairs.pair_store import PairStore
from podcast_dspy.profiles import AggregatedProfile
from podcast_dspy.settings import TrainingConfig
from podcast_dspy.store import ProfileVersions, Tree, file_sha256
from podcast_dspy.tasks import Task, run
from podcast_dspy.testing import (
    FakeVoice,
    sample_metrics,
    sample_pair,
    sample_paper,
    sample_profile,
    sample_script,
    sample_trial,
)
from podcast_dspy.workspace import Workspace

distributed = pytest.importorskip("distributed")
cloudpickle = pytest.importorskip("cloudpickle")
pytestmark = pytest.mark.filterwarnings("ignore")

NAMES = ("a", "b", "c", "d", "e", "f")


def slowly(self: Any, program: Any, profile: Any, pair: Any, trial_id: str, repeat: int = 0) -> Rollout:
    """A rollout of half a second that depends on program and pair, and asks a model once."""
    time.sleep(0.5)
    record(CallRecord("writer", "openai/writer", 0.5, prompt_tokens=10, cost=0.25))
    loss = ord(pair.pair_id) / 1000 + program.adjustments.words_per_minute / 1000
    metrics = sample_metrics(pair.pair_id, duration_loss=loss)
    self.tree.write_bytes(f"trials/{trial_id}/{pair.pair_id}_audio.mp3", b"sound")
    (found,) = sample_trial(training=[metrics]).rollouts
    return found


def hummed(*given: Any, **options: Any) -> EpisodeAnalysis:
    """The analysis of the sample pair."""
    pair = sample_pair()
    assert pair.structure_profile
    assert pair.style_profile
    return EpisodeAnalysis(
        segments=pair.aligned_segments or (), structure=pair.structure_profile, style=pair.style_profile
    )


def heard(path: str, **options: Any) -> Any:
    """What is said in a recording, by its name."""
    found = sample_pair().transcription
    return found.model_copy(update={"sha256": file_sha256(Path(path)), "source_path": path})


def measured(script: Any, pair: Any, **options: Any) -> LossMetrics:
    """Losses that depend on the pair."""
    return sample_metrics(pair.pair_id, duration_loss=ord(pair.pair_id[0]) / 1000)


def stand_in() -> None:
    """Replace what takes models: everything around it is real."""
    from podcast_dspy import audio, documents
    from podcast_dspy.optimizers import stage_tasks
    from podcast_dspy.optimizers.stage_tasks import RolloutRunner as Runner

    Runner.run = slowly  # type: ignore[method-assign]
    stage_tasks.analyze_episode = hummed  # type: ignore[assignment]
    stage_tasks.score_script = measured  # type: ignore[assignment]
    audio.transcribe = heard  # type: ignore[assignment]
    audio.transcriber_key = str  # type: ignore[assignment]
    documents.read_document = lambda pdf, images_dir: sample_paper(sha256=file_sha256(pdf))  # type: ignore[assignment]


class Standing(distributed.WorkerPlugin):  # type: ignore[misc]
    """Puts the stand-in into every worker, also into one that takes the place of a dead one."""

    def setup(self, worker: Any) -> None:
        """Called by Dask."""
        stand_in()
        worker.voice = FakeVoice().installed()  # what nobody refers to would end at once
        worker.voice.__enter__()


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    tree = Tree(tmp_path / "workspace")
    for place, name in enumerate(NAMES):
        folder = tmp_path / name
        folder.mkdir()
        pair = sample_pair(name, folder=folder, paper=str(place) * 64)
        Path(pair.audio_path).write_bytes(name.encode())
        heard = pair.transcription.model_copy(update={"sha256": file_sha256(Path(pair.audio_path))})
        PairStore(tree).add(pair.model_copy(update={"transcription": heard}))
    RunRecord(tree).keep_program("trial_000", PodcastProgram(Adjustments(words_per_minute=160.0)))
    store_profile(tree, sample_profile(), activate=True)
    return tree


def rollouts(tree: Tree) -> list[Task[Rollout]]:
    store, config = PairStore(tree), TrainingConfig()
    pairs = [store.get(name) for name in NAMES]
    return rolling_out(
        RolloutRunner(tree, config, pairs),
        RunRecord(tree).program("trial_000"),
        ProfileVersions(tree).load(AggregatedProfile, "v1"),
        [(pair, 0) for pair in pairs],
        "trial_000",
        {pair.pair_id: fingerprint([pair]) for pair in pairs},
    )


@pytest.fixture
def dask(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A scheduler and two workers of one thread, on loopback."""
    cloudpickle.register_pickle_by_value(sys.modules[__name__])
    root = str(Path(cluster.__file__).resolve().parents[1])
    monkeypatch.setenv("PYTHONPATH", root)
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address=None
        ) as local,
        distributed.Client(local, set_as_default=False) as client,
    ):
        client.register_plugin(Standing())
        yield local
    cloudpickle.unregister_pickle_by_value(sys.modules[__name__])


def plain(models: Any) -> list[dict[str, Any]]:
    return [model.model_dump(mode="json") for model in models]


def test_a_worker_that_is_killed_changes_nothing(
    tree: Tree, dask: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with distributed.Client(dask, set_as_default=False) as client:
        pids = sorted(client.run(os.getpid).values())
    assert len(set(pids)) == 2
    assert os.getpid() not in pids
    found = []
    with CostLedger() as ledger, on_cluster(dask.scheduler_address):
        ledger.part = "trial_000"
        for rollout in run(rollouts(tree)):
            if not found:
                os.kill(pids[0], signal.SIGKILL)
            found.append(rollout)
    monkeypatch.setattr(RolloutRunner, "run", lambda *given: pytest.fail("it is there already"))
    assert plain(run(rollouts(tree))) == plain(found), "what the cluster kept serves here"
    monkeypatch.setattr(RolloutRunner, "run", slowly)
    for name in tree.files("trials/trial_000"):
        if name.endswith("_rollout.json"):
            tree.remove(f"trials/trial_000/{name}")
    assert plain(run(rollouts(tree))) == plain(found)
    assert [one.pair_id for one in found] == list(NAMES)
    (entry,) = ledger.entries
    assert entry.part == "trial_000"
    assert entry.calls in (5, 6), "what the killed worker had asked went with it, where its output was kept"
    assert (entry.prompt_tokens, entry.cost) == (10 * entry.calls, 0.25 * entry.calls)


def test_what_another_run_cancels_is_asked_for_again(tree: Tree, dask: Any) -> None:
    """A run that is killed had given the cluster the same tasks; they are dropped when its end is noticed."""
    tasks, found = rollouts(tree), []
    with distributed.Client(dask, set_as_default=False) as other, on_cluster(dask.scheduler_address):
        for rollout in run(tasks):
            if not found:
                other.cancel([distributed.Future(tasks[-1].key, other)], force=True)
            found.append(rollout)
    assert [one.pair_id for one in found] == list(NAMES)


class Apart(distributed.WorkerPlugin):  # type: ignore[misc]
    """Keeps a worker from reading in folders of this machine, as if it were another one."""

    name = "apart"

    def __init__(self, *folders: Path) -> None:
        self.folders = [str(folder) for folder in folders]

    def setup(self, worker: Any) -> None:
        """Called by Dask."""
        import builtins
        import io
        from os import fspath

        folders, opened = self.folders, io.open

        def elsewhere(file: Any, *given: Any, **options: Any) -> Any:
            if not isinstance(file, int) and any(fspath(file).startswith(f"{one}/") for one in folders):
                raise FileNotFoundError(2, "another machine has no such file", str(file))
            return opened(file, *given, **options)

        io.open = builtins.open = elsewhere  # type: ignore[assignment]


@pytest.fixture(params=["file", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Address of a store: a folder, or a bucket of a server on loopback, where moto and s3fs are installed."""
    if request.param == "file":
        yield f"file://{tmp_path / 'store'}"
        return
    pytest.importorskip("s3fs")
    server = pytest.importorskip("moto.server").ThreadedMotoServer("127.0.0.1", 0)
    server.start()
    host, port = server.get_host_and_port()
    for name, value in (("ACCESS_KEY_ID", "none"), ("SECRET_ACCESS_KEY", "none"), ("REGION", "us-east-1")):
        monkeypatch.setenv(f"AWS_{name}", value)
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
    import boto3

    boto3.client("s3", region_name="us-east-1").create_bucket(Bucket="podcasts")
    yield "s3://podcasts/runs"
    server.stop()


def test_workers_that_share_but_a_store_do_the_same(
    store: str, tree: Tree, dask: Any, tmp_path: Path
) -> None:
    with distributed.Client(dask, set_as_default=False) as client:
        client.register_plugin(Apart(tree.root, *(tmp_path / name for name in NAMES)))
        pids = sorted(client.run(os.getpid).values())
        with pytest.raises(WorkspaceError), on_cluster(dask.scheduler_address):
            list(run(rollouts(tree)))
    found = []
    with CostLedger() as ledger, on_cluster(dask.scheduler_address, store):
        for rollout in run(rollouts(tree)):
            if not found:
                os.kill(pids[0], signal.SIGKILL)
            found.append(rollout)
    assert [one.pair_id for one in found] == list(NAMES)
    assert sum(entry.calls for entry in ledger.entries) in (5, 6)
    kept = [name for name in tree.files("trials/trial_000") if name.endswith("_rollout.json")]
    assert len(kept) == len(NAMES), "what workers made is in this machine's workspace"
    assert all((tree.root / "trials" / "trial_000" / f"{name}_audio.mp3").exists() for name in NAMES)
    assert plain(run(rollouts(tree))) == plain(found), "and serves here"
    for name in kept:
        tree.remove(f"trials/trial_000/{name}")
    with CostLedger() as ledger, on_cluster(dask.scheduler_address, store):
        assert plain(run(rollouts(tree))) == plain(found), "an output in the store serves as well"
    assert not ledger.entries
    with pytest.raises(UsageError, match="--cluster"), on_cluster(None, store):
        pass


@pytest.mark.parametrize("shared", [True, False])
def test_every_other_stage_gives_the_same_there_and_here(
    tmp_path: Path, dask: Any, monkeypatch: pytest.MonkeyPatch, shared: bool
) -> None:
    folder = tmp_path / "episodes"
    for name in ("one", "two"):
        (folder / name).mkdir(parents=True)
        (folder / name / "paper.pdf").write_bytes(name.encode())
        (folder / name / "podcast.mp3").write_bytes(name.encode())
    from podcast_dspy import audio, documents

    for module, name in (
        (audio, "transcribe"),
        (audio, "transcriber_key"),
        (documents, "read_document"),
        (stage_tasks, "analyze_episode"),
        (stage_tasks, "score_script"),
        (RolloutRunner, "run"),
    ):
        monkeypatch.setattr(module, name, getattr(module, name))  # is put back
    monkeypatch.setattr(audio, "probe", lambda path: Heard(file_sha256(Path(path))))
    monkeypatch.setattr(documents, "local_material", lambda path: None)
    script = sample_script()
    if not shared:
        with distributed.Client(dask, set_as_default=False) as client:
            client.register_plugin(Apart(tmp_path / "there", folder))
    made = []
    for place, address in (("there", dask.scheduler_address), ("here", None)):
        workspace = Workspace(tmp_path / place)
        if address is None:
            stand_in()
        store = None if shared or address is None else f"file://{tmp_path / 'store'}"
        with on_cluster(address, store), FakeVoice().installed() as voice:
            pairs = workspace.ingest_all(folder).pairs
            analysed = workspace.analyze_all()
            losses = workspace.score(script, analysed[0], audio=None, judge="measured", voice="fake:tone")
            told, narration = voice_script(script, "fake:tone", speech_cache=tmp_path / f"{place}-speech")
            assert bool(voice.said) is (address is None), "on a cluster nothing is spoken here"
        made.append(
            (
                [one.transcription.transcript_text for one in pairs],
                [one.document_graph.sha256 for one in pairs],
                [one.structure_profile for one in analysed],
                losses.total_loss,
                told,
                narration.samples.tolist(),
            )
        )
    assert made[0] == made[1]
    papers = [one.pdf_path for one in Workspace(tmp_path / "there").pairs]
    assert papers == [str(folder / name / "paper.pdf") for name in ("one", "two")]
    assert made[0][1] == [file_sha256(folder / name / "paper.pdf") for name in ("one", "two")]


class Heard:
    """What `probe` tells of a recording."""

    def __init__(self, sha256: str) -> None:
        self.sha256 = sha256


def test_a_worker_with_another_workspace_refuses(tree: Tree) -> None:
    (task, *_) = rollouts(tree)
    key = task.key
    PairStore(tree).relabel("b", [])
    later = sample_profile().model_copy(update={"created_at": datetime(2031, 1, 1, tzinfo=UTC)})
    tree.write_model("profiles/aggregated_v1.json", later.model_copy(update={"version": "v1"}))
    assert rollouts(tree)[0].key == key, "what does not change the rollout does not change its key"
    RunRecord(tree).keep_program("trial_000", PodcastProgram(Adjustments(words_per_minute=170.0)))
    with pytest.raises(WorkspaceError, match="a worker of the cluster finds something else"):
        task.function(tree, **task.inputs)


def test_fresh_answers_are_fresh_on_workers_too(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []

    def run_one(self: Any, *given: Any) -> Any:
        seen.append(calls().since)
        return slowly(self, *given)

    monkeypatch.setattr(RolloutRunner, "run", run_one)
    monkeypatch.setattr(time, "sleep", lambda seconds: None)
    before = time.time()
    for fresh, place in ((True, 0), (False, 1)):
        with calling(fresh=fresh):
            task = rollouts(tree)[place]
            key, since = task.key, calls().since
        carry_out(task, key, None, since)
    assert seen[0] >= before
    assert seen[1] == 0.0


def test_no_scheduler_is_told_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "_PATIENCE", 1)
    with pytest.raises(PrerequisiteError, match=r"no Dask scheduler answers at tcp://127\.0\.0\.1:9"):
        Cluster("tcp://127.0.0.1:9")
    for address in ("nonsense", "tcp://127.0.0.1", "http://example.org/a:1"):
        with pytest.raises(UsageError, match="is no address of a Dask scheduler"):
            Cluster(address)
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(PrerequisiteError, match=r"pip install 'podcast-dspy\[cluster\]'"):
        Cluster("tcp://127.0.0.1:9")


def test_when_all_workers_are_gone_it_is_told_and_waited_for(
    tree: Tree, dask: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "_LOOK", 0.2)
    monkeypatch.setenv("PODCAST_DSPY_WORKER_WAIT", "60")
    told: list[str] = []

    def report(stage: str, done: float, total: float) -> None:
        if not told:
            dask.scale(1)
        told.append(stage)

    with on_cluster(dask.scheduler_address, tell=report):
        dask.scale(0)
        dask.sync(dask._correct_state)
        found = list(run(rollouts(tree)[:2]))
    assert [one.pair_id for one in found] == ["a", "b"]
    assert dask.scheduler_address in told[0]
    assert "dask worker" in told[0]
    assert len(set(told)) == 1
    monkeypatch.setenv("PODCAST_DSPY_WORKER_WAIT", "0.1")
    with on_cluster(dask.scheduler_address):
        dask.scale(0)
        dask.sync(dask._correct_state)
        with pytest.raises(PrerequisiteError, match="has had no worker for"):
            list(run(rollouts(tree)))
    monkeypatch.setenv("PODCAST_DSPY_WORKER_WAIT", "soon")
    with pytest.raises(UsageError, match="PODCAST_DSPY_WORKER_WAIT"):
        Cluster(dask.scheduler_address)


def test_what_workers_asked_is_held_against_the_budget() -> None:
    ledger = CostLedger(Budget(cost=1.0))
    ledger.begin("trial_000")
    ledger.merge([LedgerEntry(purpose="writer", model="m", calls=2, cost=0.4)] * 2)
    ledger.merge([LedgerEntry(purpose="writer", model="m", calls=1, cached=1, cost=0.4)])
    (entry,) = ledger.entries
    assert (entry.calls, entry.cached, entry.cost) == (5, 1, pytest.approx(1.2))
    assert ledger.reached(1) == "the budget of $1 is spent"
    ledger.merge([LedgerEntry(purpose="writer", model="m", calls=1, cost=None)])
    assert ledger.cost is None
