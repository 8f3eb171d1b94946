"""The spoken words of a recording with their times, whatever the transcriber gave."""

from __future__ import annotations

import bisect
import re
from collections.abc import Sequence
from dataclasses import dataclass

from podcast_dspy.audio.transcript import TranscriptionResult
from podcast_dspy.audio.word_times import word_times_for

__all__ = ["Speech", "SpokenWord", "timed_words", "tokens"]

_TOKEN = re.compile(r"[^\W_]+(?:['’.,][^\W_]+)*")


@dataclass(frozen=True)
class SpokenWord:
    """A lower-case word without punctuation, and its time in seconds."""

    token: str
    start: float
    end: float


def tokens(text: str) -> list[str]:
    """Lower-case words of a text, numbers such as `2.5` and words such as `don't` whole."""
    return [match.group().lower().replace("’", "'") for match in _TOKEN.finditer(text)]


def timed_words(transcription: TranscriptionResult) -> list[tuple[str, float, float]]:
    """(word as written, start, end) in order of time.

    A transcription without word times gets them by spreading each segment's words over its time.
    """
    timed = [(word.word, word.start_time, word.end_time) for word in transcription.word_timestamps]
    if not timed:
        for segment in transcription.segments:
            words = word_times_for(segment.text, (segment.start_time, segment.end_time))
            timed += [(word.word, word.start_time, word.end_time) for word in words]
    return sorted(((word, start, max(start, end)) for word, start, end in timed), key=lambda word: word[1])


class Speech:
    """Spoken words that can be looked up by time and by wording; `total` is the recording's length."""

    def __init__(self, transcription: TranscriptionResult) -> None:
        self.total = transcription.total_duration
        self.words = [
            SpokenWord(token, begin, stop)
            for text, start, end in timed_words(transcription)
            for token, begin, stop in _spread(tokens(text), start, end)
        ]
        self._starts = [word.start for word in self.words]

    def between(self, start: float, end: float) -> Sequence[SpokenWord]:
        """Words that begin within [start, end) seconds."""
        return self.words[bisect.bisect_left(self._starts, start) : bisect.bisect_left(self._starts, end)]

    def text(self, start: float, end: float) -> str:
        """The same words as text."""
        return " ".join(word.token for word in self.between(start, end))

    def find(self, phrase: str, start: float, end: float) -> tuple[float, float] | None:
        """(start, end) seconds of the first time that `phrase` is said within [start, end), or None."""
        wanted = tokens(phrase)
        window = self.between(start, end)
        heard = [word.token for word in window]
        if not wanted:
            return None
        for index in range(len(heard) - len(wanted) + 1):
            if heard[index] == wanted[0] and heard[index : index + len(wanted)] == wanted:
                return window[index].start, window[index + len(wanted) - 1].end
        return None


def _spread(words: Sequence[str], start: float, end: float) -> list[tuple[str, float, float]]:
    letters = sum(len(word) + 1 for word in words)
    timed, position = [], 0
    for word in words:
        begin = start + (end - start) * position / letters
        position += len(word) + 1
        timed.append((word, begin, start + (end - start) * position / letters))
    return timed
