"""The optimizer: trial 0 is the student, the best is kept, set-backs are undone, and a resumed run ends the same."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from podcast_dspy.errors import ModelError, SettingsError
from podcast_dspy.generation.adjustments import Adjustments
from podcast_dspy.generation.program import PodcastProgram
from podcast_dspy.metrics import LossMetrics, best_trial
from podcast_dspy.metrics.composite import METRICS_VERSION
from podcast_dspy.optimizers.measuring import Measuring
from podcast_dspy.optimizers.neighbours import NeighboursStrategy, measured_pace, refine
from podcast_dspy.optimizers.podcast_optimizer import PodcastOptimizer
from podcast_dspy.optimizers.record import RunRecord
from podcast_dspy.optimizers.trials import Proposal, Rollout, TrainingRun, TrialResult
from podcast_dspy.pairs.pair import TrainingPair
from podcast_dspy.profiles import AggregatedProfile
from podcast_dspy.settings import TrainingConfig
from podcast_dspy.signatures.types import SegmentType
from podcast_dspy.store import Tree
from podcast_dspy.testing import sample_metrics, sample_profile


def metrics(
    pair: str, *, duration: float = 0.2, coverage: float = 0.5, unscored: str | None = None
) -> LossMetrics:
    losses = {"duration_loss": duration, "coverage_loss": coverage, "quality_loss": 0.27, "rouge_loss": 0.8}
    if unscored:
        losses |= {"quality_loss": math.nan, "total_loss": math.nan}
    reasons = {"quality": unscored} if unscored else {}
    return sample_metrics(pair, **losses, accuracy_score=90.0, concepts_missed=("cache",), unscored=reasons)


def rollout(pair: str, scores: LossMetrics, *, words: int = 800, seconds: float = 240.0) -> Rollout:
    return Rollout(
        pair_id=pair, metrics=scores, spoken_words=words, seconds=seconds,
        generated_shares={SegmentType.INTRO: 0.5, SegmentType.METHODOLOGY: 0.5},
        reference_shares={SegmentType.INTRO: 0.25, SegmentType.METHODOLOGY: 0.75},
        model_units=3, source_units=4, script_path="s.json", audio_path="a.mp3",
    )  # fmt: skip


def trial(number: int, program: PodcastProgram, best: TrialResult | None, **losses: float) -> TrialResult:
    return TrialResult.collect(
        number=number, training=[rollout("a", metrics("a", **losses)), rollout("b", metrics("b", **losses))],
        held_out=[rollout("c", metrics("c", duration=0.9))], adjustments=program.adjustments,
        demonstrations=len(program.writer.script.demos), instructions={}, prompt_version="v1", profile_version="v1",
        classifier_accuracy=0.5, changes=(), best=best, now=lambda: datetime(2026, 1, 1, tzinfo=UTC),
    )  # fmt: skip


class Landscape:
    """A fake training set: the duration loss falls once the pace is right, moving time always makes things worse."""

    def __init__(self, fail_after: int | None = None) -> None:
        self.evaluated: list[int] = []
        self.fail_after = fail_after

    def __call__(self, proposal: Proposal, number: int, best: TrialResult | None) -> TrialResult:
        program = proposal.program
        if self.fail_after is not None and number >= self.fail_after:
            raise KeyboardInterrupt
        self.evaluated.append(number)
        adjusted = program.adjustments
        duration = 0.05 if adjusted.words_per_minute == 200.0 else 0.3
        # Moving time between the types makes this training set worse.
        return trial(number, program, best, duration=duration, coverage=0.6 if adjusted.type_scale else 0.3)


def optimizer(
    landscape: Landscape, finished: PodcastOptimizer | None = None, trials: int = 6
) -> PodcastOptimizer:
    config = TrainingConfig(max_trials=trials, convergence_threshold=0.0)
    return PodcastOptimizer(
        evaluate=landscape, strategy=Untaught(config), config=config,
        finished=list(zip(finished.trials, finished.programs, strict=True)) if finished else [], profile=profile(),
    )  # fmt: skip


class Untaught(NeighboursStrategy):
    """Proposes from the trials' measurements alone: without pairs there are no hosts to learn from."""

    def prepare(
        self, measuring: Measuring, pairs: Sequence[TrainingPair], records: Path | None = None
    ) -> None:
        """Nothing is learned."""


