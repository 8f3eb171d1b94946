"""Drafts: the stretches of an episode while it is planned, their passages, and how they get the length planned.

A stretch is what is said in one go of one segment type. A passage is a row of neighbouring sentences of the paper, from
where it can be understood; it gets longer and shorter at its end.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from typing import Final

from podcast_dspy.documents.graph import DocumentAtom
from podcast_dspy.generation.script import EpisodePlan
from podcast_dspy.generation.units import Unit, unfinished
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


@dataclass
class Draft:
    """The public plan together with the passages behind it."""

    plan: EpisodePlan
    segments: list[DraftSegment]
    reserve: list[tuple[DraftSegment, Passage]] = field(default_factory=list)
    """Passages that no stretch needs yet, each with the one that it suits best; the best first."""
    anywhere: bool = False
    """Passages may end behind every sentence, whatever introduces their terms."""

    def split(self) -> None:
        """Let passages end behind every sentence that promises nothing: the length goes before the end of a thought."""
        self.anywhere = True
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


_TOLERANCE: Final = 0.01
"""Share of the target within which the whole counts as met."""
_BALANCE: Final = 0.3
"""What a word counts by which a stretch leaves its own budget, beside one by which the whole does."""
_THIN: Final = 60.0
"""Words by which the whole may be off before a passage is no whole one any more."""
_RANK: Final = 0.5
"""The same for each passage of the reserve that suits better."""
_STEPS: Final = 400


@dataclass(frozen=True)
class _Move:
    """One change of a draft: a passage longer or shorter by a sentence, or one more or one less."""

    segment: DraftSegment
    passage: Passage
    change: str
    words: float
    count: int = 1
    """Sentences by which it gets longer or shorter."""


def fit_length(draft: Draft, lengths: Sequence[int], target: float, length: Callable[[str], int]) -> bool:
    """Make passages longer and shorter until the whole is as long as it should be; False when nothing had to change.

    `lengths` are the spoken words of each stretch as it is, `length` says those of a text. No change may leave a term
    without its introduction.
    """
    gap: float = target - sum(lengths)
    lack: dict[int, float] = {
        id(one): one.budget - words for one, words in zip(draft.segments, lengths, strict=True)
    }
    changed = False
    for _ in range(_STEPS):
        if abs(gap) <= _TOLERANCE * target:
            break
        done = _best(draft, gap, lack, length)
        if not done:
            break
        for move in done:
            gap -= move.words
            lack[id(move.segment)] -= move.words
        changed = True
    return changed


def _best(
    draft: Draft, gap: float, lack: dict[int, float], length: Callable[[str], int]
) -> tuple[_Move, ...]:
    """The change, or the two, that bring the whole nearest to its length; made already. Empty if none does."""
    moves = list(_moves(draft, length))
    ranks = {id(passage): rank for rank, (_, passage) in enumerate(draft.reserve)}

    def cost(chosen: tuple[_Move, ...]) -> float:
        off = abs(gap - sum(move.words for move in chosen))
        torn = sum(map(_torn, chosen))
        rank = sum(ranks.get(id(move.passage), 0) for move in chosen if move.change == "in")
        return (
            off
            + _THIN * torn
            + _RANK * rank
            + _BALANCE
            * sum(abs(lack[id(move.segment)] - move.words) - abs(lack[id(move.segment)]) for move in chosen)
        )

    ones: list[tuple[_Move, ...]] = [(move,) for move in moves]
    twos = [
        (longer, shorter)
        for longer, shorter in product(moves, moves)
        if longer.words > 0 > shorter.words and longer.passage is not shorter.passage
    ]
    faults = unmet(draft.segments)
    candidates = [*ones, *twos] if abs(gap) < _SMALL else ones
    for chosen in sorted(candidates, key=cost):
        if abs(gap - sum(move.words for move in chosen)) >= abs(gap) - 1e-9:
            continue
        for move in chosen:
            _make(draft, move)
        if draft.anywhere or unmet(draft.segments) <= faults:
            return chosen
        for move in reversed(chosen):
            _undo(draft, move)
    return ()


def _torn(move: _Move) -> int:
    """By how much a change leaves no whole passage: cut within a paragraph, and with less than makes it whole."""
    if move.change not in ("longer", "shorter"):
        return 0
    passage = move.passage
    size = len(passage.said) + (move.count if move.change == "longer" else -move.count)
    cut = passage.ends is not None and not passage.ends[size]
    return cut + (move.change == "shorter" and size < passage.least)


_SMALL: Final = 40
"""Words below which one sentence more and another less come nearer than one alone."""


def _moves(draft: Draft, length: Callable[[str], int]) -> Iterator[_Move]:
    taken = {unit.order for segment in draft.segments for unit in segment.units}
    findings = (one for one in draft.segments if one.segment_type is SegmentType.KEY_FINDING and one.passages)
    result = next((one.passages[0] for one in findings), None)
    for segment in draft.segments:
        for passage in segment.passages:
            size, longer, shorter = len(passage.said), passage.next_end(1), passage.next_end(-1)
            if longer is not None and not any(one.order in taken for one in passage.more[: longer - size]):
                added = passage.more[: longer - size]
                yield _Move(segment, passage, "longer", sum(length(one.text) for one in added), longer - size)
            # What came out is told whole, whatever the length.
            least = passage.least if passage is result else 2 if segment.figure else 1  # more than a caption
            if shorter is not None and shorter >= least:
                gone = passage.said[shorter:]
                yield _Move(
                    segment, passage, "shorter", -sum(length(one.text) for one in gone), size - shorter
                )
            elif len(segment.passages) > 1 and passage is segment.passages[-1] and passage is not result:
                yield _Move(segment, passage, "out", -sum(length(unit.text) for unit in passage.said))
    for segment, passage in draft.reserve:
        if not any(unit.order in taken for unit in passage.said):
            yield _Move(segment, passage, "in", sum(length(unit.text) for unit in passage.said))


def _make(draft: Draft, move: _Move) -> None:
    passage, segment = move.passage, move.segment
    if move.change == "longer":
        passage.said += passage.more[: move.count]
        del passage.more[: move.count]
    elif move.change == "shorter":
        passage.more[:0] = passage.said[-move.count :]
        del passage.said[-move.count :]
    elif move.change == "in":
        draft.reserve = [one for one in draft.reserve if one[1] is not passage]
        segment.put(passage)
    else:
        segment.passages = [one for one in segment.passages if one is not passage]
        draft.reserve.append((segment, passage))


_OPPOSITE: Final = {"longer": "shorter", "shorter": "longer", "in": "out", "out": "in"}


def _undo(draft: Draft, move: _Move) -> None:
    _make(draft, replace(move, change=_OPPOSITE[move.change], words=-move.words))
