"""The official clients against a server on this machine that misbehaves in every way providers do."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from podcast_dspy.audio import get_voice, transcribe, word_times_for
from podcast_dspy.audio.decoding import probe
from podcast_dspy.audio.hosted_transcribers import AssemblyAITranscriber, OpenAITranscriber
from podcast_dspy.audio.providers import ElevenLabsVoice, OpenAIVoice, text_pieces
from podcast_dspy.audio.voices import get_voice as cached_get_voice
from podcast_dspy.errors import ModelError, PrerequisiteError, SynthesisError

KEY = "sk-test-0123456789abcdef"

VERBOSE = {
    "task": "transcribe",
    "language": "english",
    "duration": 3.0,
    "text": "Hello there, world. It works!",
    "segments": [
        {"id": 0, "seek": 0, "start": 0.0, "end": 1.5, "text": " Hello there, world.", "tokens": [], "temperature": 0.0,
         "avg_logprob": -0.1, "compression_ratio": 1.0, "no_speech_prob": 0.0},
        {"id": 1, "seek": 0, "start": 1.5, "end": 3.0, "text": " It works!", "tokens": [], "temperature": 0.0,
         "avg_logprob": -0.3, "compression_ratio": 1.0, "no_speech_prob": 0.0},
    ],
    "words": [
        {"word": word, "start": start, "end": start + 0.3}
        for word, start in [("Hello", 0.1), ("there", 0.5), ("world", 0.9), ("It", 1.7), ("works", 2.2)]
    ],
}  # fmt: skip
PCM = (np.sin(np.arange(48_000) * 0.05) * 12_000).astype("<i2").tobytes()


class Provider:
    """Answers with `script`, one entry a request, the last one for ever; remembers the requests."""

    def __init__(self) -> None:
        self.script: list[Any] = []
        self.requests: list[tuple[str, bytes]] = []
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *args: Any) -> None:
                pass

            def do_GET(self) -> None:
                self.do_POST()

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                provider.requests.append((self.path, body))
                step = provider.script.pop(0) if len(provider.script) > 1 else provider.script[0]
                provider.answer(self, step)

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    @staticmethod
    def answer(handler: BaseHTTPRequestHandler, step: Any) -> None:
        status, body, headers = 200, b"", {}
        if isinstance(step, bytes):
            body, headers = step, {"content-type": "audio/pcm"}
        elif isinstance(step, dict):
            body, headers = json.dumps(step).encode(), {"content-type": "application/json"}
        elif step == "slow down":
            status, headers = 429, {"retry-after": "1", "content-type": "application/json"}
            body = json.dumps({"error": {"message": "Rate limit reached"}}).encode()
        elif step == "broken":
            status, body = 500, b"internal error"
        elif step == "refused":
            status, headers = 401, {"content-type": "application/json"}
            body = json.dumps({"error": {"message": f"Incorrect API key provided: {KEY}."}}).encode()
        elif step == "bad request":
            status, headers = 400, {"content-type": "application/json"}
            body = json.dumps({"error": {"message": f"Unknown model for {KEY}"}}).encode()
        elif step == "half json":
            body, headers = json.dumps(VERBOSE).encode()[:90], {"content-type": "application/json"}
        elif step == "stall":
            time.sleep(2.0)
            return
        elif step == "cut":
            handler.send_response(200)
            handler.send_header("content-length", "100000")
            handler.end_headers()
            handler.wfile.write(b"{")
            handler.wfile.flush()
            handler.connection.close()
            return
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.send_header("content-length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    server = Provider()
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("OPENAI_BASE_URL", server.url + "/v1")
    monkeypatch.setenv("ELEVENLABS_API_KEY", KEY)
    monkeypatch.setenv("ELEVENLABS_BASE_URL", server.url)
    monkeypatch.setenv("ASSEMBLYAI_API_KEY", KEY)
    monkeypatch.setenv("ASSEMBLYAI_BASE_URL", server.url)
    # the clients' pauses between attempts, without waiting for them
    monkeypatch.setattr("openai._base_client.INITIAL_RETRY_DELAY", 0.01)
    monkeypatch.setattr("openai._base_client.MAX_RETRY_DELAY", 0.02)
    cached_get_voice.cache_clear()
    yield server
    server.close()
    cached_get_voice.cache_clear()


@pytest.fixture
def recording(babble: Callable, write: Callable) -> Path:
    return write("talk.mp3", babble(3.0))


@pytest.fixture
def unplaced(monkeypatch: pytest.MonkeyPatch) -> None:
    """Words stay where the provider heard them, since nobody speaks in these recordings."""
    monkeypatch.setattr("podcast_dspy.audio.transcription.align_to_sound", lambda words, *_: words)


@pytest.mark.usefixtures("unplaced")
def test_whisper_words_get_the_punctuation_of_the_text(provider: Provider, recording: Path) -> None:
    provider.script = [VERBOSE]
    result = transcribe(recording, stt="openai/whisper-1")
    assert [word.word for word in result.word_timestamps] == ["Hello", "there,", "world.", "It", "works!"]
    assert [segment.text for segment in result.segments] == ["Hello there, world.", "It works!"]
    assert result.segments[1].start_time == pytest.approx(1.7)
    assert result.segments[1].duration == pytest.approx(0.8)
    assert result.language == "en"
    assert result.model == "openai/whisper-1"
    assert result.total_duration == pytest.approx(3.0, abs=0.01)
    assert result.word_timestamps[0].confidence == pytest.approx(np.exp(-0.1))
    path, body = provider.requests[0]
    assert path == "/v1/audio/transcriptions"
    assert b"verbose_json" in body
    assert b'filename="talk.mp3"' in body


def test_a_model_without_times_is_timed_by_the_recording(
    provider: Provider, write: Callable, babble: Callable
) -> None:
    samples = np.concatenate([np.zeros(16_000, np.float32), babble(2.0), np.zeros(16_000, np.float32)])
    provider.script = [
        {"text": "Four words are said.", "logprobs": [{"token": "a", "logprob": -0.2, "bytes": []}]}
    ]
    result = transcribe(write("x.wav", samples), stt="openai/gpt-4o-transcribe")
    assert result.word_timestamps[0].start_time == pytest.approx(1.0, abs=0.2)
    assert result.word_timestamps[-1].end_time == pytest.approx(3.0, abs=0.15)
    assert result.confidence == pytest.approx(np.exp(-0.2))
    assert b"logprobs" in provider.requests[0][1]


@pytest.mark.models
@pytest.mark.parametrize("model", ["whisper-1", "gpt-4o-transcribe"])
def test_words_are_where_they_are_spoken_whatever_the_provider_says(
    provider: Provider, write: Callable, model: str
) -> None:
    said = "A filter never forgets a key. But sometimes it imagines things."
    voice = get_voice("piper:joe")
    sounds = [voice.synthesize(part + ".") for part in said.rstrip(".").split(". ")]
    second = 0.5 + len(sounds[0]) / voice.sample_rate + 0.8  # where the second sentence begins, in seconds
    pauses = [np.zeros(round(length * voice.sample_rate), np.float32) for length in (0.5, 0.8, 0.5)]
    samples = np.concatenate([pauses[0], sounds[0], pauses[1], sounds[1], pauses[2]])
    late = 0.2
    rough = [
        {"word": time.word.strip("."), "start": time.start_time + late, "end": time.end_time + late}
        for part, begin, sound in zip(said.split(". "), (0.5, second), sounds, strict=True)
        for time in word_times_for(part, (begin, begin + len(sound) / voice.sample_rate))
    ]
    timed = {**VERBOSE, "text": said, "words": rough, "duration": len(samples) / voice.sample_rate}
    provider.script = [timed if model == "whisper-1" else {"text": said}]
    result = transcribe(write("said.wav", samples, voice.sample_rate), stt=f"openai/{model}")
    words = {word.word: word.start_time for word in result.word_timestamps}
    assert words["A"] == pytest.approx(0.5, abs=0.06)
    assert words["But"] == pytest.approx(second, abs=0.06)


def test_speakers(provider: Provider, recording: Path) -> None:
    parts = [("A", 0.0, 1.0, "Hi there."), ("B", 1.0, 2.5, "Hello.")]
    provider.script = [
        {"task": "transcribe", "duration": 3.0, "text": "Hi there. Hello.", "segments": [
            {"id": name, "speaker": name, "start": start, "end": end, "text": text, "type": "transcript.text.segment"}
            for name, start, end, text in parts
        ]}
    ]  # fmt: skip
    result = transcribe(recording, stt="openai/gpt-4o-transcribe-diarize")
    assert [(segment.speaker, segment.text) for segment in result.segments] == [
        ("A", "Hi there."),
        ("B", "Hello."),
    ]


def test_speakers_of_single_pieces_are_not_mixed_up(
    provider: Provider, babble: Callable, write: Callable
) -> None:
    provider.script = [
        {"task": "transcribe", "duration": 3.0, "text": "Hi.", "segments": [
            {"id": "A", "speaker": "A", "start": 0.0, "end": 1.0, "text": "Hi.", "type": "transcript.text.segment"}
        ]}
    ]  # fmt: skip
    path = write("long.wav", babble(10.0))
    heard = OpenAITranscriber("gpt-4o-transcribe-diarize", longest=4.0).recognise(
        path, probe(path), language=None, progress=lambda _: None
    )
    assert len(heard.words) == len(provider.requests) >= 3
    assert {word.speaker for word in heard.words} == {None}


def test_long_recordings_are_cut_and_joined(provider: Provider, babble: Callable, write: Callable) -> None:
    provider.script = [VERBOSE]
    path = write("long.wav", babble(10.0))
    heard = OpenAITranscriber("whisper-1", longest=4.0).recognise(
        path, probe(path), language=None, progress=lambda _: None
    )
    assert len(provider.requests) >= 3
    starts = [word.start for word in heard.words]
    assert starts == sorted(starts)
    assert 5 <= len(heard.words) < 5 * len(provider.requests)  # what two pieces heard counts once
    assert starts[0] == pytest.approx(0.1)
    assert 6.0 < starts[-1] < 11.0  # the server says the same of a short piece


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses that were asked for, without waiting for them."""
    slept: list[float] = []
    for module in ("hosted_transcribers", "providers"):
        monkeypatch.setattr(
            f"podcast_dspy.audio.{module}.time",
            SimpleNamespace(sleep=slept.append, monotonic=time.monotonic),
        )
    return slept


