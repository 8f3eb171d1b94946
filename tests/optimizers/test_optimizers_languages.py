"""Pairs in another language than their paper take no part in training, and are named."""

from __future__ import annotations

import pytest
from test_optimizers_learning import pair

from podcast_dspy.errors import SettingsError
from podcast_dspy.optimizers.loop import _split, _unfit
from podcast_dspy.pairs.pair import TrainingPair


def german(pair_id: str) -> TrainingPair:
    known = pair(pair_id)
    return known.model_copy(
        update={"transcription": known.transcription.model_copy(update={"language": "de"})}
    )


def test_a_unfit_podcast_is_left_out_with_its_reason() -> None:
    pairs = [pair("a"), german("b"), pair("c")]
    left_out = _unfit(pairs)
    assert left_out == {"b": "its podcast is in de, its paper in en"}
    training, held_out = _split(pairs, "c", left_out)
    assert [one.pair_id for one in training] == ["a"]
    assert [one.pair_id for one in held_out] == ["c"]


def test_a_unfit_pair_is_not_held_out_and_not_all_there_is() -> None:
    pairs = [pair("a"), german("b")]
    with pytest.raises(SettingsError, match="b cannot be held out: its podcast is in de"):
        _split(pairs, "b", _unfit(pairs))
    with pytest.raises(SettingsError, match="no pair to train on"):
        _split([german("b")], None, _unfit([german("b")]))
