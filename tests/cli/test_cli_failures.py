"""Failures: one sentence, the right exit code, no traceback, no secret."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from cli_fakes import store_pair

from podcast_dspy.errors import DiskFullError, ModelError, UnknownNameError
from podcast_dspy.pairs.pair_store import PairStore
from podcast_dspy.workspace import Workspace


def program(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """The program as a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "podcast_dspy.cli.main", *words],
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
        timeout=120,
    )


WRONG = [
    (("pairs", "show", "nobody"), 2, "nobody"),
    (("analyze", "nobody"), 2, "nobody"),
    (("trial", "trial_999"), 2, "trial_999"),
    (("compare", "trial_000", "trial_001"), 2, "trial_000"),
    (("plot-loss",), 2, "podcast-dspy compile"),
    (("report",), 2, "podcast-dspy compile"),
    (("analyze-all",), 2, "podcast-dspy ingest"),
    (("profile", "show"), 2, "podcast-dspy analyze-all"),
    (("export",), 2, "podcast-dspy compile"),
    (("export-prompts",), 2, "podcast-dspy compile"),
    (("compile", "--resume"), 2, "podcast-dspy ingest"),
    (("compile", "--max-trials", "0"), 2, "max_trials"),
    (("compile", "--max-trials", "many"), 2, "--max-trials"),
    (("compile", "--convergence-threshold", "2"), 2, "convergence_threshold"),
    (("compile", "--weights", "duration=0.9"), 2, "sum to 1.65"),
    (("compile", "--weights", "beauty=1"), 2, "beauty"),
    (("compile", "--weights", "duration=much"), 2, "duration=much"),
    (("compile", "--target-depth", "abyss"), 2, "'--target-depth': 'abyss' is not one of"),
    (("compile", "--optimizer", "magic"), 2, "magic"),
    (("voices", "try", "nobody"), 2, "nobody"),
    (("ingest", "--pdf", "missing.pdf", "--audio", "missing.mp3"), 1, "missing.pdf"),
    (("generate", "missing.pdf"), 1, "missing.pdf"),
    (("evaluate", "missing.json", "--pair", "nobody"), 2, "nobody"),
    (("demo", "--examples", "nowhere"), 1, "example corpus"),
    (("kb", "show", "nobody"), 2, "podcast-dspy kb create nobody"),
    (("kb", "create", "../up"), 2, "../up"),
    (("kb", "search", "nobody", "what"), 2, "nobody"),
    (("kb", "search", "nobody", "what", "--limit", "0"), 2, "--limit"),
    (("kb", "remove", "nobody", "paper"), 2, "nobody"),
    (("models", "install", "nobody"), 2, "nobody"),
    (("models", "where", "nobody"), 2, "nobody"),
    (("visuals", "align", "nobody"), 2, "nobody"),
    (("nonsense",), 2, "nonsense"),
    (("ingest",), 2, "--pdf"),
    (("status", "--nonsense"), 2, "--nonsense"),
]


@pytest.mark.parametrize(
    ("words", "code", "named"), WRONG, ids=lambda value: " ".join(value) if isinstance(value, tuple) else ""
)
def test_wrong_requests_name_what_is_wrong(cli: Any, words: tuple[str, ...], code: int, named: str) -> None:
    result = cli(*words)
    assert (result.code, result.out) == (code, "")
    assert named in result.err
    assert "Traceback" not in result.err
    assert "unexpected" not in result.err


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("pairs", "show", "nobody"), 2),
        (("ingest", "--pdf", "missing.pdf", "--audio", "missing.mp3"), 1),
        (("pairs", "list"), 0),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_a_process_exits_with_the_code(words: tuple[str, ...], code: int) -> None:
    result = program(*words)
    assert result.returncode == code
    assert "Traceback" not in result.stderr


def test_a_folder_that_is_a_file_is_named(cli: Any, tmp_path: Path) -> None:
    (tmp_path / "paper.pdf").write_bytes(b"%PDF")
    (tmp_path / "out").write_text("")
    taken = cli("generate", "paper.pdf", "--output", "out")
    assert taken.code == 2
    assert "another folder" in taken.err


def test_there_is_nothing_to_resume_before_the_first_run(cli: Any, tmp_path: Path) -> None:
    store_pair(tmp_path / "workspace", tmp_path)
    result = cli("compile", "--resume", "--quiet")
    assert result.code == 2
    assert "without --resume" in result.err


