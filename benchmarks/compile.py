"""Compiled against uncompiled on held-out pairs: leave one pair out, train on the others, measure on the one.

The baseline is the same program on the same pairs: the synthesized profile, default prompts, no demonstrations. Every
figure is the mean over the folds, measured on synthesized audio. Prints a table in Markdown.

    python benchmarks/compile.py                      # all four folds of the example corpus
    python benchmarks/compile.py --folds 1 --trials 3 # a quick look
    python benchmarks/compile.py --twice              # the first fold twice: are the numbers the same?
    python benchmarks/compile.py --hosts              # only what no script can go below on these pairs
"""

from __future__ import annotations

import argparse
import multiprocessing
import shutil
import statistics
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from compile_bounds import bounds

from podcast_dspy.demo import examples_folder, ingest_examples
from podcast_dspy.optimizers import TrainingRun
from podcast_dspy.settings import PodcastDepth, TrainingConfig
from podcast_dspy.workspace import Workspace

LOSSES = ("total", "duration", "coverage", "structure", "quality", "rouge")


def report(stage: str, done: float, total: float) -> None:
    """One line a step on stderr."""
    if done == 0:
        print(f"  {time.strftime('%H:%M:%S')} {stage}", file=sys.stderr, flush=True)


def run_fold(source: Path, place: Path, held_out: str, trials: int) -> TrainingRun:
    """Train in a copy of the analysed workspace with one pair held out."""
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(source, place, symlinks=True)
    config = TrainingConfig(max_trials=trials, target_depth=PodcastDepth.OVERVIEW, holdout=held_out)
    return Workspace(place).compile(config, progress=report)


def row(name: str, before: float, after: float) -> str:
    """A table row with the relative change."""
    change = f"{(after - before) / before:+.0%}" if before else "-"
    return f"| {name} | {before:.3f} | {after:.3f} | {change} |"


def table(runs: list[TrainingRun]) -> str:
    """Baseline and compiled, held out and on the training pairs, as means over the folds."""
    lines = [
        f"Held-out pair, mean over {len(runs)} fold(s):",
        "",
        "| loss | baseline | compiled | change |",
        "|---|---|---|---|",
    ]

    def mean(values: list[float]) -> float:
        return statistics.fmean(values)

    for name in LOSSES:
        field = f"{name}_loss"
        lines.append(
            row(
                name,
                mean([run.baseline.held_out_loss(field) for run in runs]),
                mean([run.best.held_out_loss(field) for run in runs]),
            )
        )
    accuracy = [
        mean([getattr(run, which).classifier_accuracy for run in runs]) for which in ("baseline", "best")
    ]
    lines += [
        "| sentences typed right, by the LM without an example and by a fitted classifier "
        f"| {accuracy[0]:.3f} | {accuracy[1]:.3f} | |",
        "",
        "Training pairs, mean over the folds:",
        "",
        "| loss | baseline | compiled | change |",
        "|---|---|---|---|",
    ]
    for name in LOSSES:
        field = f"avg_{name}_loss"
        lines.append(
            row(
                name,
                mean([getattr(run.baseline, field) for run in runs]),
                mean([getattr(run.best, field) for run in runs]),
            )
        )
    lines += ["", "| held-out pair | trials | best | baseline total | compiled total | duration | accuracy |"]
    lines += ["|---|---|---|---|---|---|---|"]
    for run in runs:
        best = run.best
        lines.append(
            f"| {run.config.holdout} | {len(run.trials)} | {best.trial_id} | {run.baseline.held_out_loss():.3f}"
            f" | {best.held_out_loss():.3f} | {best.held_out_loss('duration_loss'):.3f}"
            f" | {best.classifier_accuracy:.2f} |"
        )
    model = sum(rollout.model_units for run in runs for rollout in run.best.rollouts)
    source = sum(rollout.source_units for run in runs for rollout in run.best.rollouts)
    lines += ["", f"Passages in the model's own words, all checks passed: {model} of {model + source}."]
    return "\n".join(lines)


def main() -> None:
    """Run the folds and print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--examples", type=Path, help="folder of the example corpus")
    parser.add_argument("--folds", type=int, default=4, help="how many pairs to hold out in turn")
    parser.add_argument("--trials", type=int, default=8, help="most trials a fold")
    parser.add_argument("--jobs", type=int, default=1, help="folds at a time")
    parser.add_argument("--work", type=Path, help="keep the workspaces here (default: a temporary folder)")
    parser.add_argument("--hosts", action="store_true", help="only say what no script can go below")
    parser.add_argument(
        "--twice", action="store_true", help="run the first fold twice and compare the losses"
    )
    options = parser.parse_args()
    work = options.work or Path(tempfile.mkdtemp(prefix="podcast-dspy-compile-"))
    analysed = Workspace(work / "analysed")
    ingest_examples(analysed, examples_folder(options.examples), report)
    analysed.analyze_all(progress=report)
    names = [pair.pair_id for pair in analysed.pairs]
    if options.hosts:
        print(bounds(analysed.pairs))
        return
    if options.twice:
        first, second = (
            run_fold(analysed.path, work / f"twice-{number}", names[0], options.trials) for number in (1, 2)
        )
        totals = [[(t.avg_total_loss, t.held_out_loss()) for t in run.trials] for run in (first, second)]
        print(f"the same numbers twice: {'yes' if totals[0] == totals[1] else 'NO'} {totals}")
        return
    chosen = names[: options.folds]
    # Each fold in a process of its own: engines and voices are one a process.
    with ProcessPoolExecutor(options.jobs, mp_context=multiprocessing.get_context("spawn")) as pool:
        futures = [
            pool.submit(run_fold, analysed.path, work / f"fold-{name}", name, options.trials)
            for name in chosen
        ]
        runs = [future.result() for future in futures]
    print(table(runs))
    print(f"\n{bounds(analysed.pairs)}")


if __name__ == "__main__":
    main()
