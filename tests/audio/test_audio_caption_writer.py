"""Captions: where they are cut, how they are written, and what players make of them."""

from __future__ import annotations

import json
import re
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from podcast_dspy.audio import (
    Chapter,
    TranscriptionResult,
    TranscriptSegment,
    WordTimestamp,
    to_chapters_json,
    to_srt,
    to_transcript_json,
    to_vtt,
    word_times_for,
)
from podcast_dspy.audio.caption_reader import parse_captions
from podcast_dspy.audio.durations import stressed
from podcast_dspy.audio.metadata import cues_of, cut_cues, lines_of, stay

TEXT = (
    "The tide comes in twice a day, and for a long time nobody could say why it does. Fishermen knew the hours by "
    "heart, because their boats depended on them; scholars had a theory, which was wrong. Then somebody looked up. The "
    "moon that pulls the sea towards it also lifts the rock beneath our feet by about a hand's breadth."
)


def _cut(text: str, pace: float = 2.6) -> list:
    return cut_cues(word_times_for(text, (0.0, len(text.split()) / pace)), None)


def test_captions_of_prose_end_with_clauses_and_phrases() -> None:
    cues = _cut(TEXT)
    assert " ".join(cue.text for cue in cues) == TEXT
    for cue in cues:
        words = cue.text.split()
        assert len(words) > 2
        assert stressed(words[-1].strip(".,;")) or words[-1][-1] in ".,;"
    marked = sum(cue.text[-1] in ".,;" for cue in cues)
    assert marked >= 0.6 * len(cues)
    assert "looked up." in {cue.text[-10:] for cue in cues}


WORDS = st.lists(
    st.sampled_from(
        "the rain of a north, which falls and. never extraordinarily is by night; it stops".split()
    ),
    min_size=1,
    max_size=70,
)


@settings(max_examples=60, deadline=None)
@given(WORDS, st.floats(1.5, 4.0))
def test_captions_keep_the_limits(words: list[str], pace: float) -> None:
    cues = stay(_cut(" ".join(words), pace))
    assert " ".join(cue.text for cue in cues).split() == words
    for cue in cues:
        assert all(len(line) <= 42 for line in lines_of(cue.text))
        assert len(lines_of(cue.text)) <= 2
        assert cue.end - cue.start <= 7.0 or len(cue.text.split()) == 1
    assert all(before.end <= after.start + 1e-9 for before, after in pairwise(cues))
    if len(words) > 1:
        assert all(len(cue.text.split()) > 1 for cue in cues)


def test_a_long_pause_ends_a_caption() -> None:
    words = [
        *word_times_for("one two three four", (0.0, 1.6)),
        *word_times_for("five six seven eight", (5.0, 6.6)),
    ]
    assert [cue.text for cue in cut_cues(words, None)] == ["one two three four", "five six seven eight"]


def test_a_short_caption_stays_for_a_second_if_it_can() -> None:
    cues = cut_cues(word_times_for("Yes, it does.", (0.0, 0.5)), None)
    assert [cue.end for cue in stay(cues)] == [1.0]
    late = cut_cues(word_times_for("So it rains.", (0.8, 1.9)), None)
    assert [cue.end for cue in stay([*cues, *late])] == [0.8, 1.9]


TOKENS = st.lists(
    st.sampled_from("we found 28 [12] GPUs, in 2017. really? extraordinary well-known <b> & no".split()),
    max_size=60,
)


def _transcription(texts: list[str], speaker: str | None = None) -> TranscriptionResult:
    segments, words, at = [], [], 0.0
    for number, text in enumerate(texts):
        end = at + 0.4 * len(text.split())
        segments.append(
            TranscriptSegment(
                segment_id=str(number),
                text=text,
                start_time=at,
                end_time=end,
                duration=end - at,
                speaker=speaker,
            )
        )
        words += word_times_for(text, (at, end))
        at = end + 0.5
    return TranscriptionResult(
        source_path="x.mp3",
        transcript_text=" ".join(texts),
        word_timestamps=tuple(words),
        segments=tuple(segments),
        total_duration=at,
        confidence=1.0,
    )


