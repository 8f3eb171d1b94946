"""The catalogue of embedded models (what each is, its files), where they live on disk, and the threads they may use."""

from __future__ import annotations

import os
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Literal

from podcast_dspy.errors import PrerequisiteError, UnknownNameError
from podcast_dspy.models.packages import ModelFile, Record, Source
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