@pytest.mark.parametrize("fault", ["slow down", "broken", "cut", "half json"])
def test_a_passing_fault_is_overcome(
    fault: str, provider: Provider, recording: Path, pauses: list[float]
) -> None:
    provider.script = [fault, VERBOSE]
    assert transcribe(recording, stt="openai/whisper-1").segments[0].text == "Hello there, world."
    assert len(provider.requests) == 2
    assert pauses == [1.0 if fault == "slow down" else 0.5]  # Retry-After is honoured


@pytest.mark.parametrize(
    ("fault", "error", "most"),
    [("broken", ModelError, 4), ("cut", ModelError, 4), ("half json", ModelError, 4), ("refused", PrerequisiteError, 1),
     ("bad request", ModelError, 1)],
)  # fmt: skip
def test_a_lasting_fault_ends_in_one_sentence_without_the_key(
    fault: str,
    error: type[Exception],
    most: int,
    provider: Provider,
    recording: Path,
    pauses: list[float],
) -> None:
    provider.script = [fault]
    with pytest.raises(error) as caught:
        transcribe(recording, stt="openai/whisper-1")
    assert 1 <= len(provider.requests) <= most
    assert KEY not in str(caught.value)
    assert "\n" not in str(caught.value)
    assert "OpenAI" in str(caught.value)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


