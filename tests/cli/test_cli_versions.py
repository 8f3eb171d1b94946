"""`rollback` and `compare v1 v2`; and that no command which only reads makes another version the current one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from test_cli_training import trained, trial  # noqa: F401 - a fixture

from podcast_dspy.generation.adjustments import Adjustments
from podcast_dspy.generation.program import PodcastProgram
from podcast_dspy.optimizers.artifacts import (
    CompiledPrograms,
    keep,
    keep_compiled,
    store_profile,
    store_prompts,
)
from podcast_dspy.profiles import CompiledProfile
from podcast_dspy.settings import TrainingConfig
from podcast_dspy.store import ProfileVersions, PromptVersions, Tree
from podcast_dspy.testing import sample_profile
from podcast_dspy.workspace import Workspace


def compiled(tree: Tree, number: int) -> None:
    """A finished run: its profile, prompts and program differ from those of the run before."""
    profile = sample_profile(min_coverage=0.1 * number)
    version = store_profile(tree, profile, activate=True)
    prompts = store_prompts(tree, {"script_writer": f"Write like run {number}.\n"})
    best = trial(1, 0.5 - 0.1 * number).model_copy(
        update={"profile_version": version, "prompt_version": prompts}
    )
    program = PodcastProgram(Adjustments(words_per_minute=150.0 + number))
    envelope = CompiledProfile.of(
        CompiledPrograms(program),
        profile,
        roles={"lm": "embedded"},
    )
    keep(tree, best, [], profile, TrainingConfig(), None)
    keep_compiled(tree, envelope, best, [])


@pytest.fixture
def two(trained: Workspace) -> Workspace:  # noqa: F811
    for number in (1, 2):
        compiled(trained.tree, number)
    return trained


def test_rollback_and_what_follows_it(cli: Any, two: Workspace, tmp_path: Path) -> None:
    assert cli("rollback", "--list", "--json").data["current"] == "v2"
    back = cli("rollback")
    assert back.out.startswith("v1 is the current version again\n")
    assert [line[:4] for line in back.out.splitlines() if line[0:1] == "v"][-2:] == ["v1 *", "v2  "]
    assert (ProfileVersions(two.tree).current(), PromptVersions(two.tree).current()) == ("v1", "v1")
    assert cli("profile", "show", "--json").data["profile"]["min_coverage"] == pytest.approx(0.1)
    assert cli("export", "--output", "p.json").code == 0
    state = CompiledProfile.load(tmp_path / "p.json").program_state
    assert state["podcast.learned"]["words_per_minute"] == 151.0
    assert cli("export-prompts", "--output", "prompts.json").code == 0
    assert "run 1" in (tmp_path / "prompts.json").read_text()
    assert cli("rollback").code == 2
    assert "v1 is the first" in cli("rollback").err
    assert cli("rollback", "--to", "v2", "--json").data["current"] == "v2"


def test_two_versions_are_compared(cli: Any, two: Workspace) -> None:
    told = cli("compare", "v1", "v2").out
    assert "min_coverage: 0.1 -> 0.2" in told
    assert "-Write like run 1.\n+Write like run 2." in told
    data = cli("compare", "v1", "v2", "--json").data
    assert (data["first"]["prompts"], data["second"]["prompts"]) == ("v1", "v2")
    assert "no compiled profile 'v3'; there are: v1, v2" in cli("compare", "v1", "v3").err


READERS = (
    ["status"],
    ["trial", "best"],
    ["compare", "baseline", "best"],
    ["compare", "v1", "v2"],
    ["rollback", "--list"],
    ["profile", "show"],
    ["profile", "structure"],
    ["profile", "style"],
    ["profile", "history"],
    ["pairs", "list"],
    ["label", "bloom", "--json"],
    ["report", "--output", "report.html"],
    ["plot-loss"],
    ["export"],
    ["export-prompts"],
    ["compile", "--dry-run"],
)


def test_who_only_reads_makes_nothing_current(cli: Any, two: Workspace) -> None:
    assert cli("rollback").code == 0

    def state() -> dict[str, tuple[str, int]]:
        return {
            str(path): (str(path.readlink()) if path.is_symlink() else "", path.lstat().st_mtime_ns)
            for folder in ("profiles", "prompts", "memory")
            for path in (two.path / folder).rglob("*")
        }

    before = state()
    for words in READERS:
        result = cli(*words)
        assert result.code == 0, f"{words}: {result.err}"
        assert state() == before, words


def test_a_server_that_is_away_is_told_before_a_run_begins(
    cli: Any, two: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = [one.trial_id for one in two.trials]
    result = cli("compile", "--mlflow", "http://127.0.0.1:9")
    assert (result.code, result.out) == (1, "")
    assert "MLflow at http://127.0.0.1:9 cannot be used: nothing answers there" in result.err
    assert [one.trial_id for one in two.trials] == before
    assert not (two.path / "archive").exists()
    monkeypatch.setenv("PODCAST_DSPY_MLFLOW", "http://127.0.0.1:9")
    assert "nothing answers there" in cli("track").err
    monkeypatch.delenv("PODCAST_DSPY_MLFLOW")
    assert "name the MLflow server with --mlflow URI" in cli("track").err


def test_a_run_is_tracked_in_a_database_file(cli: Any, two: Workspace, tmp_path: Path) -> None:
    address = f"sqlite:///{tmp_path}/mlflow.db"
    first = cli("track", "--mlflow", address, "--json").data
    assert first["uploaded"] == 3
    assert (
        cli("track", "--mlflow", address).out
        == f"MLflow run {first['run_id']}: everything was there already\n"
    )
