"""`podcast-dspy models`, as a user types it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from podcast_dspy import models
from podcast_dspy.cli.models import app
from podcast_dspy.errors import PrerequisiteError


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PODCAST_DSPY_CACHE", str(tmp_path / "cache"))


def test_list_tells_what_is_installed() -> None:
    result = CliRunner().invoke(app, ["list", "--json"])
    listed = json.loads(result.stdout)["models"]
    assert [model["name"] for model in listed] == [model.name for model in models.catalogue()]
    assert not any(model["installed"] for model in listed)
    assert "SmolLM2" in CliRunner().invoke(app, ["list"]).stdout


def test_where_prints_the_directory(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["where"])
    assert result.stdout.strip() == str(tmp_path / "cache" / "models")


def test_where_of_a_missing_model_raises_the_error_that_names_the_fix() -> None:
    result = CliRunner().invoke(app, ["where", "kokoro"])
    assert isinstance(result.exception, PrerequisiteError)
