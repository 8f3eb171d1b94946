"""An acronym is said in full where a listener first meets it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podcast_dspy.documents.graph import DocumentAtom, DocumentGraph
from podcast_dspy.generation.acronyms import introduce, spelled_out

LONG = {
    "LFU": "least frequently used",
    "CNN": "Convolutional Neural Network",
    "GP": "Gaussian process",
    "EP": "eviction policy",
}


@pytest.mark.parametrize(
    ("texts", "told"),
    [
        (["LFU wins. LFU is old."], ["Least frequently used, or LFU, wins. LFU is old."]),
        (["An LFU cache."], ["A least frequently used, or LFU, cache."]),
        (["They use CNNs."], ["They use convolutional neural networks, or CNNs."]),
        (["They use GPs."], ["They use Gaussian processes, or GPs."]),
        (["EPs matter."], ["Eviction policies, or EPs, matter."]),
        (["A policy.", "So is it LFU?"], ["A policy.", "So is it least frequently used, or LFU?"]),
        (
            ["The least frequently used policy.", "LFU again."],
            ["The least frequently used, or LFU, policy.", "LFU again."],
        ),
        (["Least frequently used, or LFU, wins."], ["Least frequently used, or LFU, wins."]),
        (["The MS–LFU rule."], ["The MS–LFU rule."]),
        (["LFU's gain with LFU-like rules."], ["LFU's gain with LFU-like rules."]),
        (["It is least frequently used."], ["It is least frequently used."]),
        ([], []),
    ],
)
def test_introductions(texts: list[str], told: list[str]) -> None:
    assert introduce(texts, LONG) == told


def test_a_title_is_said_as_it_is() -> None:
    texts = ["A paper called LFU and Its Limits. They ask how LFU fails.", "LFU again."]
    assert introduce(texts, LONG, "LFU and Its Limits") == [
        "A paper called LFU and Its Limits. They ask how least frequently used, or LFU, fails.",
        "LFU again.",
    ]


@given(st.lists(st.text(alphabet="LFU CNs.,", max_size=30), max_size=4))
def test_introducing_twice_changes_nothing_more(texts: list[str]) -> None:
    once = introduce(texts, LONG)
    assert introduce(once, LONG) == once


def test_only_what_the_paper_spells_out() -> None:
    text = "They compare large language models (LLMs) with NLU), generation (NLG), and more (LRU)."
    atom = DocumentAtom(atom_id="a", atom_type="paragraph", content=text, page=1, bbox=(0, 0, 1, 1))
    graph = DocumentGraph(
        document_id="c" * 12, source_path="c.pdf", sha256="0" * 64, page_count=1, title="On Caches", atoms=(atom,)
    )  # fmt: skip
    assert spelled_out(graph) == {"LLM": "large language model"}


def test_a_capital_of_a_beginning_is_not_part_of_the_name() -> None:
    text = (
        "Minimum inhibitory dose (MID) was low; it was the minimum. Gaussian mixture model (GMM) was fitted."
    )
    atom = DocumentAtom(atom_id="a", atom_type="paragraph", content=text, page=1, bbox=(0, 0, 1, 1))
    graph = DocumentGraph(
        document_id="c" * 12, source_path="c.pdf", sha256="0" * 64, page_count=1, title="On Doses", atoms=(atom,)
    )  # fmt: skip
    assert spelled_out(graph) == {"MID": "minimum inhibitory dose", "GMM": "Gaussian mixture model"}
