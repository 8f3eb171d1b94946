"""Times of recognised words: settled at the recording's pauses, then found in the sound."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from podcast_dspy.audio import get_voice, narrated_words, word_times_for
from podcast_dspy.audio.forced_alignment import can_find, find_words, silences
from podcast_dspy.audio.transcript import RecognisedWord, WordTimestamp
from podcast_dspy.audio.word_alignment import WordAligner, align_to_sound, snap_to_pauses

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


def words(*spans: tuple[str, float, float]) -> list[RecognisedWord]:
    return [RecognisedWord(text, start, end, 0.9) for text, start, end in spans]


@pytest.mark.parametrize("noise", [0.0, 0.001, 0.01])
def test_silences_are_found(noise: float) -> None:
    found = np.array(silences(recording(noise), RATE))
    assert found == pytest.approx(np.array([(0.0, 0.2), (1.0, 1.4), (2.2, 2.6), (4.0, 4.4)]), abs=0.021)


def test_nothing_is_silent_in_a_steady_sound_or_in_no_sound() -> None:
    steady = 0.1 * np.random.default_rng(0).standard_normal(2 * RATE).astype(np.float32)
    assert silences(steady, RATE) == []
    assert silences(np.zeros(100, np.float32), RATE) == []
    heard = words(("a", 0.1, 0.4), ("b", 0.4, 0.9))
    assert snap_to_pauses(heard, silences(steady, RATE)) == heard


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
    settled = snap_to_pauses(heard, silences(recording(), RATE), late=shift)
    assert [word.word for word in settled] == [word.word for word in heard]
    edges = [settled[1].end, settled[2].start, settled[3].end, settled[4].start]
    assert edges == pytest.approx([1.0, 1.4, 2.2, 2.6], abs=0.021)
    assert settled[1].start == pytest.approx(0.6)  # no pause beside it


@given(st.lists(st.tuples(st.floats(0.0, 0.5), st.floats(0.0, 0.4)), max_size=20), st.floats(-0.1, 0.1))
@settings(max_examples=60, deadline=None)
def test_order_is_kept(gaps: list[tuple[float, float]], late: float) -> None:
    heard, at = [], 0.0
    for gap, length in gaps:
        heard.append(RecognisedWord("word", at + gap, at + gap + length, 1.0))
        at += gap + length
    settled = snap_to_pauses(heard, silences(recording(), RATE), late=late)
    starts = [word.start for word in settled]
    assert starts == sorted(starts)
    assert all(0.0 <= word.start <= word.end for word in settled)
    assert snap_to_pauses([], silences(recording(), RATE)) == []


SAID = (
    "A filter never forgets a key that was inserted.",
    "But sometimes it imagines things, and that costs memory.",
    "So how much would you pay for 1970?",
)
PAUSE = 0.5


@pytest.fixture(scope="module")
def spoken() -> tuple[np.ndarray, list[RecognisedWord]]:
    """Three sentences with pauses, and their words as evenly as a poor recogniser would spread them."""
    from scipy.signal import resample_poly

    voice = get_voice("piper:joe")
    parts, words, at = [], [], 0.0
    for sentence in SAID:
        sound = resample_poly(voice.synthesize(sentence), RATE, voice.sample_rate).astype(np.float32)
        length = len(sound) / RATE
        words += [
            RecognisedWord(time.word, time.start_time, time.end_time, 0.9)
            for time in word_times_for(sentence, (at, at + length))
        ]
        parts += [sound, np.zeros(round(PAUSE * RATE), np.float32)]
        at += length + PAUSE
    return np.concatenate(parts), words


def starts(words: list[RecognisedWord]) -> np.ndarray:
    return np.array([word.start for word in words])


@pytest.mark.models
def test_words_heard_elsewhere_are_found_in_the_same_place(
    spoken: tuple[np.ndarray, list[RecognisedWord]],
) -> None:
    samples, words = spoken
    placed = align_to_sound(words, samples, "en")
    assert [word.word for word in placed] == [word.word for word in words]
    assert all(one.end <= two.start + 1e-9 for one, two in pairwise(placed))
    assert np.median(np.abs(starts(placed) - starts(words))) > 0.03  # syllables alone do not tell
    random = np.random.default_rng(2)
    for _ in range(3):
        shifts = random.uniform(-0.12, 0.12, len(words))
        rough = [
            replace(word, start=max(0.0, word.start + shift), end=max(0.0, word.end + shift))
            for word, shift in zip(words, shifts, strict=True)
        ]
        assert starts(align_to_sound(rough, samples, "en")) == pytest.approx(starts(placed), abs=0.021)


@pytest.mark.models
def test_words_placed_while_they_are_heard_are_placed_the_same(
    spoken: tuple[np.ndarray, list[RecognisedWord]],
) -> None:
    samples, words = spoken
    with WordAligner(samples) as aligner:
        for count in range(1, len(words), 4):
            aligner.add(words[:count], "en")
        heard = aligner.finish(words, "en")
    assert starts(heard) == pytest.approx(starts(align_to_sound(words, samples, "en")), abs=0.021)


@pytest.mark.models
def test_a_word_that_was_not_said_does_not_move_the_other_sentences(
    spoken: tuple[np.ndarray, list[RecognisedWord]],
) -> None:
    samples, words = spoken
    placed = align_to_sound(words, samples, "en")
    at = len(SAID[0].split())
    wrong = [*words[: at + 2], replace(words[at + 2], word="Constantinople"), *words[at + 3 :]]
    again = align_to_sound(wrong, samples, "en")
    assert starts(again)[:at] == pytest.approx(starts(placed)[:at], abs=0.021)
    assert starts(again)[-8:] == pytest.approx(starts(placed)[-8:], abs=0.021)


@pytest.mark.models
def test_a_narrated_text_has_its_words_in_the_sound(spoken: tuple[np.ndarray, list[RecognisedWord]]) -> None:
    samples, words = spoken
    text = f"{SAID[0]} [12] {SAID[1]}"
    end = words[len(SAID[0].split()) + len(SAID[1].split()) - 1].end
    times = narrated_words(text, (0.0, end), samples, RATE)
    assert [time.word for time in times] == text.split()
    silent = times[text.split().index("[12]")]
    assert silent.start_time == silent.end_time
    known = starts(align_to_sound(words, samples, "en"))[: len(times) - 1]
    found = [time.start_time for time in times if time.word != "[12]"]
    assert np.median(np.abs(np.array(found) - known)) <= 0.021


def test_however_long_nothing_pauses_little_is_searched_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    searched: list[float] = []

    def find(words: list[str], sound: np.ndarray) -> None:
        searched.append(len(sound) / RATE)

    monkeypatch.setattr("podcast_dspy.audio.word_alignment.find_words", find)
    music = 0.1 * np.random.default_rng(0).standard_normal(200 * RATE).astype(np.float32)
    heard = [RecognisedWord("word", at, at + 0.4, 0.9) for at in np.arange(0.0, 199.0, 0.5).tolist()]
    assert align_to_sound(heard, music, "en") == heard
    assert max(searched) <= 61.0
    assert sum(searched) == pytest.approx(200.0, abs=1.0)


def test_other_languages_keep_their_words_where_they_were_heard(babble: Callable) -> None:
    heard = [RecognisedWord("Guten", 0.2, 0.5, 0.9), RecognisedWord("Tag.", 0.5, 0.9, 0.9)]
    assert not can_find("de")
    steady = 0.1 * np.random.default_rng(0).standard_normal(2 * RATE).astype(np.float32)
    assert align_to_sound(heard, steady, "de") == heard
    text = "Guten Tag."
    assert narrated_words(text, (0.0, 1.0), steady, RATE, "de") == word_times_for(text, (0.0, 1.0))


@pytest.mark.models
def test_where_words_are_does_not_depend_on_what_was_heard_before(
    spoken: tuple[np.ndarray, list[RecognisedWord]],
) -> None:
    samples, _ = spoken
    words = SAID[0].split()
    first = samples[: round(2.5 * RATE)]
    quiet = find_words(words, first)
    noise = 0.2 * np.random.default_rng(0).standard_normal(5 * RATE).astype(np.float32)
    find_words(words, noise)  # what PocketSphinx would take for the noise of the next sound too
    assert quiet is not None
    assert find_words(words, first) == quiet


def test_nothing_to_find() -> None:
    silence = np.zeros(RATE, np.float32)
    assert align_to_sound([], silence, "en") == []
    assert find_words(["—", "..."], silence) is None
    assert find_words(["word"], silence[:0]) is None
    assert find_words(["much", "too", "many", "words", "for", "this"], silence[:1_600]) is None
    assert narrated_words("", (0.0, 1.0), silence, RATE) == []
    assert narrated_words("word", (0.5, 0.5), silence, RATE) == [
        WordTimestamp(word="word", start_time=0.5, end_time=0.5, confidence=1.0)
    ]


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["a", "filter,", "1970", "—", "LRU", "Zq"]),
            st.floats(0.0, 0.5),
            st.floats(0.0, 0.4),
        ),
        max_size=25,
    )
)
@settings(max_examples=12, deadline=None)
def test_order_and_words_are_kept_whatever_the_sound(
    babble: Callable, gaps: list[tuple[str, float, float]]
) -> None:
    heard, at = [], 0.0
    for word, gap, length in gaps:
        heard.append(RecognisedWord(word, at + gap, at + gap + length, 1.0))
        at += gap + length
    placed = align_to_sound(heard, babble(12.0), "en")
    assert [word.word for word in placed] == [word.word for word in heard]
    assert list(starts(placed)) == sorted(starts(placed))
    assert all(0.0 <= word.start <= word.end for word in placed)


def test_words_that_were_found_once_are_not_looked_for_again(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PODCAST_DSPY_CACHE", str(tmp_path))
    asked: list[list[str]] = []

    def find(words: list[str], sound: np.ndarray) -> list[tuple[float, float]]:
        asked.append(list(words))
        return [(0.1 + place * 0.2, 0.25 + place * 0.2) for place in range(len(words))]

    monkeypatch.setattr("podcast_dspy.audio.word_alignment.find_words", find)
    monkeypatch.setattr("podcast_dspy.audio.word_alignment.can_find", lambda language: True)
    sound = np.random.default_rng(0).normal(0, 0.1, 48_000).astype(np.float32)
    first = narrated_words("one two three", (0.0, 1.0), sound, 24_000)
    # Later in the episode, with the same sound.
    later = np.concatenate([np.zeros(24_000, np.float32), sound])
    second = narrated_words("one two three", (1.0, 2.0), later, 24_000)
    assert len(asked) == 1
    assert [word.start_time for word in second] == pytest.approx([word.start_time + 1 for word in first])
    narrated_words("one two four", (0.0, 1.0), sound, 24_000)
    assert len(asked) == 2
