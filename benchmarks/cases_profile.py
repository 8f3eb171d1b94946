"""A compiled profile of programs that learned nothing, for runs that only need some profile."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from podcast_dspy.generation.adjustments import Adjustments
from podcast_dspy.optimizers.artifacts import CompiledPrograms
from podcast_dspy.profiles import AggregatedProfile, CompiledProfile
from podcast_dspy.profiles.profile import DepthTarget
from podcast_dspy.settings import PodcastDepth
from podcast_dspy.signatures.types import SegmentType

__all__ = ["write_profile"]

SHARES = {
    SegmentType.INTRO: 0.1,
    SegmentType.PROBLEM_STATEMENT: 0.2,
    SegmentType.METHODOLOGY: 0.3,
    SegmentType.KEY_FINDING: 0.3,
    SegmentType.CONCLUSION: 0.1,
}


def write_profile(path: Path) -> Path:
    """Write it as the JSON file that `generate --profile` takes."""
    targets = {
        depth: DepthTarget(
            depth=depth,
            duration_range=(60.0, 240.0),
            segment_count_range=(3, 6),
            concepts_per_segment=(1, 3),
            figure_coverage=0.5,
        )
        for depth in PodcastDepth
    }
    profile = AggregatedProfile(
        canonical_segment_sequence=tuple(SHARES),
        segment_duration_targets=dict.fromkeys(SHARES, (20.0, 60.0)),
        segment_time_shares=tuple(SHARES.values()),
        depth_targets=targets,
        style_variants={},
        min_coverage=0.3,
        target_words_per_minute=(140.0, 160.0),
        target_concepts_per_minute=(1.0, 2.0),
        version="1",
        training_pairs_used=("none",),
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
    )
    envelope = CompiledProfile.of(
        CompiledPrograms(),
        profile,
        adjustments=Adjustments().model_dump(mode="json"),
        roles={"lm": "embedded"},
    )
    return envelope.save(path)
