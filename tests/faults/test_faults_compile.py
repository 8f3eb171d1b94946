"""`compile` refuses what it cannot train on before an earlier run is touched, and two runs at once."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from cli_fakes import store_pair
from faults_bench import Bench, Outcome, check_refusal, program, snapshot

pytestmark = pytest.mark.models  # the defaults are looked up, though nothing is written or spoken

HOLDER = """
import sys
from podcast_dspy.store import Tree
with Tree(sys.argv[1]).lock("training"):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def trained(bench: Bench) -> Bench:
    """A workspace with what an earlier run left."""
    for name, text in (
        ("trials/trial_000/results.json", "{}"),
        ("convergence/run.json", '{"schema_version": 1}'),
        ("convergence/best_trial.json", '{"schema_version": 1}'),
    ):
        place = bench.workspace / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
    return bench


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--max-trials", "0"), 2, "max_trials"),
        (("--max-trials", "1001"), 2, "max_trials"),
        (("--convergence-threshold", "1"), 2, "convergence_threshold"),
        (("--convergence-threshold", "nan"), 2, "convergence_threshold"),
        (("--convergence-window", "0"), 2, "convergence_window"),
        (("--weights", "duration=0.9"), 2, "sum to 1.65"),
        (("--weights", "duration=-1,coverage=2"), 2, "duration"),
        (("--weights", "duration=nan"), 2, "duration"),
        (("--weights", "beauty=1"), 2, "beauty"),
        (("--weights", ""), 2, "weights"),
        (("--target-depth", "abyss"), 2, "abyss"),
        (("--optimizer", "magic"), 2, "neighbours"),
        (("--optimizer", "gepa"), 1, "--reflection-lm"),
        (("--optimizer", "gepa", "--reflection-lm", "embedded"), 1, "--reflection-lm"),
        (("--optimizer", "gepa", "--reflection-lm", "openai/gpt-5"), 1, "OPENAI_API_KEY"),
        (("--holdout", "nobody"), 2, "bloom"),
        (("--holdout", "bloom"), 2, "podcast-dspy ingest"),
        (("--lm", "nobody"), 2, "embedded"),
        (("--lm", "openai/gpt-5-mini"), 1, "OPENAI_API_KEY"),
        (("--judge-lm", "openai/gpt-5-mini"), 1, "OPENAI_API_KEY"),
        (("--judge-lm", "nobody"), 2, "nobody"),
        (("--voice", "nobody"), 2, "nobody"),
        (("--voice", "openai:nova"), 1, "OPENAI_API_KEY"),
        (("--lm", "gguf:gone.gguf"), 1, "gone.gguf"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_settings(trained: Bench, words: tuple[str, ...], code: int, said: str) -> None:
    trained.refuses(("compile", *words), code, said)


def test_without_pairs(empty: Bench) -> None:
    empty.refuses(("compile",), 2, "podcast-dspy ingest")
    empty.refuses(("compile", "--resume"), 2, "podcast-dspy ingest")
    empty.refuses(("analyze-all",), 2, "podcast-dspy ingest")


def test_with_a_pair_that_is_not_analysed(bench: Bench) -> None:
    store_pair(bench.workspace, bench.folder, "raw", analyzed=False)
    bench.refuses(("compile",), 2, "raw", "podcast-dspy analyze-all")
    bench.refuses(("visuals", "align", "raw"), 2, "podcast-dspy analyze raw")


def test_nothing_to_resume(bench: Bench) -> None:
    bench.refuses(("compile", "--resume"), 2, "without --resume")


@pytest.mark.parametrize(
    "words",
    [("trial", "trial_001"), ("plot-loss",), ("report",), ("export",), ("export-prompts",)],
    ids=" ".join,
)
def test_before_the_first_run(bench: Bench, words: tuple[str, ...]) -> None:
    bench.refuses(words, 2, "podcast-dspy compile")


def test_a_damaged_run_is_named(trained: Bench) -> None:
    trained.refuses(("compile", "--resume"), 1, "run.json")
    trained.refuses(("status",), 1, "results.json")
    trained.refuses(("plot-loss",), 1, "results.json")
    shutil.rmtree(trained.workspace / "trials")
    trained.refuses(("status",), 1, "run.json")
    (trained.workspace / "convergence" / "run.json").unlink()
    (trained.workspace / "convergence" / "final_report.json").write_text('{"schema_version": 1}')
    trained.refuses(("status",), 1, "final_report.json")


@pytest.fixture
def hold(bench: Bench) -> Callable[[], subprocess.Popen[str]]:
    """Another process that trains on the workspace, as far as its lock tells."""

    def start() -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", HOLDER, str(bench.workspace)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        return process

    return start


def test_a_second_run_fails_at_once(bench: Bench, hold: Callable[[], subprocess.Popen[str]]) -> None:
    holder = hold()
    try:
        sentence = bench.refuses(("compile",), 1, "training", f"process {holder.pid}", "kill")
        second = program("compile", "--quiet", cwd=bench.folder)
        out, err = second.communicate(timeout=100)
        check_refusal(Outcome(second.returncode, out, err), 1, f"process {holder.pid}")
        assert str(holder.pid) in sentence
    finally:
        holder.communicate(timeout=30)


def test_the_lock_of_a_killed_run_is_free(
    bench: Bench, hold: Callable[[], subprocess.Popen[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    holder = hold()
    holder.kill()
    holder.communicate(timeout=30)
    begun: list[Path] = []

    def begin(self: object, config: object, fingerprint: str, start: object) -> None:
        from podcast_dspy.errors import ModelError

        begun.append(bench.workspace)
        raise ModelError("far enough; stop here")

    monkeypatch.setattr("podcast_dspy.optimizers.record.RunRecord.begin", begin)
    before = snapshot(bench.workspace)
    check_refusal(bench.run("compile"), 1, "far enough")
    assert begun
    assert snapshot(bench.workspace) == before
