"""Runs one queued job of a workspace as the command line would, and says how it ended."""

from __future__ import annotations

import os
import sys

from podcast_dspy.cli.main import run
from podcast_dspy.cli.output import INTERRUPTED, answer_interrupts
from podcast_dspy.store import Tree
from podcast_dspy.studio.jobs import JOBS, JobRequest


def main() -> None:
    """`python -m podcast_dspy.cli.job_runner WORKSPACE JOB`; the exit code of the command goes into the file `exit`."""
    tree, job_id = Tree(sys.argv[1]), sys.argv[2]
    request = tree.read_model(f"{JOBS}/{job_id}/request.json", JobRequest, job_id=job_id)
    os.environ["PODCAST_DSPY_PROGRESS"] = "json"
    answer_interrupts()
    code = run(["--workspace", str(tree.root), *request.arguments])
    sys.stdout.flush()
    tree.write_text(f"{JOBS}/{job_id}/exit", f"{code}\n")
    if code == INTERRUPTED:  # threads that are still busy are not waited for
        os._exit(code)


if __name__ == "__main__":
    main()
