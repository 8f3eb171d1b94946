"""Requests about jobs, and the stream of what changes."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import StreamingResponse

from podcast_dspy.studio.jobs import Job, JobQueue
from podcast_dspy.workspace import Workspace

router = APIRouter(tags=["jobs"])


def _workspace(request: Request) -> Workspace:
    place: Workspace = request.app.state.workspace
    return place


def _queue(request: Request) -> JobQueue:
    queue: JobQueue = request.app.state.queue
    return queue


Place = Annotated[Workspace, Depends(_workspace)]
Queue = Annotated[JobQueue, Depends(_queue)]


@router.get("/jobs")
def jobs(queue: Queue) -> list[Job]:
    """All jobs, oldest first."""
    return queue.jobs()


@router.get("/jobs/{job_id}")
def job(job_id: str, queue: Queue) -> Job:
    """One job, with what it printed once it is done."""
    return queue.get(job_id)


@router.post("/jobs/{job_id}/stop")
def stop(job_id: str, queue: Queue) -> Job:
    """End a job as Ctrl-C does: what it finished is kept."""
    return queue.stop(job_id)


@router.post("/jobs/{job_id}/again", status_code=202)
def again(job_id: str, queue: Queue) -> Job:
    """Begin anew what failed, was stopped or interrupted."""
    return queue.again(job_id)


@router.get("/events")
async def events(request: Request) -> StreamingResponse:
    """Server-sent events: `jobs` with all jobs; `training`, `pairs` and `episodes` say that these changed."""
    stream = request.app.state.updates.events()
    return StreamingResponse(stream, media_type="text/event-stream", headers={"cache-control": "no-store"})
