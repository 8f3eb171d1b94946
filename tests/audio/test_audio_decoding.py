"""Recordings of any length and wiring: read a stretch at a time, silences left out, channels that do not cancel."""

from __future__ import annotations

import itertools
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.io import wavfile

from podcast_dspy.audio import transcribe
from podcast_dspy.audio.decoding import Recording, blocks, decode, decode_recording
from podcast_dspy.audio.forced_alignment import silences
from podcast_dspy.audio.transcription import timbre
from podcast_dspy.audio.whisper import _pieces, _stretches

RATE = 16_000


def _recording(samples: NDArray[np.float32], size: int) -> Recording:
    recording = Recording()
    for _, block in blocks(samples, size):
        recording.add(block)
    return recording


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 500), st.integers(1, 90), st.integers(0, 600), st.integers(0, 600), st.integers(1, 70))
def test_a_recording_is_what_was_added(length: int, size: int, start: int, stop: int, step: int) -> None:
    samples = np.arange(length, dtype=np.float32)
    recording = _recording(samples, size)
    assert len(recording) == length
    assert np.array_equal(recording[start:stop], samples[start:stop])
    assert np.array_equal(recording[-step:], samples[-step:])
    assert np.array_equal(
        np.concatenate([block for _, block in blocks(recording, step)] or [samples]), samples
    )


def test_what_is_measured_on_a_recording_is_what_is_measured_on_its_samples(babble: Callable) -> None:
    samples = np.tile(babble(100.0), 2)  # more than one block
    recording = _recording(samples, 999)
    assert silences(recording, RATE) == silences(samples, RATE)
    one, other = timbre(recording, RATE), timbre(samples, RATE)
    assert np.array_equal(one.cepstrum, other.cepstrum)
    assert len(one.level) == (len(samples) - 640) // 320 + 1


def test_memory_does_not_grow_with_length(tmp_path: Path) -> None:
    path = tmp_path / "long.wav"
    rate = 4000
    noise = np.random.default_rng(0).integers(-900, 900, 15 * 60 * rate).astype("<i2")
    wavfile.write(path, rate, noise)
    tracemalloc.start()
    recording = decode_recording(path, RATE)  # 58 MB of samples
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(recording) == pytest.approx(15 * 60 * RATE, abs=RATE)
    assert peak < 50e6


def _stereo(path: Path, left: NDArray[np.float32], right: NDArray[np.float32]) -> Path:
    wavfile.write(path, RATE, (32_767 * np.stack([left, right], axis=1)).astype("<i2"))
    return path


def test_channels_in_opposite_phase_are_no_silence(tmp_path: Path, babble: Callable) -> None:
    voice = babble(6.0)
    turned = decode(_stereo(tmp_path / "a.wav", voice, -voice))
    assert np.allclose(np.abs(turned), np.abs(voice), atol=1e-3)
    # only one of two speakers is turned round, and the channels are not equally loud
    second = np.concatenate([voice[: 3 * RATE], -0.98 * voice[3 * RATE :]])
    assert np.allclose(np.abs(decode(_stereo(tmp_path / "b.wav", voice, second))), np.abs(voice), atol=1e-3)


def test_channels_that_have_nothing_in_common_are_mixed(tmp_path: Path, babble: Callable) -> None:
    left, right = babble(4.0, seed=1), np.roll(babble(4.0, seed=2), 4000)
    assert np.allclose(decode(_stereo(tmp_path / "a.wav", left, right)), (left + right) / 2, atol=1e-3)
    only = decode(_stereo(tmp_path / "b.wav", left, np.zeros_like(left)))
    assert np.allclose(only, left / 2, atol=1e-3)


SPANS = st.lists(st.tuples(st.floats(0.3, 400), st.floats(0.3, 400)), max_size=6)


@settings(max_examples=100, deadline=None)
@given(SPANS, st.floats(0, 60))
def test_all_speech_is_heard_and_no_long_silence(gaps: list[tuple[float, float]], rest: float) -> None:
    speech, at = [], 0.0
    for gap, length in gaps:
        speech.append((at + gap, at + gap + length))
        at = at + gap + length
    total = at + rest
    stretches = _stretches(speech, total)
    for start, end in speech:
        assert any(a <= start and end <= b for a, b in stretches)
    for (_, end), (start, _) in itertools.pairwise(stretches):
        assert start - end >= 2.9
    heard = sum(end - start for start, end in stretches)
    assert heard <= sum(end - start for start, end in speech) + 5.0 * (len(speech) + 1)


def test_long_speech_is_heard_in_pieces_cut_in_pauses() -> None:
    loud = np.ones(700 * RATE, np.float32)
    loud[250 * RATE : 251 * RATE] = 0.0
    pieces = list(_pieces(loud, [(0.0, 700.0)]))
    assert pieces[0][0] == 0.0
    assert 250.0 <= pieces[0][1] <= 251.0
    assert pieces[-1][1] == 700.0
    assert all(end - start <= 300.0 for start, end in pieces)
    assert [end for _, end in pieces[:-1]] == [start for start, _ in pieces[1:]]


@pytest.mark.models
def test_no_words_in_a_silence(write: Callable) -> None:
    from scipy.signal import resample_poly

    from podcast_dspy.audio import get_voice

    voice = get_voice("piper:joe")
    said = resample_poly(
        voice.synthesize("The tide comes in twice a day, and nobody knows why."), RATE, voice.sample_rate
    )
    hush = 0.001 * np.random.default_rng(1).standard_normal(40 * RATE)
    sound = np.concatenate([said, np.zeros(20 * RATE), hush, said]).astype(np.float32)
    words = transcribe(write("long.wav", sound), speakers=False).word_timestamps
    assert len(words) == 2 * 11
    second = len(said) / RATE + 60.0
    assert all(word.end_time < 6.0 or word.start_time > second - 0.2 for word in words)
