"""The writer: what passes the check is spoken, everything else falls back to the passage."""

from __future__ import annotations

from typing import Any

import dspy
import pytest
from test_generation_units import atom, graph

from podcast_dspy.generation.passage_writer import _tidy, _unfaithful, say_passages
from podcast_dspy.generation.writer import Said, WriterPrompts
from podcast_dspy.lms.adapters import PlainAdapter
from podcast_dspy.signatures.writing import SayPassage

PASSAGE = "At 6 bits per key the blocked filter makes 1.04 times as many false alarms as the standard one."


@pytest.mark.parametrize(
    ("candidate", "reason"),
    [
        ("At 6 bits per key, the blocked filter makes 1.04 times as many false alarms as the standard one.", None),
        ("At 6 bits per key the standard one makes 1.04 times as many false alarms as the blocked filter.", "order"),
        ("At 6 bits per key the blocked filter makes 1.40 times as many false alarms as the standard one.", "numbers"),
        ("At 6 bits per key the blocked filter makes as many false alarms as the standard one.", "numbers"),
        ("At 6 bits a key the blocked filter never makes 1.04 times as many false alarms as the standard.", "compares"),
        ('The correct sentence is: "At 6 bits per key the blocked filter makes 1.04 times as many false alarms as the '
         "standard one.", "talks about"),
        ("At 6 bits per key the “blocked filter makes 1.04 times as many false alarms as the standard "
         "one.", "quotation"),
        ("At 6 bits per key the blocked filter makes 1.04 times as many false alarms, false alarms of the filter, "
         "as the standard one.", "adds alarm"),
        ("", "says nothing"),
    ],
)  # fmt: skip
def test_a_retelling_keeps_who_does_what_and_how_much(candidate: str, reason: str | None) -> None:
    found = _unfaithful(candidate, PASSAGE)
    assert found is None if reason is None else reason in (found or "")


def test_a_retelling_keeps_who_does_it() -> None:
    passage = "One removes all objects with invalid estimates, leaving 117,223 galaxies of the sample."
    told = "Removes all objects with invalid estimates, leaving 117,223 galaxies of the sample."
    assert "who does it" in (_unfaithful(told, passage) or "")
    assert "who speaks" in (_unfaithful("The caches are small.", "We use caches that are small.") or "")


@pytest.mark.parametrize(
    ("told", "passage", "reason"),
    [
        (
            "You can see the FIFO evict the oldest arrival.",
            "FIFO evicts the oldest arrival.",
            "article before FIFO",
        ),
        ("You can see FIFO evict the oldest arrival.", "FIFO evicts the oldest arrival.", None),
        ("So the CPU is idle.", "The CPU is idle.", None),
        (
            "The 24 studies that reported effects on metabolism.",
            "The 24 studies reported effects on metabolism.",
            "clause of reported",
        ),
        ("See the figure 2 for the CPU.", "See Figure 2 for the CPU.", "figure's number"),
    ],
)
def test_small_words_that_a_retelling_may_not_add(told: str, passage: str, reason: str | None) -> None:
    found = _unfaithful(told, passage)
    assert found is None if reason is None else reason in (found or "")


def test_a_sentence_that_breaks_off_or_says_the_same_again_is_cut() -> None:
    text = "The cache keeps what was used last. The cache keeps what was used last. And then the"
    assert _tidy(text, "The cache keeps what was used last.") == "The cache keeps what was used last."


class Liar(WriterPrompts):
    """A model that invents."""

    def __init__(self, answer: str) -> None:
        super().__init__()
        self.say = lambda **_: dspy.Prediction(spoken=answer)
        self.say.demos = []


def say(answer: str) -> Said:
    source = graph([atom("a", PASSAGE)])
    (said,) = say_passages(Liar(answer), [("tell a main result", PASSAGE)], source, demonstrations=0)
    return said


def test_a_wrong_answer_is_never_spoken() -> None:
    said = say("Slow light makes the filter a hundred times better.")
    assert said.text == PASSAGE
    assert not said.grounded
    assert said.rejected


def test_a_right_answer_that_says_it_in_the_papers_words_is_no_gain() -> None:
    said = say(f"So {PASSAGE[0].lower()}{PASSAGE[1:]}")
    assert said.text == PASSAGE
    assert said.rejected == ("says it in the paper's own words",)


@pytest.mark.models
def test_a_right_answer_in_other_words_is_spoken() -> None:
    told = "At just 6 bits for each key, a blocked filter will make 1.04 times as many false alarms as a standard one."
    said = say(told)
    assert said.text == told
    assert said.grounded


def test_the_plain_adapter_sends_the_bare_passage_and_takes_the_bare_answer() -> None:
    adapter = PlainAdapter()
    demo: dict[str, Any] = {"purpose": "p", "passage": "A.", "spoken": "B."}
    messages = adapter.format(SayPassage, [demo], {"purpose": "q", "passage": "C."})
    assert [message["content"] for message in messages[1:]] == ["A.", "B.", "C."]
    assert messages[0]["content"] == SayPassage.instructions
    assert adapter.parse(SayPassage, " D. ") == {"spoken": "D."}
