"""Decode a recording to mono samples."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from podcast_dspy.audio.opening import open_audio, require_file
from podcast_dspy.errors import AudioError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["SILENCE_DBFS", "decode"]

SILENCE_DBFS = -60.0
"""A recording whose loudest sample is below this (dB full scale) counts as silent."""

_MAX_SECONDS = 12 * 3600.0
_MAX_BAD_PACKETS = 0.2
_BLOCK = 1 << 20


def decode(path: str | Path, rate: int = 16_000) -> NDArray[np.float32]:
    """Decode `path` to mono float32 samples in -1..1 at `rate` Hz, shape (samples,).

    A damaged packet becomes silence of its own length, so that what follows keeps its time.

    Raises:
        AudioError: the file is missing, empty, not audio, mostly damaged, over 12 hours, or silent.
    """
    import numpy as np

    path = require_file(path)
    pieces: list[NDArray[np.float32]] = []
    with open_audio(path) as (container, stream):
        _decode_stream(path, container, stream, rate, pieces)
    samples = _joined(pieces)
    if not len(samples):
        raise AudioError(
            f"{path} holds no decodable sound; it is cut off or not audio, so download it again."
        )
    # A corrupt float stream can decode to NaN or far beyond full scale.
    for start in range(0, len(samples), _BLOCK):  # in blocks, as a mask of the whole would be large
        block = samples[start : start + _BLOCK]
        np.nan_to_num(block, copy=False, posinf=1.0, neginf=-1.0)
        np.clip(block, -1.0, 1.0, out=block)
    if max(float(samples.max()), -float(samples.min())) < 10 ** (SILENCE_DBFS / 20):
        raise AudioError(f"{path} is silent from start to end; check the recording.")
    return samples


def _joined(pieces: list[NDArray[np.float32]]) -> NDArray[np.float32]:
    """The pieces in one array; each is let go as it is copied, so that a long recording is not held twice."""
    import numpy as np

    samples = np.empty(sum(len(piece) for piece in pieces), np.float32)
    end = len(samples)
    while pieces:
        piece = pieces.pop()
        samples[end - len(piece) : end] = piece
        end -= len(piece)
    return samples


def _decode_stream(
    path: Path, container: Any, stream: Any, rate: int, pieces: list[NDArray[np.float32]]
) -> None:
    import av
    import numpy as np

    resampler: Any = None
    layout: tuple[Any, ...] = ()
    bad = good = total = 0

    def take(frames: list[Any]) -> None:
        nonlocal total
        for frame in frames:
            # FFmpeg's own mix of float channels is 3 dB too loud and clips; the mean is not
            data = frame.to_ndarray().mean(axis=0, dtype=np.float32)
            total += len(data)
            pieces.append(data)
        if total > _MAX_SECONDS * rate:
            raise AudioError(f"{path} is longer than {_MAX_SECONDS / 3600:g} hours; cut it into episodes.")

    try:
        for packet in container.demux(stream):
            try:
                frames = packet.decode()
                good += 1
            except (av.FFmpegError, ValueError):
                bad += 1
                if resampler is not None:  # what came before the gap goes before it
                    take(resampler.resample(None))
                    resampler, layout = None, ()
                seconds = float(packet.duration * packet.time_base) if packet.duration else 0.0
                if 0.0 < seconds < 1.0:
                    pieces.append(np.zeros(round(seconds * rate), np.float32))
                continue
            for frame in frames:
                kind = (frame.format.name, frame.layout.name, frame.sample_rate)
                if kind != layout:  # damaged or spliced files change format on the way
                    if resampler is not None:
                        take(resampler.resample(None))
                    resampler = av.AudioResampler("fltp", frame.layout, rate, frame_size=rate)
                    layout = kind
                take(resampler.resample(frame))
        if resampler is not None:
            take(resampler.resample(None))
    except (av.FFmpegError, ValueError, OSError) as error:
        raise AudioError(f"{path} is damaged after {total / rate:.0f} s; download it again.") from error
    if bad > _MAX_BAD_PACKETS * (good + bad):
        raise AudioError(f"{path} is damaged ({bad} of {good + bad} packets unreadable); download it again.")
