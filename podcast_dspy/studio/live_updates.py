"""Live updates: what changed in the workspace, told to every open page as server-sent events."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from typing import Any, Final

from podcast_dspy.errors import PodcastError
from podcast_dspy.store import Tree, to_data
from podcast_dspy.studio.jobs import JobQueue

_LOG: Final = logging.getLogger(__name__)
_EVERY: Final = 0.5
"""Seconds between two looks at the workspace, however many pages watch."""
_KEEP_ALIVE: Final = 15.0
_WAITING: Final = 200
"""Events that a page may be behind; one that reads no more is let go, and its browser connects anew."""
_WATCHED: Final = {
    "training": ("convergence/loss_history.json", "convergence/run.json", "convergence/final_report.json"),
    "pairs": ("training_pairs",),
    "episodes": ("episodes",),
}


class LiveUpdates:
    """One look at the workspace for all pages: the topic `jobs` brings the jobs, others say what to ask anew."""

    def __init__(self, tree: Tree, queue: JobQueue) -> None:
        self._tree = tree
        self._queue = queue
        self._pages: set[asyncio.Queue[str | None]] = set()
        self._seen: dict[str, Any] = {}

    async def watch(self) -> None:
        """Look, tell, begin the next job; for ever."""
        while True:
            try:
                seen = await asyncio.to_thread(self._look)
            except OSError:  # a full disk, a folder that was just taken away: the next look may see
                _LOG.warning("the workspace could not be looked at", exc_info=True)
                await asyncio.sleep(_EVERY)
                continue
            for topic, state in seen.items():
                if self._seen.get(topic) != state:
                    self._tell(topic, state if topic == "jobs" else None)
            self._seen = seen
            await asyncio.sleep(_EVERY)

    def close(self) -> None:
        """Let every page go."""
        for page in self._pages:
            page.put_nowait(None)

    async def events(self) -> AsyncIterator[str]:
        """What one page is sent: first the jobs as they are, then what changes."""
        page: asyncio.Queue[str | None] = asyncio.Queue(_WAITING + 2)
        self._pages.add(page)
        try:
            yield _event("jobs", self._seen.get("jobs", []))
            while True:
                try:
                    event = await asyncio.wait_for(page.get(), _KEEP_ALIVE)
                except TimeoutError:
                    event = ": still here\n\n"
                if event is None:
                    return
                yield event
        finally:
            self._pages.discard(page)

    def _look(self) -> dict[str, Any]:
        try:
            self._queue.advance()
            jobs: Any = to_data(self._queue.jobs())
        except PodcastError as error:
            jobs = [{"error": str(error)}]
        return {"jobs": jobs, **{topic: self._marks(places) for topic, places in _WATCHED.items()}}

    def _marks(self, places: tuple[str, ...]) -> list[tuple[str, int]]:
        """When each file, or each file of each folder's folders, was last written."""
        found = []
        for place in map(self._tree.path, places):
            inside = [place]
            if place.is_dir():
                inside += [*place.glob("*"), *place.glob("*/*.json"), *place.glob("*/*.md")]
            for file in inside:
                try:
                    found.append((str(file), file.stat().st_mtime_ns))
                except OSError:  # not there, or just taken away
                    continue
        return sorted(found)

    def _tell(self, topic: str, data: Any) -> None:
        for page in tuple(self._pages):
            if page.qsize() >= _WAITING:
                page.put_nowait(None)
                self._pages.discard(page)
            else:
                page.put_nowait(_event(topic, data))


def _event(topic: str, data: Any) -> str:
    return f"event: {topic}\ndata: {json.dumps(data)}\n\n"
