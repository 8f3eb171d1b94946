"""Caches of the tests' own, beside the installed models."""

from __future__ import annotations

from pathlib import Path

import pytest

from podcast_dspy import models


@pytest.fixture(scope="session")
def installed_models() -> Path:
    """Where the real models are; read before a test moves the cache."""
    return models.models_dir()


@pytest.fixture
def _kept_vectors() -> None:
    """The memo of vectors is what is tested here."""


@pytest.fixture(autouse=True)
def _own_cache(installed_models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep memos and answers out of the user's cache, and see the models all the same."""
    cache = tmp_path / "cache"
    cache.mkdir()
    (cache / "models").symlink_to(installed_models, target_is_directory=True)
    monkeypatch.setenv("PODCAST_DSPY_CACHE", str(cache))
