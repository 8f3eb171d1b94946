"""Bring speech to a target loudness without its true peak passing a ceiling (ITU-R BS.1770)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from podcast_dspy.errors import SynthesisError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["limit_peaks", "measure_loudness", "normalise", "true_peak"]

_OVERSAMPLE = 4  # BS.1770-4 annex 2 asks for at least 4 at 48 kHz
_LOOKAHEAD = 0.005  # seconds
_BLOCK = 1 << 20


def measure_loudness(samples: NDArray[np.float32], sample_rate: int) -> float:
    """Integrated loudness in LUFS (BS.1770 with gating); -inf for silence. Needs at least 0.4 s."""
    import warnings

    import numpy as np
    import pyloudnorm

    if (
        len(samples) < round(0.4 * sample_rate) + 1
    ):  # one gating block; speech this short is repeated to fill it
        if not len(samples):
            return float("-inf")
        samples = np.tile(samples, -(-round(0.5 * sample_rate) // len(samples)))
    meter = pyloudnorm.Meter(sample_rate)
    with warnings.catch_warnings(), np.errstate(divide="ignore", invalid="ignore"):
        warnings.simplefilter("ignore")
        loudness = float(meter.integrated_loudness(np.asarray(samples, np.float64)))
    return loudness if np.isfinite(loudness) else float("-inf")


def true_peak(samples: NDArray[np.float32]) -> float:
    """Highest level between samples, in dBTP (4 x oversampled); -inf for silence."""
    import numpy as np

    peak = float(_peaks(samples).max(initial=0.0))
    return float(20 * np.log10(peak)) if peak > 0 else float("-inf")


def limit_peaks(samples: NDArray[np.float32], sample_rate: int, ceiling_db: float) -> NDArray[np.float32]:
    """`samples` with every true peak at or under `ceiling_db` (dBTP), by a smooth look-ahead gain of 5 ms.

    The gain at each moment is a weighted mean of the lowest gains that its neighbourhood needs, so it never lies above
    the gain needed there.
    """
    return _limited(samples, _peaks(samples), sample_rate, 1.0, ceiling_db)


def _limited(
    samples: NDArray[np.float32],
    peaks: NDArray[np.float32],
    sample_rate: int,
    factor: float,
    ceiling_db: float,
) -> NDArray[np.float32]:
    """`factor * samples`, limited; `peaks` are those of `samples`, measured once for every factor tried."""
    import numpy as np
    from scipy.ndimage import convolve1d, minimum_filter1d

    ceiling = 10 ** (ceiling_db / 20) / factor
    if float(peaks.max(initial=0.0)) <= ceiling:
        return (samples * factor).astype(np.float32)
    reach = max(1, round(_LOOKAHEAD * sample_rate))
    window = np.hanning(2 * reach + 3)[1:-1].astype(np.float32)
    lowest = minimum_filter1d(
        np.minimum(1.0, ceiling / np.maximum(peaks, 1e-9)), size=2 * reach + 1, mode="nearest"
    )
    gain = convolve1d(lowest, window / window.sum(), mode="nearest")
    limited: NDArray[np.float32] = (samples * (gain * factor)).astype(np.float32)
    return limited


def normalise(
    samples: NDArray[np.float32], sample_rate: int, *, loudness: float = -16.0, ceiling_db: float = -1.0
) -> NDArray[np.float32]:
    """`samples` at `loudness` LUFS with true peaks at or under `ceiling_db` dBTP.

    Limiting takes loudness away, so gain and limiter are repeated until the result is within 0.05 LU (six rounds at
    most: extremely peaky material stays quieter rather than clipped).

    Raises:
        SynthesisError: there is only silence to normalise.
    """
    measured = measure_loudness(samples, sample_rate)
    if measured == float("-inf"):
        raise SynthesisError("The episode is silent, so its loudness cannot be set; voice it again.")
    gain = loudness - measured
    result, peaks = samples, _peaks(samples)
    for _ in range(6):
        result = _limited(samples, peaks, sample_rate, 10 ** (gain / 20), ceiling_db)
        error = loudness - measure_loudness(result, sample_rate)
        if abs(error) <= 0.05:
            break
        gain += error
    return result


def _peaks(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Highest absolute level around each sample, 4 x oversampled; one value a sample."""
    import numpy as np
    from scipy.signal import resample_poly

    peaks = np.zeros(len(samples), np.float32)
    margin = 64  # covers the interpolation filter, so that block edges leave no trace
    for start in range(0, len(samples), _BLOCK):
        stop = min(len(samples), start + _BLOCK)
        low, high = max(0, start - margin), min(len(samples), stop + margin)
        dense = np.abs(resample_poly(samples[low:high], _OVERSAMPLE, 1)).reshape(-1, _OVERSAMPLE)
        ahead = dense.max(axis=1)
        # the points before a sample belong to it as well as those after
        around = np.maximum(ahead, np.concatenate([ahead[:1], ahead[:-1]]))
        peaks[start:stop] = around[start - low : stop - low]
    return peaks
