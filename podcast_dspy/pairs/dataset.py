"""Training pairs as rows of HuggingFace datasets, a row a pair or a segment; and rows as training pairs again."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path, PureWindowsPath
from typing import TYPE_CHECKING, Any, Final

from pydantic import TypeAdapter, ValidationError

from podcast_dspy.analysis.comprehension import PaperQuestion
from podcast_dspy.analysis.results import AlignedSegment, StructureProfile, StyleProfile
from podcast_dspy.audio.transcript import TranscriptionResult
from podcast_dspy.documents import is_address
from podcast_dspy.documents.graph import DocumentGraph
from podcast_dspy.errors import InputError, PodcastError
from podcast_dspy.pairs.labels import check_spans
from podcast_dspy.pairs.pair import LabelledSpan, TrainingPair
from podcast_dspy.signatures.types import SEGMENT_TYPES
from podcast_dspy.store import check_id

if TYPE_CHECKING:
    from datasets import Dataset, Features

_PARTS: Final[dict[str, tuple[str, TypeAdapter[Any]]]] = {
    "labels_json": ("labels", TypeAdapter(tuple[LabelledSpan, ...])),
    "document_json": ("document_graph", TypeAdapter(DocumentGraph)),
    "transcription_json": ("transcription", TypeAdapter(TranscriptionResult)),
    "aligned_segments_json": ("aligned_segments", TypeAdapter(tuple[AlignedSegment, ...] | None)),
    "structure_profile_json": ("structure_profile", TypeAdapter(StructureProfile | None)),
    "style_profile_json": ("style_profile", TypeAdapter(StyleProfile | None)),
    "questions_json": ("questions", TypeAdapter(tuple[PaperQuestion, ...] | None)),
}
"""Columns that hold a part of a pair as JSON, by the pair's field; null where it has none."""
_LONGEST: Final = 12 * 3600.0
"""Seconds of a podcast at most, as the reader of recordings has it."""


def pair_features() -> Features:
    """Columns of `pair_row`. Nothing is decoded on reading, so that neither torch nor a PDF reader is needed."""
    from datasets import Audio, Features, Image, List, Value

    text = Value("string")
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
            "duration_minutes": Value("float64"),
            "analysed": Value("bool"),
            "analysed_by": text,
            **dict.fromkeys(_PARTS, text),
            "audio": Audio(decode=False),
            "paper": {"bytes": Value("binary"), "path": text},
            "pictures": List(Image(decode=False)),
        }
    )


def portable(pair: TrainingPair) -> TrainingPair:
    """The pair with files named without their folders, which are nobody's business but the workspace's."""
    document = pair.document_graph.with_pictures(_name)
    spoken = pair.transcription
    return pair.model_copy(
        update={
            "pdf_path": _name(pair.pdf_path),
            "audio_path": _name(pair.audio_path),
            "document_graph": document.model_copy(update={"source_path": _name(document.source_path)}),
            "transcription": spoken.model_copy(update={"source_path": _name(spoken.source_path)}),
        }
    )


def _without_pictures(pair: TrainingPair) -> TrainingPair:
    document = pair.document_graph
    atoms = tuple(atom.model_copy(update={"file_path": None}) for atom in document.atoms)
    return pair.model_copy(update={"document_graph": document.model_copy(update={"atoms": atoms})})


def pair_row(pair: TrainingPair, *, media: bool = False) -> dict[str, Any]:
    """A pair as a row: what one would filter by, each part as JSON, and with `media` the bytes of its files.

    Raises InputError when a file is gone, or is no longer the one that was ingested.
    """
    named = portable(pair) if media else _without_pictures(portable(pair))
    document, transcription = named.document_graph, named.transcription
    parts = {column: getattr(named, field) for column, (field, _) in _PARTS.items()}
    return {
        "pair_id": pair.pair_id,
        "pdf_path": named.pdf_path,
        "pdf_sha256": document.sha256,
        "audio_path": named.audio_path,
        "audio_sha256": transcription.sha256,
        "title": document.title,
        "abstract": document.abstract,
        "key_concepts": [concept.name for concept in document.key_concepts],
        "transcript": transcription.transcript_text,
        "language": transcription.language,
        "speaker_gender": pair.speaker_gender,
        "source": pair.source,
        "duration_minutes": pair.duration_minutes,
        "analysed": pair.aligned_segments is not None,
        "analysed_by": pair.analysed_by,
        **{
            column: None if part is None else _PARTS[column][1].dump_json(part).decode()
            for column, part in parts.items()
        },
        "audio": _file(pair.audio_path, transcription.sha256, pair.pair_id) if media else None,
        "paper": _file(pair.pdf_path, document.sha256, pair.pair_id) if media else None,
        "pictures": [
            _file(atom.file_path, "", pair.pair_id) for atom in pair.document_graph.atoms if atom.file_path
        ]
        if media
        else [],
    }


