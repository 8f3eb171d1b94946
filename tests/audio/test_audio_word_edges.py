"""Words beside a pause end and begin where the pause does, wherever the recogniser put them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from podcast_dspy.audio.cutting import silences
from podcast_dspy.audio.recognition import HeardWord
from podcast_dspy.audio.word_alignment import settle_words

RATE = 16_000
SPOKEN = [(0.2, 1.0), (1.4, 2.2), (2.6, 4.0)]
"""Seconds of sound; silence lies between."""


def recording(noise: float = 0.001) -> np.ndarray:
    random = np.random.default_rng(1)
    samples = noise * random.standard_normal(round(4.4 * RATE)).astype(np.float32)
    for start, end in SPOKEN:
        span = slice(round(start * RATE), round(end * RATE))
        samples[span] += 0.2 * random.standard_normal(span.stop - span.start).astype(np.float32)
    return samples


def words(*spans: tuple[str, float, float]) -> list[HeardWord]:
    return [HeardWord(text, start, end, 0.9) for text, start, end in spans]


@pytest.mark.parametrize("noise", [0.0, 0.001, 0.01])
def test_silences_are_found(noise: float) -> None:
    found = np.array(silences(recording(noise), RATE))
    assert found == pytest.approx(np.array([(0.0, 0.2), (1.0, 1.4), (2.2, 2.6), (4.0, 4.4)]), abs=0.021)


def test_nothing_is_silent_in_a_steady_sound_or_in_no_sound() -> None:
    steady = 0.1 * np.random.default_rng(0).standard_normal(2 * RATE).astype(np.float32)
    assert silences(steady, RATE) == []
    assert silences(np.zeros(100, np.float32), RATE) == []
    heard = words(("a", 0.1, 0.4), ("b", 0.4, 0.9))
    assert settle_words(heard, silences(steady, RATE)) == heard


@given(st.floats(-0.3, 0.3), st.floats(-0.3, 0.3), st.sampled_from([0.0, 0.05]))
@settings(max_examples=40, deadline=None)
def test_pauses_settle_the_words_beside_them(early: float, late: float, shift: float) -> None:
    heard = words(
        ("one", 0.2 + shift, 0.6 + shift),
        ("two.", 0.6 + shift, 1.0 + min(0.0, early) + shift),
        ("Three", 1.0 + max(0.0, early) + shift, 1.8 + shift),
        ("four,", 1.8 + shift, 2.2 + min(0.3, abs(late)) + shift),
        ("five", 2.6 + late + shift, 3.3 + shift),
    )
    settled = settle_words(heard, silences(recording(), RATE), late=shift)
    assert [word.word for word in settled] == [word.word for word in heard]
    edges = [settled[1].end, settled[2].start, settled[3].end, settled[4].start]
    assert edges == pytest.approx([1.0, 1.4, 2.2, 2.6], abs=0.021)
    assert settled[1].start == pytest.approx(0.6)  # no pause beside it


@given(st.lists(st.tuples(st.floats(0.0, 0.5), st.floats(0.0, 0.4)), max_size=20), st.floats(-0.1, 0.1))
@settings(max_examples=60, deadline=None)
def test_order_is_kept(gaps: list[tuple[float, float]], late: float) -> None:
    heard, at = [], 0.0
    for gap, length in gaps:
        heard.append(HeardWord("word", at + gap, at + gap + length, 1.0))
        at += gap + length
    settled = settle_words(heard, silences(recording(), RATE), late=late)
    starts = [word.start for word in settled]
    assert starts == sorted(starts)
    assert all(0.0 <= word.start <= word.end for word in settled)
    assert settle_words([], silences(recording(), RATE)) == []
