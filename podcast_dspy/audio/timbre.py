"""How a voice sounds from moment to moment: level, pitch and cepstral coefficients."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from podcast_dspy.audio.recording import Sound, blocks

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["FRAME", "Timbre", "timbre"]

FRAME = 0.02
"""Seconds from one frame to the next; each sees twice as much."""
_BANDS = 26
_COEFFICIENTS = 13
_HEARD = (100.0, 7_000.0)  # Hz of the mel bands
_PITCH = (70, 380)  # Hz
_VOICED = 0.6  # share of a frame's energy that repeats with its pitch
_BATCH = 4096


@dataclass(frozen=True)
class Timbre:
    """One row a frame."""

    level: NDArray[np.float64]
    """dB."""
    pitch: NDArray[np.float64]
    """Octaves (log2 of Hz); NaN where nothing is voiced."""
    cepstrum: NDArray[np.float64]
    """Mel-frequency cepstral coefficients 1-13 (Davis and Mermelstein, 1980), shape (frames, 13)."""


def timbre(samples: Sound, rate: int) -> Timbre:
    """Analyse mono `samples` at `rate` Hz (at least 14,000).

    Pitch is the highest peak of the autocorrelation, corrected for the window (Boersma, 1993).
    """
    import numpy as np
    from scipy.fft import dct

    width, hop = round(2 * FRAME * rate), round(FRAME * rate)
    size = 1 << (width - 1).bit_length()
    if len(samples) < width:
        return Timbre(np.zeros(0), np.zeros(0), np.zeros((0, _COEFFICIENTS)))
    window = np.hanning(width).astype(np.float32)
    bands = _mel_bands(size, rate)
    shortest, longest = rate // _PITCH[1], rate // _PITCH[0]
    own = np.fft.irfft(np.abs(np.fft.rfft(window, 2 * size)) ** 2)[:longest]
    level, pitch, cepstrum = [], [], []
    for _, block in blocks(samples, _BATCH * hop, more=width - hop):
        if len(block) < width:
            break
        windowed = np.lib.stride_tricks.sliding_window_view(block, width)[::hop] * window
        power = np.abs(np.fft.rfft(windowed, size)).astype(np.float32) ** 2
        level.append(10 * np.log10(power.sum(axis=1) + 1e-9))
        bank = np.log(power @ bands.T + 1e-6)
        cepstrum.append(dct(bank, type=2, axis=1, norm="ortho")[:, 1 : _COEFFICIENTS + 1])
        repeats = np.fft.irfft(power, axis=1)[:, :longest]
        repeats = repeats / np.maximum(repeats[:, :1], 1e-9) / (own / own[0])
        within = repeats[:, shortest:]
        lag = within.argmax(axis=1)
        clear = within[np.arange(len(lag)), lag] > _VOICED
        pitch.append(np.where(clear, np.log2(rate / (lag + shortest)), np.nan))
    return Timbre(np.concatenate(level), np.concatenate(pitch), np.concatenate(cepstrum))


def _mel_bands(size: int, rate: int) -> NDArray[np.float32]:
    """Triangles of equal width on the mel scale, shape (bands, size / 2 + 1)."""
    import numpy as np

    low, high = (2595 * np.log10(1 + hertz / 700) for hertz in _HEARD)
    edges = 700 * (10 ** (np.linspace(low, high, _BANDS + 2) / 2595) - 1)
    bins = np.fft.rfftfreq(size, 1 / rate)
    rows = [
        np.clip(np.minimum((bins - a) / (b - a), (c - bins) / (c - b)), 0, None)
        for a, b, c in zip(edges, edges[1:], edges[2:], strict=False)
    ]
    return np.array(rows, np.float32)
