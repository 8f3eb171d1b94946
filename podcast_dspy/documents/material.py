"""What is to be read: a file, or what an address on the web gave, with all that tells its kind.

It knows nothing of any format.
"""

from __future__ import annotations

import hashlib
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from podcast_dspy.errors import DocumentError

__all__ = ["MAX_BYTES", "Material", "is_address", "open_material"]

MAX_BYTES = 512 * 1024 * 1024
"""A larger file is no paper."""

_HEAD = 16 * 1024
_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://", re.I)


@dataclass(frozen=True)
class Material:
    """The bytes of a document, on disk."""

    path: Path
    shown: str
    """How messages and graphs name it: the path as given, or the address without its private parts."""
    media_type: str = ""
    """What a server said it is, in lower case (`text/html; charset=utf-8`); empty for a file."""
    address: str | None = None
    """Where it was fetched from, after redirects; may hold secrets, so it is never shown or stored."""

    @cached_property
    def head(self) -> bytes:
        """Its first 16 kilobytes."""
        with self.path.open("rb") as file:
            return file.read(_HEAD)

    @cached_property
    def sha256(self) -> str:
        """Hex sha256 of its bytes."""
        with self.path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    @property
    def size(self) -> int:
        """In bytes."""
        return self.path.stat().st_size

    @property
    def suffix(self) -> str:
        """Ending of its name, in lower case, such as `.pdf`."""
        return Path(self.shown).suffix.lower()

    @property
    def stem(self) -> str:
        """Its name without the ending; of an address without any path, the host."""
        return Path(self.shown).stem

    def read(self, limit: int) -> bytes:
        """All its bytes. Raises DocumentError if there are more than `limit`."""
        if self.size > limit:
            raise DocumentError(
                f"{self.shown} is larger than the {limit // 2**20} MB that a document of its kind may have; "
                "give only the part you need."
            )
        return self.path.read_bytes()


def is_address(source: str | Path) -> bool:
    """Whether a source is written as an address (`https://...`) rather than as a path."""
    return isinstance(source, str) and bool(_ADDRESS.match(source))


@contextmanager
def open_material(source: str | Path) -> Iterator[Material]:
    """A file, or what the address `source` gives, which is kept until the block ends.

    Raises DocumentError when it is missing, a directory, empty, too large, unreadable, or cannot be fetched.
    """
    if not is_address(source):
        yield _from_file(Path(source))
        return
    from podcast_dspy.documents.fetch import fetch, without_secrets

    with tempfile.TemporaryDirectory(prefix="podcast-dspy-") as folder:
        path = Path(folder) / "fetched"
        with path.open("wb") as file:
            reply = fetch(str(source), file)
        if not path.stat().st_size:
            raise DocumentError(
                f"{without_secrets(str(source))} gave an empty answer; open it in a browser, and give the file "
                "that you save there."
            )
        yield Material(path, without_secrets(reply.address), reply.media_type, reply.address)


def _from_file(path: Path) -> Material:
    if not path.exists():
        raise DocumentError(f"{path} does not exist; check the path of the paper.")
    if path.is_dir():
        raise DocumentError(f"{path} is a directory; give the path of one PDF or other document inside it.")
    if not path.is_file():
        raise DocumentError(f"{path} is no regular file; give the path of a document.")
    material = Material(path, str(path))
    try:
        size = material.size
        head = material.head
    except OSError as error:
        raise DocumentError(f"{path} cannot be read ({error.strerror}); check its permissions.") from error
    if size > MAX_BYTES:
        raise DocumentError(
            f"{path} is larger than {MAX_BYTES // 2**20} MB; give a paper, or compress its images first."
        )
    if not head:
        raise DocumentError(f"{path} is empty (0 bytes); download the paper again.")
    return material
