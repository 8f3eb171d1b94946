"""Profiles: what podcasts have in common, the conversation of two hosts, and the profile that comes along."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import podcast_dspy
from podcast_dspy.audio import TranscriptSegment
from podcast_dspy.errors import SettingsError
from podcast_dspy.generation.program import PodcastProgram
from podcast_dspy.pairs.pair import TrainingPair
from podcast_dspy.profiles import (
    DEFAULT_PROFILE,
    AggregatedProfile,
    CompiledProfile,
    synthesize,
)
from podcast_dspy.profiles.profile import (
    DEPTH_RANGES,
    EpisodeFigures,
    conversation_of,
    depth_of,
    depth_targets,
)
from podcast_dspy.profiles.synthesis import canonical_stretches, common_phrases
from podcast_dspy.settings import PodcastDepth
from podcast_dspy.signatures.types import SEGMENT_TYPES, SegmentType

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


def test_pairs_must_be_there_and_analysed(make_pair: Make) -> None:
    with pytest.raises(SettingsError, match="at least one"):
        synthesize([])
    with pytest.raises(SettingsError, match="not analysed"):
        synthesize([make_pair("raw", analysed=False)])


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
        assert any(stretch.members)
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
    assert all(all(stretch.members) for stretch in stretches)


def test_the_majority_decides() -> None:
    t = SegmentType
    usual = [t.INTRO, t.PROBLEM_STATEMENT, t.METHODOLOGY, t.KEY_FINDING, t.CONCLUSION]
    odd = [t.TANGENT, t.INTRO, t.METHODOLOGY, t.LIMITATION, t.CONCLUSION]
    stretches = canonical_stretches([usual, usual, odd], _even([usual, usual, odd]))
    assert [stretch.segment_type for stretch in stretches] == usual


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


def test_a_phrase_is_a_hosts_only_if_it_says_nothing_of_one_paper(make_pair: Make) -> None:
    def telling(name: str, *phrases: str) -> TrainingPair:
        pair = make_pair(name)
        assert pair.style_profile is not None
        style = pair.style_profile.model_copy(
            update={
                "transition_phrases": phrases,
                "figure_intro_pattern": "In {figure}, we see the {topic} sinking.",
            }
        )
        graph = pair.document_graph.model_copy(update={"document_id": name * 4})
        return pair.model_copy(update={"style_profile": style, "document_graph": graph})

    both = "Let's ask: who won the race?"
    pairs = [
        telling("one", "So our {topic} is stuck in a hollow.", "So far, so good.", both),
        telling("two", "Let's ask who won the race?"),
    ]
    found = synthesize(pairs)
    first, second = found.style_variants.values()
    assert first.transition_phrases == ("So far, so good.", both)
    assert second.transition_phrases == ("Let's ask who won the race?",)
    assert len(found.universal_transition_patterns) == 1
    alone = synthesize([pairs[0]])
    (style,) = alone.style_variants.values()
    assert style.transition_phrases == ("So far, so good.",)
    assert style.figure_intro_pattern == "Take a look at {figure}."


def said(*turns: tuple[str | None, str]) -> list[TranscriptSegment]:
    return [
        TranscriptSegment(
            segment_id=f"s{place}", text=text, start_time=place, end_time=place + 1, duration=1.0, speaker=who
        )
        for place, (who, text) in enumerate(turns)
    ]


TALK = said(
    ("Ann", "So how does it work?"),
    ("Bo", "Yeah so it takes the water from the air."),
    ("Bo", "And then it keeps what it took."),
    ("Ann", "So how long?"),
    ("Bo", "Yeah so that is a year or more, or do you doubt it?"),
    ("Ann", "Right."),
)


def test_who_says_most_explains() -> None:
    found = conversation_of([TALK])
    assert found is not None
    assert found.explainer_share == pytest.approx(29 / 38, abs=0.02)
    assert found.asker_turn_words == 3
    assert found.asking_turns == pytest.approx(2 / 3)
    assert found.explainer_questions == pytest.approx(1 / 3)


def test_turns_begin_as_several_do() -> None:
    found = conversation_of(
        [TALK, said(("Kowalczyk", "Yeah so."), ("Ann", "Kowalczyk said. Kowalczyk said."))]
    )
    assert found is not None
    assert found.asker_begins == ("So how",)
    assert found.explainer_begins == ("Yeah so",)


def test_one_speaker_holds_no_conversation() -> None:
    assert conversation_of([said((None, "Salt is wet."), (None, "It is."))]) is None


def in_turns(pair: TrainingPair) -> TrainingPair:
    """The pair with a speaker for each sentence in turn."""
    segments = tuple(
        one.model_copy(update={"speaker": "AB"[place % 2]})
        for place, one in enumerate(pair.transcription.segments)
    )
    return pair.model_copy(
        update={"transcription": pair.transcription.model_copy(update={"segments": segments})}
    )


def test_dialogues_do_not_touch_what_explainers_teach(make_pair: Make) -> None:
    alone = synthesize([make_pair("one"), make_pair("two", drop="limitation")])
    both = synthesize(
        [make_pair("one"), make_pair("two", drop="limitation"), in_turns(make_pair("three", drop="intro"))]
    )
    assert both.training_pairs_used == ("one", "two", "three")
    kept = {"created_at", "training_pairs_used", "dialogue"}
    assert both.model_dump(exclude=kept) == alone.model_dump(exclude=kept)
    assert both.conversation is None
    dialogue = both.of_format("dialogue")
    assert dialogue.training_pairs_used == ("three",)
    assert dialogue.conversation is not None
    assert both.of_format("explainer") is both


def test_a_profile_of_dialogues_alone_is_theirs(make_pair: Make) -> None:
    profile = synthesize([in_turns(make_pair("three"))])
    assert profile.dialogue is None
    assert profile.of_format("dialogue").conversation is not None


def test_lengths_are_those_of_episodes_with_times(make_pair: Make) -> None:
    def untimed(pair: TrainingPair) -> TrainingPair:
        assert pair.structure_profile is not None
        slow = pair.structure_profile.model_copy(update={"words_per_minute": 9.0})
        without = pair.transcription.model_copy(update={"timed": False})
        return pair.model_copy(update={"transcription": without, "structure_profile": slow})

    both = synthesize([make_pair("one"), untimed(make_pair("two"))])
    assert both.target_words_per_minute == synthesize([make_pair("one")]).target_words_per_minute
    assert synthesize([untimed(make_pair("two"))]).target_words_per_minute == (9.0, 9.0)


def test_it_was_learned_by_the_programs_of_this_version() -> None:
    """Otherwise a mended prompt would not reach those who compile nothing: `make profile` learns it anew."""
    stored = CompiledProfile.load(DEFAULT_PROFILE).program_state
    program = PodcastProgram()
    for name, predictor in program.named_predictors():
        state = stored[f"podcast.{name}"]
        assert isinstance(state, dict)
        assert state["signature"] == predictor.dump_state()["signature"], f"{name}: run `make profile`"  # type: ignore[index]


def test_it_comes_of_the_example_pairs_alone() -> None:
    demonstrations = [
        demo for _, part in podcast_dspy.load().program.named_predictors() for demo in part.demos
    ]
    examples = {path.name for path in (Path(__file__).parents[2] / "examples" / "pairs").iterdir()}
    assert {demo.get("pair_id") for demo in demonstrations} <= examples
