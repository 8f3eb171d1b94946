"""Objects: files by their content, and documents by name, in a place that fsspec reaches (S3, GCS, a folder)."""

from __future__ import annotations

import contextlib
import hashlib
import secrets
from collections.abc import Iterator
from pathlib import Path

from podcast_dspy.errors import PrerequisiteError, WorkspaceError
from podcast_dspy.store.files import atomic_write, file_sha256


class Objects:
    """An object store, by its address (`s3://bucket/folder`, `file:///mnt/share`), with the keys of the machine."""

    def __init__(self, url: str) -> None:
        """Nothing is asked yet. Raises PrerequisiteError for an address of no kind that is installed."""
        import fsspec

        self._kind = url.partition(":")[0]
        try:
            self._files, self._root = fsspec.core.url_to_fs(url)
        except (ImportError, ValueError) as error:
            raise PrerequisiteError(
                f"stores at {self._kind}:// cannot be reached here ({error}); install what fsspec needs for it on "
                "every machine, such as s3fs for s3://, or give another --store"
            ) from error

    def keep(self, file: Path) -> str:
        """Put a file into the store unless it is there, and give its sha256. Raises InputError, WorkspaceError."""
        sha256 = file_sha256(file)
        with self._errors():
            if not self._files.exists(self._at(f"files/{sha256}")):
                self._put(f"files/{sha256}", file.read_bytes())
        return sha256

    def fetch(self, sha256: str, place: Path) -> None:
        """Write a file of the store to a place, unless that has it. Raises WorkspaceError, DiskFullError."""
        if place.exists() and file_sha256(place) == sha256:
            return
        with self._errors():
            data = self._files.cat_file(self._at(f"files/{sha256}"))
        if hashlib.sha256(data).hexdigest() != sha256:
            raise WorkspaceError(
                f"the file {sha256} of the store is damaged; delete it there, and run this again"
            )
        atomic_write(place, data)

    def write(self, name: str, data: bytes) -> None:
        """Keep a document under a name. Raises WorkspaceError."""
        with self._errors():
            self._put(name, data)

    def read(self, name: str) -> bytes | None:
        """The document of that name; None where there is none. Raises WorkspaceError."""
        with self._errors():
            try:
                found: bytes = self._files.cat_file(self._at(name))
            except FileNotFoundError:
                return None
            return found

    def _put(self, name: str, data: bytes) -> None:
        # Under another name first: what a killed process wrote half of is never read.
        place, begun = self._at(name), self._at(f"{name}.{secrets.token_hex(4)}.new")
        self._files.makedirs(place.rpartition("/")[0], exist_ok=True)
        self._files.pipe_file(begun, data)
        self._files.mv(begun, place)

    def _at(self, name: str) -> str:
        return f"{self._root.rstrip('/')}/{name}"

    @contextlib.contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise WorkspaceError(
                f"the store at {self._kind}:// cannot be used ({type(error).__name__}: {error}); check its address, "
                "and the keys of this machine and of the workers"
            ) from error