def test_a_stall_ends(provider: Provider, recording: Path, pauses: list[float]) -> None:
    provider.script = ["stall"]
    with pytest.raises(ModelError, match="in time"):
        OpenAITranscriber("whisper-1", timeout=0.2).recognise(
            recording, probe(recording), language=None, progress=lambda _: None
        )


DONE = {
    "id": "7", "status": "completed", "audio_url": "https://x.org/u", "language_code": "en_us",
    "words": [{"text": "Hello.", "start": 100, "end": 500, "confidence": 0.9, "speaker": "A"},
              {"text": "Yes.", "start": 900, "end": 1300, "confidence": 0.7, "speaker": "B"}],
}  # fmt: skip


@pytest.mark.usefixtures("unplaced")
def test_assemblyai(provider: Provider, recording: Path, pauses: list[float]) -> None:
    queued = {"id": "7", "status": "queued", "audio_url": "https://x.org/u"}
    provider.script = [
        {"upload_url": "https://x.org/u"},
        queued,
        "broken",
        {**queued, "status": "processing"},
        DONE,
    ]
    result = transcribe(recording, stt="assemblyai")
    assert [(segment.speaker, segment.text) for segment in result.segments] == [
        ("A", "Hello."),
        ("B", "Yes."),
    ]
    assert result.word_timestamps[1].start_time == pytest.approx(0.9)
    assert result.confidence == pytest.approx(0.8)
    assert result.language == "en"
    assert provider.requests[0] == ("/v2/upload", recording.read_bytes())
    order = json.loads(provider.requests[1][1])
    assert (order["audio_url"], order["speaker_labels"], order["language_detection"]) == (
        "https://x.org/u",
        True,
        True,
    )
    assert provider.requests[2][0] == "/v2/transcript/7"
    assert pauses == [0.5, 3.0]


