"""Jobs: they run one after the other in processes of their own, and whoever looks at the files knows how they are."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from podcast_dspy.errors import UnknownNameError, UsageError
from podcast_dspy.store import Tree
from podcast_dspy.studio.jobs import JOBS, JobQueue
from podcast_dspy.studio.server import create_app
from podcast_dspy.workspace import Workspace
from tests.studio.conftest import HERE, ended, over


@pytest.fixture
def queue(workspace: Workspace) -> Iterator[JobQueue]:
    """The workspace's queue; what it has begun is over when the test is."""
    queue = JobQueue(workspace.tree)
    yield queue
    over(queue)


def test_a_job_is_a_command_and_ends_with_what_it_printed(running: TestClient) -> None:
    queue: JobQueue = running.app.state.queue  # type: ignore[attr-defined]
    first = queue.add("status", "workspace", ["status", "--json"])
    second = queue.add("trial", "none", ["trial", "best", "--json"])
    assert (first.state, second.state) == ("running", "queued"), "one at a time"
    done, failed = ended(running, first.job_id), ended(running, second.job_id)
    assert done.state == "done"
    assert done.result is not None
    assert done.result["next"].startswith("podcast-dspy")
    assert failed.state == "failed"
    assert "no trial 'best'" in failed.error
    assert queue.get(first.job_id) is queue.get(first.job_id), "what has ended is not read again"
    again = running.post(f"/api/jobs/{failed.job_id}/again")
    assert again.status_code == 202
    assert ended(running, again.json()["job_id"]).state == "failed"


def test_a_job_goes_on_when_the_server_is_killed_and_the_next_server_shows_it(workspace: Workspace) -> None:
    begin = "; ".join(
        [
            "import os, sys, signal",
            "from podcast_dspy.store import Tree",
            "from podcast_dspy.studio.jobs import JobQueue",
            "print(JobQueue(Tree(sys.argv[1])).add('status', 'x', ['status', '--json']).job_id, flush=True)",
            "os.kill(os.getpid(), signal.SIGKILL)",
        ]
    )
    killed = subprocess.run(
        [sys.executable, "-c", begin, str(workspace.path)], stdout=subprocess.PIPE, text=True, check=False
    )
    assert killed.returncode == -signal.SIGKILL
    with TestClient(create_app(workspace), base_url=HERE) as restarted:
        job = restarted.get(f"/api/jobs/{killed.stdout.strip()}").json()
        assert job["state"] in ("running", "done")
        assert ended(restarted, job["job_id"]).result is not None


def test_a_job_that_finds_the_workspace_in_use_says_by_whom_and_can_be_begun_again(
    workspace: Workspace, running: TestClient
) -> None:
    with workspace.tree.lock("training"):
        job = running.post("/api/training", json={"max_trials": 1}).json()
        failed = ended(running, job["job_id"])
    assert failed.state == "failed"
    assert f"{os.getpid()}" in failed.error
    assert running.post(f"/api/jobs/{failed.job_id}/again").status_code == 202


def test_a_job_whose_process_was_killed_is_interrupted_and_can_be_begun_again(
    workspace: Workspace, queue: JobQueue
) -> None:
    job = queue.add("status", "workspace", ["status", "--json"])
    os.kill(int(workspace.tree.read_text(f"{JOBS}/{job.job_id}/pid")), signal.SIGKILL)
    deadline = time.monotonic() + 60
    while queue.get(job.job_id).state == "running" and time.monotonic() < deadline:
        time.sleep(0.05)
    assert JobQueue(Tree(workspace.path)).get(job.job_id).state == "interrupted"
    assert queue.again(job.job_id).state == "running"


def test_what_waits_can_be_stopped_and_what_has_ended_cannot(queue: JobQueue) -> None:
    queue.add("status", "workspace", ["status", "--json"])
    waiting = queue.add("status", "workspace", ["status", "--json"])
    assert queue.stop(waiting.job_id).state == "stopped"
    with pytest.raises(UsageError, match="is stopped"):
        queue.stop(waiting.job_id)
    with pytest.raises(UnknownNameError):
        queue.get("20260101-000000-ffffff")
    with pytest.raises(UsageError):
        queue.get("../../etc")


def test_progress_is_the_last_line_that_tells_it(workspace: Workspace, queue: JobQueue) -> None:
    name = "20260101-000000-abcdef"
    request = {
        "job_id": name,
        "kind": "compile",
        "subject": "training",
        "arguments": ["compile"],
        "created": "2026-01-01T00:00:00Z",
    }
    workspace.tree.write_json(f"{JOBS}/{name}/request.json", request)
    workspace.tree.write_text(
        f"{JOBS}/{name}/log.txt",
        '{"stage": "trial 1", "done": 1, "total": 4, "seconds": 2.0, "seconds_left": 6.0}\n'
        '{"stage": "trial 1", "done": 2, "total": 4, "seconds": 4.0, "seconds_left": 4.0}\nsomething else\n{"stage',
    )
    told = queue.get(name)
    assert (told.stage, told.done, told.total, told.state) == ("trial 1", 2.0, 4.0, "queued")
