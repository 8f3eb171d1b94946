"""Fixtures of the analysis tests."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture
def word_vectors(monkeypatch: pytest.MonkeyPatch) -> None:
    """Embed by hashed words instead of by the model: what is tested is what follows the embedding."""
    from episodes import fake_embed

    from podcast_dspy import lms

    monkeypatch.setattr(lms, "embed", fake_embed)
