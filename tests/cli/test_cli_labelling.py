"""`label`: through pipes, and driven key by key in a real terminal."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from podcast_dspy.audio import AudioTags, write_audio
from podcast_dspy.pairs.pair_store import PairStore
from podcast_dspy.testing import FakeVoice, sample_pair
from podcast_dspy.workspace import Workspace

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    workspace = Workspace(tmp_path / "workspace")
    files = tmp_path / "files"
    files.mkdir()
    PairStore(workspace.tree).add(sample_pair(folder=files))
    return workspace


def test_labels_come_from_a_file_and_go_into_one(cli: Any, workspace: Workspace, tmp_path: Path) -> None:
    empty = cli("label", "wet-salt", "--json").data
    assert (empty["segments"], empty["labelled"], empty["sentences"]) == ([], 0, 7)
    (tmp_path / "labels.csv").write_text("0,11,intro\n11,40,background\n")
    done = cli("label", "wet-salt", "--from", "labels.csv")
    assert done.out == "wet-salt: 2 of 7 sentences labelled, in 2 segments\n"
    assert "next: podcast-dspy analyze wet-salt" in done.err
    assert workspace.pair("wet-salt").aligned_segments is None
    printed = cli("label", "wet-salt", "--json")
    (tmp_path / "labels.json").write_text(printed.out)
    assert cli("label", "wet-salt", "--from", "labels.json", "--json").data == printed.data


def test_without_a_terminal_it_says_what_to_do(cli: Any, workspace: Workspace) -> None:
    result = cli("label", "wet-salt")
    assert (result.code, result.out) == (2, "")
    assert "give labels with --from FILE, or print them with --json" in result.err
    assert cli("label", "other", "--json").code == 2


class Terminal:
    """The program in a terminal of its own."""

    def __init__(self, master: int, process: subprocess.Popen[bytes]) -> None:
        self.master, self.process = master, process
        self.shown = ""

    def wait_for(self, pattern: str) -> str:
        """Read until the screen of the last key shows it; only what came after the last screen was cleared counts."""
        end = time.monotonic() + 30
        while time.monotonic() < end:
            screen = self.shown.rpartition("\x1b[2J")[2]
            plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", screen)
            if re.search(pattern, plain):
                return plain
            if select.select([self.master], [], [], 1.0)[0]:
                try:
                    self.shown += os.read(self.master, 65536).decode("utf-8", "replace")
                except OSError:  # the program has ended
                    break
        raise AssertionError(f"{pattern!r} never came; the screen: {self.shown[-3000:]}")

    def press(self, keys: str) -> None:
        os.write(self.master, keys.encode())


@pytest.fixture
def terminal(workspace: Workspace, tmp_path: Path) -> Iterator[Callable[..., Terminal]]:
    started: list[Terminal] = []

    def start(**environment: str) -> Terminal:
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 120, 0, 0))
        process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "podcast_dspy.cli.main",
                "--workspace",
                str(workspace.path),
                "label",
                "wet-salt",
            ],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
            env={**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm-256color", **environment},
        )
        os.close(slave)
        started.append(Terminal(master, process))
        return started[-1]

    yield start
    for one in started:
        if one.process.poll() is None:
            one.process.kill()
        one.process.wait()
        os.close(one.master)


def _saved(workspace: Workspace) -> list[tuple[str, float, float]]:
    labels = workspace.pair("wet-salt").labels
    return [(span.segment_type, round(span.start_time, 1), round(span.end_time, 1)) for span in labels]


def test_a_person_labels_moves_undoes_leaves_and_goes_on(
    terminal: Callable[..., Terminal], workspace: Workspace
) -> None:
    screen = terminal()
    shown = screen.wait_for("0 of 7 sentences labelled")
    assert "Wet Salt" in shown
    assert "Kitchen Table Science" in shown
    screen.press("ib")
    screen.wait_for("2 of 7 sentences labelled")
    assert _saved(workspace) == [("intro", 0.0, 11.2), ("background", 11.2, 40.4)]
    screen.press("\x1b[A")
    screen.wait_for(r"background from 11\.2")
    screen.press("]")
    screen.wait_for(r"background from 11\.7")
    assert _saved(workspace) == [("intro", 0.0, 11.7), ("background", 11.7, 40.4)]
    screen.press("u")
    screen.wait_for(r"background from 11\.2")
    screen.press("g")
    screen.wait_for("this one: without a type")
    screen.press("\r")
    screen.wait_for("3 of 7 sentences labelled")
    screen.press("Z")
    screen.wait_for("the key 'Z' means nothing here")
    screen.press("?")
    screen.wait_for("tangent: ")
    screen.press("q")
    screen.wait_for("wet-salt: 3 of 7 sentences labelled, in 2 segments")
    assert screen.process.wait(timeout=30) == 0
    again = terminal()
    again.wait_for("3 of 7 sentences labelled; this one: without a type")
    again.process.send_signal(signal.SIGINT)
    again.wait_for("Stopped. ")
    assert again.process.wait(timeout=30) == 130
    assert _saved(workspace) == [("intro", 0.0, 11.2), ("background", 11.2, 60.4)]


def test_space_plays_the_sentence_or_says_why_not(
    terminal: Callable[..., Terminal], workspace: Workspace, tmp_path: Path
) -> None:
    silent = terminal(PATH=str(tmp_path))
    silent.wait_for("0 of 7")
    silent.press(" ")
    silent.wait_for("no player found: install ffmpeg")
    silent.press("q")
    pair = workspace.pair("wet-salt")
    tone = FakeVoice(0.4, 8000).synthesize("word " * 300)
    write_audio(Path(pair.audio_path).with_suffix(".wav"), tone, 8000, tags=AudioTags(title="Salt"))
    Path(pair.audio_path).with_suffix(".wav").rename(pair.audio_path)
    tools = tmp_path / "tools"
    tools.mkdir()
    player = tools / "aplay"
    player.write_text(f'#!/bin/sh\necho "$1" > {tmp_path}/played\nwc -c < "$2" >> {tmp_path}/played\n')
    player.chmod(0o755)
    heard = terminal(PATH=f"{tools}:/usr/bin:/bin")
    heard.wait_for("0 of 7")
    heard.press("\x1b[B")
    heard.wait_for("this one")
    heard.press(" ")
    heard.wait_for(r"playing 9\.2 to 24\.2 s with aplay")
    end = time.monotonic() + 30
    while time.monotonic() < end and (tmp_path / "played").read_text().count("\n") < 2:
        select.select([], [], [], 0.05)
    option, size = (tmp_path / "played").read_text().split()
    assert option == "-q"
    assert int(size) == pytest.approx(15 * 16000 * 2, abs=2000)
    heard.press("q")
    heard.wait_for("0 of 7 sentences labelled, in 0 segments")
