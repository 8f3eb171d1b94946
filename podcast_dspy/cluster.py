"""Tasks on a Dask cluster: workers that share a folder with this machine, or have a store between them and it.

A worker that dies loses its tasks to the others, and files are written whole or not at all, so that nothing of it
shows. Once all are gone, that is told, and new ones are waited for.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel

from podcast_dspy.errors import PodcastError, PrerequisiteError, UsageError
from podcast_dspy.lms.calls import calling, calls
from podcast_dspy.lms.forecast import duration
from podcast_dspy.lms.ledger import CostLedger, LedgerEntry, allow, merge
from podcast_dspy.store import Tree, atomic_write, content_hash
from podcast_dspy.store.files import Objects
from podcast_dspy.tasks import Task, Tell, elsewhere, fits

if TYPE_CHECKING:
    from distributed import Client

M = TypeVar("M", bound=BaseModel)
Report = Callable[[str, float, float], None]
"""(what is going on, done, total)."""
_PATIENCE = 15
"""Seconds in which a scheduler has to answer."""
_LOOK = 5.0
"""Seconds without a result after which the workers are looked for."""
_AWAY = 600.0
"""Seconds that a cluster may be without workers, unless the environment says so."""


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
    elsewhere.set(None)  # what a task asks for in its turn is carried out here
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

    def __init__(
        self, address: str, store: str | None = None, tell: Report = lambda stage, done, total: None
    ) -> None:
        """Connect.

        Raises UsageError for what is no address, PrerequisiteError without `distributed`, and when no scheduler, worker
        or store is there.
        """
        if not re.fullmatch(r"(?:[a-z]+://)?[^\s/]+:\d+/?|inproc://\S+", address):
            raise UsageError(
                f"{address!r} is no address of a Dask scheduler; it looks like tcp://127.0.0.1:8786"
            )
        self._address, self._report, self._away = address, tell, _patience()
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
        workers = self._workers()
        if not workers or any(worker["nthreads"] != 1 for worker in workers.values()):
            self.close()
            # A process counts what it asks of models, whichever of its threads asks.
            raise PrerequisiteError(
                f"the cluster at {address} needs workers of one thread each; start them with: {self._start}"
            )

    @property
    def _start(self) -> str:
        return f"dask worker {self._address} --nthreads 1 --nworkers auto"

    def _workers(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self._client.scheduler_info(n_workers=-1)["workers"]
        return found

    def close(self) -> None:
        """Leave the cluster; tasks that were given to it are dropped."""
        self._client.close()  # type: ignore[no-untyped-call]

    def outcomes(self, tasks: Sequence[Task[M]], tell: Tell) -> Iterator[M | PodcastError]:
        """As the function; what tasks asked of models is counted. Raises BudgetError between two of them."""
        from distributed import KilledWorker
        from distributed.client import FutureCancelledError

        allow(0)
        kept = {task.key: found for task in tasks if self._objects and (found := task.kept()) is not None}
        futures = [self._submitted(task, task.key) for task in tasks if task.key not in kept]
        waiting = iter(futures)
        try:
            for done, task in enumerate(tasks, 1):
                output: M | PodcastError
                try:
                    if task.key in kept:
                        output = kept[task.key]
                    else:
                        try:
                            found = self._result(next(waiting), done, len(tasks))
                        except FutureCancelledError:
                            # By whoever gave the cluster the same task before, and was ended meanwhile.
                            futures.append(self._submitted(task, f"{task.key}-{len(futures)}"))
                            found = self._result(futures[-1], done, len(tasks))
                        output = self._brought(task, *found)
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

    def _submitted(self, task: Task[M], key: str) -> Any:
        """The future of a task, which the cluster knows by a key."""
        now = calls()
        here, files = replace(task, here=None), self._published(task)
        return self._client.submit(
            carry_out, here, task.key, now.timeout, now.since, self._url, files, key=key
        )

    def _result(self, future: Any, number: int, of: int) -> Any:
        """The result of a task, the `number`th; says so where no worker is left to bring it, and waits for one.

        Raises what the task raises, and PrerequisiteError when none has come in time.
        """
        seen = time.monotonic()
        while True:
            try:
                return future.result(timeout=_LOOK)
            except TimeoutError:
                if future.done():
                    return future.result()
            if self._workers():
                seen = time.monotonic()
                continue
            if time.monotonic() - seen >= self._away:
                raise PrerequisiteError(
                    f"the cluster at {self._address} has had no worker for {duration(self._away)}; start some with "
                    f"`{self._start}`, and run the command again (`compile` with --resume)"
                )
            self._report(
                f"no worker is left at {self._address}; waiting up to {duration(self._away)} for one ({self._start})",
                number - 1,
                of,
            )

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


def _patience() -> float:
    """Seconds that a cluster may be without workers. Raises UsageError."""
    name = "PODCAST_DSPY_WORKER_WAIT"
    try:
        return float(os.environ.get(name) or _AWAY)
    except ValueError:
        raise UsageError(f"${name} is no number of seconds; set it to one such as 600") from None


@contextlib.contextmanager
def on_cluster(
    address: str | None, store: str | None = None, tell: Report = lambda stage, done, total: None
) -> Iterator[None]:
    """Within the block tasks are carried out by the cluster at an address; None changes nothing.

    `store`, by default `$PODCAST_DSPY_STORE`, is the address of an object store by which workers have the files that
    they do not share. `tell` hears when all workers are gone; after $PODCAST_DSPY_WORKER_WAIT seconds (600) without any
    it is an error. Raises UsageError for a store without a cluster, PrerequisiteError.
    """
    if address is None:
        if store is not None:
            raise UsageError(
                "a store is for the workers of a cluster; give --cluster too, or leave out --store"
            )
        yield
        return
    cluster = Cluster(address, store or os.environ.get("PODCAST_DSPY_STORE"), tell)
    token = elsewhere.set(cluster.outcomes)
    try:
        yield
    finally:
        elsewhere.reset(token)
        cluster.close()
