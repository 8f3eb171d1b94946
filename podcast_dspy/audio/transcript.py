"""What was said in a recording and when: the transcript, and what a transcriber hands back for it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field

if TYPE_CHECKING:
    from podcast_dspy.audio.decoding import AudioInfo, Sound
    from podcast_dspy.audio.transcription import Timbre
from podcast_dspy.text.words import ends_in_abbreviation


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
    """A transcribed recording. `total_duration` is the file's own length in seconds, not the last word's end; where
    there is no recording, it is that."""

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
    timed: bool = True
    """False for a transcript without times: those here are what its words usually take."""


Progress = Callable[[float], None]
"""Called with the fraction done, 0-1, never falling."""


@dataclass(frozen=True)
class RecognisedWord:
    """One word with its punctuation; times in seconds, confidence 0-1."""

    word: str
    start: float
    end: float
    confidence: float
    speaker: str | None = None


@dataclass(frozen=True)
class Recognition:
    """All words of a recording in order, the language (ISO 639-1), and what recognised them."""

    words: tuple[RecognisedWord, ...]
    language: str
    model: str
    samples: Sound | None = field(default=None, compare=False, repr=False)
    """The decoded recording at 16 kHz, where the transcriber had to decode it anyway."""
    timbre: Timbre | None = field(default=None, compare=False, repr=False)
    """How the recording sounds, where that was analysed while it was transcribed."""
    aligned: bool = False
    """Whether word times are as exact as they can be; otherwise they are looked for in the recording."""


class Transcriber(Protocol):
    """Turns a recording into timed words."""

    def recognise(
        self, path: Path, info: AudioInfo, *, language: str | None, progress: Progress
    ) -> Recognition:
        """Recognise the words of `path`; `language` None leaves the choice to the model."""
        ...


_STOP = re.compile(r"[.!?…。!?]+[\"'”’)\]]*$")
_LONG_PAUSE = 1.5  # seconds; a speaker who stops this long has ended something
_MAX_WORDS = 60  # unpunctuated speech is cut at its longest pause beyond this


def sentence_groups(words: Sequence[RecognisedWord]) -> list[list[RecognisedWord]]:
    """Split `words` into sentences; no word is lost and order is kept.

    A sentence ends at final punctuation (not after an abbreviation or an initial), at a change of speaker, or at a
    pause of 1.5 s; more than 60 words without such an end are divided at the longest pause inside.
    """
    groups: list[list[RecognisedWord]] = []
    current: list[RecognisedWord] = []
    for index, word in enumerate(words):
        current.append(word)
        following = words[index + 1] if index + 1 < len(words) else None
        if following is None or _ends(current, following):
            groups.extend(_divided(current))
            current = []
    return groups


def _ends(current: list[RecognisedWord], following: RecognisedWord) -> bool:
    word = current[-1]
    if following.speaker != word.speaker or following.start - word.end >= _LONG_PAUSE:
        return True
    text = word.word.strip()
    if not _STOP.search(text):
        return False
    if not text.endswith("."):
        return True
    before = current[-2].word.strip() + " " if len(current) > 1 else ""
    if ends_in_abbreviation(before + text, following.word.strip()):
        # "U.S." may end a sentence after all: only a real pause tells.
        return following.word.strip()[:1].isupper() and following.start - word.end > 0.5
    return not following.word.strip()[:1].islower()


def _divided(group: list[RecognisedWord]) -> list[list[RecognisedWord]]:
    if len(group) <= _MAX_WORDS:
        return [group]
    edge = _MAX_WORDS // 6  # no splinters at either end
    gaps = [
        (group[i].start - group[i - 1].end, -abs(i - len(group) // 2), i)
        for i in range(edge, len(group) - edge)
    ]
    cut = max(gaps)[2]
    return _divided(group[:cut]) + _divided(group[cut:])


def sentence_segments(words: Sequence[RecognisedWord]) -> tuple[TranscriptSegment, ...]:
    """One TranscriptSegment a sentence, ids `seg_0000` upwards, duration = end - start (seconds)."""
    segments = []
    for index, group in enumerate(sentence_groups(words)):
        start, end = group[0].start, max(word.end for word in group)
        segments.append(
            TranscriptSegment(
                segment_id=f"seg_{index:04d}",
                text=" ".join(word.word.strip() for word in group),
                start_time=start,
                end_time=end,
                duration=max(0.0, end - start),
                speaker=group[0].speaker,
            )
        )
    return tuple(segments)
