"""The extract: lines, and how passages get the length planned."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_generation_planner import paper, profile

from podcast_dspy.documents.graph import KeyConcept
from podcast_dspy.generation import extract_writer
from podcast_dspy.generation.adjustments import Adjustments
from podcast_dspy.generation.drafts import Draft, DraftSegment, Passage
from podcast_dspy.generation.extract_writer import Phrases, opener_of
from podcast_dspy.generation.fitting import fit_length
from podcast_dspy.generation.rows import Unit
from podcast_dspy.generation.script import EpisodePlan, PlannedSegment
from podcast_dspy.signatures.types import SegmentType


def unit(order: int, words: int) -> Unit:
    return Unit(
        text=" ".join(["word"] * words), atom_id=f"a{order}", order=order, kind="method", section="", importance=0.5,
        concepts=(), figures=(), defines=False, opens=False, follows=True, points=False,
    )  # fmt: skip


def passage(first: int, said: list[int], more: list[int], least: int = 1) -> Passage:
    units = [unit(first + at, words) for at, words in enumerate([*said, *more])]
    return Passage(units[: len(said)], units[len(said) :], least=least)


def draft(*segments: tuple[int, Passage], reserve: list[Passage] | None = None) -> Draft:
    plan = EpisodePlan(title="t", target_seconds=60.0, words_per_minute=100.0, segments=())
    made = [DraftSegment(SegmentType.METHODOLOGY, 0.5, budget, [own]) for budget, own in segments]
    return Draft(plan, made, [(made[-1], one) for one in reserve or []])


def words(made: Draft) -> list[int]:
    return [sum(one.words for one in segment.units) for segment in made.segments]


def fit(made: Draft, target: float) -> bool:
    return fit_length(made, words(made), target, lambda text: len(text.split()))


def test_a_passage_goes_on_where_there_is_room_and_ends_earlier_where_there_is_none() -> None:
    short = draft((60, passage(0, [20, 20], [20, 20])))
    assert fit(short, 60)
    assert words(short) == [60]
    long = draft((40, passage(0, [20, 20, 20], [])))
    assert fit(long, 40)
    assert words(long) == [40]


def test_a_passage_changes_by_whole_thoughts_until_it_may_end_anywhere() -> None:
    made = draft((40, passage(0, [20, 20], [20, 20])))
    made.segments[0].passages[0].ends = {2: False, 4: True}
    assert not fit(made, 60), "nothing comes nearer than before"
    made.split(everything=False)
    assert fit(made, 60)
    assert words(made) == [60]


def test_what_fits_is_left_alone() -> None:
    assert not fit(draft((40, passage(0, [20, 20], [15]))), 40)


def test_one_sentence_more_and_another_less_come_nearer_than_either() -> None:
    made = draft((60, passage(0, [20, 20], [30])), (60, passage(100, [20, 20, 25], [])))
    assert fit(made, 110)
    assert sum(words(made)) == 110


def test_a_passage_from_the_reserve_fills_what_none_can() -> None:
    made = draft((40, passage(0, [20], [])), reserve=[passage(500, [20], []), passage(500, [20], [])])
    assert fit(made, 60)
    assert sum(words(made)) == 40, "the same sentences are not said twice"


def test_a_whole_passage_loses_sentences_only_where_nothing_else_helps() -> None:
    made = draft(
        (60, passage(0, [20, 20, 20], [], least=3)), (60, passage(100, [20, 20, 20, 20], [], least=3))
    )
    assert fit(made, 120)
    assert [len(segment.units) for segment in made.segments] == [3, 3]
    assert fit(made, 80)
    assert sum(len(segment.units) for segment in made.segments) == 4


def test_no_sentence_comes_without_what_introduces_its_terms() -> None:
    made = draft((40, passage(0, [20], [20])))
    made.segments[0].passages[0].more[0] = replace(unit(1, 20), terms=frozenset({"SIEVE"}))
    assert not fit(made, 40)
    told = replace(unit(0, 20), terms=frozenset({"SIEVE"}), introduces=frozenset({"SIEVE"}))
    made.segments[0].passages[0].said[0] = told
    assert fit(made, 40)


@given(
    st.lists(
        st.tuples(
            st.integers(10, 120),
            st.lists(st.integers(6, 40), min_size=1, max_size=5),
            st.lists(st.integers(6, 40), max_size=4),
        ),
        min_size=1,
        max_size=5,
    )
)
def test_fitting_never_moves_away_from_the_target_and_ends(
    shapes: list[tuple[int, list[int], list[int]]],
) -> None:
    made = draft(
        *((budget, passage(1000 * at, said, more)) for at, (budget, said, more) in enumerate(shapes))
    )
    target = sum(segment.budget for segment in made.segments)
    gap = abs(target - sum(words(made)))
    fit(made, target)
    assert abs(target - sum(words(made))) <= gap
    assert all(segment.units for segment in made.segments)
    orders = [one.order for segment in made.segments for one in segment.units]
    assert orders == sorted(set(orders))


def test_what_is_added_stands_where_the_paper_has_it() -> None:
    made = draft((60, passage(100, [20, 20], [])), reserve=[passage(50, [20], [])])
    assert fit(made, 60)
    assert [one.order for one in made.segments[0].units] == [50, 100, 101]
    result = DraftSegment(SegmentType.KEY_FINDING, 0.5, 60, [passage(100, [20], [])])
    result.passages[0].said[0] = replace(result.units[0], kind="abstract")
    for first in (50, 120, 30):
        result.put(passage(first, [20], []))
    assert [one.order for one in result.units] == [100, 30, 50, 120], "the main result is said first"


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
    monkeypatch.setattr(extract_writer, "result_odds", lambda units: (1.0,) * len(units))
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
    monkeypatch.setattr(extract_writer, "result_odds", lambda units: (odds,) * len(units))
    made = draft((20, passage(0, [5], [])))
    made.segments[0].segment_type = T.KEY_FINDING
    said = made.segments[0].passages[0].said
    said[0] = replace(said[0], text="With SIEVE, two objects are kept in an order.")
    planned = PlannedSegment(segment_id="s", segment_type=T.KEY_FINDING, seconds=60.0, word_budget=20)
    made.plan = made.plan.model_copy(update={"segments": (planned,)})
    graph = paper().model_copy(update={"key_concepts": (KeyConcept(name="SIEVE", importance=1.0),)})
    assert opener_of(phrases(question_rate=1.0), made, 0, graph).endswith("?") is asks


@pytest.mark.parametrize(
    ("kind", "first", "others", "line"),
    [
        (
            T.METHODOLOGY,
            "other",
            {"introduction"},
            "The next part of the paper is called “Bees of the north”.",
        ),
        (T.KEY_FINDING, "abstract", {"other"}, "Now to what the authors conclude."),
    ],
)
def test_a_review_has_topics_and_conclusions_and_neither_method_nor_results(
    kind: SegmentType, first: str, others: set[str], line: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = draft((20, passage(0, [5], [])))
    made.segments[0].segment_type = kind
    said = made.segments[0].passages[0].said
    said[0] = replace(said[0], kind=first, section="Bees of the north")  # type: ignore[arg-type]
    planned = PlannedSegment(segment_id="s", segment_type=kind, seconds=60.0, word_budget=20)
    made.plan = made.plan.model_copy(update={"segments": (planned,)})
    kinds = {first, *others}
    for more, held in (((), True), (("results",), first == "other")):
        units = [replace(unit(at, 5), kind=kind) for at, kind in enumerate((*sorted(kinds), *more))]  # type: ignore[arg-type]
        monkeypatch.setattr(extract_writer, "paper_units", lambda graph, units=units: tuple(units))
        assert (opener_of(phrases(), made, 0, paper()) == line) is held


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
