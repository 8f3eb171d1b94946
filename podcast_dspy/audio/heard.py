"""What a transcriber hands back before sentences are made of it: timed words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from podcast_dspy.audio.probing import AudioInfo
from podcast_dspy.audio.recording import Sound
from podcast_dspy.audio.timbre import Timbre

__all__ = ["Heard", "HeardWord", "Progress", "Transcriber"]

Progress = Callable[[float], None]
"""Called with the fraction done, 0-1, never falling."""


@dataclass(frozen=True)
class HeardWord:
    """One word with its punctuation; times in seconds, confidence 0-1."""

    word: str
    start: float
    end: float
    confidence: float
    speaker: str | None = None


@dataclass(frozen=True)
class Heard:
    """All words of a recording in order, the language (ISO 639-1), and what recognised them."""

    words: tuple[HeardWord, ...]
    language: str
    model: str
    samples: Sound | None = field(default=None, compare=False, repr=False)
    """The decoded recording at 16 kHz, where the transcriber had to decode it anyway."""
    timbre: Timbre | None = field(default=None, compare=False, repr=False)
    """How the recording sounds, where that was analysed while it was heard."""
    placed: bool = False
    """Whether word times are as exact as they can be; otherwise they are looked for in the recording."""


class Transcriber(Protocol):
    """Turns a recording into timed words."""

    def hear(self, path: Path, info: AudioInfo, *, language: str | None, progress: Progress) -> Heard:
        """Recognise the words of `path`; `language` None leaves the choice to the model."""
        ...
