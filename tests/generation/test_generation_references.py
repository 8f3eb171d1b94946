"""What sentences point back to, the terms that they need, and what acronyms stand for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podcast_dspy.documents.graph import DocumentAtom, DocumentGraph
from podcast_dspy.generation.references import (
    TermBook,
    introduce,
    points_back,
    spelled_out,
    unexplained,
    unresolved_definites,
)


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
        "We trace it to its cause.",
        "We recently found that it learns the answers by heart.",
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
        "LRU needs the same space as a list.",
        "They all ask the same question: who leaves?"[5:],
        "This paper compares caches.",
        "We compare caches by their size.",
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
    assert all(one.startswith("the ") for one in unresolved_definites(text, ()))


def test_a_definite_is_resolved_by_what_was_said_or_by_what_follows_it() -> None:
    assert unresolved_definites("Then the clerk sorts.", set()) == ["the clerk"]
    assert unresolved_definites("Then the clerk sorts.", {"clerk"}) == []
    assert unresolved_definites("A clerk comes, and the clerk sorts.", set()) == []
    assert unresolved_definites("The size of the cache matters.", {"cach"}) == []
    assert unresolved_definites("The largest wins.", set()) == []


def test_a_term_is_introduced_in_the_abstract_in_the_text_and_where_it_is_defined() -> None:
    texts = [
        "SIEVE stays above all others.",
        "We compare SIEVE with others.",
        "In practice SIEVE loses 3 points.",
        "SIEVE keeps objects in order.",
        "A policy called SIEVE wins.",
    ]
    book = TermBook(texts, [True, False, False, False, False], [], {})
    assert all(terms == {"SIEVE"} for terms in book.terms)
    assert [bool(one) for one in book.introduces] == [True, True, False, True, True]


def test_what_is_taken_up_with_the_has_to_have_been_named() -> None:
    texts = [
        "A sorting clerk stands in front.",
        "Blocks are small.",
        "It is 1.89 for the blind clerk.",
        "The door is open.",
    ]
    book = TermBook(texts, [False] * 4, [], {})
    assert [sorted(own - new) for own, new in zip(book.terms, book.introduces, strict=True)] == [
        [],
        [],
        ["the clerk"],
        [],
    ]
    assert "the clerk" in book.introduces[0]


def test_terms_are_names_and_words_that_nobody_says() -> None:
    book = TermBook([], [], ["pseudoholomorphic curve"], {"LRU": "least recently used"})
    assert book.of("The SFNets and LRU keep pseudoholomorphic curves of 3 caches.") == {
        "SFNet",
        "pseudoholomorph",
    }
    assert book.of("A cache keeps what people use.") == frozenset()


LONG = {
    "LFU": "least frequently used",
    "CNN": "Convolutional Neural Network",
    "GP": "Gaussian process",
    "EP": "eviction policy",
}


AGAIN = "LFU, CNNs, GP and EP. LFU, CNNs, GPs and EPs. An LFU, a CNN, a GP and an EP."
"""Uses enough that each acronym is worth its introduction."""


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("LFU wins.", "Least frequently used, or LFU, wins."),
        ("An LFU cache.", "A least frequently used, or LFU, cache."),
        ("They use CNNs.", "They use convolutional neural networks, or CNNs."),
        ("They use GPs.", "They use Gaussian processes, or GPs."),
        ("EPs matter.", "Eviction policies, or EPs, matter."),
        ("So is it LFU?", "So is it least frequently used, or LFU?"),
        ("The least frequently used policy.", "The least frequently used, or LFU, policy."),
        ("Least frequently used, or LFU, wins.", "Least frequently used, or LFU, wins."),
    ],
)
def test_introductions(text: str, told: str) -> None:
    assert introduce([text, AGAIN], LONG)[0] == told


@pytest.mark.parametrize(
    ("texts", "told"),
    [
        (["An LFU cache.", "It is old."], ["A least frequently used cache.", "It is old."]),
        (["CNNs win.", "CNNs are old."], ["Convolutional neural networks, or CNNs, win.", "CNNs are old."]),
        (["An EP."], ["An eviction policy."]),
        (["A Gaussian process.", "GPs."], ["A Gaussian process.", "Gaussian processes."]),
        (["The MS–LFU rule."], ["The MS–LFU rule."]),
        (["LFU-like rules."], ["LFU-like rules."]),
        (["It is least frequently used."], ["It is least frequently used."]),
        ([], []),
    ],
)
def test_an_acronym_that_saves_no_syllable_is_not_taught(texts: list[str], told: list[str]) -> None:
    assert introduce(texts, LONG) == told


def test_a_name_that_is_no_word_of_letters_stays_where_it_comes_up_again() -> None:
    long = {"SFNet": "sparse feature network"}
    assert introduce(["An SFNet.", "The SFNet."], long) == [
        "A sparse feature network, or SFNet.",
        "The SFNet.",
    ]
    assert introduce(["An SFNet."], long) == ["A sparse feature network."]


def test_a_title_is_said_as_it_is() -> None:
    texts = ["A paper called LFU and Its Limits. They ask how LFU fails.", "LFU again, and LFU. Then LFU."]
    assert introduce(texts, LONG, "LFU and Its Limits") == [
        "A paper called LFU and Its Limits. They ask how least frequently used, or LFU, fails.",
        "LFU again, and LFU. Then LFU.",
    ]


@given(st.lists(st.text(alphabet="LFU CNs.,", max_size=30), max_size=4))
def test_introducing_twice_changes_nothing_more(texts: list[str]) -> None:
    once = introduce(texts, LONG)
    assert introduce(once, LONG) == once


def test_only_what_the_paper_spells_out() -> None:
    text = (
        "They compare large language models (LLMs) with NLU), generation (NLG), and more (LRU). Rats got Curcuma longa "
        "(Cl) and Freund's complete adjuvant (FCA); the first (Fig) is large."
    )
    atom = DocumentAtom(atom_id="a", atom_type="paragraph", content=text, page=1, bbox=(0, 0, 1, 1))
    graph = DocumentGraph(
        document_id="c" * 12, source_path="c.pdf", sha256="0" * 64, page_count=1, title="On Caches", atoms=(atom,)
    )  # fmt: skip
    assert spelled_out(graph) == {
        "LLM": "large language model",
        "Cl": "Curcuma longa",
        "FCA": "Freund's complete adjuvant",
    }


def test_what_no_sentence_explains_is_known() -> None:
    texts = ["We compare BQT with SIEVE.", "SIEVE is a cache.", "The LRU list is long."]
    assert unexplained(texts, {"LRU": "least recently used"}) == {"BQT"}


def test_a_capital_of_a_beginning_is_not_part_of_the_name() -> None:
    text = (
        "Minimum inhibitory dose (MID) was low; it was the minimum. Gaussian mixture model (GMM) was fitted."
    )
    atom = DocumentAtom(atom_id="a", atom_type="paragraph", content=text, page=1, bbox=(0, 0, 1, 1))
    graph = DocumentGraph(
        document_id="c" * 12, source_path="c.pdf", sha256="0" * 64, page_count=1, title="On Doses", atoms=(atom,)
    )  # fmt: skip
    assert spelled_out(graph) == {"MID": "minimum inhibitory dose", "GMM": "Gaussian mixture model"}
