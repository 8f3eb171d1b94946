"""Transcribers of providers: OpenAI and AssemblyAI, through their official clients."""

from __future__ import annotations

import math
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from podcast_dspy.audio.audio_writer import encode
from podcast_dspy.audio.decoding import SPEECH_RATE, AudioInfo, decode_recording
from podcast_dspy.audio.forced_alignment import OVERLAP, Piece, overlapping_pieces, rejoin, speech_span
from podcast_dspy.audio.providers import (
    TIMEOUT,
    RefusedError,
    ask_again,
    ask_openai,
    openai_client,
    provider_key,
)
from podcast_dspy.audio.transcript import Progress, RecognisedWord, Recognition
from podcast_dspy.audio.word_alignment import align_words, estimated_words, narrated_words
from podcast_dspy.errors import ModelError, PrerequisiteError
from podcast_dspy.text.language import guess_language, language_code

_UPLOAD_LIMIT = 24_000_000  # bytes; the provider's is 25 MB
_UPLOADS = frozenset({".flac", ".mp3", ".mp4", ".mpeg", ".mpga", ".m4a", ".ogg", ".wav", ".webm"})
_LONG_PIECE = 600.0
"""Seconds a piece as 16 kHz FLAC: at most 19 MB even if it does not compress, and under the 1,400 s of newer models."""
_SHORT_PIECE = 30.0
"""Seconds a piece for models that give no times at all: its words are spread between two silences."""


class OpenAITranscriber:
    """Transcribes with the OpenAI model `model`; `longest` seconds a piece (None: what the model allows)."""

    def __init__(self, model: str, *, timeout: float = TIMEOUT, longest: float | None = None) -> None:
        self._model = model
        self._client = openai_client(timeout)
        self._timed = model.startswith("whisper") or "whisper" in model
        self._diarizes = "diarize" in model
        self._longest = longest or (_LONG_PIECE if self._timed or self._diarizes else _SHORT_PIECE)

    def recognise(
        self, path: Path, info: AudioInfo, *, language: str | None, progress: Progress
    ) -> Recognition:
        """Recognise the words of `path`, in pieces cut at silences where it is too long for one request.

        Raises:
            AudioError: the recording cannot be decoded or is silent.
            PrerequisiteError: the key was refused.
            ModelError: the provider failed, or answered without words and times that can be used.
        """
        uploadable = path.suffix.lower() in _UPLOADS and path.stat().st_size <= _UPLOAD_LIMIT
        if uploadable and self._timed and info.duration <= self._longest:
            words, spoken = self._piece(path, None, info.duration, language)
            progress(1.0)
            return self._recognition(words, language or spoken)
        samples = decode_recording(path, SPEECH_RATE)
        # what has no times of its own cannot be told apart in an overlap
        pieces = overlapping_pieces(
            samples, SPEECH_RATE, self._longest, overlap=OVERLAP if self._timed else 0.0
        )
        parts: list[tuple[Piece, list[RecognisedWord]]] = []
        spoken = ""
        with tempfile.TemporaryDirectory() as folder:
            for piece in pieces:
                sound = samples[piece.start : piece.end]
                file = Path(folder) / "piece.flac"
                encode(file, sound, SPEECH_RATE, ".flac")
                words, detected = self._piece(file, sound, len(sound) / SPEECH_RATE, language)
                spoken = spoken or detected
                parts.append((piece, words))
                progress(piece.last / len(samples))
        words = rejoin(parts, SPEECH_RATE)
        if len(parts) > 1:  # "A" of one piece is not "A" of the next
            words = [replace(word, speaker=None) for word in words]
        return self._recognition(words, language or spoken)

    def _recognition(self, words: list[RecognisedWord], language: str) -> Recognition:
        spoken = language or guess_language((word.word for word in words), default="en")
        return Recognition(tuple(words), spoken, f"openai/{self._model}")

    def _piece(
        self, file: Path, samples: NDArray[np.float32] | None, seconds: float, language: str | None
    ) -> tuple[list[RecognisedWord], str]:
        options: dict[str, Any] = {"language": language} if language else {}
        if self._timed:
            options |= {"response_format": "verbose_json", "timestamp_granularities": ["word", "segment"]}
        elif self._diarizes:
            options |= {"response_format": "diarized_json", "chunking_strategy": "auto"}
        else:
            options |= {"response_format": "json"}
            if "gpt-4o" in self._model:
                options["include"] = ["logprobs"]

        def ask() -> Any:
            with file.open("rb") as handle:
                answer = self._client.audio.transcriptions.create(file=handle, model=self._model, **options)
            if getattr(answer, "text", None) is None:
                raise ValueError("no text in the answer")
            return answer

        answer = ask_openai(f"transcribing with {self._model}", ask)
        named = language or language_code(str(getattr(answer, "language", "") or ""))
        spoken = named or guess_language([answer.text])
        return self._words(answer, samples, seconds, spoken), named

    def _words(
        self, answer: Any, samples: NDArray[np.float32] | None, seconds: float, language: str
    ) -> list[RecognisedWord]:
        texts = answer.text.split()
        if not texts:
            return []
        if self._timed or samples is None:
            return _timed_words(answer, texts, seconds, self._model)
        if self._diarizes:
            return [
                word
                for part in getattr(answer, "segments", None) or ()
                for word in estimated_words(
                    part.text, (float(part.start), float(part.end)), speaker=str(part.speaker)
                )
            ]
        span = speech_span(samples, SPEECH_RATE)
        sure = _sureness([entry.logprob for entry in getattr(answer, "logprobs", None) or ()])
        times = narrated_words(answer.text, span, samples, SPEECH_RATE, language)
        return [RecognisedWord(time.word, time.start_time, time.end_time, sure) for time in times]


