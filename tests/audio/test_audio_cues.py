"""Captions are cut where one pauses in reading, never leave a word alone, and stay long enough to be read."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from podcast_dspy.audio.captions import cut_cues, lines_of, stay
from podcast_dspy.audio.durations import stressed
from podcast_dspy.audio.word_times import word_times_for

TEXT = (
    "The tide comes in twice a day, and for a long time nobody could say why it does. Fishermen knew the hours by "
    "heart, because their boats depended on them; scholars had a theory, which was wrong. Then somebody looked up. The "
    "moon that pulls the sea towards it also lifts the rock beneath our feet by about a hand's breadth."
)


def _cut(text: str, pace: float = 2.6) -> list:
    return cut_cues(word_times_for(text, (0.0, len(text.split()) / pace)), None)


def test_captions_of_prose_end_with_clauses_and_phrases() -> None:
    cues = _cut(TEXT)
    assert " ".join(cue.text for cue in cues) == TEXT
    for cue in cues:
        words = cue.text.split()
        assert len(words) > 2
        assert stressed(words[-1].strip(".,;")) or words[-1][-1] in ".,;"
    marked = sum(cue.text[-1] in ".,;" for cue in cues)
    assert marked >= 0.6 * len(cues)
    assert "looked up." in {cue.text[-10:] for cue in cues}


WORDS = st.lists(
    st.sampled_from(
        "the rain of a north, which falls and. never extraordinarily is by night; it stops".split()
    ),
    min_size=1,
    max_size=70,
)


@settings(max_examples=60, deadline=None)
@given(WORDS, st.floats(1.5, 4.0))
def test_captions_keep_the_limits(words: list[str], pace: float) -> None:
    cues = stay(_cut(" ".join(words), pace))
    assert " ".join(cue.text for cue in cues).split() == words
    for cue in cues:
        assert all(len(line) <= 42 for line in lines_of(cue.text))
        assert len(lines_of(cue.text)) <= 2
        assert cue.end - cue.start <= 7.0 or len(cue.text.split()) == 1
    assert all(before.end <= after.start + 1e-9 for before, after in pairwise(cues))
    if len(words) > 1:
        assert all(len(cue.text.split()) > 1 for cue in cues)


def test_a_long_pause_ends_a_caption() -> None:
    words = [
        *word_times_for("one two three four", (0.0, 1.6)),
        *word_times_for("five six seven eight", (5.0, 6.6)),
    ]
    assert [cue.text for cue in cut_cues(words, None)] == ["one two three four", "five six seven eight"]


def test_a_short_caption_stays_for_a_second_if_it_can() -> None:
    cues = cut_cues(word_times_for("Yes, it does.", (0.0, 0.5)), None)
    assert [cue.end for cue in stay(cues)] == [1.0]
    late = cut_cues(word_times_for("So it rains.", (0.8, 1.9)), None)
    assert [cue.end for cue in stay([*cues, *late])] == [0.8, 1.9]
