"""Transcribe with OpenAI: whisper-1 with its word times, the newer models with times found in the recording."""

from __future__ import annotations

import math
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from podcast_dspy.audio.alignment import align_words
from podcast_dspy.audio.captions import word_times_for
from podcast_dspy.audio.cutting import OVERLAP, Piece, overlapping_pieces, rejoin, speech_span
from podcast_dspy.audio.decoding import decode
from podcast_dspy.audio.encode import encode
from podcast_dspy.audio.heard import Heard, HeardWord, Progress
from podcast_dspy.audio.languages import guess_language
from podcast_dspy.audio.narrated import narrated_words
from podcast_dspy.audio.openai_client import TIMEOUT, ask_openai, openai_client
from podcast_dspy.audio.probing import AudioInfo
from podcast_dspy.errors import ModelError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["OpenAITranscriber"]

_RATE = 16_000
_UPLOAD_LIMIT = 24_000_000  # bytes; the provider's is 25 MB
_UPLOADS = frozenset({".flac", ".mp3", ".mp4", ".mpeg", ".mpga", ".m4a", ".ogg", ".wav", ".webm"})
_LONG_PIECE = 600.0
"""Seconds a piece as 16 kHz FLAC: at most 19 MB even if it does not compress, and under the 1,400 s of newer models."""
_SHORT_PIECE = 30.0
"""Seconds a piece for models that give no times at all: its words are spread between two silences."""
_LANGUAGES = {
    "english": "en", "german": "de", "french": "fr", "italian": "it", "spanish": "es", "portuguese": "pt",
    "dutch": "nl", "polish": "pl", "russian": "ru", "ukrainian": "uk", "turkish": "tr", "arabic": "ar",
    "hindi": "hi", "chinese": "zh", "japanese": "ja", "korean": "ko", "swedish": "sv", "danish": "da",
    "norwegian": "no", "finnish": "fi", "greek": "el", "czech": "cs", "hungarian": "hu", "romanian": "ro",
    "hebrew": "he",
}  # fmt: skip


class OpenAITranscriber:
    """Hears with the OpenAI model `model`; `longest` seconds a piece (None: what the model allows)."""

    def __init__(self, model: str, *, timeout: float = TIMEOUT, longest: float | None = None) -> None:
        self._model = model
        self._client = openai_client(timeout)
        self._timed = model.startswith("whisper") or "whisper" in model
        self._diarizes = "diarize" in model
        self._longest = longest or (_LONG_PIECE if self._timed or self._diarizes else _SHORT_PIECE)

    def hear(self, path: Path, info: AudioInfo, *, language: str | None, progress: Progress) -> Heard:
        """Recognise the words of `path`, in pieces cut at silences where it is too long for one request.

        Raises:
            AudioError: the recording cannot be decoded or is silent.
            PrerequisiteError: the key was refused.
            ModelError: the provider failed, or answered without words and times that can be used.
        """
        whole = path.suffix.lower() in _UPLOADS and path.stat().st_size <= _UPLOAD_LIMIT
        if whole and self._timed and info.duration <= self._longest:
            words, spoken = self._piece(path, None, info.duration, language)
            progress(1.0)
            return Heard(tuple(words), language or spoken, f"openai/{self._model}")
        samples = decode(path, _RATE)
        # what has no times of its own cannot be told apart in an overlap
        pieces = overlapping_pieces(samples, _RATE, self._longest, overlap=OVERLAP if self._timed else 0.0)
        parts: list[tuple[Piece, list[HeardWord]]] = []
        spoken = ""
        with tempfile.TemporaryDirectory() as folder:
            for piece in pieces:
                sound = samples[piece.start : piece.end]
                file = Path(folder) / "piece.flac"
                encode(file, sound, _RATE, ".flac")
                words, heard = self._piece(file, sound, len(sound) / _RATE, language)
                spoken = spoken or heard
                parts.append((piece, words))
                progress(piece.last / len(samples))
        words = rejoin(parts, _RATE)
        if len(parts) > 1:  # "A" of one piece is not "A" of the next
            words = [replace(word, speaker=None) for word in words]
        return Heard(tuple(words), language or spoken or "en", f"openai/{self._model}")

    def _piece(
        self, file: Path, samples: NDArray[np.float32] | None, seconds: float, language: str | None
    ) -> tuple[list[HeardWord], str]:
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
        named = str(getattr(answer, "language", "") or "").lower()
        spoken = language or _LANGUAGES.get(named, named) or guess_language(answer.text) or ""
        return self._words(answer, samples, seconds, spoken), spoken

    def _words(
        self, answer: Any, samples: NDArray[np.float32] | None, seconds: float, language: str
    ) -> list[HeardWord]:
        texts = answer.text.split()
        if not texts:
            return []
        if self._timed:
            return _timed_words(answer, texts, seconds, self._model)
        if self._diarizes:
            return [
                HeardWord(word.word, word.start_time, word.end_time, 1.0, str(part.speaker))
                for part in getattr(answer, "segments", None) or ()
                for word in word_times_for(
                    part.text, (float(part.start), max(float(part.start), float(part.end)))
                )
            ]
        span = speech_span(samples, _RATE) if samples is not None else (0.0, seconds)
        sure = _sureness([entry.logprob for entry in getattr(answer, "logprobs", None) or ()])
        if samples is None:
            times = word_times_for(answer.text, span)
        else:
            times = narrated_words(answer.text, span, samples, _RATE, language)
        return [HeardWord(time.word, time.start_time, time.end_time, sure) for time in times]


def _timed_words(answer: Any, texts: list[str], seconds: float, model: str) -> list[HeardWord]:
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
        heard = [HeardWord(str(w.word), float(w.start), float(w.end), sure(float(w.start))) for w in words]
        return align_words(texts, heard, seconds)[0]
    if segments:
        return [
            HeardWord(word.word, word.start_time, word.end_time, known)
            for start, end, known, text in segments
            for word in word_times_for(text, (start, max(start, end)))
        ]
    raise ModelError(
        f"OpenAI's {model} answered without word or segment times; choose openai/whisper-1 or embedded."
    )


def _sureness(logprobs: list[Any]) -> float:
    """Geometric mean of token probabilities, 0-1; 1 where the provider tells none."""
    numbers = [float(value) for value in logprobs if value is not None]
    return min(1.0, math.exp(sum(numbers) / len(numbers))) if numbers else 1.0
