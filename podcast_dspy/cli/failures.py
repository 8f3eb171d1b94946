"""How the program ends early: errors as one sentence and an exit code; Ctrl-C within a second, told once."""

from __future__ import annotations

import errno
import os
import signal
import socket
import sys
import threading
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager

import typer

from podcast_dspy.cli.output import note, plain
from podcast_dspy.errors import PodcastError

__all__ = [
    "FAILED",
    "INTERRUPTED",
    "SAFE",
    "USAGE",
    "answer_interrupts",
    "report_failure",
    "say_stopped",
    "telling",
]

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
        told = detail["msg"].removeprefix("Value error, ")
        told = told[:1].lower() + told[1:]
        given = "" if isinstance(detail["input"], dict) else f", not {detail['input']!r}"
        parts.append(f"{place}: {told}{given}" if place else told)
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
