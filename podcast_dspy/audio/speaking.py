"""Speak an episode segment by segment; a segment that was spoken before is not spoken again."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from podcast_dspy.audio.durations import SEGMENT_PAUSE
from podcast_dspy.audio.heard import Progress
from podcast_dspy.audio.speech_cache import SpeechCache, quantised
from podcast_dspy.audio.spoken import Lexicon, read_lexicon, speakable
from podcast_dspy.audio.voice import Voice, checked_speech, fingerprint
from podcast_dspy.errors import SynthesisError, UsageError
from podcast_dspy.models import model_slots
from podcast_dspy.settings import EnvironmentSettings

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Narration", "speak"]

_CODE_VERSION = 1
"""Part of every cache key: raised when a change here changes the sound."""


@dataclass(frozen=True)
class Narration:
    """A spoken episode."""

    samples: NDArray[np.float32]
    """Mono, -1..1, shape (samples,)."""
    sample_rate: int
    """Hz."""
    spans: list[tuple[float, float]]
    """Start and end of each segment in seconds; the pauses lie between them. An unspoken segment has length 0."""
    voice: str = ""

    @property
    def duration(self) -> float:
        """Seconds."""
        return len(self.samples) / self.sample_rate


def speak(
    segments: Sequence[str],
    voice: Voice,
    *,
    pause: float = SEGMENT_PAUSE,
    cache_dir: Path | None = None,
    lexicon: Lexicon | str | Path | None = None,
    progress: Progress | None = None,
) -> Narration:
    """Speak `segments` in order, with `pause` seconds between.

    Each is made speakable first. With `cache_dir`, segments are kept by what their sound depends on (voice, model,
    words), so that editing one speaks one; no more is kept than `PODCAST_DSPY_SPEECH_CACHE_GB` says. A segment with
    nothing to say (a citation alone) takes no time.

    Raises:
        SynthesisError: a segment came out empty, silent or far too short, or there is nothing to say at all.
        UsageError: the pause is negative.
    """
    import numpy as np

    if not 0.0 <= pause < 60.0:
        raise UsageError(f"The pause between segments is 0 to 60 seconds, not {pause:g}.")
    entries = read_lexicon(lexicon) if isinstance(lexicon, str | Path) else lexicon
    texts = [speakable(segment, entries) for segment in segments]
    if not any(_sayable(text) for text in texts):
        raise SynthesisError("There is nothing to say in this script; write its segments first.")
    cache = SpeechCache(cache_dir) if cache_dir is not None else None
    rate = voice.sample_rate
    silence = np.zeros(round(pause * rate), np.float32)
    total = sum(len(text) for text in texts)
    pieces: list[NDArray[np.float32]] = []
    spans: list[tuple[float, float]] = []
    position = done = 0
    # Voices lock what they cannot share; the rest of their work runs side by side, in order of the segments.
    pool = ThreadPoolExecutor(model_slots())
    try:
        speaking = [
            pool.submit(_segment, text, voice, rate, cache) if _sayable(text) else None for text in texts
        ]
        for text, future in zip(texts, speaking, strict=True):
            if future is not None:
                spoken = future.result()
                if pieces:
                    pieces.append(silence)
                    position += len(silence)
                pieces.append(spoken)
                spans.append((position / rate, (position + len(spoken)) / rate))
                position += len(spoken)
            else:
                spans.append((position / rate, position / rate))
            done += len(text)
            if progress is not None:
                progress(done / total)
    finally:
        # After a failure or Ctrl-C the segments that have not begun are dropped.
        pool.shutdown(wait=True, cancel_futures=True)
        if cache is not None:
            cache.prune(EnvironmentSettings().speech_cache_gb * 1e9)
    return Narration(np.concatenate(pieces), rate, spans, voice.name)


def _sayable(text: str) -> bool:
    return any(character.isalnum() for character in text)


def _segment(text: str, voice: Voice, rate: int, cache: SpeechCache | None) -> NDArray[np.float32]:
    key = cache.key(_CODE_VERSION, voice.name, fingerprint(voice), rate, text) if cache is not None else ""
    if cache is not None:
        known = cache.read(key, rate)
        if known is not None:
            return checked_speech(known, rate, text, voice.name)
    spoken = quantised(checked_speech(voice.synthesize(text), rate, text, voice.name))
    if cache is not None:
        cache.write(key, spoken, rate)
    return spoken
