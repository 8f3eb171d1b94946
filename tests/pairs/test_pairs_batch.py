"""Pairs ingested side by side: one progress, and nobody waits for what failed."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from podcast_dspy.errors import AudioError
from podcast_dspy.pairs import PairFiles, pair_store
from podcast_dspy.pairs.pair_store import Report, ingest_side_by_side

NAMES = ("a", "b", "c")
FILES = [PairFiles(name, Path(f"{name}.pdf"), Path(f"{name}.mp3")) for name in NAMES]


@pytest.fixture(autouse=True)
def two_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pair_store, "model_slots", lambda: 2)


def test_two_are_ingested_at_once_and_come_back_in_order() -> None:
    together = threading.Barrier(2, timeout=10.0)

    def ingest(files: PairFiles, report: Report) -> Any:
        if files.pair_id != "c":
            together.wait()
        return files.pair_id

    done = ingest_side_by_side(FILES, ingest, lambda *_: None)
    assert (done.pairs, done.failed) == (list(NAMES), {})


def test_a_pair_that_fails_does_not_keep_the_others() -> None:
    def ingest(files: PairFiles, report: Report) -> Any:
        if files.pair_id == "b":
            raise AudioError("b.mp3 is silent")
        return files.pair_id

    done = ingest_side_by_side(FILES, ingest, lambda *_: None)
    assert done.pairs == ["a", "c"]
    assert {name: str(error) for name, error in done.failed.items()} == {"b": "b.mp3 is silent"}


def test_progress_is_that_of_all_and_never_falls() -> None:
    told: list[tuple[str, float, float]] = []

    def ingest(files: PairFiles, report: Report) -> Any:
        report("reading a.pdf", 1, 1)
        for done in (0.0, 0.5, 1.0):
            report("transcribing a.mp3", done, 1.0)
        return files.pair_id

    ingest_side_by_side(FILES, ingest, lambda *report: told.append(report))
    assert {(stage, total) for stage, _, total in told} == {("ingesting 3 pairs", 3)}
    done = [done for _, done, _ in told]
    assert done == sorted(done)
    assert (done[0], done[-1]) == (0.0, 3.0)


def test_after_an_interrupt_nobody_goes_on() -> None:
    hearing, stopped = threading.Event(), threading.Event()

    def ingest(files: PairFiles, report: Report) -> Any:
        if files.pair_id == "a":
            assert hearing.wait(10.0)
            raise KeyboardInterrupt
        hearing.set()
        try:
            while True:  # hears one sentence after the other
                report("transcribing b.mp3", 0.1, 1.0)
        finally:
            stopped.set()

    with pytest.raises(KeyboardInterrupt):
        ingest_side_by_side(FILES[:2], ingest, lambda *_: None)
    assert stopped.wait(10.0)
