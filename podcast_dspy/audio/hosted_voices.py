"""Voices of providers: OpenAI's through its client, ElevenLabs' over HTTP."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from podcast_dspy.audio.providers import TIMEOUT, HttpProvider, ask_openai, openai_client
from podcast_dspy.audio.voices import VoiceEngine, VoiceInfo, checked_speech, require_text
from podcast_dspy.text.sentences import split_sentences

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["ElevenLabsVoice", "OpenAIVoice", "in_pieces", "text_pieces"]


def in_pieces(text: str, longest: int, ask: Callable[[str], bytes]) -> NDArray[np.float32]:
    """Samples (-1..1) of `text`; `ask` gives 16-bit little-endian mono sound of at most `longest` characters."""
    import numpy as np

    answers = [ask(piece) for piece in text_pieces(text, longest)]
    # An answer that was cut off within a sample loses that sample.
    sounds = [np.frombuffer(sound[: len(sound) // 2 * 2], dtype="<i2") for sound in answers]
    return np.concatenate(sounds).astype(np.float32) / 32768.0


def text_pieces(text: str, longest: int) -> list[str]:
    """`text` in pieces of at most `longest` characters, cut between sentences, else between words."""
    pieces: list[str] = []
    for sentence in split_sentences(text):
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


class _HostedVoice(ABC):
    """What the voices of providers share: long texts are asked for in pieces, and what comes back is checked."""

    sample_rate = 24_000

    def __init__(self, name: str, fingerprint: str, longest: int) -> None:
        self.name = name
        self.fingerprint = fingerprint
        self._longest = longest

    def synthesize(self, text: str) -> NDArray[np.float32]:
        """Speak `text`.

        Raises:
            SynthesisError: nothing, silence or far too little came back.
            PrerequisiteError: the key was refused.
            ModelError: the provider failed.
        """
        text = require_text(text, self.name)
        return checked_speech(in_pieces(text, self._longest, self._ask), self.sample_rate, text, self.name)

    @abstractmethod
    def _ask(self, piece: str) -> bytes:
        """16-bit mono sound of a text that is no longer than the provider takes."""


_OPENAI: dict[str, Literal["female", "male", "neutral"]] = {
    "alloy": "neutral", "ash": "male", "ballad": "male", "coral": "female", "echo": "male", "fable": "male",
    "nova": "female", "onyx": "male", "sage": "female", "shimmer": "female", "verse": "male",
}  # fmt: skip
_OPENAI_MODEL = "gpt-4o-mini-tts"
_OPENAI_LONGEST = 1800  # characters a request; the provider allows 2,000 tokens


class OpenAIVoice(_HostedVoice):
    """The voice `voice` ("nova"), or a model's voice ("tts-1-hd/nova").

    The provider does not repeat itself sample for sample; episodes repeat because spoken segments are cached.
    """

    def __init__(self, voice: str, *, timeout: float = TIMEOUT) -> None:
        model, _, speaker = voice.rpartition("/")
        self._model, self._speaker = model or _OPENAI_MODEL, speaker
        self._client: Any = openai_client(timeout)
        super().__init__(f"openai:{voice}", f"openai:{self._model}:{speaker}", _OPENAI_LONGEST)

    def _ask(self, piece: str) -> bytes:
        return ask_openai(f"speaking with {self._model}", partial(self._speak, piece))

    def _speak(self, piece: str) -> bytes:
        answer = self._client.audio.speech.create(
            model=self._model, voice=self._speaker, input=piece, response_format="pcm"
        )
        data: bytes = answer.content
        return data


_ELEVENLABS = "https://api.elevenlabs.io"
_ELEVENLABS_MODEL = "eleven_multilingual_v2"
_ELEVENLABS_LONGEST = 4500  # characters a request


class ElevenLabsVoice(_HostedVoice):
    """The voice with the id `voice`; key in ELEVENLABS_API_KEY, server in ELEVENLABS_BASE_URL if not the usual one."""

    def __init__(self, voice: str, *, timeout: float = 300.0) -> None:
        base = os.environ.get("ELEVENLABS_BASE_URL", _ELEVENLABS)
        self._provider = HttpProvider("ElevenLabs", base, "ELEVENLABS_API_KEY", "xi-api-key", timeout)
        self._voice = voice
        super().__init__(
            f"elevenlabs:{voice}", f"elevenlabs:{_ELEVENLABS_MODEL}:{voice}", _ELEVENLABS_LONGEST
        )

    def _ask(self, piece: str) -> bytes:
        answer = self._provider.ask(
            "POST",
            f"/v1/text-to-speech/{self._voice}",
            f"speaking as {self._voice}",
            params={"output_format": "pcm_24000"},
            json={"text": piece, "model_id": _ELEVENLABS_MODEL},
        )
        data: bytes = answer.content
        return data


OPENAI = VoiceEngine(
    OpenAIVoice,
    tuple(
        VoiceInfo(name=f"openai:{voice}", engine="openai", gender=gender, accent="neutral", network=True)
        for voice, gender in _OPENAI.items()
    ),
)
ELEVENLABS = VoiceEngine(ElevenLabsVoice)
