"""Kill a training run with SIGKILL in the middle of a trial, resume it, and compare with an uninterrupted run.

Prints whether the losses are the same, and whether what was finished before the kill was done again.

    python benchmarks/resume.py                # example corpus, two pairs, two trials
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from podcast_dspy.demo import examples_folder, ingest_examples
from podcast_dspy.workspace import Workspace

_LIMIT = 1800.0


def losses(workspace: Path) -> list[tuple[float, dict[str, float]]]:
    """Mean and per-pair total losses of every trial."""
    return [
        (trial.avg_total_loss, {name: metrics.total_loss for name, metrics in trial.pair_results.items()})
        for trial in Workspace(workspace).trials
    ]


def finished(workspace: Path) -> dict[str, int]:
    """Rollout records and trial results with the time they were written."""
    return {
        str(path.relative_to(workspace)): path.stat().st_mtime_ns
        for pattern in ("trials/*/*_rollout.json", "trials/*/results.json")
        for path in sorted(workspace.glob(pattern))
    }


def command(workspace: Path, trials: int, *more: str) -> list[str]:
    """The compile command."""
    program = [sys.executable, "-m", "podcast_dspy.cli", "--workspace", str(workspace), "--quiet", "compile"]
    return [*program, "--max-trials", str(trials), "--json", *more]


def main() -> None:
    """Run, kill, resume, compare."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--examples", type=Path)
    parser.add_argument("--trials", type=int, default=2)
    parser.add_argument(
        "--source", type=Path, help="an analysed workspace to use instead of the example corpus"
    )
    options = parser.parse_args()
    work = Path(tempfile.mkdtemp(prefix="podcast-dspy-resume-"))
    source = work / "analysed"
    if options.source:
        shutil.copytree(
            options.source,
            source,
            symlinks=True,
            ignore=shutil.ignore_patterns("trials", "convergence", "archive", ".locks"),
        )
    else:
        analysed = Workspace(source)
        ingest_examples(analysed, examples_folder(options.examples), lambda stage, done, total: None)
        analysed.analyze_all()
    for folder in sorted((source / "training_pairs").iterdir())[2:]:
        shutil.rmtree(folder)
    whole, broken = work / "whole", work / "broken"
    shutil.copytree(source, whole, symlinks=True)
    shutil.copytree(source, broken, symlinks=True)
    subprocess.run(command(whole, options.trials), check=True, stdout=subprocess.DEVNULL, timeout=_LIMIT)
    process = subprocess.Popen(command(broken, options.trials), stdout=subprocess.DEVNULL)
    until = time.monotonic() + _LIMIT
    last_trial = f"trials/trial_{options.trials - 1:03d}"
    while not list(broken.glob(f"{last_trial}/*_rollout.json")):
        if time.monotonic() > until or process.poll() is not None:
            raise SystemExit("the run ended before it could be killed")
        time.sleep(0.2)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    before = finished(broken)
    print(f"killed with {len(before)} finished rollouts and trials")
    done = subprocess.run(
        command(broken, options.trials, "--resume"), check=True, capture_output=True, timeout=_LIMIT
    )
    json.loads(done.stdout)
    after = finished(broken)
    again = [name for name, written in before.items() if after.get(name) != written]
    print(f"done again after --resume: {len(again)} {again or ''}")
    same = losses(whole) == losses(broken)
    print(f"same losses as the uninterrupted run: {'yes' if same else 'NO'}")
    for number, (one, other) in enumerate(zip(losses(whole), losses(broken), strict=True)):
        print(f"  trial {number}: {one[0]!r} / {other[0]!r}")
    shutil.rmtree(work)


if __name__ == "__main__":
    main()
