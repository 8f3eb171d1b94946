"""Drafts: the runs of an episode while it is being planned, and what happens to their time when one falls out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Final

from podcast_dspy.documents.graph import DocumentAtom
from podcast_dspy.generation.material import Unit
from podcast_dspy.generation.script import EpisodePlan
from podcast_dspy.signatures.types import SegmentType

__all__ = ["NO_SOURCES", "ROOM", "Draft", "DraftSegment", "roomy", "without"]

NO_SOURCES = frozenset({SegmentType.TRANSITION})
"""Types that say nothing of the paper."""
ROOM = 24
"""Words that a run needs: an opener and one sentence."""
_FEWEST = 4
"""Runs that an episode keeps if it has room for so many; else it says what paper it is about, and what came out."""
_SPARE: Final = (
    SegmentType.INTRO,
    SegmentType.KEY_FINDING,
    SegmentType.PROBLEM_STATEMENT,
    SegmentType.METHODOLOGY,
    SegmentType.IMPLICATION,
    SegmentType.LIMITATION,
    SegmentType.BACKGROUND,
    SegmentType.FIGURE_DISCUSSION,
    SegmentType.CONCLUSION,
    SegmentType.TANGENT,
)
"""What an episode can do without, the last first: it says what paper it is about, and what came out."""


@dataclass
class DraftSegment:
    """One run being planned: what it is for, how many spoken words it may take, and its units."""

    segment_type: SegmentType
    share: float
    budget: int
    units: list[Unit] = field(default_factory=list)
    reserve: list[Unit] = field(default_factory=list)
    figure: DocumentAtom | None = None
    core: Unit | None = None
    """The unit that suits the run best: it stays, whatever the length."""

    def say(self, units: Iterable[Unit]) -> None:
        """Make these the run's units, in the paper's order; what is about the run's picture comes first."""
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
    """The runs of an episode in which each has room for a sentence; in a short one the others give their words away.

    As long as a run is too small and more remain than must: of a type that has several runs the smallest goes, to the
    next of its type; when each type has one, what an episode can best do without. A transition goes with the run
    that it leads into.
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
            heir = next(one for one in content if one is not small and one.segment_type is small.segment_type)
            kept = without(kept, [small], heir=heir)
        else:
            spare = min(content, key=lambda one: (-_SPARE.index(one.segment_type), one.budget))
            kept = without(kept, [spare])


def without(
    segments: Sequence[DraftSegment], gone: Collection[DraftSegment], *, heir: DraftSegment | None = None
) -> list[DraftSegment]:
    """The runs without some of them and without what leads into those; their time goes to `heir`, else to all."""
    going = {id(run) for run in gone}
    kept: list[DraftSegment] = []
    for run, following in zip_longest(segments, segments[1:]):
        leads = run.segment_type in NO_SOURCES and following is not None and id(following) in going
        if id(run) not in going and not leads:
            kept.append(run)
    words = sum(run.budget for run in segments) - sum(run.budget for run in kept)
    share = sum(run.share for run in segments) - sum(run.share for run in kept)
    heirs = [heir] if heir is not None else kept
    rest = sum(run.budget for run in heirs)
    for run in heirs:
        part = run.budget / rest
        run.budget += round(words * part)
        run.share += share * part
    return kept
