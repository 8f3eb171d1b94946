"""Transcripts from elsewhere: every format, gaps filled, mismatches refused."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from podcast_dspy.audio import transcribe, transcriber_key
from podcast_dspy.audio.caption_reader import parse_captions
from podcast_dspy.audio.importing import parse_json
from podcast_dspy.audio.transcript import RecognisedWord, sentence_groups
from podcast_dspy.audio.whisper import WhisperTranscriber
from podcast_dspy.audio.word_alignment import align_words
from podcast_dspy.errors import AudioError, InputError, UnknownNameError


@pytest.fixture
def recording(babble: Callable, write: Callable) -> Path:
    return write("talk.wav", babble(6.0))


def _import(recording: Path, name: str, text: str):
    file = recording.with_name(name)
    file.write_text(text, "utf-8")
    return transcribe(recording, stt=f"import:{file}")


def test_srt(recording: Path) -> None:
    result = _import(
        recording,
        "t.srt",
        "1\n00:00:00,500 --> 00:00:02,000\nAnn: Hello there,\nworld.\n\n"
        "2\n00:00:02,500 --> 00:00:04,000\nBob: It <i>works</i>!\n",
    )
    assert [(s.speaker, s.text) for s in result.segments] == [
        ("Ann", "Hello there, world."),
        ("Bob", "It works!"),
    ]
    assert result.segments[0].start_time == 0.5
    assert result.segments[0].end_time == pytest.approx(2.0)
    assert result.total_duration == pytest.approx(6.0)
    assert result.model == "import:t.srt"
    assert result.confidence == 1.0


@pytest.mark.parametrize(
    ("header", "said", "language"),
    [
        ("WEBVTT", "Bonjour, nous allons parler des modèles de langue et de la mémoire.", "fr"),
        ("WEBVTT", "Willkommen, heute geht es um das Lernen mit der Maschine und die Daten.", "de"),
        ("WEBVTT", "Welcome, and this is what we know of the memory in a machine.", "en"),
        ("WEBVTT\nLanguage: sv", "Hej.", "sv"),
        ("WEBVTT", "Mmh.", "en"),
    ],
)
def test_the_language_of_captions_is_read_or_guessed(
    recording: Path, header: str, said: str, language: str
) -> None:
    result = _import(recording, "t.vtt", f"{header}\n\n00:00.500 --> 00:05.000\n{said}\n")
    assert result.language == language


def test_vtt() -> None:
    words = parse_captions(
        "WEBVTT\n\nNOTE x\n\nintro\n00:01.000 --> 00:02.000 align:start\n<v Ann Lee>Salt &amp; pepper\n\n"
        "01:00:00.000 --> 01:00:01.500\nlate\n"
    )
    assert [word.word for word in words] == ["Salt", "&", "pepper", "late"]
    assert words[0].speaker == "Ann Lee"
    assert words[3].start == 3600.0


def test_json_kinds() -> None:
    whisper = {
        "language": "de",
        "segments": [
            {
                "start": 0,
                "end": 2,
                "text": "a b",
                "words": [
                    {"word": " a", "start": 0.0, "end": 0.5, "probability": 0.9},
                    {"word": " b", "start": 1.0, "end": 2.0, "probability": 0.5},
                ],
            }
        ],
    }
    words, language = parse_json(json.dumps(whisper), "x")
    assert language == "de"
    assert [(w.word, w.confidence) for w in words] == [("a", 0.9), ("b", 0.5)]
    whisperx = {
        "segments": [
            {
                "start": 0,
                "end": 3,
                "text": "a 7 b",
                "speaker": "S1",
                "words": [
                    {"word": "a", "start": 0.0, "end": 0.5, "score": 0.9},
                    {"word": "7"},
                    {"word": "b", "start": 2.0, "end": 3.0, "score": 0.5},
                ],
            }
        ]
    }
    words, _ = parse_json(json.dumps(whisperx), "x")
    assert [w.word for w in words] == ["a", "7", "b"]
    assert 0.5 <= words[1].start < words[1].end <= 2.0
    assert words[1].speaker == "S1"
    cpp = {
        "result": {"language": "en"},
        "transcription": [{"offsets": {"from": 500, "to": 1500}, "text": " one two"}],
    }
    words, language = parse_json(json.dumps(cpp), "x")
    assert (words[0].start, words[-1].end, language) == (0.5, 1.5, "en")
    podcasting = {
        "version": "1.0.0",
        "segments": [{"speaker": "Z", "startTime": 1, "endTime": 2, "body": "hi you"}],
    }
    words, _ = parse_json(json.dumps(podcasting), "x")
    assert (words[0].speaker, words[0].start, words[1].end) == ("Z", 1.0, 2.0)


def test_our_own_json_round_trip(recording: Path) -> None:
    first = _import(recording, "t.srt", "1\n00:00:00,500 --> 00:00:02,000\nHello there. It works.\n")
    again = _import(recording, "own.json", first.model_dump_json())
    assert again.word_timestamps == first.word_timestamps
    assert [s.text for s in again.segments] == [s.text for s in first.segments]


@pytest.mark.parametrize(
    ("name", "text"),
    [("a.json", "{"), ("a.json", "[]"), ("a.json", '{"x": 1}'), ("a.json", '{"segments": [{"start": "x"}]}'),
     ("a.srt", "1\n00:00:10,000 --> 00:00:12,000\nhello\n"),
     ("a.json", '{"segments": [{"start": 0, "end": 1, "text": ""}]}')],
)  # fmt: skip
def test_what_does_not_fit(name: str, text: str, recording: Path) -> None:
    with pytest.raises(InputError) as caught:
        _import(recording, name, text)
    assert "\n" not in str(caught.value)
    with pytest.raises(InputError):
        transcribe(recording, stt="import:nowhere.srt")
    with pytest.raises(UnknownNameError):
        transcribe(recording, stt="magic")


WORDS = st.lists(st.sampled_from("a bb ccc dddd e.g. end. stop! fine? Mr. U.S. Yes No".split()), max_size=120)


@settings(max_examples=100, deadline=None)
@given(WORDS, st.lists(st.floats(0, 3), min_size=120, max_size=120))
def test_sentences_lose_no_word(texts: list[str], gaps: list[float]) -> None:
    words, at = [], 0.0
    for text, gap in zip(texts, gaps, strict=False):
        words.append(RecognisedWord(text, at + gap, at + gap + 0.2, 1.0))
        at += gap + 0.2
    groups = sentence_groups(words)
    assert [word for group in groups for word in group] == words
    assert all(0 < len(group) <= 60 for group in groups)


def test_abbreviations_do_not_end_sentences() -> None:
    def groups(text: str) -> list[str]:
        words = [RecognisedWord(w, 0.3 * i, 0.3 * i + 0.25, 1.0) for i, w in enumerate(text.split())]
        return [" ".join(word.word for word in group) for group in sentence_groups(words)]

    assert groups("As Dr. Smith et al. said. It holds, e.g. here. Does it? Yes.") == [
        "As Dr. Smith et al. said.", "It holds, e.g. here.", "Does it?", "Yes.",
    ]  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from("the cat sat on 7 mats".split()), min_size=1, max_size=40), st.randoms())
def test_aligned_words_keep_their_order_and_stay_in_the_recording(words: list[str], random) -> None:
    heard = [
        RecognisedWord(w, 0.5 * i, 0.5 * i + 0.4, 0.9) for i, w in enumerate(words) if random.random() > 0.3
    ]
    end = 0.5 * len(words) + 1
    placed, matched = align_words(words, heard, end)
    assert [word.word for word in placed] == words
    assert 0.0 <= matched <= 1.0
    assert all(0.0 <= word.start <= word.end <= end for word in placed)
    assert [word.start for word in placed] == sorted(word.start for word in placed)
    if len(heard) == len(words):
        assert matched == 1.0
        assert placed == heard


@pytest.fixture(scope="module")
def spoken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from podcast_dspy.audio import AudioTags, get_voice, speak, write_audio

    voice = get_voice("embedded")
    narration = speak(
        ["The model reads every word.", "Then it forgets half of them, and nobody notices."], voice, pause=1.0
    )
    path = tmp_path_factory.mktemp("spoken") / "talk.mp3"
    write_audio(path, narration.samples, narration.sample_rate, tags=AudioTags(title="t"))
    return path


@pytest.fixture(scope="module")
def heard(spoken: Path) -> Any:
    """What the embedded transcriber hears in it."""
    return transcribe(spoken)


@pytest.mark.models
def test_embedded_hears_the_embedded_voice(spoken: Path, heard: Any) -> None:
    seen: list[float] = []
    result = transcribe(spoken, progress=seen.append)
    assert re.findall(r"\w+", result.transcript_text.lower()) == (
        "the model reads every word then it forgets half of them and nobody notices".split()
    )
    assert " ".join(segment.text for segment in result.segments) == result.transcript_text
    then = next(word for word in result.word_timestamps if word.word.startswith(("Then", "then")))
    before = result.word_timestamps[result.word_timestamps.index(then) - 1]
    assert then.start_time - before.end_time > 0.6
    assert seen == sorted(seen)
    assert seen[-1] == 1.0
    assert 0.5 < result.confidence <= 1.0
    assert heard == result


@pytest.mark.models
def test_plain_text_is_aligned_to_the_recording(spoken: Path) -> None:
    text = spoken.with_name("script.txt")
    text.write_text(
        "Host: The model *reads* every single word.\n\nThen it forgets half of them and nobody notices [3]."
    )
    result = transcribe(spoken, stt=f"import:{text}")
    assert (
        result.transcript_text
        == "The model reads every single word. Then it forgets half of them and nobody notices."
    )
    assert result.segments[1].start_time - result.segments[0].end_time > 0.6
    text.write_text("Completely different things are written in this other file about gardens and rain.")
    with pytest.raises(InputError, match="belong together"):
        transcribe(spoken, stt=f"import:{text}")


@pytest.mark.models
def test_no_speech_is_an_error(babble: Callable, write: Callable) -> None:
    import numpy as np

    hiss = write("hiss.wav", (0.01 * np.random.default_rng(0).standard_normal(32_000)).astype("float32"))
    with pytest.raises(AudioError, match="No speech"):
        transcribe(hiss)


def test_a_directory_that_is_no_model(tmp_path: Path, recording: Path) -> None:
    from podcast_dspy.errors import PrerequisiteError

    with pytest.raises(PrerequisiteError):
        WhisperTranscriber(str(tmp_path), "whisper:x").recognise_samples(
            None, language=None, progress=lambda _: None
        )


@pytest.mark.models
def test_captions_are_aligned_to_the_recording_on_request(spoken: Path, heard: Any) -> None:
    captions = spoken.with_name("late.srt")
    captions.write_text(
        "1\n00:00:00,000 --> 00:00:05,000\nAnn: The model reads every word.\n"
        "Then it forgets half of them, and nobody notices.\n"
    )
    exact = heard
    shown = transcribe(spoken, stt=f"import:{captions}")
    found = transcribe(spoken, stt=f"align:{captions}")
    assert [word.word for word in found.word_timestamps] == [word.word for word in shown.word_timestamps]
    errors = [
        max(abs(a.start_time - b.start_time) for a, b in zip(exact.word_timestamps, x, strict=True))
        for x in (shown.word_timestamps, found.word_timestamps)
    ]
    assert errors[1] < 0.01 < errors[0]
    assert {segment.speaker for segment in found.segments} == {"Ann"}
    assert found.confidence == 1.0


def test_what_a_transcript_is_stored_under(tmp_path: Path) -> None:
    file = tmp_path / "t.srt"
    file.write_text("a")
    first = transcriber_key(f"import:{file}")
    file.write_text("b")
    assert transcriber_key(f"import:{file}") != first
    assert transcriber_key(f"align:{file}") != transcriber_key(f"import:{file}")
    assert transcriber_key("embedded") == "embedded"
    with pytest.raises(InputError, match="nowhere"):
        transcriber_key("import:nowhere.srt")


SRT = "1\n00:00:00,500 --> 00:00:02,000\nAnn: Grüße und\ngood evening.\n"


@pytest.mark.parametrize(
    "data",
    [
        SRT.encode("utf-8-sig"),
        SRT.replace("\n", "\r\n").encode(),
        SRT.replace("\n", "\r").encode(),
        SRT.encode("utf-16"),
        SRT.replace("\n", "\r\n").encode("utf-16-le"),
        SRT.encode("utf-16-be"),
        SRT.encode("utf-32"),
        SRT.replace("00:00:0", "01:00:0").encode(),
        SRT.replace("00:00:0", "10:00:0").encode(),
    ],
)
def test_encodings_line_ends_and_time_codes_from_a_full_hour(recording: Path, data: bytes) -> None:
    file = recording.with_name("t.srt")
    file.write_bytes(data)
    result = transcribe(recording, stt=f"import:{file}")
    assert result.transcript_text == "Grüße und good evening."
    assert (result.segments[0].start_time, result.segments[0].speaker) == (0.5, "Ann")


def test_what_is_not_unicode_is_refused(recording: Path) -> None:
    file = recording.with_name("t.srt")
    file.write_bytes(SRT.encode("latin-1"))
    with pytest.raises(InputError, match="UTF-8"):
        transcribe(recording, stt=f"import:{file}")


@pytest.mark.parametrize(
    "text",
    ["", "\n \n", "WEBVTT\n", "1\n00:00:01,000 --> 00:00:02,000\n[Music]\n", "{}", "start\tend\ttext\n"],
)
def test_a_transcript_without_words_is_refused(recording: Path, text: str) -> None:
    with pytest.raises(InputError):
        _import(recording, "t.txt", text)


@pytest.mark.parametrize(
    "text",
    [
        "start\tend\ttext\n500\t2000\tGood \"evening\".\n2000\t2500\t[Music]\n2500\t4000\tIt rains.\n",
        'start,end,text\n500,2000," Good ""evening""."\n2500,4000," It rains."\n',
        'start,end,speaker,text\n500,2000,,"Good ""evening""."\n2500,4000,,"It rains."\n',
        "0.500000\t2.000000\tGood \"evening\".\n2.500000\t4.000000\tIt rains.\n",
        '{"chunks": [{"timestamp": [0.5, 2.0], "text": " Good \\"evening\\"."},'
        ' {"timestamp": [2.5, 4.0], "text": "It rains."}]}',
        '[{"start": 0.5, "end": 2.0, "text": "Good \\"evening\\"."},'
        ' {"start": 2.5, "end": 4, "text": "It rains. (laughs)"}]',
        '{"events": [{"tStartMs": 500, "dDurationMs": 4000, "segs": [{"utf8": "Good"}, {"utf8": " \\"evening\\".",'
        ' "tOffsetMs": 750}]}, {"tStartMs": 1900, "segs": [{"utf8": "\\n"}]},'
        ' {"tStartMs": 2500, "dDurationMs": 1500, "segs": [{"utf8": "It"}, {"utf8": " rains."}]}]}',
        '{"segments": [{"start": 0.5, "end": 2, "text": " Good \\"evening\\"."},'
        ' {"start": 2.5, "end": 4, "text": "It rains."}],'
        ' "words": [{"word": "good", "start": 0.5, "end": 1.0}, {"word": "evening", "start": 1.1, "end": 2},'
        ' {"word": "it", "start": 2.5, "end": 2.7}, {"word": "rains", "start": 3, "end": 4}]}',
    ],
)  # fmt: skip
def test_tables_and_other_json(recording: Path, text: str) -> None:
    result = _import(recording, "t.tsv" if text[0] not in "{[" else "t.json", text)
    assert result.transcript_text == 'Good "evening". It rains.'
    assert (result.word_timestamps[0].start_time, result.word_timestamps[2].start_time) == (0.5, 2.5)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("hello", r"not JSON \(line 1: expecting value\)"),
        ('{"a": 1}', r"no known kind \(it has no 'segments'\)"),
    ],
)
def test_json_that_is_no_transcript_says_why(text: str, why: str) -> None:
    with pytest.raises(InputError, match=why):
        parse_json(text, "turns.json")
