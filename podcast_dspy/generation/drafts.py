"""Drafts: the stretches of an episode while it is planned, and how they get the length that was planned.

A stretch is what is said in one go of one segment type. One that falls out leaves its time to the others; passages go
in and out until each stretch, and the whole, is as long as it should be.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Final

from podcast_dspy.documents.graph import DocumentAtom
from podcast_dspy.generation.script import EpisodePlan
from podcast_dspy.generation.units import Unit
from podcast_dspy.profiles.profile import AggregatedProfile, nearest_depth
from podcast_dspy.signatures.types import SegmentType

__all__ = ["NO_SOURCES", "Draft", "DraftSegment", "fit_length", "more_pictures", "roomy", "without"]

NO_SOURCES = frozenset(kind for kind in SegmentType if not kind.row.sources)
"""Types that say nothing of the paper."""
ROOM = 24
"""Words that a stretch needs: an opener and one sentence."""
_FEWEST = 4
"""Stretches that an episode keeps if it has room for so many; else it says what paper it is about, and what came
out."""
_SPARE: Final = tuple(sorted((k for k in SegmentType if k.row.keeps), key=lambda kind: -kind.row.keeps))
"""What an episode can do without, the last first: it says what paper it is about, and what came out."""


@dataclass
class DraftSegment:
    """One stretch being planned: what it is for, how many spoken words it may take, and its units."""

    segment_type: SegmentType
    share: float
    budget: int
    units: list[Unit] = field(default_factory=list)
    reserve: list[Unit] = field(default_factory=list)
    figure: DocumentAtom | None = None
    core: Unit | None = None
    """The unit that suits the stretch best: it stays, whatever the length."""

    def say(self, units: Iterable[Unit]) -> None:
        """Make these the stretch's units, in the paper's order; what is about the stretch's picture comes first."""
        picture = self.figure.atom_id if self.figure is not None else None
        self.units = sorted(
            units, key=lambda unit: (picture is not None and picture not in unit.about, unit.order)
        )


@dataclass
class Draft:
    """The public plan together with the units behind it."""

    plan: EpisodePlan
    segments: list[DraftSegment]


def roomy(segments: list[DraftSegment]) -> list[DraftSegment]:
    """The stretches of an episode in which each has room for a sentence; in a short one the others give their words
    away.

    As long as a stretch is too small and more remain than must: of a type that has several stretches the smallest
    goes, to the next of its type; when each type has one, what an episode can best do without. A transition goes with
    the stretch that it leads into.
    """
    kept = list(segments)
    fewest = _FEWEST if sum(one.budget for one in segments) >= _FEWEST * ROOM else 2
    while True:
        content = [one for one in kept if one.segment_type not in NO_SOURCES]
        if len(content) <= fewest or all(one.budget >= ROOM for one in content):
            return kept
        count = Counter(one.segment_type for one in content)
        twins = [one for one in content if count[one.segment_type] > 1 and one.budget < ROOM]
        if twins:
            small = min(twins, key=lambda one: one.budget)
            receiver = next(
                one for one in content if one is not small and one.segment_type is small.segment_type
            )
            kept = without(kept, [small], receiver=receiver)
        else:
            spare = min(content, key=lambda one: (-_SPARE.index(one.segment_type), one.budget))
            kept = without(kept, [spare])


def without(
    segments: Sequence[DraftSegment], gone: Collection[DraftSegment], *, receiver: DraftSegment | None = None
) -> list[DraftSegment]:
    """The stretches without some of them and without what leads into those; their time goes to `receiver`, else to
    all."""
    going = {id(stretch) for stretch in gone}
    kept: list[DraftSegment] = []
    for stretch, following in zip_longest(segments, segments[1:]):
        ahead = stretch.segment_type in NO_SOURCES and following is not None and id(following) in going
        if id(stretch) not in going and not ahead:
            kept.append(stretch)
    words = sum(stretch.budget for stretch in segments) - sum(stretch.budget for stretch in kept)
    share = sum(stretch.share for stretch in segments) - sum(stretch.share for stretch in kept)
    receivers = [receiver] if receiver is not None else kept
    rest = sum(stretch.budget for stretch in receivers)
    for stretch in receivers:
        part = stretch.budget / rest
        stretch.budget += round(words * part)
        stretch.share += share * part
    return kept


