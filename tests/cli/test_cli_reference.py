"""docs/cli.md and docs/json.md are in step with the commands."""

from __future__ import annotations

from pathlib import Path

import pytest

from podcast_dspy.cli import reference
from podcast_dspy.cli.reference import REFERENCE, commands


def test_the_reference_is_current() -> None:
    assert reference.main(["--check"]) == 0, "run: python -m podcast_dspy.cli.reference"


def test_the_check_notices_a_difference(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reference, "REFERENCE", tmp_path / "docs" / "cli.md")
    assert reference.main(["--check"]) == 1
    assert reference.main([]) == 0
    assert reference.main(["--check"]) == 0
    (tmp_path / "docs" / "cli.md").write_text("old")
    assert reference.main(["--check"]) == 1


def test_every_command_has_its_section() -> None:
    text = REFERENCE.read_text(encoding="utf-8")
    for words in commands():
        assert f"## {' '.join(('podcast-dspy', *words))}\n" in text


def test_every_json_object_is_documented() -> None:
    text = (REFERENCE.parent / "json.md").read_text(encoding="utf-8")
    everything = list(commands())
    groups = {words[:-1] for words in everything if words}
    for words in everything:
        if words not in groups:
            assert f"`{' '.join(words)}`" in text, words
