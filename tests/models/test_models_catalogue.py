"""The catalogue of models, and where they are looked for."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from podcast_dspy import models
from podcast_dspy.errors import PrerequisiteError, UnknownNameError
from podcast_dspy.models import ModelEntry


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PODCAST_DSPY_CACHE", str(tmp_path / "cache"))


def test_the_default_set_is_what_the_embedded_pipeline_needs() -> None:
    assert models.default_models() == (
        "smollm2-135m", "whisper-tiny.en", "piper-joe", "kokoro", "kokoro-voices",
    )  # fmt: skip
    assert not models.entry("whisper-base").default


@pytest.mark.parametrize("model", models.catalogue(), ids=lambda model: model.name)
def test_every_part_comes_from_a_listed_package(model: ModelEntry) -> None:
    packages = {source.package for source in model.sources}
    used = {part.package for file in model.files for part in file.parts}
    assert used == packages
    assert model.main is None or model.main in {file.target for file in model.files}
    assert len({file.target for file in model.files}) == len(model.files)
    assert model.licence


def test_kokoro_has_28_english_voices() -> None:
    voices = [file.target for file in models.entry("kokoro-voices").files]
    assert len(voices) == 28
    assert all(voice[0] in "ab" and voice[1] in "fm" for voice in voices)
    assert {file.size for file in models.entry("kokoro-voices").files} == {510 * 256 * 4}
    abroad = models.entry("kokoro-es-fr-it")
    assert sorted({file.target[0] for file in abroad.files}) == ["e", "f", "i"]
    assert ({file.size for file in abroad.files}, abroad.default) == ({510 * 256 * 4}, False)


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(UnknownNameError, match=r"no model named 'gpt'.*smollm2-135m"):
        models.entry("gpt")


def test_a_missing_model_names_the_command_that_installs_it() -> None:
    with pytest.raises(PrerequisiteError, match=r"`podcast-dspy models install piper-joe`"):
        models.model_path("piper-joe")


def test_a_truncated_file_is_not_installed(tmp_path: Path) -> None:
    directory = models.models_dir() / "smollm2-135m"
    directory.mkdir(parents=True)
    (directory / "SmolLM2-135M-Instruct.Q4_1.gguf").write_bytes(b"GGUF")
    assert not models.installed("smollm2-135m")


def test_the_cache_is_where_the_environment_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert models.cache_dir() == tmp_path / "cache"
    monkeypatch.delenv("PODCAST_DSPY_CACHE")
    assert models.cache_dir().name == "podcast-dspy"


@pytest.mark.parametrize(("cores", "threads", "slots"), [(1, 1, 1), (2, 1, 2), (4, 3, 4), (16, 15, 4)])
def test_one_core_stays_free(monkeypatch: pytest.MonkeyPatch, cores: int, threads: int, slots: int) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(cores)), raising=False)
    assert models.cpu_threads() == threads
    assert models.model_slots() == slots
