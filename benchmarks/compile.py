"""Does compiling help, is what is better found, and what does the framework itself take?

    python benchmarks/compile.py scripted     # better instructions that are known, found within 200 calls
    python benchmarks/compile.py overhead     # what the loop takes beside episodes, and a trial whose answers are kept
    python benchmarks/compile.py flat         # time and memory a pair, up to 200 synthetic pairs
    python benchmarks/compile.py folds --work DIR FOLDERS...   # pairs of publishers that were not trained on

Each prints a table in Markdown. `folds` takes the example corpus and folders with a subfolder for each pair (paper,
transcript.json, segments.json), and writes extracts: each fold trains on all publishers but one and measures on that
one. What is done is kept in DIR, so that it goes on where it was stopped.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from statistics import mean
from typing import Any

from compile_scripted import PREDICTORS, RULES, ScriptedLM, scripted_pairs
from human_episodes import read, spans_of

import podcast_dspy
from podcast_dspy.analysis.analyst import Outline
from podcast_dspy.analysis.paper_index import PAPERS
from podcast_dspy.api import examples_folder, ingest_examples
from podcast_dspy.generation.extract_writer import ExtractWriter
from podcast_dspy.generation.program import PodcastProgram
from podcast_dspy.metrics import best_trial, paired_gain, totals
from podcast_dspy.optimizers import PodcastOptimizer, TrialResult
from podcast_dspy.optimizers.classification import agreement, labelled_windows
from podcast_dspy.optimizers.measuring import Measuring, PredictedTrials
from podcast_dspy.optimizers.stage_tasks import RolloutRunner, rolling_out
from podcast_dspy.pairs import fingerprint
from podcast_dspy.pairs.pair import TrainingPair
from podcast_dspy.profiles import synthesize
from podcast_dspy.settings import ModelRoles, TrainingConfig
from podcast_dspy.store import Tree
from podcast_dspy.tasks import run
from podcast_dspy.testing import FakeVoice
from podcast_dspy.workspace import Workspace

CAPABLE = ModelRoles(lm="openai/writer", reflection_lm="openai/reflection", voice="elevenlabs:unmeasured")
"""A voice that was not measured speaks at the pace of the hosts, so that only instructions make a difference."""


def scripted() -> None:
    """Three strategies on four pairs, with three held out."""
    pairs = scripted_pairs(7)
    print(
        "| strategy | predictors improved | calls of the search | calls in all | held out, before | after | change "
        "| typed right held out, before and after |"
    )
    print("|---|---|---|---|---|---|---|---|")
    for strategy in ("gepa", "mipro", "refine"):
        lm = ScriptedLM(pairs)
        config = TrainingConfig(max_trials=4, convergence_threshold=0.0, roles=CAPABLE)
        optimizer = PodcastOptimizer(metric=podcast_dspy.metric(), strategy=strategy, config=config)
        with lm.serving():
            program = optimizer.compile(PodcastProgram(), trainset=pairs[:4], valset=pairs[4:])
        best = best_trial(optimizer.trials)
        assert best is not None
        known = dict(program.named_predictors())
        found = sum(RULES[name] in known[name].signature.instructions for name in PREDICTORS)
        calls = sum(entry.calls for entry in optimizer.ledger.spent.entries if entry.part == strategy)
        before, after = optimizer.trials[0].held_out, best.held_out
        gain = paired_gain(totals(before), totals(after))
        losses = (f"{sum(totals(side).values()) / len(side):.3f}" for side in (before, after))
        with lm.serving():
            right = [f"{mean(typed_right(one, pairs[4:])):.0%}" for one in (PodcastProgram(), program)]
        print(
            f"| {strategy} | {found} of {len(PREDICTORS)} | {calls} | {lm.calls} | {' | '.join(losses)} | {gain} "
            f"| {', '.join(right)} |"
        )


def typed_right(program: PodcastProgram, pairs: list[TrainingPair]) -> list[float]:
    """Share of the labelled time that a program's analyst types right, by window."""
    return [
        agreement(
            one,
            program.analyst.read_window(
                pair.transcription.segments, one.window, Outline.of(pair.document_graph)
            ).segments,
        ).score
        for pair in pairs
        for one in labelled_windows(pair)
    ]


