"""Captions and podcast metadata as text: WebVTT, SubRip, and the Podcasting 2.0 chapters and transcript files."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain, pairwise
from typing import Final

from podcast_dspy.audio.durations import pauses_after, stressed
from podcast_dspy.audio.tags import Chapter
from podcast_dspy.audio.transcript import TranscriptionResult, WordTimestamp
from podcast_dspy.audio.word_alignment import word_times_for

_LINE: Final = 42
"""Characters of a line, two lines a caption, as the guides of broadcasters and streaming services have it."""
_LONGEST: Final = 7.0  # seconds
_SHORTEST: Final = 1.0
_FASTEST: Final = 20.0
"""Characters a second that an adult reads."""
_PAUSE: Final = 1.0
"""Seconds of silence that a caption does not bridge gladly."""
_FEW: Final = 3  # words


@dataclass(frozen=True)
class Cue:
    """One caption: its words and when they are on screen, in seconds."""

    text: str
    start: float
    end: float
    speaker: str | None = None


def cut_cues(words: Sequence[WordTimestamp], speaker: str | None) -> list[Cue]:
    """Captions of what one speaker says in turn: of all ways to cut it, the one that is best to read.

    What it costs to end somewhere, and to be short, fast or full of pauses, is added up (dynamic programming).
    """
    best: list[tuple[float, int]] = [(0.0, 0)]
    for end in range(1, len(words) + 1):
        choices = []
        for start in range(end - 1, -1, -1):
            if start < end - 1 and not _fits(words[start:end]):
                break
            choices.append((best[start][0] + _cost(words[start:end], words[end : end + 1]), start))
        best.append(min(choices))
    cuts = [len(words)]
    while cuts[-1]:
        cuts.append(best[cuts[-1]][1])
    return [_cue(words[start:end], speaker) for start, end in pairwise(reversed(cuts))]


def lines_of(text: str) -> list[str]:
    """A caption's text on one line, or on two of about equal length, parted between phrases."""
    words = text.split()
    if len(text) <= _LINE or len(words) < 2:
        return [text]
    sides = [(" ".join(words[:at]), " ".join(words[at:]), at) for at in range(1, len(words))]

    def cost(side: tuple[str, str, int]) -> float:
        first, second, at = side
        over = max(0, max(len(first), len(second)) - _LINE)
        return 10 * over + abs(len(first) - len(second)) / 6 + _ending(words[at - 1], words[at])

    first, second, _ = min(sides, key=cost)
    return [first, second]


def stay(cues: Sequence[Cue]) -> list[Cue]:
    """Captions shorter than a second stay that long, where the next one leaves them the time."""
    following = chain((cue.start for cue in cues[1:]), [float("inf")])
    return [
        replace(cue, end=max(cue.end, min(cue.start + _SHORTEST, after)))
        for cue, after in zip(cues, following, strict=False)
    ]


def _fits(words: Sequence[WordTimestamp]) -> bool:
    if words[-1].end_time - words[0].start_time > _LONGEST:
        return False
    first, rest = 0, 0
    for word in words:  # the first line takes what it can
        if not rest and first + len(word.word) <= _LINE:
            first += len(word.word) + 1
        else:
            rest += len(word.word) + 1
    return rest - 1 <= _LINE


def _cost(words: Sequence[WordTimestamp], following: Sequence[WordTimestamp]) -> float:
    text = " ".join(word.word for word in words)
    seconds = words[-1].end_time - words[0].start_time
    shown = max(
        seconds,
        min(_SHORTEST, (following[0].start_time if following else seconds + _SHORTEST) - words[0].start_time),
    )
    cost = 2.0 + 2.0 * (1 - len(text) / (2 * _LINE)) ** 2  # few captions, and none much emptier than others
    if following and following[0].start_time - words[-1].end_time <= _PAUSE:
        cost += _ending(words[-1].word, following[0].word)
    if len(words) < _FEW:
        cost += 12.0 if len(words) == 1 else 4.0
    cost += 4.0 * max(0.0, _SHORTEST - shown) + 0.4 * max(0.0, len(text) / max(shown, 0.1) - _FASTEST)
    for place, (one, other) in enumerate(pairwise(words), 1):
        if other.start_time - one.end_time > _PAUSE:
            cost += 6.0
        if pauses_after(one.word)[1]:  # a sentence ends inside; a scrap of the next behind it reads badly
            cost += 2.0 if len(words) - place >= _FEW else 8.0
    return cost


def _ending(last: str, following: str) -> float:
    """What it costs to end after `last`: nothing at a stop, most inside a phrase.

    A phrase begins with the words that carry no stress: "the", "of", "that". To end on one tears it apart.
    """
    clauses, sentences = pauses_after(last)
    if sentences:
        return 0.0
    if clauses:
        return 1.5
    if not stressed(last.strip("\"'()[]“”‘’")):
        return 12.0
    return 5.0 if not stressed(following.strip("\"'()[]“”‘’")) else 9.0


def _cue(words: Sequence[WordTimestamp], speaker: str | None) -> Cue:
    text = " ".join(word.word for word in words)
    return Cue(text, words[0].start_time, max(word.end_time for word in words), speaker)


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
