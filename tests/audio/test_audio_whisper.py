"""An English model on a show in another language says so, and does not hand over words that nobody said."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from podcast_dspy.audio import probe, whisper
from podcast_dspy.errors import AudioError


def _hear(monkeypatch: pytest.MonkeyPatch, recording: Path, *, sure: float, multilingual: bool) -> int:
    word = SimpleNamespace(word=" what", start=0.0, end=0.5, probability=sure)
    segment = SimpleNamespace(words=[word] * 4, end=1.0)
    model = SimpleNamespace(
        model=SimpleNamespace(is_multilingual=multilingual),
        transcribe=lambda *_, **__: ([segment], SimpleNamespace(duration=1.0, language="en")),
    )
    monkeypatch.setattr(whisper, "_load", lambda _: model)
    transcriber = whisper.WhisperTranscriber("x", "embedded:x")
    heard = transcriber.hear(recording, probe(recording), language=None, progress=lambda _: None)
    return len(heard.words)


def test_an_english_model_that_guesses_is_an_error(
    monkeypatch: pytest.MonkeyPatch, babble: Callable, write: Callable
) -> None:
    recording = write("talk.wav", babble(2.0))
    with pytest.raises(AudioError, match="embedded:multilingual"):
        _hear(monkeypatch, recording, sure=0.3, multilingual=False)


@pytest.mark.parametrize(("sure", "multilingual"), [(0.8, False), (0.3, True)])
def test_otherwise_the_words_are_given(
    monkeypatch: pytest.MonkeyPatch, babble: Callable, write: Callable, sure: float, multilingual: bool
) -> None:
    assert _hear(monkeypatch, write("talk.wav", babble(2.0)), sure=sure, multilingual=multilingual) == 4
