"""Training pairs as HuggingFace datasets: one row for each pair and each segment, exported as Parquet."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path, PureWindowsPath
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError

from podcast_dspy.analysis.comprehension import PaperQuestion
from podcast_dspy.analysis.results import AlignedSegment, StructureProfile, StyleProfile
from podcast_dspy.audio.transcript import TranscriptionResult
from podcast_dspy.documents import is_address
from podcast_dspy.documents.graph import DocumentGraph
from podcast_dspy.errors import InputError, UsageError
from podcast_dspy.pairs.pair import LabelledSpan, TrainingPair
from podcast_dspy.signatures.types import SEGMENT_TYPES
from podcast_dspy.store import atomic_write

if TYPE_CHECKING:
    from datasets import Dataset, Features

__all__ = [
    "export",
    "fingerprint",
    "from_row",
    "pair_features",
    "pair_row",
    "pairs_dataset",
    "segment_features",
    "segment_row",
    "segments_dataset",
]

M = TypeVar("M", bound=BaseModel)
_SEGMENTS = TypeAdapter(tuple[AlignedSegment, ...])
_QUESTIONS = TypeAdapter(tuple[PaperQuestion, ...])
_LABELS = TypeAdapter(tuple[LabelledSpan, ...])


def pair_features() -> Features:
    """Columns of `pair_row`."""
    from datasets import Features, List, Value

    text, number = Value("string"), Value("float64")
    return Features(
        {
            "pair_id": text,
            "pdf_path": text,
            "pdf_sha256": text,
            "audio_path": text,
            "audio_sha256": text,
            "title": text,
            "abstract": text,
            "key_concepts": List(text),
            "transcript": text,
            "language": text,
            "speaker_gender": text,
            "source": text,
            "duration_minutes": number,
            "analysed": Value("bool"),
            "labels_json": text,
            "document_json": text,
            "transcription_json": text,
            "aligned_segments_json": text,
            "structure_profile_json": text,
            "style_profile_json": text,
            "questions_json": text,
        }
    )


def pair_row(pair: TrainingPair) -> dict[str, Any]:
    """A pair as a row: what one would filter by, and each part as JSON.

    Files are named without their folders, which are nobody's business but the workspace's.
    """
    document = pair.document_graph.with_pictures(_name)
    document = document.model_copy(update={"source_path": _name(document.source_path)})
    transcription = pair.transcription.model_copy(
        update={"source_path": _name(pair.transcription.source_path)}
    )
    segments = pair.aligned_segments
    return {
        "pair_id": pair.pair_id,
        "pdf_path": _name(pair.pdf_path),
        "pdf_sha256": document.sha256,
        "audio_path": _name(pair.audio_path),
        "audio_sha256": transcription.sha256,
        "title": document.title,
        "abstract": document.abstract,
        "key_concepts": [concept.name for concept in document.key_concepts],
        "transcript": transcription.transcript_text,
        "language": transcription.language,
        "speaker_gender": pair.speaker_gender,
        "source": pair.source,
        "duration_minutes": pair.duration_minutes,
        "analysed": segments is not None,
        "labels_json": _LABELS.dump_json(pair.labels).decode(),
        "document_json": document.model_dump_json(),
        "transcription_json": transcription.model_dump_json(),
        "aligned_segments_json": None if segments is None else _SEGMENTS.dump_json(segments).decode(),
        "structure_profile_json": _json(pair.structure_profile),
        "style_profile_json": _json(pair.style_profile),
        "questions_json": None if pair.questions is None else _QUESTIONS.dump_json(pair.questions).decode(),
    }


def from_row(row: Mapping[str, Any]) -> TrainingPair:
    """The pair of a row that `pair_row` made. Raises InputError."""
    try:
        return TrainingPair(
            pair_id=row["pair_id"],
            **{
                name: row[name]
                for name in ("pdf_path", "audio_path", "speaker_gender", "source", "duration_minutes")
            },
            labels=_LABELS.validate_json(row["labels_json"]),
            document_graph=DocumentGraph.model_validate_json(row["document_json"]),
            transcription=TranscriptionResult.model_validate_json(row["transcription_json"]),
            **{
                field: None if row[column] is None else kind.validate_json(row[column])
                for column, field, kind in (
                    ("aligned_segments_json", "aligned_segments", _SEGMENTS),
                    ("structure_profile_json", "structure_profile", TypeAdapter(StructureProfile)),
                    ("style_profile_json", "style_profile", TypeAdapter(StyleProfile)),
                    ("questions_json", "questions", _QUESTIONS),
                )
            },
        )
    except (KeyError, ValidationError) as error:
        raise InputError(
            f"pair {row.get('pair_id')!r} of the dataset cannot be used; export it again"
        ) from error


def _name(path: str) -> str:
    return path if is_address(path) else PureWindowsPath(path).name


def _json(model: BaseModel | None) -> str | None:
    return None if model is None else model.model_dump_json()


def segment_features() -> Features:
    """Columns of `segment_row`; times in seconds."""
    from datasets import ClassLabel, Features, List, Value

    text, number = Value("string"), Value("float64")
    types = ClassLabel(names=[kind.value for kind in SEGMENT_TYPES])
    return Features(
        {
            "pair_id": text,
            "segment_id": text,
            "index": Value("int32"),
            "start_time": number,
            "end_time": number,
            "text": text,
            "segment_type": types,
            "type_confidence": number,
            "label": types,
            "primary_atoms": List(text),
            "referenced_figures": List(text),
            "key_concepts": List(text),
            "technical_terms": List(text),
            "analogies_used": List(text),
            "questions_asked": List(text),
            "words_per_minute": number,
            "density_score": number,
        }
    )


def segment_row(pair: TrainingPair, index: int, segment: AlignedSegment) -> dict[str, Any]:
    """A segment as a row; `label` is what a person called its middle, or None."""
    spoken = segment.transcript_segment
    middle = (spoken.start_time + spoken.end_time) / 2
    spans = (span.segment_type for span in pair.labels if span.start_time <= middle < span.end_time)
    return {
        "pair_id": pair.pair_id,
        "segment_id": segment.segment_id,
        "index": index,
        "start_time": spoken.start_time,
        "end_time": spoken.end_time,
        "text": spoken.text,
        "segment_type": segment.segment_type.value,
        "type_confidence": segment.type_confidence,
        "label": next(spans, None),
        "primary_atoms": list(segment.primary_atoms),
        "referenced_figures": list(segment.referenced_figures),
        "key_concepts": list(segment.key_concepts),
        "technical_terms": list(segment.technical_terms),
        "analogies_used": list(segment.analogies_used),
        "questions_asked": list(segment.questions_asked),
        "words_per_minute": segment.words_per_minute,
        "density_score": segment.density_score,
    }


def pairs_dataset(pairs: Iterable[TrainingPair]) -> Dataset:
    """One row a pair, sorted by id: names and sha256 of both files, text, and every part as JSON.

    The audio is a name and a hash, not a decoded `Audio` feature. `duration_minutes` is of the recording.
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

`pairs.parquet` holds a row a pair: names and sha256 of both files, the text, and each part of the analysis as
JSON. `segments.parquet` holds a row a segment, with its type, times in seconds, and the parts of the paper it
talks about. The recordings and papers themselves are not included; their rights stay with their owners.

| pair | paper | minutes | source |
|---|---|---|---|
{lines}

Fingerprint of the content: `{fingerprint(pairs)}`
"""
