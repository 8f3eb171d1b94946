"""The one line before a stretch: it names what comes, it is said once, and a question is answered."""

from __future__ import annotations

from dataclasses import replace

import pytest
from test_generation_fitting import draft, passage
from test_generation_planner import paper, profile

from podcast_dspy.documents.graph import KeyConcept
from podcast_dspy.generation import openers
from podcast_dspy.generation.adjustments import Adjustments, Opener
from podcast_dspy.generation.openers import Phrases, opener_of
from podcast_dspy.generation.script import PlannedSegment
from podcast_dspy.signatures.types import SegmentType

T = SegmentType
LED = [kind for kind in SegmentType if kind not in (T.INTRO, T.FIGURE_DISCUSSION, T.TRANSITION)]


def phrases(paper: str = "", **changes: object) -> Phrases:
    return Phrases(profile(), Adjustments().model_copy(update={"question_rate": 0.0, **changes}), paper)


@pytest.mark.parametrize("kind", LED)
def test_a_stretch_is_opened_by_one_line_and_only_the_first_time(kind: SegmentType) -> None:
    speaking = phrases()
    line = speaking.line(kind, 60.0)
    assert sum(line.count(mark) for mark in ".?!") == 1
    assert speaking.line(kind, 60.0) == ""


def test_hosts_lead_in_their_own_words() -> None:
    openers = {T.LIMITATION: (Opener(text="Now the caveats.", pair_id="pair"),)}
    assert phrases(openers=openers).line(T.LIMITATION, 60.0) == "Now the caveats."


def test_a_question_is_asked_when_one_is_due() -> None:
    speaking = phrases(question_rate=1.0)
    assert speaking.line(T.KEY_FINDING, 30.0, "What is a cache?") in (
        "Let's turn to the results.",
        "Now to the results.",
    )
    assert speaking.line(T.KEY_FINDING, 30.0, "What is a cache?") == "What is a cache?"
    assert phrases().line(T.KEY_FINDING, 600.0, "What is a cache?") != "What is a cache?"


@pytest.mark.parametrize(
    ("kind", "text", "asked"),
    [
        (T.BACKGROUND, "A cache is a small store in front of a large one.", "What is a cache?"),
        (
            T.KEY_FINDING,
            "With SIEVE, the share of hits rises by half.",
            "What did the authors find about SIEVE?",
        ),
        (T.KEY_FINDING, "With time, the share of hits rises by half.", ""),
        (T.LIMITATION, "With SIEVE, the share of hits rises by half.", ""),
    ],
)
def test_only_what_the_next_sentence_answers_is_asked(
    kind: SegmentType, text: str, asked: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What the sentences of this made paper do is chance.
    monkeypatch.setattr(openers, "result_odds", lambda units: (1.0,) * len(units))
    made = draft((20, passage(0, [5], [])))
    made.segments[0].segment_type = kind
    made.segments[0].passages[0].said[0] = replace(
        made.segments[0].units[0], text=text, defines=" is a " in text
    )
    planned = PlannedSegment(segment_id="s", segment_type=kind, seconds=60.0, word_budget=20)
    made.plan = made.plan.model_copy(update={"segments": (planned,)})
    concepts = tuple(KeyConcept(name=name, importance=1.0) for name in ("time", "SIEVE"))
    graph = paper().model_copy(update={"key_concepts": concepts})
    line = opener_of(phrases(question_rate=1.0), made, 0, graph)
    assert line == asked if asked else not line.endswith("?")


@pytest.mark.parametrize(("odds", "asks"), [(1.0, True), (-1.0, False)])
def test_what_came_out_is_asked_only_where_the_next_sentence_tells_it(
    odds: float, asks: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(openers, "result_odds", lambda units: (odds,) * len(units))
    made = draft((20, passage(0, [5], [])))
    made.segments[0].segment_type = T.KEY_FINDING
    said = made.segments[0].passages[0].said
    said[0] = replace(said[0], text="With SIEVE, two objects are kept in an order.")
    planned = PlannedSegment(segment_id="s", segment_type=T.KEY_FINDING, seconds=60.0, word_budget=20)
    made.plan = made.plan.model_copy(update={"segments": (planned,)})
    graph = paper().model_copy(update={"key_concepts": (KeyConcept(name="SIEVE", importance=1.0),)})
    assert opener_of(phrases(question_rate=1.0), made, 0, graph).endswith("?") is asks


def test_a_title_that_asks_ends_its_sentence() -> None:
    assert "?." not in phrases().intro("Do Caches Matter?", ())


def test_an_introduction_names_the_paper_and_its_authors() -> None:
    said = phrases().intro("On Caches", ("Ann Lee", "Bo Ek", "Cy Fox"))
    assert "On Caches" in said
    assert said.endswith("It's by Ann Lee and colleagues.")


def test_another_paper_is_opened_in_other_words() -> None:
    papers = [f"paper {number}" for number in range(20)]
    for line in (lambda one: one.line(T.METHODOLOGY, 60.0), lambda one: one.closing()):
        assert len({line(phrases(name)) for name in papers}) > 1
        assert [line(phrases(name)) for name in papers] == [line(phrases(name)) for name in papers]
