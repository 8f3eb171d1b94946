"""Labels a person wrote."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from podcast_dspy.errors import InputError, UsageError
from podcast_dspy.pairs import LabelledSpan, read_labels
from podcast_dspy.signatures.types import SEGMENT_TYPES


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
