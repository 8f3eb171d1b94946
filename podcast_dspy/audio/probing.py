"""Open a user's recording safely with FFmpeg, and measure its length, format and hash, whatever its header claims."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from podcast_dspy.errors import AudioError

__all__ = ["AudioInfo", "open_audio", "probe", "require_file"]

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
    import av

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
    import av

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
        sha256=_sha256(path),
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


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
