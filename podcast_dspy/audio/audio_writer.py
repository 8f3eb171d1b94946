"""An episode as a file: encoded, at one loudness (BS.1770), tagged, with the user's music around the speech."""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from podcast_dspy.audio.decoding import AudioInfo, decode, probe
from podcast_dspy.audio.metadata import AudioTags, Chapter, write_tags
from podcast_dspy.audio.speaking import Narration
from podcast_dspy.errors import DiskFullError, SynthesisError, UsageError, WorkspaceError

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
    samples = decode(path, rate)[: round(_LONGEST * rate)].copy()
    gain = 10 ** ((loudness - measure_loudness(samples, rate)) / 20)
    for length, ramp in ((_IN, 1), (_OUT, -1)):
        count = min(len(samples) // 2, round(length * rate))
        curve = np.sin(np.linspace(0.0, np.pi / 2, count, dtype=np.float32)) ** 2
        part = slice(0, count) if ramp > 0 else slice(len(samples) - count, len(samples))
        samples[part] *= curve[::ramp]
    louder: NDArray[np.float32] = np.clip(samples * gain, -1.0, 1.0).astype(np.float32)
    return louder


FORMATS = (".mp3", ".opus", ".wav")

_CODECS: dict[str, tuple[str, str, str, int | None]] = {
    # suffix: container, codec, sample format, bits a second of speech (a half more in stereo)
    ".mp3": ("mp3", "libmp3lame", "fltp", 96_000),
    ".opus": ("ogg", "libopus", "flt", 48_000),
    ".wav": ("wav", "pcm_s16le", "s16", None),
    ".flac": ("flac", "flac", "s16", None),
}
_RATES: dict[str, tuple[int, ...]] = {
    ".mp3": (16_000, 22_050, 24_000, 32_000, 44_100, 48_000),
    ".opus": (48_000,),
}
_FRAME = 1 << 14
_LAME_SCALE = 0.95
"""LAME multiplies its input by this at our bit rate; undone so that the file is as loud as asked for."""


def encode(path: Path, samples: NDArray[np.float32], sample_rate: int, suffix: str) -> None:
    """Write `samples` (-1..1) to `path` in the format of `suffix` (".mp3", ".opus", ".wav", ".flac").

    Of shape (n,) they are mono, of (2, n) left and right. A rate that the format does not know is resampled to the
    next higher one.

    Raises:
        UsageError: the suffix names no known format.
    """
    if suffix not in _CODECS:
        raise UsageError(f"Audio is written as .mp3, .opus or .wav, not {suffix or 'without a suffix'}.")
    container_format, codec, sample_format, bits = _CODECS[suffix]
    rates = _RATES.get(suffix, (sample_rate,))
    rate = min((known for known in rates if known >= sample_rate), default=max(rates))
    # bitexact leaves out version strings and the random serial number of an Ogg stream
    with av.open(str(path), "w", format=container_format, options={"fflags": "+bitexact"}) as container:
        stream: Any = container.add_stream(codec, rate=rate)
        context = stream.codec_context
        layout = "stereo" if samples.ndim > 1 else "mono"
        context.layout = layout
        context.format = sample_format
        context.thread_count = 1
        if bits:
            context.bit_rate = bits if layout == "mono" else bits * 3 // 2
        resampler = av.AudioResampler(
            format=sample_format, layout=layout, rate=rate, frame_size=context.frame_size or 0
        )
        scale = 1 / _LAME_SCALE if suffix == ".mp3" else 1.0
        clipped = np.atleast_2d(np.clip(samples * scale, -1.0, 1.0).astype(np.float32))
        for start in range(0, clipped.shape[1], _FRAME):
            part = np.ascontiguousarray(clipped[:, start : start + _FRAME])
            frame = av.AudioFrame.from_ndarray(part, format="fltp", layout=layout)
            frame.sample_rate, frame.pts, frame.time_base = sample_rate, start, Fraction(1, sample_rate)
            for piece in resampler.resample(frame):
                container.mux(stream.encode(piece))
        for piece in resampler.resample(None):
            container.mux(stream.encode(piece))
        container.mux(stream.encode(None))


_CEILING = -1.0  # dBTP
_LOSSY_MARGIN = 0.6  # a lossy codec may lift peaks by about this many dB
_TOLERANCE = 0.15  # seconds of encoder padding


def write_audio(
    path: str | Path,
    samples: NDArray[np.float32],
    sample_rate: int,
    *,
    tags: AudioTags,
    chapters: Sequence[Chapter] = (),
    transcript: str | None = None,
    cover: Path | None = None,
    loudness: float = -16.0,
    places: Sequence[tuple[float, float]] = (),
) -> AudioInfo:
    """Write mono `samples` (-1..1 at `sample_rate` Hz) as MP3, Opus or WAV, by the suffix of `path`.

    With `places`, (from which second, from where: -1 left to 1 right), in stereo (`panned`).

    Loudness is brought to `loudness` LUFS with true peaks under -1 dBTP. The file appears whole, under its final name,
    or not at all; an older file of that name stays until then. The same input gives the same bytes.

    Returns:
        What was measured on the written file.

    Raises:
        UsageError: the suffix names no known format, or chapters overlap or pass the end.
        SynthesisError: the samples are empty, not finite or silent, or the file came out with another length.
        InputError: the cover is no picture.
        DiskFullError, WorkspaceError: the file cannot be written.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    if suffix not in FORMATS:
        raise UsageError(
            f"Audio is written as .mp3, .opus or .wav, not {suffix or 'without a suffix'}: {path}."
        )
    seconds = _check(samples, sample_rate, path)
    chapters = sorted(chapters, key=lambda chapter: chapter.start)
    _check_chapters(chapters, seconds)
    ceiling = _CEILING if suffix == ".wav" else _CEILING - _LOSSY_MARGIN
    levelled = normalise(samples, sample_rate, loudness=loudness, ceiling_db=ceiling)
    handle: int | None = None
    temporary: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.stem}-", suffix=suffix, dir=path.parent)
        os.close(handle)
        temporary = Path(name)
        temporary.chmod(0o644)  # mkstemp makes it private; an episode is to be shared
        encode(temporary, panned(levelled, sample_rate, places) if places else levelled, sample_rate, suffix)
        write_tags(temporary, suffix, tags, chapters, transcript, cover)
        info = probe(temporary)
        if abs(info.duration - seconds) > _TOLERANCE:
            raise SynthesisError(
                f"{path.name} came out {info.duration:.2f} s long instead of {seconds:.2f} s; write it again."
            )
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DiskFullError(f"The disk is full, so {path} was not written; free some space.") from error
        raise WorkspaceError(
            f"{path} cannot be written ({error.strerror or error}); check the directory and its permissions."
        ) from error
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
    return info.model_copy(update={"path": path})


def _check(samples: NDArray[np.float32], sample_rate: int, path: Path) -> float:
    if samples.ndim != 1 or sample_rate <= 0:
        raise UsageError(
            f"An episode is mono samples of shape (n,), not {samples.shape} at {sample_rate} Hz."
        )
    if not len(samples) or not np.all(np.isfinite(samples)) or not np.any(samples):
        raise SynthesisError(f"There is no sound to write to {path}; voice the script again.")
    return len(samples) / sample_rate


def _check_chapters(chapters: Sequence[Chapter], seconds: float) -> None:
    for before, after in pairwise(chapters):
        if after.start < before.end - 0.01:
            raise UsageError(
                f"The chapters {before.title!r} and {after.title!r} overlap; give them one after another."
            )
    if chapters and chapters[-1].end > seconds + 0.5:
        raise UsageError(
            f"The chapter {chapters[-1].title!r} ends at {chapters[-1].end:.1f} s, after the episode's {seconds:.1f} s."
        )


def panned(
    samples: NDArray[np.float32], sample_rate: int, places: Sequence[tuple[float, float]]
) -> NDArray[np.float32]:
    """Mono `samples` as left and right, shape (2, n): from each of `places`' seconds on from -1 (left) to 1 (right).

    Of constant power, sin^2 + cos^2 = 1: BS.1770 adds the power of both channels, so it is as loud as in mono, and no
    peak is higher.
    """
    angles = np.full(len(samples), np.pi / 4, np.float32)
    for start, place in places:
        angles[max(0, round(start * sample_rate)) :] = (1.0 + place) * np.pi / 4
    return np.stack([np.cos(angles) * samples, np.sin(angles) * samples]).astype(np.float32)


_OVERSAMPLE = 4  # BS.1770-4 annex 2 asks for at least 4 at 48 kHz
_LOOKAHEAD = 0.005  # seconds
_BLOCK = 1 << 20


def measure_loudness(samples: NDArray[np.float32], sample_rate: int) -> float:
    """Integrated loudness in LUFS (BS.1770 with gating); -inf for silence. Needs at least 0.4 s."""
    import warnings

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
    peak = float(_peaks(samples).max(initial=0.0))
    return float(20 * np.log10(peak)) if peak > 0 else float("-inf")


def _limited(
    samples: NDArray[np.float32],
    peaks: NDArray[np.float32],
    sample_rate: int,
    factor: float,
    ceiling_db: float,
) -> NDArray[np.float32]:
    """`factor * samples` with every true peak at or under `ceiling_db` (dBTP), by a smooth look-ahead gain of 5 ms.

    `peaks` are those of `samples`, measured once for every factor tried. The gain at each moment is a weighted mean of
    the lowest gains that its neighbourhood needs, so it never lies above the gain needed there.
    """
    from scipy.ndimage import convolve1d, minimum_filter1d

    ceiling = 10 ** (ceiling_db / 20) / factor
    if float(peaks.max(initial=0.0)) <= ceiling:
        return (samples * factor).astype(np.float32)
    reach = max(1, round(_LOOKAHEAD * sample_rate))
    window = np.hanning(2 * reach + 3)[1:-1].astype(np.float32)
    limited = (samples * factor).astype(np.float32)
    # Peaks are rare: only what they reach, two windows to either side, is worked on.
    high = np.flatnonzero(peaks > ceiling)
    for near in np.split(high, np.flatnonzero(np.diff(high) > 4 * reach) + 1):
        part = slice(max(0, int(near[0]) - 2 * reach), int(near[-1]) + 2 * reach + 1)
        lowest = minimum_filter1d(
            np.minimum(1.0, ceiling / np.maximum(peaks[part], 1e-9)), size=2 * reach + 1, mode="nearest"
        )
        limited[part] *= convolve1d(lowest, window / window.sum(), mode="nearest")
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