def _timed_words(answer: Any, texts: list[str], seconds: float, model: str) -> list[RecognisedWord]:
    """The provider's words carry no punctuation and its text no times: each gets the other's."""
    segments = [
        (float(part.start), float(part.end), _sureness([part.avg_logprob]), part.text)
        for part in getattr(answer, "segments", None) or ()
    ]

    def sure(at: float) -> float:
        return next(
            (known for start, end, known, _ in segments if start <= at <= end),
            segments[0][2] if segments else 1.0,
        )

    words = getattr(answer, "words", None)
    if words:
        recognised = [
            RecognisedWord(str(w.word), float(w.start), float(w.end), sure(float(w.start))) for w in words
        ]
        return align_words(texts, recognised, seconds)[0]
    if segments:
        return [
            word
            for start, end, known, text in segments
            for word in estimated_words(text, (start, end), known)
        ]
    raise ModelError(
        f"OpenAI's {model} answered without word or segment times; choose openai/whisper-1 or embedded."
    )


def _sureness(logprobs: list[Any]) -> float:
    """Geometric mean of token probabilities, 0-1; 1 where the provider tells none."""
    numbers = [float(value) for value in logprobs if value is not None]
    return min(1.0, math.exp(sum(numbers) / len(numbers))) if numbers else 1.0


_POLL = 3.0  # seconds between questions whether it is done
Answer = TypeVar("Answer")


class AssemblyAITranscriber:
    """Key in ASSEMBLYAI_API_KEY, server in ASSEMBLYAI_BASE_URL if not the usual one.

    The client itself never tries again; `ask_again` does.
    """

    def __init__(self, *, timeout: float = 300.0, poll: float = _POLL) -> None:
        self._key = provider_key("AssemblyAI", "ASSEMBLYAI_API_KEY")
        try:
            import assemblyai
        except ImportError as error:
            raise PrerequisiteError(
                "AssemblyAI needs its client: pip install 'podcast-dspy[assemblyai]'."
            ) from error
        self._library: Any = assemblyai
        settings = assemblyai.types.Settings(api_key=self._key, http_timeout=timeout)
        self._client: Any = assemblyai.Client(settings=settings)
        self._poll = poll

    def recognise(
        self, path: Path, info: AudioInfo, *, language: str | None, progress: Progress
    ) -> Recognition:
        """Recognise the words of `path`; waits at most ten minutes and the length of the recording.

        Raises:
            PrerequisiteError: the key was refused.
            ModelError: the provider failed, took too long, or answered with something unusable.
        """
        library = self._library
        from assemblyai.prerecorded.v2.api import get_transcript

        spoken = {"language_code": language} if language else {"language_detection": True}
        config = library.TranscriptionConfig(speaker_labels=True, **spoken)
        transcriber = library.Transcriber(client=self._client, config=config)

        def upload() -> str:
            address = str(transcriber.upload_file(path))
            if not address.startswith(("http://", "https://")):
                raise ValueError("no address")  # the client would take it for a local file
            return address

        address = self._ask("the upload", upload)
        progress(0.1)
        order = self._ask("the order", lambda: transcriber.submit(address))

        # the client's own waiting gives up at the first failed question
        deadline = time.monotonic() + 600.0 + info.duration
        while True:
            job = self._ask("the transcript", lambda: get_transcript(self._client.http_client, order.id))
            if job.status in (library.TranscriptStatus.completed, library.TranscriptStatus.error):
                break
            if time.monotonic() > deadline:
                raise ModelError("AssemblyAI did not finish in time; try again later.")
            time.sleep(self._poll)
        if job.status == library.TranscriptStatus.error:
            raise ModelError(
                f"AssemblyAI could not transcribe {path.name} ({self._plain(job.error)}); choose another transcriber."
            )
        words = tuple(
            RecognisedWord(word.text, word.start / 1000, word.end / 1000, word.confidence, word.speaker)
            for word in job.words or ()
        )
        return Recognition(words, language or str(job.language_code or "en").split("_")[0], "assemblyai")

    def _ask(self, what: str, ask: Callable[[], Answer]) -> Answer:
        """The answer of `ask()`, a call of the client; its failures as our errors, without the key."""

        def asked() -> Answer:
            try:
                return ask()
            except self._library.types.AssemblyAIError as error:
                last = self._client.last_response
                headers = last.headers if last is not None else {}
                raise RefusedError(error.status_code or 0, self._plain(error), headers) from None

        return ask_again("AssemblyAI", "ASSEMBLYAI_API_KEY", what, asked)

    def _plain(self, message: object) -> str:
        """One short line of a provider's message, without the key."""
        return " ".join(str(message or "").replace(self._key, "***").split())[:200]


def openai_transcriber(model: str, _: str | None) -> OpenAITranscriber:
    """The transcriber for a model of OpenAI."""
    return OpenAITranscriber(model)


def assemblyai_transcriber(_: str, __: str | None) -> AssemblyAITranscriber:
    """AssemblyAI, which has no models to choose from here."""
    return AssemblyAITranscriber()