def overhead() -> None:
    """A trial by the loop against the same episodes written and scored without it."""
    pairs = scripted_pairs(6)
    lm = ScriptedLM(pairs)
    config = TrainingConfig(max_trials=1, roles=CAPABLE)
    metric = podcast_dspy.metric()
    measuring = Measuring(metric, config, synthesize(pairs))

    def bare(program: PodcastProgram) -> None:
        for pair in pairs:
            with measuring.writing():
                made = measuring.episode(program, pair)
            measuring.measure(pair, made)

    def trial(program: PodcastProgram) -> None:
        optimizer = PodcastOptimizer(metric=metric, config=config, profile=measuring.profile)
        optimizer._evaluate = PredictedTrials(measuring, pairs).evaluate
        optimizer.strategy.prepare = lambda *given: None  # type: ignore[method-assign]
        optimizer.compile(program, trainset=pairs)

    with lm.serving():
        bare(PodcastProgram())  # everything that is kept is kept now
        rounds = [(timed(bare), timed(trial)) for _ in range(5)]
    alone, looped = (min(times) for times in zip(*rounds, strict=True))
    print(
        f"A trial of {len(pairs)} pairs: {alone:.2f} s without the loop, {looped:.2f} s with it: "
        f"{looped / alone - 1:+.1%}."
    )
    with tempfile.TemporaryDirectory() as folder:
        print(cached_trial(Path(folder), pairs))


def timed(work: Callable[[PodcastProgram], None]) -> float:
    """Seconds of the processor that work on a fresh program takes: other programs do not count."""
    started = time.process_time()
    work(PodcastProgram())
    return time.process_time() - started


def cached_trial(folder: Path, pairs: list[TrainingPair]) -> str:
    """The rollouts of a trial in a workspace, and the same once more, when all of them are there."""
    config = TrainingConfig(max_trials=1, roles=ModelRoles(lm="openai/writer"))
    runner, profile = RolloutRunner(Tree(folder), config, pairs), synthesize(pairs)

    contents = {pair.pair_id: fingerprint([pair]) for pair in pairs}
    wanted = [(pair, 0) for pair in pairs]

    def rolled_out(program: PodcastProgram) -> None:
        list(run(rolling_out(runner, program, profile, wanted, "trial_000", contents), at_once=1))

    with FakeVoice().installed("embedded"), ScriptedLM(pairs).serving():
        first, again = timed(rolled_out), timed(rolled_out)
    return f"Rollouts of a trial in a workspace: {first:.2f} s; repeated: {again:.3f} s, {again / first:.1%}."


def flat() -> None:
    """Three trials, each with other scripts, on more and more pairs, each number in a process of its own."""
    import subprocess

    print("| pairs | processor seconds a pair | memory a pair, MB | peak, MB |")
    print("|---|---|---|---|")
    for count in (50, 100, 200):
        ran = subprocess.run(
            [sys.executable, __file__, "one-size", str(count)], check=True, capture_output=True, text=True
        )
        seconds, grown, peak = json.loads(ran.stdout.splitlines()[-1])
        print(f"| {count} | {seconds / count:.2f} | {grown / count:.2f} | {peak:.0f} |")


def one_size(count: int) -> None:
    """Seconds of a run on so many pairs, and the memory that it took beyond that of a run on as many as are kept."""

    def run(pairs: list[TrainingPair]) -> None:
        # The third trial has other instructions, so that its scripts are others and are scored anew.
        config = TrainingConfig(max_trials=3, convergence_threshold=0.0, roles=CAPABLE)
        lm = ScriptedLM(pairs)
        lm.asked = deque(maxlen=1)  # type: ignore[assignment]  # whole prompts, which are not what is measured
        with lm.serving():
            optimizer = PodcastOptimizer(strategy="refine", config=config)
            optimizer.compile(PodcastProgram(), trainset=pairs)
        assert len(optimizer.trials) == config.max_trials

    run(scripted_pairs(PAPERS))
    before = peak()
    started = time.process_time()
    run(scripted_pairs(count))
    print(json.dumps([time.process_time() - started, peak() - before, peak()]))


