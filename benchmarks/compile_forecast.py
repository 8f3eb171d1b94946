"""What a training run is foretold to take, against the ledger of what it took.

    python benchmarks/compile_forecast.py [--work DIR] [STRATEGY ...]

Three runs of each strategy in one workspace, each on other made-up pairs: three, then six, then three. The scripted LM
stands behind the package's own LMs and kept answers, under the name and prices of a provider's model, and a voice of
tones speaks. The workspace is copied before each trial of the first run and before the others, so that what it would
have foretold then is computed from the copy: a run that is in DIR is not made again.

A figure is what was foretold of the rest of a run (calls, tokens, dollars; in any case and at most, or about as the
run before of this strategy went) over what its ledger counted of that rest.
"""

from __future__ import annotations

import argparse
import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import dspy
from compile_scripted import CountingEngine, ScriptedLM, scripted_pairs

from podcast_dspy.lms import Spent
from podcast_dspy.lms.calls import model_facts
from podcast_dspy.lms.forecast import Asked, Forecast
from podcast_dspy.lms.metered import MeteredLM
from podcast_dspy.optimizers.loop import run_training_loop
from podcast_dspy.optimizers.record import RunRecord
from podcast_dspy.optimizers.run_forecast import forecast_run
from podcast_dspy.pairs.pair import TrainingPair
from podcast_dspy.pairs.pair_store import PairStore
from podcast_dspy.settings import ModelRoles, TrainingConfig
from podcast_dspy.store import Tree
from podcast_dspy.testing import FakeVoice, Watching

PRICED = ModelRoles(lm="openai/gpt-4.1-mini")
TRIALS = {"knn": 2, "refine": 3, "bootstrap": 3, "mipro": 3, "simba": 3, "gepa": 3, "auto": 5}
RUNS = {"first": slice(0, 3), "second": slice(3, 9), "third": slice(9, 12)}
"""The pairs of each run."""
TOKENS = ("calls", "prompt_tokens", "completion_tokens")


def main() -> None:
    """Make the runs that are not there, and print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("strategies", nargs="*", help="by default all")
    parser.add_argument("--work", type=Path, help="runs are kept here")
    given = parser.parse_args()
    print(
        "| strategy | forecast | calls | tokens read | tokens written | dollars | minutes at most | the ledger |"
    )
    print("|---|---|---|---|---|---|---|---|")
    with contextlib.ExitStack() as stack:
        work = given.work or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        pairs = scripted_pairs(12)
        for strategy in given.strategies or TRIALS:
            with priced(pairs):
                _strategy(work / strategy, strategy, pairs)


def _strategy(folder: Path, strategy: str, pairs: list[TrainingPair]) -> None:
    """The rows of a strategy."""
    limit = TRIALS[strategy]
    config = TrainingConfig(optimizer=strategy, max_trials=limit, convergence_threshold=0.0, roles=PRICED)
    for run, which in RUNS.items():
        stops = range(1 if run == "third" else limit)  # trials that are made before something is foretold
        if not (folder / run / "whole").exists():
            _made(folder, run, pairs[which], config, stops)
        whole = RunRecord(Tree(folder / run / "whole")).spent()
        for done in stops:
            tree = Tree(folder / run / f"before_{done}")
            found = forecast_run(tree, pairs[which], config, resume=done > 0, batch=False)
            before = RunRecord(tree).spent() if done else Spent()
            after = f", after {done} {'trial' if done == 1 else 'trials'}" if done else ""
            _row(f"| {strategy} | {run} run{after} |", found, whole, before)


def _made(folder: Path, run: str, pairs: list[TrainingPair], config: TrainingConfig, stops: range) -> None:
    """A run in the workspace of the runs before it, stopped and copied where something is foretold."""
    earlier = list(RUNS)[list(RUNS).index(run) - 1]
    place = folder / run
    shutil.rmtree(place, ignore_errors=True)
    tree = Tree(place / "now")
    if run != "first":
        shutil.copytree(folder / earlier / "whole", place / "now", symlinks=True)
    for pair in pairs:
        PairStore(tree).add(pair)
    for done in stops:
        if done:
            part = config.model_copy(update={"max_trials": done})
            run_training_loop(tree, pairs, part, resume=done > 1)
        shutil.copytree(place / "now", place / f"before_{done}", symlinks=True)
    run_training_loop(tree, pairs, config, resume=len(stops) > 1)
    (place / "now").rename(place / "whole")


def _row(begin: str, found: Forecast, whole: Spent, before: Spent) -> None:
    took = [one - other for one, other in zip(_sums(whole), _sums(before), strict=True)]
    least = [sum(getattr(line.least, name) for line in found.lines) for name in TOKENS]
    most = [sum(getattr(line, name) for line in found.lines) for name in TOKENS]
    ranges = [*zip(least, most, strict=True), (found.least_cost or 0.0, found.cost or 0.0)]
    about = [f"{one / real:.2f} (" for one, real in zip(_about(found.expected), took, strict=False)]
    cells = [
        f"{low / real:.2f} to {high / real:.2f}" if high > 1.001 * low else f"{high / real:.2f}"
        for (low, high), real in zip(ranges, took, strict=False)
    ]
    if about:
        cells = [f"{one}{cell})" for one, cell in zip(about, cells, strict=True)]
    cells += [f"{found.seconds / took[4]:.2f}", f"{took[0]} calls, ${took[3]:.4f}, {took[4]:.0f} s"]
    print(begin, " | ".join(cells), "|", flush=True)


def _about(expected: Asked | None) -> list[float]:
    if expected is None:
        return []
    known = [float(getattr(expected, name)) for name in TOKENS]
    return [*known, _dollars(known[1], known[2])]


def _sums(spent: Spent) -> tuple[float, ...]:
    """Calls that were asked, tokens read, tokens written, dollars, seconds by the clock."""
    read = sum(entry.prompt_tokens for entry in spent.entries)
    written = sum(entry.completion_tokens for entry in spent.entries)
    return spent.calls, read, written, _dollars(read, written), sum(spent.seconds.values())


def _dollars(read: float, written: float) -> float:
    """Of tokens, at the price of the model that the scripted one is called by."""
    facts = model_facts(PRICED.lm)
    return float(read * facts["input_cost_per_token"] + written * facts["output_cost_per_token"])


@contextlib.contextmanager
def priced(pairs: list[TrainingPair]) -> Iterator[None]:
    """The scripted LM in the place of a provider's server, behind the package's own LMs and kept answers."""
    engine = CountingEngine(ScriptedLM(pairs, varied=True))

    def made(role: str, common: dict[str, Any], **connection: Any) -> MeteredLM:
        return MeteredLM(role, engine=engine, **{k: v for k, v in common.items() if k != "timeout"})

    with (
        tempfile.TemporaryDirectory() as cache,
        mock.patch.dict("os.environ", {"OPENAI_API_KEY": "none", "PODCAST_DSPY_CACHE": cache}),
        mock.patch("podcast_dspy.lms.roles._remote", made),
        FakeVoice().installed("embedded"),
    ):
        dspy.configure(callbacks=[Watching()])  # for the threads of the loop too
        yield


if __name__ == "__main__":
    main()
