"""Planner: from a paper, a profile and a length to a plan, the stretches of an episode with the passages they say."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from itertools import accumulate

from podcast_dspy.documents.graph import DocumentGraph
from podcast_dspy.errors import DocumentError, UsageError
from podcast_dspy.generation.adjustments import Adjustments
from podcast_dspy.generation.choosing import PATCHY, Chooser
from podcast_dspy.generation.drafts import Draft, DraftSegment, Passage, arranged, more_pictures, without
from podcast_dspy.generation.rows import Unit, runs
from podcast_dspy.generation.script import EpisodePlan, PlannedSegment
from podcast_dspy.generation.spoken_sentences import caption_sentences
from podcast_dspy.generation.units import paper_units
from podcast_dspy.profiles.profile import AggregatedProfile
from podcast_dspy.signatures.types import SegmentType

_T = SegmentType
_SHORT_TOPIC, _TOPICS_AT_LEAST = 35, 3.5
"""Words of a topic in the shortest episode, and topics for which one should have room."""


def episode_seconds(profile: AggregatedProfile, depth: str, minutes: float | None) -> float:
    """Length to aim at in seconds: the minutes asked for, else the middle of the depth's range."""
    if minutes is not None:
        return minutes * 60.0
    target = next(value for key, value in profile.depth_targets.items() if key == depth)
    return sum(target.duration_range) / 2.0


def most_seconds(graph: DocumentGraph, profile: AggregatedProfile, adjustments: Adjustments) -> float:
    """Seconds of everything in a paper that can be spoken and followed: no extract of it is longer."""
    wpm = adjustments.words_per_minute or sum(profile.target_words_per_minute) / 2.0
    sayable_words = {
        unit.order: unit.words for run in runs(paper_units(graph)) for unit in run if unit.whole > PATCHY
    }
    captions = [
        sentence
        for picture in (*graph.get_figures(), *graph.get_tables())
        for sentence in caption_sentences(picture)
    ]
    return 60.0 * (sum(sayable_words.values()) + sum(len(one.split()) for one in captions)) / wpm


def plan_episode(
    graph: DocumentGraph, profile: AggregatedProfile, adjustments: Adjustments, *, seconds: float
) -> Draft:
    """Plan an episode of `seconds` about a paper.

    The profile gives the stretches, their shares of the time, and how many pictures its depth discusses; as many stay
    as there is room for topics. A main result is always among them, and the main picture if pictures are. What each
    says is chosen in the order in which it is spoken, so that nothing comes before what introduces its terms.
    Raises DocumentError when the paper holds no sentence that can be spoken.
    """
    units = paper_units(graph)
    if not units:
        raise DocumentError(
            f"{graph.source_path}: no sentence in it can be spoken; check with `podcast-dspy kb add` what was read"
        )
    wpm = adjustments.words_per_minute or sum(profile.target_words_per_minute) / 2.0
    words = seconds / 60.0 * wpm
    chooser = Chooser(graph, units, adjustments)
    pictures = chooser.pictures()
    stretches = [
        DraftSegment(kind, share, max(1, round(share * words)))
        for kind, share in _shares(profile, adjustments, bool(pictures))
    ]
    # In a short episode a topic has to make do with less.
    topic = round(min(adjustments.topic_words, max(_SHORT_TOPIC, words / _TOPICS_AT_LEAST)))
    segments = more_pictures(
        arranged(stretches, topic), profile, seconds=seconds, pictures=len(pictures), topic_words=topic
    )
    about = [one for one in segments if one.segment_type is _T.FIGURE_DISCUSSION]
    for segment, picture in zip(about, pictures, strict=False):
        segment.figure = picture
    segments = without(segments, about[len(pictures) :]) if len(pictures) < len(about) else segments
    chooser.choose(segments)
    if not any(segment.passages for segment in segments):
        raise DocumentError(
            f"{graph.source_path}: no sentence in it suits any part of this profile's episodes; choose another profile"
        )
    # A stretch that found nothing would only announce what does not come.
    segments = without(segments, [segment for segment in segments if not segment.passages])
    return Draft(
        _public(graph, segments, seconds, wpm), segments, chooser.reserve(segments), chooser.spare(segments)
    )


