"""Use a transcript made elsewhere: Whisper, WhisperX, whisper.cpp or Podcasting 2.0 JSON, SRT, VTT, or plain text."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from podcast_dspy.audio.alignment import align_words
from podcast_dspy.audio.captions import word_times_for
from podcast_dspy.audio.heard import Heard, HeardWord, Progress
from podcast_dspy.audio.languages import guess_language
from podcast_dspy.audio.probing import AudioInfo
from podcast_dspy.audio.scripts import spoken_words
from podcast_dspy.errors import InputError

__all__ = ["ImportedTranscript", "parse_captions", "parse_json"]

_STAMP = r"(?:(\d{1,3}):)?(\d{1,2}):(\d{2})[.,](\d{1,3})"
_TIMES = re.compile(rf"^\s*{_STAMP}\s*-->\s*{_STAMP}", re.MULTILINE)
_LANGUAGE = re.compile(r"^Language:[ \t]*([a-z]{2,3})\b", re.MULTILINE)
_VOICE = re.compile(r"<v(?:\.[^ >]*)?\s+([^>]+)>")
_SPEAKER = re.compile(r"^\s*([A-Z][\w.'-]*(?: [A-Z0-9][\w.'-]*){0,3}):\s+")
_SLACK = 2.0  # seconds a transcript may run past its recording
_LEAST_MATCH = 0.4


class ImportedTranscript:
    """Hears what `file` says.

    Times come from the file, for plain text from the recording; with `align` always from the recording, where each word
    is looked for with the embedded recogniser. Captions alone only say when a line is shown.
    """

    def __init__(self, file: Path, *, align: bool = False) -> None:
        self._file = file
        self._align = align

    def hear(self, path: Path, info: AudioInfo, *, language: str | None, progress: Progress) -> Heard:
        """Read the transcript for the recording at `path`.

        Words that a human wrote have confidence 1; a recogniser's own confidence is kept where the file gives it.

        Raises:
            InputError: the file cannot be read, is no transcript, or belongs to another recording.
            PrerequisiteError: aligning needs the embedded recogniser, and it is not installed.
        """
        try:
            text = self._file.read_text("utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(
                f"The transcript {self._file} cannot be read ({error}); give a UTF-8 file."
            ) from error
        words: list[HeardWord] = []
        named: str | None = None
        if self._file.suffix.lower() == ".json":
            words, named = parse_json(text, str(self._file))
        elif _TIMES.search(text):
            words = parse_captions(text)
            header = _LANGUAGE.search(text.split("\n\n", 1)[0])
            named = header[1] if header else None
        timed = bool(words)
        if not timed:
            words = [HeardWord(word, 0.0, 0.0, 1.0, speaker) for word, speaker in spoken_words(text)]
        if not words or not any(any(c.isalnum() for c in word.word) for word in words):
            raise InputError(f"The transcript {self._file} holds no words; give another file.")
        words.sort(key=lambda word: word.start)
        if words[-1].start > info.duration + _SLACK:
            raise InputError(
                f"The transcript {self._file} runs to {words[-1].end:.0f} s and the recording lasts "
                f"{info.duration:.0f} s; they do not belong together."
            )
        spoken = language or named or guess_language(" ".join(word.word for word in words)) or "en"
        if self._align or not timed:
            return self._aligned(words, path, info, spoken, progress)
        return Heard(tuple(words), spoken, f"import:{self._file.name}", placed=True)

    def _aligned(
        self, said: list[HeardWord], path: Path, info: AudioInfo, language: str, progress: Progress
    ) -> Heard:
        from podcast_dspy.audio.whisper import embedded_whisper

        heard = embedded_whisper("", language).hear(path, info, language=language, progress=progress)
        words, matched = align_words([word.word for word in said], heard.words, info.duration)
        if matched < _LEAST_MATCH:
            raise InputError(
                f"Only {matched:.0%} of the words of {self._file} are heard in {path}; they do not belong together."
            )
        times = tuple(
            replace(old, start=new.start, end=new.end) for old, new in zip(said, words, strict=True)
        )
        # what was heard is in its place, but what was misheard or missed is not
        return Heard(times, language, f"import:{self._file.name}", heard.samples)


def parse_captions(text: str) -> list[HeardWord]:
    """Words of SRT or WebVTT `text`, timed by syllables in each cue; speakers from voice tags or "Name:" prefixes."""
    words: list[HeardWord] = []
    matches = list(_TIMES.finditer(text))
    for number, found in enumerate(matches):
        start, end = _seconds(found.groups()[:4]), _seconds(found.groups()[4:])
        stop = matches[number + 1].start() if number + 1 < len(matches) else len(text)
        lines = text[found.end() : stop].split("\n")[1:]
        body: list[str] = []
        for line in lines:
            if not line.strip() and body:
                break  # the blank line ends a cue; what follows is the next one's number
            if line.strip():
                body.append(line.strip())
        said = " ".join(body)
        voice = _VOICE.search(said)
        said = html.unescape(re.sub(r"<[^>]*>", "", said))
        named = _SPEAKER.match(said) if voice is None else None
        speaker = html.unescape(voice[1]).strip() if voice else named[1] if named else None
        words += _timed(said[named.end() :] if named else said, start, end, speaker, 1.0)
    return words


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
        if data.get("word_timestamps"):  # our own
            words = [
                HeardWord(w["word"], float(w["start_time"]), float(w["end_time"]), float(w["confidence"]))
                for w in data["word_timestamps"]
            ]
        elif "transcription" in data:  # whisper.cpp
            words = [
                word
                for part in data["transcription"]
                for word in _timed(
                    part["text"], part["offsets"]["from"] / 1000, part["offsets"]["to"] / 1000, None, 1.0
                )
            ]
        else:
            words = [word for segment in data["segments"] for word in _segment_words(segment)]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(
            f"The transcript {name} is not JSON of a known kind ({error!r}); give Whisper or WhisperX JSON, SRT or VTT."
        ) from error
    return words, language if isinstance(language, str) else None


def _segment_words(segment: dict[str, Any]) -> Iterable[HeardWord]:
    start = float(segment["start"] if "start" in segment else segment["startTime"])
    end = float(segment.get("end", segment.get("endTime", start)))
    text = str(segment["text"] if "text" in segment else segment["body"])
    speaker = segment.get("speaker")
    listed = [
        word for word in segment.get("words") or [] if str(word.get("word", word.get("text", ""))).strip()
    ]
    if not listed:
        return _timed(text, start, end, speaker, 1.0)
    # WhisperX leaves numbers without times: they share the gap between their neighbours
    known = [
        HeardWord(
            str(word.get("word", word.get("text"))).strip(),
            float(word["start"]),
            float(word["end"]),
            min(
                1.0, max(0.0, float(word.get("probability", word.get("score", word.get("confidence", 1.0)))))
            ),
            word.get("speaker", speaker),
        )
        for word in listed
        if word.get("start") is not None and word.get("end") is not None
    ]
    if len(known) == len(listed):
        return known
    texts = [str(word.get("word", word.get("text"))).strip() for word in listed]
    placed, _ = align_words(texts, known, end)
    return [
        HeardWord(w.word, max(start, w.start), max(start, w.end), w.confidence, w.speaker or speaker)
        for w in placed
    ]


def _timed(text: str, start: float, end: float, speaker: str | None, confidence: float) -> list[HeardWord]:
    return [
        HeardWord(word.word, word.start_time, word.end_time, confidence, speaker)
        for word in word_times_for(text, (start, max(start, end)))
    ]


def _seconds(parts: tuple[Any, ...]) -> float:
    hours, minutes, seconds, fraction = parts
    return int(hours or 0) * 3600 + int(minutes) * 60 + int(seconds) + float(f"0.{fraction}")
