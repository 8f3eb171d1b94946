"""Fitting the length: runs reach their budgets, the whole its target, and no passage is in two runs."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from podcast_dspy.generation.drafts import DraftSegment, fit_length
from podcast_dspy.generation.units import Unit
from podcast_dspy.signatures.types import SegmentType


def unit(order: int, words: int) -> Unit:
    return Unit(
        text=" ".join(["word"] * words), atom_id=f"a{order}", order=order, kind="method", section="", importance=0.5,
        concepts=(), figures=(), about=(), defines=False, verbatim=False, dangling=False,
    )  # fmt: skip


def run(budget: int, lengths: list[int], reserve: list[int], first: int) -> DraftSegment:
    return DraftSegment(
        SegmentType.METHODOLOGY, 0.5, budget,
        units=[unit(first + index, words) for index, words in enumerate(lengths)],
        reserve=[unit(first + 100 + index, words) for index, words in enumerate(reserve)],
    )  # fmt: skip


def words(segments: list[DraftSegment]) -> list[int]:
    return [sum(one.words for one in segment.units) for segment in segments]


def test_a_run_that_is_too_long_loses_a_passage_and_one_too_short_gains_one() -> None:
    segments = [run(40, [20, 20, 20], [], 0), run(60, [20, 18], [22], 1000)]
    assert fit_length(segments, words(segments), 100)
    assert words(segments) == [40, 60]


def test_what_fits_is_left_alone() -> None:
    segments = [run(40, [20, 20], [15], 0)]
    assert not fit_length(segments, [40], 40)


def test_what_the_next_passage_points_back_at_stays() -> None:
    segment = run(20, [20, 21], [], 0)
    segment.units[1] = replace(segment.units[1], dangling=True)
    assert fit_length([segment], [41], 20)
    assert [one.order for one in segment.units] == [0]  # never the second alone


def test_two_runs_never_take_the_same_passage() -> None:
    shared = unit(500, 20)
    segments = [run(40, [20], [], 0), run(40, [20], [], 1000)]
    for segment in segments:
        segment.reserve = [shared]
    fit_length(segments, words(segments), 80)
    assert sorted(words(segments)) == [20, 40]


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
    segments = [run(budget, own, spare, 1000 * index) for index, (budget, own, spare) in enumerate(shapes)]
    target = sum(segment.budget for segment in segments)
    gap = abs(target - sum(words(segments)))
    fit_length(segments, words(segments), target)
    assert abs(target - sum(words(segments))) <= max(
        gap, sum(abs(s.budget - w) for s, w in zip(segments, words(segments), strict=True))
    )
    assert all(segment.units for segment in segments)
    orders = [one.order for segment in segments for one in segment.units]
    assert len(orders) == len(set(orders))


def test_what_suits_a_run_best_stays() -> None:
    segment = run(20, [21, 40], [], 0)
    segment.core = segment.units[1]
    assert fit_length([segment], [61], 20)
    assert words([segment]) == [40]


def test_without_runs_only_the_whole_is_fitted() -> None:
    segments = [run(10, [20], [], 0), run(40, [10], [20], 100)]
    assert fit_length(segments, words(segments), 50, stretches=False)
    assert words(segments) == [20, 30]
    assert not fit_length(segments, words(segments), 50, stretches=False)
