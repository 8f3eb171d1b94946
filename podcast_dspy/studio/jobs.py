"""Jobs: long commands in processes of their own, which outlive the server, and the stream of what changes."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import json
import logging
import os
import secrets
import signal
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict

from podcast_dspy.errors import (
    PodcastError,
    UnknownNameError,
    UsageError,
    WorkspaceError,
    WorkspaceLockedError,
)
from podcast_dspy.store import Tree, check_id, to_data, workspace_errors

JOBS: Final = "jobs"
"""Folder of the workspace that holds one folder for each job."""

JobState = Literal["queued", "running", "done", "failed", "stopped", "interrupted"]
"""`interrupted`: its process is gone and left no result, as after a power cut; it can be begun again."""

_ALIVE: Final = "alive"
"""File whose lock a job's process holds."""
_RUN: Final = "from podcast_dspy.cli.main import run_job; run_job()"
_LAST_BYTES: Final = 16_384
"""How much of a job's log is read for its progress: some hundred lines."""


class JobRequest(BaseModel):
    """What was asked for; `request.json` of a job's folder."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    job_id: str
    kind: str
    """`compile`, `ingest`, `analyze`, `generate`, `revoice` ..."""
    subject: str
    """What it is about: a pair, an episode, a run."""
    arguments: tuple[str, ...]
    """Those of the command line."""
    created: datetime


class Job(BaseModel):
    """One job and how far it is."""

    model_config = ConfigDict(frozen=True)

    job_id: str
    kind: str
    subject: str
    created: datetime
    state: JobState
    stage: str = ""
    done: float = 0.0
    total: float = 0.0
    seconds_left: float | None = None
    """Of the present stage, if it goes on as it went; None before there is anything to go by."""
    error: str = ""
    result: dict[str, Any] | None = None
    """What the command printed with --json."""


class JobQueue:
    """The jobs of a workspace. One runs at a time: two would share two cores and be no earlier.

    A job is a command of `podcast-dspy` in a process of its own, which holds a lock as long as it lives. So what a job
    is doing is told by files and that lock alone, whoever began it.
    """

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._lock = threading.Lock()
        self._children: dict[str, subprocess.Popen[bytes]] = {}
        self._ended: dict[str, Job] = {}

    def add(self, kind: str, subject: str, arguments: Sequence[str]) -> Job:
        """Queue a command. Raises WorkspaceError."""
        now = datetime.now(UTC)
        name = f"{now:%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"
        request = JobRequest(job_id=name, kind=kind, subject=subject, arguments=tuple(arguments), created=now)
        self._tree.write_model(f"{JOBS}/{name}/request.json", request)
        self.advance()
        return self.get(name)

    def jobs(self) -> list[Job]:
        """All jobs, oldest first."""
        return [self.get(name) for name in self._names()]

    def get(self, job_id: str) -> Job:
        """One job. Raises UnknownNameError."""
        request = self._request(job_id)
        if job_id in self._ended:
            return self._ended[job_id]
        state = self._state(job_id)
        progress = self._progress(job_id)
        job = Job(
            job_id=job_id,
            kind=request.kind,
            subject=request.subject,
            created=request.created,
            state=state,
            stage=str(progress.get("stage", "")),
            done=float(progress.get("done", 0.0)),
            total=float(progress.get("total", 0.0)),
            seconds_left=progress.get("seconds_left") if state == "running" else None,
        )
        if state == "done":
            job = job.model_copy(update={"result": self._result(job_id)})
        elif state == "failed":
            job = job.model_copy(update={"error": self._error(job_id)})
        if (
            state in ("done", "failed", "stopped") and self._file(job_id, "exit").exists()
        ):  # it changes no more
            self._ended[job_id] = job
        return job

    def stop(self, job_id: str) -> Job:
        """End a job as Ctrl-C does; one that has not begun never will. Raises UnknownNameError, UsageError."""
        state = self._state(self._request(job_id).job_id)
        if state not in ("queued", "running"):
            raise UsageError(f"the job {job_id} is {state}; only a job that runs or waits can be stopped")
        self._tree.write_text(f"{JOBS}/{job_id}/stop", "stop\n")
        if state == "running":
            with contextlib.suppress(ValueError, WorkspaceError, ProcessLookupError):
                os.kill(int(self._tree.read_text(f"{JOBS}/{job_id}/pid")), signal.SIGINT)
        return self.get(job_id)

    def again(self, job_id: str) -> Job:
        """Begin anew what failed, was stopped or interrupted; commands go on from what is stored. Raises as `add`."""
        request = self._request(job_id)
        if self._state(job_id) in ("queued", "running", "done"):
            raise UsageError(f"the job {job_id} needs no other try; only one that came to no end does")
        return self.add(request.kind, request.subject, request.arguments)

    def advance(self) -> None:
        """Begin the job that has waited longest, unless one is running. Called again and again by the server."""
        with self._lock, contextlib.suppress(WorkspaceLockedError), self._tree.lock("jobs"):
            for name, child in list(self._children.items()):
                if child.poll() is not None:
                    del self._children[name]
            states = {name: self._state(name) for name in self._names() if name not in self._ended}
            if "running" in states.values():
                return
            waiting = next((name for name, state in states.items() if state == "queued"), None)
            if waiting is not None:
                self._begin(waiting)

    def _begin(self, job_id: str) -> None:
        folder = self._tree.path(JOBS, job_id)
        command = [sys.executable, "-c", _RUN, str(self._tree.root), job_id]
        with (
            workspace_errors(folder),
            (folder / "output.json").open("wb") as output,
            (folder / "log.txt").open("wb") as log,
            (folder / _ALIVE).open("wb") as alive,
        ):
            fcntl.flock(alive, fcntl.LOCK_EX)  # the process inherits it, and has it from its first moment
            child = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=log,
                start_new_session=True,
                pass_fds=[alive.fileno()],
            )
        self._tree.write_text(f"{JOBS}/{job_id}/pid", f"{child.pid}\n")
        self._children[job_id] = child

    def _names(self) -> list[str]:
        return [name for name in self._tree.folders(JOBS) if self._file(name, "request.json").exists()]

    def _file(self, job_id: str, name: str) -> Path:
        return self._tree.path(JOBS, job_id, name)

    def _request(self, job_id: str) -> JobRequest:
        place = self._file(check_id(job_id, "a job id"), "request.json")
        if not place.exists():
            raise UnknownNameError(f"there is no job {job_id!r}; GET /api/jobs lists them")
        return self._tree.read_model(place, JobRequest, job_id=job_id)

    def _state(self, job_id: str) -> JobState:
        alive = self._alive(job_id)
        # Only now: a process that has just ended wrote it before.
        if self._file(job_id, "exit").exists():
            code = self._tree.read_text(f"{JOBS}/{job_id}/exit").strip()
            return "done" if code == "0" else "stopped" if code == "130" else "failed"
        if alive:
            return "running"
        if self._file(job_id, "stop").exists():
            return "stopped"
        return "interrupted" if self._file(job_id, _ALIVE).exists() else "queued"

    def _alive(self, job_id: str) -> bool:
        """Whether the job's process is there: it holds the file's lock until it ends, however it ends."""
        with contextlib.suppress(FileNotFoundError), self._file(job_id, _ALIVE).open("rb") as alive:
            try:
                fcntl.flock(alive, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
        return False

    def _log(self, job_id: str) -> list[str]:
        place = self._file(job_id, "log.txt")
        if not place.exists():
            return []
        with place.open("rb") as file:
            file.seek(max(0, place.stat().st_size - _LAST_BYTES))
            return file.read().decode("utf-8", "replace").splitlines()

    def _progress(self, job_id: str) -> dict[str, Any]:
        for line in reversed(self._log(job_id)):
            if line.startswith('{"stage"'):
                with contextlib.suppress(ValueError):
                    event = json.loads(line)
                    return event if isinstance(event, dict) else {}
        return {}

    def _error(self, job_id: str) -> str:
        lines = [line for line in self._log(job_id) if line.startswith("Error: ")]
        return lines[-1].removeprefix("Error: ") if lines else "it ended without a word; see its log.txt"

    def _result(self, job_id: str) -> dict[str, Any] | None:
        with contextlib.suppress(ValueError):
            output = json.loads(self._tree.read_text(f"{JOBS}/{job_id}/output.json"))
            return output if isinstance(output, dict) else None
        return None


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
