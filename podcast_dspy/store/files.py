"""Files of the workspace: their names, writing them so that nobody reads half of one; and those in an object store."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import re
import secrets
import shutil
import time
import unicodedata
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from podcast_dspy.errors import DiskFullError, InputError, PrerequisiteError, UsageError, WorkspaceError

ID_PATTERN = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
"""Lower-case letters, digits, dot, underscore and hyphen; at most 64; never a slash, never a leading dot."""


def check_id(name: str, what: str = "id") -> str:
    """`name` itself when it is a safe id. Raises UsageError naming the rule and a name that would do."""
    if ID_PATTERN.fullmatch(name):
        return name
    raise UsageError(
        f"{name!r} cannot be used as {what}; use at most 64 lower-case letters, digits, dots, underscores "
        f"and hyphens, such as {slug(name)!r}"
    )


def slug(name: str) -> str:
    """A safe id that resembles `name`; the same name always gives the same id.

    Accents are dropped; a name with no Latin letter or digit becomes `x-` and 8 hex digits of its sha256.
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode("ascii").lower()
    safe = re.sub(r"[^a-z0-9._-]+", "-", plain)
    safe = re.sub(r"-{2,}", "-", safe).lstrip("._-")[:64].rstrip("._-")
    if safe:
        return safe
    return "x-" + hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:8]


def unique_id(name: str, taken: set[str] | frozenset[str]) -> str:
    """`slug(name)`, with `-2`, `-3`, ... when it is already taken."""
    base = slug(name)
    candidate, number = base, 1
    while candidate in taken:
        number += 1
        suffix = f"-{number}"
        candidate = base[: 64 - len(suffix)].rstrip("._-") + suffix
    return candidate


_FULL = {errno.ENOSPC, errno.EDQUOT}
_READ_ONLY = {errno.EROFS, errno.EACCES, errno.EPERM}
_STALE_SECONDS = 3600.0


@contextlib.contextmanager
def workspace_errors(path: Path) -> Iterator[None]:
    """Turn an OSError about `path` into DiskFullError or WorkspaceError, in one sentence with the fix."""
    try:
        yield
    except OSError as error:
        raise _explained(error, path) from error


def _explained(error: OSError, path: Path) -> WorkspaceError:
    if error.errno in _FULL:
        return DiskFullError(
            f"no space left to write {path}; free some disk space and run the command again, "
            "what was finished is kept"
        )
    if error.errno in _READ_ONLY:
        return WorkspaceError(
            f"{path} is read-only or belongs to someone else; allow writing there or choose another "
            "place (--workspace, --output, --file)"
        )
    if isinstance(error, FileNotFoundError):
        return WorkspaceError(f"{path} is missing; run the command that makes it again")
    if isinstance(error, (NotADirectoryError, FileExistsError)):
        return WorkspaceError(
            f"a file stands where the folder of {path} is needed; move it away or choose another "
            "place (--workspace, --output, --file)"
        )
    if isinstance(error, IsADirectoryError):
        return WorkspaceError(f"{path} is a folder where a file is expected; move it away")
    return WorkspaceError(f"{path} cannot be used ({error.strerror or error}); check the disk that holds it")


def atomic_write(path: Path, data: bytes, *, exclusive: bool = False) -> None:
    """Replace `path` by `data`: temporary file in the same folder, fsync, rename, fsync of the folder.

    With `exclusive` the file must not exist yet; FileExistsError says that another writer was first.
    Raises DiskFullError, WorkspaceError.
    """
    with _temporary(path) as (descriptor, temporary):
        view = memoryview(data)
        while view:
            view = view[os.write(descriptor, view) :]
        _finish(descriptor, temporary, path, exclusive)


@contextlib.contextmanager
def atomic_file(path: Path) -> Iterator[BinaryIO]:
    """A file to write, which takes the place of `path` when the block ends well, as `atomic_write` has it."""
    with _temporary(path) as (descriptor, temporary):
        with os.fdopen(descriptor, "wb", closefd=False) as file:
            yield file
        _finish(descriptor, temporary, path, False)


@contextlib.contextmanager
def _temporary(path: Path) -> Iterator[tuple[int, Path]]:
    temporary = path.with_name(f".{path.name[:100]}.{os.getpid()}.{secrets.token_hex(4)}.tmp")
    taken: FileExistsError | None = None
    with workspace_errors(path), _folder_of(path):
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
        try:
            yield descriptor, temporary
        except FileExistsError as error:
            taken = error
        finally:
            os.close(descriptor)
            with contextlib.suppress(OSError):
                temporary.unlink()
    if taken is not None:
        raise taken


@contextlib.contextmanager
def _folder_of(path: Path) -> Iterator[None]:
    """Make the folder of `path`; after an error the folders made for it vanish again where nothing is in them."""
    made = [place for place in path.parents if not place.exists()]
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        yield
    except BaseException:
        with contextlib.suppress(OSError):  # another writer has put something into one of them
            for place in made:
                place.rmdir()
        raise


