"""What README and docs say of commands, options, weights, modules and files is so."""

from __future__ import annotations

import re
import shlex
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from podcast_dspy.cli.main import app, hoist
from podcast_dspy.settings import LossWeights

ROOT = Path(__file__).resolve().parent.parent
TESTING = ROOT / "docs" / "testing.md"
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
PROGRAM: Any = typer.main.get_command(app)


def page_named(path: Path) -> str:
    return path.name


def command_lines(text: str) -> Iterator[list[str]]:
    """Every call of the program in code blocks and between backticks, as words."""
    blocks = re.findall(r"^(?: {4}|\t)(?:\$ )?(podcast-dspy .*)$", text, re.MULTILINE)
    for line in [*blocks, *re.findall(r"`(podcast-dspy [^`]+)`", text)]:
        bare = re.sub(r"\s+#.*|\s{2,}\S.*", "", line.replace("...", ""))
        yield shlex.split(bare)[1:]


def resolved(words: list[str]) -> tuple[Any, list[str]]:
    """The command that these words call, and the words behind it. Fails when there is none."""
    command: Any = PROGRAM
    rest = hoist(words)
    while rest and rest[0].startswith("-"):  # global options come first now
        takes_value = not any(option.is_flag for option in PROGRAM.params if rest[0] in option.opts)
        rest = rest[1 + takes_value :]
    while rest and (commands := getattr(command, "commands", None)):
        found = commands.get(rest[0])
        assert found is not None, f"no command {' '.join(words)!r}"
        command, rest = found, rest[1:]
    return command, rest


@pytest.mark.parametrize("page", PAGES, ids=page_named)
def test_commands_and_their_options_exist(page: Path) -> None:
    known_everywhere = {name for option in PROGRAM.params for name in option.opts} | {"--help"}
    for words in command_lines(page.read_text(encoding="utf-8")):
        if words[:1] == ["COMMAND"]:
            continue
        command, rest = resolved(words)
        own = {name for option in command.params for name in (*option.opts, *option.secondary_opts)}
        known = own | known_everywhere
        unknown = [word for word in rest if word.startswith("--") and word.partition("=")[0] not in known]
        assert not unknown, f"{' '.join(words)}: no option {unknown}"


def test_what_is_looked_at_is_not_nothing() -> None:
    found = [words for page in PAGES for words in command_lines(page.read_text(encoding="utf-8"))]
    assert ["analyze-all"] in found
    assert len(found) > 30


def test_every_command_has_its_json_described() -> None:
    text = (ROOT / "docs" / "json.md").read_text(encoding="utf-8")
    described = set(re.findall(r"^\| `([a-z -]+)` \|", text, re.MULTILINE))
    names = set()
    for name, command in PROGRAM.commands.items():
        below = getattr(command, "commands", None)
        names |= {f"{name} {sub}" for sub in below} if below else {name}
    assert described == names


@pytest.mark.parametrize("page", ["README.md", "docs/losses.md"])
def test_weights_are_those_of_the_code(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    table = dict(re.findall(r"^\| (\w+) \| (0\.\d+) \| [^|]+ \|$", text, re.MULTILINE))
    assert {name: float(value) for name, value in table.items()} == LossWeights().as_dict()


@pytest.mark.parametrize("page", PAGES, ids=page_named)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
        assert target.startswith("http") or (page.parent / target).exists(), target


def test_modules_that_design_names_exist() -> None:
    text = (ROOT / "docs" / "design.md").read_text(encoding="utf-8")
    packages = {path.name for path in (ROOT / "podcast_dspy").iterdir() if path.is_dir()}
    named = [(a, b) for a, b in re.findall(r"`([a-z_]+)\.([a-z_]+)`", text) if a in packages]
    assert len(named) > 8
    for package, name in named:
        place = ROOT / "podcast_dspy" / package
        exported = (place / "__init__.py").read_text(encoding="utf-8")
        assert (place / f"{name}.py").exists() or f'"{name}"' in exported, f"{package}.{name}"


def test_no_two_modules_have_one_name() -> None:
    """So that a name in a traceback or in the map means one file."""
    names = Counter(path.stem for path in (ROOT / "podcast_dspy").rglob("*.py") if path.name[0] != "_")
    # A group of commands is named after the package whose commands they are.
    names.subtract(path.stem for path in (ROOT / "podcast_dspy" / "cli").glob("*.py"))
    assert [name for name, count in names.items() if count > 1] == []


def test_figures_name_their_corpus() -> None:
    """Each table of measurements says what it was measured on."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    measured = text[text.index("## Measured") : text.index("## More")]
    heads = re.findall(r"^(\|[^\n]*\|)\n\|[-|]+\|$", measured, re.MULTILINE)
    without = [head for head in heads if "corpus" not in head]
    assert not without
    # Voices of the example corpus and of the pairs from elsewhere are synthetic.
    for page in (text, (ROOT / "docs" / "losses.md").read_text(encoding="utf-8")):
        assert "human host explains" not in page
        assert "real podcast" not in page


@pytest.mark.parametrize("block", re.findall(r"```python\n(.*?)```", TESTING.read_text("utf-8"), re.DOTALL))
def test_what_testing_shows_works(block: str) -> None:
    exec(compile(block, TESTING.name, "exec"), {})
