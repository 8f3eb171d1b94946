"""Dialogues: who says what reaches the script, the voices and the captions, and is never spoken as a label."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lm_parts import ASKED, INVENTED, SAID, Host, field
from lm_servers import Plain, running
from test_generation_capable import SECONDS, paper
from test_generation_planner import profile

from podcast_dspy import lms
from podcast_dspy.audio import to_srt, to_transcript_json, to_vtt
from podcast_dspy.audio.durations import REPLY_PAUSE, SEGMENT_PAUSE, TURN_PAUSE, duration_model
from podcast_dspy.errors import SettingsError
from podcast_dspy.generation.episode_writer import EpisodeWriter
from podcast_dspy.generation.pacing import Pace
from podcast_dspy.generation.podcaster import Podcaster
from podcast_dspy.generation.program import PodcastProgram, writer_for
from podcast_dspy.generation.script import Paragraph, WrittenEpisode
from podcast_dspy.generation.voiced_script import script_alignment, script_transcription
from podcast_dspy.generation.voicing import voice_script
from podcast_dspy.profiles.profile import Conversation
from podcast_dspy.testing import FakeVoice

pytestmark = pytest.mark.models

SHARED = Conversation(
    explainer_share=0.8, explainer_turn_words=60, asker_turn_words=12, asking_turns=0.5, explainer_questions=0.1,
    asker_begins=("Right so",),
)  # fmt: skip


@pytest.fixture
def host() -> Host:
    return Host()


@pytest.fixture
def server(host: Host) -> Iterator[Any]:
    yield from running(Plain(host))


def write(server: Any, **learned: Any) -> WrittenEpisode:
    with lms.use(f"host@{server.url}", num_retries=0):
        return PodcastProgram().write(
            paper(), profile(**learned), seconds=SECONDS + 4.0, writer=EpisodeWriter(format="dialogue")
        )


def test_turns_say_who_speaks_and_the_text_does_not(server: Any) -> None:
    script = write(server).script
    assert [[turn.speaker for turn in one.turns] for one in script.segments] == [["asker", "explainer"]] * 3
    assert [one.text for one in script.segments] == [f"{ASKED} {said}" for said in SAID]
    assert "asker" not in script.text.lower()
    assert script.lines.startswith(f"Asker: {ASKED}\n\nExplainer: {SAID[0]}")


def test_the_writer_is_told_how_such_hosts_share_an_episode(host: Host, server: Any) -> None:
    write(server, dialogue=profile(conversation=SHARED, target_words_per_minute=(150.0, 150.0)))
    prompts = dict(host.asked)
    assert "about 80% of the words" in field(prompts["turns"], "style")
    assert "“Right so ...”" in field(prompts["turns"], "style")
    assert "Two hosts tell it" in field(prompts["rundown"], "shape")


def test_an_edit_leaves_a_turn_to_its_speaker(host: Host, server: Any) -> None:
    host.also = INVENTED
    script = write(server).script
    (revision,) = [prompt for part, prompt in host.asked if part == "revised"][:1]
    assert f"[3, asker, 3 words] {ASKED}" in field(revision, "script")
    assert INVENTED not in script.text
    assert [turn.speaker for turn in script.segments[1].turns] == ["asker", "explainer"]


def test_a_sentence_is_reviewed_with_the_question_that_it_answers(host: Host, server: Any) -> None:
    write(server)
    claims = json.loads(field(dict(host.asked)["verdicts"], "sentences"))
    first = next(claim for claim in claims if SAID[1].startswith(claim["sentence"]))
    assert first["before"] == ASKED


def test_a_script_by_one_of_the_two_is_asked_for_again(host: Host, server: Any) -> None:
    def alone(part: str, prompt: str) -> str | None:
        if part != "turns" or "only one" in prompt:
            return None
        turns = host._turns(prompt)["turns"]
        return json.dumps({"turns": [{**turn, "speaker": "explainer"} for turn in turns]})

    host.spoil = alone
    write(server)
    assert [part for part, _ in host.asked].count("turns") == 2


def test_two_voices_speak_in_turn_and_captions_name_them(server: Any, tmp_path: Path) -> None:
    written = write(server).script
    with (
        FakeVoice(0.3, 8000, "one:a").installed() as explains,
        FakeVoice(0.5, 16_000, "two:b", level=0.1).installed() as asks,
    ):
        script, narration = voice_script(written, "one:a", second_voice="two:b", speech_cache=tmp_path)
        assert set(asks.said) == {ASKED}
        assert ASKED not in explains.said
    (question, answer) = script.segments[0].turns
    assert question.start_time == 0.0
    assert question.end_time == pytest.approx(1.5, abs=0.01)
    assert answer.start_time == pytest.approx(1.5 + REPLY_PAUSE, abs=0.01)
    assert script.segments[0].end_time == answer.end_time
    assert narration.sample_rate == 16_000
    said = script_transcription(script, narration)
    assert [one.speaker for one in said.segments] == ["Asker", "Explainer"] * 3
    assert f"<v Asker>{ASKED}" in to_vtt(said)
    assert f"Asker: {ASKED}" in to_srt(said)
    assert {one["speaker"] for one in json.loads(to_transcript_json(said))["segments"]} == {
        "Asker",
        "Explainer",
    }
    assert len(script_alignment(script)) == 3


def test_each_voice_takes_its_own_time() -> None:
    slow, fast = duration_model("kokoro:am_michael"), duration_model("kokoro:af_heart")
    assert slow is not None
    assert fast is not None
    turns = [Paragraph(0, SAID[0], speaker="explainer"), Paragraph(0, ASKED, speaker="asker")]
    both = Pace(150.0, fast, asker=slow).lengths(turns, 1)[0]
    assert both == pytest.approx(fast.predict(SAID[0]) + slow.predict(ASKED) + TURN_PAUSE + SEGMENT_PAUSE)


def test_a_small_model_holds_no_conversation() -> None:
    with pytest.raises(SettingsError, match="capable LM"):
        writer_for("embedded", "dialogue")
    podcaster = Podcaster(PodcastProgram(), profile(), lm="openai/gpt-5-mini")
    with pytest.raises(SettingsError, match="both hosts"):
        podcaster(paper(), minutes=4, episode_format="dialogue", voice="piper:joe", second_voice="piper:joe")
    with pytest.raises(SettingsError, match="--format dialogue"):
        podcaster(paper(), minutes=4, second_voice="piper:joe")
