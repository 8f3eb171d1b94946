"""Transcribe with AssemblyAI through its official client: word times, confidence and speakers."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from podcast_dspy.audio.heard import Heard, HeardWord, Progress
from podcast_dspy.audio.http_provider import ATTEMPTS, pause_before
from podcast_dspy.audio.probing import AudioInfo
from podcast_dspy.errors import ModelError, PrerequisiteError

__all__ = ["AssemblyAITranscriber"]

_POLL = 3.0  # seconds between questions whether it is done
Answer = TypeVar("Answer")


class AssemblyAITranscriber:
    """Key in ASSEMBLYAI_API_KEY, server in ASSEMBLYAI_BASE_URL if not the usual one.

    The client itself never tries again: a dropped connection, a time-out, 429, 5xx and an answer that cannot be read
    are tried again here, three times, after the pause that Retry-After asks for, else after growing ones.
    """

    def __init__(self, *, timeout: float = 300.0, poll: float = _POLL) -> None:
        self._key = os.environ.get("ASSEMBLYAI_API_KEY", "").strip()
        if not self._key:
            raise PrerequisiteError(
                "AssemblyAI needs a key: set ASSEMBLYAI_API_KEY, or choose the embedded model (--stt embedded)."
            )
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

    def hear(self, path: Path, info: AudioInfo, *, language: str | None, progress: Progress) -> Heard:
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
            HeardWord(word.text, word.start / 1000, word.end / 1000, word.confidence, word.speaker)
            for word in job.words or ()
        )
        return Heard(words, language or str(job.language_code or "en").split("_")[0], "assemblyai")

    def _ask(self, what: str, ask: Callable[[], Answer]) -> Answer:
        """The answer of `ask()`, a call of the client; its failures as our errors, without the key."""
        import httpx

        failure = ""
        for attempt in range(ATTEMPTS):
            if attempt:
                last = self._client.last_response
                time.sleep(pause_before(attempt, last.headers if last is not None else {}))
            try:
                return ask()
            except httpx.TimeoutException:
                failure = "no answer in time"
            except httpx.HTTPError:
                failure = "the connection failed"
            except self._library.types.AssemblyAIError as error:
                status = error.status_code or 0
                if status in (401, 403):
                    raise PrerequisiteError(
                        "AssemblyAI refused the key in ASSEMBLYAI_API_KEY; check that it is valid."
                    ) from None
                failure = f"status {status}: {self._plain(error)}"
                if status != 429 and status < 500:
                    break
            except (ValueError, KeyError, TypeError, AttributeError):
                failure = "an answer that cannot be read"
        raise ModelError(f"AssemblyAI failed on {what} ({failure}); try again later.")

    def _plain(self, message: object) -> str:
        """One short line of a provider's message, without the key."""
        return " ".join(str(message or "").replace(self._key, "***").split())[:200]
