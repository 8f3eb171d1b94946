"""Drafts: the runs of an episode while it is being planned, and what happens to their time when one falls out."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest

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
    core: Unit | None = None
    """The unit that suits the run best: it stays, whatever the length."""


@dataclass
class Draft:
    """The public plan together with the units behind it."""

    plan: EpisodePlan
    segments: list[DraftSegment]


def roomy(segments: list[DraftSegment]) -> list[DraftSegment]:
    """The runs that have room for a sentence; in a short episode the others give their words to the rest.

    The smallest run goes first, as long as at least four remain; the introduction that begins the episode stays,
    since nobody else says what paper it is about. A transition goes with the run that it leads into.
    """
    kept = list(segments)
    while True:
        content = [one for one in kept if one.segment_type not in NO_SOURCES]
        welcome = content[:1] if content and content[0].segment_type is SegmentType.INTRO else []
        small = min(content[len(welcome) :], key=lambda one: one.budget, default=None)
        if small is None or small.budget >= _ROOM or len(content) <= _FEWEST:
            return kept
        kept = without(kept, [small])


def without(segments: Sequence[DraftSegment], gone: Collection[DraftSegment]) -> list[DraftSegment]:
    """The runs without some of them, and without what leads into those; the rest share their time."""
    going = {id(run) for run in gone}
    kept: list[DraftSegment] = []
    for run, following in zip_longest(segments, segments[1:]):
        leads = run.segment_type in NO_SOURCES and following is not None and id(following) in going
        if id(run) not in going and not leads:
            kept.append(run)
    words = sum(run.budget for run in segments) - sum(run.budget for run in kept)
    share = sum(run.share for run in segments) - sum(run.share for run in kept)
    rest = sum(run.budget for run in kept)
    for run in kept:
        part = run.budget / rest
        run.budget += round(words * part)
        run.share += share * part
    return kept
