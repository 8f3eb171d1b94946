"""Where segments find their material: by section, by what sentences say, and never against their purpose."""

from __future__ import annotations

from dataclasses import replace

import pytest
from test_generation_fitting import unit

from podcast_dspy.generation.sources import affinity, may_say
from podcast_dspy.generation.units import SectionKind
from podcast_dspy.signatures.types import SegmentType

T = SegmentType


def suits(kind: SegmentType, text: str, section: SectionKind = "introduction", order: int = 9) -> float:
    return affinity(replace(unit(order, 1), text=text, kind=section), kind, {})


def test_sections_suit_their_segments() -> None:
    text = "The cache holds five hundred objects."
    assert suits(T.METHODOLOGY, text, "method") > suits(T.METHODOLOGY, text, "results")
    assert suits(T.LIMITATION, text, "limitation") > suits(T.LIMITATION, text, "conclusion")
    learned = {T.METHODOLOGY: {"results": 2.0}}
    one = replace(unit(9, 1), text=text, kind="results")
    assert affinity(one, T.METHODOLOGY, learned) == 2.0


@pytest.mark.parametrize(
    ("kind", "better", "worse"),
    [
        (
            T.PROBLEM_STATEMENT,
            "Evidence of its effects is still lacking.",
            "They propose a method to find effects.",
        ),
        (T.PROBLEM_STATEMENT, "The effects have been seen in rats.", "Their approach finds effects in rats."),
        (T.BACKGROUND, "It has been known for a century.", "They show that it was known for a century."),
        (T.KEY_FINDING, "The rate falls to 42%.", "The batch size is 42."),
        (T.KEY_FINDING, "The seeds were dry.", "The seeds were sterilized."),
        (T.KEY_FINDING, "The cache wins.", "They propose a cache."),
        (T.PROBLEM_STATEMENT, "The effects are seen in rats.", "The assays were carried out in rats."),
        (T.METHODOLOGY, "The seeds were dry.", "The seeds were purchased from a shop."),
        (T.KEY_FINDING, "The rate falls.", "A false alarm occurs if the rate falls."),
    ],
)
def test_what_a_sentence_says_counts(kind: SegmentType, better: str, worse: str) -> None:
    assert suits(kind, better) > suits(kind, worse)


@pytest.mark.parametrize(
    ("kind", "section", "better", "worse"),
    [
        (T.PROBLEM_STATEMENT, "abstract", 0.2, 0.8),
        (T.BACKGROUND, "introduction", 0.5, 1.0),
        (T.CONCLUSION, "abstract", 1.0, 0.0),
        (T.INTRO, "abstract", 0.3, 0.9),
    ],
)
def test_where_it_stands_in_its_section_counts(
    kind: SegmentType, section: SectionKind, better: float, worse: float
) -> None:
    early, late = (
        affinity(replace(unit(9, 1), text="Caches forget.", kind=section, place=place), kind, {})
        for place in (better, worse)
    )
    assert early > late


def test_the_beginning_of_the_abstract_opens_an_episode() -> None:
    text = "Caches forget."
    assert suits(T.INTRO, text, "abstract", 0) > suits(T.INTRO, text, "abstract", 5)


@pytest.mark.parametrize(
    ("text", "admits"),
    [
        ("They tried it on only one data set.", True),
        ("It has not yet been tested in humans.", True),
        ("Future work should look at more languages.", True),
        ("Each host possesses only one block.", False),
        ("Stays of only a few hours are common.", False),
    ],
)
def test_only_a_caveat_follows_a_word_of_caution(text: str, admits: bool) -> None:
    one = replace(unit(9, 1), text=text, kind="discussion")
    assert may_say(one, T.LIMITATION) is admits
    assert may_say(replace(one, kind="limitation"), T.LIMITATION)
    assert may_say(one, T.KEY_FINDING)
