"""What lies in a folder of pairs (papers, recordings, labels), and ingesting many pairs at a time."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from podcast_dspy.errors import InputError, PodcastError
from podcast_dspy.models import model_slots
from podcast_dspy.pairs.pair import TrainingPair
from podcast_dspy.pairs.pair_store import new_pair_id

RECORDINGS = frozenset(
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
            named = " and ".join(recording.name for recording in same)
            raise InputError(f"{folder} holds {named} for {paper.name}; keep one of them there")
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
    return papers, [path for path in files if path.suffix.lower() in RECORDINGS]


def _gender(labels: Path | None) -> str:
    """The speaker's gender that JSON labels tell; what else is wrong with them `read_labels` says."""
    if labels is None or labels.suffix != ".json":
        return "unknown"
    try:
        content = json.loads(labels.read_text("utf-8-sig"))
    except (OSError, ValueError):
        return "unknown"
    gender = content.get("speaker_gender") if isinstance(content, dict) else None
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
