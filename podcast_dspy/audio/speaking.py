"""Speak an episode segment by segment; a segment that was spoken before is read from disk."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from podcast_dspy.audio.durations import SEGMENT_PAUSE
from podcast_dspy.audio.transcript import Progress
from podcast_dspy.audio.voices import Voice, checked_speech, fingerprint
from podcast_dspy.errors import SynthesisError, UsageError
from podcast_dspy.models import model_slots
from podcast_dspy.settings import EnvironmentSettings
from podcast_dspy.text.spoken import Lexicon, read_lexicon, speakable

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Narration", "SpeechCache", "quantised", "speak"]

_LOG = logging.getLogger(__name__)
_MAGIC = b"PDSPEECH1\n"
_DIGEST = 32


def quantised(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """`samples` at 16 bits, as the cache keeps them: spoken anew or read back, they are the same."""
    import numpy as np

    return (np.round(np.clip(samples, -1.0, 1.0) * 32767.0) / 32767.0).astype(np.float32)


class SpeechCache:
    """One file a segment in `folder`: a magic line, sha256 of the rest, the rate, 16-bit samples."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def key(self, *parts: str | int | float) -> str:
        """File name for everything that the sound depends on."""
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:40]

    def read(self, key: str, sample_rate: int) -> NDArray[np.float32] | None:
        """Samples under `key`, or None if there are none, or damaged ones, or of another rate."""
        import numpy as np

        path = self._path(key)
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            _LOG.warning("speech cache entry %s cannot be read (%s); speaking it again", path.name, error)
            return None
        try:
            os.utime(path)  # used last: now
        except OSError as error:  # somebody else's cache: readable, which is enough
            _LOG.debug("the time of speech cache entry %s cannot be set (%s)", path.name, error)
        head = len(_MAGIC) + _DIGEST
        body = data[head:]
        sound = (
            data.startswith(_MAGIC)
            and len(body) >= 4
            and len(body) % 2 == 0
            and hashlib.sha256(body).digest() == data[len(_MAGIC) : head]
            and int.from_bytes(body[:4], "little") == sample_rate
        )
        if not sound:
            _LOG.warning("speech cache entry %s is damaged; speaking it again", path.name)
            return None
        return (np.frombuffer(body, dtype="<i2", offset=4) / 32767.0).astype(np.float32)

    def write(self, key: str, samples: NDArray[np.float32], sample_rate: int) -> None:
        """Keep `samples` under `key`. An episode does not fail because its cache cannot be written: that is logged."""
        import numpy as np

        body = sample_rate.to_bytes(4, "little") + np.round(samples * 32767.0).astype("<i2").tobytes()
        path = self._path(key)
        temporary: Path | None = None
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(prefix=".speech-", dir=path.parent)
            temporary = Path(name)
            with os.fdopen(handle, "wb") as file:
                file.write(_MAGIC + hashlib.sha256(body).digest() + body)
            temporary.replace(path)
        except OSError as error:
            _LOG.warning("spoken segment was not kept in %s (%s)", self._folder, error)
            if temporary is not None:
                temporary.unlink(missing_ok=True)

    def prune(self, limit: float) -> int:
        """Delete what was not used for longest until at most `limit` bytes are kept; how many bytes went.

        Below nine tenths of the limit, so that this is not to be done again at once. Another process may do the same.
        """
        found: list[tuple[float, int, Path]] = []
        for path in self._folder.glob("??/*"):
            try:
                stat = path.stat()
            except OSError:
                continue  # another process has deleted it
            found.append((stat.st_mtime, stat.st_size, path))
        total = sum(size for _, size, _ in found)
        gone = 0
        if total <= limit:
            return gone
        for _, size, path in sorted(found):
            if total - gone <= 0.9 * limit:
                break
            try:
                path.unlink(missing_ok=True)
            except OSError as error:
                _LOG.warning("speech cache entry %s cannot be deleted (%s)", path.name, error)
                continue
            gone += size
        return gone

    def _path(self, key: str) -> Path:
        return self._folder / key[:2] / f"{key}.pcm"


