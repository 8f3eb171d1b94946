"""What a recording says and when: words, sentence-level segments, and how sure the transcriber was."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["TranscriptSegment", "TranscriptionResult", "WordTimestamp"]


class WordTimestamp(BaseModel):
    """One spoken word; times in seconds from the start of the file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    word: str
    start_time: float = Field(ge=0.0)
    end_time: float = Field(ge=0.0)
    confidence: float = Field(ge=0.0, le=1.0)


class TranscriptSegment(BaseModel):
    """A sentence (or a short run of them) with its time span in seconds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    segment_id: str
    text: str
    start_time: float = Field(ge=0.0)
    end_time: float = Field(ge=0.0)
    duration: float = Field(ge=0.0)
    segment_type: str | None = None
    """Filled by the analysis: a SegmentType value."""
    linked_atoms: tuple[str, ...] = ()
    """Filled by the alignment: atom ids of the paper."""
    speaker: str | None = None


class TranscriptionResult(BaseModel):
    """A transcribed recording. `total_duration` is the file's own length in seconds, not the last word's end."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    schema_version: Literal[1] = 1
    source_path: str
    sha256: str = ""
    transcript_text: str
    word_timestamps: tuple[WordTimestamp, ...] = ()
    segments: tuple[TranscriptSegment, ...] = ()
    total_duration: float = Field(ge=0.0)
    speaker_id: str | None = None
    confidence: float = Field(ge=0.0, le=1.0)
    language: str = "en"
    model: str = ""
    """Transcriber that made it, such as `embedded:whisper-tiny.en`."""
