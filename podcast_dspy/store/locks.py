"""One writer at a time: a file lock that says at once who holds it."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from podcast_dspy.errors import WorkspaceLockedError
from podcast_dspy.store.files import workspace_errors

__all__ = ["Locks"]


class Locks:
    """File locks in one folder. The operating system frees a lock when its process ends, however it ends.

    The same thread may take a lock that it holds already; another thread or process may not.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._locks: dict[str, FileLock] = {}

    @contextlib.contextmanager
    def hold(self, name: str, *, timeout: float = 0.0) -> Iterator[None]:
        """Hold the lock `name`, waiting at most `timeout` seconds.

        Raises WorkspaceLockedError naming the process that holds it, WorkspaceError, DiskFullError.
        """
        path = self._folder / f"{name}.lock"
        owner = self._folder / f"{name}.owner.json"
        with workspace_errors(path):
            self._folder.mkdir(parents=True, exist_ok=True)
            lock = self._locks.setdefault(name, FileLock(path, is_singleton=True))
            try:
                lock.acquire(timeout=timeout, poll_interval=0.02)
            except Timeout:
                raise WorkspaceLockedError(_locked_message(name, owner)) from None
            try:
                owner.write_text(_me(), encoding="utf-8")
            except OSError:
                lock.release()
                raise
        try:
            yield
        finally:
            lock.release()


def _me() -> str:
    return json.dumps(
        {
            "schema_version": 1,
            "pid": os.getpid(),
            "host": socket.gethostname(),
            "command": Path(sys.argv[0]).name if sys.argv else "",
            "since": datetime.now(UTC).isoformat(timespec="seconds"),
        }
    )


def _locked_message(name: str, owner: Path) -> str:
    try:
        record = json.loads(owner.read_text(encoding="utf-8"))
        pid, command, since = record["pid"], record["command"] or "a program", record["since"]
        place = "" if record["host"] == socket.gethostname() else f" on {record['host']}"
    except (OSError, ValueError, KeyError, TypeError):  # its owner is just writing it
        return f"{name} is being written by another process; wait until it has finished"
    if pid == os.getpid() and not place:
        return f"{name} is being written by another thread of process {pid}; wait until it has finished"
    return (
        f"{name} is being written by process {pid}{place} ({command}, since {since}); wait until it has "
        f"finished, or stop it with: kill {pid}"
    )
