"""The writer: what passes the check is spoken, everything else falls back to the passage."""

from __future__ import annotations

from typing import Any

import dspy
import pytest
from test_generation_units import atom, graph

from podcast_dspy.generation.passage_writer import _fault, _tidy, say_passages
from podcast_dspy.generation.writer import Said, WriterPrompts
from podcast_dspy.lms.adapters import PlainAdapter
from podcast_dspy.signatures.writing import SayPassage

PASSAGE = "At 6 bits per key the blocked filter makes 1.04 times as many false alarms as the standard one."


@pytest.mark.parametrize(
    ("candidate", "reason"),
    [
        ("At 6 bits per key the standard one makes 1.04 times as many false alarms as the blocked filter.", "order"),
        ("At 6 bits per key the blocked filter makes 1.40 times as many false alarms as the standard one.", "numbers"),
        ("At 6 bits per key the blocked filter makes as many false alarms as the standard one.", "numbers"),
        ("At 6 bits a key the blocked filter never makes 1.04 times as many false alarms as the standard.", "denies"),
        ("At 6 bits per key we make 1.04 times as many false alarms with the blocked filter.", "leaves out or adds"),
        ('The correct sentence is: "At 6 bits per key the blocked filter makes 1.04 times as many false alarms as the '
         "standard one.", "adds"),
        ("At 6 bits per key the blocked filter makes 1.04 times as many false alarms, false alarms of the filter, "
         "as the standard one.", "order"),
        (f"So {PASSAGE[0].lower()}{PASSAGE[1:]}", "own words"),
        ("", "says nothing"),
    ],
)  # fmt: skip
def test_a_rewording_says_the_same_in_other_words(candidate: str, reason: str) -> None:
    assert reason in (_fault(candidate, PASSAGE, graph([atom("a", PASSAGE)])) or "")


@pytest.mark.parametrize(
    ("told", "passage", "reason"),
    [
        (
            "Removes all objects with invalid estimates.",
            "One removes all objects with invalid estimates.",
            "who does",
        ),
        ("The caches are small.", "We use caches that are small.", "speaks"),
        ("The 24 studies that reported effects.", "The 24 studies reported effects.", "speaks"),
        ("How good a memory it should be.", "How good a memory it should have.", "denies"),
        ("People write labels. Programs. They err.", "People write labels, programs, and err.", "speaks"),
        ("Labels err. Programs err and so on.", "Labels err, programs err and so on.", "pieces"),
        ("It lost the size of a cache.", "The size of the cache is lost.", "order"),
    ],
)
def test_small_words_that_a_rewording_may_not_change(told: str, passage: str, reason: str) -> None:
    assert reason in (_fault(told, passage, graph([atom("a", passage)])) or "")


def test_a_sentence_that_breaks_off_or_says_the_same_again_is_cut() -> None:
    text = "The cache keeps what was used last. The cache keeps what was used last. And then the"
    assert _tidy(text) == "The cache keeps what was used last."


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
