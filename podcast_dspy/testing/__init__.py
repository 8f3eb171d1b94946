"""Stand-ins for tests of programs built on this package: a scripted LM, a voice of tones, a paper with its podcast."""

from __future__ import annotations

from podcast_dspy.testing.fakes import FakeLM, FakeVoice
from podcast_dspy.testing.samples import (
    sample_compiled_profile,
    sample_metrics,
    sample_pair,
    sample_paper,
    sample_profile,
    sample_script,
    sample_trial,
)

__all__ = [
    "FakeLM",
    "FakeVoice",
    "sample_compiled_profile",
    "sample_metrics",
    "sample_pair",
    "sample_paper",
    "sample_profile",
    "sample_script",
    "sample_trial",
]
