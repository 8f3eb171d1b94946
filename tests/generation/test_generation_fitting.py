"""Fitting the length: the whole comes as near to its target as sentences allow, and nothing is said twice or untold."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from podcast_dspy.generation.drafts import Draft, DraftSegment, Passage
from podcast_dspy.generation.fitting import fit_length
from podcast_dspy.generation.script import EpisodePlan
from podcast_dspy.generation.units import Unit
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
    for first in (50, 120, 30):
        result.put(passage(first, [20], []))
    assert [one.order for one in result.units] == [100, 30, 50, 120], "the main result is said first"
