"""Which visual is shown when."""

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
from podcast_dspy.visuals.figure_talk import Statements

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
    assert shown(timeline, 9.0).visual_type != "figure"
    two = shown(timeline, talk.time_of("two"))
    assert (two.figure_atom_id, two.start_time) == ("fig_2", talk.time_of("Now"))  # with its sentence
    assert two.animation_type == "ken_burns"
    assert two.animation_params == {"zoom": 1.2, "pan": "center_to_detail"}
    assert two.figure_path
    assert (two.heading, two.quote_text) == (
        "Figure 2",
        "Throughput of training against the number of devices.",
    )
    assert shown(timeline, talk.time_of("Figure")).figure_atom_id == "fig_3"
    assert timeline[-1].end_time == talk.transcription.total_duration
    assert (qa.sync_score, qa.figure_timing_accuracy, qa.visual_coverage, qa.passed) == (100, 1, 100, True)


def test_a_figure_stays_while_speech_is_about_it_and_no_longer(align) -> None:  # type: ignore[no-untyped-def]
    about = "Look at figure two. Along the bottom there are more devices. One curve climbs and one is flat."
    other = "Honey is sweet and bread is old, and nobody knows why all of that should ever be so. " * 3
    talk, timeline, qa = align((SegmentType.METHODOLOGY, f"{about} {other}"))
    figure = next(visual for visual in timeline if visual.visual_type == "figure")
    assert figure.end_time == pytest.approx(talk.time_of("Honey") + 0.9, abs=0.3)
    assert qa.desync_points == ()
    text = f"As figure two shows, it works. {other} {other}"
    _, timeline, qa = align((SegmentType.FIGURE_DISCUSSION, text), figures={0: ["fig_2"]})
    assert sum(v.duration for v in timeline if v.visual_type == "figure") < 6.0
    assert qa.desync_points == ()


def test_no_visual_runs_from_one_segment_into_the_next(align) -> None:  # type: ignore[no-untyped-def]
    talk, timeline, qa = align(
        (SegmentType.METHODOLOGY, f"{FILL}. It is as in figure one."),
        (SegmentType.LIMITATION, f"{FILL} {FILL}"),
        (SegmentType.LIMITATION, f"{FILL} {FILL}"),
    )
    begins = sorted({visual.segment_id: visual.start_time for visual in reversed(timeline)}.values())
    assert len(begins) == 3
    assert not any(one.start_time < begin < one.end_time for one in timeline for begin in begins)
    assert shown(timeline, talk.time_of("figure")).figure_atom_id == "fig_1"
    assert shown(timeline, begins[1]).visual_type == "broll"
    assert qa.passed


def test_two_figures_in_a_breath_follow_each_other(align) -> None:  # type: ignore[no-untyped-def]
    talk, timeline, qa = align((SegmentType.METHODOLOGY, f"{FILL}. Figures 1 and 3 say so. {FILL}"))
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
    )
    assert [visual.figure_atom_id for visual in timeline] == ["fig_2", None, "fig_2"]
    assert timeline[0].animation_params == {"zoom": 1.1, "pan": "slow_pan"}
    assert qa.passed


def test_a_table_is_the_one_that_is_named_and_a_formula_is_never_shown(
    graph: DocumentGraph, make_talk
) -> None:  # type: ignore[no-untyped-def]
    table = next(atom for atom in graph.atoms if atom.atom_id == "tab_1")
    cells = table.model_copy(update={"file_path": None, "content": "method\tmemory\nring\t4.2\nours\t17.5"})
    piece = table.model_copy(
        update={"atom_id": "bit", "atom_type": "figure", "figure_number": None, "caption": None}
    )
    paper = graph.model_copy(update={"atoms": (piece, *graph.atoms[:3], cells)})
    text = f"{FILL}. Table one lists it all. Ours needs 17.5 and the other 4.2. The first figure is another thing."
    talk = make_talk((SegmentType.METHODOLOGY, text), figures={0: ["bit"]})
    timeline = align_visuals_to_transcript(talk.segments, paper, talk.transcription)
    assert [v.figure_atom_id for v in timeline if v.visual_type == "figure"] == ["tab_1", "fig_1"]
    assert shown(timeline, talk.time_of("17.5")).figure_atom_id == "tab_1"  # by its value
    assert qa_timeline_sync(timeline, talk.transcription, paper).desync_points == ()


def test_a_quote_is_on_its_card_while_it_is_spoken(align) -> None:  # type: ignore[no-untyped-def]
    quote = "The ring trained sequences one hundred times longer on the same hardware."
    talk, timeline, qa = align((SegmentType.KEY_FINDING, f"So, {FILL}. {quote} Then {FILL}. {FILL}."))
    card = next(visual for visual in timeline if visual.visual_type == "quote_card")
    assert (card.quote_text, card.heading) == (quote, "What they found")
    assert card.start_time == talk.time_of("The")
    assert card.end_time == pytest.approx(talk.time_of("hardware.") + 0.4 + 5.0)
    assert card.animation_type == "fade"
    assert (qa.quote_timing_accuracy, qa.passed) == (1.0, True)


def test_cards_say_what_is_said(graph: DocumentGraph, make_talk) -> None:  # type: ignore[no-untyped-def]
    said = (
        f"A cache is a small store in front of a large one. Well, {FILL} {FILL}. What should leave it when it is full? "
        f"Well, {FILL} {FILL}. Counting requests hits 58.2% of the time in our streams. Well, {FILL} {FILL}."
    )
    talk = make_talk(INTRO, (SegmentType.KEY_FINDING, said))
    paper = graph.model_copy(update={"key_concepts": (KeyConcept(name="cache", importance=0.9),)})
    timeline = align_visuals_to_transcript(talk.segments, paper, talk.transcription)
    cards = [
        (v.quote_style, v.heading, v.quote_text) for v in timeline if v.quote_style not in (None, "title")
    ]
    assert cards == [
        ("definition", "Cache", "A cache is a small store in front of a large one."),
        ("question", "The question", "What should leave it when it is full?"),
        ("emphasis", "What they found", "Counting requests hits 58.2% of the time in our streams."),
    ]
    assert all(after.start_time - before.start_time >= 4 for before, after in itertools.pairwise(timeline))
    assert qa_timeline_sync(timeline, talk.transcription, paper).desync_points == ()


def test_the_title_opens_and_fills_pauses_and_captions_the_rest(align) -> None:  # type: ignore[no-untyped-def]
    _, timeline, qa = align(INTRO, (SegmentType.METHODOLOGY, FILL), pause=5.0)
    assert [(v.visual_type, v.quote_text) for v in timeline] == [
        ("title_card", "Rings that never wait"),
        ("title_card", "The machines keep on passing blocks around without any of them waiting for long"),
        ("title_card", "Rings that never wait"),
    ]
    assert qa.passed


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


def test_half_a_title_is_no_card() -> None:
    statements = Statements((), "Do shared umbrellas come back? A year of lending in four cities")
    assert statements.of("A year of lending in four cities.") is None
    assert statements.of("A year of lending in four cities brought 81% of the umbrellas back.") is not None
