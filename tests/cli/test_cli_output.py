"""Output: JSON on stdout and nothing else there, progress on stderr, options anywhere."""

from __future__ import annotations

import json
import logging
import math
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest
from cli_fakes import store_pair
from hypothesis import given
from hypothesis import strategies as st

from podcast_dspy.cli import output
from podcast_dspy.cli.main import hoist
from podcast_dspy.cli.output import STATE, State, check_writable, plain, stdout_to_stderr
from podcast_dspy.errors import UsageError, WorkspaceError
from podcast_dspy.settings import TrainingConfig
from podcast_dspy.store import to_data
from podcast_dspy.workspace import Workspace


class Colour(StrEnum):
    RED = "red"


@dataclass(frozen=True)
class Point:
    x: float
    where: Path


def test_data_is_plain_json() -> None:
    value = {
        Colour.RED: (Point(math.nan, Path("a")), math.inf),
        "when": datetime(2030, 1, 1, tzinfo=UTC),
        "model": TrainingConfig(),
    }
    data = json.loads(json.dumps(to_data(value), allow_nan=False))
    assert data["red"] == [{"x": None, "where": "a"}, None]
    assert data["when"].startswith("2030-01-01T00:00")
    assert data["model"]["target_depth"] == "standard"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(json_values)
def test_whatever_is_given_is_valid_json(value: Any) -> None:
    plain_value = to_data(value)
    assert json.loads(json.dumps(plain_value, allow_nan=False)) == plain_value


@given(st.text())
def test_plain_text_keeps_what_can_be_seen(text: str) -> None:
    shown = plain(text)
    assert plain(shown) == shown
    assert all(ord(c) >= 32 or c in "\n\t" for c in shown)
    assert [c for c in text if c.isalnum()] == [c for c in shown if c.isalnum()]


words = st.sampled_from(["compile", "--seed", "3", "pairs", "list", "--json"])


@given(st.lists(words), st.lists(words))
def test_global_options_may_stand_anywhere(before: list[str], after: list[str]) -> None:
    given_words = [*before, "--workspace", "w", "--debug", *after]
    assert hoist(given_words) == ["--workspace", "w", "--debug", *before, *after]
    assert hoist([*before, *after, "--workspace"]) == ["--workspace"]
    assert hoist(["x", "--", "--debug"]) == ["x", "--", "--debug"]


