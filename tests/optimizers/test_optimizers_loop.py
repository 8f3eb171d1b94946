"""The whole loop on a fake landscape: what is current, what is kept, what a later and what a resumed run begin with."""

from __future__ import annotations

import errno
import os
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from test_optimizers_learnings import paper
from test_optimizers_training import Untaught, metrics, profile, rollout

from podcast_dspy.analysis import SegmentClassifier
from podcast_dspy.errors import DiskFullError, ModelError
from podcast_dspy.generation.program import PodcastProgram
from podcast_dspy.generation.script import Script
from podcast_dspy.optimizers import loop, stages
from podcast_dspy.optimizers.artifacts import Remembered, learnings, load_compiled
from podcast_dspy.optimizers.record import RunRecord
from podcast_dspy.optimizers.stage_tasks import RolloutRunner
from podcast_dspy.optimizers.trials import Rollout
from podcast_dspy.pairs.pair import TrainingPair
from podcast_dspy.profiles import AggregatedProfile, CompiledProfile
from podcast_dspy.settings import PodcastDepth, TrainingConfig
from podcast_dspy.store import PROFILES, Memory, ProfileVersions, PromptVersions, Tree

PAIRS = [paper("a"), paper("b"), paper("c")]
BEGUN: list[Remembered | None] = []


class Strategy(Untaught):
    """Remembers what it was told to."""

    def remember(self, remembered: Remembered | None) -> None:
        BEGUN.append(remembered)


@pytest.fixture(autouse=True)
def landscape(monkeypatch: pytest.MonkeyPatch) -> None:
    """Episodes that are never written: right at 200 words a minute, worse once time is moved between the types."""

    def run(
        self: RolloutRunner,
        program: PodcastProgram,
        found: AggregatedProfile,
        pair: TrainingPair,
        trial_id: str,
        repeat: int = 0,
    ) -> Rollout:
        adjusted = program.adjustments
        self.tree.write_model("s.json", Script(title="t", paper_title="t", document_id="d", segments=()))
        return rollout(
            pair.pair_id,
            metrics(
                pair.pair_id,
                duration=0.05 if adjusted.words_per_minute == 200.0 else 0.3,
                coverage=0.6 if adjusted.type_scale else 0.3,
            ),
        )

    BEGUN.clear()
    monkeypatch.setattr(RolloutRunner, "run", run)
    monkeypatch.setattr(loop, "synthesize", lambda pairs: profile())
    monkeypatch.setattr(loop, "_check_models", lambda roles: None)
    monkeypatch.setattr(
        loop, "prompt_texts", lambda program, *rest: {"script_writer": program.adjustments.model_dump_json()}
    )
    monkeypatch.setattr(loop.ClassifierTraining, "compiled", SegmentClassifier())
    monkeypatch.setattr(loop.ClassifierTraining, "accuracy", lambda self, program, compiled: 0.5)
    monkeypatch.setitem(stages.STRATEGIES, "neighbours", Strategy)


def train(tree: Tree, pairs: list[TrainingPair] = PAIRS, **options: Any) -> Any:
    resume, after = options.pop("resume", False), options.pop("after_trial", lambda: None)
    config = TrainingConfig(convergence_threshold=0.0, **{"max_trials": 3, "holdout": "c", **options})
    return loop.run_training_loop(tree, pairs, config, resume=resume, after_trial=after)


def test_the_best_trial_is_current_and_kept(tmp_path: Path) -> None:
    tree = Tree(tmp_path)
    run = train(tree, target_depth=PodcastDepth.OVERVIEW)
    assert [one.improved for one in run.trials] == [True, False, True]
    assert run.best.trial_id == "trial_002"
    assert "words_per_minute, not set to 200" in run.best.changes
    train(Tree(tmp_path / "two"), max_trials=2)
    two = Tree(tmp_path / "two")
    assert RunRecord(two).trials()[-1].prompt_version == "v2", "the last trial was no better"
    assert PromptVersions(two).current() == "v1"
    assert PromptVersions(tree).current() == run.best.prompt_version == "v3"
    assert ProfileVersions(tree).current() == run.best.profile_version
    assert [entry.data["trial"] for entry in learnings(tree)] == ["trial_002"]
    assert Memory(tree).get(PROFILES, "profile_v1").metadata["training_pairs"] == ["a", "b"]
    envelope = CompiledProfile.load(tree.path(loop.COMPILED_PROFILE))
    assert (envelope.depth, envelope.profile.version) == ("overview", "v1")
    assert load_compiled(tree.path(loop.COMPILED_PROFILE))[0].podcast.adjustments.words_per_minute == 200.0


