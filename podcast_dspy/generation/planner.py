"""Planner: from a paper, a profile and a length to a plan, the stretches of an episode with their source units."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from podcast_dspy.documents.graph import DocumentAtom, DocumentGraph
from podcast_dspy.errors import DocumentError
from podcast_dspy.generation.adjustments import Adjustments
from podcast_dspy.generation.drafts import NO_SOURCES, Draft, DraftSegment, more_pictures, roomy, without
from podcast_dspy.generation.features import preferences
from podcast_dspy.generation.script import EpisodePlan, PlannedSegment
from podcast_dspy.generation.sources import affinity, may_say
from podcast_dspy.generation.units import Unit, announces, caption_units, paper_units, presents
from podcast_dspy.generation.zones import zone_fit
from podcast_dspy.profiles.profile import AggregatedProfile
from podcast_dspy.signatures.types import SegmentType

__all__ = ["episode_seconds", "plan_episode"]

_RESERVE = 5
"""Units kept ready behind each stretch, so that the length can grow without planning again."""
_MIN_WORDS = 8
_AGAIN = 0.5
"""What a further passage about a concept is worth, of what the one before it was."""
_ENOUGH = 3
"""Passages about a concept that make a full explanation."""


def episode_seconds(profile: AggregatedProfile, depth: str, minutes: float | None) -> float:
    """Length to aim at in seconds: the minutes asked for, else the middle of the depth's range."""
    if minutes is not None:
        return minutes * 60.0
    target = next(value for key, value in profile.depth_targets.items() if key == depth)
    return sum(target.duration_range) / 2.0


def _shares(profile: AggregatedProfile, adjustments: Adjustments) -> list[float]:
    sequence = profile.canonical_segment_sequence
    raw = profile.segment_time_shares
    if len(raw) != len(sequence):
        raw = tuple(sum(profile.segment_duration_targets.get(kind, (20.0, 40.0))) for kind in sequence)
    scaled = [
        share * adjustments.type_scale.get(kind, 1.0) for share, kind in zip(raw, sequence, strict=True)
    ]
    total = sum(scaled)
    return [share / total for share in scaled]


class _Chooser:
    """Greedy choice of units: each gains by fitting the stretch, by its importance and by uncovered concepts."""

    def __init__(self, graph: DocumentGraph, units: Sequence[Unit], adjustments: Adjustments) -> None:
        self.units = units
        self.adjustments = adjustments
        self.importance = {concept.name: concept.importance for concept in graph.key_concepts}
        wanted = preferences(units, adjustments.selection)
        self.preferred = {unit.order: value for unit, value in zip(units, wanted, strict=True)}
        self.zones = zone_fit(units)
        self.used: set[int] = set()
        self.covered: Counter[str] = Counter()

    def score(self, unit: Unit, segment_type: SegmentType) -> float:
        fit = affinity(unit, segment_type, self.adjustments.source_weights)
        if not unit.verbatim:
            fit += self.zones[segment_type][unit.order]
        fresh = [
            self.importance.get(name, 0.0) * _AGAIN ** self.covered[name]
            for name in unit.concepts
            if self.covered[name] < _ENOUGH
        ]
        gain = fit + self.adjustments.selection_weight * self.preferred[unit.order]
        if not self.adjustments.selection:
            gain += 0.5 * unit.importance
        gain += self.adjustments.concept_weight * min(1.0, sum(fresh))
        if unit.defines and any(not self.covered[name] for name in unit.concepts):
            gain += self.adjustments.definition_weight
        longest = self.adjustments.max_sentence_words
        if unit.words > longest:
            gain -= 0.02 * (unit.words - longest)
        return gain

    def take(self, segment: DraftSegment, words: int, wanted: Sequence[Unit] = ()) -> list[Unit]:
        """Units for `words` spoken words; `wanted` ones first. What is taken is not taken again."""
        chosen: list[Unit] = []
        room = words
        for unit in wanted:
            if room > 0 and unit.order not in self.used:
                room -= self._use(unit, chosen)
        while room > 0:
            rest = [unit for unit in self.units if unit.order not in self.used and _suits(unit, segment)]
            # What points back needs what it points at right before it.
            held = {unit.order for unit in chosen}
            rest = [unit for unit in rest if not unit.dangling or unit.order - 1 in held] or rest
            if not rest:
                break
            best = max(
                rest,
                key=lambda unit: (
                    self.score(unit, segment.segment_type) + self._tie(unit, held),
                    -unit.order,
                ),
            )
            if best.words > 1.6 * room and chosen:
                break
            room -= self._use(best, chosen)
        return chosen

    def leave_out(self, units: Iterable[Unit]) -> None:
        """No stretch takes these."""
        self.used.update(unit.order for unit in units)

    def peek(self, segment: DraftSegment, count: int) -> list[Unit]:
        """The next best units, left for others to take; those that go on from what the stretch says gain by it."""
        held = {unit.order for unit in segment.units}
        kind = segment.segment_type
        rest = [
            unit
            for unit in self.units
            if unit.order not in self.used
            and (not unit.dangling or unit.order - 1 in held)
            and _suits(unit, segment)
        ]
        return sorted(rest, key=lambda unit: (-self.score(unit, kind) - self._tie(unit, held), unit.order))[
            :count
        ]

    def _tie(self, unit: Unit, held: set[int]) -> float:
        """What a unit gains by going on from, or leading up to, what the stretch already takes."""
        near = (unit.order - 1 in held and self._same(unit, -1)) or (
            unit.order + 1 in held and self._same(unit, 1)
        )
        return self.adjustments.continuity_weight if near else 0.0

    def _same(self, unit: Unit, step: int) -> bool:
        """Whether the neighbouring unit stands in the same section."""
        other = self.units[unit.order + step]
        return other.kind == unit.kind and other.section == unit.section

    def _use(self, unit: Unit, chosen: list[Unit]) -> int:
        self.used.add(unit.order)
        self.covered.update(unit.concepts)
        chosen.append(unit)
        return unit.words