def _finish(descriptor: int, temporary: Path, path: Path, exclusive: bool) -> None:
    os.fsync(descriptor)
    if exclusive:
        os.link(temporary, path)  # fails if the file exists; rename would replace it
    else:
        temporary.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


_unfinished: list[Sequence[Path]] = []
"""For each folder that is being filled: those that were made for it."""


@contextlib.contextmanager
def new_folder(folder: Path, fresh: Sequence[Path] | None = None) -> Iterator[None]:
    """Fill a folder: after a failure, a bug or Ctrl-C a new one vanishes, with the folders made for it.

    A folder that was there before stays, with whatever was written into it. `fresh` are the folders that were `missing`
    before earlier work on it.
    """
    fresh = missing(folder) if fresh is None else fresh
    _unfinished.append(fresh)
    try:
        yield
    except BaseException:
        _take_away(fresh)
        raise
    finally:
        _unfinished.remove(fresh)


def missing(folder: Path) -> list[Path]:
    """A folder and those around it that are not there, the innermost first."""
    return [place for place in (folder, *folder.parents) if not place.exists()]


def remove_unfinished() -> None:
    """Take away the folders that are being filled, for a process that ends in the middle of it."""
    for fresh in _unfinished:
        _take_away(fresh)


def _take_away(fresh: Sequence[Path]) -> None:
    """Delete folders that were made, the innermost first; those around it only if nothing else is in them."""
    if fresh:
        shutil.rmtree(fresh[0], ignore_errors=True)
    for place in fresh:
        with contextlib.suppress(OSError):  # never made, or another process has put something into it
            place.rmdir()


_NEW, _COMPLETE = ".new", ".complete"


@contextlib.contextmanager
def replaced_together(folder: Path, *, whole: Sequence[str] = ()) -> Iterator[Path]:
    """A place to write files into; when the block ends they replace those of `folder`, all of them or none.

    Of the folders named in `whole` nothing else stays. After a failure the old files stand as they were; what a killed
    process left is settled by the next one. Raises DiskFullError, WorkspaceError.
    """
    settle(folder)
    staging = folder / _NEW
    with workspace_errors(folder):
        staging.mkdir(parents=True)
    try:
        yield staging
        files = sorted(str(file.relative_to(staging)) for file in staging.rglob("*") if file.is_file())
        atomic_write(staging / _COMPLETE, json.dumps({"files": files, "whole": list(whole)}).encode())
    except BaseException:
        shutil.rmtree(staging, ignore_errors=True)
        raise
    settle(folder)


def unsettled(folder: Path) -> bool:
    """Whether `replaced_together` is at work in a folder, or was when its process ended."""
    return (folder / _NEW).is_dir()


def settle(folder: Path) -> None:
    """Finish what `replaced_together` had complete when its process ended, or take back what it had not."""
    staging = folder / _NEW
    with workspace_errors(folder):
        if not staging.is_dir():
            return
        if (staging / _COMPLETE).exists():
            listed = json.loads((staging / _COMPLETE).read_text("utf-8"))
            for name in listed["files"]:
                if (staging / name).exists():  # else it has been moved already
                    (folder / name).parent.mkdir(parents=True, exist_ok=True)
                    (staging / name).replace(folder / name)
            for kept in listed["whole"]:
                for file in (folder / kept).glob("*"):
                    if f"{kept}/{file.name}" not in listed["files"]:
                        file.unlink()
        shutil.rmtree(staging)


def replace_symlink(path: Path, target: str) -> None:
    """Point the symbolic link `path` at `target` (relative to its folder), atomically."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}.tmp")
    with workspace_errors(path):
        if path.is_symlink() and str(path.readlink()) == target:
            return  # nothing to write, so that a workspace may be read-only
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.symlink_to(target)
        try:
            temporary.replace(path)
        except OSError:
            temporary.unlink()
            raise


def sweep(folder: Path) -> int:
    """Delete temporary files that a killed process left behind over an hour ago; how many there were."""
    removed = 0
    for leftover in folder.rglob(".*.tmp"):
        try:
            if time.time() - leftover.lstat().st_mtime > _STALE_SECONDS:
                leftover.unlink()
                removed += 1
        except FileNotFoundError:
            continue  # its writer has just renamed or removed it
    return removed


def file_sha256(path: Path) -> str:
    """Hex sha256 of a file. Raises InputError when it cannot be read."""
    try:
        with path.open("rb") as reader:
            return hashlib.file_digest(reader, "sha256").hexdigest()
    except OSError as error:
        raise InputError(
            f"{path} cannot be read ({error.strerror}); give the path of a readable file"
        ) from error


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
