"""Transcribe with AssemblyAI, over its HTTP API: word times, confidence and speakers."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

from podcast_dspy.audio.heard import Heard, HeardWord, Progress
from podcast_dspy.audio.http_provider import HttpProvider
from podcast_dspy.audio.probing import AudioInfo
from podcast_dspy.errors import ModelError

__all__ = ["AssemblyAITranscriber"]

_BASE = "https://api.assemblyai.com"
_POLL = 3.0  # seconds between questions whether it is done


class AssemblyAITranscriber:
    """Key in ASSEMBLYAI_API_KEY, server in ASSEMBLYAI_BASE_URL if not the usual one."""

    def __init__(self, *, timeout: float = 300.0, poll: float = _POLL) -> None:
        base = os.environ.get("ASSEMBLYAI_BASE_URL", _BASE)
        self._provider = HttpProvider("AssemblyAI", base, "ASSEMBLYAI_API_KEY", "authorization", timeout)
        self._poll = poll

    def hear(self, path: Path, info: AudioInfo, *, language: str | None, progress: Progress) -> Heard:
        """Recognise the words of `path`; waits at most ten minutes and the length of the recording.

        Raises:
            PrerequisiteError: the key was refused.
            ModelError: the provider failed, took too long, or answered with something unusable.
        """
        uploaded = self._json("POST", "/v2/upload", "the upload", content=path.read_bytes())
        progress(0.1)
        order: dict[str, Any] = {"audio_url": uploaded.get("upload_url"), "speaker_labels": True}
        order |= {"language_code": language} if language else {"language_detection": True}
        job = self._json("POST", "/v2/transcript", "the order", json=order)
        deadline = time.monotonic() + 600.0 + info.duration
        while job.get("status") not in ("completed", "error"):
            if time.monotonic() > deadline:
                raise ModelError("AssemblyAI did not finish in time; try again later.")
            time.sleep(self._poll)
            job = self._json("GET", f"/v2/transcript/{job.get('id')}", "the transcript")
        if job["status"] == "error":
            reason = " ".join(str(job.get("error", "")).split())[:200]
            raise ModelError(
                f"AssemblyAI could not transcribe {path.name} ({reason}); choose another transcriber."
            )
        try:
            words = tuple(
                HeardWord(
                    str(word["text"]),
                    float(word["start"]) / 1000,
                    float(word["end"]) / 1000,
                    float(word["confidence"]),
                    word.get("speaker"),
                )
                for word in job["words"] or ()
            )
        except (KeyError, TypeError, ValueError):
            raise ModelError("AssemblyAI answered with words that have no times; try again later.") from None
        return Heard(words, language or str(job.get("language_code") or "en").split("_")[0], "assemblyai")

    def _json(self, method: str, path: str, what: str, **request: Any) -> dict[str, Any]:
        answer = self._provider.ask(method, path, what, **request)
        try:
            data = answer.json()
        except ValueError:
            data = None
        if not isinstance(data, dict):
            raise ModelError(f"AssemblyAI answered {what} with something unusable; try again later.")
        return data
