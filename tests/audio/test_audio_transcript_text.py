"""Plain transcripts: what was said, by whom, and nothing that was only written."""

from __future__ import annotations

import pytest

from podcast_dspy.audio.caption_reader import spoken_words


@pytest.mark.parametrize(
    "text",
    [
        "# On Caches\n\n## [Intro]\n\n**ANN:** Hello there.\n\n"
        "**BOB:** Hi.\nAnd welcome.\n\n**ANN:** So?\n**BOB:** Yes.",
        "-----\n\n1. [Ann]: Hello there.\n2. [Bob]: Hi. And welcome.\n3. [Ann]: So?\n4. [Bob]: Yes.",
        "Ann: [00:01] Hello there.\nBob: Hi. And welcome.\nAnn: So?\nBob (laughs): Yes.",
    ],
)
def test_labels_headings_and_times_are_not_words(text: str) -> None:
    said = [(word, speaker.lower()) for word, speaker in spoken_words(text) if speaker]
    assert said == [
        ("Hello", "ann"), ("there.", "ann"), ("Hi.", "bob"), ("And", "bob"), ("welcome.", "bob"), ("So?", "ann"),
        ("Yes.", "bob"),
    ]  # fmt: skip
    assert len(spoken_words(text)) == len(said)


def test_tags_name_speakers() -> None:
    text = "<Person1> Hello. </Person1>\n<Person2> Hi. </Person2> <Person1> Bye. </Person1> <Person2> Bye. </Person2>"
    assert spoken_words(text) == [
        ("Hello.", "Person1"), ("Hi.", "Person2"), ("Bye.", "Person1"), ("Bye.", "Person2"),
    ]  # fmt: skip


def test_a_colon_is_no_label_by_itself() -> None:
    text = "Remember: caches are small.\nAnd they forget."
    assert [word for word, _ in spoken_words(text)] == text.split()


@pytest.mark.parametrize(
    "text",
    [
        "Ann Öberg  0:01\nHello there. [inaudible]\n\nBob  0:07\nHi.\nAnd (laughs) welcome.\n",
        "Ann Öberg | 00:00:01\nHello there.\nBob | 00:00:07\nHi.\nAnd welcome.\n",
        "Ann Öberg: \n0:01\nHello there.\n\nBob:\n00:07\nHi.\nAnd welcome.\nAnn Öberg: [crosstalk]\nBob: [music]\n",
    ],
)
def test_names_and_times_above_what_is_said(text: str) -> None:
    assert spoken_words(text) == [
        ("Hello", "Ann Öberg"), ("there.", "Ann Öberg"), ("Hi.", "Bob"), ("And", "Bob"), ("welcome.", "Bob"),
    ]  # fmt: skip
