"""Drafts: the stretches of an episode while it is planned, their passages, and how they get the length planned.

A stretch is what is said in one go of one segment type. A passage is a row of neighbouring sentences of the paper, from
where it can be understood; it gets longer and shorter at its end.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Final

from podcast_dspy.documents.graph import DocumentAtom
from podcast_dspy.generation.script import EpisodePlan
from podcast_dspy.generation.units import Unit
from podcast_dspy.profiles.profile import AggregatedProfile, nearest_depth
from podcast_dspy.signatures.types import SegmentType

NO_SOURCES = frozenset(kind for kind in SegmentType if not kind.row.sources)
"""Types that say nothing of the paper."""
_SPARE: Final = tuple(sorted((k for k in SegmentType if k.row.keeps), key=lambda kind: -kind.row.keeps))
"""What an episode can do without, the last first: it says what paper it is about, and what came out."""
_TOPICS: Final = {SegmentType.INTRO: 1.7, SegmentType.LIMITATION: 0.7, SegmentType.CONCLUSION: 0.7}
"""Types that need more or less than the words of a topic: an introduction also says what and whose the paper is."""
_FLOOR: Final = 0.6
"""Share of a topic's words that a stretch gets at least; the rest goes by the hosts' time."""


@dataclass
class Passage:
    """Neighbouring sentences of a paper."""

    said: list[Unit]
    more: list[Unit] = field(default_factory=list)
    """How the paper goes on, as far as it can be said behind them."""
    least: int = 1
    """Sentences that make it whole; fewer stay only where the length cannot be met otherwise."""


@dataclass(eq=False)
class DraftSegment:
    """One stretch being planned: what it is for, how many spoken words it may take, and its passages."""

    segment_type: SegmentType
    share: float
    budget: int
    passages: list[Passage] = field(default_factory=list)
    figure: DocumentAtom | None = None

    @property
    def units(self) -> list[Unit]:
        """The sentences of all its passages, in the order in which they are said."""
        return [unit for passage in self.passages for unit in passage.said]

    def put(self, passage: Passage) -> None:
        """Add a passage where the paper has it among the others; what a result begins with stays its beginning."""
        head = int(self.segment_type is SegmentType.KEY_FINDING and bool(self.passages))
        later = (
            at
            for at, other in enumerate(self.passages[head:], head)
            if other.said[0].order > passage.said[0].order
        )
        self.passages.insert(next(later, len(self.passages)), passage)


@dataclass
class Draft:
    """The public plan together with the passages behind it."""

    plan: EpisodePlan
    segments: list[DraftSegment]
    reserve: list[tuple[DraftSegment, Passage]] = field(default_factory=list)
    """Passages that no stretch needs yet, each with the one that it suits best; the best first."""


def unmet(segments: Sequence[DraftSegment]) -> int:
    """Terms that come up before anything has introduced them."""
    met: set[str] = set()
    missing = 0
    for segment in segments:
        for unit in segment.units:
            missing += len(unit.terms - unit.introduces - met)
            met |= unit.terms
    return missing


def arranged(segments: Sequence[DraftSegment], topic_words: int) -> list[DraftSegment]:
    """The stretches for which there is room, each with the words of a topic at least.

    As long as they need more words than there are, the smallest goes of those that have one of its type before them,
    then what an episode can best do without. Their time goes to the others.
    """
    kept = [one for one in segments if one.segment_type not in NO_SOURCES]
    words = sum(one.budget for one in segments)
    total = sum(one.share for one in segments)

    def least(one: DraftSegment) -> float:
        return topic_words * _TOPICS.get(one.segment_type, 1.0)

    while len(kept) > 2 and sum(map(least, kept)) > words:
        seen = [one.segment_type for one in kept]
        twins = [one for at, one in enumerate(kept) if one.segment_type in seen[:at]]
        if twins:
            kept.remove(min(twins, key=lambda one: one.budget))
        else:
            kept.remove(max(kept, key=lambda one: _SPARE.index(one.segment_type)))
    return _shared(
        kept,
        words,
        total,
        lambda one: least(one) * (1.0 if one.segment_type is SegmentType.INTRO else _FLOOR),
    )


def _shared(
    kept: Sequence[DraftSegment], words: float, total: float, least: Callable[[DraftSegment], float]
) -> list[DraftSegment]:
    """The words shared out by the stretches' shares, none below its least where there are so many."""
    room = min(1.0, words / max(1.0, sum(map(least, kept))))
    fixed: dict[int, float] = {}
    while True:
        free = [one for one in kept if id(one) not in fixed]
        rest, parts = words - sum(fixed.values()), sum(one.share for one in free)
        small = [one for one in free if rest * one.share / parts < room * least(one)]
        if not small or len(small) == len(free):
            break
        fixed |= {id(one): room * least(one) for one in small}
    return [
        DraftSegment(one.segment_type, total * given / words, max(1, round(given)), figure=one.figure)
        for one in kept
        for given in [fixed.get(id(one), rest * one.share / parts)]
    ]


def without(segments: Sequence[DraftSegment], gone: Collection[DraftSegment]) -> list[DraftSegment]:
    """The stretches without some of them; their time goes to all others."""
    kept = [stretch for stretch in segments if stretch not in gone]
    words, rest = sum(stretch.budget for stretch in segments), sum(stretch.budget for stretch in kept)
    share, left = sum(stretch.share for stretch in segments), sum(stretch.share for stretch in kept)
    for stretch in kept:
        stretch.budget = round(stretch.budget * words / rest)
        stretch.share *= share / left
    return kept


def more_pictures(
    segments: Sequence[DraftSegment],
    profile: AggregatedProfile,
    *,
    seconds: float,
    pictures: int,
    topic_words: int,
) -> list[DraftSegment]:
    """The stretches of an episode of `seconds`, with stretches about pictures that no host took that long for split in
    two.

    A deep dive then discusses more pictures instead of one for minutes: at most the depth's share of the paper's
    (`figure_coverage`), and in all no more stretches than the depth has (`segment_count_range`).
    """
    stretches = list(segments)
    target = profile.depth_targets.get(nearest_depth(seconds))
    longest = profile.segment_duration_targets.get(SegmentType.FIGURE_DISCUSSION)
    if target is None or longest is None:
        return stretches
    while True:
        about = [stretch for stretch in stretches if stretch.segment_type is SegmentType.FIGURE_DISCUSSION]
        if not about or len(about) >= round(target.figure_coverage * pictures):
            return stretches
        big = max(about, key=lambda stretch: stretch.share)
        if (
            big.share * seconds <= longest[1]
            or big.budget < 2 * topic_words
            or len(stretches) >= target.segment_count_range[1]
        ):
            return stretches
        place = stretches.index(big)
        half = big.budget // 2
        stretches[place : place + 1] = [
            DraftSegment(SegmentType.FIGURE_DISCUSSION, big.share / 2.0, budget)
            for budget in (half, big.budget - half)
        ]
