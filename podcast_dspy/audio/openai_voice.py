"""Speak with an OpenAI voice."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Any

from podcast_dspy.audio.openai_client import TIMEOUT, ask_openai, openai_client
from podcast_dspy.audio.voice import checked_speech, require_text

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["OpenAIVoice", "text_pieces"]

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
        import numpy as np

        text = require_text(text, self.name)
        parts: list[NDArray[np.float32]] = []
        for piece in text_pieces(text, _LONGEST):
            data = ask_openai(f"speaking with {self._model}", partial(self._ask, piece))
            parts.append(np.frombuffer(data[: len(data) // 2 * 2], dtype="<i2").astype(np.float32) / 32768.0)
        return checked_speech(np.concatenate(parts), self.sample_rate, text, self.name)

    def _ask(self, piece: str) -> bytes:
        answer = self._client.audio.speech.create(
            model=self._model, voice=self._speaker, input=piece, response_format="pcm"
        )
        data: bytes = answer.content
        return data


def text_pieces(text: str, longest: int) -> list[str]:
    """`text` in pieces of at most `longest` characters, cut between sentences, else between words."""
    pieces: list[str] = []
    for sentence in re.split(r"(?<=[.!?])\s+", text):
        for part in _broken(sentence, longest):
            if pieces and len(pieces[-1]) + 1 + len(part) <= longest:
                pieces[-1] += " " + part
            else:
                pieces.append(part)
    return pieces


def _broken(sentence: str, longest: int) -> list[str]:
    parts = [""]
    for word in sentence.split():
        while len(word) > longest:
            parts += [word[:longest], ""]
            word = word[longest:]
        if len(parts[-1]) + 1 + len(word) > longest:
            parts.append(word)
        else:
            parts[-1] = f"{parts[-1]} {word}".strip()
    return [part for part in parts if part]
