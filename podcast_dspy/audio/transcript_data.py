"""What transcribers' data files say: Whisper's JSON in its dialects, Podcasting 2.0 and YouTube JSON, TSV and CSV."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from podcast_dspy.audio.alignment import align_words
from podcast_dspy.audio.caption_files import Cue, CueWord, timed
from podcast_dspy.audio.heard import HeardWord
from podcast_dspy.audio.sounds import spoken_only
from podcast_dspy.errors import InputError

__all__ = ["is_json", "is_table", "parse_json", "parse_table"]

_NUMBER: Final = re.compile(r'"?\d+(?:\.\d+)?"?')
_COLUMNS: Final = ("start", "end", "text")


def is_json(text: str) -> bool:
    """Whether `text` looks like JSON of some kind: an object, or an array of objects."""
    return re.match(r"\s*(?:\{|\[\s*(?:\{|\]\s*$))", text) is not None


def is_table(text: str) -> bool:
    """Whether the lines of `text` are start, end and text, parted by tabs or commas."""
    lines = [line for line in text.splitlines() if line.strip()][1:4]
    parted = [re.split(r"[\t,]", line, maxsplit=2) for line in lines]
    return bool(lines) and all(
        len(cells) > 2 and all(_NUMBER.fullmatch(cell.strip()) for cell in cells[:2]) for cells in parted
    )


def parse_table(text: str) -> list[HeardWord]:
    """Words of TSV or CSV: Whisper's start, end and text in milliseconds, or an Audacity label track in seconds.

    Rows that do not tell from when to when something is said are passed over, as its notes.
    """
    lines = [line for line in text.splitlines() if line.strip()]
    tabs = "\t" in lines[0]
    # Whisper's TSV is not quoted: a quotation mark there was said
    rows = list(csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE) if tabs else csv.reader(lines))
    head = [cell.strip().lower() for cell in rows[0]]
    if set(_COLUMNS) <= set(head):
        rows = rows[1:]
    else:
        head = list(_COLUMNS)
    named = [dict(zip(head, row, strict=False)) for row in rows]
    named = [row for row in named if all(_NUMBER.fullmatch(row.get(key, "").strip()) for key in _COLUMNS[:2])]
    unit = 1.0 if any("." in row["start"] + row["end"] for row in named) else 1000.0
    return timed(
        [
            _cue(
                row["text"], float(row["start"]) / unit, float(row["end"]) / unit, row.get("speaker") or None
            )
            for row in named
            if row.get("text")
        ]
    )


def parse_json(text: str, name: str) -> tuple[list[HeardWord], str | None]:
    """Words and language of a JSON transcript, whichever known tool wrote it.

    Raises:
        InputError: it is not JSON, or not a transcript.
    """
    try:
        data = json.loads(text)
        if isinstance(data, list):
            data = {"segments": data}
        language = data.get("language")
        if isinstance(data.get("result"), dict):  # whisper.cpp
            language = data["result"].get("language", language)
        words = list(_json_words(data))
    except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        raise InputError(
            f"The transcript {name} is not JSON of a known kind ({error!r}); give Whisper or WhisperX JSON, SRT or VTT."
        ) from error
    return words, language if isinstance(language, str) else None


def _json_words(data: Mapping[str, Any]) -> Iterable[HeardWord]:
    if data.get("word_timestamps"):  # our own
        return [
            HeardWord(w["word"], float(w["start_time"]), float(w["end_time"]), float(w["confidence"]))
            for w in data["word_timestamps"]
        ]
    if "transcription" in data:  # whisper.cpp
        parts = data["transcription"]
        return timed(
            [
                _cue(part["text"], part["offsets"]["from"] / 1000, part["offsets"]["to"] / 1000)
                for part in parts
            ]
        )
    if "chunks" in data:  # the pipeline of transformers; the last chunk may have no end
        starts = [float(chunk["timestamp"][0]) for chunk in data["chunks"]]
        return timed(
            [
                _cue(chunk["text"], start, start if chunk["timestamp"][1] is None else chunk["timestamp"][1])
                for chunk, start in zip(data["chunks"], starts, strict=True)
            ]
        )
    if "events" in data:  # YouTube
        return timed([_event(event) for event in data["events"] if event.get("segs")])
    segments = data["segments"]
    if data.get("words") and not any(segment.get("words") for segment in segments):
        # OpenAI lists the words apart from the segments, without their punctuation
        return _punctuated(segments, data["words"])
    if any(segment.get("words") for segment in segments):
        return [word for segment in segments for word in _segment_words(segment)]
    return timed([_segment_cue(segment) for segment in segments])


def _cue(text: str, start: float, end: float, speaker: str | None = None) -> Cue:
    words = spoken_only(text.split(), str)
    return Cue(start, end, (tuple(CueWord(said, speaker=speaker) for _, said in words),))


def _event(event: Mapping[str, Any]) -> Cue:
    start = float(event["tStartMs"]) / 1000
    words = [
        CueWord(word, None if number else start + float(part.get("tOffsetMs", 0)) / 1000)
        for part in event["segs"]
        for number, word in enumerate(str(part["utf8"]).split())
    ]
    kept = spoken_only(words, lambda word: word.text)
    return Cue(
        start,
        start + float(event.get("dDurationMs", 0)) / 1000,
        (tuple(CueWord(said, word.at) for word, said in kept),),
    )


def _segment_cue(segment: Mapping[str, Any]) -> Cue:
    start = float(segment["start"] if "start" in segment else segment["startTime"])
    end = float(segment.get("end", segment.get("endTime", start)))
    text = str(segment["text"] if "text" in segment else segment["body"])
    return _cue(text, start, end, segment.get("speaker"))


def _punctuated(segments: Sequence[Mapping[str, Any]], words: Sequence[Mapping[str, Any]]) -> list[HeardWord]:
    cues = [_segment_cue(segment) for segment in segments]
    known = [HeardWord(str(w["word"]).strip(), float(w["start"]), float(w["end"]), 1.0) for w in words]
    placed, _ = align_words(
        [word.text for cue in cues for word in cue.words], known, max(cue.end for cue in cues)
    )
    return placed


def _segment_words(segment: Mapping[str, Any]) -> Iterator[HeardWord]:
    speaker = segment.get("speaker")
    listed = [
        (word, str(word.get("word", word.get("text", ""))).strip()) for word in segment.get("words") or []
    ]
    spoken = [
        (word, said) for (word, _), said in spoken_only([one for one in listed if one[1]], lambda one: one[1])
    ]
    if not spoken:
        yield from timed([_segment_cue(segment)])
        return
    known = [
        HeardWord(said, float(word["start"]), float(word["end"]), _sure(word), word.get("speaker", speaker))
        for word, said in spoken
        if word.get("start") is not None and word.get("end") is not None
    ]
    if len(known) == len(spoken):
        yield from known
        return
    # WhisperX leaves numbers without times: they share the gap between their neighbours
    start = float(segment["start"])
    placed, _ = align_words([said for _, said in spoken], known, float(segment.get("end", start)))
    for w in placed:
        yield HeardWord(w.word, max(start, w.start), max(start, w.end), w.confidence, w.speaker or speaker)


def _sure(word: Mapping[str, Any]) -> float:
    return min(1.0, max(0.0, float(word.get("probability", word.get("score", word.get("confidence", 1.0))))))
