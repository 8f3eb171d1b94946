"""Structure loss: time, not granularity."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podcast_dspy.analysis.results import AlignedSegment
from podcast_dspy.audio.transcript import TranscriptSegment
from podcast_dspy.errors import UsageError
from podcast_dspy.generation.script import EpisodePlan, PlannedSegment, ScriptSegment
from podcast_dspy.metrics import calculate_structure_loss
from podcast_dspy.signatures.types import SEGMENT_TYPES, SegmentType

Timeline = list[tuple[SegmentType, int]]
TIMELINES = st.lists(st.tuples(st.sampled_from(SEGMENT_TYPES), st.integers(5, 60)), min_size=1, max_size=12)


def reference(timeline: Timeline, parts: int = 1) -> list[AlignedSegment]:
    found = []
    clock = 0.0
    for kind, seconds in timeline:
        for _ in range(parts):
            end = clock + seconds / parts
            heard = TranscriptSegment(
                segment_id=f"s{len(found)}", text="x", start_time=clock, end_time=end, duration=end - clock
            )
            found.append(
                AlignedSegment(segment_id=heard.segment_id, transcript_segment=heard, segment_type=kind)
            )
            clock = end
    return found


def generated(timeline: Timeline, parts: int = 1, *, voiced: bool = True) -> list[ScriptSegment]:
    return [
        ScriptSegment(
            segment_id=one.segment_id,
            segment_type=one.segment_type,
            text="word " * round(one.transcript_segment.duration * 12),
            start_time=one.transcript_segment.start_time if voiced else None,
            end_time=one.transcript_segment.end_time if voiced else None,
        )
        for one in reference(timeline, parts)
    ]


@given(TIMELINES, st.integers(1, 5), st.integers(1, 5))
def test_granularity_adds_nothing(timeline: Timeline, ours: int, theirs: int) -> None:
    loss, details = calculate_structure_loss(generated(timeline, ours), reference(timeline, theirs))
    assert loss == pytest.approx(0, abs=1e-9)
    assert details["segment_type_accuracy"] == 1


@given(TIMELINES)
def test_words_stand_for_time_before_voicing(timeline: Timeline) -> None:
    loss, _ = calculate_structure_loss(generated(timeline, voiced=False), reference(timeline))
    assert loss == pytest.approx(0, abs=1e-9)


@given(TIMELINES, TIMELINES)
def test_it_stays_between_0_and_1(ours: Timeline, theirs: Timeline) -> None:
    loss, details = calculate_structure_loss(generated(ours), reference(theirs))
    assert 0 <= loss <= 1
    assert 0 <= details["sequence_similarity"] <= 1
    assert 0 <= details["segment_type_accuracy"] <= 1


def test_granularity_costs_nothing() -> None:
    timeline: Timeline = [(SegmentType.METHODOLOGY, 590)]
    loss, _ = calculate_structure_loss(generated(timeline, 59), reference(timeline, 149))
    assert loss == 0


def test_disjoint_types_lose_everything() -> None:
    loss, _ = calculate_structure_loss(
        generated([(SegmentType.INTRO, 30)]), reference([(SegmentType.CONCLUSION, 30)])
    )
    assert loss == 1


def test_order_counts() -> None:
    timeline: Timeline = [(kind, 30) for kind in SEGMENT_TYPES[:5]]
    loss, details = calculate_structure_loss(generated(timeline[::-1]), reference(timeline))
    assert details["distribution_similarity"] == pytest.approx(1)
    assert loss > 0.2


def test_feedback_names_the_segment_and_both_shares() -> None:
    ours: Timeline = [(SegmentType.INTRO, 60), (SegmentType.METHODOLOGY, 40)]
    theirs: Timeline = [(SegmentType.INTRO, 10), (SegmentType.METHODOLOGY, 70), (SegmentType.LIMITATION, 20)]
    _, details = calculate_structure_loss(generated(ours), reference(theirs))
    told = " / ".join(line.text for line in details["feedback"])
    assert "segment 1 (intro) takes 60% of the time, 10% in the reference: shorten it" in told
    assert "no limitation segment" in told


@pytest.mark.parametrize("ours", [[], [("empty", "")], [("backwards", "x")]])
def test_bad_segments_are_refused(ours: list[tuple[str, str]]) -> None:
    segments = [
        ScriptSegment(
            segment_id=name,
            segment_type=SegmentType.INTRO,
            text=text,
            start_time=9.0 if name == "backwards" else None,
            end_time=3.0 if name == "backwards" else None,
        )
        for name, text in ours
    ]
    with pytest.raises(UsageError):
        calculate_structure_loss(segments, reference([(SegmentType.INTRO, 10)]))


def test_a_reference_without_segments_is_refused() -> None:
    with pytest.raises(UsageError, match="analyze"):
        calculate_structure_loss(generated([(SegmentType.INTRO, 10)]), [])


def test_with_a_plan_feedback_gives_seconds_over_budget() -> None:
    timeline: Timeline = [(SegmentType.INTRO, 20), (SegmentType.METHODOLOGY, 101)]
    plan = EpisodePlan(
        title="t",
        target_seconds=80,
        words_per_minute=150,
        segments=tuple(
            PlannedSegment(segment_id=f"s{place}", segment_type=kind, seconds=seconds, word_budget=10)
            for place, (kind, seconds) in enumerate(
                [(SegmentType.INTRO, 20.0), (SegmentType.METHODOLOGY, 60.0)]
            )
        ),
    )
    _, details = calculate_structure_loss(generated(timeline), reference(timeline), plan=plan)
    assert [line.text for line in details["feedback"]] == [
        "segment 2 (methodology) ran 41 s over its 60 s budget"
    ]