def test_an_unknown_pair_cannot_be_held_out(cli: Any, tmp_path: Path) -> None:
    store_pair(tmp_path / "workspace", tmp_path)
    result = cli("compile", "--holdout", "nobody", "--quiet")
    assert result.code == 2
    assert "nobody" in result.err


def _raising(error: BaseException) -> Any:
    def trials(self: Workspace) -> Any:
        raise error

    return property(trials)


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (UnknownNameError("no such thing"), 2, "Error: no such thing\n"),
        (ModelError("the model stalled"), 1, "Error: the model stalled\n"),
        (DiskFullError("no room"), 1, "Error: no room\n"),
        (OSError(28, "No space left on device"), 1, "the disk is full"),
        (PermissionError(13, "Permission denied", "some.json"), 1, "no permission for some.json"),
        (MemoryError(), 1, "not enough memory"),
        (ZeroDivisionError("division by zero\nand more"), 1, "--debug"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else "",
)
def test_every_error_becomes_one_sentence_and_a_code(
    cli: Any, monkeypatch: pytest.MonkeyPatch, error: BaseException, code: int, said: str
) -> None:
    monkeypatch.setattr(Workspace, "trials", _raising(error))
    result = cli("plot-loss")
    assert (result.code, result.out) == (code, "")
    assert said in result.err
    assert len(result.err.splitlines()) == 1


def test_debug_shows_the_traceback(cli: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Workspace, "trials", _raising(ZeroDivisionError("division by zero")))
    result = cli("plot-loss", "--debug")
    assert result.code == 1
    assert "Traceback" in result.err


@pytest.mark.parametrize("words", [("plot-loss",), ("plot-loss", "--debug")], ids=" ".join)
def test_secrets_are_masked_in_errors(
    cli: Any, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    secret = "sk-proj-abcdefghij0123456789ABCDEFGHIJ"
    monkeypatch.setenv("SOME_API_KEY", "hunter2-hunter2")
    message = f"401: wrong key {secret} (hunter2-hunter2)"
    monkeypatch.setattr(Workspace, "trials", _raising(ModelError(message)))
    result = cli(*words)
    assert "401" in result.err
    assert secret not in result.err
    assert "hunter2" not in result.err


def test_control_characters_never_reach_the_terminal(cli: Any, tmp_path: Path) -> None:
    pair = store_pair(tmp_path / "workspace", tmp_path)
    graph = pair.document_graph.model_copy(update={"title": "Wet Salt \x1b[31m"})
    PairStore(Workspace(tmp_path / "workspace").tree).add(pair.model_copy(update={"document_graph": graph}))
    result = cli("pairs", "list")
    assert "Wet Salt" in result.out
    assert "\x1b" not in result.out


def test_ctrl_c_says_what_is_safe_and_how_to_go_on(cli: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(self: Workspace, *args: Any, **options: Any) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr(Workspace, "compile", interrupted)
    monkeypatch.setattr(Workspace, "ingest", interrupted)
    result = cli("compile", "--json")
    assert (result.code, result.out) == (130, "")
    assert "podcast-dspy compile --resume" in result.err
    result = cli("ingest", "--pdf", "a.pdf", "--audio", "a.mp3")
    assert result.code == 130
    assert "run the same command" in result.err


def test_ctrl_c_outside_a_long_step_ends_with_130(cli: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Workspace, "trials", _raising(KeyboardInterrupt()))
    assert cli("plot-loss").code == 130


def test_a_real_interrupt_ends_the_process_with_130(tmp_path: Path) -> None:
    code = (
        "import sys, time\n"
        "from podcast_dspy.workspace import Workspace\n"
        "def slow(self, *args, **options):\n"
        "    print('from a library', flush=True)\n"
        "    time.sleep(60)\n"
        "Workspace.compile = slow\n"
        "from podcast_dspy.cli.main import run\n"
        "sys.exit(run(['compile', '--json']))\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    assert process.stderr.readline() == "from a library\n", "what libraries print goes to stderr"
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (130, "")
    assert "compile --resume" in err
    assert "Traceback" not in err


def test_a_closed_pipe_is_no_error() -> None:
    command = f"{sys.executable} -m podcast_dspy.cli.main voices list --json | head -1"
    result = subprocess.run(command, shell=True, capture_output=True, text=True, timeout=60)
    assert result.stdout == "{\n"
    assert not re.search("Traceback|BrokenPipe", result.stderr)
