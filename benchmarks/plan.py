"""What planning does for the losses, in seconds: baseline and compiled of every fold that `compile.py` left behind.

    python benchmarks/compile.py --jobs 2 --trials 3 --work DIR
    python benchmarks/plan.py DIR               # then after each change to planning, choosing or phrasing
    python benchmarks/plan.py DIR --timelines   # also the runs of each script above those of the host

Scripts are written without the LM, for five lengths around that of the pair's own podcast, and scored by the length
that the duration model predicts: no voice, no sampling, a mean over five plans. It ranks variants of the planner with
less noise than a training run, but does not replace one: demonstrations and adjustments stay those of the folds.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import podcast_dspy
from podcast_dspy.generation import Adjustments, PodcastProgram, Script
from podcast_dspy.generation.passage_writer import ExtractWriter
from podcast_dspy.lms import use
from podcast_dspy.metrics import score_script
from podcast_dspy.optimizers.loop import COMPILED_PROFILE
from podcast_dspy.optimizers.tuning import predicted_length
from podcast_dspy.pairs.pair import TrainingPair
from podcast_dspy.profiles import AggregatedProfile
from podcast_dspy.workspace import Workspace

LOSSES = ("total", "duration", "coverage", "structure", "quality", "rouge")
LENGTHS = (0.9, 0.95, 1.0, 1.05, 1.1)  # of the pair's own podcast
VOICE = "kokoro:af_heart"


@dataclass(frozen=True)
class Fold:
    """One pair left out, and what was trained on the others."""

    held_out: TrainingPair
    others: list[str]
    """Transcripts of the training pairs."""
    profile: AggregatedProfile
    programs: dict[str, PodcastProgram]


def folds(work: Path) -> Iterator[Fold]:
    """Folds that `compile.py --work` left in `work`."""
    for folder in sorted(work.glob("fold-*")):
        workspace = Workspace(folder)
        pairs = {pair.pair_id: pair for pair in workspace.pairs}
        held_out = pairs.pop(folder.name.removeprefix("fold-"))
        compiled = podcast_dspy.load(folder / COMPILED_PROFILE)
        yield Fold(
            held_out,
            [pair.transcription.transcript_text for pair in pairs.values()],
            compiled.profile,
            {"baseline": PodcastProgram(Adjustments()), "compiled": compiled.program},
        )


def losses(fold: Fold, program: PodcastProgram, timelines: bool) -> list[float]:
    """LOSSES of the scripts of `program` about the held-out paper, mean over LENGTHS."""
    pair, rows = fold.held_out, []
    for share in LENGTHS:
        seconds = share * pair.transcription.total_duration
        script = program.write(
            pair.document_graph, fold.profile, seconds=seconds, writer=ExtractWriter()
        ).script
        spoken = predicted_length(script, program.adjustments, fold.profile, VOICE)
        metrics = score_script(
            script, pair, duration=spoken / share, trial_id="plan", other_references=fold.others
        )
        rows.append([getattr(metrics, f"{name}_loss") for name in LOSSES])
        if timelines and share == 1.0:
            show(script, metrics.details["structure"])
    return [statistics.fmean(column) for column in zip(*rows, strict=True)]


def show(script: Script, structure: dict[str, Any]) -> None:
    """Print both timelines, in percent of the whole."""
    for side in ("generated_runs", "reference_runs"):
        told = " ".join(f"{kind} {share:.0%}," for kind, share in structure[side])
        sys.stdout.write(f"    {side.removesuffix('_runs'):9} {told.rstrip(',')}\n")


def main() -> int:
    """Print the table; returns the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("work", type=Path, help="the --work folder of compile.py")
    parser.add_argument("--timelines", action="store_true", help="print the runs of script and host")
    options = parser.parse_args()
    rows: dict[str, list[list[float]]] = {}
    sys.stdout.write(f"| held out | program | {' | '.join(LOSSES)} |\n|---|---|{'---|' * len(LOSSES)}\n")
    with use("embedded"):
        for fold in folds(options.work):
            for name, program in fold.programs.items():
                row = losses(fold, program, options.timelines)
                rows.setdefault(name, []).append(row)
                sys.stdout.write(line(fold.held_out.pair_id, name, row))
    if not rows:
        sys.stderr.write(f"{options.work} holds no folds; make them with compile.py --work {options.work}\n")
        return 1
    for name, found in rows.items():
        sys.stdout.write(
            line("mean", name, [statistics.fmean(column) for column in zip(*found, strict=True)])
        )
    return 0


def line(held_out: str, program: str, row: list[float]) -> str:
    """A row of the table."""
    return f"| {held_out} | {program} | {' | '.join(f'{value:.4f}' for value in row)} |\n"


if __name__ == "__main__":
    raise SystemExit(main())
