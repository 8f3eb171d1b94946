"""What lies in a folder of pairs (papers, recordings, a person's labels), and ingesting many pairs at a time."""

from __future__ import annotations

import csv
import itertools
import json
import math
import re
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from podcast_dspy.errors import InputError, PodcastError, UsageError
from podcast_dspy.models import model_slots
from podcast_dspy.pairs.pair import LabelledSpan, TrainingPair
from podcast_dspy.pairs.pair_store import new_pair_id
from podcast_dspy.signatures.types import SEGMENT_TYPES, SegmentType

__all__ = ["Ingested", "PairFiles", "find_pairs", "ingest_side_by_side", "read_labels", "segment_type"]

_RECORDINGS = frozenset(
    (".mp3", ".m4a", ".wav", ".ogg", ".opus", ".flac", ".aac", ".mp4", ".mov", ".mkv", ".webm")
)
_TRANSCRIPTS = tuple(f"transcript.{ending}" for ending in ("json", "vtt", "srt", "tsv", "txt"))
_LABELS = ("labels.json", "labels.csv", "gold.json")


@dataclass(frozen=True)
class PairFiles:
    """The files of one pair, not read yet."""

    pair_id: str
    paper: Path
    recording: Path
    """The podcast, or its transcript where there is no recording."""
    labels: Path | None = None
    speaker_gender: str = "unknown"

    @property
    def transcribed(self) -> bool:
        """Whether there is a transcript only."""
        return self.recording.name in _TRANSCRIPTS


def find_pairs(folder: Path) -> list[PairFiles]:
    """The pairs in a folder, by id.

    A subfolder with one PDF and one recording (else with `transcript.json`, `.vtt`, `.srt`, `.tsv` or `.txt`) is a pair
    of the subfolder's name; its labels are `labels.json`,
    `labels.csv` or `gold.json`. A PDF and a recording of the same name in the folder itself are a pair of that name,
    with labels in `NAME.labels.json` or `NAME.labels.csv`. JSON labels may tell the `speaker_gender`. Other files are
    passed over, and so is whatever has a paper or a recording only.

    Raises InputError when there is no such folder, no pair in it, or a subfolder leaves open what belongs together.
    """
    if not folder.is_dir():
        raise InputError(
            f"{folder} is no folder; give one that holds a subfolder with PDF and recording for each pair"
        )
    files = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    found: list[tuple[str, Path, Path, Path | None]] = []
    for place in files:
        if place.is_dir():
            papers, recordings = _split(place.iterdir())
            recordings = recordings or [place / name for name in _TRANSCRIPTS if (place / name).is_file()][:1]
            if len(papers) > 1 or (papers and len(recordings) > 1):
                raise InputError(
                    f"{place} holds {len(papers)} PDFs and {len(recordings)} recordings; keep one of each there, "
                    "or add its pairs with `podcast-dspy ingest`"
                )
            if papers and recordings:
                labels = next((place / name for name in _LABELS if (place / name).is_file()), None)
                found.append((place.name, papers[0], recordings[0], labels))
    papers, recordings = _split(files)
    for paper in papers:
        same = [recording for recording in recordings if recording.stem == paper.stem]
        if len(same) > 1:
            told = " and ".join(recording.name for recording in same)
            raise InputError(f"{folder} holds {told} for {paper.name}; keep one of them there")
        if same:
            names = (paper.with_name(f"{paper.stem}.{name}") for name in _LABELS[:2])
            found.append((paper.stem, paper, same[0], next((name for name in names if name.is_file()), None)))
    if not found:
        raise InputError(
            f"{folder} holds no pair; put each paper and the podcast about it into a subfolder, or name them alike"
        )
    pairs: list[PairFiles] = []
    for name, paper, recording, labels in sorted(found, key=lambda item: item[0]):
        pair_id = new_pair_id(f"{name}.pdf", [pair.pair_id for pair in pairs])
        pairs.append(PairFiles(pair_id, paper, recording, labels, _gender(labels)))
    return pairs


def _split(paths: Iterable[Path]) -> tuple[list[Path], list[Path]]:
    """Papers and recordings among files, each sorted."""
    files = sorted(path for path in paths if path.is_file() and not path.name.startswith("."))
    papers = [path for path in files if path.suffix.lower() == ".pdf"]
    return papers, [path for path in files if path.suffix.lower() in _RECORDINGS]


def _gender(labels: Path | None) -> str:
    """The speaker's gender that JSON labels tell; what else is wrong with them `read_labels` says."""
    if labels is None or labels.suffix != ".json":
        return "unknown"
    try:
        told = json.loads(labels.read_text("utf-8-sig"))
    except (OSError, ValueError):
        return "unknown"
    gender = told.get("speaker_gender") if isinstance(told, dict) else None
    return gender if gender in ("male", "female") else "unknown"


Report = Callable[[str, float, float], None]
"""(stage, done, total)."""


@dataclass
class Ingested:
    """What came of a folder of pairs."""

    pairs: list[TrainingPair] = field(default_factory=list)
    """By id."""
    failed: dict[str, PodcastError] = field(default_factory=dict)
    """Why a pair could not be added, by id; the others were."""


class _StoppedError(Exception):
    """Nobody waits for this pair any more."""


class _Share:
    """Progress of several pairs as one: each counts 1 when it is done."""

    def __init__(self, count: int, report: Report) -> None:
        self._done = [0.0] * count
        self._report = report
        self._lock = threading.Lock()
        self.stopped = threading.Event()

    def of(self, index: int) -> Report:
        """The report that the pair of that place calls; only its longest stage, the transcription, counts."""

        def report(stage: str, done: float, total: float) -> None:
            if self.stopped.is_set():
                raise _StoppedError
            if stage.startswith("transcribing"):
                self.tell(index, done / total if total else 1.0)

        return report

    def tell(self, index: int, done: float) -> None:
        """One pair is that far (0-1)."""
        with self._lock:
            self._done[index] = max(self._done[index], done)
            count = len(self._done)
            self._report(f"ingesting {count} pair{'s' * (count > 1)}", sum(self._done), count)


def ingest_side_by_side(
    files: Sequence[PairFiles], ingest: Callable[[PairFiles, Report], TrainingPair], progress: Report
) -> Ingested:
    """Call `ingest` for each pair, as many at a time as there are cores; what fails does not keep the others.

    After Ctrl-C, pairs that have not begun are left, and those that are being heard stop at their next sentence.
    """
    share = _Share(len(files), progress)
    result = Ingested()
    pool = ThreadPoolExecutor(model_slots())
    try:
        futures = [pool.submit(ingest, pair, share.of(index)) for index, pair in enumerate(files)]
        for index, (pair, future) in enumerate(zip(files, futures, strict=True)):
            try:
                result.pairs.append(future.result())
            except PodcastError as error:
                result.failed[pair.pair_id] = error
            share.tell(index, 1.0)
    except BaseException:
        share.stopped.set()
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
    return result


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
