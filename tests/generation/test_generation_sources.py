"""Where segments find their material: by the part of the paper, and never against their purpose."""

from __future__ import annotations

from dataclasses import replace

import pytest
from test_generation_fitting import unit

from podcast_dspy.generation.sources import may_say, source_weight
from podcast_dspy.generation.units import SectionKind
from podcast_dspy.signatures.types import SegmentType

T = SegmentType


def suits(kind: SegmentType, section: SectionKind) -> float:
    return source_weight(replace(unit(9, 1), kind=section), kind, {})


def test_sections_suit_their_segments() -> None:
    assert (
        suits(T.METHODOLOGY, "method") > suits(T.METHODOLOGY, "results") > suits(T.METHODOLOGY, "limitation")
    )
    assert suits(T.LIMITATION, "limitation") > suits(T.LIMITATION, "conclusion")
    assert suits(T.KEY_FINDING, "other") > 0.0, "no heading tells anything"
    learned = {T.METHODOLOGY: {"results": 2.0}}
    assert source_weight(replace(unit(9, 1), kind="results"), T.METHODOLOGY, learned) == 2.0


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
