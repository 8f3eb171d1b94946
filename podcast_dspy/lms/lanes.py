"""Sharing a model's lanes among threads: who gets which, and what happens when one stalls."""

from __future__ import annotations

import atexit
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from podcast_dspy.lms.lane import Lane, LaneStalledError

__all__ = ["Lanes"]


class Lanes:
    """Up to `limit` lanes of one model, loaded when they are first needed."""

    def __init__(self, load: Callable[[], Lane], limit: int) -> None:
        """Nothing is loaded yet.

        Args:
            load: Makes a lane; it may raise.
            limit: How many there may be at a time.
        """
        self._load = load
        self._limit = limit
        self._idle: list[Lane] = []
        self._count = 0
        self._closed = False
        self._changed = threading.Condition()
        atexit.register(self.close)

    @contextmanager
    def lane(self, prompt: str) -> Iterator[Lane]:
        """An idle lane for this prompt, the one whose last prompt begins most like it; waits for one if need be.

        A lane that stalls while it is held is replaced by a new one at the next need.
        """
        lane = self._take(prompt)
        try:
            yield lane
        except LaneStalledError:
            lane.abandon()
            self._lose()
            raise
        except BaseException:
            self._put_back(lane)
            raise
        lane.prompt = prompt
        self._put_back(lane)

    def close(self) -> None:
        """Unload the idle lanes; one that is held is unloaded when it comes back."""
        with self._changed:
            self._closed = True
            idle, self._idle = self._idle, []
            self._count -= len(idle)
        for lane in idle:
            lane.close()

    def _take(self, prompt: str) -> Lane:
        with self._changed:
            while not self._idle and self._count >= self._limit:
                self._changed.wait()
            if self._idle:
                best = max(self._idle, key=lambda lane: _shared(lane.prompt, prompt))
                self._idle.remove(best)
                return best
            self._count += 1
            self._closed = False
        try:
            return self._load()
        except BaseException:
            self._lose()
            raise

    def _put_back(self, lane: Lane) -> None:
        with self._changed:
            if not self._closed:
                self._idle.append(lane)
                self._changed.notify()
                return
            self._count -= 1
        lane.close()

    def _lose(self) -> None:
        with self._changed:
            self._count -= 1
            self._changed.notify()


def _shared(a: str, b: str) -> int:
    """Characters that two texts have in common at their beginning."""
    for index, (left, right) in enumerate(zip(a, b, strict=False)):
        if left != right:
            return index
    return min(len(a), len(b))
