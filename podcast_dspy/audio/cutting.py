"""Cut a long recording at its silences, and know exactly where each piece began."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from podcast_dspy.audio.heard import HeardWord

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["cut_points", "rejoin", "speech_span"]

_FRAME = 0.02  # seconds
_QUIET = 0.24  # seconds; a silence shorter than this may lie inside a word


def cut_points(samples: NDArray[np.float32], rate: int, longest: float, *, window: float = 0.3) -> list[int]:
    """Sample indices at which to cut so that no piece is longer than `longest` seconds; [] if none is needed.

    Each cut lies in the middle of the quietest 0.24 s of the last `window` (share) of the piece.
    """
    import numpy as np

    frame = max(1, round(_FRAME * rate))
    level = (
        np.square(samples[: len(samples) // frame * frame].astype(np.float64)).reshape(-1, frame).mean(axis=1)
    )
    width = max(1, round(_QUIET / _FRAME))
    loudness = np.convolve(level, np.ones(width) / width, mode="same")
    cuts: list[int] = []
    start, most = 0, round(longest * rate)
    while len(samples) - start > most:
        first = (start + round(most * (1 - window))) // frame
        last = max(first + 1, (start + most) // frame)
        # of equally quiet places the latest: fewer pieces
        place = last - 1 - int(np.argmin(loudness[first:last][::-1]))
        cut = max(start + frame, place * frame + frame // 2)
        cuts.append(cut)
        start = cut
    return cuts


def rejoin(pieces: Sequence[tuple[float, Sequence[HeardWord]]]) -> list[HeardWord]:
    """Words of all pieces on one time line; each piece is (its start in seconds, its words from its own zero).

    A piece starts where its first sample lay, never where the last word of the piece before ended: that would drift.
    """
    joined: list[HeardWord] = []
    for offset, words in pieces:
        joined += [
            HeardWord(word.word, word.start + offset, word.end + offset, word.confidence, word.speaker)
            for word in words
        ]
    return joined


def speech_span(samples: NDArray[np.float32], rate: int) -> tuple[float, float]:
    """Start and end of the sound in `samples` (seconds): outside, everything is 30 dB under the loudest 20 ms."""
    import numpy as np

    frame = max(1, round(_FRAME * rate))
    if len(samples) < frame:
        return 0.0, len(samples) / rate
    level = (
        np.square(samples[: len(samples) // frame * frame].astype(np.float64)).reshape(-1, frame).mean(axis=1)
    )
    loud = np.flatnonzero(level > level.max() * 1e-3)
    if not len(loud):
        return 0.0, len(samples) / rate
    return float(loud[0] * frame / rate), float((loud[-1] + 1) * frame / rate)