def peak() -> float:
    """Most memory so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def folds(work: Path, sources: list[Path], trials: int) -> None:
    """Each publisher held out once; extracts by the embedded path, their lengths predicted and not voiced."""
    pairs = analysed(work, sources)
    before: dict[str, float] = {}
    after: dict[str, float] = {}
    print(
        "| held out | pairs | trained on | trials, best | before | after | change held out | change in training |"
    )
    print("|---|---|---|---|---|---|---|---|")
    for name in dict.fromkeys(map(publisher, pairs)):
        file = work / f"fold-{name}.json"
        apart = [pair for pair in pairs if publisher(pair) == name]
        if not file.exists():
            optimizer = PodcastOptimizer(config=TrainingConfig(max_trials=trials), writer=ExtractWriter())
            train = [pair for pair in pairs if pair not in apart]
            program = optimizer.compile(PodcastProgram(), trainset=train, valset=apart)
            kept = {
                "best": optimizer.programs.index(program),
                "trials": [one.model_dump(mode="json") for one in optimizer.trials],
            }
            file.write_text(json.dumps(kept))
        read = json.loads(file.read_text())
        made = [TrialResult.model_validate(one) for one in read["trials"]]
        first, best = made[0], made[read["best"]]
        sides = totals(first.held_out), totals(best.held_out)
        before.update(sides[0])
        after.update(sides[1])
        trained = paired_gain(totals(first.pair_results), totals(best.pair_results))
        print(
            f"| {name} | {len(apart)} | {len(first.pair_results)} | {len(made)}, {read['best']} "
            f"| {first.held_out_loss():.3f} "
            f"| {best.held_out_loss():.3f} | {paired_gain(*sides)} | {trained} |",
            flush=True,
        )
    groups = {pair.pair_id: publisher(pair) for pair in pairs}
    print(
        f"\nMean total loss of {len(before)} held-out pairs: {mean(before.values()):.3f} uncompiled, "
        f"{mean(after.values()):.3f} compiled: {paired_gain(before, after)} over the pairs, "
        f"{paired_gain(before, after, groups)} over publishers and their pairs."
    )


def publisher(pair: TrainingPair) -> str:
    """Who made a podcast: the show that begins the name of its folder; the example corpus is one."""
    head = pair.pair_id.partition("-")[0]
    return head if head in {"nlphl", "acltalk"} else "examples"


def analysed(work: Path, sources: list[Path]) -> list[TrainingPair]:
    """The pairs of the example corpus and of folders with transcripts, read and analysed once."""
    workspace = Workspace(work / "analysed")
    ingest_examples(workspace, examples_folder(None), report)
    workspace.analyze_all(progress=report)
    found = list(workspace.pairs)
    for folder in sorted(path.parent for source in sources for path in source.glob("*/transcript.json")):
        file = work / f"{folder.name}.json"
        if not file.exists():
            episode = read(folder)
            pair = TrainingPair(
                pair_id=folder.name,
                pdf_path="",
                audio_path="",
                document_graph=episode.labelled.graph,
                transcription=episode.transcription,
                labels=tuple(spans_of(episode.gold)),
                duration_minutes=episode.transcription.total_duration / 60,
            )
            file.write_text(podcast_dspy.analyze(pair).model_dump_json())
            report(folder.name, 0, 1)
        found.append(TrainingPair.model_validate_json(file.read_text()))
    return found


def report(stage: str, done: float, total: float) -> None:
    """One line a step on stderr."""
    if done == 0:
        print(f"  {time.strftime('%H:%M:%S')} {stage}", file=sys.stderr, flush=True)


def main() -> None:
    """Run the part that is asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parts = parser.add_subparsers(dest="part", required=True)
    for name in ("scripted", "overhead", "flat"):
        parts.add_parser(name)
    parts.add_parser("one-size").add_argument("count", type=int)
    part = parts.add_parser("folds")
    part.add_argument("sources", type=Path, nargs="*", help="folders of pairs beside the example corpus")
    part.add_argument("--work", type=Path, default=Path("compile-folds"), help="what is done is kept here")
    part.add_argument("--trials", type=int, default=4)
    given: Any = parser.parse_args()
    if given.part == "folds":
        folds(given.work, given.sources, given.trials)
    elif given.part == "one-size":
        one_size(given.count)
    else:
        {"scripted": scripted, "overhead": overhead, "flat": flat}[given.part]()


if __name__ == "__main__":
    main()
