"""Numbers in digits and in words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from num2words import num2words

from podcast_dspy.text.entities import supported_number, unsupported_numbers
from podcast_dspy.text.numbers import numbers


@pytest.mark.parametrize(
    ("text", "value", "percent"),
    [
        ("thirty percent", 30, True), ("30%", 30, True), ("30 per cent", 30, True), ("1,234.5", 1234.5, False),
        ("nineteen ninety-nine", 1999, False), ("twenty nineteen", 2019, False), ("nineteen oh five", 1905, False),
        ("three point one four", 3.14, False), ("zero point five percent", 0.5, True), ("two thirds", 2 / 3, False),
        ("7B", 7e9, False), ("seven billion", 7e9, False), ("3 million", 3e6, False),
        ("a hundred and five", 105, False), ("1e-6", 1e-6, False), ("2/3", 2 / 3, False),
        ("doubled", 2, False), ("10ms", 10, False),
        ("half of", 0.5, False), ("nine in ten", 0.9, False), ("eighty-five cases out of a hundred", 0.85, False),
        ("three times out of every four", 0.75, False), ("a quarter of a million", 250_000, False),
    ],
)  # fmt: skip
def test_one_number(text: str, value: float, percent: bool) -> None:
    (number,) = numbers(text)
    assert number.value == pytest.approx(value)
    assert number.percent is percent


@pytest.mark.parametrize("text", ["one of them", "GPT-4 and x86", "the 3rd try in 3D", "a third option"])
def test_what_is_no_number(text: str) -> None:
    assert numbers(text) == ()


@pytest.mark.parametrize(
    ("text", "hedge"),
    [
        ("close to a hundred and fifty", "about"), ("sixteen hundred or so", "about"),
        ("sixty percent, or thereabouts", "about"), ("past sixteen million", "above"), ("just short of forty", "below"),
        ("forty or fifty", ""),
    ],
)  # fmt: skip
def test_what_hedges_a_number(text: str, hedge: str) -> None:
    assert numbers(text)[-1].hedge == hedge


def test_a_range_is_percent_on_both_sides() -> None:
    assert [(number.value, number.percent) for number in numbers("twenty to 30%")] == [(20, True), (30, True)]


@given(st.integers(min_value=2, max_value=999_999_999))
def test_spoken_and_written_integers_are_equal(value: int) -> None:
    spoken = num2words(value)
    (number,) = numbers(spoken)
    assert number.value == value
    assert unsupported_numbers(spoken, f"it was {value:,} in all") == ()


@given(st.decimals(min_value="0.01", max_value="99.99", places=2))
def test_spoken_and_written_decimals_are_equal(value: object) -> None:
    spoken = num2words(value)
    assert unsupported_numbers(f"{spoken} percent", f"{value}%") == ()


@pytest.mark.parametrize(
    ("said", "source", "supported"),
    [
        ("about thirty percent", "29.7%", True), ("thirty percent", "29.2%", False), ("0.73", "0.7312", True),
        ("0.74", "0.7312", False), ("in 2018", "in 2019", False), ("more than 80", "84 runs", True),
        ("more than 90", "84 runs", False), ("67 percent", "0.67", True), ("half", "50%", True),
        ("30%", "30 runs", False),
    ],
)  # fmt: skip
def test_what_counts_as_the_same_number(said: str, source: str, supported: bool) -> None:
    assert (unsupported_numbers(said, source) == ()) is supported


_SPOKEN_PIECES = st.lists(
    st.sampled_from(
        "one a third half twenty five point oh percent per cent to and hundred thousand of nineteen about or".split()
    ),
    min_size=1,
    max_size=9,
).map(" ".join)


@given(_SPOKEN_PIECES)
def test_what_stands_far_away_changes_no_number(text: str) -> None:
    far = "the cats sat there on old mats"
    alone = [(number.value, number.percent) for number in numbers(text)]
    within = numbers(f"{far}, {text}, {far}")
    assert [(number.value, number.percent) for number in within] == alone
    # A text with digits is read token by token, one without only around its number words.
    digits = numbers(f"{far}, {text}, {far}, and GPT-4 {far}")
    assert [(number.value, number.percent) for number in digits] == alone


def test_a_hundred_out_of_which_something_is_counted_is_a_scale_and_no_number() -> None:
    assert [one.value for one in numbers("Out of every hundred words, fourteen more are right.")] == [14.0]
    assert [one.value for one in numbers("It scored 74.9 out of a hundred.")] == [74.9]
    assert [one.value for one in numbers("A hundred people came, eighty out of a hundred stayed.")] == [
        100.0,
        0.8,
    ]


def test_what_a_paper_gives_in_megabases_can_be_spoken_in_millions() -> None:
    (said,) = numbers("It has about 600 million letters.")
    assert supported_number(said, numbers("The genome has ~600 Mb.", lenient=True))
    assert not supported_number(said, numbers("The genome has ~600 Gb.", lenient=True))
    assert [one.value for one in numbers("a file of 600 Mb")] == [600.0]