_CODE_VERSION = 1
"""Part of every cache key: raised when a change here changes the sound."""


@dataclass(frozen=True)
class Narration:
    """A spoken episode."""

    samples: NDArray[np.float32]
    """Mono, -1..1, shape (samples,)."""
    sample_rate: int
    """Hz."""
    spans: list[tuple[float, float]]
    """Start and end of each segment in seconds; the pauses lie between them. An unspoken segment has length 0."""
    voice: str = ""
    anew: int = 0
    """Segments that were spoken for it; the others were kept from before."""

    @property
    def duration(self) -> float:
        """Seconds."""
        return len(self.samples) / self.sample_rate


def speak(
    segments: Sequence[str],
    voice: Voice,
    *,
    pause: float | Sequence[float] = SEGMENT_PAUSE,
    cache_dir: Path | None = None,
    lexicon: Lexicon | str | Path | None = None,
    progress: Progress | None = None,
) -> Narration:
    """Speak `segments` in order, with `pause` seconds between, or as many before each as it says of it.

    Each is made speakable first. With `cache_dir`, segments are kept by what their sound depends on (voice, model,
    words), so that editing one speaks one; no more is kept than `PODCAST_DSPY_SPEECH_CACHE_GB` says. A segment with
    nothing to say (a citation alone) takes no time.

    Raises:
        SynthesisError: a segment came out empty, silent or far too short, or there is nothing to say at all.
        UsageError: a pause is negative.
    """
    import numpy as np

    pauses = [pause] * len(segments) if isinstance(pause, int | float) else list(pause)
    if not all(0.0 <= one < 60.0 for one in pauses):
        raise UsageError(f"The pause between segments is 0 to 60 seconds, not {min(pauses):g}.")
    entries = read_lexicon(lexicon) if isinstance(lexicon, str | Path) else lexicon
    texts = [speakable(segment, entries) for segment in segments]
    if not any(_has_words(text) for text in texts):
        raise SynthesisError("There is nothing to say in this script; write its segments first.")
    cache = SpeechCache(cache_dir) if cache_dir is not None else None
    rate = voice.sample_rate
    total = sum(len(text) for text in texts)
    pieces: list[NDArray[np.float32]] = []
    spans: list[tuple[float, float]] = []
    position = done = anew = 0
    # Voices lock what they cannot share; the rest of their work runs side by side, in order of the segments.
    pool = ThreadPoolExecutor(model_slots())
    try:
        speaking = [
            pool.submit(_segment, text, voice, rate, cache) if _has_words(text) else None for text in texts
        ]
        for text, future, before in zip(texts, speaking, pauses, strict=True):
            if future is not None:
                spoken, fresh = future.result()
                anew += fresh
                if pieces:
                    silence = np.zeros(round(before * rate), np.float32)
                    pieces.append(silence)
                    position += len(silence)
                pieces.append(spoken)
                spans.append((position / rate, (position + len(spoken)) / rate))
                position += len(spoken)
            else:
                spans.append((position / rate, position / rate))
            done += len(text)
            if progress is not None:
                progress(done / total)
    finally:
        # After a failure or Ctrl-C the segments that have not begun are dropped.
        pool.shutdown(wait=True, cancel_futures=True)
        if cache is not None:
            cache.prune(EnvironmentSettings().speech_cache_gb * 1e9)
    return Narration(np.concatenate(pieces), rate, spans, voice.name, anew)


def _has_words(text: str) -> bool:
    return any(character.isalnum() for character in text)


def _segment(
    text: str, voice: Voice, rate: int, cache: SpeechCache | None
) -> tuple[NDArray[np.float32], bool]:
    """A segment's sound, and whether it was spoken for this."""
    key = cache.key(_CODE_VERSION, voice.name, fingerprint(voice), rate, text) if cache is not None else ""
    if cache is not None:
        known = cache.read(key, rate)
        if known is not None:
            return checked_speech(known, rate, text, voice.name), False
    spoken = quantised(checked_speech(voice.synthesize(text), rate, text, voice.name))
    if cache is not None:
        cache.write(key, spoken, rate)
    return spoken, True
