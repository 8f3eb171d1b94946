"""A person's labels of an episode: read from a file, checked, and changed sentence by sentence with undo."""

from __future__ import annotations

import csv
import itertools
import json
import math
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from podcast_dspy.audio.transcript import TranscriptSegment
from podcast_dspy.errors import InputError, UsageError
from podcast_dspy.pairs.pair import LabelledSpan
from podcast_dspy.signatures.types import SEGMENT_TYPES, SegmentType

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
    try:
        check_spans(spans)
    except UsageError as error:
        raise UsageError(f"labels {path}: {error}") from None
    return tuple(spans)


def check_spans(spans: Sequence[LabelledSpan]) -> None:
    """Raise UsageError for a type that there is not, a time that is none, or labels that do not follow each other."""
    for span in spans:
        segment_type(span.segment_type)
        if not span.start_time < span.end_time < math.inf:
            raise UsageError(
                f"the {span.segment_type} ends at {span.end_time:g} but starts at {span.start_time:g}; mend its times"
            )
    for before, after in itertools.pairwise(spans):
        if after.start_time < before.end_time - _OVERLAP:
            raise UsageError(
                f"the {after.segment_type} from {after.start_time:g} s begins before the "
                f"{before.segment_type} ends at {before.end_time:g} s; make them follow each other"
            )


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


_LEAST = 0.1
"""Seconds that a segment keeps when its boundary is moved."""


class Labelling:
    """The labels of one episode while a person gives them: each change can be undone, whatever came after."""

    def __init__(self, sentences: Sequence[TranscriptSegment], spans: Sequence[LabelledSpan] = ()) -> None:
        self.sentences = tuple(sentences)
        self.spans = tuple(spans)
        self._before: list[tuple[LabelledSpan, ...]] = []

    def at(self, index: int) -> LabelledSpan | None:
        """The segment that the middle of a sentence lies in."""
        middle = (self.sentences[index].start_time + self.sentences[index].end_time) / 2
        return next((span for span in self.spans if span.start_time <= middle < span.end_time), None)

    def unlabelled(self, index: int = 0) -> int | None:
        """The next sentence without a label from `index` on, or from the beginning when none is left there."""
        places = [*range(index, len(self.sentences)), *range(index)]
        return next((place for place in places if self.at(place) is None), None)

    def label(self, index: int, kind: SegmentType | None) -> None:
        """Give a sentence a type, or none. It joins a segment of that type that it touches; another one is cut."""
        start, end = self._stretch(index)
        spans = [piece for span in self.spans for piece in _without(span, start, end)]
        if kind is not None:
            same = [
                span
                for span in spans
                if span.segment_type == kind.value
                and (abs(span.end_time - start) < _OVERLAP or abs(span.start_time - end) < _OVERLAP)
            ]
            spans = [span for span in spans if span not in same]
            start, end = min([start, *(s.start_time for s in same)]), max([end, *(s.end_time for s in same)])
            spans.append(LabelledSpan(segment_type=kind.value, start_time=start, end_time=end))
        self._change(sorted(spans, key=lambda span: span.start_time))

    def move(self, index: int, seconds: float) -> None:
        """Move the beginning of the segment that a sentence is in; the segment that it touches ends there.

        Nothing happens where there is no segment. Either keeps a tenth of a second.
        """
        span = self.at(index)
        if span is None:
            return
        place = self.spans.index(span)
        previous = self.spans[place - 1] if place else None
        touching = previous is not None and abs(previous.end_time - span.start_time) < _OVERLAP
        least = 0.0
        if previous is not None:
            least = previous.start_time + _LEAST if touching else previous.end_time
        start = round(min(max(span.start_time + seconds, least), span.end_time - _LEAST), 3)
        spans = list(self.spans)
        spans[place] = span.model_copy(update={"start_time": start})
        if previous is not None and touching:
            spans[place - 1] = previous.model_copy(update={"end_time": start})
        self._change(spans)

    def undo(self) -> bool:
        """Take back the last change; False when there is none."""
        if self._before:
            self.spans = self._before.pop()
            return True
        return False

    def _change(self, spans: Sequence[LabelledSpan]) -> None:
        if tuple(spans) != self.spans:
            self._before.append(self.spans)
            self.spans = tuple(spans)

    def _stretch(self, index: int) -> tuple[float, float]:
        """From a sentence's beginning to that of the next, so that segments follow each other without gaps."""
        one = self.sentences[index]
        if index + 1 < len(self.sentences):
            return one.start_time, max(self.sentences[index + 1].start_time, one.start_time + _LEAST)
        return one.start_time, max(one.end_time, one.start_time + _LEAST)


def _without(span: LabelledSpan, start: float, end: float) -> list[LabelledSpan]:
    """What is left of a segment outside of a stretch."""
    pieces = ((span.start_time, min(span.end_time, start)), (max(span.start_time, end), span.end_time))
    return [
        span.model_copy(update={"start_time": first, "end_time": last})
        for first, last in pieces
        if last - first > _OVERLAP
    ]
