"""What is said in one go, and the pause behind it."""

from __future__ import annotations

import numpy as np
import pytest

from podcast_dspy.audio.durations import PAUSES, asks, boundary, trimmed, utterances


@pytest.mark.parametrize(
    ("said", "following", "kind"),
    [
        ("It forgets.", "It learns.", "sentence"),
        ("Does it forget?", "It does.", "answer"),
        ("Does it forget?", "Does it learn?", "question"),
        ("(Does it forget?)", "It does.", "answer"),
        ("They write:", "“We do not know.”", "quotation"),
        ("“We do not know.”", "So they tried.", "quotation"),
    ],
)
def test_what_lies_between_two_sentences(said: str, following: str, kind: str) -> None:
    assert boundary(said, following) == kind


def test_very_short_sentences_are_said_with_what_follows_but_no_question_is() -> None:
    found = utterances("Short answer. It is less than you would think. Why? Nobody knows the reason for it.")
    assert [text for text, _ in found] == [
        "Short answer. It is less than you would think.",
        "Why?",
        "Nobody knows the reason for it.",
    ]
    assert [wait for _, wait in found] == [PAUSES["sentence"], PAUSES["answer"], 0.0]


def test_a_paragraph_ends_with_a_longer_pause_and_nothing_is_nothing() -> None:
    found = utterances("A first paragraph of some length.\n\nA second paragraph of some length.")
    assert [wait for _, wait in found] == [PAUSES["paragraph"], 0.0]
    assert utterances("") == utterances(" \n\n ") == []
    assert PAUSES["sentence"] < PAUSES["answer"] <= PAUSES["paragraph"]


def test_who_asks() -> None:
    assert asks('He said "why?" ')
    assert not asks("Why not.")


def test_silence_is_cut_off_at_the_edges_only() -> None:
    rate = 16_000
    tone = 0.3 * np.sin(np.arange(rate) / 5).astype(np.float32)
    hiss = np.random.default_rng(0).normal(0, 3e-4, rate // 2).astype(np.float32)
    cut = trimmed(np.concatenate([hiss, tone, hiss, tone, hiss, hiss]), rate)
    assert len(cut) / rate == pytest.approx(2.5 + 0.06, abs=0.02)
    assert np.array_equal(trimmed(tone, rate), tone)
    assert len(trimmed(tone[:100], rate)) == 100
