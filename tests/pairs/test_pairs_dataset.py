"""Rows of pairs and segments, and folds."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from podcast_dspy.errors import UnknownNameError, UsageError
from podcast_dspy.pairs import (
    TrainingPair,
    fingerprint,
    holdout,
    pairs_dataset,
    segments_dataset,
)

MakePair = Callable[..., TrainingPair]


@pytest.fixture
def pairs(make_pair: MakePair) -> list[TrainingPair]:
    return [
        make_pair("two", paper="c" * 64, audio="d" * 64),
        make_pair("one"),
        make_pair("raw", paper="e" * 64, audio="f" * 64, analysed=False),
    ]


def test_rows_and_features(pairs: list[TrainingPair]) -> None:
    dataset = pairs_dataset(pairs)
    assert dataset["pair_id"] == ["one", "raw", "two"]
    assert dataset.features["key_concepts"].feature.dtype == "string"
    assert dataset[0]["audio_path"] == "one.mp3"
    assert dataset[0]["audio_sha256"] == "b" * 64
    assert dataset["analysed"] == [True, False, True]
    segments = segments_dataset(pairs)
    assert segments["pair_id"] == ["one", "one", "two", "two"]
    types = segments.features["segment_type"]
    assert [types.int2str(value) for value in segments["segment_type"][:2]] == ["intro", "key_finding"]
    assert len(types.names) == 11
    assert segments["label"][:2] == [types.str2int("background"), None]
    assert segments_dataset([pairs[2]]).features == segments.features


def test_fingerprints_follow_the_content(pairs: list[TrainingPair], make_pair: MakePair) -> None:
    moved = [pair.model_copy(update={"pdf_path": "/elsewhere.pdf"}) for pair in reversed(pairs)]
    assert fingerprint(moved) == fingerprint(pairs)
    assert fingerprint([*pairs[:2], make_pair("raw", paper="e" * 64)]) != fingerprint(pairs)


def test_a_paper_alone_cannot_be_held_out(pairs: list[TrainingPair]) -> None:
    with pytest.raises(UsageError, match="leaves no pair about another paper"):
        holdout(pairs[:1], pairs[0].pair_id)


def test_the_same_paper_is_never_on_both_sides(make_pair: MakePair) -> None:
    pairs = [
        make_pair("english"),
        make_pair("german", audio="c" * 64),
        make_pair("copy", paper="d" * 64),
        make_pair("other", paper="e" * 64, audio="f" * 64),
    ]
    fold = holdout(pairs, "english")
    assert [pair.pair_id for pair in fold.train] == ["other"]
    assert [pair.pair_id for pair in fold.left_out] == ["german", "copy"]
    assert holdout(pairs, None).train == tuple(pairs)
    with pytest.raises(UnknownNameError, match="no training pair 'x' to hold out; pairs: english, "):
        holdout(pairs, "x")
