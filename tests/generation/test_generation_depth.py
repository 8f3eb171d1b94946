"""Depth: more pictures in longer episodes, and where an episode falls short of what hosts reach."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_generation_planner import paper, profile

from podcast_dspy.generation.adjustments import Adjustments
from podcast_dspy.generation.doubts import thresholds_missed
from podcast_dspy.generation.drafts import DraftSegment, more_pictures
from podcast_dspy.generation.planner import plan_episode
from podcast_dspy.generation.script import Script, ScriptSegment
from podcast_dspy.profiles.profile import (
    DEPTH_RANGES,
    AggregatedProfile,
    DepthTarget,
    depth_of,
    nearest_depth,
)
from podcast_dspy.settings import PodcastDepth
from podcast_dspy.signatures.types import SegmentType as T


def deep(coverage: float = 1.0, runs: int = 20) -> AggregatedProfile:
    """A profile whose hosts spend 10 to 30 s on a picture; deep dives discuss this share of the pictures."""
    target = DepthTarget(
        depth=PodcastDepth.DEEP_DIVE,
        duration_range=(1200, 1800),
        segment_count_range=(4, runs),
        concepts_per_segment=(1, 3),
        figure_coverage=coverage,
    )
    return profile(depth_targets={PodcastDepth.DEEP_DIVE: target})


def runs(*budgets: int) -> list[DraftSegment]:
    """An introduction, and runs about pictures with these budgets."""
    whole = 100 + sum(budgets)
    kinds = [T.INTRO, *[T.FIGURE_DISCUSSION] * len(budgets)]
    return [
        DraftSegment(kind, budget / whole, budget)
        for kind, budget in zip(kinds, (100, *budgets), strict=True)
    ]


def pictures_of(segments: list[DraftSegment]) -> int:
    return sum(run.segment_type is T.FIGURE_DISCUSSION for run in segments)


def test_a_deep_dive_discusses_more_pictures_and_an_overview_does_not() -> None:
    assert pictures_of(more_pictures(runs(400), deep(), seconds=1500, pictures=4, topic_words=24)) == 4
    assert pictures_of(more_pictures(runs(400), deep(0.5), seconds=1500, pictures=4, topic_words=24)) == 2
    assert pictures_of(more_pictures(runs(400), deep(), seconds=30, pictures=4, topic_words=24)) == 1
    assert pictures_of(more_pictures(runs(400), profile(), seconds=1500, pictures=4, topic_words=24)) == 1, (
        "no such depth"
    )


def test_there_are_no_more_runs_than_the_depth_has() -> None:
    assert len(more_pictures(runs(400), deep(runs=3), seconds=1500, pictures=9, topic_words=24)) == 3


@given(st.lists(st.integers(24, 900), min_size=1, max_size=4), st.integers(0, 12), st.floats(60.0, 3600.0))
def test_splitting_loses_no_time(budgets: list[int], pictures: int, seconds: float) -> None:
    before = runs(*budgets)
    after = more_pictures(before, deep(), seconds=seconds, pictures=pictures, topic_words=24)
    assert sum(run.budget for run in after) == sum(run.budget for run in before)
    assert sum(run.share for run in after) == pytest.approx(sum(run.share for run in before))
    assert all(run.budget >= 24 for run in after)
    assert pictures_of(after) <= max(len(budgets), pictures)


def test_the_plan_of_a_deep_dive_names_more_pictures() -> None:
    graph = paper(30)
    second = graph.atoms[-1].model_copy(
        update={
            "atom_id": "fig2",
            "figure_number": "2",
            "caption": "Figure 2: Misses of every policy by trace.",
        }
    )
    graph = graph.model_copy(update={"atoms": (*graph.atoms, second)})
    plan = plan_episode(graph, deep(), Adjustments(), seconds=1300).plan
    assert {name for segment in plan.segments for name in segment.figure_ids} == {"fig", "fig2"}


@given(st.floats(1.0, 20_000.0))
def test_every_length_has_a_nearest_depth(seconds: float) -> None:
    assert nearest_depth(seconds) in DEPTH_RANGES
    if any(low <= seconds <= high for low, high in DEPTH_RANGES.values()):
        assert nearest_depth(seconds) is depth_of(seconds)


def script(*texts: str) -> Script:
    return Script(
        title="t",
        paper_title="t",
        document_id="d",
        segments=tuple(
            ScriptSegment(segment_id=str(i), segment_type=T.METHODOLOGY, text=text)
            for i, text in enumerate(texts)
        ),
    )


def test_what_every_host_reaches_is_missed_only_where_it_is() -> None:
    graph = paper()
    named, silent = script("This is about topic two."), script("This is about nothing at all.")
    assert thresholds_missed(named, graph, profile()) == ()
    (thin,) = thresholds_missed(silent, graph, profile())
    assert thin.kind == "thin-coverage"
    assert (
        "names 0% of the paper's key concepts by weight, every host of the profile at least 50%"
        in thin.message
    )
    unknown = graph.model_copy(update={"key_concepts": ()})
    assert thresholds_missed(silent, unknown, profile()) == (), "nothing is known to be missing"


def test_a_podcaster_aims_at_the_depth_that_it_was_compiled_for(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from podcast_dspy.generation import podcaster
    from podcast_dspy.generation.program import PodcastProgram

    asked: list[float] = []

    def voice_to_length(*arguments: object, seconds: float, **options: object) -> None:
        asked.append(seconds)
        raise InterruptedError

    monkeypatch.setattr(podcaster, "voice_to_length", voice_to_length)
    both = deep().depth_targets | profile().depth_targets
    made = podcaster.Podcaster(PodcastProgram(), profile(depth_targets=both), depth="deep_dive")
    for options in ({}, {"depth": "overview"}, {"minutes": 2.0}):
        with pytest.raises(InterruptedError):
            made(paper(), voice="embedded", **options)  # type: ignore[arg-type]
    assert asked == [1500.0, 240.0, 120.0]
