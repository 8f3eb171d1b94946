"""What a sentence needs before it: what it points back to, and the terms that have to be known."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podcast_dspy.generation.references import TermBook, points_back, unresolved_definites


@pytest.mark.parametrize(
    "sentence",
    [
        "It keeps what was used last.",
        "Its size is fixed.",
        "These caches are small.",
        "But large caches lose.",
        "At that point the cache is full.",
        "Under the fastest drift it keeps 52.8%.",
        "Without drift, it wins.",
        "Frequency is therefore worth 12.7 points.",
        "SIEVE loses 9.7 points over the same range.",
        "Caches of such a size are rare.",
        "There are two simple ways to do that.",
        "The former is slow.",
        "For example, a cache helps.",
        "We then test a repair.",
        "Three decades later, the cache is common.",
        "Neither helps.",
        "A half-life repairs this at a small price.",
        "Similar results hold for small caches.",
    ],
)
def test_what_needs_the_sentence_before_it_is_known(sentence: str) -> None:
    assert points_back(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "A cache keeps what it was given.",
        "Policies that count are good, but they remember too well.",
        "All objects have the same size.",
        "LRU needs the same space as a list.",
        "They all ask the same question: who leaves?"[5:],
        "This paper compares caches.",
        "A filter answers “have I seen this key?” in a few bits.",
        "It is clear that caches help.",
        "It's not yet known whether caches help.",
        "Caches such as LRU are common.",
        "Both speed and cost matter.",
        "Those who count win.",
        "The cache is full.",
        "Similar to a list, a cache has an order.",
    ],
)
def test_what_says_itself_what_it_means_needs_nothing(sentence: str) -> None:
    assert not points_back(sentence)


@given(st.text(max_size=80))
def test_any_text_is_read(text: str) -> None:
    assert isinstance(points_back(text), bool)
    assert unresolved_definites(text, ()) >= 0


def test_a_definite_is_resolved_by_what_was_said_or_by_what_follows_it() -> None:
    assert unresolved_definites("Then the clerk sorts.", set()) == 1
    assert unresolved_definites("Then the clerk sorts.", {"clerk"}) == 0
    assert unresolved_definites("A clerk comes, and the clerk sorts.", set()) == 0
    assert unresolved_definites("The size of the cache matters.", {"cach"}) == 0
    assert unresolved_definites("The largest wins.", set()) == 0


def test_a_term_is_introduced_in_the_abstract_in_the_text_and_where_it_is_defined() -> None:
    texts = [
        "SIEVE stays above all others.",
        "We compare SIEVE with others.",
        "In practice SIEVE loses 3 points.",
        "SIEVE keeps objects in order.",
        "A policy called SIEVE wins.",
    ]
    book = TermBook(texts, [True, False, False, False, False], [], [])
    assert all(terms == {"SIEVE"} for terms in book.terms)
    assert [bool(one) for one in book.introduces] == [True, True, False, True, True]


def test_terms_are_names_and_words_that_nobody_says() -> None:
    book = TermBook([], [], ["pseudoholomorphic curve"], ["LRU"])
    assert book.of("The SFNets and LRU keep pseudoholomorphic curves of 3 caches.") == {
        "SFNet",
        "pseudoholomorph",
    }
    assert book.of("A cache keeps what people use.") == frozenset()
