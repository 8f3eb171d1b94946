"""The check of one candidate against its source passages."""

from __future__ import annotations

import time

import pytest

from podcast_dspy.analysis.claims import check_claim

TOKENS = (
    "Our method reduces the number of tokens to 5, against 28 or more in HTML, so that the model can hold longer "
    "tables in its context."
)
NOISE = (
    "Training with 30% label noise did not change the accuracy of the calibrated network (0.913 against 0.917), while "
    "the plain network lost 12.4 points. We therefore recommend temperature scaling before noise correction."
)
EPIDEMIC = (
    "We simulated epidemics on 200 networks of 5,000 nodes each. Vaccinating the nodes with the highest betweenness "
    "reduced the final outbreak size by 61%, compared with 38% for random vaccination."
)

FAITHFUL = [
    (TOKENS, "And here's the thing. Our method cuts the number of tokens down to five, against twenty-eight in HTML."),
    (TOKENS, "So the researchers need only five tokens where HTML needs 28, and longer tables fit into the context."),
    (TOKENS, "What does that buy you? With just five tokens, the model can hold longer tables in its context."),
    (NOISE, "With thirty percent label noise, the accuracy of the calibrated network did not change: 0.913 against "
            "0.917. The plain network lost 12.4 points."),
    (NOISE, "The plain network lost about twelve points. So the authors recommend temperature scaling before noise "
            "correction."),
    (EPIDEMIC, "The team simulated epidemics on two hundred networks, each with five thousand nodes. Vaccinating the "
               "nodes with the highest betweenness cut the final outbreak size by sixty-one percent. Random "
               "vaccination? Only thirty-eight percent."),
    (EPIDEMIC, "Imagine an epidemic on a network. If you vaccinate at random, the outbreak shrinks by 38%. If you "
               "pick the nodes with the highest betweenness, it shrinks by 61%."),
]  # fmt: skip

UNFAITHFUL = [
    (TOKENS, "Our method is slowed down by the use of light, which is the number of tokens.", "adds"),
    (TOKENS, "Our method cuts the number of tokens down to seven, against twenty-eight in HTML.", "numbers"),
    (TOKENS, "Our method increases the number of tokens to 5, against 28 or more in HTML.", "direction"),
    (TOKENS, "Our method from Google reduces the number of tokens to 5, against 28 or more in HTML.", "names"),
    (TOKENS, "Our method reduces the number of tokens. Our method reduces the number of tokens.", "repeats"),
    (NOISE, "Training with thirty percent label noise changed the accuracy of the calibrated network, 0.913 against "
            "0.917.", "leaves out"),
    (NOISE, "The calibrated network lost 12.4 points with 40% label noise.", "numbers"),
    (NOISE, "The plain network lost 12.4 points, so we do not recommend temperature scaling before noise "
            "correction.", "says no"),
    (EPIDEMIC, "We simulated epidemics on 200 networks of 5,000 nodes each. Quarantine with ivermectin reduced the "
               "outbreak size by 61%.", "technical terms"),
    (EPIDEMIC, "We simulated epidemics on 200 networks of 5,000 nodes each, and the government then closed schools, "
               "shops and airports in many countries.", "adds"),
    (EPIDEMIC, "**We simulated epidemics** on 200 networks of 5,000 nodes each.", "markup"),
    (EPIDEMIC, "We simulated epidemics on 200 networks of 5,000 nodes each. Vaccinating the nodes with the",
     "mid-sentence"),
    (EPIDEMIC, "We simulated epidemics.", "too short"),
    (EPIDEMIC, "", "empty"),
]  # fmt: skip


@pytest.mark.parametrize(("source", "candidate"), FAITHFUL)
def test_a_faithful_candidate_passes(source: str, candidate: str) -> None:
    check = check_claim(candidate, source, similarity="lexical")
    assert check.ok, check.reasons


@pytest.mark.parametrize(("source", "candidate", "why"), UNFAITHFUL)
def test_an_unfaithful_candidate_fails_and_says_why(source: str, candidate: str, why: str) -> None:
    check = check_claim(candidate, source, similarity="lexical")
    assert not check.ok
    assert any(why in reason for reason in check.reasons), check.reasons


def test_the_source_itself_passes() -> None:
    for source in (TOKENS, NOISE, EPIDEMIC):
        assert check_claim(source, source, similarity="lexical").ok


def test_allowed_text_may_be_used() -> None:
    spoken = "As Figure 3 shows, " + TOKENS[0].lower() + TOKENS[1:]
    assert not check_claim(spoken, TOKENS, similarity="lexical").ok
    assert check_claim(spoken, TOKENS, allowed="Figure 3", similarity="lexical").ok


def test_unrelated_text_is_far_from_the_source() -> None:
    check = check_claim(
        "Welcome back to the show, today we talk about a paper.", TOKENS, similarity="lexical"
    )
    assert not check.ok


def test_a_candidate_takes_under_five_milliseconds() -> None:
    check_claim(EPIDEMIC, EPIDEMIC, similarity="lexical")
    candidates = [f"{text} In run {number} it held." for number, (_, text) in enumerate(FAITHFUL * 6)]
    start = time.process_time()
    for candidate in candidates:
        check_claim(candidate, EPIDEMIC, similarity="lexical")
    assert (time.process_time() - start) / len(candidates) < 0.005
