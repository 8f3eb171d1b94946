"""Help: complete, fast, and in step with the rest of the package."""

from __future__ import annotations

import json
import re
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any, get_args

import pytest

import podcast_dspy
from podcast_dspy.cli.main import GUIDE
from podcast_dspy.cli.reference import commands
from podcast_dspy.cli.shared import Depth
from podcast_dspy.settings import PodcastDepth, TrainingConfig

COMMANDS = list(commands())
GROUPS = {words[:-1] for words in COMMANDS if words}
LEAVES = [words for words in COMMANDS if words not in GROUPS]
ROOT = Path(podcast_dspy.__file__).parent.parent

SPECIFIED = [
    "ingest",
    "pairs list",
    "analyze",
    "analyze-all",
    "profile show",
    "profile structure",
    "profile style",
    "compile",
    "status",
    "trial",
    "compare",
    "plot-loss",
    "export",
    "export-prompts",
]


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_help_is_there(cli: Any, words: tuple[str, ...]) -> None:
    result = cli(*words, "--help")
    assert result.code == 0
    assert result.out.startswith("Usage: podcast-dspy")


def test_no_summary_is_cut_off(cli: Any) -> None:
    assert cli("--help").out.count("...") == 1, "only ARGS has dots"


@pytest.mark.parametrize("words", LEAVES, ids=" ".join)
def test_every_command_teaches_by_example_and_speaks_json(cli: Any, words: tuple[str, ...]) -> None:
    text = cli(*words, "--help").out
    assert "Examples:\n" in text, "examples keep their lines"
    assert f"podcast-dspy {' '.join(words)}" in text
    assert "--json" in text or words == ("studio",), "which serves, and prints nothing"


@pytest.mark.parametrize("name", SPECIFIED)
def test_the_commands_of_the_specification_are_there(name: str) -> None:
    assert tuple(name.split()) in LEAVES


def test_no_command_prints_a_guide_of_ten_lines_with_real_commands(cli: Any) -> None:
    result = cli()
    assert result.code == 0
    assert result.out.rstrip("\n") == GUIDE
    assert len(GUIDE.splitlines()) <= 10


def test_commands_named_in_messages_and_documents_exist() -> None:
    """Wherever the package or its documents say `podcast-dspy X Y`, X Y is a command."""
    files = [*(ROOT / "podcast_dspy").rglob("*.py"), *(ROOT / "docs").rglob("*.md"), ROOT / "README.md"]
    wrong = []
    for file in files:
        text = file.read_text(encoding="utf-8")
        for match in re.finditer(
            r"(?<![-\w/])podcast-dspy ((?:--\w+ \S+ )*)([a-z][\w-]*)(?: ([a-z][\w-]*))?", text
        ):
            if not _code(text, match.start()) or match[0].startswith("podcast-dspy turns"):
                continue
            first, second = match[2], match[3]
            known = (first,) in LEAVES or (
                (first,) in GROUPS and (second is None or (first, second) in LEAVES)
            )
            if not known:
                wrong.append(f"{file.relative_to(ROOT)}: {match[0]}")
    assert not wrong


def _code(text: str, at: int) -> bool:
    """Whether the position begins code: after a backtick, a quote, or only white space on its line."""
    line = text[text.rfind("\n", 0, at) + 1 : at]
    return (
        text[at - 1 : at] in ("`", '"', "'") or (line.startswith("    ") and not line.strip()) or line == ""
    )


def test_depths_and_defaults_in_help_are_those_of_the_settings(cli: Any) -> None:
    assert get_args(Depth) == tuple(depth.value for depth in PodcastDepth)
    text = " ".join(cli("compile", "--help").out.split())
    config = TrainingConfig()
    for value in (
        config.max_trials,
        config.convergence_threshold,
        config.convergence_window,
        config.optimizer,
        config.seed,
        config.target_depth.value,
        config.roles.lm,
    ):
        assert f"[default: {value}]" in text
    assert f"if it can judge, else {config.roles.judge_lm}]" in text
    weights = ",".join(f"{name}={weight:g}" for name, weight in config.loss_weights.as_dict().items())
    assert f"[default:{weights}]" in text.replace(" ", "")


HEAVY = ("pydantic", "rich", "numpy", "dspy", "datasets", "jinja2", "matplotlib", "logging.config")


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import json, sys\n"
        "from podcast_dspy.cli.main import run\n"
        "assert run(['--help']) == 0\n"
        "print('\\n' + json.dumps(sorted(sys.modules)))\n"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    loaded = set(json.loads(out.splitlines()[-1]))
    assert not loaded & set(HEAVY)


def test_help_answers_in_under_300_ms() -> None:
    """Processor time, best of three: the wall clock belongs to whatever else runs on the machine."""
    taken = []
    for _ in range(3):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(
            [sys.executable, "-m", "podcast_dspy.cli.main", "--help"], capture_output=True, check=True
        )
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        taken.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    assert min(taken) < 0.3


def test_the_models_of_the_examples_are_known_and_not_about_to_end() -> None:
    from podcast_dspy.cli.shared import EXAMPLE_MODELS
    from podcast_dspy.lms.calls import model_facts

    for model in EXAMPLE_MODELS.values():
        facts = model_facts(model)
        assert facts, f"{model} is not in the table of models"
        assert not facts.get("deprecation_date"), f"{model} ends on {facts['deprecation_date']}"