@settings(max_examples=100, deadline=None)
@given(TOKENS, st.floats(0, 5000), st.floats(0.1, 300))
def test_word_times_fill_the_span_in_order(tokens: list[str], start: float, length: float) -> None:
    words = word_times_for(" ".join(tokens), (start, start + length))
    assert [word.word for word in words] == tokens
    times = [time for word in words for time in (word.start_time, word.end_time)]
    assert times == sorted(times)
    if any(word != "[12]" and word not in "&<b>" for word in tokens):
        assert times[0] == start
        assert times[-1] == pytest.approx(start + length)


def test_longer_words_take_longer_and_numbers_are_heard() -> None:
    cat, number, long = word_times_for("cat 2017 extraordinary", (0.0, 9.0))
    lengths = [word.end_time - word.start_time for word in (cat, number, long)]
    assert lengths[0] < lengths[1]
    assert lengths[0] < lengths[2]


TEXTS = ["Hello there.", "A <fast> & loud one " + "with very many words " * 12 + "ends here."]


def test_cues_are_short_and_lose_nothing() -> None:
    transcription = _transcription(TEXTS)
    cues = cues_of(transcription)
    assert " ".join(cue.text for cue in cues) == transcription.transcript_text
    assert all(len(cue.text) <= 84 and cue.end - cue.start <= 7.01 for cue in cues)
    assert all(before.end <= after.start + 1e-9 for before, after in pairwise(cues))


def test_vtt_and_srt() -> None:
    transcription = _transcription(TEXTS, speaker="Ann")
    vtt, srt = to_vtt(transcription), to_srt(transcription)
    assert vtt.startswith("WEBVTT\n\n00:00:00.000 --> 00:00:01.000\n<v Ann>Hello there.\n")
    assert "&lt;fast&gt; &amp; loud" in vtt
    assert srt.startswith("1\n00:00:00,000 --> 00:00:01,000\nAnn: Hello there.\n\n2\n")
    assert len(re.findall(r"-->", vtt)) == len(re.findall(r"-->", srt)) == len(cues_of(transcription))


def test_json_files() -> None:
    chapters = [Chapter(title="Zwei é", start=5.0, end=9.5), Chapter(title="One", start=0.0, end=5.0)]
    data = json.loads(to_chapters_json(chapters))
    assert data["version"] == "1.2.0"
    assert [entry["title"] for entry in data["chapters"]] == ["One", "Zwei é"]
    assert data["chapters"][1]["startTime"] == 5.0
    transcript = json.loads(to_transcript_json(_transcription(TEXTS, speaker="Ann")))
    assert transcript["segments"][0] == {
        "speaker": "Ann",
        "startTime": 0.0,
        "endTime": 1.0,
        "body": "Hello there.",
    }


def test_words_of_a_script_without_recognition() -> None:
    bare = _transcription(TEXTS).model_copy(
        update={"word_timestamps": (WordTimestamp(word="x", start_time=0, end_time=1, confidence=1),)}
    )
    assert " ".join(cue.text for cue in cues_of(bare)) == bare.transcript_text


@given(
    st.lists(
        st.sampled_from("a we found that extraordinary well-known measurements hold".split()), max_size=60
    )
)
def test_captions_have_two_lines_of_at_most_42_characters(words: list[str]) -> None:
    result = _transcription([" ".join(words)] if words else [])
    for block in to_srt(result).split("\n\n"):
        lines = block.strip().split("\n")[2:]
        assert len(lines) <= 2
        assert all(len(line) <= 42 for line in lines)
    assert " ".join(cue.text for cue in cues_of(result)).split() == words


def test_a_speaker_of_any_name_comes_back() -> None:
    result = _transcription(["Hello there."], speaker="Ann & <Bob>")
    assert {word.speaker for word in parse_captions(to_vtt(result))} == {"Ann & <Bob>"}
