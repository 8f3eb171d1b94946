"""What sentences do in their paper, and which segment types they suit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from test_generation_extract_writer import unit

from podcast_dspy.generation.features import (
    EXAMPLES,
    ZONES,
    evidence,
    fit,
    may_say,
    source_weight,
    turn_of,
    zone_fit,
    zone_shares,
)
from podcast_dspy.generation.rows import Unit
from podcast_dspy.generation.sections import SectionKind
from podcast_dspy.signatures.types import SEGMENT_TYPES, SegmentType
from podcast_dspy.signatures.types import SegmentType as T

pytestmark = pytest.mark.models

PAPER = {
    "background": "Ships have found their way by lighthouses for two thousand years.",
    "problem": "In thick fog, however, no lamp can be seen from far enough, and ships still run aground.",
    "aim": "They present a lighthouse that is heard instead of seen.",
    "method": "Six pilots were asked to steer along a coast of 20 km in the simulator, each of them four times.",
    "result": "With sound, pilots came within 40 metres of the course, compared with 310 metres before.",
    "implication": "Harbours may therefore want to add sound to the lamps that they have.",
    "limitation": "Wind, which carries sound away, was not considered.",
}
"""A sentence a role about something that no example is about."""


def units(texts: list[str]) -> list[Unit]:
    return [
        Unit(
            text=text,
            atom_id="p001",
            order=order,
            kind="other",
            section="",
            importance=0.0,
            concepts=(),
            figures=(),
            defines=False,
            opens=True,
            follows=True,
            points=False,
        )
        for order, text in enumerate(texts)
    ]


def test_every_topic_is_told_in_every_role_once() -> None:
    assert {len(topic) for topic in EXAMPLES} == {len(ZONES)}
    sentences = [sentence for topic in EXAMPLES for sentence in topic]
    assert len(set(sentences)) == len(sentences)


def test_shares_are_those_of_one_whole_and_roles_of_an_unknown_topic_are_found() -> None:
    shares = zone_shares(list(PAPER.values()))
    assert shares.shape == (7, len(ZONES))
    assert np.allclose(shares.sum(axis=1), 1.0)
    found = [ZONES[index] for index in shares.argmax(axis=1)]
    assert sum(one == other for one, other in zip(found, PAPER, strict=True)) >= 6, found
    assert zone_shares([]).shape == (0, len(ZONES))


def test_most_examples_are_told_by_the_other_topics() -> None:
    rows = [evidence(topic) for topic in EXAMPLES]
    found = sum(
        int(
            (fit(rows[:at] + rows[at + 1 :]).log_probabilities(rows[at]).argmax(axis=1) == np.arange(7)).sum()
        )
        for at in range(0, len(rows), 4)
    )
    assert found >= 0.65 * 7 * len(range(0, len(rows), 4)), "chance is a seventh"


@pytest.mark.parametrize(
    ("kind", "suiting", "foreign"),
    [
        (T.BACKGROUND, ("background", "problem"), ("aim", "method", "result")),
        (T.PROBLEM_STATEMENT, ("problem",), ("background", "aim", "method", "result")),
        (T.METHODOLOGY, ("aim", "method"), ("result",)),
        (T.IMPLICATION, ("implication",), ("background", "method", "result")),
    ],
)
def test_a_run_gains_by_the_passages_that_play_its_role(
    kind: T, suiting: tuple[str, ...], foreign: tuple[str, ...]
) -> None:
    gains = dict(zip(PAPER, zone_fit(units(list(PAPER.values())))[kind], strict=True))
    assert min(gains[role] for role in suiting) > max(gains[role] for role in foreign)
    assert all(-3.0 <= gain <= 3.0 for gain in gains.values())


def test_what_is_unclear_in_the_results_is_not_the_problem() -> None:
    told = units(list(PAPER.values()))
    assert zone_fit(told)[T.PROBLEM_STATEMENT][1] > 0.0, "where no heading tells, it may stand anywhere"
    headed = [replace(unit, kind="introduction" if unit.order == 0 else "results") for unit in told]
    assert zone_fit(headed)[T.PROBLEM_STATEMENT][1] == -3.0
    assert zone_fit(headed)[T.BACKGROUND] == zone_fit(told)[T.BACKGROUND]


def test_some_runs_ask_for_no_role() -> None:
    fits = zone_fit(units(list(PAPER.values())))
    assert set(fits) == set(SEGMENT_TYPES)
    assert {kind for kind in fits if any(fits[kind])} == {
        T.BACKGROUND,
        T.PROBLEM_STATEMENT,
        T.METHODOLOGY,
        T.KEY_FINDING,
        T.IMPLICATION,
    }


def test_the_same_paper_in_another_order_has_the_same_roles() -> None:
    texts = list(PAPER.values())
    forward, backward = zone_shares(texts), zone_shares(texts[::-1])[::-1]
    assert np.allclose(forward, backward)


T = SegmentType


def suits(kind: SegmentType, section: SectionKind) -> float:
    return source_weight(replace(unit(9, 1), kind=section), kind)


def test_sections_suit_their_segments() -> None:
    assert (
        suits(T.METHODOLOGY, "method") > suits(T.METHODOLOGY, "results") > suits(T.METHODOLOGY, "limitation")
    )
    assert suits(T.LIMITATION, "limitation") > suits(T.LIMITATION, "conclusion")
    assert suits(T.KEY_FINDING, "other") > 0.0, "no heading tells anything"


@pytest.mark.parametrize(
    ("text", "admits"),
    [
        ("We tried it on only one data set.", True),
        ("It has not yet been tested in humans.", True),
        ("Future work should look at more languages.", True),
        ("Each host possesses only one block.", False),
        ("Stays of only a few hours are common.", False),
    ],
)
def test_only_a_caveat_follows_a_word_of_caution(text: str, admits: bool) -> None:
    one = replace(unit(9, 1), text=text, kind="discussion")
    assert may_say([one], T.LIMITATION) is admits
    assert may_say([replace(one, kind="limitation")], T.LIMITATION)
    assert may_say([one], T.KEY_FINDING)


def test_what_the_beginning_tells_is_no_method() -> None:
    one = replace(unit(9, 1), text="Ships pass by.", kind="introduction")
    assert not may_say([one], T.METHODOLOGY, sectioned=True)
    assert may_say([one], T.METHODOLOGY), "no heading tells the parts"


def test_a_share_behind_what_the_paper_does_came_out() -> None:
    said = (
        "Lamps fail.",
        "We compare two lamps.",
        "The new one fails 30% less often.",
        "Its price is low.",
        "It lasts.",
    )
    odds = [-1.0, 0.0, -1.0, 2.0, 1.0]
    assert turn_of([replace(unit(9, 1), text=text) for text in said], odds) == 2
    plain = [text.replace("30% ", "") for text in said]
    assert turn_of([replace(unit(9, 1), text=text) for text in plain], odds) == 3
