"""Kokoro is given even batches, so that it keeps one pace however long a segment is."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from podcast_dspy.audio import get_voice
from podcast_dspy.audio.local_voices import batches, pause_after

MOST = 350
SENTENCE = st.lists(st.text(alphabet="abcdeɪʃ", min_size=1, max_size=12), min_size=1, max_size=20)
TEXT = st.lists(SENTENCE.map(lambda words: " ".join(words) + "."), min_size=1, max_size=20).map(" ".join)


@given(TEXT)
def test_batches_hold_all_and_are_even(phonemes: str) -> None:
    found = batches(phonemes)
    assert " ".join(found) == phonemes
    assert all(len(batch) <= MOST for batch in found)
    assert all(batch.endswith(".") for batch in found)
    # no two neighbours would have fitted into one
    assert all(len(one) + 1 + len(two) > MOST for one, two in pairwise(found))


def test_pauses_are_those_of_the_mark() -> None:
    assert [pause_after(batch) for batch in ("a.", "a?", "a,", "a")] == [0.25, 0.25, 0.1, 0.0]


@pytest.mark.models
def test_a_segment_of_two_batches_is_spoken_whole_with_a_pause_where_they_meet(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("podcast_dspy.audio.local_voices._BATCH", 40)
    voice = get_voice("kokoro:af_heart")
    sentence = "A filter never forgets a key. "
    once, often = (voice.synthesize(count * sentence) for count in (1, 2))
    assert len(often) / len(once) == pytest.approx(2.0, rel=0.25)
    frames = np.abs(often[: len(often) // 240 * 240]).reshape(-1, 240).max(axis=1)
    silent = "".join("-" if level == 0.0 else "x" for level in frames)
    assert silent.count("-" * 24) >= 1
