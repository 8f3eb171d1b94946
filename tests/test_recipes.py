"""The recipes of docs/design.md hold: what they say must have an entry for each name has one for each name."""

from __future__ import annotations

import inspect
from collections.abc import Iterable

import pytest

from podcast_dspy.audio import get_voice, list_voices
from podcast_dspy.errors import PrerequisiteError
from podcast_dspy.generation.openers import _PLAIN, PURPOSES
from podcast_dspy.generation.sources import DEFAULT_SOURCES
from podcast_dspy.metrics import LOSSES, LossMetrics
from podcast_dspy.optimizers import STRATEGIES, TrialResult
from podcast_dspy.optimizers.strategy import Strategy
from podcast_dspy.settings import LossWeights
from podcast_dspy.signatures import SegmentType


@pytest.mark.parametrize("table", [PURPOSES, DEFAULT_SOURCES, _PLAIN], ids=["purposes", "sources", "openers"])
def test_every_segment_type_has_what_it_needs(table: Iterable[SegmentType]) -> None:
    assert set(table) == set(SegmentType)


@pytest.mark.parametrize("name", LOSSES)
def test_every_loss_has_its_weight_its_value_and_its_mean(name: str) -> None:
    assert f"{name}_loss" in LossMetrics.model_fields
    assert f"avg_{name}_loss" in TrialResult.model_fields
    assert name in LossWeights().as_dict()


@pytest.mark.parametrize("name", sorted(STRATEGIES))
def test_every_optimizer_is_a_strategy(name: str) -> None:
    made = STRATEGIES[name]
    assert isinstance(made, type)
    assert made.name == name  # type: ignore[attr-defined]
    for method, wanted in inspect.getmembers(Strategy, inspect.isfunction):
        if not method.startswith("_"):
            assert list(inspect.signature(getattr(made, method)).parameters) == list(
                inspect.signature(wanted).parameters
            )


def test_every_listed_voice_can_be_had_or_says_what_it_lacks() -> None:
    for voice in list_voices():
        try:
            assert get_voice(voice.name).name == voice.name
        except PrerequisiteError:
            assert voice.network or voice.name.startswith("kokoro:")