def _file(path: str, sha256: str, pair_id: str) -> dict[str, Any] | None:
    if not path:
        return None
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise InputError(
            f"{path} of pair {pair_id} cannot be read ({error.strerror}); put it back, or export with --no-media"
        ) from error
    if sha256 and hashlib.sha256(data).hexdigest() != sha256:
        raise InputError(
            f"{path} is not the file that pair {pair_id} was made of; put that back, or export with --no-media"
        )
    return {"bytes": data, "path": _name(path)}


def from_row(row: Mapping[str, Any]) -> TrainingPair:
    """The pair of a row that `pair_row` made; its files are named, not written. Other columns are not looked at.

    A row may be anybody's, so that every part is checked as if a stranger had written it. Raises InputError.
    """
    name = str(row.get("pair_id"))[:64]
    try:
        parts = {}
        for column, (field, kind) in _PARTS.items():
            place = column
            text = row[column]
            parts[field] = kind.validate_python(None) if text is None else kind.validate_json(text)
        place = "labels_json"
        check_spans(parts["labels"])
        place = "pair"
        pair = TrainingPair(
            pair_id=check_id(row["pair_id"], "a pair id"),
            **{
                field: row[field]
                for field in (
                    "pdf_path",
                    "audio_path",
                    "speaker_gender",
                    "source",
                    "duration_minutes",
                    "analysed_by",
                )
            },
            **parts,
        )
    except (KeyError, TypeError, ValidationError, PodcastError) as error:
        reason = _told(error)
        raise InputError(
            f"pair {name!r} of the dataset cannot be used ({place}: {reason}); export it again"
        ) from error
    if not 0.0 <= pair.transcription.total_duration <= _LONGEST:
        raise InputError(f"pair {name!r} of the dataset lasts over twelve hours; export it again")
    return portable(pair)


def _told(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors(include_url=False, include_input=False)[0]
        return f"{'.'.join(map(str, first['loc']))}: {first['msg']}".removeprefix(": ")[:200]
    return f"no column {error}" if isinstance(error, KeyError) else str(error)[:200]


def from_rows(rows: Iterable[Mapping[str, Any]]) -> list[TrainingPair]:
    """Training pairs of a loaded dataset, as `PodcastOptimizer.compile` takes them. Raises InputError.

    dataset = datasets.load_dataset("FOLDER OF pairs export")
    trainset, valset = from_rows(dataset["train"]), from_rows(dataset["test"])
    """
    return [from_row(row) for row in rows]


def _name(path: str) -> str:
    return path if is_address(path) else PureWindowsPath(path).name


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
    """One row a pair, sorted by id, without the bytes of its files. `duration_minutes` is of the recording."""
    import pyarrow as pa  # type: ignore[import-untyped]
    from datasets import Dataset

    # Not from_list, which encodes: that of Audio asks for torch even where nothing is to be encoded.
    rows = [pair_row(pair) for pair in _sorted(pairs)]
    return Dataset(pa.Table.from_pylist(rows, schema=pair_features().arrow_schema))


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
    from datasets import Dataset

    features = segment_features()
    # from_list would refuse to make a dataset of no rows
    return Dataset.from_dict({name: [row[name] for row in rows] for name in features}, features=features)


def fingerprint(pairs: Iterable[TrainingPair]) -> str:
    """Hex sha256 of the content of the pairs; their order, and the names and places of their files, do not count."""
    digest = hashlib.sha256()
    for pair in _sorted(pairs):
        bare = _without_pictures(pair)
        body = bare.model_copy(
            update={
                "pdf_path": "",
                "audio_path": "",
                "document_graph": bare.document_graph.model_copy(update={"source_path": ""}),
                "transcription": bare.transcription.model_copy(update={"source_path": ""}),
            }
        )
        digest.update(hashlib.sha256(body.model_dump_json().encode("utf-8", "replace")).digest())
    return digest.hexdigest()


def _sorted(pairs: Iterable[TrainingPair]) -> list[TrainingPair]:
    return sorted(pairs, key=lambda pair: pair.pair_id)
