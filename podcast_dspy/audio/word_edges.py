"""Settle where recognised words begin and end by the recording itself: pauses are between words, not inside."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from podcast_dspy.audio.heard import HeardWord
from podcast_dspy.audio.recording import Sound, blocks

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["PAUSE", "settle_words", "silences"]

_FRAME = 0.01  # seconds
_BLOCK = 1 << 15  # frames looked at at once
PAUSE = 0.15
"""Seconds; what is quiet for less may be the closure of a consonant inside a word."""
_REACH = 0.5
"""Seconds by which a recogniser may misplace the word before or after a pause."""
_SHORTEST = 0.04  # seconds of a word
_MARK = 0.1
"""A pause fits best after a punctuation mark: as well as one that is so many seconds nearer."""


def silences(samples: Sound, rate: int) -> list[tuple[float, float]]:
    """Start and end in seconds of each silence of at least 0.15 s.

    Silence is what lies below 30% of the way, in decibels, from the quiet parts (5th percentile of 10 ms frames) to the
    loud ones (90th percentile), or 35 dB under the loud ones if that is more.
    """
    import numpy as np

    frame = max(1, round(_FRAME * rate))
    count = len(samples) // frame
    if count < 3:
        return []
    level = np.concatenate([_energies(part, frame) for _, part in blocks(samples, _BLOCK * frame)])
    loudness = 10 * np.log10(np.convolve(level, np.ones(3) / 3, "same") + 1e-12)
    quiet, loud = np.percentile(loudness, [5, 90])
    still = np.concatenate(([False], loudness < max(quiet + 0.3 * (loud - quiet), loud - 35.0), [False]))
    edges = np.flatnonzero(still[1:] != still[:-1]).reshape(-1, 2) * (frame / rate)
    return [(float(start), float(end)) for start, end in edges if end - start >= PAUSE - 1e-9]


def _energies(part: NDArray[np.float32], frame: int) -> NDArray[np.float64]:
    import numpy as np

    rows = part[: len(part) // frame * frame].reshape(-1, frame)
    energies: NDArray[np.float64] = np.einsum("ij,ij->i", rows, rows, dtype=np.float64) / frame
    return energies


def settle_words(
    words: Sequence[HeardWord], pauses: Sequence[tuple[float, float]], *, late: float = 0.0
) -> list[HeardWord]:
    """`words` in order, `late` seconds earlier, those beside one of `pauses` (s) ending and beginning where it does.

    A recogniser knows roughly where a pause is, but the word after it may begin anywhere in the pause, and elsewhere
    when the recording is heard from another second on. Each silence goes to the two words whose boundary is nearest.
    """
    starts = [max(0.0, word.start - late) for word in words]
    ends = [max(0.0, word.end - late) for word in words]
    fits = []
    for number, (quiet, loud) in enumerate(pauses):
        first = max(0, bisect_left(starts, quiet - _REACH) - 1)
        last = bisect_left(starts, loud + _REACH)
        for left in range(first, min(last, len(words) - 1)):
            edges = (ends[left], starts[left + 1])
            if quiet - _REACH <= min(edges) and max(edges) <= loud + _REACH:
                distance = abs(sum(edges) - quiet - loud) / 2
                marked = words[left].word[-1:] in tuple(".,;:!?…")
                fits.append((distance - (_MARK if marked else 0.0), number, left))
    settled: set[int] = set()
    taken: set[int] = set()
    for _, number, left in sorted(fits):
        quiet, loud = pauses[number]
        room = quiet - starts[left] >= _SHORTEST and ends[left + 1] - loud >= _SHORTEST
        if room and number not in taken and left not in settled:
            taken.add(number)
            settled.add(left)
            ends[left], starts[left + 1] = quiet, loud
    return [
        replace(word, start=start, end=max(start, end))
        for word, start, end in zip(words, starts, ends, strict=True)
    ]
