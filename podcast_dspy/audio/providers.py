"""What hosted voices and transcribers share (keys, retries, errors), and the voices of OpenAI and ElevenLabs."""

from __future__ import annotations

import os
import re
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

from podcast_dspy.audio.voices import VoiceEngine, VoiceInfo, checked_speech, require_text
from podcast_dspy.errors import ModelError, PrerequisiteError
from podcast_dspy.text.language import EPISODE_LANGUAGES
from podcast_dspy.text.words import split_sentences

TIMEOUT = 300.0
"""Seconds to wait for one answer."""

Answer = TypeVar("Answer")


ATTEMPTS = 4
"""How often a request is made at most."""
_LONGEST_WAIT = 60.0


def pause_before(attempt: int, headers: Mapping[str, str]) -> float:
    """Seconds to wait before a request's `attempt` (1: the second): what Retry-After asks for, else growing."""
    asked = headers.get("retry-after", "")
    seconds = float(asked) if asked.replace(".", "", 1).isdecimal() else 0.5 * 2.0 ** (attempt - 1)
    return min(seconds, _LONGEST_WAIT)


class RefusedError(Exception):
    """A provider's answer that is an error."""

    def __init__(self, status: int, message: str = "", headers: Mapping[str, str] | None = None) -> None:
        super().__init__(f"status {status}" + (f": {message}" if message else ""))
        self.status = status
        self.headers = headers or {}


def provider_key(name: str, variable: str) -> str:
    """The key in an environment variable. Raises PrerequisiteError without one."""
    key = os.environ.get(variable, "").strip()
    if not key:
        raise PrerequisiteError(f"{name} needs a key: set {variable}, or choose the embedded model.")
    return key


def ask_again(name: str, variable: str, what: str, ask: Callable[[], Answer]) -> Answer:
    """The answer of `ask()`, which raises httpx errors, RefusedError, or ValueError for an answer that cannot be read.

    A dropped connection, a time-out, 408, 409, 429, 5xx and what cannot be read are tried again, three times, after the
    pause that Retry-After asks for (at most a minute), else after growing ones.

    Raises:
        PrerequisiteError: the key was refused.
        ModelError: it failed for good.
    """
    import httpx

    failure = ""
    headers: Mapping[str, str] = {}
    for attempt in range(ATTEMPTS):
        if attempt:
            time.sleep(pause_before(attempt, headers))
        headers = {}
        try:
            return ask()
        except httpx.TimeoutException:
            failure = "no answer in time"
        except httpx.HTTPError:
            failure = "the connection failed"
        except RefusedError as error:
            if error.status in (401, 403):
                raise PrerequisiteError(
                    f"{name} refused the key in {variable}; check that it is valid."
                ) from None
            failure, headers = str(error), error.headers
            if error.status not in (408, 409, 429) and error.status < 500:
                break
        except (ValueError, KeyError, TypeError, AttributeError):
            failure = "an answer that cannot be read"
    raise ModelError(f"{name} failed on {what} ({failure}); check the name or try again later.")


def openai_client(timeout: float = TIMEOUT) -> Any:
    """A client with the key of OPENAI_API_KEY, at OPENAI_BASE_URL if that is set; it tries nothing again.

    Raises:
        PrerequisiteError: there is no key.
    """
    key = provider_key("OpenAI", "OPENAI_API_KEY")
    from openai import OpenAI

    return OpenAI(api_key=key, max_retries=0, timeout=timeout)


def ask_openai(what: str, ask: Callable[[], Answer]) -> Answer:
    """The answer of `ask()`, a call of the official client that does `what`; fails and tries again as `ask_again`."""
    import httpx
    import openai

    def asked() -> Answer:
        try:
            return ask()
        except openai.APIResponseValidationError as error:
            raise ValueError("not what the client knows") from error
        except openai.APITimeoutError as error:
            raise httpx.TimeoutException("no answer") from error
        except openai.APIConnectionError as error:
            raise httpx.ConnectError("no connection") from error
        except openai.APIStatusError as error:
            raise RefusedError(error.status_code, _hidden(error.message), error.response.headers) from None

    return ask_again("OpenAI", "OPENAI_API_KEY", what, asked)


def _hidden(message: str) -> str:
    """One line of `message` without the key."""
    key = os.environ.get("OPENAI_API_KEY", "").strip()
    message = message.replace(key, "***") if key else message
    return " ".join(re.sub(r"\bsk-[\w*-]+", "***", message).split())[:200]


def in_pieces(text: str, longest: int, ask: Callable[[str], bytes]) -> NDArray[np.float32]:
    """Samples (-1..1) of `text`; `ask` gives 16-bit little-endian mono sound of at most `longest` characters."""
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
    languages = EPISODE_LANGUAGES
    """Of those that episodes can be in: the providers' models speak all of them, and dozens more."""

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

    def __init__(self, voice: str, *, timeout: float = TIMEOUT) -> None:
        self._base = os.environ.get("ELEVENLABS_BASE_URL", _ELEVENLABS).rstrip("/")
        self._key = provider_key("ElevenLabs", "ELEVENLABS_API_KEY")
        self._voice = voice
        self._timeout = timeout
        super().__init__(
            f"elevenlabs:{voice}", f"elevenlabs:{_ELEVENLABS_MODEL}:{voice}", _ELEVENLABS_LONGEST
        )

    def _ask(self, piece: str) -> bytes:
        import httpx

        def ask() -> bytes:
            answer = httpx.post(
                f"{self._base}/v1/text-to-speech/{self._voice}",
                headers={"xi-api-key": self._key},
                params={"output_format": "pcm_24000"},
                json={"text": piece, "model_id": _ELEVENLABS_MODEL},
                timeout=self._timeout,
            )
            if not answer.is_success:
                raise RefusedError(answer.status_code, headers=answer.headers)
            return answer.content

        return ask_again("ElevenLabs", "ELEVENLABS_API_KEY", f"speaking as {self._voice}", ask)


OPENAI = VoiceEngine(
    OpenAIVoice,
    tuple(
        VoiceInfo(
            name=f"openai:{voice}",
            engine="openai",
            gender=gender,
            accent="neutral",
            network=True,
            languages=EPISODE_LANGUAGES,
        )
        for voice, gender in _OPENAI.items()
    ),
)
ELEVENLABS = VoiceEngine(ElevenLabsVoice)
