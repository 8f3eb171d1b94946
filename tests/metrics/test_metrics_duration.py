"""Duration loss."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podcast_dspy.errors import UsageError
from podcast_dspy.metrics import calculate_duration_loss

SECONDS = st.floats(min_value=0.1, max_value=1e5)


@given(SECONDS)
def test_equal_lengths_lose_nothing(seconds: float) -> None:
    loss, details = calculate_duration_loss(seconds, seconds)
    assert loss == 0
    assert details["feedback"] == ()


@given(SECONDS, SECONDS)
def test_it_is_the_relative_difference(generated: float, reference: float) -> None:
    loss, details = calculate_duration_loss(generated, reference)
    assert loss == pytest.approx(abs(generated - reference) / reference)
    assert details["diff_percentage"] == pytest.approx(100 * loss)


@pytest.mark.parametrize(
    ("generated", "reference"),
    [(1.0, 0.0), (1.0, -3.0), (-1.0, 60.0), (math.nan, 60.0), (60.0, math.nan), (math.inf, 60.0)],
)
def test_lengths_that_are_none_are_refused(generated: float, reference: float) -> None:
    with pytest.raises(UsageError):
        calculate_duration_loss(generated, reference)


def test_feedback_says_how_much_to_cut() -> None:
    _, details = calculate_duration_loss(360, 300)
    assert "6:00" in details["feedback"][0].text
    assert "cut about 60 s" in details["feedback"][0].text
