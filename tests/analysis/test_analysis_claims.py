"""What a passage denies or turns round of its source."""

from __future__ import annotations

import pytest

from podcast_dspy.analysis.directions import contradictions

TOKENS = (
    "Our method reduces the number of tokens to 5, against 28 or more in HTML, so that the model can hold longer "
    "tables in its context."
)
NOISE = (
    "Training with 30% label noise did not change the accuracy of the calibrated network (0.913 against 0.917), while "
    "the plain network lost 12.4 points. We therefore recommend temperature scaling before noise correction."
)


@pytest.mark.parametrize(
    ("source", "candidate"),
    [
        (TOKENS, "Our method cuts the number of tokens down to five, against twenty-eight in HTML."),
        (NOISE, "With thirty percent label noise, the accuracy of the calibrated network did not change."),
        (NOISE, "So the authors recommend temperature scaling before noise correction."),
        (TOKENS, TOKENS),
    ],
)  # fmt: skip
def test_what_says_the_same_contradicts_nothing(source: str, candidate: str) -> None:
    assert contradictions(candidate, source) == ()


@pytest.mark.parametrize(
    ("source", "candidate", "why"),
    [
        (TOKENS, "Our method increases the number of tokens to 5, against 28 or more in HTML.", "direction"),
        (NOISE, "Training with thirty percent label noise changed the accuracy of the calibrated network, 0.913 to "
                "0.917.", "leaves out"),
        (NOISE, "The plain network lost 12.4 points, so we do not recommend temperature scaling before noise "
                "correction.", "says no"),
    ],
)  # fmt: skip
def test_a_turned_direction_and_a_denial_are_told(source: str, candidate: str, why: str) -> None:
    assert any(why in reason for reason in contradictions(candidate, source))
