"""Memory: the best trial's learnings are kept, and a later run begins with them unless they saw what it holds out."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest
from test_optimizers_learning import pair
from test_optimizers_training import profile, trial

from podcast_dspy.errors import UnknownNameError, UsageError, WorkspaceError, WorkspaceLockedError
from podcast_dspy.generation.adjustments import Adjustments
from podcast_dspy.generation.program import PodcastProgram
from podcast_dspy.optimizers.artifacts import (
    CompiledPrograms,
    Remembered,
    compiled_history,
    export_prompts,
    keep,
    keep_compiled,
    learnings,
    load_compiled,
    recall,
    rollback,
    store_profile,
    store_prompts,
)
from podcast_dspy.optimizers.record import RunRecord
from podcast_dspy.optimizers.trials import TrialResult
from podcast_dspy.pairs.pair import TrainingPair
from podcast_dspy.profiles import CompiledProfile
from podcast_dspy.settings import ModelRoles, TrainingConfig
from podcast_dspy.store import PROFILES, TRAINING, Memory, PromptVersions, Tree


def paper(name: str) -> TrainingPair:
    """A pair about a paper of its own."""
    known = pair(name)
    graph = known.document_graph.model_copy(update={"sha256": name * 64})
    return known.model_copy(update={"document_graph": graph})


def best(tree: Tree, weight: float = 2.0, number: int = 1) -> TrialResult:
    """A trial whose prompts and profile are stored."""
    program = PodcastProgram(Adjustments(concept_weight=weight))
    prompts = store_prompts(tree, {"script_writer": f"Write, {weight}."})
    return trial(number, program, None).model_copy(
        update={"prompt_version": prompts, "profile_version": store_profile(tree, profile(), activate=False)}
    )


def test_every_namespace_gets_what_belongs_there(tmp_path: Path) -> None:
    tree = Tree(tmp_path)
    keep(tree, best(tree), [paper("a"), paper("b")], profile(), TrainingConfig(), None)
    memory = Memory(tree)
    kept = memory.get(PROFILES, "profile_v1")
    assert kept.data["canonical_segment_sequence"] == ["intro"]
    assert kept.metadata["type"] == "podcast_profile"
    assert kept.metadata["training_pairs"] == ["a", "b"]
    assert memory.get(f"{PROFILES}/structure", "canonical_sequence").data["sequence"] == ["intro"]
    assert set(memory.get(f"{PROFILES}/style", "patterns").data) == {"intro", "transition", "figure"}
    assert memory.get(f"{TRAINING}/prompts", "v1").data == {"script_writer": "Write, 2.0."}
    assert [entry.data["trial"] for entry in learnings(tree)] == ["trial_001"]


def test_current_is_the_best_trials_not_the_last_ones(tmp_path: Path) -> None:
    tree = Tree(tmp_path)
    first = best(tree, 2.0)
    keep(tree, first, [paper("a")], profile(), TrainingConfig(), None)
    last = best(tree, 4.0, number=2)
    assert last.prompt_version == "v2"
    assert PromptVersions(tree).current() == "v1"
    assert (tmp_path / "prompts" / "current" / "script_writer.txt").read_text() == "Write, 2.0."
    keep(tree, last, [paper("a")], profile(), TrainingConfig(), None)
    assert PromptVersions(tree).current() == "v2"
    keep(tree, first, [paper("a")], profile(), TrainingConfig(), None)
    assert PromptVersions(tree).current() == "v1"


def test_keeping_the_same_again_adds_no_version_and_a_better_trial_adds_one(tmp_path: Path) -> None:
    tree = Tree(tmp_path)
    for weight in (2.0, 2.0, 4.0):
        keep(tree, best(tree, weight), [paper("a")], profile(), TrainingConfig(), None)
    assert [entry.data["adjustments"]["concept_weight"] for entry in learnings(tree)] == [2.0, 4.0]


def test_the_uncompiled_program_teaches_nothing(tmp_path: Path) -> None:
    tree = Tree(tmp_path)
    keep(tree, best(tree, number=0), [paper("a")], profile(), TrainingConfig(), None)
    assert learnings(tree) == []


def test_what_saw_a_held_out_paper_is_never_begun_with(tmp_path: Path) -> None:
    tree, config = Tree(tmp_path), TrainingConfig()
    keep(tree, best(tree, 2.0), [paper("a"), paper("b")], profile(), config, None)
    assert recall(tree, config, []) is not None
    assert recall(tree, config, [paper("c")]) is not None
    assert recall(tree, config, [paper("a")]) is None
    # A run that began with it has seen those papers too, though it was not trained on them.
    keep(tree, best(tree, 4.0), [paper("c")], profile(), config, recall(tree, config, []))
    assert recall(tree, config, [paper("a")]) is None
    found = recall(tree, config, [paper("d")])
    assert found is not None
    assert found.adjustments.concept_weight == 4.0


def test_what_was_learned_for_another_model_is_not_begun_with(tmp_path: Path) -> None:
    tree = Tree(tmp_path)
    keep(tree, best(tree), [paper("a")], profile(), TrainingConfig(), None)
    assert recall(tree, TrainingConfig(roles=ModelRoles(lm="openai/x")), []) is None


def test_damaged_memory_is_named(tmp_path: Path) -> None:
    tree = Tree(tmp_path)
    Memory(tree).put(f"{PROFILES}/best", "learned", {"adjustments": 3})
    with pytest.raises(WorkspaceError, match="delete the folder"):
        recall(tree, TrainingConfig(), [])


def test_a_resumed_run_begins_with_what_it_began_with(tmp_path: Path) -> None:
    record, config = RunRecord(Tree(tmp_path)), TrainingConfig()
    start = Remembered(trial="trial_001", lm="embedded", papers=("a",), adjustments=Adjustments())
    record.begin(config, "f", start)
    assert record.start() == start
    record.resume(config, "f")
    assert record.start() == start


def compiled(tree: Tree, weight: float) -> str:
    """A run's best program, kept and compiled."""
    found = best(tree, weight)
    stored = profile().model_copy(update={"version": found.profile_version})
    envelope = CompiledProfile.of(
        CompiledPrograms(PodcastProgram(found.adjustments)),
        stored,
    )
    keep(tree, found, [paper("a")], profile(), TrainingConfig(), None)
    return keep_compiled(tree, envelope, found, [paper("a")])


