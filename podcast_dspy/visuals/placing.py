"""Which visual to show at each moment of a podcast (specification, part 5.1), in layers that cover each other."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from podcast_dspy.analysis.results import AlignedSegment
from podcast_dspy.audio.transcript import TranscriptionResult
from podcast_dspy.documents.graph import DocumentAtom, DocumentGraph
from podcast_dspy.signatures.types import SegmentType
from podcast_dspy.text.language import EPISODE_LANGUAGES, Translation, translation
from podcast_dspy.visuals.figure_talk import (
    FigureTalk,
    SpokenSentence,
    Statement,
    Statements,
    extract_key_quote,
)
from podcast_dspy.visuals.qa import AnimationType, VisualAssetAlignment, VisualType

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
    if not starts:
        return []
    order = sorted(range(len(starts)), key=lambda index: starts[index])
    begins = [0.0, *(min(max(starts[index], 0.0), total) for index in order[1:])]
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
"""Seconds without speech after which the last visual gives way to the title."""
_TITLE_LONGEST = 12.0
_FIGURE_SHORTEST = 4.0
_FIGURE_STAYS = 1.0
"""Seconds that a figure stays after the last sentence about it."""
_APART = 7.0
"""Seconds from the beginning of one card to that of the next: less is a slide show."""
_CARD_SHORTEST, _CARD_STAYS = 4.0, 5.0
_FOCUS: dict[str, Any] = {"zoom": 1.2, "pan": "center_to_detail"}
_GENTLE: dict[str, Any] = {"zoom": 1.1, "pan": "slow_pan"}
_FADE: dict[str, Any] = {"fade_duration": 0.5}
_QUOTE_BONUS = 10.0
_FINDINGS = (
    SegmentType.KEY_FINDING,
    SegmentType.FIGURE_DISCUSSION,
    SegmentType.IMPLICATION,
    SegmentType.CONCLUSION,
)


@dataclass(frozen=True)
class _Visual:
    kind: VisualType
    animation: AnimationType
    params: dict[str, Any] = field(default_factory=dict)
    figure: DocumentAtom | None = None
    text: str | None = None
    heading: str | None = None
    style: str | None = None

    def same(self, other: _Visual) -> bool:
        """Whether one goes on as the other, however it moves."""
        mine = self.kind, self.text, self.figure and self.figure.atom_id
        return mine == (other.kind, other.text, other.figure and other.figure.atom_id)


def align_visuals_to_transcript(
    aligned_segments: Sequence[AlignedSegment],
    document_graph: DocumentGraph,
    transcription: TranscriptionResult,
) -> list[VisualAssetAlignment]:
    """Visuals that cover the whole recording, in order, without gap or overlap.

    1. A figure or table is shown (Ken Burns) from the sentence that names it, by number or by order, until speech
       is about something else; one that a segment refers to without naming it while sentences are about it.
    2. In a key finding, the sentence that says most is shown on a quote card while it is spoken.
    3. Other sentences that say something by themselves (a question, a definition, a number, a point) are shown on
       title cards from when they are spoken, one every seven seconds at most.
    4. The paper's title opens, and fills pauses. What is left shows what is said, in large captions (`broll`).
    """
    total = transcription.total_duration
    language = transcription.language.partition("-")[0].lower()
    title = _Visual(
        "title_card",
        "static",
        text=document_graph.title,
        heading=_people(document_graph.authors, language),
        style="title",
    )
    if total <= 0.0:
        return []
    talk = FigureTalk(transcription, document_graph)
    stretches = [
        _Stretch(aligned_segments[number], start, end)
        for number, start, end in tiles(
            [segment.transcript_segment.start_time for segment in aligned_segments], total
        )
    ]
    figures = [*_related_figures(talk, stretches, document_graph), *_named_figures(talk, stretches)]
    cards = _cards(talk.sentences, stretches, figures, document_graph, language)
    pauses = list(_pauses(talk.sentences, total, title))
    opening = min(
        [_TITLE_LONGEST, *(one.end for one in stretches[:1]), *(span.start for span in (*cards, *figures))]
    )
    layers = [
        Span(0.0, total, title),
        # Captions of two segments are two visuals: what is shown does not run from one segment into the next.
        *(
            Span(one.start, one.end, _Visual("broll", "static", text=one.segment.segment_id))
            for one in stretches
        ),
        Span(0.0, max(opening, _SHORTEST), title),
        *pauses,
        *cards,
        *figures,
        *(pause for pause in pauses if pause.start == 0.0 or pause.end == total),
    ]
    spans = flatten(layers, 0.0, total, shortest=_SHORTEST, same=_Visual.same)
    return [_placed(span, stretches, talk) for span in spans]


@dataclass(frozen=True)
class _Stretch:
    """The time that belongs to a segment: from its first word to the next segment's first word."""

    segment: AlignedSegment
    start: float
    end: float


