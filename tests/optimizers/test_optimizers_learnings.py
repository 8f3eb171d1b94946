"""Memory: the best trial's learnings are kept, and a later run begins with them unless they saw what it holds out."""

from __future__ import annotations

from pathlib import Path

import pytest
from test_optimizers_learning import pair
from test_optimizers_training import profile, trial

from podcast_dspy.errors import WorkspaceError
from podcast_dspy.generation.adjustments import Adjustments
from podcast_dspy.generation.program import PodcastProgram
from podcast_dspy.optimizers.artifacts import store_profile, store_prompts
from podcast_dspy.optimizers.learnings import Remembered, keep, learnings, recall
from podcast_dspy.optimizers.neighbours import KNOBS, NeighboursStrategy
from podcast_dspy.optimizers.record import RunRecord
from podcast_dspy.optimizers.trials import TrialResult
from podcast_dspy.optimizers.tuning import AdjustmentSearch
from podcast_dspy.pairs.pair import TrainingPair
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


@pytest.mark.parametrize(("weight", "taken"), [(4.0, True), (1.0, False)])
def test_knobs_of_an_earlier_run_are_taken_where_they_help(
    monkeypatch: pytest.MonkeyPatch, weight: float, taken: bool
) -> None:
    strategy = NeighboursStrategy(TrainingConfig())
    strategy.remember(
        Remembered(
            trial="trial_003", lm="embedded", papers=("a",), adjustments=Adjustments(concept_weight=weight)
        )
    )
    strategy._search = AdjustmentSearch([], profile(), TrainingConfig())
    monkeypatch.setattr(
        AdjustmentSearch, "loss", lambda self, adjustments, places=None: 1.0 / adjustments.concept_weight
    )
    proposal = strategy.propose([trial(0, PodcastProgram(), None)], [PodcastProgram()], None)
    assert proposal is not None
    assert (proposal.program.adjustments.concept_weight == weight) is taken
    (told,) = [line for line in proposal.changes if "earlier run" in line]
    assert ("are not used" in told) is not taken
    assert "concept_weight" in KNOBS
