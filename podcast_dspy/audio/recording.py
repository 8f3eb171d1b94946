"""A decoded recording: mono samples that lie on disk when they are many, and are read a stretch at a time."""

from __future__ import annotations

import tempfile
import threading
import weakref
from collections.abc import Iterator
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Recording", "Sound", "blocks"]

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
