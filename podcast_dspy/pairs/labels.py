"""A person's segment labels: gold JSON, or CSV with start, end and type."""

from __future__ import annotations

import csv
import itertools
import json
import math
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from podcast_dspy.errors import InputError, UsageError
from podcast_dspy.pairs.pair import LabelledSpan
from podcast_dspy.signatures.types import SEGMENT_TYPES, SegmentType

__all__ = ["read_labels", "segment_type"]

_NAMES = {
    **{kind.name.lower(): kind for kind in SEGMENT_TYPES},
    **{kind.value: kind for kind in SEGMENT_TYPES},
}
_CLOCK = re.compile(r"(?:(\d+):)?(\d{1,3}):(\d{1,2}(?:[.,]\d+)?)")
_OVERLAP = 0.05


def read_labels(path: Path | str) -> tuple[LabelledSpan, ...]:
    """Labels in order of time.

    JSON: `{"segments": [{"segment_type", "start_time", "end_time"}, ...]}`, other fields ignored. CSV:
    `start,end,type`, a header allowed. Times are seconds, or `mm:ss` and `hh:mm:ss`.

    Raises InputError for a file that cannot be read, UsageError for an unknown type (naming the eleven), a
    wrong time, or two labels that overlap by more than 0.05 s.
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"labels {path} cannot be read ({error}); give a UTF-8 JSON or CSV file") from error
    rows = _json_rows(text, path) if text.lstrip()[:1] in ("{", "[") else _csv_rows(text, path)
    spans = sorted((_span(row, path) for row in rows), key=lambda span: (span.start_time, span.end_time))
    if not spans:
        raise UsageError(f"labels {path} hold no segment; give at least one, such as 0,35.5,intro")
    for before, after in itertools.pairwise(spans):
        if after.start_time < before.end_time - _OVERLAP:
            raise UsageError(
                f"labels {path}: the {after.segment_type} from {after.start_time:g} s begins before the "
                f"{before.segment_type} ends at {before.end_time:g} s; make them follow each other"
            )
    return tuple(spans)


def segment_type(name: str) -> SegmentType:
    """The type of that value (`problem`) or name (`PROBLEM_STATEMENT`). Raises UsageError naming all."""
    key = re.sub(r"[\s-]+", "_", name.strip().lower())
    if key in _NAMES:
        return _NAMES[key]
    known = ", ".join(kind.value for kind in SEGMENT_TYPES)
    raise UsageError(f"unknown segment type {name!r}; the eleven types are: {known}")


def _json_rows(text: str, path: Path) -> Iterable[tuple[str, Any, Any, Any]]:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"labels {path} are no valid JSON ({error}); mend or export them again") from error
    segments = data.get("segments") if isinstance(data, dict) else data
    if not isinstance(segments, list):
        raise UsageError(f'labels {path} have no list "segments"; write {{"segments": [...]}}')
    for number, item in enumerate(segments, start=1):
        where = f"segment {number}"
        fields = ("start_time", "end_time", "segment_type")
        missing = [name for name in fields if not isinstance(item, dict) or name not in item]
        if missing:
            raise UsageError(f"labels {path}, {where}: {', '.join(missing)} missing; give all of {fields}")
        yield where, item["start_time"], item["end_time"], item["segment_type"]


def _csv_rows(text: str, path: Path) -> Iterable[tuple[str, Any, Any, Any]]:
    sample = text[:2000]
    delimiter = next((mark for mark in ("\t", ";") if sample.count(mark) > sample.count(",")), ",")
    for number, row in enumerate(_cells(text, delimiter, path), start=1):
        cells = [cell.strip() for cell in row]
        if not any(cells) or cells[0].startswith("#"):
            continue
        if len(cells) < 3:
            raise UsageError(f"labels {path}, line {number}: expected start,end,type, found {row}")
        if number == 1 and cells[0].lower().startswith("start"):
            continue
        yield f"line {number}", cells[0], cells[1], cells[2]


def _cells(text: str, delimiter: str, path: Path) -> Iterable[list[str]]:
    try:
        yield from csv.reader(text.splitlines(), delimiter=delimiter)
    except csv.Error as error:
        raise UsageError(f"labels {path} are no CSV ({error}); write lines start,end,type") from error


def _span(row: tuple[str, Any, Any, Any], path: Path) -> LabelledSpan:
    where, start, end, kind = row
    try:
        span = LabelledSpan(
            segment_type=segment_type(str(kind)).value, start_time=_seconds(start), end_time=_seconds(end)
        )
    except ValueError as error:
        raise UsageError(
            f"labels {path}, {where}: {start!r} to {end!r} are no times; write seconds or mm:ss"
        ) from error
    except UsageError as error:
        raise UsageError(f"labels {path}, {where}: {error}") from None
    if span.end_time <= span.start_time:
        raise UsageError(f"labels {path}, {where}: it ends at {end} but starts at {start}; swap or mend them")
    return span


def _seconds(value: Any) -> float:
    clock = _CLOCK.fullmatch(str(value).strip())
    if clock:
        hours, minutes, seconds = clock.groups()
        return int(hours or 0) * 3600 + int(minutes) * 60 + float(seconds.replace(",", "."))
    seconds_only = float(str(value))
    if not math.isfinite(seconds_only):
        raise ValueError("not finite")
    return seconds_only
