"""Segments are spoken once, in order, with true spans; a bad voice is caught."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from podcast_dspy.audio import get_voice, list_voices, speak
from podcast_dspy.audio.durations import PAUSES
from podcast_dspy.errors import SynthesisError, UnknownNameError, UsageError
from podcast_dspy.testing import FakeVoice

Tone = partial(FakeVoice, seconds_a_word=0.3, sample_rate=8_000)

SEGMENTS = ["Hello there.", "It has 7 parts [3].", "[12]", "Good bye now."]


def test_spans_pauses_and_duration() -> None:
    voice = Tone()
    narration = speak(SEGMENTS, voice, pause=0.5)
    assert sorted(voice.said) == ["Good bye now.", "Hello there.", "It has seven parts."]
    assert np.allclose(narration.spans, [(0, 0.6), (1.1, 2.3), (2.3, 2.3), (2.8, 3.7)])
    assert narration.duration == pytest.approx(3.7)
    assert not np.any(narration.samples[round(0.6 * 8_000) : round(1.1 * 8_000)])


def test_only_the_edited_segment_is_spoken_again(tmp_path: Path) -> None:
    first = speak(SEGMENTS, Tone(), cache_dir=tmp_path)
    again = Tone()
    second = speak([SEGMENTS[0], "It has 8 parts.", *SEGMENTS[2:]], again, cache_dir=tmp_path)
    assert again.said == ["It has eight parts."]
    assert second.spans == first.spans
    third = Tone()
    assert np.array_equal(speak(SEGMENTS, third, cache_dir=tmp_path).samples, first.samples)
    assert third.said == []
    other = Tone(level=0.4)
    speak(SEGMENTS, other, cache_dir=tmp_path)
    assert len(other.said) == 3


def test_a_cache_that_cannot_be_written_only_warns(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("x")
    assert speak(["Hello there."], Tone(), cache_dir=blocked).duration == pytest.approx(0.6)
    assert "not kept" in caplog.text


@pytest.mark.parametrize(
    ("voice", "match"),
    [
        (Tone(level=0.0), "silence"),
        (Tone(seconds_a_word=0.02), "cannot be all"),
        (Tone(seconds_a_word=0.0), "no sound"),
    ],
)
def test_bad_speech(voice: Tone, match: str, tmp_path: Path) -> None:
    with pytest.raises(SynthesisError, match=match):
        speak(["Hello there, everyone."], voice, cache_dir=tmp_path)
    again = Tone()
    speak(["Hello there, everyone."], again, cache_dir=tmp_path)
    assert again.said


def test_nothing_to_say() -> None:
    for segments in ([], [""], ["[1]", "..."]):
        with pytest.raises(SynthesisError, match="nothing to say"):
            speak(segments, Tone())
    with pytest.raises(UsageError):
        speak(["Hi."], Tone(), pause=-1)


def test_progress_reaches_one() -> None:
    seen: list[float] = []
    speak(SEGMENTS, Tone(), progress=seen.append)
    assert seen == sorted(seen)
    assert seen[-1] == 1.0


def test_names() -> None:
    voices = list_voices()
    assert len({voice.name for voice in voices}) == len(voices)
    assert sum(voice.engine == "kokoro" for voice in voices) == 34
    for name in ("", "nobody", "kokoro:", "kokoro:zz_top", "piper:", "openai:"):
        with pytest.raises(UnknownNameError):
            get_voice(name)


@pytest.mark.models
@pytest.mark.parametrize("name", ["embedded", "kokoro:af_heart"])
def test_real_voice_is_repeatable(name: str) -> None:
    voice = get_voice(name)
    text = "The model reads every word. Twice."
    first = voice.synthesize(text)
    voice.synthesize("Something else in between.")
    assert np.array_equal(first, voice.synthesize(text))
    assert 1.2 < len(first) / voice.sample_rate < 5.0
    with pytest.raises(SynthesisError):
        voice.synthesize("...")


def test_a_cache_of_no_size_keeps_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PODCAST_DSPY_SPEECH_CACHE_GB", "0")
    voice = Tone()
    for _ in range(2):
        speak(["One two three."], voice, cache_dir=tmp_path)
    assert len(voice.said) == 2
    assert not list(tmp_path.iterdir())


@pytest.mark.models
def test_piper_says_the_same_alone_and_beside_another() -> None:
    voice = get_voice("piper:joe")
    texts = ["A filter never forgets a key.", "It sometimes imagines one.", "That costs memory."]
    alone = [voice.synthesize(text) for text in texts]
    with ThreadPoolExecutor(3) as pool:
        beside = list(pool.map(voice.synthesize, texts))
    assert all(np.array_equal(one, other) for one, other in zip(alone, beside, strict=True))


def test_an_edited_sentence_is_spoken_again_and_pauses_are_by_what_is_said(tmp_path: Path) -> None:
    text = "A filter never forgets a key. Why is that so?\n\nBecause nothing is ever taken out of it. He said so."
    voice = Tone(by_sentence=True)
    narration = speak([text], voice, cache_dir=tmp_path)
    assert sorted(voice.said) == [
        "A filter never forgets a key.",
        "Because nothing is ever taken out of it.",
        "He said so.",
        "Why is that so?",
    ]
    spoken = 0.3 * len(text.split())
    waited = PAUSES["sentence"] + PAUSES["paragraph"] + PAUSES["sentence"]
    assert narration.duration == pytest.approx(spoken + waited, abs=0.01)
    again = Tone(by_sentence=True)
    edited = speak([text.replace("nothing", "no key")], again, cache_dir=tmp_path)
    assert again.said == ["Because no key is ever taken out of it."]
    assert edited.anew == 1
    before = round((0.3 * 10 + PAUSES["sentence"]) * 8_000)
    assert np.array_equal(edited.samples[:before], narration.samples[:before])
