"""How long a script takes, and where it has to be longer or shorter: by which paragraph, and by how many words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from podcast_dspy.audio.durations import SEGMENT_PAUSE, DurationModel
from podcast_dspy.generation.script_writer import Paragraph
from podcast_dspy.generation.writer import spoken_words
from podcast_dspy.signatures.planning import Rundown

__all__ = ["Pace", "length_notes"]

_CLOSE = 0.03
"""Relative distance from the length that needs no edit; a listener does not notice 7 s in 4 minutes."""
_LESS, _MORE = 0.4, 0.8
"""Share of its words by which a paragraph can become shorter, or longer, and stay what it is."""
_WORTH = 8
"""Words below which an edit costs more than it gains."""


@dataclass(frozen=True)
class Pace:
    """How long a text takes to speak: by the voice's own duration model, else by words a minute."""

    words_per_minute: float
    model: DurationModel | None = None
    factor: float = 1.0
    """What the audio was longer than this foresaw."""

    def seconds(self, text: str) -> float:
        """Seconds of one segment, the pause behind it included."""
        if not text:
            return 0.0
        if self.model is None:
            return self.factor * 60.0 * spoken_words(text) / self.words_per_minute
        return self.factor * (self.model.predict(text) + SEGMENT_PAUSE)

    def words(self, seconds: float) -> int:
        """Words that fill so many seconds."""
        return round(seconds / self.factor / 60.0 * self.words_per_minute)

    def lengths(self, paragraphs: Sequence[Paragraph], segments: int) -> list[float]:
        """Seconds of each segment of a script."""
        texts = [" ".join(one.text for one in paragraphs if one.segment == place) for place in range(segments)]
        return [self.seconds(text.strip()) for text in texts]


def length_notes(
    paragraphs: Sequence[Paragraph], rundown: Rundown, pace: Pace, seconds: float
) -> dict[int, list[str]]:
    """What to say less or more of, by the place of the paragraph, so that the script takes `seconds`.

    Segments that are furthest from their own length change first, each in its longest paragraph.
    """
    lengths = pace.lengths(paragraphs, len(rundown.segments))
    off = sum(lengths) - seconds
    if abs(off) <= _CLOSE * seconds:
        return {}
    due = [segment.seconds * seconds / sum(one.seconds for one in rundown.segments) for segment in rundown.segments]
    sign = 1.0 if off > 0 else -1.0
    order = sorted(range(len(due)), key=lambda place: sign * (due[place] - lengths[place]))
    left = pace.words(abs(off))
    notes: dict[int, list[str]] = {}
    for segment in order:
        own = [place for place, one in enumerate(paragraphs) if one.segment == segment and one.text]
        if not own or left < _WORTH:
            continue
        place = max(own, key=lambda one: len(paragraphs[one].text))
        words = len(paragraphs[place].text.split())
        part = min(left, max(_WORTH, round((_LESS if sign > 0 else _MORE) * words)))
        left -= part
        notes[place] = [f"about {part} words {'less' if sign > 0 else 'more'}, so about {words + round(-sign * part)} in all"]
    return notes