def more_pictures(
    segments: Sequence[DraftSegment], profile: AggregatedProfile, *, seconds: float, pictures: int
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
            or big.budget < 2 * ROOM
            or len(stretches) >= target.segment_count_range[1]
        ):
            return stretches
        place = next(index for index, stretch in enumerate(stretches) if stretch is big)
        half = big.budget // 2
        stretches[place : place + 1] = [
            DraftSegment(SegmentType.FIGURE_DISCUSSION, big.share / 2.0, budget)
            for budget in (half, big.budget - half)
        ]


_TOLERANCE = 0.01
"""Share of the target within which the whole counts as met."""


def fit_length(
    segments: Sequence[DraftSegment], lengths: Sequence[int], target: float, *, stretches: bool = True
) -> bool:
    """Exchange units with the reserves, given the spoken words of each stretch; False when nothing had to change.

    Each stretch is brought as near to its own budget as its units allow, unless `stretches` is False, then the whole to
    `target` spoken words.
    """
    taken = {unit.order for segment in segments for unit in segment.units}
    lack = [float(segment.budget - length) for segment, length in zip(segments, lengths, strict=True)]
    gap = target - sum(lengths)
    changed = False
    for index, segment in enumerate(segments if stretches else ()):
        before = lack[index]
        lack[index] = _fit_stretch(segment, before, taken)
        gap += lack[index] - before
        changed |= lack[index] != before
    while abs(gap) > _TOLERANCE * target:
        step = _exchange(segments, lack, taken, gap)
        if step == 0:
            break
        gap += step
        changed = True
    return changed


def _fit_stretch(segment: DraftSegment, lack: float, taken: set[int]) -> float:
    """Drop or add units while that brings the stretch nearer to its budget; what it still lacks in words."""
    while True:
        drop = min(_droppable(segment), key=lambda unit: abs(lack + unit.words), default=None)
        if drop is not None and len(segment.units) > 1 and abs(lack + drop.words) < abs(lack):
            _drop(segment, drop, taken)
            lack += drop.words
            continue
        free = [unit for unit in segment.reserve if unit.order not in taken]
        add = min(free, key=lambda unit: abs(lack - unit.words), default=None)
        if add is not None and abs(lack - add.words) < abs(lack):
            _add(segment, add, taken)
            lack -= add.words
            continue
        return lack


def _droppable(segment: DraftSegment) -> list[Unit]:
    """All but the stretch's core, a picture's caption, which says what the rest is about, and what a unit points at."""
    pointed = {unit.order - 1 for unit in segment.units if unit.dangling}
    return [
        unit
        for unit in segment.units
        if not unit.verbatim and unit.order not in pointed and unit != segment.core
    ]


def _exchange(segments: Sequence[DraftSegment], lack: list[float], taken: set[int], gap: float) -> int:
    """One unit more where a stretch lacks most, or one less where it has most to spare; the change of the gap, 0 if
    none.

    Only a unit that brings the whole nearer to its target is moved.
    """
    if gap > 0:
        choices = [
            (lack[index], -index, unit)
            for index, segment in enumerate(segments)
            for unit in segment.reserve
            if unit.order not in taken and unit.words < 2 * gap
        ]
        if not choices:
            return 0
        _, negative, unit = max(choices, key=lambda choice: choice[:2])
        _add(segments[-negative], unit, taken)
        lack[-negative] -= unit.words
        return -unit.words
    drops = [
        (-lack[index], -index, unit)
        for index, segment in enumerate(segments)
        for unit in _droppable(segment)
        if len(segment.units) > 1 and unit.words < -2 * gap
    ]
    if not drops:
        return 0
    _, negative, unit = max(drops, key=lambda choice: choice[:2])
    _drop(segments[-negative], unit, taken)
    lack[-negative] += unit.words
    return unit.words


def _add(segment: DraftSegment, unit: Unit, taken: set[int]) -> None:
    segment.say([*segment.units, unit])
    segment.reserve = [one for one in segment.reserve if one.order != unit.order]
    taken.add(unit.order)


def _drop(segment: DraftSegment, unit: Unit, taken: set[int]) -> None:
    segment.units = [one for one in segment.units if one.order != unit.order]
    segment.reserve = [*segment.reserve, unit]
    taken.discard(unit.order)
