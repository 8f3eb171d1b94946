"""Sharing a model's lanes among threads: who gets which, and what happens when one stalls."""

from __future__ import annotations

import atexit
import threading
from collections import deque
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
        self._waiting: deque[_Turn] = deque()
        self._lock = threading.Lock()
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
        self._put_back(lane)

    def close(self) -> None:
        """Unload the idle lanes; one that is held is unloaded when it comes back."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
            self._count -= len(idle)
        for lane in idle:
            lane.close()

    def _take(self, prompt: str) -> Lane:
        turn, queued = _Turn(), False
        with self._lock:
            if self._idle:
                best = max(self._idle, key=lambda lane: _shared(lane.prompt, prompt))
                self._idle.remove(best)
                return best
            if self._count < self._limit:
                self._count += 1
                self._closed = False
            else:
                self._waiting.append(turn)
                queued = True
        if queued:
            try:
                turn.come.wait()
            except BaseException:
                self._give_up(turn)
                raise
            if turn.lane is not None:
                return turn.lane
        try:
            return self._load()
        except BaseException:
            self._lose()
            raise

    def _put_back(self, lane: Lane) -> None:
        with self._lock:
            if self._waiting:
                self._waiting.popleft().give(lane)
                return
            if not self._closed:
                self._idle.append(lane)
                return
            self._count -= 1
        lane.close()

    def _lose(self) -> None:
        """A lane is gone; its place goes to the next in turn, who loads a new one."""
        with self._lock:
            if self._waiting:
                self._waiting.popleft().give(None)
            else:
                self._count -= 1

    def _give_up(self, turn: _Turn) -> None:
        with self._lock:
            waiting = turn in self._waiting
            if waiting:
                self._waiting.remove(turn)
        if not waiting:  # it has just been given something
            if turn.lane is not None:
                self._put_back(turn.lane)
            else:
                self._lose()


class _Turn:
    """A place in the queue: first come, first served, so that nobody waits for ever."""

    def __init__(self) -> None:
        self.come = threading.Event()
        self.lane: Lane | None = None

    def give(self, lane: Lane | None) -> None:
        """Hand over a lane, or the right to load one."""
        self.lane = lane
        self.come.set()


def _shared(a: str, b: str) -> int:
    """Characters that two texts have in common at their beginning."""
    for index, (left, right) in enumerate(zip(a, b, strict=False)):
        if left != right:
            return index
    return min(len(a), len(b))
