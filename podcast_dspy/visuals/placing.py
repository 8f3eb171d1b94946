"""Which visual to show at each moment of a podcast (specification, part 5.1), in layers that cover each other."""

from __future__ import annotations

import bisect
import heapq
import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Generic, TypeVar

from podcast_dspy.analysis.results import AlignedSegment
from podcast_dspy.audio.transcript import TranscriptionResult
from podcast_dspy.documents.graph import DocumentAtom, DocumentGraph
from podcast_dspy.signatures.types import SegmentType
from podcast_dspy.text.words import tells
from podcast_dspy.visuals.figure_mentions import FigureIndex, Mention, Speech, discusses, find_mentions
from podcast_dspy.visuals.qa import AnimationType, VisualAssetAlignment, VisualType
from podcast_dspy.visuals.timeline import extract_key_quote

__all__ = ["Span", "align_visuals_to_transcript", "flatten", "tiles"]

T = TypeVar("T")


@dataclass(frozen=True)
class Span(Generic[T]):
    """Something shown within [start, end) seconds."""

    start: float
    end: float
    what: T


def tiles(starts: Sequence[float], total: float) -> list[tuple[int, float, float]]:
    """(index, start, end) of stretches that cover [0, total] without gap or overlap, in order of time.

    Each begins where its segment begins and lasts until the next begins; the first begins at 0. Segments that
    would get no time at all, because another begins at the same moment or after the end, are left out.
    """
    order = sorted(range(len(starts)), key=lambda index: starts[index])
    begins = [min(max(starts[index], 0.0), total) for index in order]
    if begins:
        begins[0] = 0.0
    ends = [*begins[1:], total]
    return [(index, begin, end) for index, begin, end in zip(order, begins, ends, strict=True) if end > begin]


def flatten(
    layers: Sequence[Span[T]],
    start: float,
    end: float,
    *,
    shortest: float,
    same: Callable[[T, T], bool],
) -> list[Span[T]]:
    """What is on top at each moment of [start, end), neighbours that are the `same` joined.

    Some layer must be there at each moment; of several the last in the list is on top. A piece shorter than
    `shortest` seconds is given to the piece after it (so that a figure named just after the beginning is
    there from the beginning), the last one to the piece before. O(n log n).
    """
    pieces: list[Span[T]] = []
    for piece in _tops(layers, start, end):
        _append(pieces, piece, same)
    merged: list[Span[T]] = []
    held: float | None = None
    for number, piece in enumerate(pieces):
        begin = piece.start if held is None else held
        held = None
        if piece.end - begin >= shortest or (number + 1 == len(pieces) and not merged):
            _append(merged, Span(begin, piece.end, piece.what), same)
        elif number + 1 < len(pieces):
            held = begin
        else:
            merged[-1] = Span(merged[-1].start, piece.end, merged[-1].what)
    return merged


def _tops(layers: Sequence[Span[T]], start: float, end: float) -> Iterator[Span[T]]:
    """The topmost layer between each two moments at which a layer begins or ends."""
    inside = (cut for layer in layers for cut in (layer.start, layer.end) if start < cut < end)
    cuts = sorted({start, end, *inside})
    waiting = sorted(range(len(layers)), key=lambda number: layers[number].start, reverse=True)
    active: list[int] = []  # heap of negative numbers: the last layer is on top
    for left, right in itertools.pairwise(cuts):
        while waiting and layers[waiting[-1]].start <= left:
            heapq.heappush(active, -waiting.pop())
        while layers[-active[0]].end <= left:
            heapq.heappop(active)
        yield Span(left, right, layers[-active[0]].what)


def _append(pieces: list[Span[T]], piece: Span[T], same: Callable[[T, T], bool]) -> None:
    if pieces and same(pieces[-1].what, piece.what):
        pieces[-1] = Span(pieces[-1].start, piece.end, pieces[-1].what)
    else:
        pieces.append(piece)


_SHORTEST = 2.0
"""Seconds below which a visual would only flash by."""
_PAUSE = 2.0
"""Seconds without speech after which the last visual gives way to the title card."""
_FIGURE_SHORTEST = 4.0
_QUOTE_STAYS = 1.5
_QUOTE_SHORTEST = 4.0
_FOCUS: dict[str, Any] = {"zoom": 1.2, "pan": "center_to_detail"}
_GENTLE: dict[str, Any] = {"zoom": 1.1, "pan": "slow_pan"}
_FADE: dict[str, Any] = {"fade_duration": 0.5}
_FILLER = (SegmentType.INTRO, SegmentType.CONCLUSION, SegmentType.TANGENT, SegmentType.TRANSITION)


