"""The benchmarks can be run: every module in benchmarks/ imports, and the commands explain themselves."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MODULES = sorted(path.stem for path in (ROOT / "benchmarks").glob("*.py"))


def test_every_benchmark_imports() -> None:
    """In a process of its own: their names (audio, documents, ...) must not stay importable here."""
    code = "import importlib, sys\nfor name in sys.argv[1:]: importlib.import_module(name)\n"
    ran = subprocess.run(
        [sys.executable, "-c", code, *MODULES],
        cwd=ROOT / "benchmarks",
        env={**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'benchmarks'}"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert len(MODULES) > 10
