"""Labels a person wrote."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from podcast_dspy.audio.transcript import TranscriptSegment
from podcast_dspy.errors import InputError, UsageError
from podcast_dspy.pairs import LabelledSpan, read_labels
from podcast_dspy.pairs.labels import Labelling, check_spans
from podcast_dspy.signatures.types import SEGMENT_TYPES, SegmentType


@pytest.fixture
def write(tmp_path: Path):  # type: ignore[no-untyped-def]
    def write(text: str, name: str = "labels") -> Path:
        file = tmp_path / name
        file.write_text(text, encoding="utf-8")
        return file

    return write


SPANS = st.lists(
    st.tuples(st.floats(0.1, 100), st.sampled_from([kind.value for kind in SEGMENT_TYPES])),
    min_size=1,
    max_size=9,
)


@given(SPANS)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
def test_json_and_csv_say_the_same(write, spans: list[tuple[float, str]]) -> None:  # type: ignore[no-untyped-def]
    start, expected = 0.0, []
    for length, kind in spans:
        expected.append(LabelledSpan(segment_type=kind, start_time=start, end_time=start + length))
        start += length
    rows = [span.model_dump() | {"text": "ignored"} for span in reversed(expected)]
    as_json = read_labels(write(json.dumps({"segments": rows, "source": "a person"})))
    lines = "".join(f"{row.start_time!r},{row.end_time!r},{row.segment_type}\n" for row in expected)
    as_csv = read_labels(write("\ufeffstart,end,type\n" + lines))
    assert as_json == as_csv == tuple(expected)


def test_clock_times_names_and_other_delimiters(write) -> None:  # type: ignore[no-untyped-def]
    file = write("# by hand\n0:00;1:05.5;Problem Statement\n\n1:05.5;1:00:00;FIGURE_DISCUSSION\n")
    assert [(span.segment_type, span.end_time) for span in read_labels(file)] == [
        ("problem", 65.5),
        ("figure", 3600.0),
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "0,5,summary\n",
            "line 1: unknown segment type 'summary'; the eleven types are: intro, .*tangent",
        ),
        ("5,5,intro\n", "ends at 5 but starts at 5"),
        ("0,x,intro\n", "are no times; write seconds or mm:ss"),
        ("nan,5,intro\n", "are no times"),
        ("-3,5,intro\n", "are no times"),
        ("0,5\n", "expected start,end,type"),
        ("0,5,intro\n4,8,background\n", "background from 4 s begins before the intro ends at 5 s"),
        ("", "hold no segment"),
        ("start,end,type\n", "hold no segment"),
        ('{"segments": 3}', 'no list "segments"'),
        ('{"segments": [{"start_time": 0}]}', "segment 1: end_time, segment_type missing"),
        ('{"segments": [{"start_time": true, "end_time": 3, "segment_type": "intro"}]}', "are no times"),
        ('{"segments": [', "no valid JSON"),
    ],
)
def test_wrong_labels_are_explained(write, text: str, message: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(UsageError, match=message):
        read_labels(write(text))


def test_unreadable_files(write, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(InputError, match="cannot be read"):
        read_labels(tmp_path / "missing.csv")
    binary = tmp_path / "binary"
    binary.write_bytes(b"\xff\xfe\x00\x81")
    with pytest.raises(InputError, match="UTF-8"):
        read_labels(binary)


@given(st.text(max_size=60))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_text_is_read_or_refused(write, text: str) -> None:  # type: ignore[no-untyped-def]
    with contextlib.suppress(UsageError):
        assert read_labels(write(text.replace("\r", "")))


def sentences(count: int = 6) -> list[TranscriptSegment]:
    """Sentences of two seconds with half a second between them."""
    return [
        TranscriptSegment(
            segment_id=str(i), text=f"This is {i}.", start_time=2.5 * i, end_time=2.5 * i + 2, duration=2.0
        )
        for i in range(count)
    ]


def shape(work: Labelling) -> list[tuple[str, float, float]]:
    return [(span.segment_type, span.start_time, span.end_time) for span in work.spans]


def test_sentences_of_one_type_become_a_segment() -> None:
    work = Labelling(sentences())
    for index, kind in enumerate((SegmentType.INTRO, SegmentType.INTRO, SegmentType.METHODOLOGY)):
        work.label(index, kind)
    assert shape(work) == [("intro", 0.0, 5.0), ("methodology", 5.0, 7.5)]
    assert work.unlabelled(1) == 3
    work.label(5, SegmentType.CONCLUSION)
    assert shape(work)[-1] == ("conclusion", 12.5, 14.5)
    assert work.unlabelled(5) == 3
    work.label(0, SegmentType.BACKGROUND)
    assert shape(work)[:2] == [("background", 0.0, 2.5), ("intro", 2.5, 5.0)]


def test_the_middle_of_a_segment_can_be_another_one() -> None:
    work = Labelling(sentences(), [LabelledSpan(segment_type="intro", start_time=0, end_time=15)])
    work.label(2, SegmentType.TANGENT)
    assert shape(work) == [("intro", 0.0, 5.0), ("tangent", 5.0, 7.5), ("intro", 7.5, 15.0)]
    work.label(2, None)
    assert work.at(2) is None
    assert work.undo()
    assert work.undo()
    assert not work.undo()
    assert shape(work) == [("intro", 0.0, 15.0)]


def test_a_boundary_moves_on_both_sides() -> None:
    work = Labelling(sentences())
    work.label(0, SegmentType.INTRO)
    work.label(1, SegmentType.PROBLEM_STATEMENT)
    work.move(1, -0.5)
    assert shape(work) == [("intro", 0.0, 2.0), ("problem", 2.0, 5.0)]
    work.move(1, -9.0)
    assert shape(work) == [("intro", 0.0, 0.1), ("problem", 0.1, 5.0)]
    work.move(3, 1.0)
    assert shape(work) == [("intro", 0.0, 0.1), ("problem", 0.1, 5.0)]


CHANGES = st.lists(
    st.tuples(st.integers(0, 5), st.one_of(st.none(), st.sampled_from(SegmentType), st.floats(-9, 9))),
    max_size=30,
)


@given(CHANGES)
def test_whatever_is_done_labels_follow_each_other_and_undo_goes_back(
    changes: list[tuple[int, SegmentType | float | None]],
) -> None:
    work = Labelling(sentences())
    seen = [work.spans]
    for index, change in changes:
        if isinstance(change, float):
            work.move(index, change)
        else:
            work.label(index, change)
            assert (found.segment_type if (found := work.at(index)) else None) == change
        check_spans(work.spans)
        if work.spans != seen[-1]:
            seen.append(work.spans)
    for before in reversed(seen[:-1]):
        assert work.undo()
        assert work.spans == before
    assert not work.undo()
