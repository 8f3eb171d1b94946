"""Measure a recording: length, format and hash, whatever its header claims."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from podcast_dspy.audio.opening import open_audio, require_file
from podcast_dspy.errors import AudioError

__all__ = ["AudioInfo", "probe"]


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
