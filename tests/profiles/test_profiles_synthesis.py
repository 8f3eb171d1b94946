"""Synthesis of pairs into a profile, and what is shared."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest

from podcast_dspy.errors import SettingsError
from podcast_dspy.pairs.pair import TrainingPair
from podcast_dspy.profiles import AggregatedProfile, canonical_support, synthesize
from podcast_dspy.settings import PodcastDepth
from podcast_dspy.signatures.types import SegmentType

Make = Callable[..., TrainingPair]


@pytest.fixture
def profile(make_pair: Make) -> AggregatedProfile:
    return synthesize(
        [make_pair("one"), make_pair("two", drop="tangent"), make_pair("three", drop="tangent")]
    )


def test_shares_sum_to_one_and_follow_the_sequence(profile: AggregatedProfile) -> None:
    sequence = profile.canonical_segment_sequence
    assert sequence[0] is SegmentType.INTRO
    assert sequence[-1] is SegmentType.CONCLUSION
    assert SegmentType.TANGENT not in sequence
    assert all(a is not b for a, b in pairwise(sequence))
    assert len(profile.segment_time_shares) == len(sequence)
    assert sum(profile.segment_time_shares) == pytest.approx(1.0, abs=1e-9)
    assert all(share > 0.0 for share in profile.segment_time_shares)


def test_everything_is_measured(profile: AggregatedProfile) -> None:
    assert profile.training_pairs_used == ("one", "two", "three")
    assert set(profile.style_variants) == {"female_one", "female_two", "female_three"}
    assert set(profile.depth_targets) == set(PodcastDepth)
    low, high = profile.target_words_per_minute
    assert 100.0 < low <= high < 200.0
    assert SegmentType.TANGENT in profile.segment_duration_targets
    assert all(0.0 < a <= b for a, b in profile.segment_duration_targets.values())
    # Two of three key concepts are spoken of; the third weighs 0.1 of 1.9.
    assert profile.min_coverage == pytest.approx(1.8 / 1.9)
    assert "Hello and welcome" in profile.universal_intro_patterns
    assert "Take a look at {figure}." in profile.universal_figure_patterns


def test_support_is_reported(make_pair: Make) -> None:
    support = canonical_support([make_pair("one"), make_pair("two", drop="limitation")])
    assert dict(support)[SegmentType.INTRO] == 1.0
    assert dict(support).get(SegmentType.LIMITATION, 0.5) == 0.5


def test_pairs_must_be_there_and_analysed(make_pair: Make) -> None:
    with pytest.raises(SettingsError, match="at least one"):
        synthesize([])
    with pytest.raises(SettingsError, match="not analysed"):
        synthesize([make_pair("raw", analysed=False)])
