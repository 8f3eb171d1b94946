"""Memo: byte strings kept on disk (diskcache), safe among threads, processes and crashes, and never unpickled."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from podcast_dspy.errors import DiskFullError, WorkspaceError

if TYPE_CHECKING:
    import diskcache

_BYTES = 1_000_000_000
"""What a cache may hold."""
_WAIT = 60.0
"""Seconds to wait for other processes that write."""


class Memo:
    """Values by key in one directory."""

    def __init__(
        self,
        path: Path,
        *,
        size_limit: int = _BYTES,
        eviction: Literal["least-recently-stored", "least-recently-used"] = "least-recently-stored",
    ) -> None:
        """Open the cache in the directory `path`, creating it; beyond `size_limit` bytes `eviction` says what goes.

        Raises:
            WorkspaceError: it cannot be opened or is damaged.
        """
        import diskcache

        self.path = path
        self._timeout: type[Exception] = diskcache.Timeout
        with self._errors():
            path.mkdir(parents=True, exist_ok=True)
            # What is lost is computed again: durability is not worth an fsync a write.
            self._cache: diskcache.Cache = diskcache.Cache(
                str(path),
                timeout=_WAIT,
                disk=_plain_disk(),
                size_limit=size_limit,
                eviction_policy=eviction,
                sqlite_synchronous=0,
            )

    def get_many(self, keys: Sequence[str]) -> dict[str, bytes]:
        """The values that are known, by key.

        Raises:
            WorkspaceError: the cache is damaged.
        """
        with self._errors():
            found = ((key, self._cache.get(key)) for key in keys)
            return {key: value for key, value in found if isinstance(value, bytes)}

    def put_many(self, values: Mapping[str, bytes]) -> None:
        """Store values.

        Raises:
            DiskFullError: no space left.
            WorkspaceError: the cache cannot be written or is damaged.
        """
        with self._errors(), self._cache.transact():
            for key, value in values.items():
                self._cache.set(key, value)

    def forget(self, keys: Sequence[str]) -> None:
        """Delete values; unknown keys are no fault.

        Raises:
            WorkspaceError: the cache cannot be written or is damaged.
        """
        with self._errors():
            for key in keys:
                self._cache.delete(key)

    def close(self) -> None:
        """Close the files."""
        self._cache.close()

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, self._timeout) as error:
            if "full" in str(error):
                raise DiskFullError(f"the disk of {self.path} is full; free some space") from error
            raise WorkspaceError(
                f"the cache {self.path} cannot be used ({error}); delete that folder, it will be made again"
            ) from error
        except OSError as error:
            raise WorkspaceError(
                f"the cache directory {self.path} cannot be used ({error.strerror}); "
                "set PODCAST_DSPY_CACHE to a directory that can be written"
            ) from error


@cache
def _plain_disk() -> Any:
    """The disk of a cache of bytes: a pickle in its files, which none of ours wrote, is no value."""
    import diskcache
    from diskcache.core import MODE_BINARY, MODE_RAW

    class PlainDisk(diskcache.Disk):  # type: ignore[misc]
        def fetch(self, mode: int, filename: str | None, value: Any, read: bool) -> Any:
            if mode not in (MODE_RAW, MODE_BINARY):
                return None
            return super().fetch(mode, filename, value, read)

    return PlainDisk
