"""`generate` by halves, `redo`, `revoice` and `episode`, as somebody uses them one after another."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from podcast_dspy.generation.program import PodcastProgram
from podcast_dspy.optimizers.artifacts import CompiledPrograms
from podcast_dspy.profiles import CompiledProfile
from podcast_dspy.testing import FakeVoice, sample_paper, sample_profile

pytestmark = pytest.mark.models


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, humming: FakeVoice) -> Path:
    """A paper, a profile, and nothing spoken yet."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("podcast_dspy.generation.voicing.cache_dir", lambda: tmp_path / "cache")
    body = "\n\n".join(atom.content for atom in sample_paper().passages())
    (tmp_path / "salt.md").write_text(f"# Wet salt\n\nPetronella Vaara\n\n## Results\n\n{body}\n")
    compiled = CompiledProfile.of(CompiledPrograms(PodcastProgram()), sample_profile())
    compiled.save(tmp_path / "profile.json")
    return tmp_path


def test_from_a_plan_to_an_edited_episode(cli: Any, place: Path) -> None:
    words = (
        "generate",
        "salt.md",
        "--profile",
        "profile.json",
        "--minutes",
        "1",
        "--output",
        "episodes/salt",
    )
    planned = cli(*words, "--plan-only", "--json")
    assert planned.code == 0, planned.err
    assert planned.data["plan"]["segments"]
    assert [path.name for path in Path("episodes/salt").glob("[!.]*")] == ["plan.json"]

    written = cli(*words, "--from-plan", "episodes/salt/plan.json", "--script-only")
    assert written.code == 0, written.err
    assert "not voiced" in written.out
    assert not list(Path("episodes/salt").glob("episode.mp3"))

    voiced = cli("revoice", "--json")
    assert voiced.code == 0, voiced.err
    assert "episode: episodes/salt" in voiced.err
    assert voiced.data["spoken_anew"] == voiced.data["segments"]
    assert cli("episode", "diff").out.strip() == "nothing changed"

    script = Path("episodes/salt/script.md")
    script.write_text(script.read_text() + "\n## One more\n\nThey also visited ninety moons.\n")
    assert "added: One more" in cli("episode", "diff").out
    shown = cli("episode", "show").out
    assert "(edited, not voiced)" in shown
    assert "supported" in shown
    assert "claims nothing" in shown
    again = cli("revoice")
    assert f"1 of {voiced.data['segments'] + 1} segments spoken anew" in again.out
    assert [one["change"] for one in cli("episode", "history", "--json").data["versions"]] == [
        "written",
        "edited by hand",
    ]
    assert "1 removed" in cli("episode", "restore", "1").out
    assert cli("episode", "diff", "1", "2").out.startswith("1 added")


def test_who_compiled_nothing_has_the_profile_that_comes_along(cli: Any, place: Path) -> None:
    planned = cli("generate", "salt.md", "--minutes", "1", "--plan-only", "--json")
    assert planned.code == 0, planned.err
    assert "Profile: the one that comes with podcast-dspy" in planned.err
    assert planned.data["plan"]["segments"]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("revoice",), 2, "--episode"),
        (("redo", "1", "--episode", "nowhere", "--profile", "profile.json"), 2, "no episode"),
        (("episode", "show", "--episode", "."), 2, "no episode"),
        (
            ("generate", "salt.md", "--profile", "profile.json", "--plan-only", "--script-only"),
            2,
            "--plan-only",
        ),
        (("generate", "salt.md", "--profile", "profile.json", "--from-plan", "salt.md"), 1, "is no plan"),
        (("generate", "salt.md", "--profile", "profile.json", "--intro", "salt.md"), 1, "salt.md"),
        (("generate", "salt.md", "--profile", "profile.json", "--from-script", "gone.md"), 1, "gone.md"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(
    cli: Any, place: Path, words: tuple[str, ...], code: int, said: str
) -> None:
    result = cli(*words)
    assert (result.code, result.out) == (code, "")
    assert said in result.err
    assert "Traceback" not in result.err
    assert not Path("episodes").exists()
    assert not Path("nowhere").exists()
