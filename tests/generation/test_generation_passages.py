"""Passages: where a row of sentences may begin, how far it goes, and what ends it."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_generation_fitting import unit
from test_generation_units import atom, graph

from podcast_dspy.generation.passages import continued, only_shows, runs, unfinished
from podcast_dspy.generation.units import paper_units


def rows(*paragraphs: str) -> list[list[str]]:
    units = paper_units(graph([atom(f"a{at}", text) for at, text in enumerate(paragraphs)]))
    return [[one.text for one in run] for run in runs(units)]


def test_a_passage_begins_with_a_paragraph_that_points_to_nothing() -> None:
    found = rows(
        "A cache is small. It keeps what was used last. Most programs profit from it at once.",
        "These gains are large. A program is faster by half.",
        "Drift changes the order of policies. Some policies suffer more than others do.",
    )
    assert [row[0] for row in found] == ["A cache is small.", "Drift changes the order of policies."]


def test_a_short_paragraph_goes_on_with_the_next_and_a_long_one_ends() -> None:
    found = rows(
        "A cache is small.", "A disk is large. A tape is larger. A book is largest.", "Rain falls here."
    )
    assert found[0] == ["A cache is small.", "A disk is large.", "A tape is larger.", "A book is largest."]
    assert found[1] == ["A disk is large.", "A tape is larger.", "A book is largest."]


def test_what_needs_a_formula_is_passed_over() -> None:
    (row,) = rows("A cache is small. We set x = y ≤ z for all. This makes it fast. Disks are slow.")
    assert row == ["A cache is small.", "Disks are slow."]
    (row,) = rows("A cache is small. We set x = y ≤ z for all. This makes it fast. The clerk is slow.")
    assert row == ["A cache is small."]
    (row,) = rows("A cache is small. We set x = y ≤ z for all. Disks are slow.")
    assert row == ["A cache is small.", "Disks are slow."]


def test_a_sentence_that_only_sends_to_a_picture_is_passed_over() -> None:
    one = replace(unit(0, 1), text="The hits are shown in Figure 2.")
    assert only_shows(one)
    assert not only_shows(replace(one, text="The hits fall to 42% in Figure 2."))
    assert not only_shows(replace(one, text="The hits fall."))


@given(st.lists(st.tuples(st.booleans(), st.booleans(), st.booleans()), min_size=1, max_size=25))
def test_rows_are_in_order_and_no_reference_is_torn(shape: list[tuple[bool, bool, bool]]) -> None:
    units = [
        replace(unit(at, 5), opens=opens, follows=follows, points=points, text=f"Sentence {at}.")
        for at, (opens, follows, points) in enumerate(shape)
    ]
    for run in runs(units):
        assert not run[0].points
        assert [one.order for one in run] == sorted({one.order for one in run})
        for before, after in pairwise(run):
            assert not after.points or (after.follows and after.order == before.order + 1)


def test_used_sentences_end_a_row() -> None:
    units = [replace(unit(at, 5), opens=at == 0) for at in range(5)]
    assert [one.order for one in continued(units, units[0], {3})] == [0, 1, 2]


@pytest.mark.parametrize(
    ("before", "opens"), [("A cache is small.", True), ("The score of it is", False), ("See this [3].", True)]
)
def test_what_stands_behind_a_formula_begins_no_paragraph(before: str, opens: bool) -> None:
    units = paper_units(graph([atom("a", before), atom("b", "Large caches are slow to fill.")]))
    assert units[-1].opens is opens


@pytest.mark.parametrize(
    ("text", "promises"),
    [
        ("Which of them should leave?", True),
        ("First, we count the requests.", True),
        ("We improve the cache in two ways.", True),
        ("There are two simple ways to do that.", True),
        ("We ran it on two caches, and it won.", False),
        ("A cache is small.", False),
    ],
)
def test_nothing_ends_with_a_promise(text: str, promises: bool) -> None:
    assert unfinished(replace(unit(0, 1), text=text)) is promises
