"""Use a transcript made elsewhere: captions, a transcriber's JSON or table, or plain text."""

from __future__ import annotations

import codecs
from dataclasses import replace
from pathlib import Path
from typing import Final

from podcast_dspy.audio.alignment import align_words
from podcast_dspy.audio.caption_files import caption_language, is_captions, parse_captions
from podcast_dspy.audio.heard import Heard, HeardWord, Progress
from podcast_dspy.audio.languages import guess_language
from podcast_dspy.audio.probing import AudioInfo
from podcast_dspy.audio.scripts import spoken_words
from podcast_dspy.audio.transcript_data import is_json, is_table, parse_json, parse_table
from podcast_dspy.errors import InputError

__all__ = ["ImportedTranscript"]

_SLACK = 2.0  # seconds a transcript may run past its recording
_LEAST_MATCH = 0.4
_HOUR = 3600.0
_MARKS: Final = (
    (codecs.BOM_UTF32_LE, "utf-32"),  # begins like UTF-16
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


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
        text = self._read()
        words: list[HeardWord] = []
        named: str | None = None
        if self._file.suffix.lower() == ".json" or is_json(text):
            words, named = parse_json(text, str(self._file))
        elif is_captions(text):
            words, named = parse_captions(text), caption_language(text)
        elif is_table(text):
            words = parse_table(text)
        else:
            words = [HeardWord(word, 0.0, 0.0, 1.0, speaker) for word, speaker in spoken_words(text)]
        if not any(any(c.isalnum() for c in word.word) for word in words):
            raise InputError(f"The transcript {self._file} holds no words; give another file.")
        timed = any(word.end for word in words)
        words.sort(key=lambda word: word.start)
        words = _from_zero(words, info.duration)
        if words[-1].start > info.duration + _SLACK:
            raise InputError(
                f"The transcript {self._file} runs to {words[-1].end:.0f} s and the recording lasts "
                f"{info.duration:.0f} s; they do not belong together."
            )
        spoken = language or named or guess_language(" ".join(word.word for word in words)) or "en"
        if self._align or not timed:
            return self._aligned(words, path, info, spoken, progress)
        return Heard(tuple(words), spoken, f"import:{self._file.name}", placed=True)

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


def _from_zero(words: list[HeardWord], seconds: float) -> list[HeardWord]:
    """Words of a recording of so many seconds, counted from its start.

    Time codes of broadcasters begin at one o'clock, or ten: whole hours before the first word are taken off where the
    rest then fits.
    """
    hours = words[0].start // _HOUR * _HOUR
    if not hours or words[-1].end - hours > seconds + _SLACK:
        return words
    return [replace(word, start=word.start - hours, end=word.end - hours) for word in words]
