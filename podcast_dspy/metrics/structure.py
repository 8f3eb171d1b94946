"""Structure loss: whether the types of segment come in the reference's order and take its shares of the time."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from itertools import groupby
from typing import Any, Final

from podcast_dspy.analysis.results import AlignedSegment
from podcast_dspy.errors import UsageError
from podcast_dspy.generation.script import EpisodePlan, Script, ScriptSegment
from podcast_dspy.metrics.content_units import content_units, expressed, same_order
from podcast_dspy.metrics.loss import Feedback, MeasuredLoss, ScoringOptions, spoken_text
from podcast_dspy.pairs.pair import TrainingPair
from podcast_dspy.settings import LossWeights

Run = tuple[str, float]
"""(segment type, share of the whole 0-1): neighbouring segments of one type make one run."""

_TICKS: Final = 1000
_ORDER_WEIGHT: Final = 0.6
_SHARE_WEIGHT: Final = 0.4
_BUDGET_SECONDS: Final = 5.0
_BUDGET_SHARE: Final = 0.25
_TOLD: Final = 0.04
"""Difference in time share (of the whole episode) from which feedback is given."""


def calculate_structure_loss(
    generated_segments: Sequence[ScriptSegment],
    reference_aligned: Sequence[AlignedSegment],
    *,
    plan: EpisodePlan | None = None,
) -> tuple[float, dict[str, Any]]:
    """1 - (0.6 sequence similarity + 0.4 distribution similarity), 0 for the same timeline (spec 4.2).

    The two timelines are compared, each stretched to length 1 and cut into 1,000 ticks: the sequence similarity is
    1 minus the normalised edit distance between the ticks' types, the distribution similarity 1 minus half the
    summed differences of time shares. Merging runs and weighting by time is what makes it independent of
    granularity: over bare segment lists, 149 segments of speech recognition and 59 of a script with the same types in
    the same places cannot fall below 0.535. Generated segments count by their times, or by their words before they are
    voiced. With the `plan`, the feedback is also about voiced segments that left their budget. Raises UsageError when a
    side has no segments or no length.
    """
    if not generated_segments:
        raise UsageError("no segments: structure needs a script with segments, not plain text")
    if not reference_aligned:
        raise UsageError("the reference has no typed segments; run `podcast-dspy analyze` on the pair")
    generated = runs(_lengths(generated_segments))
    reference = runs([(str(item.segment_type), _seconds(item)) for item in reference_aligned])
    first, second = _ticks(generated), _ticks(reference)
    distance = _edit_distance(first, second)
    sequence = 1 - distance / _TICKS
    made, wanted = _shares(generated), _shares(reference)
    kinds = sorted(made.keys() | wanted.keys())
    distribution = 1 - sum(abs(made.get(kind, 0.0) - wanted.get(kind, 0.0)) for kind in kinds) / 2
    loss = 1 - (_ORDER_WEIGHT * sequence + _SHARE_WEIGHT * distribution)
    return min(1.0, max(0.0, loss)), {
        "sequence_similarity": sequence,
        "distribution_similarity": distribution,
        "segment_type_accuracy": sum(a == b for a, b in zip(first, second, strict=True)) / _TICKS,
        "edit_distance": distance / _TICKS,
        "generated_segment_count": len(generated_segments),
        "reference_segment_count": len(reference_aligned),
        "generated_runs": generated,
        "reference_runs": reference,
        "time_shares": {kind: (made.get(kind, 0.0), wanted.get(kind, 0.0)) for kind in kinds},
        "feedback": (*_budgets(generated_segments, plan), *_feedback(generated_segments, made, wanted)),
    }


def _lengths(segments: Sequence[ScriptSegment]) -> list[tuple[str, float]]:
    """Types with seconds once all segments are voiced, with words before."""
    timed = all(item.start_time is not None and item.end_time is not None for item in segments)
    return [
        (
            str(item.segment_type),
            (item.end_time or 0.0) - (item.start_time or 0.0) if timed else float(item.words),
        )
        for item in segments
    ]


def _seconds(segment: AlignedSegment) -> float:
    spoken = segment.transcript_segment
    return spoken.duration if spoken.duration > 0 else spoken.end_time - spoken.start_time


def runs(spans: Sequence[tuple[str, float]]) -> tuple[Run, ...]:
    """Neighbouring spans of one type merged, lengths as shares of the whole; spans without length are dropped.

    Raises UsageError when a length is negative or not finite, or nothing has a length.
    """
    if any(not math.isfinite(length) or length < 0 for _, length in spans):
        raise UsageError("a segment ends before it begins; voice the script again or leave its times out")
    total = math.fsum(length for _, length in spans)
    if total <= 0:
        raise UsageError("no segments with any length: all are empty")
    kept = ((kind, length) for kind, length in spans if length > 0)
    return tuple(
        (kind, math.fsum(length for _, length in group) / total)
        for kind, group in groupby(kept, key=lambda span: span[0])
    )


def _ticks(merged: Sequence[Run]) -> list[str]:
    """Type at the middle of each of 1,000 equal parts of the timeline."""
    ticks: list[str] = []
    end = 0.0
    for kind, share in merged:
        end += share
        # A hair of slack keeps rounding from moving a boundary that falls on a tick.
        until = min(_TICKS, math.floor(end * _TICKS + 0.5 - 1e-6))
        ticks.extend([kind] * (until - len(ticks)))
    ticks.extend([merged[-1][0]] * (_TICKS - len(ticks)))
    return ticks


def _edit_distance(first: Sequence[str], second: Sequence[str]) -> int:
    from rapidfuzz.distance import Levenshtein

    codes: dict[str, int] = {}
    return int(
        Levenshtein.distance(
            [codes.setdefault(kind, len(codes)) for kind in first],
            [codes.setdefault(kind, len(codes)) for kind in second],
        )
    )


def _shares(merged: Sequence[Run]) -> dict[str, float]:
    shares: defaultdict[str, float] = defaultdict(float)
    for kind, share in merged:
        shares[kind] += share
    return dict(shares)


def _budgets(segments: Sequence[ScriptSegment], plan: EpisodePlan | None) -> tuple[Feedback, ...]:
    """Voiced segments that took a quarter (and five seconds) more or less than planned."""
    planned = {item.segment_id: item.seconds for item in plan.segments} if plan else {}
    lines = []
    for place, item in enumerate(segments, 1):
        budget = planned.get(item.segment_id)
        if budget is None or item.start_time is None or item.end_time is None:
            continue
        apart = item.end_time - item.start_time - budget
        if abs(apart) < max(_BUDGET_SECONDS, _BUDGET_SHARE * budget):
            continue
        side = "over" if apart > 0 else "under"
        text = (
            f"segment {place} ({item.segment_type}) ran {abs(apart):.0f} s {side} its {budget:.0f} s budget"
        )
        lines.append(Feedback(predictor="writer", loss="structure", text=text))
    return tuple(lines)


def _feedback(
    segments: Sequence[ScriptSegment], made: dict[str, float], wanted: dict[str, float]
) -> tuple[Feedback, ...]:
    lines = []
    for kind in sorted(
        made.keys() | wanted.keys(),
        key=lambda name: (-abs(made.get(name, 0.0) - wanted.get(name, 0.0)), name),
    ):
        here, there = made.get(kind, 0.0), wanted.get(kind, 0.0)
        if abs(here - there) < _TOLD:
            break
        places = [str(place + 1) for place, item in enumerate(segments) if item.segment_type == kind]
        if not places:
            text = f"there is no {kind} segment; the reference gives it {there:.0%} of the time"
        elif not there:
            text = f"segment {', '.join(places)} ({kind}): drop it, the reference has no {kind}"
        else:
            verb = "shorten" if here > there else "lengthen"
            text = (
                f"segment {', '.join(places)} ({kind}) takes {here:.0%} of the time, "
                f"{there:.0%} in the reference: {verb} it"
            )
        lines.append(Feedback(predictor="planner", loss="structure", text=text))
    return tuple(lines)


def _measure(
    script: Script | str, pair: TrainingPair, options: ScoringOptions
) -> tuple[float, dict[str, Any]]:
    segments = () if isinstance(script, str) else script.segments
    loss, found = calculate_structure_loss(segments, pair.aligned_segments or (), plan=options.plan)
    graph, reference = pair.document_graph, pair.transcription.transcript_text
    units = content_units(reference, graph, options.similarity)
    order = same_order(
        expressed(spoken_text(script), units, graph), expressed(reference, units, graph), units
    )
    return 1 - (1 - loss) * order, {**found, "types_loss": loss, "content_order": order}


LOSS = MeasuredLoss("structure", LossWeights().structure, _measure)
