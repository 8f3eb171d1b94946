"""Results on stdout, everything else on stderr: text, JSON, doubts, progress with time left, errors, and Ctrl-C."""

from __future__ import annotations

import contextlib
import errno
import io
import json
import os
import signal
import socket
import sys
import tempfile
import threading
import time
import traceback
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from podcast_dspy.errors import PodcastError

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from podcast_dspy.confidence import Confidence, Doubt


@dataclass(frozen=True)
class State:
    """The global options of one run."""

    workspace: Path | None = None
    debug: bool = False
    quiet: bool = False


STATE: ContextVar[State] = ContextVar("state", default=State())  # noqa: B039 - it is frozen


def plain(text: str) -> str:
    """`text` without control characters: what papers say must not steer a terminal."""
    return "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cf", "Cs"))


def emit(text: str, data: Mapping[str, Any], *, as_json: bool) -> None:
    """Print a command's result: `data` as one JSON object, or `text`."""
    from podcast_dspy.store import to_data

    if as_json:
        written = json.dumps(to_data(data), ensure_ascii=False, indent=2, allow_nan=False)
        # JSON is UTF-8 whatever the terminal's encoding (RFC 8259); what is no character at all stays escaped
        typer.echo(written.encode("utf-8", "backslashreplace") if _has_bytes(sys.stdout) else written)
    else:
        typer.echo(plain(text))


def _has_bytes(stream: Any) -> bool:
    return getattr(stream, "buffer", None) is not None


