"""What is learned of how hosts share a dialogue, and that explainers and dialogues stay apart."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from podcast_dspy.audio import TranscriptSegment
from podcast_dspy.pairs import TrainingPair
from podcast_dspy.profiles import synthesize
from podcast_dspy.profiles.conversation import conversation_of

Make = Callable[..., TrainingPair]


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
