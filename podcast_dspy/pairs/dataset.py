"""Training pairs as HuggingFace datasets, exported as Parquet."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from podcast_dspy.errors import UsageError
from podcast_dspy.pairs.pair import TrainingPair
from podcast_dspy.pairs.rows import pair_features, pair_row, segment_features, segment_row
from podcast_dspy.store import atomic_write

if TYPE_CHECKING:
    from datasets import Dataset, Features

__all__ = ["export", "fingerprint", "pairs_dataset", "segments_dataset"]


def pairs_dataset(pairs: Iterable[TrainingPair]) -> Dataset:
    """One row a pair, sorted by id: paths and sha256 of both files, text, and every part as JSON.

    The audio is a path and a hash, not a decoded `Audio` feature. `duration_minutes` is of the recording.
    """
    return _dataset([pair_row(pair) for pair in _sorted(pairs)], pair_features())


def segments_dataset(pairs: Iterable[TrainingPair]) -> Dataset:
    """One row a segment of the analysed pairs, sorted by pair and time (seconds).

    `segment_type` is the analysis' type; `label` is the one a person gave to the middle of the segment, or
    null. Pairs that are not analysed have no rows.
    """
    rows = [
        segment_row(pair, index, segment)
        for pair in _sorted(pairs)
        for index, segment in enumerate(pair.aligned_segments or ())
    ]
    return _dataset(rows, segment_features())


def export(pairs: Sequence[TrainingPair], folder: Path | str) -> dict[str, Path]:
    """Write `pairs.parquet`, `segments.parquet` and a dataset card; their paths as `pairs`, `segments`, `card`.

    The same pairs give the same bytes. Raises UsageError for no pairs, WorkspaceError, DiskFullError.
    """
    if not pairs:
        raise UsageError("there are no pairs to export; ingest one with: podcast-dspy ingest")
    folder = Path(folder)
    paths = {
        "pairs": folder / "pairs.parquet",
        "segments": folder / "segments.parquet",
        "card": folder / "README.md",
    }
    segments = segments_dataset(pairs)
    atomic_write(paths["pairs"], _parquet(pairs_dataset(pairs)))
    atomic_write(paths["segments"], _parquet(segments))
    atomic_write(paths["card"], _card(_sorted(pairs), len(segments)).encode())
    return paths


def fingerprint(pairs: Iterable[TrainingPair]) -> str:
    """Hex sha256 of the content of the pairs; their order and the place of their files do not count."""
    digest = hashlib.sha256()
    for pair in _sorted(pairs):
        body = pair.model_copy(update={"pdf_path": "", "audio_path": ""})
        digest.update(hashlib.sha256(body.model_dump_json().encode("utf-8", "replace")).digest())
    return digest.hexdigest()


def _sorted(pairs: Iterable[TrainingPair]) -> list[TrainingPair]:
    return sorted(pairs, key=lambda pair: pair.pair_id)


def _dataset(rows: list[dict[str, Any]], features: Features) -> Dataset:
    from datasets import Dataset

    # from_list would refuse to make a dataset of no rows
    return Dataset.from_dict({name: [row[name] for row in rows] for name in features}, features=features)


def _parquet(dataset: Dataset) -> bytes:
    import pyarrow.parquet as pq  # type: ignore[import-untyped]

    buffer = io.BytesIO()
    pq.write_table(dataset.data.table, buffer, compression="zstd")
    return buffer.getvalue()


def _card(pairs: Sequence[TrainingPair], segments: int) -> str:
    minutes = sum(pair.duration_minutes for pair in pairs)
    lines = "\n".join(
        f"| `{pair.pair_id}` | {pair.document_graph.title.replace('|', '/')} | {pair.duration_minutes:.1f} | "
        f"{pair.source or 'not given'} |"
        for pair in pairs
    )
    return f"""---
configs:
- config_name: pairs
  data_files: pairs.parquet
  default: true
- config_name: segments
  data_files: segments.parquet
task_categories:
- text-generation
---

# Papers and the podcasts about them

{len(pairs)} pairs of paper (PDF) and podcast (audio): {minutes:.1f} minutes, {segments} segments analysed.

`pairs.parquet` holds a row a pair: paths and sha256 of both files, the text, and each part of the analysis as
JSON. `segments.parquet` holds a row a segment, with its type, times in seconds, and the parts of the paper it
talks about. The recordings and papers themselves are not included; their rights stay with their owners.

| pair | paper | minutes | source |
|---|---|---|---|
{lines}

Fingerprint of the content: `{fingerprint(pairs)}`
"""
