"""What all requests have in common: the workspace, the queue of jobs, uploads; and the requests about jobs."""

from __future__ import annotations

import hashlib
import secrets
from pathlib import Path
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request, UploadFile
from fastapi.responses import StreamingResponse

from podcast_dspy.errors import UsageError
from podcast_dspy.pairs.ingestion import RECORDINGS
from podcast_dspy.store import Tree, slug, workspace_errors
from podcast_dspy.studio.jobs import Job, JobQueue
from podcast_dspy.workspace import Workspace

SOUND_KINDS: Final = tuple(sorted(RECORDINGS))
TRANSCRIPT_KINDS: Final = (".vtt", ".srt", ".sbv", ".json", ".csv", ".tsv", ".txt")
LABEL_KINDS: Final = (".json", ".csv")
_CHUNK: Final = 1 << 20


def keep_upload(tree: Tree, upload: UploadFile, kinds: tuple[str, ...]) -> Path:
    """Copy an upload to `uploads/<hash>/<name>` of the workspace and return its path; the same file is kept once.

    Of the browser's name only its letters are used, and its ending tells the kind; what is in it is for whoever
    reads it to judge. Raises UsageError for another kind and for an empty file, DiskFullError, WorkspaceError.
    """
    name = Path((upload.filename or "").replace("\\", "/")).name
    kind = Path(name).suffix.lower()
    if kind not in kinds:
        raise UsageError(
            f"{name or 'a file without a name'} cannot be used here; choose one of {', '.join(kinds)}"
        )
    waiting = tree.path("uploads", f".{secrets.token_hex(8)}.part")
    digest = hashlib.sha256()
    with workspace_errors(waiting):
        waiting.parent.mkdir(parents=True, exist_ok=True)
        try:
            with waiting.open("wb") as file:
                while block := upload.file.read(_CHUNK):
                    digest.update(block)
                    file.write(block)
            if not waiting.stat().st_size:
                raise UsageError(f"{name} is empty; choose another file")
            folder = tree.path("uploads", digest.hexdigest()[:16])
            target = folder / (slug(Path(name).stem) + kind)
            folder.mkdir(exist_ok=True)
            waiting.replace(target)
        finally:
            waiting.unlink(missing_ok=True)
    return target


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
