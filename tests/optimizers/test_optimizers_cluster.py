"""Rollouts on a real Dask cluster of two worker processes, one of which is killed in the middle of a trial."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from podcast_dspy.errors import PrerequisiteError, WorkspaceError
from podcast_dspy.generation.adjustments import Adjustments
from podcast_dspy.generation.program import PodcastProgram
from podcast_dspy.lms import Budget, CostLedger, calling
from podcast_dspy.lms.calls import calls
from podcast_dspy.lms.ledger import CallRecord, LedgerEntry, record
from podcast_dspy.optimizers import cluster as clusters
from podcast_dspy.optimizers import loop
from podcast_dspy.optimizers.artifacts import store_profile
from podcast_dspy.optimizers.cluster import Cluster, RolloutTask, TrialParts, run_task, tasks_of
from podcast_dspy.optimizers.record import RunRecord
from podcast_dspy.optimizers.rollout import RolloutRunner
from podcast_dspy.optimizers.trials import Rollout
from podcast_dspy.pairs.pair_store import PairStore
from podcast_dspy.settings import TrainingConfig
from podcast_dspy.store import Tree, file_sha256
from podcast_dspy.testing import sample_metrics, sample_pair, sample_profile, sample_trial

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
    (found,) = sample_trial(training=[metrics]).rollouts
    self._tree.write_model(f"trials/{trial_id}/{pair.pair_id}_rollout.json", found)
    return found


class Standing(distributed.WorkerPlugin):  # type: ignore[misc]
    """Puts the stand-in into every worker, also into one that takes the place of a dead one."""

    def setup(self, worker: Any) -> None:
        """Called by Dask."""
        from podcast_dspy.optimizers.rollout import RolloutRunner as Runner

        Runner.run = slowly  # type: ignore[method-assign]


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


def tasks(tree: Tree) -> list[RolloutTask]:
    parts = TrialParts(
        root=str(tree.root),
        trial_id="trial_000",
        training=NAMES,
        profile_version="v1",
        config=TrainingConfig(),
    )
    return tasks_of(parts, [(name, 0) for name in NAMES])


@pytest.fixture
def dask(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A scheduler and two workers of one thread, on loopback."""
    cloudpickle.register_pickle_by_value(sys.modules[__name__])
    root = str(Path(clusters.__file__).resolve().parents[2])
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


def plain(rollout: Rollout) -> dict[str, Any]:
    return rollout.model_dump(mode="json")


def test_a_worker_that_is_killed_changes_nothing(
    tree: Tree, dask: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with distributed.Client(dask, set_as_default=False) as client:
        pids = sorted(client.run(os.getpid).values())
    assert len(set(pids)) == 2
    assert os.getpid() not in pids
    connection = Cluster(dask.scheduler_address)
    found = []
    with CostLedger() as ledger:
        ledger.part = "trial_000"
        for rollout in connection.rollouts(tasks(tree), ledger):
            if not found:
                os.kill(pids[0], signal.SIGKILL)
            found.append(rollout)
    connection.close()
    monkeypatch.setattr(RolloutRunner, "run", slowly)
    alone = [run_task(task, task.key())[0] for task in tasks(tree)]
    assert [plain(one) for one in found] == [plain(one) for one in alone]
    assert [one.pair_id for one in found] == list(NAMES)
    (entry,) = ledger.entries
    assert (entry.part, entry.calls, entry.prompt_tokens, entry.cost) == ("trial_000", 6, 60, 1.5)
    assert {name for name in tree.files("trials/trial_000") if name.endswith("_rollout.json")} == {
        f"{name}_rollout.json" for name in NAMES
    }


def test_a_worker_with_another_workspace_refuses(tree: Tree) -> None:
    (task, *_) = tasks(tree)
    key = task.key()
    PairStore(tree).relabel("b", [])
    assert task.key() == key, "what does not change the rollout does not change its key"
    RunRecord(tree).keep_program("trial_000", PodcastProgram(Adjustments(words_per_minute=170.0)))
    with pytest.raises(WorkspaceError, match="a worker of the cluster finds something else"):
        run_task(task, key)


def test_a_trial_reads_each_pair_twice_however_many_there_are(
    tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, get = [], PairStore.get
    monkeypatch.setattr(PairStore, "get", lambda self, name: read.append(name) or get(self, name))
    assert len({task.key() for task in tasks(tree)}) == len(NAMES)
    assert read == [*NAMES, *NAMES]


def test_fresh_answers_are_fresh_on_workers_too(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []

    def run(self: Any, *given: Any) -> Any:
        seen.append(calls().since)

    monkeypatch.setattr(RolloutRunner, "run", run)
    before = time.time()
    with calling(fresh=True):
        (fresh, *_) = tasks(tree)
    (kept, *_) = tasks(tree)
    assert fresh.key() != kept.key()
    for task in (fresh, kept):
        run_task(task, task.key())
    assert seen[0] >= before
    assert seen[1] == 0.0


def test_no_scheduler_is_told_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clusters, "_PATIENCE", 1)
    for address in ("tcp://127.0.0.1:9", "nonsense"):
        with pytest.raises(PrerequisiteError, match=f"no Dask scheduler answers at {address}"):
            Cluster(address)
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(PrerequisiteError, match=r"pip install 'podcast-dspy\[cluster\]'"):
        Cluster("tcp://127.0.0.1:9")


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


def test_the_loop_gives_a_trial_to_the_cluster_and_gets_the_same(
    tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(RolloutRunner, "run", slowly)
    monkeypatch.setattr(time, "sleep", lambda seconds: None)

    class Here:
        """A cluster in this process, on which another run left its profile."""

        def rollouts(self, wanted: list[RolloutTask], ledger: CostLedger) -> Iterator[Rollout]:
            for task in wanted:
                rollout, entries = run_task(task, task.key())
                ledger.merge(entries)
                yield rollout

    store, results, told = PairStore(tree), [], []
    training, held_out = [store.get(name) for name in "ab"], [store.get("c")]
    config = TrainingConfig(max_trials=1, holdout="c")
    program = RunRecord(tree).program("trial_000")
    for cluster in (None, Here()):
        ledger = CostLedger()
        found = loop._Loop(
            tree,
            config,
            training,
            held_out,
            "fingerprint",
            lambda stage, done, total: told.append(stage),
            ledger,
            lambda: None,
            cluster,  # type: ignore[arg-type]
        )
        results.append(found._roll_out(program, [*training, *held_out], "trial_000", 0))
    assert [plain(one) for one in results[0]] == [plain(one) for one in results[1]]
    assert [one.pair_id for one in results[1]] == ["a", "b", "c"]
    assert ledger.cost == 0.75
    assert any("trial 0: c" in stage for stage in told)
