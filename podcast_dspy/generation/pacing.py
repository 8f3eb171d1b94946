"""How long a script takes, and where it has to be longer or shorter: by which paragraph, and by how many words."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import groupby

from podcast_dspy.audio.durations import REPLY_PAUSE, SEGMENT_PAUSE, TURN_PAUSE, DurationModel, asks
from podcast_dspy.generation.adjustments import Adjustments
from podcast_dspy.generation.script_writer import Paragraph
from podcast_dspy.generation.writer import spoken_words
from podcast_dspy.profiles.profile import AggregatedProfile
from podcast_dspy.signatures.planning import Rundown

_CLOSE, _NEAR = 0.02, 0.04
"""Relative distance from the length that needs no edit: beside other edits, and where it would be the only one."""
_LESS, _MORE = 0.3, 0.6
"""Share of its words by which a paragraph can become shorter, or longer, and stay what it is."""
_SPOKEN = (
    "So what do you do? You let the tallies fade. Give every request a half-life: after four thousand more requests it "
    "counts half, after eight thousand a quarter, and so on. In the still world that costs you 2.2 points. But in the "
    "fastest one, where plain counting fell to 42, fading counts still get 52.8 percent. How long should the half-life "
    "be? Roughly as long as the time between two changes. And you don't have to be exact. Get it wrong by a factor of "
    "two, and you lose about one point."
)
"""Prose as hosts speak it, by which a voice's words a minute are known before there is a script."""
_WORTH = 8
"""Words below which an edit costs more than it gains."""


@dataclass(frozen=True)
class Pace:
    """How long a text takes to speak: by the voice's own duration model, else by words a minute."""

    words_per_minute: float
    model: DurationModel | None = None
    factor: float = 1.0
    """What the audio was longer than this foresaw."""
    asker: DurationModel | None = None
    """That of the voice that asks in a dialogue."""
    language: str = "en"

    @classmethod
    def of(
        cls,
        adjustments: Adjustments,
        profile: AggregatedProfile,
        asker: DurationModel | None = None,
        language: str = "en",
    ) -> Pace:
        """The pace of the voice that is known, else of the profile's hosts; `asker` is that of a second voice."""
        model = adjustments.voice_model
        if model is not None:
            return cls(60.0 * len(_SPOKEN.split()) / model.predict(_SPOKEN), model, asker=asker)
        words_per_minute = adjustments.words_per_minute or sum(profile.target_words_per_minute) / 2.0
        return cls(words_per_minute, language=language)

    def seconds(self, paragraphs: Sequence[Paragraph]) -> float:
        """Seconds of one segment, the pause behind it included."""
        if self.model is None:
            words = spoken_words(" ".join(one.text for one in paragraphs), self.language)
            return self.factor * 60.0 * words / self.words_per_minute
        seconds = pause = 0.0
        for speaker, run in groupby(paragraphs, lambda one: one.speaker):
            if text := " ".join(one.text for one in run if one.text):
                model = self.asker if speaker == "asker" and self.asker else self.model
                seconds += model.predict(text) + pause
                pause = REPLY_PAUSE if asks(text) else TURN_PAUSE
        return self.factor * (seconds + SEGMENT_PAUSE) if seconds else 0.0

    def words(self, seconds: float) -> int:
        """Words that fill so many seconds."""
        return round(seconds / self.factor / 60.0 * self.words_per_minute)

    def lengths(self, paragraphs: Sequence[Paragraph], segments: int) -> list[float]:
        """Seconds of each segment of a script."""
        return [
            self.seconds([one for one in paragraphs if one.segment == place]) for place in range(segments)
        ]


def length_notes(
    paragraphs: Sequence[Paragraph],
    rundown: Rundown,
    pace: Pace,
    seconds: float,
    beside: Collection[int] = (),
) -> dict[int, list[str]]:
    """What to say less or more of, by the place of the paragraph, so that the script takes `seconds`.

    Segments that are furthest from their own length change first, each in its longest paragraph; paragraphs that are
    edited anyway (`beside`) last, since their edits change their length too.
    """
    lengths = pace.lengths(paragraphs, len(rundown.segments))
    off = sum(lengths) - seconds
    if abs(off) <= (_CLOSE if beside else _NEAR) * seconds:
        return {}
    total = sum(one.seconds for one in rundown.segments)
    sign = 1.0 if off > 0 else -1.0
    share = _LESS if off > 0 else _MORE
    left = pace.words(abs(off))

    def rank(place: int) -> tuple[bool, float]:
        segment = paragraphs[place].segment
        return place in beside, sign * (
            rundown.segments[segment].seconds * seconds / total - lengths[segment]
        )

    longest = {
        one.segment: max(
            (place for place, other in enumerate(paragraphs) if other.segment == one.segment),
            key=lambda place: len(paragraphs[place].text),
        )
        for one in paragraphs
    }
    notes: dict[int, list[str]] = {}
    for place in sorted(longest.values(), key=rank):
        words = len(paragraphs[place].text.split())
        part = min(left, max(_WORTH, round(share * words)))
        if left < _WORTH:
            break
        left -= part
        wanted, direction = (words - part, "less") if off > 0 else (words + part, "more")
        notes[place] = [f"about {part} words {direction}, so about {wanted} in all"]
    return notes
