"""Which figures and tables a stretch of talk is about, and which talk is about none."""

from __future__ import annotations

import pytest

from podcast_dspy.analysis.linking import link_figures
from podcast_dspy.documents.graph import DocumentAtom, DocumentGraph
from podcast_dspy.signatures.types import SegmentType


@pytest.fixture
def graph() -> DocumentGraph:
    picture = DocumentAtom(
        atom_id="f",
        atom_type="figure",
        content="",
        page=1,
        bbox=(0, 0, 1, 1),
        caption="Figure 2: Hit rate over the size of the cache.",
        figure_number="2",
    )
    return DocumentGraph(
        document_id="d" * 12,
        source_path="paper.pdf",
        sha256="0" * 64,
        page_count=1,
        title="On Caches",
        atoms=(picture,),
    )


def test_a_figure_named_by_its_number_is_linked(graph: DocumentGraph) -> None:
    assert link_figures(["Look at figure two."], [SegmentType.KEY_FINDING], graph) == [("f",)]


@pytest.mark.parametrize(
    "talk",
    [
        "Imagine a giant puzzle on a tiny table. A bigger table helps, and so does sitting at the table.",
        "They had to figure out the rest. We will figure it out too, once you figure how.",
    ],
)
def test_tables_to_sit_at_and_figuring_out_are_no_pictures(graph: DocumentGraph, talk: str) -> None:
    assert link_figures([talk], [SegmentType.BACKGROUND], graph) == [()]
