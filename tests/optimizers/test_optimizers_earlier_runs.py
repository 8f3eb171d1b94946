"""What a run takes as an earlier one went: each part by what drives it, and only what is left."""

from __future__ import annotations

from pathlib import Path

import pytest

from podcast_dspy.lms import Spent
from podcast_dspy.lms.ledger import LedgerEntry
from podcast_dspy.optimizers.earlier_runs import as_before
from podcast_dspy.optimizers.record import RunRecord
from podcast_dspy.optimizers.trials import TrainingRun
from podcast_dspy.pairs.pair import TrainingPair
from podcast_dspy.pairs.pair_store import PairStore
from podcast_dspy.settings import TrainingConfig
from podcast_dspy.store import Tree
from podcast_dspy.testing import sample_metrics, sample_pair, sample_trial

PART = (("trial_000", "writer"), ("hosts", "analyst"), ("trial_001", "writer"))
SEARCH = (("mipro", "writer"), ("mipro", "analyst"), ("mipro", "reflection"), ("trial_002", "writer"))
MIPRO = TrainingConfig(optimizer="mipro", max_trials=3)


def pairs(*names: str) -> list[TrainingPair]:
    return [
        sample_pair(name, paper=name[0] * 64, recording=name[0] * 63 + "0", labelled=True) for name in names
    ]


def entry(part: str, purpose: str, calls: int = 100) -> LedgerEntry:
    return LedgerEntry(part=part, purpose=purpose, model="m", calls=calls, prompt_tokens=10 * calls, cost=1.0)


def begun(tree: Tree, names: str, config: TrainingConfig, trials: int, spent: Spent) -> None:
    """A run of so many trials on these pairs."""
    record = RunRecord(tree)
    record.begin(config, "f")
    for number in range(trials):
        record.finish_trial(sample_trial(number, [sample_metrics(name) for name in names]), config)
    record.keep_spent(spent)


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    """A workspace with a finished run of `mipro` on two pairs."""
    tree = Tree(tmp_path)
    for pair in pairs("a", "b"):
        PairStore(tree).add(pair)
    begun(tree, "ab", MIPRO, 3, Spent(entries=tuple(entry(*one) for one in (*PART, *SEARCH))))
    trials = tuple(RunRecord(tree).trials())
    RunRecord(tree).finish(
        TrainingRun(config=MIPRO, trials=trials, converged=False, reason="done", profile_path="p")
    )
    return tree


def left(tree: Tree, config: TrainingConfig, names: str, *, resume: bool = False) -> float | None:
    asked, cost = as_before(tree, pairs(*names), config, len(names), resume=resume)
    assert (asked is None) is (cost is None)
    return None if asked is None else asked.calls


def test_the_same_again_takes_the_same(tree: Tree) -> None:
    assert left(tree, MIPRO, "ab") == pytest.approx(700)
    asked, cost = as_before(tree, pairs("a", "b"), MIPRO, 2, resume=False)
    assert asked is not None
    assert (asked.prompt_tokens, cost) == (pytest.approx(7000), pytest.approx(7.0))


def test_trials_grow_with_the_pairs_and_reflections_do_not(tree: Tree) -> None:
    more = left(tree, MIPRO, "abcd")
    assert more is not None
    # Three trials and the labels twice, reflections once; the search by what it rolls out.
    assert 100 + 2 * 400 < more < 100 + 2 * 400 + 2 * 2 * 200
    episodes = left(tree, MIPRO, "abcd")
    file = tree.path("convergence", "searches", "mipro", "writer.script.jsonl")
    file.parent.mkdir(parents=True)
    file.write_text('["key", {"made": 1}]\n' * 100)
    alone = left(tree, MIPRO, "abcd")
    assert episodes is not None
    assert alone is not None
    assert alone < episodes, "there are no more than eight single segments, however many pairs"


def test_only_what_is_left_counts_at_the_pace_of_this_run(tree: Tree) -> None:
    first = entry("trial_000", "writer", 200)
    begun(tree, "ab", MIPRO, 1, Spent(entries=(first,)))
    # Hosts, the analyst and reflections as before; two trials, and the search's episodes, at twice the tokens.
    assert left(tree, MIPRO, "ab", resume=True) == pytest.approx(3 * 100 + 2 * 300)
    RunRecord(tree).finish_trial(sample_trial(1, [sample_metrics(name) for name in "ab"]), MIPRO)
    RunRecord(tree).keep_spent(Spent(entries=(first, entry("trial_001", "writer", 200))))
    assert left(tree, MIPRO, "ab", resume=True) == pytest.approx(2 * 100 + 2 * 200)


def test_another_strategy_tells_nothing(tree: Tree) -> None:
    assert left(tree, TrainingConfig(optimizer="gepa"), "ab") is None
