"""Tasks: named functions of content-addressed inputs, whose outputs are kept; carried out here, or by a Dask cluster.

A task carries names and hashes, no contents: whoever carries it out reads what they name in the folder that all see, or
in a copy of it from a store (`store.files.Objects`), and works only if it is what the task was made for. A worker that
dies loses its tasks to the others, and files are written whole or not at all, so that nothing of it shows.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar, copy_context
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from pydantic import BaseModel

from podcast_dspy.errors import PodcastError, PrerequisiteError, UsageError, WorkspaceError
from podcast_dspy.lms.calls import calling, calls
from podcast_dspy.lms.ledger import CostLedger, LedgerEntry, allow, merge
from podcast_dspy.models import model_slots
from podcast_dspy.store import Tree, atomic_write, code_version, content_hash, fingerprint
from podcast_dspy.store.files import Objects

if TYPE_CHECKING:
    from distributed import Client

M = TypeVar("M", bound=BaseModel)
Tell = Callable[[float], None]
"""Told how much is done: of one task (0-1), or how many tasks with parts of those under way."""

_CODE = ("podcast_dspy",)
"""From whose code outputs follow too."""
_PATIENCE = 15
"""Seconds in which a scheduler has to answer."""


@dataclass(frozen=True)
class Task(Generic[M]):
    """One piece of work."""

    function: Callable[..., M]
    """A module's function, whose name is the task's: called with the tree of the folder and the inputs."""
    root: Path
    """The folder, the same on every machine."""
    inputs: Mapping[str, Any]
    """JSON data from which the output follows: settings, and names with hashes, which the function checks."""
    output: type[M]
    path: str | None = ""
    """Where the output is kept in the folder, by default under its hash until its run is over; with None the function
    keeps what it makes."""
    keep: Callable[[M], bool] = lambda output: True
    """Whether an output may serve again."""
    here: Callable[[Tell], M] | None = None
    """The function with what this process has read already."""
    reads: Sequence[str] = ()
    """What the function reads: files of the folder, as patterns, and others by their absolute paths."""

    @property
    def key(self) -> str:
        """Name and hash of the task, which workers of another version do not come to."""
        made_of = [self.inputs, self.path, calls().since, code_version("podcast_dspy")]
        return f"{self.function.__name__}-{content_hash(made_of)}"

    def carried_out(self, tell: Tell = lambda done: None) -> M:
        """The output: what is kept of these inputs, else made now. Raises what the function raises, WorkspaceError."""
        return self._kept_or(
            lambda: self.here(tell) if self.here else self.function(Tree(self.root), **self.inputs)
        )

    def kept(self) -> M | None:
        """What is kept of these inputs in the folder, if anything is. Raises WorkspaceError."""

        def make() -> M:
            raise LookupError

        try:
            return self._kept_or(make)
        except LookupError:
            return None

    def forget(self) -> None:
        """Delete an output that was kept under its hash, for whom the run has what it needs. Raises WorkspaceError."""
        if self.path == "":
            tree, path = Tree(self.root), self._place(self._made_of())
            tree.remove(path)
            with contextlib.suppress(OSError):  # another run's are in it, or nothing was ever kept
                tree.path(path).parent.rmdir()
                tree.path("tasks").rmdir()

    def _kept_or(self, make: Callable[[], M]) -> M:
        if self.path is None:
            return make()
        inputs = self._made_of()
        path = self.path or self._place(inputs)
        return Tree(self.root).stage(inputs, make, self.output, path, code=_CODE, keep=self.keep)

    def _made_of(self) -> dict[str, Any]:
        # Of what has a place of its own, what is asked anew is another output.
        anew = {"since": calls().since} if calls().since and not self.path else {}
        return {**self.inputs, **anew}

    def _place(self, inputs: Mapping[str, Any]) -> str:
        return f"tasks/{self.function.__name__}/{fingerprint(inputs, _CODE).hash}.json"


def fits(found: str, wanted: str, place: Path) -> None:
    """Raise WorkspaceError where what an input names is not what the task was made for."""
    if found != wanted:
        raise WorkspaceError(
            f"a worker of the cluster finds something else in {place} than this machine does, or is of another "
            "version; give all of them the same folder and the same podcast-dspy"
        )


def run(tasks: Sequence[Task[M]], tell: Tell = lambda done: None, *, at_once: int = 0) -> Iterator[M]:
    """The outputs in the order of the tasks, each when it is there; those that have not begun go with the first error.

    `at_once` are carried out side by side on this machine, by default as many as it has cores for; within `on_cluster`
    the workers do it, and what they ask of models is counted here. Raises what a task raises, and BudgetError.
    """
    for output in outcomes(tasks, tell, at_once=at_once):
        if isinstance(output, PodcastError):
            raise output
        yield output


def outcomes(
    tasks: Sequence[Task[M]], tell: Tell = lambda done: None, *, at_once: int = 0
) -> Iterator[M | PodcastError]:
    """As `run`, with the error in the place of the output of a task that fails.

    Once whoever asked has taken all of them, those that are kept for a run that is interrupted go.
    """
    cluster = _cluster.get()
    yield from cluster.outcomes(tasks, tell) if cluster is not None else _side_by_side(tasks, tell, at_once)
    for task in tasks:
        task.forget()


def _side_by_side(tasks: Sequence[Task[M]], tell: Tell, at_once: int) -> Iterator[M | PodcastError]:
    share = _Share(len(tasks), tell)
    if len(tasks) == 1:  # in this thread, so that Ctrl-C reaches whatever it is at
        yield _outcome(lambda: tasks[0].carried_out(share.of(0)))
        return
    pool = ThreadPoolExecutor(min(len(tasks), at_once or model_slots()) or 1)
    try:
        futures = [
            pool.submit(copy_context().run, task.carried_out, share.of(place))
            for place, task in enumerate(tasks)
        ]
        for place, future in enumerate(futures):
            output = _outcome(future.result)
            share.tell(place, 1.0)
            yield output
    except BaseException:
        share.stopped.set()
        raise
    finally:
        # After a failure or Ctrl-C what has not begun is dropped, and what tells how far it is stops there.
        pool.shutdown(wait=True, cancel_futures=True)


def _outcome(work: Callable[[], M]) -> M | PodcastError:
    try:
        return work()
    except PodcastError as error:
        return error


class _StoppedError(Exception):
    """Nobody waits for this task any more."""


class _Share:
    """Progress of several tasks as one: each counts 1 when it is done."""

    def __init__(self, count: int, tell: Tell) -> None:
        self._done, self._tell, self._lock = [0.0] * count, tell, threading.Lock()
        self.stopped = threading.Event()

    def of(self, place: int) -> Tell:
        """What the task of that place calls."""

        def told(done: float) -> None:
            if self.stopped.is_set():
                raise _StoppedError
            self.tell(place, done)

        return told

    def tell(self, place: int, done: float) -> None:
        """One task is that far (0-1)."""
        with self._lock:
            self._done[place] = max(self._done[place], done)
            self._tell(sum(self._done))


def carry_out(
    task: Task[M],
    key: str,
    timeout: float | None,
    since: float,
    url: str | None = None,
    files: Mapping[str, str] | None = None,
) -> tuple[M, tuple[LedgerEntry, ...], dict[str, str]]:
    """A task on whichever machine this is, what was asked of models for it, and the files that it left in the store.

    With a `url` it reads `files` (places with hashes) there. Raises as `Task.carried_out`.
    """
    _cluster.set(None)  # what a task asks for in its turn is carried out here
    with calling(timeout=timeout, since=since), CostLedger() as ledger:
        fits(task.key, key, task.root)
        output, made = (task.carried_out(), {}) if url is None else _from_store(task, url, files or {})
        return output, ledger.entries, made


def _from_store(task: Task[M], url: str, files: Mapping[str, str]) -> tuple[M, dict[str, str]]:
    """A task in a folder of its own, filled from the store; what it writes there goes into the store."""
    from distributed import get_worker

    store, record = Objects(url), f"outputs/{task.key}.json"
    if (known := store.read(record)) is not None:
        found = json.loads(known)
        return task.output.model_validate(found["output"]), found["files"]
    # Of this worker alone, and Dask takes it away with the worker.
    folder = Path(get_worker().local_directory) / f"podcast-dspy-{content_hash([url, str(task.root)])}"
    root, there = folder / "tree", {str(folder / "tree"): str(task.root)}
    for place, sha256 in files.items():
        outside = Path(place).is_absolute()
        target = folder / sha256 / Path(place).name if outside else root / place
        there |= {str(target): place} if outside else {}
        store.fetch(sha256, target)
    before = _stamps(root)
    here = {place: local for local, place in there.items() if Path(place) != task.root}
    made_of = json.loads(_elsewhere(json.dumps(dict(task.inputs)), here))
    output = task.function(Tree(root), **made_of)
    made = {}
    for file in (file for file, stamp in _stamps(root).items() if before.get(file) != stamp):
        if file.suffix == ".json":
            atomic_write(file, _elsewhere(file.read_text("utf-8"), there).encode())
        made[file.relative_to(root).as_posix()] = store.keep(file)
    body = _elsewhere(json.dumps(output.model_dump(mode="json", round_trip=True)), there)
    if task.keep(output):
        store.write(record, json.dumps({"output": json.loads(body), "files": made}).encode())
    return task.output.model_validate_json(body), made


def _stamps(root: Path) -> dict[Path, tuple[int, int]]:
    """Files of a folder with what changes when they are written."""
    files = [file for file in root.rglob("*") if file.is_file()]
    shown = [file for file in files if not any(p.startswith(".") for p in file.relative_to(root).parts)]
    return {file: (file.stat().st_mtime_ns, file.stat().st_ino) for file in shown}


def _elsewhere(text: str, places: Mapping[str, str]) -> str:
    """JSON with the paths of one machine in the place of another's."""
    for old, new in places.items():
        text = text.replace(json.dumps(old)[1:-1], json.dumps(new)[1:-1])
    return text


