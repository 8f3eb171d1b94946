"""Runs of words as integers say the same as tuples of words do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from podcast_dspy.metrics import rouge
from podcast_dspy.metrics.rouge import coded, distinct, runs, shared

TEXTS = st.lists(st.sampled_from("a b c d labels noise".split()), max_size=30)


def tuples(text: Sequence[str], size: int) -> list[tuple[str, ...]]:
    return [tuple(text[start : start + size]) for start in range(len(text) - size + 1)]


@pytest.mark.parametrize("widest", [2**31, 3])
@given(TEXTS, TEXTS, st.sampled_from([1, 2, 4, 8]))
def test_runs_are_equal_where_words_are(widest: int, first: list[str], second: list[str], size: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rouge, "_WIDEST", widest)  # with 3, codes are ranked anew at every step
        ours, theirs = runs(coded(first, second), size)
    said, held = tuples(first, size), tuples(second, size)
    assert [len(ours), len(theirs)] == [len(said), len(held)]
    assert len(distinct(ours)) == len(set(said))
    assert shared(ours, theirs) == (Counter(said) & Counter(held)).total()
    assert (ours[:, None] == theirs[None, :]).tolist() == [[one == other for other in held] for one in said]


def test_a_text_without_words_has_no_runs() -> None:
    (empty,) = runs(coded([]), 4)
    assert len(empty) == len(distinct(empty)) == shared(empty, np.array([1, 2])) == 0