def forgive_encodings() -> None:
    """Let stdout and stderr write a replacement for what their encoding does not have, instead of failing."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def note(text: str) -> None:
    """Print a remark on stderr."""
    typer.echo(plain(text), err=True)


def warn(doubt: Doubt, about: str = "") -> None:
    """Print a doubt on stderr, before anything is made of what it is about."""
    note(f"warning: {f'{about}: ' if about else ''}{doubt.message}")


def confidence_lines(confidence: Confidence) -> list[str]:
    """How far a reading can be trusted, with every reason against it."""
    return [
        f"confidence: {confidence.level} ({confidence.score:.2f})",
        *(f"  {doubt.kind} ({doubt.severity:.2f}): {doubt.message}" for doubt in confidence.doubts),
    ]


def check_writable(folder: Path) -> None:
    """Whether files can be written into a folder that may not exist yet. Raises UsageError, WorkspaceError."""
    from podcast_dspy.errors import UsageError, WorkspaceError

    place = folder.absolute()
    while not place.exists() and place != place.parent:
        place = place.parent
    if not place.is_dir():
        raise UsageError(f"{place} is a file; name another folder with --output")
    try:
        with tempfile.TemporaryFile(dir=place):  # permissions alone do not tell what a file system allows
            pass
    except OSError as error:
        raise WorkspaceError(
            f"{place} cannot be written to ({error.strerror}); name another folder with --output"
        ) from error


@contextlib.contextmanager
def stdout_to_stderr() -> Iterator[None]:
    """Send what libraries print on stdout (Python and native code alike) to stderr for a while."""
    own = sys.stdout is sys.__stdout__ and _is_first_descriptor()
    if not own:
        with contextlib.redirect_stdout(sys.stderr):
            yield
        return
    sys.stdout.flush()
    saved = os.dup(1)
    try:
        os.dup2(2, 1)
        with contextlib.redirect_stdout(sys.stderr):
            yield
    finally:
        os.dup2(saved, 1)
        os.close(saved)


def _is_first_descriptor() -> bool:
    try:
        return sys.stdout.fileno() == 1
    except (OSError, ValueError):
        return False


Report = Callable[[str, float, float], None]
"""(stage, done, total), as the API calls it."""
PROGRESS_FORM = "PODCAST_DSPY_PROGRESS"
"""Environment variable: `json` makes each line of progress a JSON object (docs/json.md)."""
_EVERY_SECONDS = 10.0


class Stopped(Exception):  # noqa: N818 - what happened, not what failed
    """The user pressed Ctrl-C; the text says what is safe and how to go on."""


@contextlib.contextmanager
def working(*, stopped: str) -> Iterator[Report]:
    """Run a long step: its progress on stderr, stdout kept clean, and Ctrl-C answered with `stopped`.

    `stopped` says what is safe and how to go on; the exit code is then 130. Raises Stopped.
    """
    try:
        with telling(stopped), _reporter() as report, stdout_to_stderr(), _hushed():
            yield report
    except KeyboardInterrupt:
        raise Stopped(stopped) from None


@contextlib.contextmanager
def _hushed() -> Iterator[None]:
    """Keep library warnings for --debug: a candidate that was cut short is checked and dropped, not a user's worry."""
    if STATE.get().debug:
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
def _reporter() -> Iterator[Report]:
    if os.environ.get(PROGRESS_FORM) == "json":
        yield _JsonLines()
    elif STATE.get().quiet:
        yield lambda stage, done, total: None
    elif sys.stderr.isatty():
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            Progress,
            TaskProgressColumn,
            TextColumn,
            TimeElapsedColumn,
            TimeRemainingColumn,
        )

        # The console keeps the stream of now: stdout is about to be redirected to it as well.
        columns: list[Any] = [
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            TaskProgressColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(compact=True),
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
    """A line when a stage begins, and at most every `every` seconds while it runs, with the time so far and left."""

    every = _EVERY_SECONDS

    def __init__(self) -> None:
        self._stage = ""
        self._said = 0.0
        self._begun = 0.0

    def __call__(self, stage: str, done: float, total: float) -> None:
        now = time.monotonic()
        if stage != self._stage:
            self._stage, self._begun = stage, now
            self.begin(stage, done, total)
        elif now - self._said >= self.every and done < total:
            passed = now - self._begun
            self.go_on(stage, done, total, passed, passed * (total - done) / done if done > 0 else None)
        else:
            return
        self._said = now

    def begin(self, stage: str, done: float, total: float) -> None:
        """A stage begins."""
        note(f"{stage} ...")

    def go_on(self, stage: str, done: float, total: float, passed: float, left: float | None) -> None:
        """It goes on; seconds so far, and those left if it goes on like this."""
        rest = f", about {_clock(left)} left" if left is not None else ""
        note(f"{stage}: {done / total:.0%} after {_clock(passed)}{rest}")


class _JsonLines(_Lines):
    """The same as JSON objects, for programs that show progress in their own way."""

    every = 0.5

    def begin(self, stage: str, done: float, total: float) -> None:
        self.go_on(stage, done, total, 0.0, None)

    def go_on(self, stage: str, done: float, total: float, passed: float, left: float | None) -> None:
        event = {"stage": plain(stage), "done": done, "total": total, "seconds": passed, "seconds_left": left}
        typer.echo(json.dumps(event), err=True)


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"


FAILED, USAGE, INTERRUPTED = 1, 2, 130


def report_failure(error: BaseException, *, debug: bool) -> int:
    """Say what went wrong, with every secret masked, and return the exit code."""
    from podcast_dspy.store import redact

    message, code = _explain(error)
    message = " ".join(message.splitlines())  # a file's name may hold a line break; the sentence does not
    if debug:
        typer.echo(redact("".join(traceback.format_exception(error))), err=True)
    typer.echo(plain(redact(f"Error: {message}")), err=True)
    return code


def _explain(error: BaseException) -> tuple[str, int]:
    if isinstance(error, PodcastError):
        return str(error), error.exit_code
    if _is_validation_error(error):
        return _wrong_setting(error), USAGE
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return "the disk is full; free some space and run the command again", FAILED
    if isinstance(error, PermissionError):
        return f"no permission for {error.filename}; change its owner or choose another place", FAILED
    if isinstance(error, MemoryError):
        return "not enough memory; close other programs or choose a smaller model with --lm", FAILED
    first = next(iter(str(error).strip().splitlines()), "no message")
    kind = type(error).__name__
    return f"unexpected {kind}: {first} (run again with --debug for the details)", FAILED


def _is_validation_error(error: BaseException) -> bool:
    from pydantic import ValidationError

    return isinstance(error, ValidationError)


def _wrong_setting(error: BaseException) -> str:
    """A pydantic ValidationError as one sentence: which setting, what is wrong, what was given."""
    from pydantic import ValidationError

    assert isinstance(error, ValidationError)
    parts = []
    for detail in error.errors(include_url=False):
        place = ".".join(str(part) for part in detail["loc"])
        reason = detail["msg"].removeprefix("Value error, ")
        reason = reason[:1].lower() + reason[1:]
        given = "" if isinstance(detail["input"], dict) else f", not {detail['input']!r}"
        parts.append(f"{place}: {reason}{given}" if place else reason)
    return "; ".join(parts)


SAFE = "What was finished before is stored."
_PATIENCE = 0.6
"""Seconds that an orderly end may take; a model cannot be stopped amid a calculation."""

_texts = [SAFE]
_said = threading.Event()
_lock = threading.Lock()


@contextmanager
def telling(text: str) -> Iterator[None]:
    """While the block runs, `text` is what Ctrl-C is answered with."""
    _texts.append(text)
    try:
        yield
    finally:
        _texts.pop()


def say_stopped(text: str) -> None:
    """Tell the user, unless it was told already because the end took too long."""
    with _lock:
        if not _said.is_set():
            note(f"Stopped. {text}")


def answer_interrupts() -> None:
    """From now on a Ctrl-C that Python cannot answer in time ends the process all the same, without what was half made.

    Python runs its own handler only between two of its instructions. The byte that a signal writes to a descriptor
    arrives at once, and a thread waits for it.
    """
    ours, theirs = socket.socketpair()
    theirs.setblocking(False)
    signal.set_wakeup_fd(theirs.fileno(), warn_on_full_buffer=False)
    threading.Thread(target=_watch, args=(ours, theirs), name="ctrl-c", daemon=True).start()


def _watch(ours: socket.socket, theirs: socket.socket) -> None:
    while theirs.fileno() >= 0:  # held here, so that it stays open
        if signal.SIGINT in ours.recv(64):
            time.sleep(_PATIENCE)
            _leave()


def _leave() -> None:
    from podcast_dspy.store import remove_unfinished

    say_stopped(_texts[-1])
    _said.set()
    remove_unfinished()
    sys.stderr.flush()
    os._exit(INTERRUPTED)
