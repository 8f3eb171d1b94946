"""A transcript made elsewhere: captions, a transcriber's JSON or table, or plain text."""

from __future__ import annotations

import codecs
import csv
import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from podcast_dspy.audio.caption_reader import (
    Cue,
    CueWord,
    caption_language,
    is_captions,
    parse_captions,
    spoken_only,
    spoken_words,
    timed,
)
from podcast_dspy.audio.decoding import AudioInfo
from podcast_dspy.audio.transcript import Progress, RecognisedWord, Recognition
from podcast_dspy.audio.word_alignment import align_words
from podcast_dspy.errors import InputError
from podcast_dspy.text.language import guess_language

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


def parse_table(text: str) -> list[RecognisedWord]:
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


def parse_json(text: str, name: str) -> tuple[list[RecognisedWord], str | None]:
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
    except json.JSONDecodeError as error:
        raise InputError(
            f"The transcript {name} is not JSON (line {error.lineno}: {error.msg.lower()}); export it again, or "
            "give SRT or VTT."
        ) from error
    except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        why = f"it has no {error}" if isinstance(error, KeyError) else str(error)
        raise InputError(
            f"The transcript {name} is JSON of no known kind ({why}); give Whisper or WhisperX JSON, SRT or VTT."
        ) from error
    return words, language if isinstance(language, str) else None


def _json_words(data: Mapping[str, Any]) -> Iterable[RecognisedWord]:
    if data.get("word_timestamps"):  # our own
        return [
            RecognisedWord(w["word"], float(w["start_time"]), float(w["end_time"]), float(w["confidence"]))
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


def _punctuated(
    segments: Sequence[Mapping[str, Any]], words: Sequence[Mapping[str, Any]]
) -> list[RecognisedWord]:
    cues = [_segment_cue(segment) for segment in segments]
    known = [RecognisedWord(str(w["word"]).strip(), float(w["start"]), float(w["end"]), 1.0) for w in words]
    times, _ = align_words(
        [word.text for cue in cues for word in cue.words], known, max(cue.end for cue in cues)
    )
    return times


def _segment_words(segment: Mapping[str, Any]) -> Iterator[RecognisedWord]:
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
        RecognisedWord(
            said, float(word["start"]), float(word["end"]), _sure(word), word.get("speaker", speaker)
        )
        for word, said in spoken
        if word.get("start") is not None and word.get("end") is not None
    ]
    if len(known) == len(spoken):
        yield from known
        return
    # WhisperX leaves numbers without times: they share the gap between their neighbours
    start = float(segment["start"])
    times, _ = align_words([said for _, said in spoken], known, float(segment.get("end", start)))
    for w in times:
        yield RecognisedWord(
            w.word, max(start, w.start), max(start, w.end), w.confidence, w.speaker or speaker
        )


def _sure(word: Mapping[str, Any]) -> float:
    return min(1.0, max(0.0, float(word.get("probability", word.get("score", word.get("confidence", 1.0))))))


