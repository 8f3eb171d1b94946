"""Drafts: the runs of an episode while it is being planned, and what happens to their time when one falls out."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from podcast_dspy.documents.graph import DocumentAtom
from podcast_dspy.generation.material import Unit
from podcast_dspy.generation.script import EpisodePlan
from podcast_dspy.signatures.types import SegmentType

__all__ = ["NO_SOURCES", "Draft", "DraftSegment", "roomy", "without"]

NO_SOURCES = frozenset({SegmentType.TRANSITION})
"""Types that say nothing of the paper."""
_ROOM = 24
"""Words that a run needs: an opener and one sentence."""
_FEWEST = 4
"""Runs that an episode keeps however short it is."""


@dataclass
class DraftSegment:
    """One run being planned: what it is for, how many spoken words it may take, and its units."""

    segment_type: SegmentType
    share: float
    budget: int
    units: list[Unit] = field(default_factory=list)
    reserve: list[Unit] = field(default_factory=list)
    figure: DocumentAtom | None = None


@dataclass
class Draft:
    """The public plan together with the units behind it."""

    plan: EpisodePlan
    segments: list[DraftSegment]


def roomy(segments: list[DraftSegment]) -> list[DraftSegment]:
    """The runs that have room for a sentence; in a short episode the others give their words to the rest.

    The smallest run goes first, as long as others of its type or at least four runs remain. A transition goes with
    the run that it leads into.
    """
    kept = list(segments)
    while True:
        small = min(
            (one for one in kept if one.segment_type not in NO_SOURCES),
            key=lambda one: one.budget,
            default=None,
        )
        content = [one for one in kept if one.segment_type not in NO_SOURCES]
        if small is None or small.budget >= _ROOM or len(content) <= _FEWEST:
            return kept
        kept = without(kept, (), small)


def without(
    segments: list[DraftSegment], kinds: Collection[SegmentType], run: DraftSegment | None = None
) -> list[DraftSegment]:
    """The runs without one, or without those of some types; the rest share their time."""
    gone = [index for index, one in enumerate(segments) if one is run or one.segment_type in kinds]
    # What leads into a run goes with it.
    gone += [index - 1 for index in gone if index and segments[index - 1].segment_type in NO_SOURCES]
    kept = [one for index, one in enumerate(segments) if index not in gone]
    dropped = [one for index, one in enumerate(segments) if index in gone]
    words, share = sum(one.budget for one in dropped), sum(one.share for one in dropped)
    rest = sum(one.budget for one in kept)
    for one in kept:
        part = one.budget / rest
        one.budget += round(words * part)
        one.share += share * part
    return kept
