"""The Makefile takes any Python from 3.11 on that is there, and says which it wants when none is."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
MAKE = shutil.which("make")
GOOD = f'#!/bin/sh\necho "$0" >> "$PYTHONS_ASKED"\nexec "{sys.executable}" "$@"\n'
OLD = '#!/bin/sh\nexec /bin/sh -c "exit 1"\n'

pytestmark = pytest.mark.skipif(MAKE is None, reason="needs make")


def make(folder: Path, pythons: dict[str, str], *words: str) -> tuple[int, str, str]:
    """Run `make python` where only these interpreters exist: exit code, the last one that was run, and stderr."""
    place = folder / "bin"
    place.mkdir()
    for name, script in pythons.items():
        (place / name).write_text(script)
        (place / name).chmod(0o755)
    asked = folder / "asked"
    done = subprocess.run(
        [str(MAKE), "--no-print-directory", "-C", str(ROOT), *words, "python"],
        env={**os.environ, "PATH": str(place), "PYTHONS_ASKED": str(asked)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    used = Path(asked.read_text().split()[-1]).name if asked.exists() else ""
    return done.returncode, used, done.stderr


@pytest.mark.parametrize(
    ("pythons", "used"),
    [
        ({"python3.13": GOOD}, "python3.13"),
        ({"python3": GOOD}, "python3"),
        ({"python": GOOD}, "python"),
        ({"python3.11": OLD, "python3.12": GOOD}, "python3.12"),
        ({"python3": OLD, "python3.14": GOOD}, "python3.14"),
    ],
)
def test_any_python_that_is_new_enough_is_taken(tmp_path: Path, pythons: dict[str, str], used: str) -> None:
    code, found, err = make(tmp_path, pythons)
    assert (code, found) == (0, used), err


def test_the_python_that_is_named_is_taken(tmp_path: Path) -> None:
    code, found, err = make(tmp_path, {"python3.11": GOOD, "mine": GOOD}, "PYTHON=mine")
    assert (code, found) == (0, "mine"), err


@pytest.mark.parametrize("pythons", [{}, {"python3": OLD, "python3.11": OLD}])
def test_without_one_it_says_which_is_wanted(tmp_path: Path, pythons: dict[str, str]) -> None:
    code, _, err = make(tmp_path, pythons)
    assert code != 0
    assert "there is no Python 3.11 or newer" in err
    assert "make PYTHON=" in err


def test_a_named_one_that_is_too_old_is_named(tmp_path: Path) -> None:
    code, _, err = make(tmp_path, {"python3.11": GOOD, "mine": OLD}, "PYTHON=mine")
    assert code != 0
    assert "mine is not Python 3.11 or newer" in err
