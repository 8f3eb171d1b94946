"""What a listener can follow: how much comes up at once, what was said before, whose work a sentence tells."""

from __future__ import annotations

from dataclasses import replace

import pytest

from podcast_dspy.generation.drafts import DraftSegment, Passage, hand_over, keep_order
from podcast_dspy.generation.features import likeness, steps
from podcast_dspy.generation.hearing import Hearing
from podcast_dspy.generation.moves import alone, comes_to, only_does, tells_of_others
from podcast_dspy.generation.references import held_in
from podcast_dspy.generation.rows import Unit
from podcast_dspy.generation.sections import SectionKind
from podcast_dspy.signatures.types import SegmentType

LOADED = "The levels of AST, CK-MB, LDH, SOD, GPx and TBARS fell."
TEXTS = (
    "Rats were fed with basil for seven weeks.",
    "Their livers had less fat than those of others.",
    "Nobody had expected so much of a herb.",
    LOADED,
    "Hearts stayed healthy with basil.",
    "People cook with it in many countries.",
)


def units(*texts: str, kind: SectionKind = "results", points: tuple[int, ...] = ()) -> list[Unit]:
    return [
        Unit(
            text=text, atom_id="p", order=order, kind=kind, section="S", importance=0.5, concepts=(), figures=(),
            defines=False, opens=not order, follows=bool(order), points=order in points,
            held=held_in(text, {}), closes=order == len(texts) - 1,
        )
        for order, text in enumerate(texts)
    ]  # fmt: skip


def followed(run: list[Unit], said: tuple[int, ...] = ()) -> list[int]:
    hearing = Hearing("Basil", run, likeness(run))
    for order in said:
        hearing.tell(run[order])
    passage = hearing.passage([unit for unit in run if unit.order not in said], 200.0)
    return [unit.order for unit in passage.said] if passage else []


def test_what_is_held_in_mind() -> None:
    text = "OSEO lowered thiobarbituric acid by 2.5% in DNA of rats fed a high-cholesterol diet."
    held = held_in(text, {"HC": "high-cholesterol"})
    assert {"2.5", "HC", "OSEO"} <= held
    assert not held & {"DNA", "rat", "diet", "cholesterol"}, "what everybody says, or an acronym stands for"
    assert len(held) == 4


def test_a_passage_ends_before_a_sentence_with_more_than_anybody_holds_but_in_the_abstract() -> None:
    assert followed(units(*TEXTS)) == [0, 1, 2]
    assert followed(units(*TEXTS, kind="abstract")) == [0, 1, 2, 3, 4, 5]


def test_names_that_were_heard_weigh_nothing() -> None:
    run = units(*TEXTS)
    hearing = Hearing("Basil", run, likeness(run))
    assert hearing.load([run[3]]) == 6.0
    hearing.heard |= {"AST", "CK-MB", "LDH"}
    assert hearing.load([run[3]]) == 3.0
    passage = hearing.passage(run, 200.0)
    assert passage is not None
    assert [unit.order for unit in passage.said] == [0, 1, 2, 3, 4, 5]


def test_what_was_said_is_not_said_again_in_other_words() -> None:
    first, again = (
        "Early stopping protects a network from wrong labels.",
        "A network is protected from wrong labels by early stopping.",
    )
    others = ("Bread is baked in an oven.", "Rivers flow to the sea.", "Horses sleep standing.")
    assert followed(units(first, *others, again), said=(0,)) == [1, 2, 3]
    assert followed(units(first, again, *others), said=(0,)) == [2, 3, 4]
    assert followed(units(first, again, *others, points=(2,)), said=(0,)) == [], (
        "it takes up what is left out"
    )


@pytest.mark.parametrize(
    ("raw", "others"),
    [
        ("Lipids have been shown to harm vessels.", True),
        ("Various markers have been developed.", True),
        ("Smith et al. report that rats like basil.", True),
        ("Rats like basil [12].", True),
        ("Ann and Berg (1999) report that rats like basil.", True),
        ("We have shown that rats like basil [12].", False),
        ("This study has shown that rats like basil.", False),
        ("Rats like basil (Figure 2).", False),
        ("Any sensible schedule will do.", False),
    ],
)
def test_whose_work_a_sentence_tells(raw: str, others: bool) -> None:
    assert tells_of_others(raw) is others


def test_what_results_come_to() -> None:
    assert comes_to("Our results demonstrate that basil lowers cholesterol.")
    assert comes_to("High levels found in the present work showed that the markers are suitable.")
    assert not comes_to("Rats like basil.")
    assert not comes_to("These results suggest that it is healthy."), "what it stands for is not said"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "So the present study was conducted to test basil.",
            "The present study was conducted to test basil.",
        ),
        ("Therefore, we test basil.", "We test basil."),
        ("So they were tested here.", "So they were tested here."),
        ("But we test basil.", "But we test basil."),
    ],
)
def test_own_work_stands_without_the_gap_that_it_follows_from(text: str, told: str) -> None:
    assert alone(text) == told


def test_a_step_is_what_nobody_does() -> None:
    assert only_does("Fresh leaves were washed in tap water.")
    assert only_does("The seeds were hand-sorted.")
    assert not only_does("We washed the leaves, which were collected in May.")
    assert not only_does("The network has one layer.")


def test_steps_that_the_abstract_tells_are_none() -> None:
    texts = (
        "The growth of a fungus on maize grains is studied.",
        "Growth was studied on maize grains.",
        "The glass was washed with water.",
        "The glass was dried.",
        "It grew.",
    )
    told = [replace(one, kind="method" if one.order else "abstract") for one in units(*texts)]
    assert steps(told, [1.0, 0.1, 0.1, 0.1, 0.9]) == {2, 3}, "the abstract says half of the first"
    assert steps(told, [1.0, 0.1, 0.8, 0.1, 0.1]) == {3}, "the second is near it"
    announced = [replace(one, announced=True) for one in told]
    assert steps(announced, [1.0, 0.1, 0.1, 0.1, 0.9]) == frozenset()


def segment(kind: SegmentType, budget: int, share: float, *orders: int) -> DraftSegment:
    row = units(*TEXTS)
    return DraftSegment(kind, share, budget, [Passage([row[order]]) for order in orders])


def test_words_that_a_stretch_does_not_need_go_to_the_others() -> None:
    method, result = (
        segment(SegmentType.METHODOLOGY, 100, 0.5, 0),
        segment(SegmentType.KEY_FINDING, 100, 0.5, 1),
    )
    hand_over([method, result], method, 40)
    assert (method.budget, result.budget) == (40, 160)
    assert method.share + result.share == pytest.approx(1.0)
    assert result.share == pytest.approx(0.8)


def test_passages_stand_as_the_paper_has_them_unless_a_term_would_come_too_early() -> None:
    stretch = segment(SegmentType.BACKGROUND, 100, 1.0, 0, 4, 3)
    keep_order([stretch], stretch)
    assert [unit.order for unit in stretch.units] == [0, 3, 4]
