"""Music before and after an episode: the user's own files, as loud as the voice, faded, and never over speech."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from podcast_dspy.audio.audio_writer import measure_loudness
from podcast_dspy.audio.decoding import decode
from podcast_dspy.audio.speaking import Narration

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_LONGEST = 30.0
"""Seconds of a file that are played; a jingle is shorter, and a whole song is not what listeners came for."""
_IN, _OUT = 0.3, 2.0
"""Seconds in which it comes and goes."""
_BREATH = 0.6
"""Seconds between music and speech."""


@dataclass(frozen=True)
class Music:
    """What an episode begins and ends with; None for nothing."""

    intro: Path | None = None
    outro: Path | None = None


def framed(narration: Narration, music: Music) -> Narration:
    """The narration between its music; the spans move by the length of what comes before.

    Raises AudioError for a file that is no audio, or silent.
    """
    import numpy as np

    if not (music.intro or music.outro):
        return narration
    rate = narration.sample_rate
    loudness = measure_loudness(narration.samples, rate)
    breath = np.zeros(round(_BREATH * rate), np.float32)
    before = [_faded(music.intro, rate, loudness), breath] if music.intro else []
    after = [breath, _faded(music.outro, rate, loudness)] if music.outro else []
    shift = sum(map(len, before)) / rate
    return replace(
        narration,
        samples=np.concatenate([*before, narration.samples, *after]),
        spans=[(start + shift, end + shift) for start, end in narration.spans],
    )


def _faded(path: Path, rate: int, loudness: float) -> NDArray[np.float32]:
    """The beginning of a recording at a loudness (LUFS), coming and going smoothly."""
    import numpy as np

    samples = decode(path, rate)[: round(_LONGEST * rate)].copy()
    gain = 10 ** ((loudness - measure_loudness(samples, rate)) / 20)
    for length, ramp in ((_IN, 1), (_OUT, -1)):
        count = min(len(samples) // 2, round(length * rate))
        curve = np.sin(np.linspace(0.0, np.pi / 2, count, dtype=np.float32)) ** 2
        part = slice(0, count) if ramp > 0 else slice(len(samples) - count, len(samples))
        samples[part] *= curve[::ramp]
    louder: NDArray[np.float32] = np.clip(samples * gain, -1.0, 1.0).astype(np.float32)
    return louder
