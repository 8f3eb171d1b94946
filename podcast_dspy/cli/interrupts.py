"""Ctrl-C: the program ends within a second, whatever native code is busy with, and says so once."""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from podcast_dspy.cli.failures import INTERRUPTED
from podcast_dspy.cli.output import note

__all__ = ["SAFE", "answer_interrupts", "say_stopped", "telling"]

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