def _people(names: Sequence[str], language: str) -> str:
    if len(names) <= 4:
        return ", ".join(names)
    return _texts(language).many.format(first=names[0], count=len(names) - 1)


def _texts(language: str) -> Translation:
    """The words on cards; English beside a recording in a language that episodes are not made in."""
    return translation(language if language in EPISODE_LANGUAGES else "en")


def _stretch_at(stretches: Sequence[_Stretch], time: float) -> _Stretch | None:
    return next((one for one in stretches if one.start <= time < one.end), None)


def _pauses(sentences: Sequence[SpokenSentence], total: float, title: _Visual) -> Iterator[Span[_Visual]]:
    """Music before the first word, between sentences, and after the last one."""
    ends = [0.0, *(sentence.end for sentence in sentences)]
    starts = [*(sentence.start for sentence in sentences), total]
    for last, following in zip(ends, starts, strict=True):
        if following - last > _PAUSE:
            yield Span(last, following, title)


def _cards(
    sentences: Sequence[SpokenSentence],
    stretches: Sequence[_Stretch],
    figures: Sequence[Span[_Visual]],
    graph: DocumentGraph,
    language: str,
) -> list[Span[_Visual]]:
    """A card for each statement, the best first where they would come too close to each other or to a figure.

    It is there from the sentence's first word until the next card, five seconds after the sentence at most, and
    not beyond its segment. What is a statement is told by English words; in other languages only questions are.
    """
    statements = Statements(graph.key_concepts, graph.title)
    english = language == "en"
    quotes = {
        quote
        for stretch in stretches
        if english
        and stretch.segment.segment_type is SegmentType.KEY_FINDING
        and (quote := extract_key_quote(stretch.segment.transcript_segment.text))
    }
    found: list[tuple[float, SpokenSentence, _Stretch, Statement]] = []
    for sentence in sentences:
        stretch, statement = _stretch_at(stretches, sentence.start), statements.of(sentence.text)
        if sentence.text in quotes:
            statement = Statement("point", sentence.text, "", _QUOTE_BONUS)
        if not english and not sentence.text.endswith("?"):
            continue
        if stretch is not None and statement is not None and not _covered(sentence, figures):
            found.append((statement.score, sentence, stretch, statement))
            statements.shown(statement)
    chosen: list[tuple[float, SpokenSentence, _Stretch, Statement]] = []
    for candidate in sorted(found, key=lambda one: (-one[0], one[1].start)):
        if all(abs(candidate[1].start - other.start) >= _APART for _, other, _, _ in chosen):
            chosen.append(candidate)
    chosen.sort(key=lambda one: one[1].start)
    spans = []
    for number, (_, sentence, stretch, statement) in enumerate(chosen):
        following = chosen[number + 1][1].start if number + 1 < len(chosen) else stretches[-1].end
        end = max(sentence.end + _CARD_STAYS, sentence.start + _CARD_SHORTEST)
        end = following if following - end < _CARD_SHORTEST else min(end, following)
        end = min(end, max(stretch.end, sentence.end))
        spans.append(
            Span(sentence.start, end, _card(statement, sentence.text in quotes, stretch.segment, language))
        )
    return spans


def _covered(sentence: SpokenSentence, figures: Sequence[Span[_Visual]]) -> bool:
    """Whether a figure is shown while the sentence is spoken, or so soon after it that no card would last."""
    end = max(sentence.end, sentence.start + _SHORTEST)
    return any(span.start < end and span.end > sentence.start for span in figures)


