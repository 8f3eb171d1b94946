"""Pieces of a long recording: cut in silences, overlapping, and joined without losing or doubling a word."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from podcast_dspy.audio.decoding import Recording
from podcast_dspy.audio.forced_alignment import OVERLAP, Piece, cut_points, overlapping_pieces, rejoin
from podcast_dspy.audio.transcript import RecognisedWord

RATE = 1_000
VOCABULARY = "the a of model and it reads words then forgets half them".split()


def heard_in(piece: Piece, said: list[RecognisedWord], random: Random, jitter: float) -> list[RecognisedWord]:
    """What a recogniser makes of a piece: the words that lie in it, shaky, the outermost ones misplaced."""
    start, end = piece.start / RATE, piece.end / RATE
    inside = [word for word in said if word.start >= start and word.end <= end]
    words = []
    for word in inside:
        shift = random.uniform(-jitter, jitter)
        words.append(
            replace(word, start=max(0.0, word.start - start + shift), end=max(0.0, word.end - start + shift))
        )
    if words:
        words[0] = replace(words[0], start=0.0)
    return words


@given(st.integers(0, 10_000), st.integers(3, 12), st.floats(0.0, 0.1))
def test_no_word_is_lost_or_said_twice(seed: int, count: int, jitter: float) -> None:
    random = Random(seed)
    said, at = [], 0.0
    while at < 10.0 * count:
        length = random.uniform(0.12, 0.5)
        said.append(RecognisedWord(random.choice(VOCABULARY), at, at + length, 1.0))
        at += length + random.choice([0.0, 0.0, 0.05, 0.4])
    # cuts lie between words, as cuts in silences do
    edges = [
        0,
        *(round(1000 * said[len(said) * n // count].start) for n in range(1, count)),
        round(1000 * at) + 1,
    ]
    margin = round(OVERLAP * RATE)
    pieces = [
        Piece(max(0, first - margin), min(edges[-1], last + margin), first, last)
        for first, last in pairwise(edges)
    ]
    joined = rejoin([(piece, heard_in(piece, said, random, jitter)) for piece in pieces], RATE)
    assert [word.word for word in joined] == [word.word for word in said]
    errors = [abs(word.start - true.start) for word, true in zip(joined, said, strict=True)]
    assert max(errors) <= jitter + 1e-9


def test_pieces_that_share_no_word_are_joined_at_the_cut() -> None:
    left = [
        RecognisedWord("one", 0.0, 0.4, 1.0),
        RecognisedWord("two", 9.0, 9.4, 1.0),
        RecognisedWord("noise", 10.4, 10.8, 1.0),
    ]
    right = [RecognisedWord("hiss", 0.0, 0.3, 1.0), RecognisedWord("three", 6.0, 6.4, 1.0)]
    joined = rejoin(
        [(Piece(0, 15_000, 0, 10_000), left), (Piece(5_000, 20_000, 10_000, 20_000), right)], RATE
    )
    assert [(word.word, word.start) for word in joined] == [("one", 0.0), ("two", 9.0), ("three", 11.0)]


def test_without_overlap_everything_counts() -> None:
    words = [RecognisedWord("the", 0.0, 0.3, 1.0), RecognisedWord("the", 0.4, 0.6, 1.0)]
    joined = rejoin([(Piece(0, 700, 0, 700), words), (Piece(700, 1400, 700, 1400), words)], RATE)
    assert [word.start for word in joined] == pytest.approx([0.0, 0.4, 0.7, 1.1])


def test_pieces_cover_the_recording_and_keep_to_the_limit(babble: Callable) -> None:
    samples = babble(60.0)
    pieces = overlapping_pieces(samples, 16_000, 20.0)
    assert pieces[0].first == 0
    assert pieces[-1].last == len(samples)
    assert all(before.last == after.first for before, after in pairwise(pieces))
    assert all((piece.end - piece.start) / 16_000 <= 20.0 for piece in pieces)
    for piece in pieces[1:]:
        around = samples[piece.first - 800 : piece.first + 800]
        assert np.square(around).mean() < 0.2 * np.square(samples).mean()
    whole = overlapping_pieces(samples, 16_000, 100.0)
    assert whole == [Piece(0, len(samples), 0, len(samples))]
    assert cut_points(samples, 16_000, 100.0) == []


def test_pieces_begin_on_the_grid_of_the_recogniser() -> None:
    samples = np.random.default_rng(3).standard_normal(16_000 * 60).astype(np.float32)
    pieces = overlapping_pieces(samples, 16_000, 18.0)
    assert len(pieces) > 3
    assert all(piece.start % 320 == 0 for piece in pieces)


def test_a_recording_is_cut_where_its_samples_are(babble: Callable) -> None:
    samples, recording = babble(30.0), Recording()
    recording.add(samples)
    assert cut_points(recording, RATE, 7.0) == cut_points(samples, RATE, 7.0) != []