_SLACK = 2.0  # seconds a transcript may run past its recording
_LEAST_MATCH = 0.4
_A_WORD = 60.0 / 150.0  # seconds, of hosts who speak at an even pace
_FASTEST = 8.0  # words a second, that nobody says
_LONGEST = 86_400.0  # seconds
_HOUR = 3600.0
_MARKS: Final = (
    (codecs.BOM_UTF32_LE, "utf-32"),  # begins like UTF-16
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


class ImportedTranscript:
    """Reads what `file` says.

    Times come from the file, for plain text from the recording; with `align` always from the recording, where each word
    is looked for with the embedded recogniser. Captions alone only say when a line is shown.
    """

    def __init__(self, file: Path, *, align: bool = False) -> None:
        self._file = file
        self._align = align

    def recognise(
        self, path: Path, info: AudioInfo, *, language: str | None, progress: Progress
    ) -> Recognition:
        """Read the transcript for the recording at `path`.

        Words that a human wrote have confidence 1; a recogniser's own confidence is kept where the file gives it.

        Raises:
            InputError: the file cannot be read, is no transcript, or belongs to another recording.
            PrerequisiteError: aligning needs the embedded recogniser, and it is not installed.
        """
        words, spoken = self._words(language, info.duration)
        if words[-1].start > info.duration + _SLACK:
            raise InputError(
                f"The transcript {self._file} runs to {words[-1].end:.0f} s and the recording lasts "
                f"{info.duration:.0f} s; they do not belong together."
            )
        if self._align or not _timed(words):
            return self._aligned(words, path, info, spoken, progress)
        return Recognition(tuple(words), spoken, f"import:{self._file.name}", aligned=True)

    def alone(self, language: str | None) -> tuple[Recognition, bool]:
        """The transcript where there is no recording, and whether its times are its own.

        Text without times gets those of a usual pace. Raises InputError.
        """
        words, spoken = self._words(language, math.inf)
        timed = _timed(words)
        if not timed:
            words = [
                replace(word, start=place * _A_WORD, end=(place + 1) * _A_WORD)
                for place, word in enumerate(words)
            ]
        seconds = max(word.end for word in words)
        if not len(words) / _FASTEST < seconds < _LONGEST:
            raise InputError(
                f"The transcript {self._file} has {len(words):,} words in {seconds:.6g} s, so its times cannot be "
                "right; mend them, leave them out, or give the recording with --audio."
            )
        return Recognition(tuple(words), spoken, f"import:{self._file.name}", aligned=True), timed

    def _words(self, language: str | None, seconds: float) -> tuple[list[RecognisedWord], str]:
        """Words in order of time, and their language, of a recording of so many seconds."""
        text = self._read()
        words: list[RecognisedWord] = []
        named: str | None = None
        if self._file.suffix.lower() == ".json" or is_json(text):
            words, named = parse_json(text, str(self._file))
        elif is_captions(text):
            words, named = parse_captions(text), caption_language(text)
        elif is_table(text):
            words = parse_table(text)
        else:
            words = [RecognisedWord(word, 0.0, 0.0, 1.0, speaker) for word, speaker in spoken_words(text)]
        if not any(any(c.isalnum() for c in word.word) for word in words):
            raise InputError(f"The transcript {self._file} holds no words; give another file.")
        if not all(math.isfinite(word.start) and math.isfinite(word.end) for word in words):
            raise InputError(f"The transcript {self._file} has times that are no numbers; mend them.")
        words.sort(key=lambda word: word.start)
        words = _from_zero(words, seconds)
        return words, language or named or guess_language((word.word for word in words), default="en")

    def _read(self) -> str:
        """The file's text; UTF-16 and UTF-32 are told by their byte order mark, or by the zeros of ASCII in them."""
        try:
            data = self._file.read_bytes()
            encoding = next((name for mark, name in _MARKS if data.startswith(mark)), "utf-8-sig")
            if encoding == "utf-8-sig" and len(data) > 1 and 0 in data[:2]:
                encoding = "utf-16-be" if data[0] == 0 else "utf-16-le"
            return data.decode(encoding).replace("\r\n", "\n").replace("\r", "\n")
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(
                f"The transcript {self._file} cannot be read ({error}); give a UTF-8 file."
            ) from error

    def _aligned(
        self, said: list[RecognisedWord], path: Path, info: AudioInfo, language: str, progress: Progress
    ) -> Recognition:
        from podcast_dspy.audio.whisper import embedded_whisper

        recognised = embedded_whisper("", language).recognise(
            path, info, language=language, progress=progress
        )
        words, matched = align_words([word.word for word in said], recognised.words, info.duration)
        if matched < _LEAST_MATCH:
            raise InputError(
                f"Only {matched:.0%} of the words of {self._file} are heard in {path}; they do not belong together."
            )
        times = tuple(
            replace(old, start=new.start, end=new.end) for old, new in zip(said, words, strict=True)
        )
        # what was recognised has its time, but what was misheard or missed has not
        return Recognition(times, language, f"import:{self._file.name}", recognised.samples)


def imported(file: str, _: str | None) -> ImportedTranscript:
    """The transcript in `file` with its own times."""
    return ImportedTranscript(Path(file).expanduser())


def imported_and_aligned(file: str, _: str | None) -> ImportedTranscript:
    """The transcript in `file` with the times of the recording."""
    return ImportedTranscript(Path(file).expanduser(), align=True)


def _timed(words: Sequence[RecognisedWord]) -> bool:
    """Whether a transcript tells when its words are said."""
    return any(word.end for word in words)


def _from_zero(words: list[RecognisedWord], seconds: float) -> list[RecognisedWord]:
    """Words of a recording of so many seconds, counted from its start.

    Time codes of broadcasters begin at one o'clock, or ten: whole hours before the first word are taken off where the
    rest then fits.
    """
    hours = words[0].start // _HOUR * _HOUR
    if not hours or words[-1].end - hours > seconds + _SLACK:
        return words
    return [replace(word, start=word.start - hours, end=word.end - hours) for word in words]
