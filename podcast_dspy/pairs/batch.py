"""Several pairs ingested at a time, since one recording alone keeps a single core busy."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from podcast_dspy.errors import PodcastError
from podcast_dspy.models import model_slots
from podcast_dspy.pairs.folder import PairFiles
from podcast_dspy.pairs.pair import TrainingPair

__all__ = ["Ingested", "ingest_side_by_side"]

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
