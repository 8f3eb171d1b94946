"""How long a script takes, and where it has to be longer or shorter: by which paragraph, and by how many words."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from podcast_dspy.audio.durations import REPLY_PAUSE, SEGMENT_PAUSE, TURN_PAUSE, DurationModel, asks
from podcast_dspy.generation.adjustments import Adjustments
from podcast_dspy.generation.script import Paragraph, spoken_words
from podcast_dspy.profiles.profile import AggregatedProfile
from podcast_dspy.signatures.planning import Rundown

_CLOSE, _NEAR = 0.03, 0.04
"""Relative distance from the length that needs no edit: beside other edits, which then only mend what lies beyond it,
and where it would be the only one, which mends all of it."""
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
_WORTH = 10
"""Words below which an edit costs more than it gains."""
_EXPLAINED = 9
"""Words that it takes to say what a note asks for: half a sentence, as two capable LMs took on the average."""


@dataclass(frozen=True)
class Note:
    """What to mend in a paragraph."""

    text: str
    adds: bool = False
    """It asks for something to be said that is not."""
    facts: bool = True
    """Who follows it has to know what the paper says."""
    slight: bool = False
    """It is worth an edit beside others, and no round of its own."""


Notes = dict[int, list[Note]]
"""What to mend, by the place of the paragraph."""


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
    notes: Mapping[int, Sequence[Note]] | None = None,
    spared: Collection[int] = (),
) -> Notes:
    """How long paragraphs shall be, by place, so that the script takes `seconds`; beside the `notes` of this round.

    What a note asks to be said is given room. What is then missing or too much, beside notes only as far as it lies
    beyond what needs no edit, is shared out: first among the segments that are off their planned length in that
    direction, by how far they are, then among all. Nothing is taken from paragraphs that such a note is about, nor from
    those that are `spared`, but what the others cannot give. So all of it adds up to the length asked for, unless
    paragraphs would become too short to stay what they are.
    """
    notes = notes or {}
    room = {place: _EXPLAINED * sum(note.adds for note in own) for place, own in notes.items()}
    total = sum(one.seconds for one in rundown.segments)
    lengths = [pace.words(length) for length in pace.lengths(paragraphs, len(rundown.segments))]
    planned = [pace.words(one.seconds * seconds / total) for one in rundown.segments]
    off = sum(lengths) + sum(room.values()) - pace.words(seconds)
    wanted = Counter(room)
    if abs(off) > (_CLOSE if notes else _NEAR) * pace.words(seconds):
        if notes:  # a few words too many are better than good ones lost
            off -= round(math.copysign(_CLOSE * pace.words(seconds), off))
        away = [length - plan for length, plan in zip(lengths, planned, strict=True)]
        for place, words in _shared_out(paragraphs, off, away, room, spared).items():
            wanted[place] += words
        if not notes and sum(map(abs, wanted.values())) < _CLOSE * pace.words(seconds):
            return {}  # not worth a call
    return {
        place: [
            Note(
                _asked(len(paragraphs[place].text.split()), wanted[place], bool(room.get(place))),
                adds=wanted[place] > 0,
                facts=wanted[place] > 0,
            )
        ]
        for place in wanted
        if wanted[place] or room.get(place)
    }


def _shared_out(
    paragraphs: Sequence[Paragraph],
    off: int,
    away: Sequence[int],
    room: Mapping[int, int],
    spared: Collection[int],
) -> Counter[int]:
    """Words by which each paragraph becomes longer, or shorter below 0, where a script has `off` words too many (below
    0 too few) and its segments are so far `away` from their plans."""
    shorter, left = off > 0, abs(off)
    counts = [len(one.text.split()) for one in paragraphs]
    everywhere = range(len(paragraphs))
    asked = [room.get(place, 0) for place in everywhere]
    most = [round((_LESS if shorter else _MORE) * words) for words in counts]
    limits = [given + own if shorter else own - given for given, own in zip(asked, most, strict=True)]
    last = [own if shorter and own else limit for own, limit in zip(asked, limits, strict=True)]
    free = [place for place in everywhere if not (shorter and (place in spared or asked[place]))]
    too_far = {segment: abs(words) for segment, words in enumerate(away) if (words > 0) is shorter}
    sizes: Counter[int] = Counter()
    for one, words, own in zip(paragraphs, counts, asked, strict=True):
        sizes[one.segment] += words + own
    given: Counter[int] = Counter()
    for places, bounds, weights in (
        (free, [limit // 2 if shorter and any(asked) else limit for limit in limits], too_far),
        # Beyond their plans many small changes come first: what nobody notices in four paragraphs spoils one.
        (free, [own // 2 for own in most], sizes),
        (free, most, sizes),
        # One with more to say gives the room for it, and more only at the very last.
        (everywhere, last, sizes),
        (everywhere, limits, sizes),
    ):
        while edits := _edits(paragraphs, {one: bounds[one] - given[one] for one in places}, weights, left):
            given.update(edits)
            left -= sum(edits.values())
            for place, words in edits.items():
                weights[paragraphs[place].segment] -= words
    return Counter({place: -words if shorter else words for place, words in given.items()})


def _edits(
    paragraphs: Sequence[Paragraph], bounds: Mapping[int, int], weights: Mapping[int, int], words: int
) -> dict[int, int]:
    """Words by which each paragraph changes, at most its bound: shared out by the weights of their segments, of which
    none gets more, and there the longest paragraphs first."""
    able = [place for place in sorted(bounds, key=lambda one: -bounds[one]) if bounds[place] >= _WORTH]
    segments = {paragraphs[place].segment for place in able}
    open_to = {one: weights[one] for one in segments if weights.get(one, 0) >= _WORTH}
    found: dict[int, int] = {}
    for segment, part in _by_weight(open_to, words).items():
        left = min(part, weights[segment])
        for place in able:
            if paragraphs[place].segment == segment and min(left, bounds[place]) >= _WORTH:
                found[place] = min(left, bounds[place])
                left -= found[place]
    return found


def _by_weight(weights: Mapping[int, int], words: int) -> dict[int, int]:
    """Words shared out by the weights of segments: among as many as get what is worth an edit."""
    chosen = sorted(weights, key=lambda segment: -weights[segment])
    while chosen:
        total = sum(weights[segment] for segment in chosen)
        if len(chosen) == 1 or words * weights[chosen[-1]] >= _WORTH * total:
            return {segment: words * weights[segment] // total for segment in chosen}
        chosen.pop()
    return {}


def _asked(words: int, change: int, adds: bool) -> str:
    length = f"about {words + change} words in all"
    if adds:
        return f"for this, the paragraph may have up to {length}" if change > 0 else f"say it within {length}"
    return f"about {abs(change)} words {'more' if change > 0 else 'less'}, so {length}"
