"""How calls of language models are made in this process: how long to wait, and whether kept answers count."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from podcast_dspy.errors import SettingsError
from podcast_dspy.settings import EnvironmentSettings

__all__ = ["LOCAL_TIMEOUT", "REMOTE_TIMEOUT", "Calls", "calling", "calls"]

REMOTE_TIMEOUT = 600.0
"""Seconds without a byte after which a remote model is given up: one that reasons is silent for minutes."""

LOCAL_TIMEOUT = 180.0
"""Seconds for one answer of a model in this process."""


@dataclass(frozen=True)
class Calls:
    """What holds for every call."""

    timeout: float | None = None
    """Seconds to wait for one answer; None is the environment's `PODCAST_DSPY_TIMEOUT`, else the model's default."""
    since: float = 0.0
    """Answers kept before this moment (seconds since 1970) are asked for anew."""


_current = [Calls()]


def calls() -> Calls:
    """What holds now."""
    now = _current[-1]
    return now if now.timeout is not None else Calls(EnvironmentSettings().timeout, now.since)


@contextmanager
def calling(*, timeout: float | None = None, fresh: bool = False) -> Iterator[None]:
    """Within the block, in all threads: wait `timeout` seconds for an answer; with `fresh` ask everything anew.

    An answer got within the block is kept, and serves the rest of the block. Raises SettingsError for a timeout that
    is not above 0.
    """
    if timeout is not None and not timeout > 0.0:
        raise SettingsError(f"a timeout of {timeout:g} seconds leaves no time to answer; give more than 0")
    before = _current[-1]
    chosen = Calls(timeout if timeout is not None else before.timeout, time.time() if fresh else before.since)
    _current.append(chosen)
    try:
        yield
    finally:
        _current.remove(chosen)
