"""Open a user's recording with FFmpeg, safely: local files and audio containers only, every failure an AudioError."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from podcast_dspy.errors import AudioError

__all__ = ["open_audio", "require_file"]

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
