"""Ctrl-C: exit code 130, a sentence, and a workspace as it was."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from faults_bench import Bench, changes, snapshot
from faults_files import paper_pdf, wav

SLOW = """
import sys, time
def slow(*words, **options):
    print("begun", file=sys.stderr, flush=True)
    time.sleep(60)
import {module}
{module}.{name} = slow
from podcast_dspy.cli.main import run
sys.exit(run(sys.argv[1:]))
"""


def interrupted(module: str, name: str, words: tuple[str, ...], cwd: Path) -> tuple[int, str, str]:
    """Run the program with one slow function, and send SIGINT while it runs."""
    process = subprocess.Popen(
        [sys.executable, "-c", SLOW.format(module=module, name=name), *words, "--quiet"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=cwd,
        env=dict(os.environ),
    )
    assert process.stderr is not None
    assert process.stderr.readline() == "begun\n"
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    return process.returncode, out, err


@pytest.mark.models
@pytest.mark.parametrize(
    ("module", "name", "words", "said"),
    [
        (
            "podcast_dspy.audio.transcription",
            "transcribe",
            ("ingest", "--pdf", "blocked.pdf", "--audio", "talk.wav"),
            "run the same command",
        ),
        ("podcast_dspy.optimizers.loop", "PodcastProgram", ("compile",), "compile --resume"),
    ],
    ids=["ingest", "compile"],
)
def test_a_real_interrupt(bench: Bench, module: str, name: str, words: tuple[str, ...], said: str) -> None:
    bench.path("blocked.pdf", paper_pdf())
    bench.path("talk.wav", wav())
    before = snapshot(bench.workspace)
    code, out, err = interrupted(module, name, words, bench.folder)
    assert (code, out) == (130, ""), err
    assert said in err
    assert len(err.splitlines()) == 1
    assert "Traceback" not in err
    if words[0] == "ingest":
        assert changes(before, snapshot(bench.workspace)) == []


BUSY = """
import hashlib, sys
def busy(*words, **options):
    print("begun", file=sys.stderr, flush=True)
    hashlib.pbkdf2_hmac("sha256", b"a", b"b", 200_000_000)  # native code that no exception reaches
import podcast_dspy.audio.transcription
podcast_dspy.audio.transcription.transcribe = busy
from podcast_dspy.cli.main import main
sys.argv[0] = "podcast-dspy"
main()
"""


def test_native_code_does_not_hold_up_an_interrupt(bench: Bench) -> None:
    pdf, sound = str(bench.path("blocked.pdf", paper_pdf())), str(bench.path("talk.wav", wav()))
    before = snapshot(bench.workspace)
    process = subprocess.Popen(
        [sys.executable, "-c", BUSY, "ingest", "--pdf", pdf, "--audio", sound, "--quiet"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=bench.folder,
        env=dict(os.environ),
    )
    assert process.stderr is not None
    assert process.stderr.readline() == "begun\n"
    began = time.monotonic()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert time.monotonic() - began < 5.0  # a second, on a machine with nothing else to do
    assert (process.returncode, out) == (130, "")
    assert err == "Stopped. No pair was added; run the same command to ingest it.\n"
    assert changes(before, snapshot(bench.workspace)) == []


@pytest.mark.parametrize("words", [("status",), ("pairs", "list"), ("trial", "trial_000")], ids=" ".join)
def test_an_interrupt_while_reading(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    def stop(*given: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("podcast_dspy.store.Tree.folders", stop)
    before = snapshot(bench.folder)
    outcome = bench.run(*words)
    assert (outcome.code, outcome.out) == (130, "")
    assert outcome.err.startswith("Stopped.")
    assert changes(before, snapshot(bench.folder)) == []


@pytest.mark.parametrize("error", [KeyboardInterrupt, ZeroDivisionError], ids=["Ctrl-C", "a bug"])
def test_half_a_paper_or_pair_is_taken_away(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, error: type[BaseException]
) -> None:
    pdf, sound = str(bench.path("blocked.pdf", paper_pdf())), str(bench.path("talk.wav", wav()))
    assert bench.run("kb", "create", "shelf").code == 0

    def stop(*given: object, **options: object) -> None:
        raise error

    monkeypatch.setattr("podcast_dspy.store.Tree.write_model", stop)
    monkeypatch.setattr("podcast_dspy.audio.transcribe", stop, raising=False)
    before = snapshot(bench.workspace)
    for words in (("kb", "add", "shelf", "--paper", pdf), ("ingest", "--pdf", pdf, "--audio", sound)):
        outcome = bench.run(*words)
        assert (outcome.code, outcome.out) == (130 if error is KeyboardInterrupt else 1, "")
        assert len(outcome.err.splitlines()) == 1
        assert changes(before, snapshot(bench.workspace)) == []
