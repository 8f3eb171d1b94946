"""Convergence is judged on the best loss so far."""

from __future__ import annotations

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podcast_dspy.optimizers.trials import best_so_far, check_convergence
from podcast_dspy.settings import TrainingConfig

CONFIG = TrainingConfig(convergence_threshold=0.05, convergence_window=2)


@pytest.mark.parametrize(
    ("losses", "converged"),
    [
        ([0.5], False),
        ([0.5, 0.5], False),
        ([0.5, 0.49, 0.49], True),
        ([0.5, 0.4, 0.39], False),
        # A set-back after a gain is no convergence: the best still improved by 20% inside the window.
        ([0.5, 0.4, 0.9], False),
        ([0.5, 0.4, 0.9, 0.9], True),
        # Unscored trials neither improve nor count as a loss of zero.
        ([0.5, math.nan, math.nan], True),
        ([math.nan, math.nan, math.nan], False),
        ([0.0, 0.0, 0.0], True),
    ],
)
def test_converged(losses: list[float], converged: bool) -> None:
    assert check_convergence(losses, CONFIG) is converged


@given(st.lists(st.one_of(st.floats(0, 1), st.just(math.nan)), min_size=1, max_size=12))
def test_the_best_never_gets_worse(losses: list[float]) -> None:
    history = best_so_far(losses)
    assert len(history) == len(losses)
    assert all(later <= earlier for earlier, later in itertools.pairwise(history))
    scored = [loss for loss in losses if not math.isnan(loss)]
    assert history[-1] == (min(scored) if scored else math.inf)