def profile() -> AggregatedProfile:
    return sample_profile(canonical_segment_sequence=(SegmentType.INTRO,), segment_time_shares=())


def test_trial_0_is_the_student_unchanged() -> None:
    trainer = optimizer(Landscape(), trials=1)
    student = PodcastProgram()
    assert trainer.compile(student, trainset=[]) is student
    assert trainer.trials[0].adjustments == Adjustments()
    assert trainer.trials[0].demonstrations == 0


def test_the_best_program_is_returned_and_set_backs_are_undone() -> None:
    trainer = optimizer(Landscape())
    program = trainer.compile(PodcastProgram(), trainset=[])
    totals = [one.avg_total_loss for one in trainer.trials]
    best = min(trainer.trials, key=lambda one: one.avg_total_loss)
    assert program.adjustments == best.adjustments
    assert program.adjustments.words_per_minute == 200.0
    assert not program.adjustments.type_scale
    assert totals[1] > totals[0]
    assert not trainer.trials[1].improved
    assert trainer.trials[2].improved


def test_a_resumed_run_ends_like_an_uninterrupted_one_and_repeats_no_trial() -> None:
    whole = optimizer(Landscape())
    expected = whole.compile(PodcastProgram(), trainset=[]).adjustments
    killed = optimizer(Landscape(fail_after=2))
    with pytest.raises(KeyboardInterrupt):
        killed.compile(PodcastProgram(), trainset=[])
    landscape = Landscape()
    resumed = optimizer(landscape, finished=killed)
    assert resumed.compile(PodcastProgram(), trainset=[]).adjustments == expected
    assert landscape.evaluated == [number for number in range(len(whole.trials)) if number >= 2]
    assert [one.avg_total_loss for one in resumed.trials] == [one.avg_total_loss for one in whole.trials]


def test_an_unscored_term_makes_a_trial_incomplete_and_never_the_best() -> None:
    program = PodcastProgram()
    good = trial(0, program, None)
    bad = TrialResult.collect(
        number=1, training=[rollout("a", metrics("a", unscored="the judge refused"))], held_out=[],
        adjustments=Adjustments(), demonstrations=0, instructions={}, prompt_version="v1", profile_version="v1",
        classifier_accuracy=math.nan, changes=(), best=good, now=lambda: datetime(2026, 1, 1, tzinfo=UTC),
    )  # fmt: skip
    assert not bad.complete
    assert not bad.improved
    run = TrainingRun(
        config=TrainingConfig(), trials=(good, bad), converged=False, reason="", profile_path="p"
    )
    assert run.best is good


def test_when_nothing_can_be_scored_the_reason_is_told() -> None:
    def evaluate(*arguments: object) -> TrialResult:
        return TrialResult.collect(
            number=0, training=[rollout("a", metrics("a", unscored="the judge refused"))], held_out=[],
            adjustments=Adjustments(), demonstrations=0, instructions={}, prompt_version="v1",
            profile_version="v1", classifier_accuracy=math.nan, changes=(), best=None,
            now=lambda: datetime(2026, 1, 1, tzinfo=UTC),
        )  # fmt: skip

    config = TrainingConfig(max_trials=1)
    trainer = PodcastOptimizer(evaluate=evaluate, strategy=Untaught(config), config=config, profile=profile())
    with pytest.raises(ModelError, match="the judge refused"):
        trainer.compile(PodcastProgram(), trainset=[])


