"""No show's name survives in an introduction, however the transcriber wrote it."""

from __future__ import annotations

import pytest

from podcast_dspy.analysis.phrases import without_show


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("Hello and welcome to small hours", "Hello and welcome to {show}"),
        (
            "Hey everybody, this is the back of the envelope and I'm your host",
            "Hey everybody, this is {show}",
        ),
        ("Today we're reading {topic} gasoline", "Today we're reading {topic}"),
        ("Today's paper is {topic}", "Today's paper is {topic}"),
        ("Hi there and welcome back", "Hi there and welcome back"),
        ("And this is the paper for today", "And this is the paper for today"),
    ],
)
def test_shows_are_not_named(said: str, kept: str) -> None:
    assert without_show(said) == kept
