"""One row for each pair and each segment: the columns of the HuggingFace datasets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, TypeAdapter

from podcast_dspy.analysis.questions import PaperQuestion
from podcast_dspy.analysis.segments import AlignedSegment
from podcast_dspy.pairs.pair import LabelledSpan, TrainingPair
from podcast_dspy.signatures.types import SEGMENT_TYPES

if TYPE_CHECKING:
    from datasets import Features

__all__ = ["pair_features", "pair_row", "segment_features", "segment_row"]

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
    """A pair as a row: what one would filter by, and each part as JSON."""
    document, transcription, segments = pair.document_graph, pair.transcription, pair.aligned_segments
    return {
        "pair_id": pair.pair_id,
        "pdf_path": pair.pdf_path,
        "pdf_sha256": document.sha256,
        "audio_path": pair.audio_path,
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