def test_refinement_measures_the_pace_and_moves_time_to_what_hosts_spend_it_on() -> None:
    baseline = trial(0, PodcastProgram(), None)
    adjusted, notes = refine(baseline, Adjustments())
    assert measured_pace(baseline.rollouts) == adjusted.words_per_minute == 200.0
    assert adjusted.type_scale[SegmentType.METHODOLOGY] > 1 > adjusted.type_scale[SegmentType.INTRO]
    assert any(note.startswith("pace: the voice spoke 200 words") for note in notes)


def test_refinement_never_looks_at_the_held_out_pair() -> None:
    baseline = trial(0, PodcastProgram(), None)
    other = baseline.model_copy(
        update={"rollouts": (*baseline.rollouts[:2], rollout("c", metrics("c"), words=10, seconds=900.0))}
    )
    assert refine(baseline, Adjustments()) == refine(other, Adjustments())


def test_the_record_resumes_only_the_same_run(tmp_path: Path) -> None:
    record = RunRecord(Tree(tmp_path))
    with pytest.raises(SettingsError, match="no training run to resume"):
        record.resume(TrainingConfig(), "f")
    config = TrainingConfig(max_trials=3)
    record.begin(config, "f")
    record.finish_trial(trial(0, PodcastProgram(), None), config)
    assert [one.trial_id for one in record.resume(TrainingConfig(max_trials=9), "f")] == ["trial_000"]
    with pytest.raises(SettingsError, match="seed"):
        record.resume(TrainingConfig(max_trials=9, seed=1), "f")
    with pytest.raises(SettingsError, match="pairs changed"):
        record.resume(TrainingConfig(max_trials=9), "g")


def test_a_run_by_other_measures_is_not_resumed(tmp_path: Path) -> None:
    record = RunRecord(Tree(tmp_path))
    record.begin(TrainingConfig(), "f")
    first = trial(0, PodcastProgram(), None)
    older = {
        pair: found.model_copy(update={"metrics_version": METRICS_VERSION - 1})
        for pair, found in first.pair_results.items()
    }
    record.finish_trial(first.model_copy(update={"pair_results": older}), TrainingConfig())
    with pytest.raises(
        SettingsError, match=f"versions {METRICS_VERSION - 1}, {METRICS_VERSION} of the measures"
    ):
        record.resume(TrainingConfig(), "f")


def test_a_new_run_keeps_the_old_one_in_the_archive(tmp_path: Path) -> None:
    record = RunRecord(Tree(tmp_path))
    config = TrainingConfig(max_trials=3)
    record.begin(config, "f")
    record.finish_trial(trial(0, PodcastProgram(), None), config)
    record.begin(config, "f")
    assert record.trials() == []
    assert (tmp_path / "archive" / "run_001" / "trials" / "trial_000" / "results.json").is_file()


def test_a_trial_survives_storage_with_its_unscored_terms(tmp_path: Path) -> None:
    record = RunRecord(Tree(tmp_path))
    config = TrainingConfig()
    record.begin(config, "f")
    stored = trial(0, PodcastProgram(), None)
    record.finish_trial(stored, config)
    assert record.trial("trial_000") == stored


def test_a_gain_within_the_judges_noise_is_none() -> None:
    def noisy(number: int, loss: float, error: float) -> TrialResult:
        known = trial(number, PodcastProgram(), None).model_copy(update={"avg_total_loss": loss})
        known = known.model_copy(
            update={
                "pair_results": {
                    name: one.model_copy(update={"total_loss": loss})
                    for name, one in known.pair_results.items()
                }
            }
        )
        noise = {"noise": {"total": {"samples": 3, "error": error}}}
        judged = {
            name: metrics.model_copy(update={"details": noise})
            for name, metrics in known.pair_results.items()
        }
        return known.model_copy(update={"pair_results": judged})

    exact = [noisy(0, 0.30, 0.0), noisy(1, 0.29, 0.0)]
    assert best_trial(exact) is exact[1]
    shaky = [noisy(0, 0.30, 0.02), noisy(1, 0.29, 0.02), noisy(2, 0.10, 0.02)]
    assert best_trial(shaky[:2]) is shaky[0]
    assert best_trial(shaky) is shaky[2]
    assert best_trial([]) is None
