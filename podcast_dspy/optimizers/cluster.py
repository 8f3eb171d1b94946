"""Rollouts on a Dask cluster: tasks that are keyed by what they are made of, over a workspace that every worker sees.

Programs, profiles and pairs are files of the workspace, so a task carries names and a hash: a worker reads them, and
works only if they are what the task was made for. What it leaves are the same files as a rollout here. A worker that
dies loses its tasks to the others, and files are written whole or not at all, so that nothing of it shows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict

from podcast_dspy.errors import PodcastError, PrerequisiteError, WorkspaceError
from podcast_dspy.generation.program import PodcastProgram
from podcast_dspy.lms import CostLedger, allow
from podcast_dspy.lms.calls import calling, calls
from podcast_dspy.lms.ledger import LedgerEntry
from podcast_dspy.optimizers.record import RunRecord
from podcast_dspy.optimizers.rollout import RolloutRunner
from podcast_dspy.optimizers.trials import Rollout
from podcast_dspy.pairs.dataset import fingerprint
from podcast_dspy.pairs.pair_store import PairStore
from podcast_dspy.profiles import AggregatedProfile
from podcast_dspy.settings import TrainingConfig
from podcast_dspy.store import ProfileVersions, Tree, code_version, content_hash

if TYPE_CHECKING:
    from distributed import Client

_PATIENCE = 15
"""Seconds in which a scheduler has to answer."""
_OTHER = (
    "a worker of the cluster finds something else in {} than this machine does, or is of another version; give all of "
    "them the same folder and the same podcast-dspy"
)


class TrialParts(BaseModel):
    """What all rollouts of a trial are made of, by name."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    root: str
    """Folder of the workspace, the same on every machine."""
    trial_id: str
    training: tuple[str, ...]
    """Pairs that the script is compared with, lest it says what their podcasts say."""
    profile_version: str
    config: TrainingConfig

    def read(self) -> _Trial:
        """Program, profile and pairs as they lie here, and their hash. Raises WorkspaceError."""
        tree = Tree(self.root)
        store = PairStore(tree)
        pairs = [store.get(name) for name in self.training]
        program = RunRecord(tree).program(self.trial_id)
        profile = ProfileVersions(tree).load(AggregatedProfile, self.profile_version)
        made_of = {
            "trial": self.trial_id,
            "program": program.dump_state(),
            "profile": profile,
            "training": fingerprint(pairs),
            "config": self.config,
            "code": code_version("podcast_dspy"),
        }
        return _Trial(program, profile, RolloutRunner(tree, self.config, pairs), content_hash(made_of))


@dataclass(frozen=True)
class _Trial:
    program: PodcastProgram
    profile: AggregatedProfile
    runner: RolloutRunner
    hash: str


@lru_cache(maxsize=1)
def _read(parts: str, wanted: str) -> _Trial:
    """What a worker has read for one rollout of a trial serves the others, whose parts have the hash `wanted`."""
    parsed = TrialParts.model_validate_json(parts)
    trial = parsed.read()
    if trial.hash != wanted:
        raise WorkspaceError(_OTHER.format(parsed.root))
    return trial