def test_workspace_comes_from_the_option_or_the_environment(
    cli: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store_pair(tmp_path / "one", tmp_path)
    assert cli("status", "--json").data["pairs"] == 0
    for words_given in (
        ("status", "--json", "--workspace", str(tmp_path / "one")),
        (f"--workspace={tmp_path / 'one'}", "status", "--json"),
    ):
        assert cli(*words_given).data["pairs"] == 1
    monkeypatch.setenv("PODCAST_DSPY_WORKSPACE", str(tmp_path / "one"))
    assert cli("status", "--json").data["pairs"] == 1


def test_reading_commands_create_nothing(cli: Any, tmp_path: Path) -> None:
    for words_given in (("pairs", "list"), ("status",), ("trial", "x"), ("export",)):
        cli(*words_given)
    assert not (tmp_path / "workspace").exists()


def test_status_counts_and_says_what_comes_next(cli: Any, tmp_path: Path) -> None:
    assert cli("status", "--json").data["next"].startswith("podcast-dspy ingest")
    store_pair(tmp_path / "workspace", tmp_path, "one", analyzed=False)
    assert cli("status", "--json").data["next"] == "podcast-dspy analyze-all"
    store_pair(tmp_path / "workspace", tmp_path, "one")
    data = cli("status", "--json").data
    assert (data["pairs"], data["analyzed"], data["trials"], data["finished"]) == (1, 1, 0, False)
    assert data["next"] == "podcast-dspy compile"
    assert "1 pair, 1 analyzed" in cli("status").out


def test_a_pair_is_listed_and_shown(cli: Any, tmp_path: Path) -> None:
    store_pair(tmp_path / "workspace", tmp_path)
    (listed,) = cli("pairs", "list", "--json").data["pairs"]
    assert (listed["pair_id"], listed["words"], listed["analyzed"]) == ("bloom", 297, True)
    shown = cli("pairs", "show", "bloom", "--json").data
    types = [segment["segment_type"] for segment in shown["segments"]]
    assert types[:3] == ["intro", "background", "methodology"]
    assert shown["concepts"][0] == "brine treatment"
    text = cli("pairs", "show", "bloom").out
    assert "shape: intro > background > methodology" in text
    assert re.search(r"0:\d\d  methodology", text)


def test_ingest_passes_everything_on_and_keeps_stdout_clean(
    cli: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: dict[str, Any] = {}

    def ingest(self: Workspace, pdf: Path, audio: Path, **options: Any) -> Any:
        options.pop("progress")("transcribing", 0, 1)
        seen.update(options, pdf=pdf, audio=audio)
        print("noise from a library")
        return store_pair(self.path, tmp_path)

    monkeypatch.setattr(Workspace, "ingest", ingest)
    result = cli(
        *("ingest", "--pdf", "a.pdf", "--audio", "a.mp3", "--speaker-gender", "female", "--source", "club"),
        *("--labels", "gold.json", "--stt", "whisper-base", "--id", "bloom", "--json"),
    )
    assert result.code == 0
    assert result.data["pair_id"] == "bloom"
    assert seen == {
        "pdf": Path("a.pdf"),
        "audio": Path("a.mp3"),
        "speaker_gender": "female",
        "source": "club",
        "labels": Path("gold.json"),
        "stt": "whisper-base",
        "pair_id": "bloom",
    }
    assert "transcribing ..." in result.err
    assert "noise from a library" in result.err


def test_quiet_says_nothing_on_stderr(cli: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def analyze(self: Workspace, pair_id: str, **options: Any) -> Any:
        options["progress"]("classifying", 0, 1)
        return self.pair(pair_id)

    store_pair(tmp_path / "workspace", tmp_path)
    monkeypatch.setattr(Workspace, "analyze", analyze)
    assert "classifying" in cli("analyze", "bloom").err
    assert cli("analyze", "bloom", "--quiet").err == ""


def test_compile_builds_the_configuration_that_was_asked_for(
    cli: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[TrainingConfig, bool]] = []

    def compile_(self: Workspace, config: TrainingConfig, *, resume: bool, **options: Any) -> Any:
        seen.append((config, resume))
        raise KeyboardInterrupt

    monkeypatch.setattr(Workspace, "compile", compile_)
    monkeypatch.setattr(Workspace, "forecast", lambda *words, **options: None)
    cli("compile")
    cli(
        *("compile", "--max-trials", "15", "--target-depth", "deep_dive", "--convergence-threshold", "0.03"),
        *("--convergence-window", "2", "--holdout", "bloom", "--optimizer", "gepa", "--seed", "7"),
        *(
            "--lm",
            "openai/a",
            "--judge-lm",
            "openai/b",
            "--reflection-lm",
            "openai/c",
            "--voice",
            "kokoro:af_heart",
        ),
        *("--weights", "duration=0.2,rouge=0.15"),
    )
    (plain_config, _), (config, resume) = seen
    assert plain_config == TrainingConfig()
    assert not resume
    assert (config.max_trials, config.target_depth.value, config.convergence_threshold) == (
        15,
        "deep_dive",
        0.03,
    )
    assert (config.convergence_window, config.holdout, config.optimizer, config.seed) == (
        2,
        "bloom",
        "gepa",
        7,
    )
    assert config.roles.model_dump() == {
        "lm": "openai/a",
        "judge_lm": "openai/b",
        "reflection_lm": "openai/c",
        "voice": "kokoro:af_heart",
    }
    assert (config.loss_weights.duration, config.loss_weights.rouge) == (0.2, 0.15)


def test_voices_are_filtered(cli: Any) -> None:
    everything = cli("voices", "list", "--json").data["voices"]
    some = cli("voices", "list", "--gender", "female", "--local", "--json").data["voices"]
    assert 0 < len(some) < len(everything)
    assert all(voice["gender"] == "female" and not voice["network"] for voice in some)


def test_native_prints_are_kept_off_stdout(capfd: pytest.CaptureFixture[str], monkeypatch: Any) -> None:
    with os.fdopen(os.dup(1), "w") as copy:
        del copy
    out = open(1, "w", closefd=False)  # noqa: SIM115 - stands for the interpreter's own stdout
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setattr(sys, "__stdout__", out)
    with stdout_to_stderr():
        os.write(1, b"native\n")
        print("python")
    print("result", flush=True)
    captured = capfd.readouterr()
    assert captured.out == "result\n"
    assert "native\n" in captured.err
    assert "python\n" in captured.err


def test_lines_are_few(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    monkeypatch.setattr(output.time, "monotonic", lambda: now)
    lines = output._Lines()
    for step in range(100):
        now = float(step)
        lines("writing", step, 100)
    lines("voicing", 0, 1)
    err = capsys.readouterr().err.splitlines()
    assert err[0] == "writing ..."
    assert err[2] == "writing: 20% after 0:20, about 1:20 left"
    assert err[-1] == "voicing ..."
    assert len(err) == 11


def test_library_warnings_are_for_debug(caplog: pytest.LogCaptureFixture) -> None:
    library = logging.getLogger("some.library")
    for debug in (False, True):
        STATE.set(State(debug=debug))
        with output.working(stopped=""):
            library.warning("a warning, debug %s", debug)
            library.error("an error, debug %s", debug)
    library.warning("afterwards")
    assert caplog.messages == [
        "an error, debug False",
        "a warning, debug True",
        "an error, debug True",
        "afterwards",
    ]


class Terminal:
    """A stderr that claims to be a terminal."""

    encoding = "utf-8"

    def __init__(self) -> None:
        self.text = ""

    def write(self, text: str) -> int:
        self.text += text
        return len(text)

    def flush(self) -> None:
        """Nothing is held back."""

    def isatty(self) -> bool:
        return True


def test_bars_are_drawn_in_a_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    with output.working(stopped="") as report:
        report("transcribing [bold]\x1b", 1, 2)
        report("writing", 0, 0)
        report("writing", 1, 1)
    assert "transcribing [bold]" in terminal.text
    assert "50%" in terminal.text
    assert "writing" in terminal.text
    assert capsys.readouterr().out == ""


SHOWS = """
import sys
from podcast_dspy.cli import output
output.forgive_encodings()
for as_json in (False, True):
    output.emit("snow \\u2603 \\u00e9", {"title": "snow \\u2603 \\u00e9 \\udc80"}, as_json=as_json)
output.note("snow \\u2603")
"""


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "cp437", "utf-8"])
def test_any_terminal_encoding_will_do(encoding: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SHOWS],
        capture_output=True,
        check=True,
        env={**os.environ, "PYTHONIOENCODING": encoding, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert done.stderr.decode(encoding).startswith("snow ")
    text, data = done.stdout.split(b"\n", 1)
    assert text.decode(encoding) == ("snow ☃ é" if encoding == "utf-8" else "snow ? é")
    assert json.loads(data.decode("utf-8"))["title"] == "snow ☃ é \udc80"


def test_a_place_that_cannot_be_written_to_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    check_writable(tmp_path / "new" / "deep")
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "file").write_text("x")
    with pytest.raises(UsageError, match="file is a file"):
        check_writable(tmp_path / "file" / "new")

    def refuse(**given: object) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr("tempfile.TemporaryFile", refuse)
    with pytest.raises(WorkspaceError, match="Read-only file system"):
        check_writable(tmp_path)
