"""Depth: what a longer or shorter episode does with a profile's targets, and whether it reaches what hosts do."""

from __future__ import annotations

from collections.abc import Sequence

from podcast_dspy.analysis.language import vocabulary_of
from podcast_dspy.confidence import Doubt
from podcast_dspy.documents.graph import DocumentGraph
from podcast_dspy.generation.drafts import ROOM, DraftSegment
from podcast_dspy.generation.script import Script
from podcast_dspy.profiles.depths import nearest_depth
from podcast_dspy.profiles.profile import AggregatedProfile
from podcast_dspy.signatures.types import SegmentType

__all__ = ["more_pictures", "thresholds_missed"]

_FIGURE = SegmentType.FIGURE_DISCUSSION


def more_pictures(
    segments: Sequence[DraftSegment], profile: AggregatedProfile, *, seconds: float, pictures: int
) -> list[DraftSegment]:
    """The runs of an episode of `seconds`, with runs about pictures that no host took that long for split in two.

    A deep dive then discusses more pictures instead of one for minutes: at most the depth's share of the paper's
    (`figure_coverage`), and in all no more runs than the depth has (`segment_count_range`).
    """
    runs = list(segments)
    target = profile.depth_targets.get(nearest_depth(seconds))
    longest = profile.segment_duration_targets.get(_FIGURE)
    if target is None or longest is None:
        return runs
    while True:
        about = [run for run in runs if run.segment_type is _FIGURE]
        if not about or len(about) >= round(target.figure_coverage * pictures):
            return runs
        big = max(about, key=lambda run: run.share)
        if (
            big.share * seconds <= longest[1]
            or big.budget < 2 * ROOM
            or len(runs) >= target.segment_count_range[1]
        ):
            return runs
        place = next(index for index, run in enumerate(runs) if run is big)
        half = big.budget // 2
        runs[place : place + 1] = [
            DraftSegment(_FIGURE, big.share / 2.0, budget) for budget in (half, big.budget - half)
        ]


def thresholds_missed(script: Script, graph: DocumentGraph, profile: AggregatedProfile) -> tuple[Doubt, ...]:
    """Where an episode falls short of what every host of the profile reaches: how much of the paper it names.

    Measured as on the hosts: key concepts that some segment names, by their importance (`min_coverage`).
    """
    whole = sum(concept.importance for concept in graph.key_concepts)
    if whole <= 0.0:
        return ()
    vocabulary = vocabulary_of(graph)
    said = {name for segment in script.segments for name in vocabulary.concepts_in(segment.text)}
    share = sum(concept.importance for concept in graph.key_concepts if concept.name in said) / whole
    if share >= profile.min_coverage:
        return ()
    return (
        Doubt(
            kind="thin-coverage",
            severity=0.2,
            message=f"the episode names {share:.0%} of the paper's key concepts by weight, every host of the profile "
            f"at least {profile.min_coverage:.0%}; ask for more --minutes or a deeper --depth",
        ),
    )
