"""The check of a timeline: it says nothing of a good one, and finds every way in which one is put out of step."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

from podcast_dspy.documents.graph import DocumentAtom, DocumentGraph
from podcast_dspy.signatures.types import SegmentType
from podcast_dspy.visuals import VisualAssetAlignment, align_visuals_to_transcript, qa_timeline_sync


def _desyncs() -> ModuleType:
    path = Path(__file__).resolve().parents[2] / "benchmarks" / "video_desyncs.py"
    spec = importlib.util.spec_from_file_location("video_desyncs", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["video_desyncs"] = module
    spec.loader.exec_module(module)
    return module


DESYNCS = _desyncs()
OTHER = "Honey is sweet and bread is old, and nobody knows why all of that should ever be so. " * 4


@pytest.fixture
def episode(graph: DocumentGraph, make_talk):  # type: ignore[no-untyped-def]
    """A minute and a half with a figure in the middle, cards on both sides, and a paper that has a formula."""
    formula = DocumentAtom(atom_id="eq_1", atom_type="equation", content="a = b", page=1, bbox=(0, 0, 1, 1))
    paper = graph.model_copy(update={"atoms": (*graph.atoms, formula)})
    talk = make_talk(
        (SegmentType.INTRO, "Welcome to a show about a paper that we like a lot today."),
        (SegmentType.BACKGROUND, f"A ring is a circle of machines that pass blocks to each other. {OTHER}"),
        (
            SegmentType.FIGURE_DISCUSSION,
            f"Now figure two shows the throughput of training. One curve climbs and one is flat. {OTHER}",
        ),
        (
            SegmentType.KEY_FINDING,
            f"The ring trained sequences 100 times longer on the same hardware. {OTHER}",
        ),
    )
    timeline = align_visuals_to_transcript(talk.segments, paper, talk.transcription)
    return DESYNCS.Episode("ring", timeline, paper, talk.transcription)


def test_a_good_timeline_has_no_points(episode) -> None:  # type: ignore[no-untyped-def]
    assert qa_timeline_sync(episode.timeline, episode.transcription, episode.graph).desync_points == ()


@pytest.mark.parametrize("name", DESYNCS.DESYNCS)
def test_a_desync_is_found(episode, name: str) -> None:  # type: ignore[no-untyped-def]
    damage, issues = DESYNCS.DESYNCS[name]
    damaged = damage(episode)
    assert damaged is not None
    qa = qa_timeline_sync(damaged, episode.transcription, episode.graph)
    assert {point.issue for point in qa.desync_points} & set(issues)
    assert qa.sync_score < 100


def figure(start: float, end: float, name: str = "fig_2", path: str | None = "x.png") -> VisualAssetAlignment:
    return VisualAssetAlignment(
        segment_id="s",
        start_time=start,
        end_time=end,
        visual_type="figure",
        figure_atom_id=name,
        figure_path=path,
        animation_type="static",
    )


def card(start: float, end: float, text: str, kind: str = "title_card") -> VisualAssetAlignment:
    return VisualAssetAlignment.model_validate(
        {"segment_id": "s", "start_time": start, "end_time": end, "visual_type": kind}
        | {"quote_text": text, "animation_type": "static"}
    )


@pytest.fixture
def talk(make_talk):  # type: ignore[no-untyped-def]
    """`figure two` at 10.0 s, the quote from 30.0 to 33.4 s, 50 s long."""
    words = ["hm"] * 20 + "figure two".split() + ["hm"] * 38 + "The ring is one hundred times faster.".split()
    words += ["hm"] * (100 - len(words))
    return make_talk(
        (SegmentType.METHODOLOGY, " ".join(words[:50])), (SegmentType.KEY_FINDING, " ".join(words[50:]))
    ).transcription


QUOTE = "The ring is one hundred times faster."


@pytest.mark.parametrize(
    ("timeline", "issues", "score"),
    [
        ([figure(0, 30), card(30, 50, QUOTE, "quote_card")], [], 100),
        ([card(0, 13.5, "x"), figure(13.5, 30), card(30, 50, "x")], [("figure_appears_late", "minor")], 95),
        ([card(0, 17, "x"), figure(17, 30), card(30, 50, "x")], [("figure_appears_late", "major")], 80),
        ([card(0, 50, "x")], [("figure_not_shown", "major")], 80),
        ([figure(0, 34), card(34, 50, "x")], [("figure_stays", "minor")], 95),
        ([figure(0, 50)], [("figure_stays", "major")], 80),
        ([figure(0, 30), figure(30, 50, "fig_1")], [("figure_not_mentioned", "major")], 80),
        ([figure(0, 30), figure(30, 50, "fig_9")], [("figure_not_mentioned", "major")], 80),
        (
            [figure(0, 30), card(30, 34, "x"), card(34, 50, QUOTE, "quote_card")],
            [("quote_timing_offset", "minor")],
            95,
        ),
        (
            [figure(0, 30), card(30, 40, "x"), card(40, 50, QUOTE, "quote_card")],
            [("quote_not_found", "major")],
            80,
        ),
        ([figure(0, 30), card(30, 48.5, "x")], [("no_visual", "minor")], 95),
        ([figure(0, 30), card(40, 50, "x")], [("no_visual", "major")], 80),
        ([figure(0, 30), card(29, 50, "x")], [("visuals_overlap", "major")], 80),
        ([figure(0, 30), card(30, 30.5, "y"), card(30.5, 50, "x")], [("visual_flashes", "minor")], 95),
        ([figure(0, 30), card(30, 51, "x")], [("past_the_end", "minor")], 95),
    ],
)
def test_what_is_wrong_is_found(graph: DocumentGraph, talk, timeline, issues, score) -> None:  # type: ignore[no-untyped-def]
    qa = qa_timeline_sync(timeline, talk, graph)
    assert [(point.issue, point.severity) for point in qa.desync_points] == issues
    assert qa.sync_score == score
    assert qa.passed == (score >= 80)
