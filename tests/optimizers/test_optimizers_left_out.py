"""Pairs in another language than their paper take no part in training, and are named."""

from __future__ import annotations

import pytest
from test_optimizers_learning import pair

from podcast_dspy.errors import SettingsError
from podcast_dspy.pairs.pair import TrainingPair, _split, _unfit


def of_paper(pair_id: str) -> TrainingPair:
    """A pair about a paper of its own."""
    known = pair(pair_id)
    graph = known.document_graph.model_copy(update={"sha256": pair_id * 64})
    return known.model_copy(update={"document_graph": graph})


def german(pair_id: str) -> TrainingPair:
    known = of_paper(pair_id)
    return known.model_copy(
        update={"transcription": known.transcription.model_copy(update={"language": "de"})}
    )


def test_an_unfit_podcast_is_left_out_with_its_reason() -> None:
    pairs = [of_paper("a"), german("b"), of_paper("c")]
    left_out = _unfit(pairs)
    assert left_out == {"b": "its podcast is in de, its paper in en"}
    paper = pairs[1].document_graph.model_copy(update={"language": "de"})
    all_german = pairs[1].model_copy(update={"document_graph": paper})
    assert _unfit([all_german]) == {"b": "it is in German, and what is trained writes English"}
    fold = _split(pairs, "c", left_out)
    assert [one.pair_id for one in fold.train] == ["a"]
    assert fold.held_out == pairs[2]


def test_a_second_podcast_about_the_held_out_paper_is_not_trained_on() -> None:
    again = pair("d").model_copy(update={"document_graph": of_paper("c").document_graph})
    fold = _split([of_paper("a"), again, of_paper("c")], "c", {})
    assert [one.pair_id for one in fold.train] == ["a"]
    assert fold.left_out == (again,)


def test_an_unfit_pair_is_not_held_out_and_not_all_there_is() -> None:
    pairs = [pair("a"), german("b")]
    with pytest.raises(SettingsError, match="b cannot be held out: its podcast is in de"):
        _split(pairs, "b", _unfit(pairs))
    with pytest.raises(SettingsError, match="no pair to train on"):
        _split([german("b")], None, _unfit([german("b")]))