class Cluster:
    """The connection to a Dask scheduler, whose workers see the same folder, or have a store between them and it."""

    def __init__(self, address: str, store: str | None = None) -> None:
        """Connect.

        Raises UsageError for what is no address, PrerequisiteError without `distributed`, and when no scheduler, worker
        or store is there.
        """
        if not re.fullmatch(r"(?:[a-z]+://)?[^\s/]+:\d+/?|inproc://\S+", address):
            raise UsageError(
                f"{address!r} is no address of a Dask scheduler; it looks like tcp://127.0.0.1:8786"
            )
        self._url, self._objects = store, None if store is None else Objects(store)
        self._sent: dict[tuple[Path, int], str] = {}
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

    def outcomes(self, tasks: Sequence[Task[M]], tell: Tell) -> Iterator[M | PodcastError]:
        """As the function; what tasks asked of models is counted. Raises BudgetError between two of them."""
        from distributed import KilledWorker
        from distributed.client import FutureCancelledError

        allow(0)
        now = calls()
        kept = {task.key: found for task in tasks if self._objects and (found := task.kept()) is not None}
        futures: list[Any] = [
            self._client.submit(
                carry_out,
                replace(task, here=None),
                task.key,
                now.timeout,
                now.since,
                self._url,
                self._published(task),
                key=task.key,
            )
            for task in tasks
            if task.key not in kept
        ]
        waiting = iter(futures)
        try:
            for done, task in enumerate(tasks, 1):
                output: M | PodcastError
                try:
                    output = (
                        kept[task.key] if task.key in kept else self._brought(task, *next(waiting).result())
                    )
                except PodcastError as error:
                    output = error
                except (KilledWorker, FutureCancelledError, OSError) as error:
                    raise PrerequisiteError(
                        f"{task.key[:40]} ended its workers, or the cluster is gone ({type(error).__name__}); give "
                        "workers more memory, and run the command again (`compile` with --resume)"
                    ) from error
                tell(done)
                allow(0)
                yield output
        finally:
            self._client.cancel(futures)  # type: ignore[no-untyped-call]

    def _published(self, task: Task[M]) -> dict[str, str]:
        """The files that a task reads, with their hashes, which the store has now; nothing without one."""
        if self._objects is None:
            return {}
        found = {}
        for one in task.reads:
            outside = Path(one).is_absolute()
            for file in [Path(one)] if outside else sorted(task.root.glob(one)):
                place = str(file) if outside else file.relative_to(task.root).as_posix()
                content = (file, file.stat().st_mtime_ns)
                if content not in self._sent:
                    self._sent[content] = self._objects.keep(file)
                found[place] = self._sent[content]
        return found

    def _brought(
        self, task: Task[M], output: M, entries: tuple[LedgerEntry, ...], made: Mapping[str, str]
    ) -> M:
        """An output of a worker, with the files that it left in the store in their places, the output's own last."""
        merge(entries)
        if self._objects is None:
            return output
        for place, sha256 in made.items():
            self._objects.fetch(sha256, Tree(task.root).path(place))
        return replace(task, here=lambda tell: output).carried_out()


_cluster: ContextVar[Cluster | None] = ContextVar("podcast_dspy_cluster", default=None)


@contextlib.contextmanager
def on_cluster(address: str | None, store: str | None = None) -> Iterator[None]:
    """Within the block tasks are carried out by the cluster at an address; None changes nothing.

    `store`, by default `$PODCAST_DSPY_STORE`, is the address of an object store by which workers have the files that
    they do not share. Raises UsageError for a store without a cluster, PrerequisiteError.
    """
    if address is None:
        if store is not None:
            raise UsageError(
                "a store is for the workers of a cluster; give --cluster too, or leave out --store"
            )
        yield
        return
    cluster = Cluster(address, store or os.environ.get("PODCAST_DSPY_STORE"))
    token = _cluster.set(cluster)
    try:
        yield
    finally:
        _cluster.reset(token)
        cluster.close()


def clustered() -> bool:
    """Whether tasks are carried out by a cluster."""
    return _cluster.get() is not None
