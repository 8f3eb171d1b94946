"""Laws of the canonical sequence, of depths and of common phrases."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from podcast_dspy.profiles.profile import DEPTH_RANGES, EpisodeFigures, depth_of, depth_targets
from podcast_dspy.profiles.synthesis import canonical_stretches, common_length, common_phrases
from podcast_dspy.settings import PodcastDepth
from podcast_dspy.signatures.types import SEGMENT_TYPES, SegmentType


def _merged(kinds: list[SegmentType]) -> list[SegmentType]:
    return [kind for index, kind in enumerate(kinds) if index == 0 or kinds[index - 1] is not kind]


_SEQUENCE = st.lists(st.sampled_from(SEGMENT_TYPES), min_size=1, max_size=14).map(_merged)


def _even(sequences: list[list[SegmentType]]) -> list[list[float]]:
    return [[1.0 / len(sequence)] * len(sequence) for sequence in sequences]


@settings(deadline=None)
@given(st.lists(_SEQUENCE, min_size=1, max_size=5))
def test_no_two_neighbours_are_equal_and_every_member_has_the_type(
    sequences: list[list[SegmentType]],
) -> None:
    stretches = canonical_stretches(sequences, _even(sequences))
    kinds = [stretch.segment_type for stretch in stretches]
    assert kinds == _merged(kinds)
    for stretch in stretches:
        assert 0.0 < stretch.support <= 1.0
        for sequence, members in zip(sequences, stretch.members, strict=True):
            assert all(sequence[i] is stretch.segment_type for i in members)


@settings(deadline=None)
@given(st.lists(_SEQUENCE, min_size=1, max_size=5))
def test_each_podcast_passes_through_the_runs_in_order(sequences: list[list[SegmentType]]) -> None:
    stretches = canonical_stretches(sequences, _even(sequences))
    for podcast in range(len(sequences)):
        places = [i for stretch in stretches for i in stretch.members[podcast]]
        assert places == sorted(set(places))


@settings(deadline=None)
@given(_SEQUENCE, st.integers(1, 4))
def test_podcasts_that_agree_are_their_own_canonical_sequence(
    sequence: list[SegmentType], copies: int
) -> None:
    stretches = canonical_stretches([sequence] * copies, _even([sequence] * copies))
    assert [stretch.segment_type for stretch in stretches] == sequence
    assert all(stretch.support == 1.0 for stretch in stretches)


def test_the_majority_decides() -> None:
    t = SegmentType
    usual = [t.INTRO, t.PROBLEM_STATEMENT, t.METHODOLOGY, t.KEY_FINDING, t.CONCLUSION]
    odd = [t.TANGENT, t.INTRO, t.METHODOLOGY, t.LIMITATION, t.CONCLUSION]
    stretches = canonical_stretches([usual, usual, odd], _even([usual, usual, odd]))
    assert [stretch.segment_type for stretch in stretches] == usual


@settings(deadline=None)
@given(_SEQUENCE, _SEQUENCE)
def test_common_length_is_symmetric_and_bounded(a: list[SegmentType], b: list[SegmentType]) -> None:
    assert common_length(a, b) == common_length(b, a) <= min(len(a), len(b))
    assert common_length(a, a) == len(a)


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(
            st.floats(60, 4000), st.integers(1, 40), st.lists(st.integers(0, 9), max_size=8), st.floats(0, 1)
        ),
        min_size=1,
        max_size=5,
    )
)
def test_every_depth_has_a_target_within_its_range(rows: list[tuple[float, int, list[int], float]]) -> None:
    episodes = [EpisodeFigures(f"p{i}", s, n, tuple(c), f) for i, (s, n, c, f) in enumerate(rows)]
    targets = depth_targets(episodes)
    assert set(targets) == set(PodcastDepth)
    cited = [pair for target in targets.values() for pair in target.example_pair_ids]
    assert len(cited) == len(set(cited))
    for depth, target in targets.items():
        low, high = DEPTH_RANGES[depth]
        shortest, longest = target.duration_range
        assert low <= shortest <= longest <= high
        assert 1 <= target.segment_count_range[0] <= target.segment_count_range[1]
        assert target.concepts_per_segment[0] <= target.concepts_per_segment[1]


def test_deeper_targets_are_scaled_up_from_short_podcasts() -> None:
    targets = depth_targets([EpisodeFigures("short", 300.0, 15, (1, 2, 3), 0.4)])
    assert targets[PodcastDepth.OVERVIEW].example_pair_ids == ("short",)
    assert targets[PodcastDepth.STANDARD].example_pair_ids == ()
    counts = [targets[depth].segment_count_range[1] for depth in PodcastDepth]
    assert counts == sorted(counts)
    assert counts[0] < counts[-1]


def test_a_length_between_the_depths_belongs_to_none() -> None:
    assert depth_of(450.0) is None
    assert depth_of(310.0) is PodcastDepth.OVERVIEW
    assert depth_of(7200.0) is PodcastDepth.COMPREHENSIVE


def test_phrases_count_as_common_only_across_podcasts() -> None:
    lists = [
        ["Let's look at what they did.", "So, onwards.", "So, onwards!"],
        ["Now let's look at what they did.", "Something else entirely here."],
        ["And that is that."],
    ]
    assert common_phrases(lists) == ("Let's look at what they did.",)
    assert common_phrases([lists[0]]) == ()
