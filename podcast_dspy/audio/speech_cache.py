"""Spoken segments on disk, by content and of bounded size: a damaged entry reads as absent."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["SpeechCache", "quantised"]

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
