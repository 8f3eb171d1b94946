"""Captions and podcast metadata: WebVTT, SubRip, and the Podcasting 2.0 chapters and transcript files."""

from __future__ import annotations

import json
from collections.abc import Sequence

from podcast_dspy.audio.cues import Cue, cut_cues, lines_of, stay
from podcast_dspy.audio.spoken import speakable
from podcast_dspy.audio.syllables import pauses_after, syllables
from podcast_dspy.audio.tags import Chapter
from podcast_dspy.audio.transcript import TranscriptionResult, WordTimestamp

__all__ = ["Cue", "cues_of", "to_chapters_json", "to_srt", "to_transcript_json", "to_vtt", "word_times_for"]

_CLAUSE_SYLLABLES = 1.2  # a comma lasts about as long as this many syllables
_SENTENCE_SYLLABLES = 2.4


def word_times_for(text: str, span: tuple[float, float]) -> list[WordTimestamp]:
    """Estimated times of the whitespace-separated words of `text`, spoken from `span[0]` to `span[1]` seconds.

    Each word takes time in proportion to its spoken syllables ("2017" has three); commas and stops leave gaps. Words
    that are not spoken, such as "[12]", take none.
    """
    words = text.split()
    start, end = span
    units: list[tuple[float, float]] = []
    for word in words:
        spoken = _spoken_syllables(word)
        clauses, sentences = pauses_after(word) if spoken else (0, 0)
        units.append((float(spoken), _CLAUSE_SYLLABLES * clauses + _SENTENCE_SYLLABLES * sentences))
    if units:
        units[-1] = (units[-1][0], 0.0)  # the span ends with the last word, not with a pause
    total = sum(length + gap for length, gap in units)
    per_unit = (end - start) / total if total else 0.0
    position, times = start, []
    for word, (length, gap) in zip(words, units, strict=True):
        stop = min(end, position + length * per_unit)
        times.append(WordTimestamp(word=word, start_time=min(position, stop), end_time=stop, confidence=1.0))
        position = stop + gap * per_unit
    return times


def _spoken_syllables(word: str) -> int:
    plain = word.strip("\"'()[].,;:!?…“”‘’")
    if not (plain.isalpha() and not (plain.isupper() and len(plain) > 1)):
        return sum(syllables(part) for said in speakable(word).split() for part in said.split("-"))
    return syllables(plain)


def cues_of(transcription: TranscriptionResult) -> list[Cue]:
    """Captions of at most two lines of 42 characters and 7 s, cut between sentences, clauses and phrases.

    Segments without word times are shown whole, their words timed by syllables.
    """
    cues: list[Cue] = []
    words = list(transcription.word_timestamps)
    for segment in transcription.segments:
        inside = [word for word in words if segment.start_time <= word.start_time < segment.end_time]
        if "".join(word.word for word in inside) != segment.text.replace(" ", ""):
            inside = word_times_for(segment.text, (segment.start_time, segment.end_time))
        cues.extend(cut_cues(inside, segment.speaker))
    return stay(cues)


def to_vtt(transcription: TranscriptionResult) -> str:
    """WebVTT captions; speakers as voice tags."""
    blocks = ["WEBVTT\n"]
    for cue in cues_of(transcription):
        body = "\n".join(lines_of(_escaped(cue.text)))
        voice = f"<v {_escaped(cue.speaker)}>" if cue.speaker else ""
        blocks.append(f"{_stamp(cue.start, '.')} --> {_stamp(cue.end, '.')}\n{voice}{body}\n")
    return "\n".join(blocks)


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def to_srt(transcription: TranscriptionResult) -> str:
    """SubRip captions; speakers as a prefix."""
    blocks = []
    for number, cue in enumerate(cues_of(transcription), 1):
        said = f"{cue.speaker}: {cue.text}" if cue.speaker else cue.text
        body = "\n".join(lines_of(said))
        blocks.append(f"{number}\n{_stamp(cue.start, ',')} --> {_stamp(cue.end, ',')}\n{body}\n")
    return "\n".join(blocks)


def to_chapters_json(chapters: Sequence[Chapter]) -> str:
    """Podcasting 2.0 chapters file (JSON chapters format 1.2.0), times in seconds."""
    entries = [
        {"startTime": round(chapter.start, 3), "endTime": round(chapter.end, 3), "title": chapter.title}
        for chapter in sorted(chapters, key=lambda chapter: chapter.start)
    ]
    return json.dumps({"version": "1.2.0", "chapters": entries}, ensure_ascii=False, indent=1) + "\n"


def to_transcript_json(transcription: TranscriptionResult) -> str:
    """Podcasting 2.0 transcript file (JSON, version 1.0.0): one entry a caption, times in seconds."""
    segments = []
    for cue in cues_of(transcription):
        entry: dict[str, object] = {
            "startTime": round(cue.start, 3),
            "endTime": round(cue.end, 3),
            "body": cue.text,
        }
        segments.append({"speaker": cue.speaker, **entry} if cue.speaker else entry)
    return json.dumps({"version": "1.0.0", "segments": segments}, ensure_ascii=False, indent=1) + "\n"


def _stamp(seconds: float, point: str) -> str:
    milliseconds = round(seconds * 1000)
    hours, rest = divmod(milliseconds, 3_600_000)
    minutes, rest = divmod(rest, 60_000)
    return f"{hours:02d}:{minutes:02d}:{rest // 1000:02d}{point}{rest % 1000:03d}"
