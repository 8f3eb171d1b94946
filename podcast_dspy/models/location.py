"""Where models and caches live on disk, and whether a model is there."""

from __future__ import annotations

from pathlib import Path

from podcast_dspy.errors import PrerequisiteError
from podcast_dspy.models.catalogue import entry
from podcast_dspy.settings import EnvironmentSettings

__all__ = ["cache_dir", "installed", "model_path", "models_dir"]


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
