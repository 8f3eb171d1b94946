"""A table of byte strings on disk, safe among threads and processes: what has been computed once is kept."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from tenacity import retry, retry_if_exception_message, stop_after_delay, wait_random

from podcast_dspy.errors import DiskFullError, WorkspaceError

__all__ = ["Memo"]

_MANY = 500
"""Keys per query; SQLite allows 999 parameters in its oldest builds."""


class Memo:
    """Values by key in one SQLite file; a value, once stored, is never changed."""

    def __init__(self, path: Path) -> None:
        """Open the file at `path`, creating it and its directory.

        Raises:
            WorkspaceError: it cannot be opened or is damaged.
        """
        self.path = path
        self._lock = threading.Lock()
        with self._errors():
            path.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(path, timeout=60.0, check_same_thread=False)
            self._prepare()

    @retry(
        retry=retry_if_exception_message(match="database is locked"),
        wait=wait_random(0.01, 0.1),
        stop=stop_after_delay(60.0),
        reraise=True,
    )
    def _prepare(self) -> None:
        """Set the file up. Who changes the journal waits for nobody, so two that begin at once have to try again."""
        # A lost memo is computed again: durability is not worth an fsync a write.
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=OFF")
        with self._db:
            self._db.execute("CREATE TABLE IF NOT EXISTS memo (key TEXT PRIMARY KEY, value BLOB NOT NULL)")

    def get_many(self, keys: Sequence[str]) -> dict[str, bytes]:
        """The values that are known, by key.

        Raises:
            WorkspaceError: the file is damaged.
        """
        found: dict[str, bytes] = {}
        with self._lock, self._errors():
            for start in range(0, len(keys), _MANY):
                some = keys[start : start + _MANY]
                marks = ",".join("?" * len(some))
                found.update(self._db.execute(f"SELECT key, value FROM memo WHERE key IN ({marks})", some))
        return found

    def put_many(self, values: Mapping[str, bytes]) -> None:
        """Store values.

        Raises:
            DiskFullError: no space left.
            WorkspaceError: the file cannot be written or is damaged.
        """
        with self._lock, self._errors(), self._db:
            self._db.executemany("INSERT OR IGNORE INTO memo VALUES (?, ?)", list(values.items()))

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            if "full" in str(error):
                raise DiskFullError(f"the disk of {self.path} is full; free some space") from error
            raise WorkspaceError(
                f"the cache {self.path} cannot be used ({error}); delete that file, it will be made again"
            ) from error
        except OSError as error:
            raise WorkspaceError(
                f"the cache directory {self.path.parent} cannot be made ({error.strerror}); "
                "set PODCAST_DSPY_CACHE to a directory that can be written"
            ) from error
