"""Decode a recording to mono samples, which lie on disk when they are many and are read a stretch at a time."""

from __future__ import annotations

import tempfile
import threading
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from podcast_dspy.audio.probing import open_audio, require_file
from podcast_dspy.errors import AudioError, DiskFullError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["SILENCE_DBFS", "SPEECH_RATE", "Recording", "Sound", "blocks", "decode", "decode_recording"]

_IN_MEMORY = 1 << 25  # bytes: nine minutes at 16 kHz
_SAMPLE = 4  # bytes


class Sound(Protocol):
    """Mono float32 samples of which a stretch can be had: an array, or a Recording."""

    def __len__(self) -> int: ...

    def __getitem__(self, span: slice, /) -> NDArray[np.float32]: ...


class Recording:
    """Samples in the order they were added; any thread may read."""

    def __init__(self) -> None:
        self._file = tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 - closed with the object
        weakref.finalize(self, self._file.close)
        self._length = 0
        self._lock = threading.Lock()

    def add(self, samples: NDArray[np.float32]) -> None:
        """Append; raises OSError when the disk is full."""
        with self._lock:
            self._file.seek(self._length * _SAMPLE)
            self._file.write(samples.astype("<f4", copy=False).tobytes())
            self._length += len(samples)

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, span: slice) -> NDArray[np.float32]:
        import numpy as np

        start, stop, _ = span.indices(self._length)
        with self._lock:
            self._file.seek(start * _SAMPLE)
            data = bytearray(self._file.read(max(0, stop - start) * _SAMPLE))
        return np.frombuffer(data, "<f4")


def blocks(sound: Sound, size: int, *, more: int = 0) -> Iterator[tuple[int, NDArray[np.float32]]]:
    """(first sample, samples) of stretches of `size` samples, each with up to `more` of the next."""
    for start in range(0, len(sound), size):
        yield start, sound[start : start + size + more]


SPEECH_RATE = 16_000
"""Samples a second (Hz) that recognisers, the aligner and the detector of speech take."""
SILENCE_DBFS = -60.0
"""A recording whose loudest sample is below this (dB full scale) counts as silent."""

_MAX_SECONDS = 12 * 3600.0
_MAX_BAD_PACKETS = 0.2
_CANCELLED = 0.02
"""Energy of the mean of the channels over that of a channel, by which they cancel: channels that have nothing in common
come to one over their number."""


def decode(path: str | Path, rate: int = SPEECH_RATE) -> NDArray[np.float32]:
    """Decode `path` to mono float32 samples in -1..1 at `rate` Hz, shape (samples,). Raises as `decode_recording`."""
    return decode_recording(path, rate)[:]


def decode_recording(path: str | Path, rate: int = SPEECH_RATE) -> Recording:
    """Decode `path` to mono samples in -1..1 at `rate` Hz, in memory that does not grow with its length.

    A damaged packet becomes silence of its own length, so that what follows keeps its time. Channels are mixed; where
    they cancel each other somewhere, being wired in opposite phase, the loudest one alone is taken.

    Raises:
        AudioError: the file is missing, empty, not audio, mostly damaged, over 12 hours, or silent.
        DiskFullError: there is no room for what is decoded.
    """
    path = require_file(path)
    mix = _decoded(path, rate, None)
    if mix.cancelled:
        mix = _decoded(path, rate, mix.loudest)
    if not len(mix.recording):
        raise AudioError(
            f"{path} holds no decodable sound; it is cut off or not audio, so download it again."
        )
    if mix.peak < 10 ** (SILENCE_DBFS / 20):
        raise AudioError(f"{path} is silent from start to end; check the recording.")
    return mix.recording


def _decoded(path: Path, rate: int, channel: int | None) -> _Mix:
    mix = _Mix(channel)
    with open_audio(path) as (container, stream):
        try:
            _decode_stream(path, container, stream, rate, mix)
        except OSError as error:
            raise DiskFullError(
                f"There is no room to decode {path} ({error.strerror or error}); free some space, or set TMPDIR."
            ) from error
    return mix


class _Mix:
    """Frames of several channels as one: their mean, or the channel of a number."""

    def __init__(self, channel: int | None) -> None:
        self.recording = Recording()
        self.peak = 0.0
        self.cancelled = False
        self._channel = channel
        self._energies: NDArray[np.float64] | None = None

    @property
    def loudest(self) -> int:
        """Number of the channel with most energy."""
        return 0 if self._energies is None else int(self._energies.argmax())

    def add(self, frame: NDArray[np.float32]) -> None:
        """Take samples of shape (channels, samples)."""
        import numpy as np

        # A corrupt float stream can decode to NaN or far beyond full scale.
        frame = np.clip(np.nan_to_num(frame, posinf=1.0, neginf=-1.0), -1.0, 1.0)
        # FFmpeg's own mix of float channels is 3 dB too loud and clips; the mean is not
        mono = frame.mean(axis=0, dtype=np.float32)
        if self._channel is not None:
            mono = frame[min(self._channel, len(frame) - 1)]
        elif len(frame) > 1 and mono.size:
            energies = np.square(frame, dtype=np.float64).mean(axis=1)
            if self._energies is None or len(self._energies) != len(energies):
                self._energies = np.zeros(len(energies))
            self._energies += energies
            loud = float(energies.max())
            heard = loud > 10 ** (SILENCE_DBFS / 10)
            self.cancelled |= heard and float(np.square(mono, dtype=np.float64).mean()) < _CANCELLED * loud
        self.silence(mono)

    def silence(self, mono: NDArray[np.float32]) -> None:
        """Take samples that are mixed already."""
        if len(mono):
            self.peak = max(self.peak, float(mono.max()), -float(mono.min()))
            self.recording.add(mono)


def _decode_stream(path: Path, container: Any, stream: Any, rate: int, mix: _Mix) -> None:
    import av
    import numpy as np

    resampler: Any = None
    layout: tuple[Any, ...] = ()
    bad = good = 0

    def take(frames: list[Any]) -> None:
        for frame in frames:
            mix.add(frame.to_ndarray())
        if len(mix.recording) > _MAX_SECONDS * rate:
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
                    mix.silence(np.zeros(round(seconds * rate), np.float32))
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
    except (av.FFmpegError, ValueError) as error:
        raise AudioError(
            f"{path} is damaged after {len(mix.recording) / rate:.0f} s; download it again."
        ) from error
    if bad > _MAX_BAD_PACKETS * (good + bad):
        raise AudioError(f"{path} is damaged ({bad} of {good + bad} packets unreadable); download it again.")