def weight_of(tree: Tree) -> float:
    """What `generate` reads."""
    return load_compiled(tree.path("profiles/podcast_profile_v1.json"))[0].podcast.adjustments.concept_weight


def test_rolling_back_takes_profile_and_prompts_along(tmp_path: Path) -> None:
    tree = Tree(tmp_path)
    assert [compiled(tree, weight) for weight in (2.0, 4.0, 4.0)] == ["v1", "v2", "v2"]
    assert (weight_of(tree), PromptVersions(tree).current()) == (4.0, "v2")
    assert compiled_history(tree)["v1"]["prompts"] == "v1"
    assert rollback(tree) == "v1"
    assert (weight_of(tree), PromptVersions(tree).current()) == (2.0, "v1")
    exported = json.loads(export_prompts(tree, [], tmp_path / "p.json").read_text())
    assert (exported["version"], exported["trial"]) == ("v1", "trial_001")
    with pytest.raises(UsageError, match="v1 is the first"):
        rollback(tree)
    with pytest.raises(UnknownNameError, match="no compiled profile 'v9' to go back to; there are: v1, v2"):
        rollback(tree, "v9")
    assert rollback(tree, "v2") == "v2"
    assert (weight_of(tree), PromptVersions(tree).current()) == (4.0, "v2")


def test_nothing_rolls_back_during_a_run_or_before_the_first(tmp_path: Path) -> None:
    tree = Tree(tmp_path)
    with pytest.raises(UsageError, match="nothing was compiled yet"):
        rollback(tree)
    compiled(tree, 2.0)
    holding, done = threading.Event(), threading.Event()

    def run() -> None:
        with tree.lock("training"):
            holding.set()
            done.wait(30)

    thread = threading.Thread(target=run)
    thread.start()
    holding.wait(30)
    with pytest.raises(WorkspaceLockedError):
        rollback(tree, "v1")
    done.set()
    thread.join()
