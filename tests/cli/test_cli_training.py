"""The commands about trials, on a training run that was written by code."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
from cli_fakes import store_pair

from podcast_dspy.cli.monitoring import run_text
from podcast_dspy.metrics import LOSSES, LossMetrics
from podcast_dspy.optimizers.record import RunRecord, dataset_fingerprint
from podcast_dspy.optimizers.trials import TrainingRun, TrialResult
from podcast_dspy.settings import TrainingConfig
from podcast_dspy.testing import sample_metrics, sample_trial
from podcast_dspy.workspace import Workspace


def level(pair_id: str, loss: float, *, judged: bool = True) -> LossMetrics:
    """Every loss alike; the quality unscored where nobody `judged` it."""
    losses = {f"{name}_loss": loss for name in LOSSES}
    if judged:
        return sample_metrics(pair_id, **losses)
    unjudged = losses | {"quality_loss": math.nan, "total_loss": math.nan}
    scores = dict.fromkeys(("engagement_score", "clarity_score", "accuracy_score"), math.nan)
    return sample_metrics(pair_id, **unjudged, **scores, unscored={"quality": "the judge gave no score"})


def trial(number: int, loss: float, **options: Any) -> TrialResult:
    """A trial with one training and one held-out pair."""
    return sample_trial(
        number,
        [level("bloom", loss, **options)],
        [level("cache", loss + 0.1, **options)],
        changes=() if not number else ("slower speech",),
    )


@pytest.fixture
def trained(tmp_path: Path) -> Workspace:
    """A workspace with three finished trials; the last one is incomplete."""
    for name in ("bloom", "cache"):
        store_pair(tmp_path / "workspace", tmp_path, name)
    workspace = Workspace(tmp_path / "workspace")
    record = RunRecord(workspace.tree)
    config = TrainingConfig(max_trials=5, holdout="cache")
    record.begin(config, dataset_fingerprint(workspace.pairs))
    trials = (trial(0, 0.5), trial(1, 0.3), trial(2, 0.2, judged=False))
    for one in trials:
        record.finish_trial(one, config)
    record.finish(
        TrainingRun(
            config=config,
            trials=trials,
            converged=True,
            reason="nothing is left to try",
            profile_path="profile.json",
        )
    )
    return workspace


def test_status_names_the_best_complete_trial(cli: Any, trained: Workspace) -> None:
    data = cli("status", "--json").data
    assert (data["pairs"], data["trials"], data["max_trials"]) == (2, 3, 5)
    assert data["best"]["trial_id"] == "trial_001"
    assert data["best"]["losses"]["total"] == pytest.approx(0.3)
    assert data["best"]["held_out"]["total"] == pytest.approx(0.4)
    assert (data["finished"], data["converged"], data["reason"]) == (True, True, "nothing is left to try")
    assert {data["baseline"]["trial_id"]} == {"trial_000"}
    text = cli("status").out
    assert "best: trial_001, total loss 0.300 on the training pairs" in text
    assert "on the training pairs from 0.500 to 0.300 (-40%, one pair)" in text
    assert "on the held-out pair from 0.600 to 0.400 (-33%, one pair)" in text


def test_a_trial_is_shown_with_what_is_unscored(cli: Any, trained: Workspace) -> None:
    data = cli("trial", "trial_002", "--json").data["trial"]
    assert data["pair_results"]["bloom"]["quality_loss"] is None
    assert data["pair_results"]["bloom"]["unscored"] == {"quality": "the judge gave no score"}
    assert data["avg_total_loss"] is None
    assert data["avg_duration_loss"] == pytest.approx(0.2)
    text = cli("trial", "trial_002").out
    assert "unscored in bloom: quality (the judge gave no score)" in text
    assert "changed: slower speech" in text


def test_two_trials_are_compared(cli: Any, trained: Workspace) -> None:
    data = cli("compare", "trial_000", "trial_001", "--json").data
    assert data["note"] == (
        "trial_001 lowers the total loss on the held-out pair from 0.600 to 0.400 (-33%, one pair). "
        "trial_001 lowers the total loss on the training pairs from 0.500 to 0.300 (-40%, one pair)."
    )
    total = data["held_out"]["total"]
    assert total == {"first": 0.6, "second": 0.4, "change": pytest.approx(-0.2), "interval": None}
    assert data["held_out_pairs"]["cache"]["second"] == pytest.approx(0.4)
    assert data["losses"]["rouge"]["change"] == pytest.approx(-0.2)
    assert data["pairs"]["bloom"]["first"] == pytest.approx(0.5)
    gap = cli("compare", "trial_001", "trial_002", "--json").data
    assert gap["losses"]["total"] == {
        "first": pytest.approx(0.3),
        "second": None,
        "change": None,
        "interval": None,
    }
    assert "the judge gave no score" in gap["unscored"]["quality"]


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("1", "trial_001"),
        ("01", "trial_001"),
        ("0", "trial_000"),
        ("best", "trial_001"),
        ("baseline", "trial_000"),
    ],
)
def test_trials_have_short_names(cli: Any, trained: Workspace, name: str, found: str) -> None:
    assert cli("trial", name, "--json").data["trial"]["trial_id"] == found


@pytest.mark.parametrize("name", ["7", "9" * 5000, "\N{SUPERSCRIPT TWO}", "-1", "last"])
def test_a_trial_that_is_not_there_is_refused_with_those_that_are(
    cli: Any, trained: Workspace, name: str
) -> None:
    result = cli("trial", "--", name)
    assert result.code == 2
    assert "known are: trial_000, trial_001, trial_002" in result.err


def test_a_run_tells_the_held_out_change_beside_the_training_one(cli: Any, trained: Workspace) -> None:
    run = TrainingRun(
        config=TrainingConfig(), trials=tuple(trained.trials), converged=True, reason="done", profile_path="p"
    )
    text = run_text(run)
    assert "on the training pairs from 0.500 to 0.300 (-40%, one pair)" in text
    assert "on the held-out pair from 0.600 to 0.400 (-33%, one pair)" in text


@pytest.mark.parametrize("form", ["png", "svg", "html"])
def test_curves_are_drawn(cli: Any, trained: Workspace, tmp_path: Path, form: str) -> None:
    data = cli("plot-loss", "--output", form, "--json").data
    assert data == {"path": f"loss.{form}", "format": form}
    assert (tmp_path / f"loss.{form}").stat().st_size > 1000


def test_the_report_says_how_to_reproduce_it(cli: Any, trained: Workspace, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert "--output" in cli("report", "--output", "file/report.html").err
    result = cli("report", "--output", "out/report.html", "--json")
    assert result.data == {"path": "out/report.html"}
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    for text in (
        "from 0.500 to 0.300",
        "Nothing is left to try.",
        "held-out pair",
        "dataset fingerprint",
        "dspy 3",
    ):
        assert text in page
    assert dataset_fingerprint(trained.pairs) in page


def test_resume_keeps_the_settings_of_the_run(
    cli: Any, trained: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[TrainingConfig] = []

    def compile_(self: Workspace, config: TrainingConfig, *, progress: Any, **options: Any) -> TrainingRun:
        seen.append(config)
        progress("trial 3", 0, 1)
        print("noise")
        return TrainingRun(
            config=config,
            trials=tuple(self.trials),
            converged=False,
            reason="all trials were made",
            profile_path="profile.json",
        )

    monkeypatch.setattr(Workspace, "compile", compile_)
    result = cli("compile", "--resume", "--max-trials", "9", "--json")
    assert seen == [TrainingConfig(max_trials=9, holdout="cache")]
    assert (result.data["baseline"], result.data["best"], result.data["converged"]) == (
        "trial_000",
        "trial_001",
        False,
    )
    assert [one["losses"]["quality"] for one in result.data["trials"]][2] is None
    assert result.data["trials"][2]["unscored"]["bloom"] == {"quality": "the judge gave no score"}
    text = cli("compile", "--resume").out
    assert "trial_001 *" in text
    assert "stopped because all trials were made" in text
