"""Sentences held against what a paper says in nearly the same words."""

from __future__ import annotations

import pytest
from episodes import paper_of
from hypothesis import given
from hypothesis import strategies as st

from podcast_dspy.analysis.assertions import assertions_of, comparisons, read
from podcast_dspy.analysis.directions import negated, opposed
from podcast_dspy.analysis.grounding import ground, ground_text
from podcast_dspy.text.numbers import numbers
from podcast_dspy.text.words import stem

PARAGRAPHS = (
    "The coastal stations outperform the inland stations by more than 4 points in every season. The wet sensors do not "
    "drift during storms, whereas the dry sensors drift badly. Except for the winter, the models agree with the buoys.",
    "Calibration takes roughly 20 hours on a single barge. The whole survey takes roughly 60 hours on eight barges. "
    "About 50% of the errors are due to salt on the lenses, 28% come from broken cables, and 4% need a diver.",
    "Static mooring favours accuracy. Drifting mooring favours coverage of the open sea. We raise the recall from 37.9 "
    "to 42.4 on shallow water. Our readings are publicly available.",
    "On present barges the cost is not fuel but crew time. The alarm never hides a leak that is there. The survey "
    "covers ten separate harbours of the northern coast.",
)
TABLE = "Station\tT1-p\tT1-a\nReef\t76.0\t49.4\nDelta\t66.7\t56.1"
GRAPH = paper_of("Buoys", PARAGRAPHS, TABLE)


@pytest.mark.parametrize(
    "sentence",
    [
        "The inland stations outperform the coastal stations by more than 4 points in every season.",
        "The wet sensors drift during storms.",
        "The dry sensors do not drift badly.",
        "In the winter the models agree with the buoys.",
        "Calibration takes roughly 60 hours on a single barge.",
        "28% of the errors are due to salt on the lenses.",
        "They lower the recall from 42.4 to 37.9 on shallow water.",
        "On present barges the cost is fuel and not crew time.",
        "The alarm may hide a leak that is there.",
        "The survey covers two separate harbours of the northern coast.",
        "The survey covers ten separate harbours of the southern coast.",
    ],
)
def test_what_parts_from_the_paper_in_its_own_words_is_stopped(sentence: str) -> None:
    (support,) = ground([sentence], GRAPH, similarity="lexical")
    assert support.contradictions or support.contradicted_numbers


@pytest.mark.parametrize(
    "sentence",
    [
        "The inland stations trail the coastal stations in every season.",
        "Calibration takes roughly 20 hours on a single barge.",
        "About half of the errors are due to salt on the lenses.",
        "The wet sensors hold still without drift during storms.",
        "We raise the recall from 37.9 to 42.4 on shallow water.",
        "On T1-a the Reef station reaches 49.4.",
        "The survey covers ten separate harbours of the northern coast.",
        "Two hundred divers would not find a leak that hides.",
    ],
)
def test_what_the_paper_says_contradicts_nothing(sentence: str) -> None:
    (support,) = ground([sentence], GRAPH, similarity="lexical")
    assert not support.contradictions
    assert not support.contradicted_numbers


def test_a_hedge_compares_nothing_and_a_rival_is_compared() -> None:
    assert not comparisons(("it", "takes", "more", "than", "a", "day"))
    ((before, after, _),) = comparisons(("reefs", "outperform", "deltas"))
    assert before == {stem("reefs")}
    assert after == {stem("deltas")}


def test_opposites_are_found_in_other_forms() -> None:
    assert stem("easy") in opposed("hardest")
    assert stem("woman") in opposed("men")
    assert not opposed("barge") & {stem("barge")}


@given(st.lists(st.sampled_from("reef delta not storm 4 12.5% than and , drifts".split()), max_size=12))
def test_reading_keeps_to_the_sentence(said: list[str]) -> None:
    line = read(" ".join(said))
    assert line.stems <= line.roots | {stem(word) for word in line.words}
    assert len(line.values) <= len(numbers(" ".join(said))) + said.count(",") + said.count("and")


@given(st.sampled_from(PARAGRAPHS))
def test_a_paper_contradicts_none_of_its_own_sentences(paragraph: str) -> None:
    for support in ground_text(paragraph, GRAPH, similarity="lexical"):
        assert not support.contradictions, support
        assert not support.contradicted_numbers, support


def test_a_paper_is_read_once() -> None:
    assert assertions_of(GRAPH) is assertions_of(GRAPH.model_copy())


@pytest.mark.parametrize(
    ("said", "denies"),
    [
        ("A drifting buoy isn't the only way to cover the sea.", False),
        ("It is not just a buoy.", False),
        ("Not simply the buoys drift.", False),
        ("A drifting buoy isn't a good way to cover the sea.", True),
    ],
)
def test_that_there_is_more_than_one_thing_denies_none_of_them(said: str, denies: bool) -> None:
    assert bool(read(said).denied) is denies
    assert negated(said) is denies
