"""Tasks: named functions of content-addressed inputs, whose outputs are kept; carried out here, or by a cluster.

A task carries names and hashes, no contents: whoever carries it out reads what they name in the folder that all see, or
in a copy of it, and works only if it is what the task was made for.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar, copy_context
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from pydantic import BaseModel

from podcast_dspy.errors import PodcastError, WorkspaceError
from podcast_dspy.lms.calls import calls
from podcast_dspy.models import model_slots
from podcast_dspy.store import Tree, code_version, content_hash, fingerprint

M = TypeVar("M", bound=BaseModel)
Tell = Callable[[float], None]
"""Told how much is done: of one task (0-1), or how many tasks with parts of those under way."""

_CODE = ("podcast_dspy",)
"""From whose code outputs follow too."""


Outcomes = Callable[[Sequence["Task[Any]"], Tell], Iterator[Any]]
"""Carries tasks out: their outputs in order, or the error in the place of one."""
elsewhere: ContextVar[Outcomes | None] = ContextVar("podcast_dspy_elsewhere", default=None)
"""What carries tasks out in the place of this machine (`cluster.on_cluster`)."""


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
        if self.path is None:
            return None
        inputs = self._made_of()
        return Tree(self.root).known(inputs, self.output, self.path or self._place(inputs), code=_CODE)

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

    `at_once` are carried out side by side on this machine, by default as many as it has cores for; within
    `on_cluster` the workers do it, and what they ask of models is counted here. Raises what a task raises, and
    BudgetError.
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
    there = elsewhere.get()
    yield from _side_by_side(tasks, tell, at_once) if there is None else there(tasks, tell)
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


def clustered() -> bool:
    """Whether tasks are carried out by a cluster."""
    return elsewhere.get() is not None