@pytest.mark.parametrize("fault", ["slow down", "broken", "cut", "half json"])
@pytest.mark.parametrize("step", [0, 1, 2])
def test_assemblyai_overcomes_a_passing_fault(
    fault: str, step: int, provider: Provider, recording: Path, pauses: list[float]
) -> None:
    provider.script = [
        {"upload_url": "https://x.org/u"},
        {"id": "7", "status": "queued", "audio_url": "https://x.org/u"},
        DONE,
    ]
    provider.script.insert(step, fault)
    assert transcribe(recording, stt="assemblyai").segments[0].text == "Hello."
    assert pauses == [1.0 if fault == "slow down" else 0.5]  # Retry-After is honoured


@pytest.mark.parametrize(
    ("script", "error"),
    [(["refused"], PrerequisiteError), (["broken"], ModelError), (["half json"], ModelError), (["cut"], ModelError),
     (["bad request"], ModelError), ([{"upload_url": "https://x.org/u"}, "bad request"], ModelError),
     ([{"upload_url": "https://x.org/u"}, {**DONE, "status": "error", "error": f"no\nsound {KEY}"}], ModelError),
     ([{"upload_url": "/etc/hostname"}], ModelError),
     ([{"upload_url": "https://x.org/u"}, {**DONE, "words": [{"text": "x"}]}], ModelError)],
)  # fmt: skip
def test_assemblyai_faults(
    script: list[Any], error: type[Exception], provider: Provider, recording: Path, pauses: list[float]
) -> None:
    provider.script = script
    with pytest.raises(error) as caught:
        transcribe(recording, stt="assemblyai")
    assert KEY not in str(caught.value)
    assert "\n" not in str(caught.value)
    assert len(provider.requests) <= 5


def test_assemblyai_stall_ends(provider: Provider, recording: Path, pauses: list[float]) -> None:
    provider.script = ["stall"]
    with pytest.raises(ModelError, match="in time"):
        AssemblyAITranscriber(timeout=0.1).recognise(
            recording, probe(recording), language=None, progress=lambda _: None
        )


def test_assemblyai_without_its_client(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSEMBLYAI_API_KEY", KEY)
    monkeypatch.setitem(sys.modules, "assemblyai", None)
    with pytest.raises(PrerequisiteError, match=r"podcast-dspy\[assemblyai\]"):
        AssemblyAITranscriber()


def test_no_key(monkeypatch: pytest.MonkeyPatch, recording: Path) -> None:
    for action in (lambda: transcribe(recording, stt="openai/whisper-1"), lambda: get_voice("openai:nova")):
        with pytest.raises(PrerequisiteError, match="OPENAI_API_KEY"):
            action()
    with pytest.raises(PrerequisiteError, match="ELEVENLABS_API_KEY"):
        get_voice("elevenlabs:abc")


@pytest.mark.parametrize("name", ["openai:nova", "elevenlabs:abc"])
def test_voices(name: str, provider: Provider) -> None:
    provider.script = [PCM]
    voice = get_voice(name)
    samples = voice.synthesize("It has seven parts.")
    assert len(samples) == 48_000
    assert voice.sample_rate == 24_000
    body = json.loads(provider.requests[0][1])
    assert "It has seven parts." in body.values()


@pytest.mark.parametrize(
    ("fault", "error"),
    [("refused", PrerequisiteError), ("broken", ModelError), ("cut", ModelError), ("stall", ModelError),
     (b"", SynthesisError), (b"\0" * 48_000, SynthesisError), (PCM[:800], SynthesisError)],
)  # fmt: skip
@pytest.mark.parametrize("kind", [OpenAIVoice, ElevenLabsVoice])
def test_voice_faults(
    kind: type, fault: Any, error: type[Exception], provider: Provider, monkeypatch: Any
) -> None:
    monkeypatch.setattr("podcast_dspy.audio.providers.time.sleep", lambda _: None)
    provider.script = [fault]
    with pytest.raises(error) as caught:
        kind("nova", timeout=0.3).synthesize("It has seven parts.")
    assert len(provider.requests) <= 4
    assert KEY not in str(caught.value)


def test_long_texts_are_cut_between_sentences() -> None:
    text = " ".join(f"Sentence number {word}, which goes on." for word in "abcdefghij")
    pieces = text_pieces(text, 90)
    assert " ".join(pieces) == text
    assert all(len(piece) <= 90 and piece.endswith(".") for piece in pieces)
    assert "".join(text_pieces("x" * 25, 10)) == "x" * 25
