"""Running the program in this process."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from podcast_dspy.cli.main import run
from podcast_dspy.testing import FakeVoice


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


@pytest.fixture
def humming() -> Iterator[FakeVoice]:
    """Every voice hums: 0.3 seconds a word."""
    forms = ("embedded", "piper:PATH.onnx", "kokoro:VOICE", "openai:VOICE", "elevenlabs:ID")
    with FakeVoice(seconds_a_word=0.3, sample_rate=8000).installed(*forms) as voice:
        yield voice
