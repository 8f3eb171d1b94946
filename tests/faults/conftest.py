"""Workspaces to break, and mounts that a test may make."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from faults_bench import Bench
from faults_files import transcription

# The stand-in pair of the command line's own tests serves here as well.
sys.path.append(str(Path(__file__).resolve().parent.parent / "cli"))

from cli_fakes import store_pair


@pytest.fixture
def empty(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Bench:
    """No workspace yet."""
    return Bench(tmp_path, capsys)


@pytest.fixture
def bench(empty: Bench) -> Bench:
    """A workspace with the analysed pair `bloom`."""
    store_pair(empty.workspace, empty.folder)
    return empty


@pytest.fixture
def fake_transcriber(monkeypatch: pytest.MonkeyPatch) -> None:
    """A transcriber that hears the same in everything."""
    monkeypatch.setattr(
        "podcast_dspy.audio.transcribe", lambda path, **options: transcription(Path(path)), raising=False
    )


def _mounted(*words: str) -> bool:
    done = subprocess.run(["mount", *words], capture_output=True, check=False)
    return done.returncode == 0


@pytest.fixture
def mount(tmp_path: Path) -> Iterator[Any]:
    """`mount("-t", "tmpfs", ..., place)`, undone after the test; skips it where mounting is not permitted."""
    if os.name != "posix" or os.geteuid() != 0:
        pytest.skip("mounting needs root")
    places: list[Path] = []

    def call(*words: str | Path) -> Path:
        if not _mounted(*map(str, words)):
            pytest.skip("mounting is not permitted here")
        place = Path(words[-1])
        if place not in places:  # a remount is undone with its mount
            places.append(place)
        return place

    yield call
    for place in reversed(places):
        subprocess.run(["umount", str(place)], check=True)