@dataclass(frozen=True)
class _Visual:
    kind: VisualType
    animation: AnimationType
    params: dict[str, Any] = field(default_factory=dict)
    figure: DocumentAtom | None = None
    text: str | None = None
    style: str | None = None
    segment_id: str = ""

    @property
    def figure_id(self) -> str | None:
        """Atom id of the figure, if it is one."""
        return self.figure.atom_id if self.figure else None


def align_visuals_to_transcript(
    aligned_segments: Sequence[AlignedSegment],
    document_graph: DocumentGraph,
    transcription: TranscriptionResult,
) -> list[VisualAssetAlignment]:
    """Visuals that cover the whole recording, in order, without gap or overlap.

    1. A figure is shown (Ken Burns) from the moment it is named, by number or by order, to the end of its
       segment or the next figure; in a figure segment that names none, the one it refers to.
    2. In a key finding, the sentence that says most is shown on a card while it is spoken.
    3. A figure that the segment refers to is shown when the speech is about it; else a card with the concept.
    4. Opening, wrap-up, asides and pauses show the title card.
    """
    total = transcription.total_duration
    speech = Speech(transcription)
    index = FigureIndex(document_graph)
    title = _card(document_graph.title)
    if total <= 0.0:
        return []
    if not aligned_segments:
        return [_placed(Span(0.0, total, replace(title, segment_id="opening")))]
    stretches = _stretches(aligned_segments, total)
    mentions = find_mentions(speech.words, transcription.language)
    topics = _Topics(document_graph, speech)
    layers = [
        stretch.span(_base(stretch, document_graph, index, speech, mentions, topics)) for stretch in stretches
    ]
    for stretch in stretches:
        layers += _pauses(stretch, speech, title)
        layers += _quotes(stretch, speech)
    layers += _named_figures(mentions, index, stretches)
    spans = flatten(layers, 0.0, total, shortest=_SHORTEST, same=_same)
    return [_placed(span) for span in spans]


@dataclass(frozen=True)
class _Stretch:
    """The time that belongs to a segment: from its first word to the next segment's first word."""

    segment: AlignedSegment
    start: float
    end: float

    def span(self, visual: _Visual, start: float | None = None, end: float | None = None) -> Span[_Visual]:
        """The visual in this stretch, or in the part of it within [start, end)."""
        begin = self.start if start is None else max(start, self.start)
        stop = self.end if end is None else min(end, self.end)
        return Span(begin, stop, replace(visual, segment_id=self.segment.segment_id))


def _stretches(segments: Sequence[AlignedSegment], total: float) -> list[_Stretch]:
    starts = [segment.transcript_segment.start_time for segment in segments]
    return [_Stretch(segments[number], start, end) for number, start, end in tiles(starts, total)]


def _base(
    stretch: _Stretch,
    graph: DocumentGraph,
    index: FigureIndex,
    speech: Speech,
    mentions: Sequence[Mention],
    topics: _Topics,
) -> _Visual:
    """What is shown as long as no figure is named and no quote spoken."""
    segment = stretch.segment
    referred = [figure for name in segment.referenced_figures if (figure := index.get(name)) is not None]
    here = [mention for mention in mentions if stretch.start <= mention.start < stretch.end]
    named = any(index.resolve(mention) for mention in here)
    if segment.segment_type is SegmentType.FIGURE_DISCUSSION and referred and not named:
        return _figure(referred[0], _FOCUS)
    if segment.segment_type not in _FILLER and not named:
        text = speech.text(stretch.start, stretch.end)
        linked = [figure for name in _linked(segment, graph) if (figure := index.get(name)) is not None]
        for figure in (*referred, *linked):
            if discusses(text, here, figure, index):
                return _figure(figure, _GENTLE)
    return _card(topics.of(stretch))


def _linked(segment: AlignedSegment, graph: DocumentGraph) -> list[str]:
    """Figures that the passages under discussion name."""
    known = {atom.atom_id: atom for atom in graph.atoms}
    return [name for atom_id in segment.primary_atoms if atom_id in known for name in known[atom_id].mentions]


