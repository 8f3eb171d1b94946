"""What a Whisper model says is checked: a language it does not know, and speech that it passes over."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from podcast_dspy import models
from podcast_dspy.audio import get_voice, probe, whisper
from podcast_dspy.errors import AudioError


def _hear(monkeypatch: pytest.MonkeyPatch, recording: Path, *, sure: float, multilingual: bool) -> int:
    word = SimpleNamespace(word=" what", start=0.0, end=0.5, probability=sure)
    segment = SimpleNamespace(words=[word] * 4, end=1.0)
    model = SimpleNamespace(
        model=SimpleNamespace(is_multilingual=multilingual),
        transcribe=lambda *_, **__: ([segment], SimpleNamespace(duration=1.0, language="en")),
    )
    monkeypatch.setattr(whisper, "_load", lambda *_: model)
    transcriber = whisper.WhisperTranscriber("x", "embedded:x")
    heard = transcriber.recognise(recording, probe(recording), language=None, progress=lambda _: None)
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


RATE = 16_000


@pytest.fixture(scope="module")
def speech() -> np.ndarray:
    """5.2 s of a voice."""
    from scipy.signal import resample_poly

    voice = get_voice("piper:joe")
    sound = voice.synthesize(
        "A filter never forgets a key that was inserted, but sometimes it imagines one, and that costs memory."
    )
    heard: np.ndarray = resample_poly(sound, RATE, voice.sample_rate).astype(np.float32)
    assert len(heard) >= 5.2 * RATE
    return heard[: round(5.2 * RATE)]


class Forgetful:
    """A model that hears one word a second, in all it is given, and passes over stretches of the first sound."""

    def __init__(self, seconds: list[int], sure: float = 0.9) -> None:
        self.given: list[float] = []
        self._seconds = seconds
        self._sure = sure

    def transcribe(self, samples: np.ndarray, **_: object) -> tuple[list[SimpleNamespace], SimpleNamespace]:
        count = len(samples) // RATE
        heard = range(count) if self.given else self._seconds
        sure = self._sure if self.given else 0.9
        self.given.append(len(samples) / RATE)
        words = [
            SimpleNamespace(word=f" w{len(self.given)}", start=at + 0.1, end=at + 0.9, probability=sure)
            for at in heard
        ]
        segments = [SimpleNamespace(words=[word], end=word.end) for word in words]
        return segments, SimpleNamespace(duration=float(count), language="en")


def _words(monkeypatch: pytest.MonkeyPatch, model: Forgetful, samples: np.ndarray) -> list[tuple[str, float]]:
    monkeypatch.setattr(whisper, "_load", lambda *_: model)
    transcriber = whisper.WhisperTranscriber("x", "x")
    heard = transcriber.recognise_samples(samples, language=None, progress=lambda _: None)
    return [(word.word, round(word.start, 6)) for word in heard.words]


@pytest.mark.models
@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        pytest.param(
            [0, 4], [("w1", 0.1), ("w2", 1.0), ("w2", 2.0), ("w2", 3.0), ("w1", 4.1)], id="between words"
        ),
        pytest.param(
            [3, 4], [("w2", 0.1), ("w2", 1.1), ("w2", 2.1), ("w1", 3.1), ("w1", 4.1)], id="at the beginning"
        ),
        pytest.param(
            [0, 1], [("w1", 0.1), ("w1", 1.1), ("w2", 2.0), ("w2", 3.0), ("w2", 4.0)], id="at the end"
        ),
    ],
)
def test_speech_without_words_is_heard_again(
    monkeypatch: pytest.MonkeyPatch, speech: np.ndarray, seconds: list[int], words: list[tuple[str, float]]
) -> None:
    assert _words(monkeypatch, Forgetful(seconds), speech) == words


@pytest.mark.models
@pytest.mark.parametrize("silent", [True, False])
def test_what_is_no_speech_or_only_guessed_is_not_heard_again(
    monkeypatch: pytest.MonkeyPatch, speech: np.ndarray, silent: bool
) -> None:
    model = Forgetful([0], sure=0.3)
    samples = speech.copy()
    if silent:
        samples[RATE:] = 0.02 * np.random.default_rng(0).standard_normal(len(samples) - RATE)
    assert _words(monkeypatch, model, samples) == [("w1", 0.1)]
    assert len(model.given) == (1 if silent else 2)


@pytest.mark.models
def test_what_is_drawn_at_random_is_the_same_for_each_recording(speech: np.ndarray) -> None:
    heard = []
    for _ in range(2):
        with whisper._loaded(str(models.model_path("whisper-tiny.en"))) as model:
            segments, _ = model.transcribe(speech, temperature=[1.0], language="en")
            heard.append("".join(segment.text for segment in segments))
            if len(heard) == 2:
                again, _ = model.transcribe(speech, temperature=[1.0], language="en")
                assert "".join(segment.text for segment in again) != heard[-1], "nothing was drawn"
    assert heard[0] == heard[1]


def test_a_large_model_hears_one_recording_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[int] = []
    monkeypatch.setattr(whisper, "_load", lambda _, threads: given.append(threads))
    monkeypatch.setattr(models, "cpu_threads", lambda: 7)
    monkeypatch.setattr(models, "slot_threads", lambda: 2)
    weights = tmp_path / "model.bin"
    for size in (1_000, 600_000_000):
        with weights.open("wb") as stream:
            stream.truncate(size)
        with whisper._loaded(str(tmp_path)):
            assert whisper._ONE.locked() is (size > 1_000)
    assert given == [2, 7]
