"""What changed is told from the programs, not from what was done to them."""

from __future__ import annotations

import dspy
from hypothesis import given
from hypothesis import strategies as st

from podcast_dspy.generation.adjustments import Adjustments
from podcast_dspy.generation.program import PodcastProgram
from podcast_dspy.optimizers.trials import differences
from podcast_dspy.signatures.types import SegmentType


def test_equal_programs_do_not_differ() -> None:
    assert differences(PodcastProgram(), PodcastProgram()) == ()


def test_demonstrations_are_counted_by_content() -> None:
    before, after = PodcastProgram(), PodcastProgram()
    one, other = (dspy.Example(purpose="p", paper=text, paragraphs=[text]) for text in ("one", "other"))
    before.writer.script.demos, after.writer.script.demos = [one], [one, other]
    assert differences(before, after) == ("demonstrations of writer.script, 1 to 2, 1 of them new",)
    before.writer.script.demos = [dspy.Example(one)]
    after.writer.script.demos = [one]
    assert differences(before, after) == ()


def test_adjustments_are_named_with_their_values() -> None:
    before = PodcastProgram(Adjustments(type_scale={SegmentType.INTRO: 1.0}))
    after = PodcastProgram(
        Adjustments(words_per_minute=150.0, type_scale={SegmentType.INTRO: 1.5, SegmentType.TANGENT: 2.0})
    )
    assert differences(before, after) == (
        "words_per_minute, not set to 150",
        "type_scale, 2 entries",
    )


@given(st.floats(0.0, 9.0), st.floats(0.0, 9.0))
def test_a_knob_is_named_exactly_when_it_moved(was: float, now: float) -> None:
    found = differences(
        PodcastProgram(Adjustments(concept_weight=was)), PodcastProgram(Adjustments(concept_weight=now))
    )
    assert bool(found) == (was != now)
