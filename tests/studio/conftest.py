"""A studio of a workspace with one pair, and a client that speaks to it as a browser's page does."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from podcast_dspy.pairs.pair_store import PairStore
from podcast_dspy.studio.jobs import Job
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
def client(workspace: Workspace) -> TestClient:
    """A client of its studio. What the server does by itself (live updates, the queue) does not run."""
    return TestClient(create_app(workspace), base_url=HERE)


@pytest.fixture
def running(workspace: Workspace) -> Iterator[TestClient]:
    """The same with the server's own work going on."""
    with TestClient(create_app(workspace), base_url=HERE) as client:
        yield client


def ended(client: TestClient, job_id: str, seconds: float = 120.0) -> Job:
    """The job once it has come to an end."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        job = Job.model_validate(client.get(f"/api/jobs/{job_id}").json())
        if job.state not in ("queued", "running"):
            return job
        time.sleep(0.1)
    raise AssertionError(f"the job is still {job.state} after {seconds:g} s")