class _Topics:
    """Headings of title cards: a telling concept of the segment, one not shown yet before one that was."""

    def __init__(self, graph: DocumentGraph, speech: Speech) -> None:
        self._graph, self._speech = graph, speech
        self._concepts = sorted(graph.key_concepts, key=lambda concept: -concept.importance)
        self._titles = {section.section_id: section.title for section in graph.sections}
        self._sections = {atom.atom_id: atom.section_id for atom in graph.atoms}
        self._shown: set[str] = set()

    def of(self, stretch: _Stretch) -> str:
        """The segment's key concepts, else those of the paper that are spoken, else its section's title."""
        segment = stretch.segment
        if segment.segment_type in _FILLER:
            return self._graph.title
        concepts = segment.key_concepts or tuple(
            concept.name
            for concept in self._concepts
            if any(
                self._speech.find(name, stretch.start, stretch.end)
                for name in (concept.name, *concept.aliases)
            )
        )
        telling = [concept for concept in concepts if tells(concept)]
        if telling:
            topic = next((concept for concept in telling if concept not in self._shown), telling[0])
            self._shown.add(topic)
            # a name with a capital inside (mRNA) is written as it is
            return topic if topic != topic.lower() else topic[0].upper() + topic[1:]
        sections = (self._titles.get(self._sections.get(atom_id) or "") for atom_id in segment.primary_atoms)
        return next((title for title in sections if title), self._graph.title)


def _pauses(stretch: _Stretch, speech: Speech, title: _Visual) -> list[Span[_Visual]]:
    """Music before the first word and after the last one."""
    words = speech.between(stretch.start, stretch.end)
    spoken = stretch.segment.transcript_segment
    first = words[0].start if words else spoken.start_time
    last = max(word.end for word in words) if words else spoken.end_time
    pauses = []
    if first - stretch.start > _PAUSE:
        pauses.append(stretch.span(title, end=first))
    if stretch.end - last > _PAUSE:
        pauses.append(stretch.span(title, start=last))
    return pauses


def _quotes(stretch: _Stretch, speech: Speech) -> list[Span[_Visual]]:
    if stretch.segment.segment_type is not SegmentType.KEY_FINDING:
        return []
    quote = extract_key_quote(stretch.segment.transcript_segment.text)
    spoken = speech.find(quote, stretch.start, stretch.end) if quote else None
    if quote is None or spoken is None:
        return []  # no sentence stands alone, or the transcript's text is not what was timed
    begin, stop = spoken
    card = _Visual("quote_card", "fade", _FADE, text=quote, style="emphasis")
    until = max(stop + _QUOTE_STAYS, begin + _QUOTE_SHORTEST)
    return [stretch.span(card, begin, until if stretch.end - until > _QUOTE_SHORTEST else stretch.end)]


def _named_figures(
    mentions: Sequence[Mention], index: FigureIndex, stretches: Sequence[_Stretch]
) -> list[Span[_Visual]]:
    """Each figure from its mention to the end of the segment, and for four seconds at least.

    A figure named within two seconds of another waits until those are over.
    """
    spans: list[Span[_Visual]] = []
    shown: DocumentAtom | None = None
    ready = until = 0.0
    ends = [stretch.end for stretch in stretches]
    for mention in mentions:
        figure = index.resolve(mention)
        if figure is None or mention.start >= ends[-1]:
            continue
        end = max(ends[bisect.bisect_right(ends, mention.start)], mention.start + _FIGURE_SHORTEST)
        lasting = shown is not None and index.same(shown.atom_id, figure.atom_id) and mention.start <= until
        begin = until if lasting else max(mention.start, ready)
        if not lasting:
            ready = begin + _SHORTEST
        for stretch in stretches[bisect.bisect_right(ends, begin) :]:
            if stretch.start >= end:
                break
            spans.append(stretch.span(_figure(shown if lasting and shown else figure, _FOCUS), begin, end))
        shown, until = (shown if lasting else figure), max(until if lasting else 0.0, end)
    return [span for span in spans if span.end > span.start]


def _figure(figure: DocumentAtom, params: dict[str, Any]) -> _Visual:
    return _Visual("figure", "ken_burns", params, figure=figure)


def _card(text: str) -> _Visual:
    return _Visual("title_card", "static", text=text)


def _same(left: _Visual, right: _Visual) -> bool:
    return (left.segment_id, left.kind, left.text, left.figure_id) == (
        right.segment_id,
        right.kind,
        right.text,
        right.figure_id,
    )


def _placed(span: Span[_Visual]) -> VisualAssetAlignment:
    visual = span.what
    return VisualAssetAlignment(
        segment_id=visual.segment_id,
        start_time=span.start,
        end_time=span.end,
        visual_type=visual.kind,
        figure_atom_id=visual.figure_id,
        figure_path=visual.figure.file_path if visual.figure else None,
        quote_text=visual.text,
        quote_style=visual.style,
        animation_type=visual.animation,
        animation_params=dict(visual.params),
    )