def _suits(unit: Unit, segment: DraftSegment) -> bool:
    """Whether a stretch may say a unit: while one picture is described, nothing is said about another."""
    if not may_say(unit, segment.segment_type):
        return False
    return segment.figure is None or not unit.about or segment.figure.atom_id in unit.about


def _pick_figure(graph: DocumentGraph, units: Sequence[Unit], taken: set[str]) -> DocumentAtom | None:
    """The picture not yet discussed that most sentences speak of; earlier ones win ties."""
    pictures = [atom for atom in (*graph.get_figures(), *graph.get_tables()) if atom.atom_id not in taken]
    pictures = [atom for atom in pictures if atom.figure_number and (atom.caption or "").strip()]
    if not pictures:
        return None
    mentions = {atom.atom_id: sum(atom.atom_id in unit.figures for unit in units) for atom in pictures}
    return max(
        pictures, key=lambda atom: (atom.atom_type == "figure", mentions[atom.atom_id], -pictures.index(atom))
    )


def _about(picture: DocumentAtom, units: Sequence[Unit]) -> list[Unit]:
    """What a paper says of a picture: where it names it, and how those paragraphs go on."""
    named = [unit for unit in units if picture.atom_id in unit.figures]
    follow = [unit for unit in units if picture.atom_id in unit.about]
    begins = {unit.atom_id: unit.order for unit in reversed(named)}
    return [
        unit
        for unit in dict.fromkeys([*named, *follow])
        if not (unit.dangling and unit.order > begins[unit.atom_id])
    ]


def plan_episode(
    graph: DocumentGraph, profile: AggregatedProfile, adjustments: Adjustments, *, seconds: float
) -> Draft:
    """Plan an episode of `seconds` about a paper.

    The profile gives the stretches, their shares of the time, and how many pictures its depth discusses; the
    adjustments give the words a minute. Units are chosen stretch by stretch, the stretches that depend most on one
    part of the paper first. Raises DocumentError when the paper holds no sentence that can be spoken.
    """
    units = paper_units(graph)
    if not units:
        raise DocumentError(
            f"{graph.source_path}: no sentence in it can be spoken; check with `podcast-dspy kb add` what was read"
        )
    wpm = adjustments.words_per_minute or sum(profile.target_words_per_minute) / 2.0
    shares = _shares(profile, adjustments)
    words = seconds / 60.0 * wpm
    # in a short episode the least that each stretch takes would come to more than the whole
    least = _MIN_WORDS if 2 * _MIN_WORDS * len(shares) <= words else 1
    segments = [
        DraftSegment(kind, share, max(least, round(share * words)))
        for kind, share in zip(profile.canonical_segment_sequence, shares, strict=True)
    ]
    pictures = len(graph.get_figures()) + len(graph.get_tables())
    segments = more_pictures(roomy(segments), profile, seconds=seconds, pictures=pictures)
    chooser = _Chooser(graph, units, adjustments)
    chooser.leave_out(unit for unit in units if announces(unit))
    discussed: set[str] = set()
    for segment in _by_need(segments):
        wanted: list[Unit] = []
        if segment.segment_type is SegmentType.FIGURE_DISCUSSION:
            segment.figure = _pick_figure(graph, units, discussed)
            if segment.figure is None:
                continue
            discussed.add(segment.figure.atom_id)
            chooser.leave_out(unit for unit in units if presents(unit, segment.figure))
            wanted = [*caption_units(graph, segment.figure), *_about(segment.figure, units)]
        if segment.segment_type in NO_SOURCES:
            continue
        segment.units = chooser.take(segment, segment.budget - 6, wanted)
        segment.core = next(iter(segment.units), None)
    # A stretch that found nothing would only announce what does not come.
    segments = without(
        segments, [one for one in segments if not one.units and one.segment_type not in NO_SOURCES]
    )
    if all(one.segment_type in NO_SOURCES for one in segments):
        raise DocumentError(
            f"{graph.source_path}: no sentence in it suits any part of this profile's episodes; choose another profile"
        )
    for segment in segments:
        segment.say(segment.units)
        if segment.segment_type not in NO_SOURCES:
            segment.reserve = chooser.peek(segment, _RESERVE)
    return Draft(plan=_public(graph, segments, seconds, wpm), segments=segments)


def _by_need(segments: Sequence[DraftSegment]) -> list[DraftSegment]:
    """Stretches in the order in which they choose: those with the fewest possible sources first."""
    return sorted(segments, key=lambda segment: segment.segment_type.row.chooses)


def _public(
    graph: DocumentGraph, segments: Sequence[DraftSegment], seconds: float, wpm: float
) -> EpisodePlan:
    planned = tuple(
        PlannedSegment(
            segment_id=f"seg_{index:03d}",
            segment_type=segment.segment_type,
            seconds=segment.share * seconds,
            word_budget=segment.budget,
            atom_ids=tuple(dict.fromkeys(unit.atom_id for unit in segment.units)),
            figure_ids=(segment.figure.atom_id,) if segment.figure else (),
            concepts=tuple(dict.fromkeys(name for unit in segment.units for name in unit.concepts)),
        )
        for index, segment in enumerate(segments)
    )
    return EpisodePlan(title=graph.title, target_seconds=seconds, words_per_minute=wpm, segments=planned)
