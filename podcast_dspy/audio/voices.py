"""What a voice is, which voices there are, and what counts as speech.

An installed package adds voices by an entry point, which names a `VoiceEngine`:

    [project.entry-points."podcast_dspy.voices"]
    acme = "acme_speech:ENGINE"

`acme:ANNA` then is the voice that `ENGINE.make("ANNA")` makes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from podcast_dspy.errors import PrerequisiteError, SettingsError, SynthesisError
from podcast_dspy.models.packages import sha256_of
from podcast_dspy.registry import Registry
from podcast_dspy.settings import DEFAULT_VOICE, SECOND_VOICE
from podcast_dspy.text.language import language_name

_FASTEST = 0.11
"""Seconds a word at the very least: 545 words a minute, twice as fast as any intelligible speaker."""


class Voice(Protocol):
    """Speaks text. The same text gives the same samples.

    A voice may also have `fingerprint: str`, a hash of its model; without one its name alone stands for it in caches.
    And it may have `languages: tuple[str, ...]`, ISO 639-1 codes of those that it speaks; without, it speaks English.
    With `by_sentence = True` it is given a sentence at a time, whose edges of silence are cut off and whose pauses are
    made by what is said; without it whole segments, as a provider's voice needs for its melody.
    """

    @property
    def name(self) -> str:
        """Canonical name, such as `piper:joe`."""
        ...

    @property
    def sample_rate(self) -> int:
        """Samples a second, Hz."""
        ...

    def synthesize(self, text: str) -> NDArray[np.float32]:
        """Mono samples in -1..1, shape (samples,).

        Raises:
            SynthesisError: nothing, silence or far too little came out.
        """
        ...


class VoiceInfo(BaseModel):
    """One voice that can be named, for lists and for choosing by gender."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    engine: str
    gender: Literal["female", "male", "neutral"]
    accent: Literal["American", "British", "neutral"]
    network: bool
    """True if speaking needs a provider and its key."""
    languages: tuple[str, ...] = ("en",)
    """ISO 639-1 codes of those that it speaks."""


@dataclass(frozen=True)
class VoiceEngine:
    """What makes the voices whose names begin alike."""

    make: Callable[[str], Voice]
    """The voice of a name, which is given without the engine's. Raises UnknownNameError, PrerequisiteError."""
    voices: tuple[VoiceInfo, ...] = ()
    """Those with a name of their own, for lists."""


VOICES: Registry[VoiceEngine] = Registry(
    "voice",
    "podcast_dspy.voices",
    {
        "embedded": "podcast_dspy.audio.local_voices:EMBEDDED",
        "piper:PATH.onnx": "podcast_dspy.audio.local_voices:PIPER",
        "kokoro:VOICE": "podcast_dspy.audio.local_voices:KOKORO",
        "openai:VOICE": "podcast_dspy.audio.providers:OPENAI",
        "elevenlabs:ID": "podcast_dspy.audio.providers:ELEVENLABS",
    },
)


def list_voices() -> tuple[VoiceInfo, ...]:
    """Every voice with a name of its own; `piper:PATH.onnx` and `elevenlabs:ID` add any number more."""
    return tuple(voice for engine in VOICES for voice in engine.voices)


@lru_cache(maxsize=16)
def get_voice(name: str) -> Voice:
    """The voice called `name`; its model loads at the first `synthesize` and stays for the process.

    Names: `embedded` (= `piper:joe`), `piper:PATH.onnx`, `kokoro:VOICE`, `openai:VOICE`, `elevenlabs:VOICE_ID`, and
    those of installed packages.

    Raises:
        UnknownNameError: there is no such voice.
        PrerequisiteError: its model, extra or key is missing.
    """
    engine, own_name = VOICES.find(name)
    return engine.make(own_name)


def check_speaks(voice: str, language: str) -> None:
    """Whether a voice that there is speaks a language.

    Raises:
        SettingsError: it does not; the error names voices that do.
        UnknownNameError, PrerequisiteError: as `get_voice`.
    """
    spoken: tuple[str, ...] = getattr(get_voice(voice), "languages", ("en",))
    if language not in spoken:
        raise SettingsError(
            f"the voice {voice} speaks {' and '.join(map(language_name, spoken))}, and the episode is in "
            f"{language_name(language)}; {_others(language)}"
        )


