"""docs/cli.md and docs/json.md are in step with the commands."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from podcast_dspy.cli import reference
from podcast_dspy.cli.reference import DESIGN, REFERENCE, commands


def test_the_reference_is_current() -> None:
    assert reference.main(["--check"]) == 0, "run: python -m podcast_dspy.cli.reference"


def test_the_check_notices_a_difference(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reference, "REFERENCE", tmp_path / "docs" / "cli.md")
    monkeypatch.setattr(reference, "DESIGN", tmp_path / "docs" / "design.md")
    assert reference.main(["--check"]) == 1
    assert reference.main([]) == 0
    assert reference.main(["--check"]) == 0
    (tmp_path / "docs" / "cli.md").write_text("old")
    assert reference.main(["--check"]) == 1
    assert reference.main([]) == 0
    (tmp_path / "docs" / "design.md").write_text(
        "before\n<!-- map -->\nold\n<!-- end of the map -->\nafter\n"
    )
    assert reference.main(["--check"]) == 1
    assert reference.main([]) == 0
    text = (tmp_path / "docs" / "design.md").read_text()
    assert text.startswith("before\n")
    assert text.endswith("after\n")
    assert "old" not in text.splitlines()
    assert "### `podcast_dspy.lms`\n" in text
    assert reference.main(["--check"]) == 0


def test_the_map_names_every_module_and_no_other() -> None:
    """By what stands in the page, so that it also holds between two runs of the generator."""
    package, named = "", set()
    for line in DESIGN.read_text(encoding="utf-8").partition("<!-- map -->")[2].splitlines():
        if found := re.match(r"### `([\w.]+)`$", line):
            package = found[1]
            named.add(package)
        elif found := re.match(r"- `(\w+)`: .", line):
            named.add(f"{package}.{found[1]}")
    root = DESIGN.parents[1]
    modules = {
        ".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__")
        for path in (root / "podcast_dspy").rglob("*.py")
        if path.stem != "__main__"
    }
    assert named == modules


def test_every_module_says_what_it_knows_in_one_line() -> None:
    without = [
        line
        for line in reference.module_map().splitlines()
        if line.startswith("- `") and line.endswith("`: ")
    ]
    assert without == []


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
