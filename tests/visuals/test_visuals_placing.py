"""Which visual is shown when, and the QA of it."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from podcast_dspy.analysis.results import AlignedSegment
from podcast_dspy.audio.transcript import TranscriptionResult, TranscriptSegment, WordTimestamp
from podcast_dspy.documents.graph import DocumentGraph, KeyConcept
from podcast_dspy.signatures.types import SEGMENT_TYPES, SegmentType
from podcast_dspy.visuals import VisualAssetAlignment, align_visuals_to_transcript, qa_timeline_sync

MakeTalk = Callable[..., object]
FILL = "and the machines keep on passing blocks around without any of them waiting for long"
INTRO = (SegmentType.INTRO, "Welcome to a show about a paper that we like a lot today.")


def shown(timeline: list[VisualAssetAlignment], time: float) -> VisualAssetAlignment:
    return next(visual for visual in timeline if visual.start_time <= time < visual.end_time)


@pytest.fixture
def align(make_talk, graph: DocumentGraph):  # type: ignore[no-untyped-def]
    def align(*parts, **options):  # type: ignore[no-untyped-def]
        talk = make_talk(*parts, **options)
        timeline = align_visuals_to_transcript(talk.segments, graph, talk.transcription)
        return talk, timeline, qa_timeline_sync(timeline, talk.transcription, graph)

    return align


def test_a_figure_appears_when_it_is_named(align) -> None:  # type: ignore[no-untyped-def]
    text = f"First some words, {FILL}. Now figure two shows the speed, {FILL}. Then Figure 3 here, {FILL}."
    talk, timeline, qa = align(INTRO, (SegmentType.FIGURE_DISCUSSION, text), figures={1: ["fig_2", "fig_3"]})
    assert shown(timeline, 7.0).visual_type == "title_card"
    two = shown(timeline, talk.time_of("two"))
    assert (two.figure_atom_id, two.start_time) == ("fig_2", talk.time_of("figure"))
    assert two.animation_type == "ken_burns"
    assert two.animation_params == {"zoom": 1.2, "pan": "center_to_detail"}
    assert two.figure_path
    assert shown(timeline, talk.time_of("Figure")).figure_atom_id == "fig_3"
    assert timeline[-1].end_time == talk.transcription.total_duration
    assert (qa.sync_score, qa.figure_timing_accuracy, qa.visual_coverage, qa.passed) == (100, 1, 100, True)


def test_a_figure_named_at_the_very_end_stays_for_a_moment(align) -> None:  # type: ignore[no-untyped-def]
    talk, timeline, qa = align(
        (SegmentType.METHODOLOGY, f"{FILL} as in figure one."), (SegmentType.LIMITATION, f"{FILL} {FILL}")
    )
    start = talk.time_of("figure")
    assert shown(timeline, start + 3.9).figure_atom_id == "fig_1"
    assert shown(timeline, start + 4.1).figure_atom_id is None
    assert qa.passed


def test_two_figures_in_a_breath_follow_each_other(align) -> None:  # type: ignore[no-untyped-def]
    talk, timeline, qa = align((SegmentType.METHODOLOGY, f"{FILL} Figures 1 and 3 say so. {FILL}"))
    start = talk.time_of("Figures")
    assert shown(timeline, start).figure_atom_id == "fig_1"
    assert shown(timeline, start + 2.01).figure_atom_id == "fig_3"
    assert qa.figure_timing_accuracy == 1.0


def test_a_figure_segment_that_names_none_shows_what_it_refers_to(align) -> None:  # type: ignore[no-untyped-def]
    _, timeline, qa = align(
        (SegmentType.FIGURE_DISCUSSION, f"In this chart the curve bends, {FILL}."), figures={0: ["fig_2"]}
    )
    assert [visual.figure_atom_id for visual in timeline] == ["fig_2"]
    assert math.isnan(qa.figure_timing_accuracy)
    assert qa.passed


def test_related_figures_are_shown_only_when_the_speech_is_about_them(align) -> None:  # type: ignore[no-untyped-def]
    about = "The throughput of training grows with the number of devices in the ring and so on."
    _, timeline, qa = align(
        (SegmentType.METHODOLOGY, about),
        (SegmentType.METHODOLOGY, FILL),
        (SegmentType.METHODOLOGY, about),
        figures={0: ["fig_2"], 1: ["fig_2"]},
        atoms={2: ["text_1"]},
        concepts={1: ["ring attention"]},
    )
    assert [(visual.visual_type, visual.figure_atom_id or visual.quote_text) for visual in timeline] == [
        ("figure", "fig_2"),
        ("title_card", "Ring attention"),
        ("figure", "fig_2"),
    ]
    assert timeline[0].animation_params == {"zoom": 1.1, "pan": "slow_pan"}
    assert qa.passed


def test_a_quote_is_on_its_card_while_it_is_spoken(align) -> None:  # type: ignore[no-untyped-def]
    quote = "The ring trained sequences one hundred times longer on the same hardware."
    talk, timeline, qa = align((SegmentType.KEY_FINDING, f"So, {FILL}. {quote} Then {FILL}. {FILL}."))
    card = next(visual for visual in timeline if visual.visual_type == "quote_card")
    assert card.quote_text == quote
    assert card.start_time == talk.time_of("The")
    assert card.end_time == pytest.approx(talk.time_of("hardware.") + 0.4 + 1.5)
    assert card.animation_type == "fade"
    assert (qa.quote_timing_accuracy, qa.passed) == (1.0, True)


def test_pauses_and_filler_show_the_title(align) -> None:  # type: ignore[no-untyped-def]
    _, timeline, qa = align(
        INTRO, (SegmentType.METHODOLOGY, FILL), concepts={1: ["ring attention"]}, pause=5.0
    )
    cards = [(visual.quote_text, visual.start_time) for visual in timeline]
    assert cards[0] == ("Rings that never wait", 0.0)
    assert ("Ring attention", pytest.approx(16.5)) in cards
    assert cards[-1][0] == "Rings that never wait"
    assert qa.passed


def test_cards_name_concepts_that_are_spoken(make_talk, graph: DocumentGraph) -> None:  # type: ignore[no-untyped-def]
    concepts = (
        KeyConcept(name="passing blocks", importance=0.5),
        KeyConcept(name="UMA", aliases=("machines",), importance=0.9),
        KeyConcept(name="machines", importance=0.95),  # anybody's word
        KeyConcept(name="unspoken", importance=1.0),
    )
    talk = make_talk(*[(SegmentType.METHODOLOGY, FILL)] * 3, (SegmentType.METHODOLOGY, "hm " * 20))
    paper = graph.model_copy(update={"key_concepts": concepts})
    timeline = align_visuals_to_transcript(talk.segments, paper, talk.transcription)
    assert [visual.quote_text for visual in timeline] == [
        "UMA",
        "Passing blocks",
        "UMA",
        "Rings that never wait",
    ]


def test_no_segments_and_no_time(graph: DocumentGraph, make_talk) -> None:  # type: ignore[no-untyped-def]
    silent = make_talk().transcription
    assert align_visuals_to_transcript([], graph, silent) == []
    assert math.isnan(qa_timeline_sync([], silent, graph).visual_coverage)
    talk = make_talk(INTRO)
    (only,) = align_visuals_to_transcript([], graph, talk.transcription)
    assert (only.visual_type, only.end_time) == ("title_card", talk.transcription.total_duration)


TIMES = st.tuples(st.floats(0, 200), st.floats(0, 60))
TALKS = st.lists(
    st.tuples(
        TIMES,
        st.sampled_from(SEGMENT_TYPES),
        st.sampled_from(
            ["figure two and", "We found it is 3 times better than all.", "the last figure", "hm", ""]
        ),
        st.lists(st.sampled_from(["fig_1", "fig_3", "tab_1", "nothing"]), max_size=2),
    ),
    max_size=12,
)


@given(TALKS, st.floats(0.1, 240))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150, deadline=None)
def test_never_a_gap_nor_an_overlap(graph: DocumentGraph, talk, total: float) -> None:  # type: ignore[no-untyped-def]
    segments, words = [], []
    for number, ((start, length), kind, text, figures) in enumerate(talk):
        spoken = TranscriptSegment(
            segment_id=f"s{number}", text=text, start_time=start, end_time=start + length, duration=length
        )
        segments.append(
            AlignedSegment(
                segment_id=f"s{number}",
                transcript_segment=spoken,
                segment_type=kind,
                referenced_figures=figures,
            )
        )
        for place, word in enumerate(text.split()):
            at = start + place * 0.4
            words.append(WordTimestamp(word=word, start_time=at, end_time=at + 0.3, confidence=1.0))
    transcription = TranscriptionResult(
        source_path="",
        transcript_text="",
        word_timestamps=tuple(words),
        segments=tuple(segment.transcript_segment for segment in segments),
        total_duration=total,
        confidence=1.0,
    )
    timeline = align_visuals_to_transcript(segments, graph, transcription)
    assert timeline[0].start_time == 0.0
    assert timeline[-1].end_time == total
    for before, after in itertools.pairwise(timeline):
        assert before.end_time == after.start_time
    assert all(visual.end_time > visual.start_time for visual in timeline)
    assert all(visual.duration >= 2.0 for visual in timeline) or total < 2.0 or len(timeline) == 1
    qa = qa_timeline_sync(timeline, transcription, graph)
    assert not [point for point in qa.desync_points if point.issue in ("no_visual", "visuals_overlap")]
    assert qa.missing_visuals == ()


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
        ([card(0, 13.5, "x"), figure(13.5, 50)], [("figure_appears_late", "minor")], 95),
        (
            [card(0, 17, "x"), figure(17, 50)],
            [("figure_appears_late", "major"), ("figure_not_mentioned", "major")],
            60,
        ),
        ([card(0, 50, "x")], [("figure_not_shown", "major")], 80),
        ([figure(0, 30), figure(30, 50, "fig_1")], [("figure_not_mentioned", "major")], 80),
        ([figure(0, 30), figure(30, 50, "fig_9")], [("figure_not_mentioned", "major")], 80),
        ([figure(0, 34), card(34, 50, QUOTE, "quote_card")], [("quote_timing_offset", "minor")], 95),
        ([figure(0, 40), card(40, 50, QUOTE, "quote_card")], [("quote_not_found", "major")], 80),
        ([figure(0, 48.5)], [("no_visual", "minor")], 95),
        ([figure(0, 30), card(40, 50, "x")], [("no_visual", "major")], 80),
        ([figure(0, 30), card(29, 50, "x")], [("visuals_overlap", "major")], 80),
    ],
)
def test_what_is_wrong_is_found(graph: DocumentGraph, talk, timeline, issues, score) -> None:  # type: ignore[no-untyped-def]
    qa = qa_timeline_sync(timeline, talk, graph)
    assert [(point.issue, point.severity) for point in qa.desync_points] == issues
    assert qa.sync_score == score
    assert qa.passed == (score >= 80)
