"""Long work beside other work: steps that are told, stopping between two of them, and several pieces at a time."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeVar

from podcast_dspy.errors import PodcastError, StoppedError

T = TypeVar("T")
Progress = Callable[[str, float, float], None]


@dataclass(frozen=True, slots=True)
class Step:
    """How far a stage of the work is."""

    stage: str
    done: float
    total: float


def stoppable(progress: Progress, stopped: Callable[[], bool] | None) -> Progress:
    """`progress`, which raises StoppedError as soon as `stopped()` says so."""
    if stopped is None:
        return progress

    def report(stage: str, done: float, total: float) -> None:
        if stopped():
            raise StoppedError("it was stopped; start it again, what was spoken before is kept")
        progress(stage, done, total)

    return report


async def in_thread(work: Callable[[Progress, Callable[[], bool]], T], progress: Progress | None = None) -> T:
    """What `work(progress, stopped)` gives, made in a thread; `progress` is called in the event loop.

    When the task is cancelled, `stopped()` is true from then on, and the end of the thread is waited for.
    """
    loop, stop = asyncio.get_running_loop(), threading.Event()

    def report(stage: str, done: float, total: float) -> None:
        if progress is not None:
            loop.call_soon_threadsafe(progress, stage, done, total)

    task = asyncio.ensure_future(asyncio.to_thread(work, report, stop.is_set))
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        stop.set()
        with suppress(PodcastError):
            await task
        raise


async def steps_of(work: Callable[[Progress], Awaitable[T]]) -> AsyncIterator[Step | T]:
    """Each step of some work, then what it gives. Leaving the loop early cancels the work."""
    queue: asyncio.Queue[Step | None] = asyncio.Queue()
    task = asyncio.ensure_future(work(lambda *step: queue.put_nowait(Step(*step))))
    task.add_done_callback(lambda _: queue.put_nowait(None))
    try:
        while (step := await queue.get()) is not None:
            yield step
        yield await task
    finally:
        if not task.done():
            task.cancel()
            with suppress(asyncio.CancelledError, PodcastError):
                await task


def each(names: Sequence[str], work: Callable[[str], T], at_once: int) -> dict[str, T | PodcastError]:
    """What `work` gives for each name, `at_once` at a time; an error on purpose stands in the place of its result."""

    def one(name: str) -> T | PodcastError:
        try:
            return work(name)
        except PodcastError as error:
            return error

    with ThreadPoolExecutor(max(1, at_once)) as pool:
        futures = {name: pool.submit(contextvars.copy_context().run, one, name) for name in names}
        return {name: future.result() for name, future in futures.items()}
