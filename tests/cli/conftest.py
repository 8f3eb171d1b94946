"""Running the program in this process."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from podcast_dspy.cli.main import run


@dataclass(frozen=True)
class Outcome:
    """How one run of the program ended."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> dict[str, Any]:
        """stdout as the one JSON object that it must be."""
        value = json.loads(self.out, parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))
        assert isinstance(value, dict)
        return value


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str]) -> Callable[..., Outcome]:
    """`cli("pairs", "list")` runs the program and gives its exit code, stdout and stderr."""

    def call(*words: str) -> Outcome:
        capsys.readouterr()
        code = run(words)
        captured = capsys.readouterr()
        return Outcome(code, captured.out, captured.err)

    return call
