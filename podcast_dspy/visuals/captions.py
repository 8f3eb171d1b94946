"""Captions of a recording as WebVTT: a cue for every line or two of speech, timed by its words."""

from __future__ import annotations

import html
import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, field

from podcast_dspy.audio.transcript import TranscriptionResult
from podcast_dspy.visuals.speech import timed_words

__all__ = ["webvtt"]

_LINE = 42
_LONGEST = 6.0
_SHORTEST = 1.0
_PAUSE = 1.0
_ENDS = re.compile(r"[.!?…][\"'”’)]*$")
_CLAUSE = re.compile(r"[,;:][\"'”’)]*$")


@dataclass
class _Cue:
    start: float
    end: float
    words: list[str] = field(default_factory=list)


def webvtt(transcription: TranscriptionResult) -> str:
    """WebVTT text. A cue holds about two lines of 42 characters and at most 6 seconds, and ends with a
    sentence, or a clause, where one ends; cues never overlap."""
    cues = _cues(timed_words(transcription))
    blocks = ["WEBVTT"]
    for place, cue in enumerate(cues):
        following = cues[place + 1].start if place + 1 < len(cues) else transcription.total_duration
        end = min(max(cue.end, cue.start + _SHORTEST), max(following, cue.start))
        if end > cue.start:
            lines = textwrap.wrap(" ".join(cue.words), _LINE, break_long_words=False)
            blocks.append(
                f"{_clock(cue.start)} --> {_clock(end)}\n{html.escape(chr(10).join(lines), quote=False)}"
            )
    return "\n\n".join(blocks) + "\n"


def _cues(words: Sequence[tuple[str, float, float]]) -> list[_Cue]:
    cues: list[_Cue] = []
    for text, start, end in words:
        word = " ".join(text.split())
        if not word:
            continue
        if not cues or _full(cues[-1], word, start, end):
            cues.append(_Cue(start, end))
        cues[-1].words.append(word)
        cues[-1].end = max(cues[-1].end, end)
    return cues


def _full(cue: _Cue, word: str, start: float, end: float) -> bool:
    written = " ".join(cue.words)
    return bool(
        start - cue.end > _PAUSE
        or end - cue.start > _LONGEST
        or len(written) + 1 + len(word) > 2 * _LINE
        or _ENDS.search(written)
        or (_CLAUSE.search(written) and len(written) > _LINE)
    )


def _clock(seconds: float) -> str:
    milliseconds = round(seconds * 1000)
    minutes, rest = divmod(milliseconds, 60_000)
    return f"{minutes // 60:02d}:{minutes % 60:02d}:{rest // 1000:02d}.{rest % 1000:03d}"
