"""Kill training runs with SIGKILL at random moments, resume them, and compare with a run that nobody disturbed.

    python benchmarks/resume.py                # 50 kills, rollouts on this machine
    python benchmarks/resume.py --cluster      # the same with a Dask cluster of two local workers

The runs compile with `gepa` on made-up pairs, by a scripted LM and a voice of tones, so that a start takes seconds; the
training loop, its records and the workspace are the real ones. On the cluster every other kill hits a worker instead. A
run that is finished is compared, and the next begins, until there were so many kills. Compared is all that trials, the
search and the compiled profile leave, sound included, except for times of day.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
import multiprocessing
import os
import random
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import dspy
from compile_scripted import ScriptedLM, scripted_pairs

from podcast_dspy.cluster import on_cluster
from podcast_dspy.optimizers.loop import run_training_loop
from podcast_dspy.pairs.pair_store import PairStore
from podcast_dspy.settings import ModelRoles, TrainingConfig
from podcast_dspy.store import Tree, file_sha256
from podcast_dspy.testing import FakeVoice, Watching

_LIMIT = 900.0
_CLOCKS = {"timestamp", "generated_at", "created_at", "trained_at", "date", "at"}
_PAIRS = 2
_KEPT: Final = contextlib.ExitStack()
"""What stays for the life of a worker: what nobody refers to would end at once."""


@contextlib.contextmanager
def stand_ins() -> Iterator[None]:
    """The scripted LM and the voice, for all threads of this process."""
    os.environ["OPENAI_API_KEY"] = "none"
    dspy.configure(callbacks=[Watching()])
    with FakeVoice(seconds_a_word=0.25).installed("embedded"), ScriptedLM(scripted_pairs(_PAIRS)).serving():
        yield


def dask_setup(worker: Any) -> None:
    """Called by Dask in a worker that is given this file with `--preload`."""
    _KEPT.enter_context(stand_ins())


def begun(folder: Path) -> Path:
    """A workspace with the pairs, their recordings empty."""
    store = PairStore(Tree(folder / "workspace"))
    for pair in scripted_pairs(_PAIRS):
        sound = folder / f"{pair.pair_id}.wav"
        sound.write_bytes(pair.pair_id.encode())
        heard = pair.transcription.model_copy(update={"sha256": file_sha256(sound)})
        store.add(pair.model_copy(update={"transcription": heard, "audio_path": str(sound)}))
    return folder / "workspace"


def train(folder: Path, address: str | None) -> None:
    """Begin a run or go on with it, to its end."""
    tree = Tree(folder)
    store = PairStore(tree)
    pairs = [store.get(name) for name in store.list()]
    roles = ModelRoles(lm="openai/writer", reflection_lm="openai/reflection")
    config = TrainingConfig(optimizer="gepa", max_trials=3, convergence_threshold=0.0, roles=roles)
    resume = tree.path("convergence", "run.json").exists()
    with stand_ins(), on_cluster(address):
        run_training_loop(tree, pairs, config, resume=resume)


def left(folder: Path, clustered: bool) -> dict[str, str]:
    """Hashes of what a run left, by file."""
    found = {}
    for place in ("trials", "convergence/searches", "profiles/podcast_profile_v1.json"):
        files = [folder / place] if place.endswith(".json") else sorted((folder / place).rglob("*.*"))
        for file in files:
            if clustered and file.name.startswith("."):
                continue  # what a killed worker had begun; a run without a cluster clears that away
            content = file.read_bytes()
            if file.suffix == ".json":
                content = json.dumps(_timeless(json.loads(content)), sort_keys=True).encode()
            found[str(file.relative_to(folder))] = hashlib.sha256(content).hexdigest()
    return found


def _timeless(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _timeless(one) for name, one in value.items() if name not in _CLOCKS}
    return [_timeless(one) for one in value] if isinstance(value, list) else value


def finished(folder: Path) -> dict[str, int]:
    """Rollouts and trials that are done, with the time they were written."""
    return {
        str(file): file.stat().st_mtime_ns
        for pattern in ("trials/*/*_rollout.json", "trials/*/results.json")
        for file in folder.glob(pattern)
    }


class Runs:
    """Starts of runs in processes of their own."""

    def __init__(self, address: str | None, pids: Any) -> None:
        self._address, self._pids = address, pids
        # A start from a server that has imported everything takes no seconds for that.
        self._fork = multiprocessing.get_context("forkserver")
        self._fork.set_forkserver_preload(["resume"])
        self.kills = self.again = 0

    def start(self, folder: Path, kill: float | None, *, worker: bool = False) -> bool:
        """Start, or go on; whether it came to its end. `kill` is when to kill it, or one of the workers."""
        before = finished(folder)
        # What nobody disturbs is another interpreter, whose sets have another order.
        kind = self._fork if kill else multiprocessing.get_context("spawn")
        process = kind.Process(target=train, args=(folder, self._address))
        process.start()
        process.join(kill or _LIMIT)
        if process.is_alive():
            self.kills += 1
            os.kill(random.choice(self._pids()) if worker else process.pid, signal.SIGKILL)
            process.join(_LIMIT)
        after = finished(folder)
        self.again += sum(after.get(name) != written for name, written in before.items())
        if process.exitcode not in (0, -signal.SIGKILL):
            raise SystemExit(f"a start ended with status {process.exitcode}")
        return process.exitcode == 0


@contextlib.contextmanager
def cluster_of_two() -> Iterator[tuple[str, Any]]:
    """Address of a scheduler with two workers on loopback, and how to find the workers' processes."""
    from distributed import Client, LocalCluster

    with (
        LocalCluster(
            n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address=None, preload=[__file__]
        ) as local,
        Client(local, set_as_default=False) as client,
    ):
        client.wait_for_workers(2)
        yield local.scheduler_address, lambda: sorted(client.run(os.getpid).values())


def main() -> None:
    """Run, kill, resume, compare."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--cluster", action="store_true")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    random.seed(given.seed)
    with contextlib.ExitStack() as stack:
        work = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="podcast-dspy-resume-")))
        os.environ["PODCAST_DSPY_CACHE"] = str(work / "cache")
        address, pids = stack.enter_context(cluster_of_two()) if given.cluster else (None, None)
        runs = Runs(address, pids)
        (work / "whole").mkdir()
        whole = begun(work / "whole")
        started = time.monotonic()
        Runs(None, None).start(whole, None)
        took = time.monotonic() - started
        expected, same, number = left(whole, given.cluster), 0, 0
        while runs.kills < given.kills:
            number += 1
            (work / f"run{number}").mkdir()
            folder = begun(work / f"run{number}")
            done = False
            while not done:
                kill = random.uniform(0.1, took / 6) if runs.kills < given.kills else None
                done = runs.start(folder, kill, worker=given.cluster and runs.kills % 2 == 1)
            found = left(folder, given.cluster)
            same += found == expected
            for name in sorted(set(found) | set(expected)):
                if found.get(name) != expected.get(name):
                    print(f"  differs: {name}")
            print(f"  {runs.kills} kills, {same} of {number} runs identical", file=sys.stderr, flush=True)
    where = "on a cluster of two workers" if given.cluster else "on this machine"
    print(
        f"{runs.kills} kills in {number} runs {where}; {runs.again} finished rollouts and trials were done again."
    )
    print(f"{same} of {number} runs left the same {len(expected)} files as the undisturbed one.")


if __name__ == "__main__":
    main()