def _card(statement: Statement, quoted: bool, segment: AlignedSegment, language: str) -> _Visual:
    kind, style = segment.segment_type, statement.kind
    heading = "In short" if kind is SegmentType.INTRO else kind.row.chapter
    if style == "number" and kind not in _FINDINGS:
        style = "point"  # a number of the method is not what a viewer should take home
    elif statement.heading:
        heading = statement.heading
    if quoted:
        return _Visual("quote_card", "fade", _FADE, text=statement.text, heading=heading, style="emphasis")
    if statement.kind == "question":
        heading = _texts(language).question
    return _Visual("title_card", "fade", _FADE, text=statement.text, heading=heading, style=style)


def _named_figures(talk: FigureTalk, stretches: Sequence[_Stretch]) -> list[Span[_Visual]]:
    """Each figure that is named, from its sentence's beginning until speech is about something else, or does another.

    The second figure of a sentence comes when it is named, and two seconds after the first at the earliest.
    """
    spans: list[Span[_Visual]] = []
    begun = -1
    for mention, figure in talk.mentions:
        if figure is None or not talk.sentences:
            continue
        number = talk.at(mention.start)
        start = talk.sentences[number].start if number != begun else mention.start
        if spans and spans[-1].what.figure is not figure:
            start = max(start, spans[-1].start + _SHORTEST)
        begun = number
        last = talk.run(number, figure.atom_id, _same_type_until(stretches, mention.start))
        end = max(talk.sentences[last].end + _FIGURE_STAYS, mention.start + _FIGURE_SHORTEST)
        stretch = _stretch_at(stretches, talk.sentences[last].start)
        end = min(end, stretch.end) if stretch else end
        spans.append(Span(start, end, _figure(figure, _FOCUS, talk.language)))
    return spans


def _same_type_until(stretches: Sequence[_Stretch], time: float) -> float:
    """The end of the segments of one type around a time."""
    end, kind = time, None
    for stretch in stretches:
        if stretch.end > time and kind in (None, stretch.segment.segment_type):
            end, kind = stretch.end, stretch.segment.segment_type
        elif stretch.end > time:
            break
    return end


def _related_figures(
    talk: FigureTalk, stretches: Sequence[_Stretch], graph: DocumentGraph
) -> Iterator[Span[_Visual]]:
    """Figures that a segment refers to, or the passages behind it name, while its sentences are about them."""
    mentions = {atom.atom_id: atom.mentions for atom in graph.atoms}
    for stretch in stretches:
        linked = (name for atom_id in stretch.segment.primary_atoms for name in mentions.get(atom_id, ()))
        names = dict.fromkeys((*stretch.segment.referenced_figures, *linked))
        focus = stretch.segment.segment_type is SegmentType.FIGURE_DISCUSSION
        number = talk.at(stretch.start)
        while number < len(talk.sentences) and talk.sentences[number].start < stretch.end:
            here = [name for name in names if talk.index.get(name) and talk.is_about(number, name)]
            last = talk.run(number, here[0], stretch.end) if here else number
            start, end = talk.sentences[number].start, talk.sentences[last].end + _FIGURE_STAYS
            end = min(end, stretch.end)
            figure = talk.index.get(here[0]) if here else None
            if figure is not None and end - start >= _FIGURE_SHORTEST:
                shown = _figure(figure, _FOCUS if focus else _GENTLE, talk.language)
                yield Span(max(start, stretch.start), end, shown)
            number = last + 1


def _figure(figure: DocumentAtom, params: dict[str, Any], language: str) -> _Visual:
    texts = _texts(language)
    kind = texts.table if figure.atom_type == "table" else texts.figure
    label = f"{kind} {figure.figure_number or ''}".strip()
    return _Visual("figure", "ken_burns", params, figure, figure.caption, label)


def _placed(span: Span[_Visual], stretches: Sequence[_Stretch], talk: FigureTalk) -> VisualAssetAlignment:
    visual = span.what
    stretch = _stretch_at(stretches, span.start)
    spoken = " ".join(one.text for one in talk.sentences if one.start < span.end and one.end > span.start)
    return VisualAssetAlignment(
        segment_id=stretch.segment.segment_id if stretch else "opening",
        start_time=span.start,
        end_time=span.end,
        visual_type=visual.kind,
        figure_atom_id=visual.figure.atom_id if visual.figure else None,
        figure_path=visual.figure.file_path if visual.figure else None,
        quote_text=spoken if visual.kind == "broll" else visual.text,
        quote_style=visual.style,
        heading=visual.heading,
        animation_type=visual.animation,
        animation_params=dict(visual.params),
    )