def draft_of(
    plan: EpisodePlan,
    graph: DocumentGraph,
    profile: AggregatedProfile,
    adjustments: Adjustments,
    *,
    seconds: float,
) -> Draft:
    """The draft of a plan that somebody may have edited: its stretches in its order, each with the passages it names.

    An unedited plan is made again for `seconds`. In another, a stretch that is as it was planned says the same
    sentences, any other its passages from their beginning, as far as its words go, and nothing is added to reach the
    length. Raises UsageError for a plan that names no passages of this paper, or that was made by a capable LM.
    """
    if not plan.segments:
        raise UsageError(
            "this plan is a capable model's rundown, or empty; name the model that shall follow it with --lm"
        )
    fresh = plan_episode(graph, profile, adjustments, seconds=plan.target_seconds)
    if plan.segments == fresh.plan.segments:
        return plan_episode(graph, profile, adjustments, seconds=seconds)
    as_planned = {_key(one): draft for one, draft in zip(fresh.plan.segments, fresh.segments, strict=True)}
    units = paper_units(graph)
    atoms = {atom.atom_id: atom for atom in graph.atoms}
    scale, total = seconds / plan.target_seconds, sum(one.seconds for one in plan.segments)
    segments = []
    for planned in plan.segments:
        if unknown := [name for name in (*planned.atom_ids, *planned.figure_ids) if name not in atoms]:
            raise UsageError(
                f"segment {planned.segment_id} of the plan names {', '.join(unknown)}, which this paper has not; "
                "mend it, or plan anew with --plan-only"
            )
        budget = max(1, round(planned.word_budget * scale))
        segment = DraftSegment(planned.segment_type, planned.seconds / total, budget)
        segment.figure = next((atoms[name] for name in planned.figure_ids), None)
        if known := as_planned.get(_key(planned)):
            segment.passages = deepcopy(known.passages)
        elif segment.figure is not None:
            Chooser(graph, units, adjustments).choose([segment])
        else:
            segment.passages = _named(planned, units, budget)
        if not segment.passages:
            raise UsageError(
                f"segment {planned.segment_id} of the plan names no passage that can be spoken; give it some in "
                "`atom_ids`, or delete it"
            )
        segments.append(segment)
    followed = plan.model_copy(update={"target_seconds": seconds})
    return Draft(followed, segments)


def _key(planned: PlannedSegment) -> tuple[object, ...]:
    return planned.segment_type, planned.atom_ids, planned.figure_ids, planned.word_budget


def _named(planned: PlannedSegment, units: Sequence[Unit], budget: int) -> list[Passage]:
    """The passages of a stretch: the sentences of its paragraphs, as far as its words go."""
    passages = []
    for atom in planned.atom_ids:
        own = [unit for unit in units if unit.atom_id == atom]
        words = list(accumulate(unit.words for unit in own))
        count = sum(before < budget for before in (0, *words[:-1])) if own else 0
        if count:
            passages.append(Passage(own[:count], own[count:]))
            budget -= words[count - 1]
    return passages


def _shares(
    profile: AggregatedProfile, adjustments: Adjustments, pictures: bool
) -> list[tuple[SegmentType, float]]:
    """The profile's stretches with their shares of the time; a result, and a picture where there are any, are among
    them even if no host told one."""
    sequence = list(profile.canonical_segment_sequence)
    raw = list(profile.segment_time_shares)
    if len(raw) != len(sequence):
        raw = [sum(profile.segment_duration_targets.get(kind, (20.0, 40.0))) for kind in sequence]
    for kind in (_T.KEY_FINDING, *((_T.FIGURE_DISCUSSION,) if pictures else ())):
        if kind not in sequence and len(sequence) > 1:
            place = next((at for at, one in enumerate(sequence) if one in _CLOSING), len(sequence))
            sequence.insert(place, kind)
            raw.insert(place, sum(raw) / len(raw))
    scaled = [
        share * adjustments.type_scale.get(kind, 1.0) for share, kind in zip(raw, sequence, strict=True)
    ]
    return [(kind, share / sum(scaled)) for kind, share in zip(sequence, scaled, strict=True)]


_CLOSING = frozenset({_T.IMPLICATION, _T.LIMITATION, _T.CONCLUSION})


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
