"""Speak with an OpenAI voice."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from podcast_dspy.audio.openai_client import TIMEOUT, ask_openai, openai_client
from podcast_dspy.audio.text_pieces import in_pieces
from podcast_dspy.audio.voice import checked_speech, require_text

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["OpenAIVoice"]

_MODEL = "gpt-4o-mini-tts"
_LONGEST = 1800  # characters a request; the provider allows 2,000 tokens


class OpenAIVoice:
    """The voice `voice` ("nova"), or a model's voice ("tts-1-hd/nova").

    The provider does not repeat itself sample for sample; episodes repeat because spoken segments are cached.
    """

    sample_rate = 24_000

    def __init__(self, voice: str, *, timeout: float = TIMEOUT) -> None:
        model, _, speaker = voice.rpartition("/")
        self._model, self._speaker = model or _MODEL, speaker
        self._client: Any = openai_client(timeout)
        self.name = f"openai:{voice}"
        self.fingerprint = f"openai:{self._model}:{speaker}"

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
        return ask_openai(f"speaking with {self._model}", partial(self._speak, piece))

    def _speak(self, piece: str) -> bytes:
        answer = self._client.audio.speech.create(
            model=self._model, voice=self._speaker, input=piece, response_format="pcm"
        )
        data: bytes = answer.content
        return data
