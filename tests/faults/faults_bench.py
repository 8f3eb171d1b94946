"""The program run on bad input, and the rules that every refusal keeps."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from podcast_dspy.cli.main import run

__all__ = ["Bench", "Outcome", "changes", "check_refusal", "program", "snapshot"]


def snapshot(folder: Path) -> dict[str, str]:
    """Every file, folder and link below `folder` with its content; the lock files left out."""
    found: dict[str, str] = {".": "folder"} if folder.exists() else {}
    for place in sorted(folder.rglob("*")):
        name = place.relative_to(folder).as_posix()
        if name.split("/")[0] == ".locks":
            continue
        if place.is_symlink():
            found[name] = f"-> {place.readlink()}"
        elif place.is_dir():
            found[name] = "folder"
        else:
            found[name] = hashlib.sha256(place.read_bytes()).hexdigest()
    return found


@dataclass(frozen=True)
class Outcome:
    """How one run ended."""

    code: int
    out: str
    err: str


def check_refusal(outcome: Outcome, code: int, *named: str) -> str:
    """One sentence on stderr that names `named`, the exit code, nothing on stdout; gives the sentence."""
    assert (outcome.code, outcome.out) == (code, ""), outcome.err
    assert "Traceback" not in outcome.err
    assert "unexpected" not in outcome.err, outcome.err
    lines = outcome.err.splitlines()
    errors = [line for line in lines if line.startswith("Error: ")]
    assert len(errors) == 1, outcome.err
    assert lines[-1] == errors[0], "nothing follows the sentence"
    rest = [line for line in lines[:-1] if line and not line.startswith(("Usage: ", "Try "))]
    assert not rest, f"besides the sentence: {rest}"
    for word in named:
        assert word in errors[0], errors[0]
    return errors[0]


class Bench:
    """A workspace with one analysed pair `bloom` and one bare pair `raw`, and the program to run on it."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self.workspace = folder / "workspace"
        self._capsys = capsys

    def run(self, *words: str) -> Outcome:
        """Run the program in this process, without progress."""
        self._capsys.readouterr()
        code = run(["--quiet", *words])
        captured = self._capsys.readouterr()
        return Outcome(code, captured.out, captured.err)

    def refuses(self, words: tuple[str, ...], code: int, *named: str) -> str:
        """The program refuses `words` (see `check_refusal`) and leaves everything on disk as it was."""
        before = snapshot(self.folder)
        sentence = check_refusal(self.run(*words), code, *named)
        assert changes(before, snapshot(self.folder)) == []
        return sentence

    def path(self, name: str, data: bytes | str = b"") -> Path:
        """A file of that content beside the workspace."""
        place = self.folder / name
        place.write_bytes(data.encode() if isinstance(data, str) else data)
        return place


def changes(before: dict[str, str], after: dict[str, str]) -> list[str]:
    """Places that appeared, vanished or changed; locks of a workspace are no part of it."""
    return sorted(
        name
        for name in before.keys() | after.keys()
        if before.get(name) != after.get(name) and "/.locks" not in f"/{name}"
    )


def program(*words: str, cwd: Path, **environment: str) -> subprocess.Popen[str]:
    """The program as a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "podcast_dspy.cli.main", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=cwd,
        env={**os.environ, **environment},
    )
