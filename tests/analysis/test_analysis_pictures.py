"""Which figures and tables a stretch of talk is about, and which talk is about none."""

from __future__ import annotations

import pytest

from podcast_dspy.analysis.alignment import link_figures
from podcast_dspy.analysis.phrases import Phrases, phrases_of, without_show
from podcast_dspy.analysis.results import AlignedSegment
from podcast_dspy.audio.transcript import TranscriptSegment
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


def _aligned(text: str, kind: SegmentType) -> AlignedSegment:
    spoken = TranscriptSegment(segment_id="s", text=text, start_time=0.0, end_time=9.0, duration=9.0)
    return AlignedSegment(segment_id="s", transcript_segment=spoken, segment_type=kind)


def test_a_tiny_table_is_no_way_to_present_a_figure(graph: DocumentGraph) -> None:
    talk = "Imagine trying to solve it on a tiny table. Let's figure it out. Now look at figure two."
    assert phrases_of([_aligned(talk, SegmentType.METHODOLOGY)], graph).figure == ("Now look at {figure}.",)


def test_hosts_of_another_language_lend_no_phrases(graph: DocumentGraph) -> None:
    talk = "Et maintenant, passons à la suite. Les auteurs nous disent que la mémoire est une question de taille."
    assert phrases_of([_aligned(talk, SegmentType.TRANSITION)], graph) == Phrases()


def test_talk_without_a_number_speaks_of_no_figure(graph: DocumentGraph) -> None:
    talk = "The hit rate grows with the size of the cache."
    assert link_figures([talk], [SegmentType.FIGURE_DISCUSSION], graph) == [()]


def test_the_next_figure_segment_keeps_the_picture(graph: DocumentGraph) -> None:
    talk = ["Look at figure two.", "On the left it climbs, on the right it is flat."]
    kinds = [SegmentType.FIGURE_DISCUSSION] * 2
    assert link_figures(talk, kinds, graph) == [("f",), ("f",)]


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("Hello and welcome to small hours", "Hello and welcome to {show}"),
        (
            "Hey everybody, this is the back of the envelope and I'm your host",
            "Hey everybody, this is {show}",
        ),
        ("Today we're reading {topic} gasoline", "Today we're reading {topic}"),
        ("Today's paper is {topic}", "Today's paper is {topic}"),
        ("Hi there and welcome back", "Hi there and welcome back"),
        ("And this is the paper for today", "And this is the paper for today"),
    ],
)
def test_shows_are_not_named(said: str, kept: str) -> None:
    assert without_show(said) == kept
