"""BM25 and rank fusion."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podcast_dspy.kb.outline import BM25, ranks, reciprocal_rank_fusion, terms

DOCUMENTS = st.lists(st.lists(st.sampled_from("abcde"), max_size=8), max_size=6)


def test_bm25_by_hand() -> None:
    scores = BM25([["a", "a", "b"], ["b"], ["c", "c"]]).scores(["a"])
    idf = math.log(1 + (3 - 1 + 0.5) / (1 + 0.5))
    assert scores == [pytest.approx(idf * 2 * 2.2 / (2 + 1.2 * (0.25 + 0.75 * 3 / 2))), 0.0, 0.0]


@given(DOCUMENTS, st.lists(st.sampled_from("abcdef")))
def test_bm25_laws(documents: list[list[str]], query: list[str]) -> None:
    scores = BM25(documents).scores(query)
    assert len(scores) == len(documents)
    for document, score in zip(documents, scores, strict=True):
        assert (score > 0) == bool(set(document) & set(query))
    assert scores == BM25(documents).scores([*query, *query])


@given(st.lists(st.floats(0, 10)))
def test_ranks_are_a_permutation(scores: list[float]) -> None:
    places = ranks(scores)
    assert sorted(places.values()) == list(range(1, len(scores) + 1))
    for better, place in places.items():
        assert all(scores[better] >= scores[worse] for worse, other in places.items() if other > place)
    assert ranks(scores, above=10.0) == {}


def test_fusion_prefers_what_both_like() -> None:
    fused = reciprocal_rank_fusion([{0: 1, 1: 2}, {1: 1, 2: 2}])
    assert list(fused) == [1, 0, 2]
    assert fused[1] == pytest.approx(1 / 61 + 1 / 62)


def test_terms() -> None:
    assert terms("The key-value caches, and the caching of 2.5 keys") == [
        "keyvalu",
        "key",
        "valu",
        "cach",
        "cach",
        "2.5",
        "key",
    ]
    assert terms("") == []
