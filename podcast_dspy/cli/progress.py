"""Progress on stderr: bars in a terminal, a line now and then elsewhere."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from podcast_dspy.cli.failures import telling
from podcast_dspy.cli.output import note, plain, stdout_to_stderr
from podcast_dspy.cli.shared import State

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

__all__ = ["Report", "Stopped", "working"]

Report = Callable[[str, float, float], None]
"""(stage, done, total), as the API calls it."""
_EVERY_SECONDS = 10.0


class Stopped(Exception):  # noqa: N818 - what happened, not what failed
    """The user pressed Ctrl-C; the text says what is safe and how to go on."""


@contextlib.contextmanager
def working(state: State, *, stopped: str) -> Iterator[Report]:
    """Run a long step: its progress on stderr, stdout kept clean, and Ctrl-C answered with `stopped`.

    `stopped` says what is safe and how to go on; the exit code is then 130. Raises Stopped.
    """
    try:
        with telling(stopped), _reporter(state) as report, stdout_to_stderr(), _hushed(state):
            yield report
    except KeyboardInterrupt:
        raise Stopped(stopped) from None


@contextlib.contextmanager
def _hushed(state: State) -> Iterator[None]:
    """Keep library warnings for --debug: a candidate that was cut short is checked and dropped, not a user's worry."""
    if state.debug:
        yield
        return
    import logging

    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(before)


@contextlib.contextmanager
def _reporter(state: State) -> Iterator[Report]:
    if state.quiet:
        yield lambda stage, done, total: None
    elif sys.stderr.isatty():
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

        # The console keeps the stream of now: stdout is about to be redirected to it as well.
        columns: list[Any] = [
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            TaskProgressColumn(),
            TimeElapsedColumn(),
        ]
        with Progress(*columns, console=Console(file=sys.stderr)) as bars:
            yield _Bars(bars)
    else:
        yield _Lines()


class _Bars:
    """One bar a stage."""

    def __init__(self, bars: Progress) -> None:
        self._bars = bars
        self._tasks: dict[str, TaskID] = {}

    def __call__(self, stage: str, done: float, total: float) -> None:
        if stage not in self._tasks:
            for task in self._tasks.values():
                self._bars.stop_task(task)
            self._tasks[stage] = self._bars.add_task(plain(stage), total=total or None)
        self._bars.update(self._tasks[stage], completed=done, total=total or None)


class _Lines:
    """A line when a stage begins, at most every ten seconds while it runs, with the time so far."""

    def __init__(self) -> None:
        self._stage = ""
        self._said = 0.0
        self._begun = 0.0

    def __call__(self, stage: str, done: float, total: float) -> None:
        now = time.monotonic()
        if stage != self._stage:
            note(f"{stage} ...")
            self._begun = now
        elif now - self._said >= _EVERY_SECONDS and done < total:
            note(f"{stage}: {done / total:.0%} after {_clock(now - self._begun)}")
        else:
            return
        self._stage, self._said = stage, now


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"
