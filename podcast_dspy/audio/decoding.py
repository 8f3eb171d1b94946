"""Recordings: what a file is and what is wrong with it, and its sound as samples."""

from __future__ import annotations

import tempfile
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import av
import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from podcast_dspy.errors import AudioError, DiskFullError
from podcast_dspy.models.packages import sha256_of

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


# Playlist formats (hls, concat, dash) name other files and addresses; a recording must not make us fetch those.
_FORMATS = (
    "aac,ac3,aiff,amr,asf,au,avi,caf,eac3,flac,flv,m4a,matroska,webm,mka,mov,mp4,mp3,mpeg,mpegts,ogg,opus,"
    "w64,wav,wv"
)
_RATES = range(4_000, 768_001)
_MAX_CHANNELS = 32


def require_file(path: str | Path) -> Path:
    """The path of an existing file that is not empty.

    Raises:
        AudioError: it is missing, a directory, empty, or may not be read.
    """
    path = Path(path)
    try:
        if not path.exists():
            raise AudioError(f"There is no audio file at {path}; check the path.")
        if not path.is_file():
            raise AudioError(f"{path} is not a file; name the audio file itself.")
        if path.stat().st_size == 0:
            raise AudioError(f"{path} is empty; download or export it again.")
        with path.open("rb"):
            return path
    except OSError as error:
        raise AudioError(f"{path} cannot be read ({error.strerror}); check its permissions.") from error


@contextmanager
def open_audio(path: Path) -> Iterator[tuple[Any, Any]]:
    """Open `path` and yield (PyAV container, its first audio stream); both close at the end of the block.

    Raises:
        AudioError: FFmpeg does not recognise the file, it has no audio track, or that track is implausible.
    """
    try:
        # "file:" keeps a colon in a file name from being read as a protocol.
        container = av.open(
            f"file:{path}",
            metadata_errors="ignore",
            options={"protocol_whitelist": "file", "format_whitelist": _FORMATS},
        )
    except (av.FFmpegError, OSError, ValueError) as error:
        raise AudioError(
            f"{path} is not a readable audio file; give an MP3, WAV, FLAC, Opus or M4A recording."
        ) from error
    with container:
        if not container.streams.audio:
            raise AudioError(f"{path} holds no audio track; give a recording with sound.")
        stream = container.streams.audio[0]
        context = stream.codec_context
        if context is None:
            raise AudioError(f"{path} uses an audio codec that is not supported; convert it to MP3 or WAV.")
        if context.sample_rate not in _RATES or not 1 <= context.channels <= _MAX_CHANNELS:
            raise AudioError(
                f"{path} claims {context.sample_rate} Hz and {context.channels} channels, so its header is damaged; "
                "export it again."
            )
        yield container, stream


class AudioInfo(BaseModel):
    """What a recording is. Length in seconds, rate in Hz, bit rate in bits a second."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: Path
    duration: float = Field(gt=0.0)
    sample_rate: int = Field(gt=0)
    channels: int = Field(ge=1)
    codec: str
    bitrate: int = Field(ge=0)
    sha256: str


def probe(path: str | Path) -> AudioInfo:
    """Measure the recording at `path`.

    The length is counted from the audio packets. A header (Xing frame, WAV or MP4 size) that agrees refines it by
    the encoder's padding; one that promises less is overruled; one that promises more means a cut-off file.

    Raises:
        AudioError: the file is missing, empty, not audio, damaged, or shorter than its header says.
    """
    path = require_file(path)
    with open_audio(path) as (container, stream):
        codec = str(stream.codec_context.name)
        rate, channels = int(stream.codec_context.sample_rate), int(stream.codec_context.channels)
        counted, audio_bytes, frames, failures = 0.0, 0, 0, 0
        ends = 0.0
        try:
            for packet in container.demux(stream):
                if not packet.size:
                    continue
                audio_bytes += packet.size
                base = float(packet.time_base or 0)
                counted += (packet.duration or 0) * base
                if packet.pts is not None:
                    ends = max(ends, (packet.pts + (packet.duration or 0)) * base)
                if frames < 3 and failures < 200:  # proof that it is sound, not merely a header
                    try:
                        frames += len(packet.decode())
                    except (av.FFmpegError, ValueError):
                        failures += 1
        except (av.FFmpegError, ValueError, OSError) as error:
            raise AudioError(f"{path} is damaged after {counted:.0f} s; download it again.") from error
        claimed = _claimed_seconds(path, container, stream)
        is_mp3 = container.format.name == "mp3"
    if not frames:
        raise AudioError(
            f"{path} holds no decodable sound; it is cut off or not audio, so download it again."
        )
    seconds = counted or ends
    if claimed > seconds + max(1.0, 0.02 * claimed) and (is_mp3 or seconds):
        raise AudioError(
            f"{path} is cut off: its header promises {claimed:.1f} s and it holds {seconds:.1f} s; download it again."
        )
    duration = claimed if abs(claimed - seconds) <= max(0.15, 0.005 * seconds) and claimed > 0 else seconds
    if duration <= 0.0:
        raise AudioError(f"{path} holds no sound; it is cut off or not audio, so download it again.")
    return AudioInfo(
        path=path,
        duration=duration,
        sample_rate=rate,
        channels=channels,
        codec=codec.removesuffix("float"),
        bitrate=round(8 * audio_bytes / duration),
        sha256=sha256_of(path),
    )


def _claimed_seconds(path: Path, container: Any, stream: Any) -> float:
    """Length by the header alone, without the encoder's padding where the header tells it; 0 where it gives none."""
    name = container.format.name
    reported = float(stream.duration * stream.time_base) if stream.duration and stream.time_base else 0.0
    if name == "wav":
        return _wav_claim(path)  # FFmpeg already trims what it reports to the file's size
    if name == "mp3" and stream.start_time:
        return reported  # a LAME header: FFmpeg knows the padding; else it guesses from the bit rate
    if name in ("mp3", "ogg"):
        import mutagen

        try:
            file = mutagen.File(path)
            return float(file.info.length) if file is not None else 0.0
        except (mutagen.MutagenError, ValueError, ArithmeticError, LookupError):
            return 0.0  # an unreadable header claims nothing; the packets decide
    return reported


def _wav_claim(path: Path) -> float:
    """Seconds promised by a RIFF header; 0 for a streamed one, which leaves the size open."""
    with path.open("rb") as file:
        head = file.read(1 << 16)
    form, data = head.find(b"fmt "), head.find(b"data")
    if not 12 <= form < data or data + 8 > len(head):
        return 0.0
    bytes_a_second = int.from_bytes(head[form + 16 : form + 20], "little")
    size = int.from_bytes(head[data + 4 : data + 8], "little")
    return size / bytes_a_second if bytes_a_second and size < 0xFFFFF000 else 0.0
