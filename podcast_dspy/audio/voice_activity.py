"""Voice activity: how much of a sound is somebody speaking (Silero VAD, which faster-whisper brings along)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["spoken_seconds"]

_RATE = 16_000  # what the model hears


def spoken_seconds(sound: NDArray[np.float32]) -> float:
    """Seconds of speech, of any language, in mono `sound` at 16 kHz; music and noise do not count."""
    from faster_whisper.vad import VadOptions, get_speech_timestamps

    if not len(sound):
        return 0.0
    options = VadOptions(min_silence_duration_ms=200, speech_pad_ms=0)
    return float(sum(span["end"] - span["start"] for span in get_speech_timestamps(sound, options))) / _RATE