class RolloutTask(BaseModel):
    """One rollout, by the names of what it is made of."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    parts: TrialParts
    trial: str
    """Hash of what the parts name."""
    pair_id: str
    repeat: int = 0
    timeout: float | None = None
    since: float = 0.0
    """Answers that were kept before are not taken."""

    def key(self) -> str:
        """Hash of all that the rollout depends on: program, profile, pairs, settings, code. Raises WorkspaceError."""
        pair = PairStore(Tree(self.parts.root)).get(self.pair_id)
        return "rollout-" + content_hash([self.trial, fingerprint([pair]), self.repeat, self.since])


def run_task(task: RolloutTask, key: str) -> tuple[Rollout, tuple[LedgerEntry, ...]]:
    """Carry out a task, on whichever machine this is; the rollout, and what was asked of models for it.

    Raises WorkspaceError where this machine has another workspace or another version than who gave the task, and what a
    rollout raises.
    """
    trial = _read(task.parts.model_dump_json(), task.trial)
    if task.key() != key:
        raise WorkspaceError(_OTHER.format(task.parts.root))
    pair = PairStore(Tree(task.parts.root)).get(task.pair_id)
    with calling(timeout=task.timeout, since=task.since), CostLedger() as ledger:
        rollout = trial.runner.run(trial.program, trial.profile, pair, task.parts.trial_id, task.repeat)
    return rollout, ledger.entries


class Cluster:
    """The connection to a Dask scheduler."""

    def __init__(self, address: str) -> None:
        """Connect. Raises PrerequisiteError without `distributed`, and when no scheduler or no worker is there."""
        try:
            from distributed import Client
        except ImportError as error:
            raise PrerequisiteError(
                "Dask is not installed; run: pip install 'podcast-dspy[cluster]', or leave out --cluster"
            ) from error
        try:
            self._client: Client = Client(address, timeout=_PATIENCE, set_as_default=False)  # type: ignore[no-untyped-call]
        except (OSError, ValueError) as error:
            raise PrerequisiteError(
                f"no Dask scheduler answers at {address}; start one with `dask scheduler`, or leave out --cluster"
            ) from error
        workers = self._client.scheduler_info(n_workers=-1)["workers"]
        if not workers or any(worker["nthreads"] != 1 for worker in workers.values()):
            self.close()
            # A process counts what it asks of models, whichever of its threads asks.
            raise PrerequisiteError(
                f"the cluster at {address} needs workers of one thread each; start them with: "
                f"dask worker {address} --nthreads 1 --nworkers auto"
            )

    def close(self) -> None:
        """Leave the cluster; tasks that were given to it are dropped."""
        self._client.close()  # type: ignore[no-untyped-call]

    def rollouts(self, tasks: Sequence[RolloutTask], ledger: CostLedger) -> Iterator[Rollout]:
        """The rollouts in the order of their tasks, each when it is done; what they asked of models is counted.

        Raises BudgetError between two rollouts, PrerequisiteError when tasks keep killing their workers, and what a
        rollout raises; tasks that have not begun are dropped then.
        """
        from distributed import KilledWorker
        from distributed.client import FutureCancelledError

        allow(0)
        keys = [task.key() for task in tasks]
        futures: list[Any] = [
            self._client.submit(run_task, task, key, key=key) for task, key in zip(tasks, keys, strict=True)
        ]
        try:
            for task, future in zip(tasks, futures, strict=True):
                try:
                    rollout, entries = future.result()
                except (KilledWorker, FutureCancelledError, OSError) as error:
                    if isinstance(error, PodcastError):
                        raise
                    raise PrerequisiteError(
                        f"the rollout of {task.pair_id} ended its workers, or the cluster is gone "
                        f"({type(error).__name__}); give workers more memory, and go on with --resume"
                    ) from error
                ledger.merge(entries)
                allow(0)
                yield rollout
        finally:
            self._client.cancel(futures)  # type: ignore[no-untyped-call]


def tasks_of(parts: TrialParts, wanted: Sequence[tuple[str, int]]) -> list[RolloutTask]:
    """A task for each pair and repeat of a trial, whose program is stored already. Raises WorkspaceError."""
    made_of, now = parts.read().hash, calls()
    return [
        RolloutTask(
            parts=parts,
            trial=made_of,
            pair_id=pair_id,
            repeat=repeat,
            timeout=now.timeout,
            since=now.since,
        )
        for pair_id, repeat in wanted
    ]


@contextmanager
def connected(address: str | None) -> Iterator[Cluster | None]:
    """The cluster at an address while the block runs; None for none."""
    if address is None:
        yield None
        return
    cluster = Cluster(address)
    try:
        yield cluster
    finally:
        cluster.close()
