"""Drafts: the stretches of an episode while it is planned, and their passages.

A stretch is what is said in one go of one segment type. A passage is a row of neighbouring sentences of the paper, from
where it can be understood; it gets longer and shorter at its end.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from podcast_dspy.documents.graph import DocumentAtom
from podcast_dspy.generation.rows import Unit, unfinished
from podcast_dspy.generation.script import EpisodePlan
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
    whole: bool = False
    """Whatever the length, no less than `least` of it is told: what the paper does and found, in short."""
    ends: Mapping[int, bool] | None = None
    """After how many of `said` and `more` it may end, and whether a paragraph is over there; None: after each."""

    def next_end(self, step: int) -> int | None:
        """The nearest number of sentences with which it may end that is greater (1) or smaller (-1) than it has."""
        size, most = len(self.said), len(self.said) + len(self.more)
        counts = range(1, most + 1) if self.ends is None else self.ends
        fitting = [count for count in counts if count <= most and (count - size) * step > 0]
        return min(fitting, key=lambda count: abs(count - size), default=None)


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
        """Add a passage where the paper has it among the others; the abstract's stays the first."""
        head = int(bool(self.passages) and self.passages[0].said[0].kind == "abstract")
        later = (
            at
            for at, other in enumerate(self.passages[head:], head)
            if other.said[0].order > passage.said[0].order
        )
        self.passages.insert(next(later, len(self.passages)), passage)


Placed = tuple[DraftSegment, Passage]
"""A passage, and the stretch in which it would be said."""


@dataclass
class Draft:
    """The public plan together with the passages behind it."""

    plan: EpisodePlan
    segments: list[DraftSegment]
    reserve: list[Placed] = field(default_factory=list)
    """Passages that no stretch needs yet, each with the one that it suits best; the best first."""
    spare: list[Placed] = field(default_factory=list)
    """The same for what is better not said."""
    anywhere: bool = False
    """Passages may end behind every sentence, whatever introduces their terms."""

    def split(self, *, everything: bool) -> None:
        """Let passages end behind every sentence that promises nothing, and say what is better not said: the length
        goes before the end of a thought, but not before the abstract, unless it is `everything`, nor before what came
        out."""
        self.anywhere = True
        self.reserve += self.spare
        self.spare = []
        for segment in self.segments:
            for passage in segment.passages:
                result = segment.segment_type is SegmentType.KEY_FINDING
                abstract = passage.said[0].kind == "abstract" and not everything
                passage.whole = passage.whole and (result or abstract)
        for passage in (
            *(passage for segment in self.segments for passage in segment.passages),
            *(passage for _, passage in self.reserve),
        ):
            row = [*passage.said, *passage.more]
            passage.ends = {at: False for at, unit in enumerate(row, 1) if not unfinished(unit)}


def unmet(segments: Sequence[DraftSegment]) -> int:
    """Terms that come up before anything has introduced them."""
    met: set[str] = set()
    missing = 0
    for segment in segments:
        for unit in segment.units:
            missing += len(unit.terms - unit.introduces - met)
            met |= unit.terms
    return missing


def keep_order(segments: Sequence[DraftSegment], stretch: DraftSegment) -> None:
    """Put the passages of a stretch as the paper has them, unless a term then comes before its introduction."""
    chosen, missing = stretch.passages, unmet(segments)
    stretch.passages = chosen[:1]
    for passage in chosen[1:]:
        stretch.put(passage)
    if unmet(segments) > missing:
        stretch.passages = chosen


def as_argued(segments: Sequence[DraftSegment]) -> list[DraftSegment]:
    """The hosts' stretches as a paper argues: problem, method, results and what they mean, each type in one go.

    A picture comes behind the result that it shows. There is no aside: what hosts add of their own no paper holds, and
    what the paper has instead would only be told out of its place.
    """
    told = [one for one in segments if one.segment_type is not SegmentType.TANGENT]
    result = next((at for at, one in enumerate(told) if one.segment_type is SegmentType.KEY_FINDING), None)

    def place(at: int) -> tuple[float, int, int]:
        kind = told[at].segment_type
        early = kind is SegmentType.FIGURE_DISCUSSION and result is not None and at < result
        return kind.row.rank or 0.0, (result or 0) if early else at, early

    joined: list[DraftSegment] = []
    for at in sorted(range(len(told)), key=place):
        one, before = told[at], joined[-1] if joined else None
        same = before is not None and before.segment_type is one.segment_type
        if same and before is not None and one.segment_type is not SegmentType.FIGURE_DISCUSSION:
            before.share += one.share
            before.budget += one.budget
        else:
            joined.append(replace(one, passages=list(one.passages)))
    return joined


def arranged(segments: Sequence[DraftSegment], topic_words: int) -> list[DraftSegment]:
    """The stretches for which there is room, each with the words of a topic at least.

    As long as they need more words than there are, the smallest goes of those that have one of its type before them,
    then what an episode can best do without. Their time goes to the others.
    """
    kept = [one for one in as_argued(segments) if one.segment_type not in NO_SOURCES]
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


def hand_over(segments: Sequence[DraftSegment], stretch: DraftSegment, words: int) -> None:
    """Let a stretch have so many words; what that leaves goes to all others, or comes from them."""
    before, share = stretch.budget, stretch.share
    rest, others = sum(one.budget for one in segments) - before, sum(one.share for one in segments) - share
    if not 0 < words < before + rest or not rest:
        return
    scale = (rest + before - words) / rest
    stretch.budget, stretch.share = words, share + others * (1.0 - scale)
    for one in segments:
        if one is not stretch:
            one.budget, one.share = max(1, round(one.budget * scale)), one.share * scale


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
