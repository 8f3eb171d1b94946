"""A small training run made by code: three trials over two training pairs and one held-out pair."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from reports_fakes import FakeMetrics, FakeRollout, FakeRun, FakeTrial, make_pair, make_script, shifted

from podcast_dspy.pairs.pair import TrainingPair


@pytest.fixture
def make_run() -> Callable[..., FakeRun]:
    """Run factory: `make_run(held_out=True, gap="")`; `gap` names a loss that is unscored everywhere."""

    def build(*, held_out: bool = True, gap: str = "", files: bool = False) -> FakeRun:
        trials = []
        for number, by in enumerate((0.12, 0.05, 0.0)):
            metrics = shifted(FakeMetrics(), by)
            if gap:
                metrics = replace(
                    metrics,
                    **{f"{gap}_loss": math.nan, "total_loss": math.nan},
                    unscored={gap: "no judge model was given"},
                )
            results = {"bloom": metrics, "cache": shifted(metrics, 0.02)}
            ids = ["bloom", "cache", *(["graph"] if held_out else [])]
            trials.append(
                FakeTrial(
                    trial_id=f"trial_{number:03d}",
                    trial_number=number,
                    pair_results=results,
                    held_out={"graph": shifted(metrics, 0.04)} if held_out else {},
                    changes=("speech rate follows the measured 152 words per minute",) if number else (),
                    rollouts=tuple(FakeRollout(pair_id) for pair_id in ids),
                    generated_scripts={i: f"trials/trial_{number:03d}/{i}_script.json" for i in ids},
                    generated_audio={i: f"trials/trial_{number:03d}/{i} audio.mp3" for i in ids},
                )
            )
        return FakeRun(tuple(trials))

    return build


@pytest.fixture
def artefacts(tmp_path: Path) -> Path:
    """A workspace folder holding the scripts and (tiny stand-in) audio that the run names."""
    for number in range(3):
        folder = tmp_path / "workspace" / "trials" / f"trial_{number:03d}"
        folder.mkdir(parents=True)
        for pair_id in ("bloom", "cache", "graph"):
            (folder / f"{pair_id}_script.json").write_text(make_script().model_dump_json())
            (folder / f"{pair_id} audio.mp3").write_bytes(b"ID3")
    return tmp_path / "workspace"


@pytest.fixture
def pairs() -> dict[str, TrainingPair]:
    """The three pairs of the run."""
    return {name: make_pair(name) for name in ("bloom", "cache", "graph")}
