"""`profile`: readers that write nothing, and say what they leave out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from cli_fakes import store_pair

from podcast_dspy.generation.adjustments import Adjustments
from podcast_dspy.optimizers.artifacts import Remembered, store_profile
from podcast_dspy.profiles import synthesize
from podcast_dspy.store import PROFILES, Memory
from podcast_dspy.workspace import Workspace


def tree_of(folder: Path) -> dict[str, tuple[int, str]]:
    """Every file and link below a folder, with when it was written and what it holds."""
    return {
        str(path.relative_to(folder)): (
            path.lstat().st_mtime_ns,
            str(path.readlink()) if path.is_symlink() else path.read_bytes().hex(),
        )
        for path in folder.rglob("*")
        if path.is_symlink() or path.is_file()
    }


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """Two analysed pairs; the current profile was made of one of them, as with a held-out pair."""
    one = store_pair(tmp_path / "workspace", tmp_path, "one")
    store_pair(tmp_path / "workspace", tmp_path, "two")
    found = Workspace(tmp_path / "workspace")
    store_profile(found.tree, synthesize([one]), activate=True)
    return found


@pytest.mark.parametrize("command", ["show", "structure", "style", "history"])
def test_a_reader_writes_nothing(cli: Any, workspace: Workspace, command: str) -> None:
    before = tree_of(workspace.path)
    assert cli("profile", command).code == 0
    assert cli("profile", command, "--json").code == 0
    assert tree_of(workspace.path) == before


def test_the_current_profile_is_shown_with_what_it_was_made_without(cli: Any, workspace: Workspace) -> None:
    result = cli("profile", "show", "--json")
    assert result.data["profile"]["version"] == "v1"
    assert result.data["profile"]["training_pairs_used"] == ["one"]
    assert "made without: two" in result.err


def test_before_one_is_stored_the_analysed_pairs_are_shown(cli: Any, tmp_path: Path) -> None:
    store_pair(tmp_path / "workspace", tmp_path, "one")
    before = tree_of(tmp_path / "workspace")
    assert "profile not stored from one" in cli("profile", "show").out
    assert tree_of(tmp_path / "workspace") == before


def test_analyze_all_stores_the_profile_of_all_pairs(workspace: Workspace) -> None:
    workspace.analyze_all()
    profile = workspace.profile()
    assert (profile.version, profile.training_pairs_used) == ("v2", ("one", "two"))


def test_history_shows_what_was_kept(cli: Any, workspace: Workspace) -> None:
    assert "nothing yet" in cli("profile", "history").out
    learned = Remembered(trial="trial_002", lm="embedded", papers=("a",), adjustments=Adjustments())
    Memory(workspace.tree).put(
        f"{PROFILES}/best",
        "learned",
        learned.model_dump(mode="json"),
        {"trial": "trial_002", "profile": "v1", "prompts": "v3", "training_pairs": ["one"],
         "losses": {"training": 0.2, "held_out": None}},
    )  # fmt: skip
    (kept,) = cli("profile", "history", "--json").data["history"]
    assert (kept["version"], kept["trial"], kept["prompts"]) == (1, "trial_002", "v3")
    assert kept["learned"]["adjustments"]["concept_weight"] == 1.5
    text = cli("profile", "history").out
    assert "0.200" in text
    assert "unscored" in text
