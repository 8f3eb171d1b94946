"""What is shown when, and whether it follows the speech: measures it and names each point where it does not."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from podcast_dspy.audio.transcript import TranscriptionResult
from podcast_dspy.documents.graph import DocumentGraph
from podcast_dspy.visuals.figure_mentions import Speech
from podcast_dspy.visuals.figure_talk import BRIDGED, FigureTalk

_ON_TIME = 2.5
"""Seconds that a figure may come after it is named; shorter visuals would only flash by."""
_LATE = 10.0
"""A figure that comes later than this after its mention is not shown for it."""
_NEARBY = 5.0
"""Seconds around a card within which its words count as nearby (specification)."""
_OTHER = BRIDGED + 1.0
_GAP = 0.5
_CARD_EDGE = 1.0
_FLASH = 1.0


def qa_timeline_sync(
    visual_alignments: Sequence[VisualAssetAlignment],
    transcription: TranscriptionResult,
    document_graph: DocumentGraph,
) -> TimelineSyncQA:
    """Check every figure, card and moment of a timeline against the words and their times.

    Major: a figure that the speech around it is not about, or not for 10 s; a figure named and not
    shown within 5 s; a card whose words are not spoken within 5 s of it; over 2 s of nothing; visuals over each
    other, or 2 s past the end. Minor: what is off by less; what is there for under a second; a reference to a figure
    that cannot be shown.
    """
    talk = FigureTalk(transcription, document_graph)
    total = talk.speech.total
    visuals = sorted(visual_alignments, key=lambda visual: (visual.start_time, visual.end_time))
    checked = [list(_figure_points(visual, visuals, talk)) for visual in visuals]
    timing, figure_accuracy = _figure_timing(visuals, talk)
    quotes, quote_accuracy = _card_timing(visuals, talk.speech)
    shown = [
        (visual, points) for visual, points in zip(visuals, checked, strict=True) if _has_content(visual)
    ]
    fitting = [visual for visual, points in shown if not points]
    gaps = _gaps([visual for visual, _ in shown], total)
    points = [*timing, *quotes, *_overlaps(visuals), *_edges(visuals, total), *map(_nothing, gaps)]
    points += [point for several in checked for point in several]
    points.sort(key=lambda point: point.timestamp)
    major = sum(point.severity == "major" for point in points)
    score = max(0.0, 100.0 - 20.0 * major - 5.0 * (len(points) - major))
    covered = total - sum(end - start for start, end in _gaps(fitting, total, 0.0))
    return TimelineSyncQA(
        sync_score=score,
        visual_coverage=100.0 * covered / total if total > 0 else math.nan,
        figure_timing_accuracy=figure_accuracy,
        quote_timing_accuracy=quote_accuracy,
        desync_points=tuple(points),
        missing_visuals=_missing(gaps, transcription),
        passed=score >= 80.0,
    )


def _has_content(visual: VisualAssetAlignment) -> bool:
    if visual.visual_type == "figure":
        return bool(visual.figure_path or visual.figure_atom_id)
    return visual.visual_type == "broll" or bool(visual.quote_text)


def _figure_points(
    visual: VisualAssetAlignment, visuals: Sequence[VisualAssetAlignment], talk: FigureTalk
) -> Iterator[DesyncPoint]:
    """Where a figure is shown and speech is not about it: all the time, long before, or long after."""
    if visual.visual_type != "figure":
        return
    name = visual.figure_atom_id or ""
    figure = talk.index.get(name)
    start, end = visual.start_time, visual.end_time
    times = talk.times_about(name, start - _NEARBY, end + _NEARBY) if figure else []
    what = (
        f"{figure.atom_type} {figure.figure_number or figure.atom_id}" if figure else "a figure of this paper"
    )
    if not times:
        heard = talk.speech.text(start - _NEARBY, end + _NEARBY)[:100] or "silence"
        yield _point(start, "figure_not_mentioned", f"discussion of {what}", heard, major=True)
        return
    before = times[0][0] - start
    if before > _NEARBY:
        text = f"it is there {before:.1f} s before speech is about it"
        yield _point(start, "figure_appears_early", what, text, major=before > _LATE)
    following = [*(began for began, _ in times[1:]), end]
    for (_, said), again in zip(times, following, strict=True):
        since = max(start, said)
        other = min(end, again) - since
        if other > _OTHER:
            text = f"it stays {other:.1f} s while speech is not about it"
            yield _point(since, "figure_stays", what, text, major=other > _LATE)


def _figure_timing(
    visuals: Sequence[VisualAssetAlignment], talk: FigureTalk
) -> tuple[list[DesyncPoint], float]:
    points: list[DesyncPoint] = []
    unknown: set[str] = set()
    known = on_time = 0
    for mention, figure in talk.mentions:
        if figure is None:
            if mention.label not in unknown:
                unknown.add(mention.label)
                actual = f"the paper has no {mention.label} that can be shown"
                points.append(_point(mention.start, "figure_unknown", mention.label, actual, major=False))
            continue
        known += 1
        delay = min(
            (
                max(0.0, visual.start_time - mention.start)
                for visual in visuals
                if visual.visual_type == "figure"
                and talk.index.same(visual.figure_atom_id, figure.atom_id)
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


def _card_timing(visuals: Sequence[VisualAssetAlignment], speech: Speech) -> tuple[list[DesyncPoint], float]:
    """Cards whose words are not spoken while they are there; the second value is about quote cards."""
    points: list[DesyncPoint] = []
    cards = [visual for visual in visuals if _is_spoken(visual)]
    quotes = on_time = 0
    for card in cards:
        words = card.quote_text or ""
        quotes += card.visual_type == "quote_card"
        within = speech.find(words, card.start_time - _CARD_EDGE, card.end_time + _CARD_EDGE)
        if within is not None and within[1] <= card.end_time + _CARD_EDGE:
            on_time += card.visual_type == "quote_card"
            continue
        spoken = speech.find(words, card.start_time - _NEARBY, card.end_time + _NEARBY)
        if spoken is None:
            points.append(
                _point(card.start_time, "quote_not_found", words[:50], "not spoken nearby", major=True)
            )
        else:
            when = f"it is spoken from {spoken[0]:.1f} to {spoken[1]:.1f} s"
            points.append(
                _point(card.start_time, "quote_timing_offset", "shown when spoken", when, major=False)
            )
    return points, on_time / quotes if quotes else math.nan


def _is_spoken(visual: VisualAssetAlignment) -> bool:
    """Whether what a card says is to be heard: all but the title of the paper."""
    styled = visual.quote_style not in (None, "title")
    return visual.visual_type == "quote_card" or (visual.visual_type == "title_card" and styled)


def _edges(visuals: Sequence[VisualAssetAlignment], total: float) -> Iterator[DesyncPoint]:
    for visual in visuals:
        if visual.duration < _FLASH and total >= _FLASH:
            actual = f"{visual.duration:.1f} s"
            yield _point(visual.start_time, "visual_flashes", "time to see it", actual, major=False)
        past = visual.end_time - total
        if past > _GAP:
            actual = f"it ends {past:.1f} s after the sound"
            yield _point(total, "past_the_end", "an end with the sound", actual, major=past > 2.0)


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
    "figure_appears_early",
    "figure_appears_late",
    "figure_stays",
    "figure_not_shown",
    "figure_unknown",
    "quote_timing_offset",
    "quote_not_found",
    "no_visual",
    "visuals_overlap",
    "visual_flashes",
    "past_the_end",
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
    """Words of a card (spoken, but for the paper's title), caption of a figure, what is said during `broll`."""
    quote_style: str | None = None
    """What a card says: `emphasis` (a quote), `question`, `definition`, `number`, `point`, or `title`."""
    heading: str | None = None
    """Beside the words: term, quantity or part of the episode; label of a figure; authors of the title."""
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
