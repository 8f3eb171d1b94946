"""The optimizer on its own, as users of DSPy know it: a program, a training set, a validation set, no workspace."""

from __future__ import annotations

import math
from typing import Any

import pytest
from test_optimizers_learning import pair
from test_optimizers_training import Untaught, profile

from podcast_dspy.errors import BudgetError
from podcast_dspy.generation.extract_writer import ExtractWriter
from podcast_dspy.generation.program import PodcastProgram
from podcast_dspy.lms import Budget, allow
from podcast_dspy.lms.ledger import CallRecord, record
from podcast_dspy.optimizers import PodcastOptimizer
from podcast_dspy.pairs.pair import TrainingPair
from podcast_dspy.settings import TrainingConfig

pytestmark = pytest.mark.models

CONFIG = TrainingConfig(max_trials=3, convergence_threshold=0.0)


def test_a_metric_and_pairs_are_enough() -> None:
    seen: list[tuple[str, float]] = []

    def metric(example: Any, prediction: Any, trace: Any = None) -> float:
        seen.append((example.pair.pair_id, prediction.seconds))
        assert prediction.script.segments
        # The first program is the worst, the second the best, whatever they say.
        return (0.5, 0.9, 0.7)[(len(seen) - 1) // 2]

    optimizer = PodcastOptimizer(
        metric=metric, strategy=Untaught(CONFIG), config=CONFIG, profile=profile(), writer=ExtractWriter()
    )
    program = optimizer.compile(PodcastProgram(), trainset=[pair("a")], valset=[pair("b")])
    assert [name for name, _ in seen] == ["a", "b"] * len(optimizer.trials)
    assert all(seconds > 0.0 for _, seconds in seen)
    assert len(optimizer.trials) >= 2
    assert optimizer.trials[1].improved
    assert program.adjustments == optimizer.trials[1].adjustments
    assert set(optimizer.trials[0].pair_results) == {"a"}
    assert set(optimizer.trials[0].held_out) == {"b"}


def test_by_default_the_five_losses_are_measured_with_the_profile_of_the_training_pairs() -> None:
    config = TrainingConfig(max_trials=1)
    optimizer = PodcastOptimizer(config=config, writer=ExtractWriter())
    student = PodcastProgram()
    assert optimizer.compile(student, trainset=[analysed("a")]) is student
    (trial,) = optimizer.trials
    assert trial.pair_results["a"].unscored == {}
    assert not math.isnan(trial.avg_total_loss)
    assert optimizer.profile is not None
    assert optimizer.profile.training_pairs_used == ("a",)


def costly(example: Any, prediction: Any) -> float:
    """A judge that takes a dollar."""
    allow()
    record(CallRecord("judge", "openai/judge", 1.0, cost=1.0))
    return 0.7


def within(budget: Budget) -> PodcastOptimizer:
    return PodcastOptimizer(
        metric=costly,
        strategy=Untaught(CONFIG),
        config=CONFIG,
        profile=profile(),
        writer=ExtractWriter(),
        budget=budget,
    )


def test_a_spent_budget_in_mid_trial_gives_the_best_so_far() -> None:
    optimizer, student = within(Budget(cost=2.5)), PodcastProgram()
    assert optimizer.compile(student, trainset=[pair("a")], valset=[pair("b")]) is student
    assert (optimizer.reason, optimizer.converged) == ("the budget of $2.5 is spent", False)
    assert [trial.trial_id for trial in optimizer.trials] == ["trial_000"]
    spent = optimizer.ledger.spent
    assert [(one.part, one.calls, one.cost) for one in spent.entries] == [
        ("trial_000", 2, 2.0),
        ("trial_001", 1, 1.0),
    ]


def test_a_budget_that_is_spent_before_a_trial_is_complete_is_an_error() -> None:
    with pytest.raises(BudgetError, match="the budget of 1 call is spent"):
        within(Budget(calls=1)).compile(PodcastProgram(), trainset=[pair("a")], valset=[pair("b")])


def analysed(pair_id: str) -> TrainingPair:
    from podcast_dspy.analysis import structure_profile, style_profile

    known = pair(pair_id)
    return known.model_copy(
        update={
            "structure_profile": structure_profile(known.aligned_segments or (), known.transcription),
            "style_profile": style_profile(
                known.aligned_segments or (), known.transcription, known.document_graph
            ),
        }
    )
