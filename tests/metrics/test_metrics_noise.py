"""Noise of a judge, and the smallest gain that may be believed."""

from __future__ import annotations

import math
import random
from statistics import fmean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podcast_dspy.generation.script import Script
from podcast_dspy.metrics import LossMetrics, score_script, smallest_gain
from podcast_dspy.metrics import loss as noise_of
from podcast_dspy.metrics.loss import judge_noise, paired_gain, sample_noise
from podcast_dspy.pairs.pair import TrainingPair

WEIGHTS = {"duration": 0.25, "coverage": 0.25, "structure": 0.2, "quality": 0.2, "rouge": 0.1}


@pytest.fixture(scope="module")
def measured(script: Script, pair: TrainingPair) -> LossMetrics:
    return score_script(script, pair, similarity="lexical")


def judged(measured: LossMetrics, error: float, samples: int = 3) -> LossMetrics:
    noise = {"total": {"error": error, "samples": samples}}
    return measured.model_copy(update={"details": {**measured.details, "noise": noise}})


def test_the_measured_judge_has_no_noise(measured: LossMetrics) -> None:
    assert measured.details["noise"] == {"total": {"samples": 0, "error": 0.0}}
    assert smallest_gain([measured] * 3, [measured] * 3) == 0


def test_errors_add_up_by_weight() -> None:
    details = {
        "coverage": {"noise": {"samples": 3, "deviation": 0.1, "error": 0.08}},
        "quality": {"noise": {"samples": 3, "deviation": 0.1, "error": 0.05}},
        "rouge": {},
    }
    total = judge_noise(details, WEIGHTS)["total"]
    assert total["error"] == pytest.approx(math.hypot(0.25 * 0.08, 0.2 * 0.05))
    assert total["samples"] == 3


@given(st.floats(1e-4, 0.2), st.integers(1, 6))
def test_more_pairs_and_less_noise_need_less(error: float, pairs: int) -> None:
    sample = LossMetrics.model_construct(details={"noise": {"total": {"error": error, "samples": 3}}})
    noisier = LossMetrics.model_construct(details={"noise": {"total": {"error": 2 * error, "samples": 3}}})
    gain = smallest_gain([sample] * pairs, [sample] * pairs)
    assert gain > 0
    assert smallest_gain([sample] * (pairs + 1), [sample] * (pairs + 1)) < gain
    assert smallest_gain([noisier] * pairs, [noisier] * pairs) == pytest.approx(2 * gain)


def test_luck_alone_seldom_passes_for_a_gain(measured: LossMetrics) -> None:
    """Two trials of the same worth, judged by three samples a pair: 2.5% on either side, and the median's cost."""
    rng = random.Random(5)
    passed, rounds, pairs = 0, 2000, 4

    def trial() -> tuple[float, list[LossMetrics]]:
        losses, found = [], []
        for _ in range(pairs):
            samples = sorted(rng.gauss(0.3, 0.05) for _ in range(3))
            losses.append(samples[1])
            found.append(judged(measured, sample_noise(samples)["error"]))
        return fmean(losses), found

    for _ in range(rounds):
        (first, ours), (second, theirs) = trial(), trial()
        passed += second - first > smallest_gain(ours, theirs)
    assert 0.002 < passed / rounds < 0.04


@pytest.mark.parametrize("pairs", [3, 4, 8, 15])
def test_an_interval_of_few_pairs_holds_the_truth(pairs: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """In 95% of the cases, give or take: the bootstrap's own does so in 75% of three pairs."""
    monkeypatch.setattr(noise_of, "_RESAMPLES", 1_000)
    rng = random.Random(pairs)
    held = 0
    for _ in range(400):
        before = {str(place): 0.4 for place in range(pairs)}
        gain = paired_gain(before, {name: 0.38 + rng.gauss(0.0, 0.03) for name in before})
        assert gain is not None
        assert gain.believed <= gain.promising
        held += gain.low <= 0.02 <= gain.high
    assert held / 400 >= 0.93


def test_three_pairs_that_all_gained_a_little_prove_nothing() -> None:
    before = {"a": 0.369, "b": 0.395, "c": 0.353}
    gain = paired_gain(before, {"a": 0.351, "b": 0.384, "c": 0.351})
    assert gain is not None
    assert gain.promising
    assert not gain.believed


def test_one_sample_tells_nothing_of_its_noise() -> None:
    assert sample_noise([0.4]) == {"samples": 1, "deviation": 0.0, "error": 0.0}
