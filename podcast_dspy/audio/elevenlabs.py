"""Speak with an ElevenLabs voice, over its HTTP API."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from podcast_dspy.audio.http_provider import HttpProvider
from podcast_dspy.audio.text_pieces import in_pieces
from podcast_dspy.audio.voice import checked_speech, require_text

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["ElevenLabsVoice"]

_BASE = "https://api.elevenlabs.io"
_MODEL = "eleven_multilingual_v2"
_LONGEST = 4500  # characters a request


class ElevenLabsVoice:
    """The voice with the id `voice`; key in ELEVENLABS_API_KEY, server in ELEVENLABS_BASE_URL if not the usual one."""

    sample_rate = 24_000

    def __init__(self, voice: str, *, timeout: float = 300.0) -> None:
        base = os.environ.get("ELEVENLABS_BASE_URL", _BASE)
        self._provider = HttpProvider("ElevenLabs", base, "ELEVENLABS_API_KEY", "xi-api-key", timeout)
        self._voice = voice
        self.name = f"elevenlabs:{voice}"
        self.fingerprint = f"elevenlabs:{_MODEL}:{voice}"

    def synthesize(self, text: str) -> NDArray[np.float32]:
        """Speak `text`.

        Raises:
            SynthesisError: nothing, silence or far too little came back.
            PrerequisiteError: the key was refused.
            ModelError: the provider failed.
        """
        text = require_text(text, self.name)
        return checked_speech(in_pieces(text, _LONGEST, self._ask), self.sample_rate, text, self.name)

    def _ask(self, piece: str) -> bytes:
        answer = self._provider.ask(
            "POST",
            f"/v1/text-to-speech/{self._voice}",
            f"speaking as {self._voice}",
            params={"output_format": "pcm_24000"},
            json={"text": piece, "model_id": _MODEL},
        )
        data: bytes = answer.content
        return data
