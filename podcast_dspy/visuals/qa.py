"""What is shown when, and whether it follows the speech: measures it and names each point where it does not."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from podcast_dspy.audio.transcript import TranscriptionResult
from podcast_dspy.documents.graph import DocumentGraph
from podcast_dspy.visuals.figure_mentions import FigureIndex, Mention, Speech, discusses, find_mentions

__all__ = [
    "AnimationType",
    "DesyncIssue",
    "DesyncPoint",
    "TimelineSyncQA",
    "VisualAssetAlignment",
    "VisualType",
    "qa_timeline_sync",
]

_ON_TIME = 2.5
"""Seconds that a figure may come after it is named; shorter visuals would only flash by."""
_LATE = 10.0
"""A figure that comes later than this after its mention is not shown for it."""
_NEARBY = 5.0
"""Seconds around a card within which its words count as nearby (specification)."""
_GAP = 0.5
_QUOTE_EDGE = 1.0


def qa_timeline_sync(
    visual_alignments: Sequence[VisualAssetAlignment],
    transcription: TranscriptionResult,
    document_graph: DocumentGraph,
) -> TimelineSyncQA:
    """Check every figure, quote card and moment of a timeline against the words and their times.

    Major: a figure that the speech around it is not about; a figure named and not shown within 10 s; a quote
    not spoken within 5 s of its card; over 2 s of nothing; visuals over each other. Minor: a figure or quote
    that is off by less; a reference to a figure that the paper has not.
    """
    speech, index = Speech(transcription), FigureIndex(document_graph)
    visuals = sorted(visual_alignments, key=lambda visual: (visual.start_time, visual.end_time))
    mentions = find_mentions(speech.words, transcription.language)
    checked = [_unfit(visual, visuals, speech, index, mentions) for visual in visuals]
    unfit = [point for point in checked if point is not None]
    timing, figure_accuracy = _figure_timing(visuals, mentions, index)
    quotes, quote_accuracy = _quote_timing(visuals, speech)
    shown = [(visual, point) for visual, point in zip(visuals, checked, strict=True) if _has_content(visual)]
    fitting = [visual for visual, point in shown if point is None]
    gaps = _gaps([visual for visual, _ in shown], speech.total)
    points = [*unfit, *timing, *quotes, *_overlaps(visuals), *map(_nothing, gaps)]
    points.sort(key=lambda point: point.timestamp)
    major = sum(point.severity == "major" for point in points)
    score = max(0.0, 100.0 - 20.0 * major - 5.0 * (len(points) - major))
    covered = speech.total - sum(end - start for start, end in _gaps(fitting, speech.total, 0.0))
    return TimelineSyncQA(
        sync_score=score,
        visual_coverage=100.0 * covered / speech.total if speech.total > 0 else math.nan,
        figure_timing_accuracy=figure_accuracy,
        quote_timing_accuracy=quote_accuracy,
        desync_points=tuple(points),
        missing_visuals=_missing(gaps, transcription),
        passed=score >= 80.0,
    )


def _has_content(visual: VisualAssetAlignment) -> bool:
    return bool(visual.figure_path if visual.visual_type == "figure" else visual.quote_text)


def _unfit(
    visual: VisualAssetAlignment,
    visuals: Sequence[VisualAssetAlignment],
    speech: Speech,
    index: FigureIndex,
    mentions: Sequence[Mention],
) -> DesyncPoint | None:
    """A figure whose segment, from its first to its last showing there, is not about it."""
    if visual.visual_type != "figure":
        return None
    where = visual.segment_id, visual.figure_atom_id
    showings = [other for other in visuals if (other.segment_id, other.figure_atom_id) == where]
    start = min(other.start_time for other in showings) - _NEARBY
    end = max(other.end_time for other in showings) + _NEARBY
    text = speech.text(start, end)
    figure = index.get(visual.figure_atom_id or "")
    near = [mention for mention in mentions if start <= mention.start < end]
    if figure is not None and discusses(text, near, figure, index):
        return None
    name = f"figure {figure.figure_number or figure.atom_id}" if figure else "a figure of this paper"
    return DesyncPoint(
        timestamp=visual.start_time,
        issue="figure_not_mentioned",
        expected=f"discussion of {name}",
        actual=text[:100] or "silence",
        severity="major",
    )


def _figure_timing(
    visuals: Sequence[VisualAssetAlignment], mentions: Iterable[Mention], index: FigureIndex
) -> tuple[list[DesyncPoint], float]:
    points: list[DesyncPoint] = []
    unknown: set[str] = set()
    known = on_time = 0
    for mention in mentions:
        figure = index.resolve(mention)
        if figure is None:
            if mention.label not in unknown:
                unknown.add(mention.label)
                actual = f"the paper has no {mention.label}"
                points.append(_point(mention.start, "figure_unknown", mention.label, actual, major=False))
            continue
        known += 1
        delay = min(
            (
                max(0.0, visual.start_time - mention.start)
                for visual in visuals
                if visual.visual_type == "figure"
                and index.same(visual.figure_atom_id, figure.atom_id)
                and visual.end_time > mention.start
            ),
            default=math.inf,
        )
        if delay <= _ON_TIME:
            on_time += 1
        elif delay <= _LATE:
            late = f"it appears {delay:.1f} s later"
            points.append(
                _point(mention.start, "figure_appears_late", mention.label, late, major=delay > _NEARBY)
            )
        else:
            points.append(
                _point(mention.start, "figure_not_shown", mention.label, "it is not shown", major=True)
            )
    return points, on_time / known if known else math.nan


def _quote_timing(visuals: Sequence[VisualAssetAlignment], speech: Speech) -> tuple[list[DesyncPoint], float]:
    points: list[DesyncPoint] = []
    cards = [visual for visual in visuals if visual.visual_type == "quote_card"]
    on_time = 0
    for card in cards:
        quote = card.quote_text or ""
        spoken = speech.find(quote, card.start_time - _NEARBY, card.end_time + _NEARBY)
        if spoken is None:
            points.append(
                _point(card.start_time, "quote_not_found", quote[:50], "not spoken nearby", major=True)
            )
        elif card.start_time - _QUOTE_EDGE <= spoken[0] and spoken[1] <= card.end_time + _QUOTE_EDGE:
            on_time += 1
        else:
            when = f"it is spoken from {spoken[0]:.1f} to {spoken[1]:.1f} s"
            points.append(
                _point(card.start_time, "quote_timing_offset", "quote shown when spoken", when, major=False)
            )
    return points, on_time / len(cards) if cards else math.nan


def _overlaps(visuals: Sequence[VisualAssetAlignment]) -> Iterable[DesyncPoint]:
    latest = 0.0
    for visual in visuals:
        if visual.start_time < latest - 1e-6:
            actual = f"the visual before it ends at {latest:.1f} s"
            yield _point(visual.start_time, "visuals_overlap", "one visual at a time", actual, major=True)
        latest = max(latest, visual.end_time)


def _gaps(
    visuals: Iterable[VisualAssetAlignment], total: float, least: float = _GAP
) -> list[tuple[float, float]]:
    """Stretches within [0, total] of more than `least` seconds that no visual covers."""
    edges, reached = [], 0.0
    for visual in visuals:
        edges.append((reached, min(visual.start_time, total)))
        reached = max(reached, min(visual.end_time, total))
    edges.append((reached, total))
    return [(start, end) for start, end in edges if end - start > least]


def _nothing(gap: tuple[float, float]) -> DesyncPoint:
    start, end = gap
    actual = f"nothing for {end - start:.1f} s"
    return _point(start, "no_visual", "a visual at every moment", actual, major=end - start > 2.0)


def _missing(gaps: Sequence[tuple[float, float]], transcription: TranscriptionResult) -> tuple[str, ...]:
    return tuple(
        segment.segment_id
        for segment in transcription.segments
        if any(min(end, segment.end_time) - max(start, segment.start_time) > _GAP for start, end in gaps)
    )


def _point(timestamp: float, issue: DesyncIssue, expected: str, actual: str, *, major: bool) -> DesyncPoint:
    return DesyncPoint(
        timestamp=timestamp,
        issue=issue,
        expected=expected,
        actual=actual,
        severity="major" if major else "minor",
    )


VisualType = Literal["figure", "quote_card", "title_card", "broll"]
AnimationType = Literal["ken_burns", "fade", "static"]
DesyncIssue = Literal[
    "figure_not_mentioned",
    "figure_appears_late",
    "figure_not_shown",
    "figure_unknown",
    "quote_timing_offset",
    "quote_not_found",
    "no_visual",
    "visuals_overlap",
]


class VisualAssetAlignment(BaseModel):
    """One visual on the timeline of a podcast; times in seconds from its start."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    segment_id: str
    """Aligned segment that it belongs to; several visuals may share one."""
    start_time: float = Field(ge=0.0)
    end_time: float = Field(ge=0.0)
    visual_type: VisualType
    figure_atom_id: str | None = None
    figure_path: str | None = None
    """Image of the figure; None when the paper was read without images."""
    quote_text: str | None = None
    """Words of a quote card, or the heading of a title card."""
    quote_style: str | None = None
    animation_type: AnimationType
    animation_params: dict[str, Any] = {}

    @property
    def duration(self) -> float:
        """Seconds it is shown."""
        return self.end_time - self.start_time


class DesyncPoint(BaseModel):
    """A point where visual and audio are out of sync; `timestamp` in seconds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    timestamp: float = Field(ge=0.0)
    issue: DesyncIssue
    expected: str
    actual: str
    severity: Literal["minor", "major"]


class TimelineSyncQA(BaseModel):
    """How well a timeline follows the speech. What could not be measured is NaN."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sync_score: float = Field(ge=0.0, le=100.0)
    """max(0, 100 - 20 * major - 5 * minor), of the specification."""
    visual_coverage: float
    """Percentage (0-100) of the time that shows something fitting; NaN for an empty recording."""
    figure_timing_accuracy: float
    """Share (0-1) of the spoken figure references during which that figure is shown; NaN if none is spoken."""
    quote_timing_accuracy: float
    """Share (0-1) of the quote cards that are shown while their words are spoken; NaN if there is none."""
    desync_points: tuple[DesyncPoint, ...] = ()
    missing_visuals: tuple[str, ...] = ()
    """Segment ids during which, for over half a second, nothing is there to be shown."""
    passed: bool
    """Whether `sync_score` is at least 80."""
