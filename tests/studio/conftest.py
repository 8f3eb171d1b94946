"""A studio of a workspace with one pair, and a client that speaks to it as a browser's page does."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from podcast_dspy.pairs.pair_store import PairStore
from podcast_dspy.studio.jobs import Job, JobQueue
from podcast_dspy.studio.server import create_app
from podcast_dspy.testing import sample_pair
from podcast_dspy.workspace import Workspace

HERE = "http://127.0.0.1:8642"


@pytest.fixture
def workspace() -> Workspace:
    """A workspace with the sample pair."""
    place = Workspace()
    PairStore(place.tree).add(sample_pair())
    return place


@pytest.fixture
def client(workspace: Workspace) -> Iterator[TestClient]:
    """A client of its studio. What the server does by itself (live updates, the queue) does not run."""
    client = TestClient(create_app(workspace), base_url=HERE)
    yield client
    over(client.app.state.queue)  # type: ignore[attr-defined]


@pytest.fixture
def running(client: TestClient) -> Iterator[TestClient]:
    """The same with the server's own work going on."""
    with client:
        yield client


def over(queue: JobQueue) -> None:
    """End what a queue has begun: the jobs of a test do not outlive it."""
    for child in queue._children.values():
        child.kill()
        child.wait()


@pytest.fixture
def episode(
    workspace: Workspace,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    spoken: Callable[[str, Path, Path], None],
) -> Path:
    """An episode about the pair's paper, in the workspace, spoken in tones."""
    monkeypatch.setattr("podcast_dspy.generation.voicing.cache_dir", lambda: tmp_path / "cache")
    folder = workspace.tree.path("episodes", "wet-salt")
    spoken("wav", folder, tmp_path / "cache")
    return folder


def ended(client: TestClient, job_id: str, seconds: float = 120.0) -> Job:
    """The job once it has come to an end."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        job = Job.model_validate(client.get(f"/api/jobs/{job_id}").json())
        if job.state not in ("queued", "running"):
            return job
        time.sleep(0.1)
    raise AssertionError(f"the job is still {job.state} after {seconds:g} s")
