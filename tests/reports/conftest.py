"""A small training run made by code: three trials over two training pairs and one held-out pair."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from reports_fakes import make_metrics, make_pair, make_script

from podcast_dspy.optimizers import TrainingRun
from podcast_dspy.pairs.pair import TrainingPair
from podcast_dspy.settings import TrainingConfig
from podcast_dspy.testing import sample_trial


@pytest.fixture
def make_run() -> Callable[..., TrainingRun]:
    """Run factory: `make_run(held_out=True, gap="")`; `gap` names a loss that is unscored everywhere."""

    def build(*, held_out: bool = True, gap: str = "") -> TrainingRun:
        trials = []
        for number, by in enumerate((0.12, 0.05, 0.0)):
            trial = sample_trial(
                number,
                [make_metrics("bloom", by, gap), make_metrics("cache", by + 0.02, gap)],
                [make_metrics("graph", by + 0.04, gap)] if held_out else [],
                classifier_accuracy=0.71,
                changes=("speech rate follows the measured 152 words per minute",) if number else (),
            )
            rollouts = tuple(
                one.model_copy(update={"model_units": 41, "source_units": 19}) for one in trial.rollouts
            )
            trials.append(trial.model_copy(update={"rollouts": rollouts}))
        return TrainingRun(
            config=TrainingConfig(),
            trials=tuple(trials),
            converged=True,
            reason="the best loss improved by less than 5% over the last 3 trials",
            profile_path="profiles/profile.json",
        )

    return build


@pytest.fixture
def artefacts(tmp_path: Path) -> Path:
    """A workspace folder holding the scripts and (tiny stand-in) audio that the run names."""
    for number in range(3):
        folder = tmp_path / "workspace" / "trials" / f"trial_{number:03d}"
        folder.mkdir(parents=True)
        for pair_id in ("bloom", "cache", "graph"):
            (folder / f"{pair_id}_script.json").write_text(make_script().model_dump_json())
            (folder / f"{pair_id}_audio.mp3").write_bytes(b"ID3")
    return tmp_path / "workspace"


@pytest.fixture
def pairs() -> dict[str, TrainingPair]:
    """The three pairs of the run."""
    return {name: make_pair(name) for name in ("bloom", "cache", "graph")}