def test_a_later_run_begins_with_what_was_learned_unless_it_saw_what_is_held_out(tmp_path: Path) -> None:
    tree = Tree(tmp_path)
    for holdout in ("c", "c", "a"):
        train(tree, holdout=holdout)
    first, second, third = BEGUN
    assert first is None
    assert second is not None
    assert second.trial == "trial_002"
    assert third is None, "the runs before saw paper a"


def test_a_resumed_run_begins_with_what_it_began_with(tmp_path: Path) -> None:
    tree = Tree(tmp_path)
    train(tree)
    assert learnings(tree)
    train(tree, max_trials=4, resume=True)
    assert BEGUN == [None, None], "though its own trials have taught something since"
    assert [one.trial_id for one in RunRecord(tree).trials()][:3] == ["trial_000", "trial_001", "trial_002"]
    assert PromptVersions(tree).current() == "v3"


def test_a_second_podcast_about_the_held_out_paper_is_left_out(tmp_path: Path) -> None:
    again = PAIRS[2].model_copy(update={"pair_id": "d"})
    run = train(Tree(tmp_path), [*PAIRS, again], max_trials=1)
    assert set(run.best.pair_results) == {"a", "b"}
    assert "held-out pair" in run.left_out["d"]


def test_whoever_follows_a_run_finds_each_trial_stored_and_then_its_end(tmp_path: Path) -> None:
    tree, seen = Tree(tmp_path), []
    train(
        tree,
        after_trial=lambda: seen.append((len(RunRecord(tree).trials()), RunRecord(tree).final() is None)),
    )
    assert seen == [(1, True), (2, True), (3, True), (3, False)]


@pytest.mark.parametrize("number", [2, 9, 17, 26])
def test_a_disk_that_is_full_in_mid_run_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    whole, tree = train(Tree(tmp_path / "whole")), Tree(tmp_path / "full")
    write, left = os.write, [number]

    def fails(descriptor: int, data: Any) -> int:
        if os.path.realpath(f"/proc/self/fd/{descriptor}").startswith(str(tree.root)):
            left[0] -= 1
            if left[0] <= 0:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return write(descriptor, data)

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", fails)
        with pytest.raises(DiskFullError, match="free some disk space"):
            train(tree)
    before = RunRecord(tree).trials()
    run = train(tree, resume=tree.path("convergence", "run.json").exists())
    assert run.trials[: len(before)] == tuple(before)
    assert [one.avg_total_loss for one in run.trials] == [one.avg_total_loss for one in whole.trials]


def test_a_judge_that_fails_every_other_time_costs_no_rollout_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree, asked, done, run = Tree(tmp_path), [], [], RolloutRunner.run

    def judged(
        self: Any, program: Any, found: Any, pair: TrainingPair, trial_id: str, repeat: int = 0
    ) -> Rollout:
        asked.append((trial_id, pair.pair_id))
        if len(asked) % 2:
            raise ModelError("the judge answered with nothing; run it again")
        made = run(self, program, found, pair, trial_id, repeat)
        done.append((trial_id, pair.pair_id))
        return made

    monkeypatch.setattr(RolloutRunner, "run", judged)
    for start in range(40):
        try:
            found = train(tree, resume=start > 0)
            break
        except ModelError:
            pass
    assert len(found.trials) == 3
    assert set(Counter(done).values()) == {1}
    assert len(asked) > len(done) == 9