def usual_voice(language: str, *, beside: str | None = None) -> str:
    """The voice of this machine that an episode in a language is spoken with where none was named; in a dialogue
    `beside` another voice, of the other gender.

    Raises:
        SettingsError: there is none, or no other; the error names voices that can be had.
    """
    first, second = (DEFAULT_VOICE, SECOND_VOICE) if language == "en" else _local(language)
    if beside is None:
        if first is None:
            raise SettingsError(
                f"no voice that comes with podcast-dspy speaks {language_name(language)}; {_others(language)}"
            )
        return first
    male = any(voice.name == beside and voice.gender == "male" for voice in list_voices())
    for name in (first, second) if male else (second, first):
        if name is not None and name != beside:
            return name
    raise SettingsError(
        f"no second voice that comes with podcast-dspy speaks {language_name(language)}; give --second-voice: "
        f"{_others(language, beside)}"
    )


def _local(language: str) -> tuple[str | None, str | None]:
    """The first local voice of a language, and the first of the other gender."""
    local = [one for one in list_voices() if not one.network and language in one.languages]
    other = (one.name for one in local if one.gender != local[0].gender)
    return (local[0].name, next(other, None)) if local else (None, None)


def _others(language: str, but: str | None = None) -> str:
    """Voices that speak a language, to be named."""
    local = [one.name for one in list_voices() if not one.network and language in one.languages]
    reasons = [
        *(name for name in local[:3] if name != but),
        "openai:coral (with OPENAI_API_KEY)",
        "elevenlabs:ID (with ELEVENLABS_API_KEY)",
    ]
    return f"choose {', '.join(reasons)}, or a Piper model of {language_name(language)} as piper:PATH.onnx"


def checked_speech(
    samples: NDArray[np.float32], sample_rate: int, text: str, voice: str
) -> NDArray[np.float32]:
    """`samples` as float32, once they are plausible speech for `text`.

    Raises:
        SynthesisError: they are empty, not finite, silent (peak under -50 dB full scale), or shorter than 0.11 s a
            word.
    """
    samples = np.asarray(samples, dtype=np.float32).reshape(-1)
    words = len(text.split())
    seconds = len(samples) / sample_rate
    remedy = "try again, reword the text, or choose another voice"
    if not len(samples):
        raise SynthesisError(f"The voice {voice} produced no sound for {_quoted(text)}; {remedy}.")
    if not np.all(np.isfinite(samples)):
        raise SynthesisError(f"The voice {voice} produced broken samples for {_quoted(text)}; {remedy}.")
    if float(np.max(np.abs(samples))) < 10 ** (-50 / 20):
        raise SynthesisError(f"The voice {voice} produced only silence for {_quoted(text)}; {remedy}.")
    if seconds < _FASTEST * words:
        raise SynthesisError(
            f"The voice {voice} spoke {words} words in {seconds:.2f} s, which cannot be all of them "
            f"({_quoted(text)}); {remedy}."
        )
    return samples


def require_text(text: str, voice: str) -> str:
    """`text` stripped, once there is a letter or digit in it.

    Raises:
        SynthesisError: there is nothing to say.
    """
    text = " ".join(text.split())
    if not any(character.isalnum() for character in text):
        raise SynthesisError(
            f"There is nothing to say for the voice {voice} in {_quoted(text)}; give it words."
        )
    return text


def fingerprint(voice: Voice) -> str:
    """What identifies the voice's sound in a cache key: its model's hash, or else its name."""
    return str(getattr(voice, "fingerprint", voice.name))


def by_sentence(voice: Voice) -> bool:
    """Whether a voice is given a sentence at a time."""
    return bool(getattr(voice, "by_sentence", False))


@lru_cache(maxsize=32)
def file_hash(path: Path, size: int, modified: int) -> str:
    """sha256 of a model file, remembered per process as long as size and time stay the same."""
    return sha256_of(path)


def model_hash(path: Path) -> str:
    """sha256 of the model file at `path`.

    Raises:
        PrerequisiteError: there is no such file.
    """
    try:
        stat = path.stat()
    except OSError as error:
        raise PrerequisiteError(f"There is no voice model at {path}; check the path.") from error
    return file_hash(path, stat.st_size, stat.st_mtime_ns)


def _quoted(text: str) -> str:
    return f"“{text[:60]}…”" if len(text) > 60 else f"“{text}”"
