"""The studio's web server: who may use it, what its answers carry, uploads, and the requests about jobs."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import hmac
import ipaddress
import secrets
from collections.abc import AsyncIterator
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Final
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends, FastAPI, Request, Response, UploadFile
from fastapi.responses import JSONResponse, RedirectResponse, StreamingResponse
from fastapi.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from podcast_dspy import __version__
from podcast_dspy.errors import (
    InputError,
    PodcastError,
    UnknownNameError,
    UsageError,
    WorkspaceLockedError,
)
from podcast_dspy.pairs.ingestion import RECORDINGS
from podcast_dspy.store import Tree, redact, slug, to_data, workspace_errors
from podcast_dspy.studio.jobs import Job, JobQueue, LiveUpdates
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


LARGEST_UPLOAD: Final = 2 * 1024**3
"""Bytes of one request: a long recording as WAV, and room."""
_COOKIE: Final = "podcast_dspy_studio"
_READING: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_HEADERS: Final = (
    (
        "content-security-policy",
        "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; "
        "frame-ancestors 'none'",
    ),
    ("cache-control", "no-cache"),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
)


class PlainJSON(JSONResponse):
    """JSON in which what could not be measured is null."""

    def render(self, content: Any) -> bytes:
        """The answer's body."""
        return super().render(to_data(content))


def is_local(host: str) -> bool:
    """Whether an address or a name is that of this machine and of no other."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class Guard:
    """Lets a request pass that comes from the page itself, and gives each answer the headers that keep it so.

    A page of another origin can send requests to this machine, with its own name made to point here; so the Host must
    be one of this machine's, and what changes something must come from this origin. Served to other machines, every
    request must bring the `token`, in a cookie or as a bearer.
    """

    def __init__(self, app: ASGIApp, token: str | None) -> None:
        self._app = app
        self._token = token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope)

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = {name.lower() for name, _ in message["headers"]}
                message["headers"] = [
                    *message["headers"],
                    *[
                        (name.encode(), value.encode())
                        for name, value in _HEADERS
                        if name.encode() not in given
                    ],
                ]
            await send(message)

        answer = self._refusal(request) or self._greeting(request)
        await (answer or self._app)(scope, receive, sending)

    def _refusal(self, request: Request) -> Response | None:
        host = request.headers.get("host", "")
        name = urlsplit(f"//{host}").hostname or ""
        if self._token is None and not is_local(name):
            return _refused(403, "the studio answers to 127.0.0.1 and localhost; use one of these addresses")
        if request.method not in _READING:
            origin = request.headers.get("origin")
            site = request.headers.get("sec-fetch-site", "same-origin")
            if (origin is not None and urlsplit(origin).netloc != host) or site not in (
                "same-origin",
                "none",
            ):
                return _refused(403, "this request comes from another page; use the studio's own")
            length = request.headers.get("content-length")
            if length is None and "transfer-encoding" in request.headers:
                return _refused(411, "an upload must say how long it is")
            if length is not None and (not length.isdecimal() or int(length) > LARGEST_UPLOAD):
                return _refused(413, f"an upload may have {LARGEST_UPLOAD // 1024**3} GB at most")
        return None

    def _greeting(self, request: Request) -> Response | None:
        """With a token: the door. The address with the token gives the browser a cookie in its stead."""
        if self._token is None:
            return None
        bearer = request.headers.get("authorization", "").removeprefix("Bearer ").strip()
        if self._known(request.cookies.get(_COOKIE, "")) or self._known(bearer):
            return None
        if (
            request.method == "GET"
            and request.url.path == "/"
            and self._known(request.query_params.get("token", ""))
        ):
            door = RedirectResponse("/", status_code=303)
            door.set_cookie(_COOKIE, self._token, httponly=True, samesite="strict")
            return door
        return _refused(401, "open the address that the studio printed when it started, with its token")

    def _known(self, given: str) -> bool:
        return hmac.compare_digest(given.encode(), (self._token or "").encode())


def _refused(status: int, message: str) -> JSONResponse:
    return JSONResponse({"error": message}, status_code=status)


def _status_of(error: PodcastError) -> int:
    if isinstance(error, UnknownNameError):
        return 404
    if isinstance(error, WorkspaceLockedError):
        return 409
    return 422 if isinstance(error, (UsageError, InputError)) else 500


async def _explained(_: Request, error: Exception) -> Response:
    status = _status_of(error) if isinstance(error, PodcastError) else 500
    return JSONResponse({"error": redact(str(error))}, status_code=status)


def create_app(workspace: Workspace, *, token: str | None = None) -> FastAPI:
    """The studio of a workspace. Without `token` it answers to this machine's own names only."""
    from podcast_dspy.studio import (  # which import what requests share from here
        episode_routes,
        training_routes,
    )

    queue = JobQueue(workspace.tree)
    updates = LiveUpdates(workspace.tree, queue)

    @contextlib.asynccontextmanager
    async def life(_: FastAPI) -> AsyncIterator[None]:
        watching = asyncio.create_task(updates.watch())
        try:
            yield
        finally:
            watching.cancel()
            updates.close()

    app = FastAPI(
        title="podcast-dspy studio",
        version=__version__,
        description="What the page does, by request. Long work is a job: its id comes back at once.",
        default_response_class=PlainJSON,
        docs_url=None,  # their pages load scripts from elsewhere; ours reads openapi.json
        redoc_url=None,
        openapi_url="/api/openapi.json",
        lifespan=life,
    )
    app.state.workspace, app.state.queue, app.state.updates = workspace, queue, updates
    app.add_exception_handler(PodcastError, _explained)
    app.add_middleware(Guard, token=token)
    for routes in (router, training_routes.router, episode_routes.router):
        app.include_router(routes, prefix="/api")
    app.mount("/", StaticFiles(directory=str(files("podcast_dspy.studio") / "static"), html=True))
    return app
