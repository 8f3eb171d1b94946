"""Speak with an ElevenLabs voice, over its HTTP API."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from podcast_dspy.audio.openai_voice import text_pieces
from podcast_dspy.audio.voice import checked_speech, require_text
from podcast_dspy.errors import ModelError, PrerequisiteError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["ElevenLabsVoice"]

_BASE = "https://api.elevenlabs.io"
_MODEL = "eleven_multilingual_v2"
_LONGEST = 4500  # characters a request
_ATTEMPTS = 4
_LONGEST_WAIT = 60.0


class ElevenLabsVoice:
    """The voice with the id `voice`; key in ELEVENLABS_API_KEY, server in ELEVENLABS_BASE_URL if not the usual one."""

    sample_rate = 24_000

    def __init__(self, voice: str, *, timeout: float = 300.0) -> None:
        self._key = os.environ.get("ELEVENLABS_API_KEY", "").strip()
        if not self._key:
            raise PrerequisiteError(
                "ElevenLabs needs a key: set ELEVENLABS_API_KEY, or choose --voice embedded."
            )
        self._voice = voice
        self._timeout = timeout
        self.name = f"elevenlabs:{voice}"
        self.fingerprint = f"elevenlabs:{_MODEL}:{voice}"

    def synthesize(self, text: str) -> NDArray[np.float32]:
        """Speak `text`.

        Raises:
            SynthesisError: nothing, silence or far too little came back.
            PrerequisiteError: the key was refused.
            ModelError: the provider failed.
        """
        import numpy as np

        text = require_text(text, self.name)
        parts = []
        for piece in text_pieces(text, _LONGEST):
            data = self._ask(piece)
            parts.append(np.frombuffer(data[: len(data) // 2 * 2], dtype="<i2").astype(np.float32) / 32768.0)
        return checked_speech(np.concatenate(parts), self.sample_rate, text, self.name)

    def _ask(self, piece: str) -> bytes:
        import httpx

        base = os.environ.get("ELEVENLABS_BASE_URL", _BASE).rstrip("/")
        wait, failure = 0.5, ""
        for attempt in range(_ATTEMPTS):
            if attempt:
                time.sleep(min(wait, _LONGEST_WAIT))
                wait *= 2
            try:
                answer = httpx.post(
                    f"{base}/v1/text-to-speech/{self._voice}",
                    params={"output_format": "pcm_24000"},
                    headers={"xi-api-key": self._key},
                    json={"text": piece, "model_id": _MODEL},
                    timeout=self._timeout,
                )
            except httpx.TimeoutException:
                failure = "it did not answer in time"
                continue
            except httpx.HTTPError:
                failure = "the connection failed"
                continue
            if answer.status_code == 200:
                return answer.content
            if answer.status_code in (401, 403):
                raise PrerequisiteError(
                    "ElevenLabs refused the key in ELEVENLABS_API_KEY; check that it is valid."
                )
            failure = f"status {answer.status_code}"
            if answer.status_code != 429 and answer.status_code < 500:
                break
            asked = answer.headers.get("retry-after", "")
            wait = float(asked) if asked.replace(".", "", 1).isdigit() else wait
        raise ModelError(
            f"ElevenLabs failed for the voice {self._voice} ({failure}); check the id or try again later."
        )
