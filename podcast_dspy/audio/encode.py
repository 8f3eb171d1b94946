"""Encode mono samples as MP3, Opus or WAV; the same samples give the same bytes."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from podcast_dspy.errors import UsageError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["FORMATS", "encode"]

FORMATS = (".mp3", ".opus", ".wav")

_CODECS: dict[str, tuple[str, str, str, int | None]] = {
    # suffix: container, codec, sample format, bits a second (mono speech)
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
    """Write mono `samples` (-1..1) to `path` in the format of `suffix` (".mp3", ".opus", ".wav", ".flac").

    A rate that the format does not know is resampled to the next higher one.

    Raises:
        UsageError: the suffix names no known format.
    """
    import av
    import numpy as np

    if suffix not in _CODECS:
        raise UsageError(f"Audio is written as .mp3, .opus or .wav, not {suffix or 'without a suffix'}.")
    container_format, codec, sample_format, bits = _CODECS[suffix]
    rates = _RATES.get(suffix, (sample_rate,))
    rate = min((known for known in rates if known >= sample_rate), default=max(rates))
    # bitexact leaves out version strings and the random serial number of an Ogg stream
    with av.open(str(path), "w", format=container_format, options={"fflags": "+bitexact"}) as container:
        stream: Any = container.add_stream(codec, rate=rate)
        context = stream.codec_context
        context.layout = "mono"
        context.format = sample_format
        context.thread_count = 1
        if bits:
            context.bit_rate = bits
        resampler = av.AudioResampler(
            format=sample_format, layout="mono", rate=rate, frame_size=context.frame_size or 0
        )
        scale = 1 / _LAME_SCALE if suffix == ".mp3" else 1.0
        clipped = np.clip(samples * scale, -1.0, 1.0).astype(np.float32)
        for start in range(0, len(clipped), _FRAME):
            frame = av.AudioFrame.from_ndarray(
                np.ascontiguousarray(clipped[None, start : start + _FRAME]), format="flt", layout="mono"
            )
            frame.sample_rate, frame.pts, frame.time_base = sample_rate, start, Fraction(1, sample_rate)
            for piece in resampler.resample(frame):
                container.mux(stream.encode(piece))
        for piece in resampler.resample(None):
            container.mux(stream.encode(piece))
        container.mux(stream.encode(None))
