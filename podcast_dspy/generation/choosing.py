"""Choosing: which passages each stretch of an episode says, in the order in which they are spoken."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import takewhile
from statistics import fmean

from podcast_dspy.documents.graph import DocumentAtom, DocumentGraph
from podcast_dspy.generation.adjustments import Adjustments
from podcast_dspy.generation.drafts import DraftSegment, Passage
from podcast_dspy.generation.features import (
    TELLING,
    caption_units,
    describing,
    gists,
    main_pictures,
    may_say,
    result_odds,
    source_weight,
    turn_of,
    zone_fit,
)
from podcast_dspy.generation.references import names_in, spelled_out, unexplained, unresolved_definites
from podcast_dspy.generation.spoken_sentences import picture_name, says_again
from podcast_dspy.generation.units import Unit, continued, endings, only_shows, runs
from podcast_dspy.signatures.types import SegmentType
from podcast_dspy.text.words import content_stems

_T = SegmentType
_LEAST, _MOST = 3, 8
"""Sentences of a passage: as many as make a thought, and as a listener hears as one."""
_OVER, _FAR = 1.15, 1.7
"""Words that a passage may take for each word of room, and one that is no whole thought without them: the length is
fitted afterwards."""
_GIST = 2.0
"""What it counts how near a passage is to the abstract, which says what the paper is about (0 to 1)."""
_EVIDENCE = 0.3
"""How well sentences have to do what a stretch is for: it rather falls out."""
_DESCRIBES = 3.0
"""What a passage gains by saying what everything is that the result names: a listener has to have heard that."""
_CLAIM = 0.2
"""By how much more a passage has to suit a later stretch for an earlier one to leave it."""
_TORN = 1.5
"""What it costs that no sentence of a paragraph can be spoken but these: the rest was needed to follow."""
PATCHY = 0.6
"""Share of a paragraph's sentences up to which it is no reserve: better a shorter episode than one of patches."""
_LOOSE = 0.3
"""What it costs in the choice that nothing has named what `the ...` or an acronym is."""
_FORWARD, _BACK = 1.0, 2.0
"""What passing over the rest of a part costs in the choice, and what going back in it does: the paper has an order."""
_TITLE_WORDS = 40  # in which an episode says what it is and whose
_SAME_NUMBERS = 2
"""Numbers that two sentences about results have in common if they tell the same one."""
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_BEGINS = {_T.METHODOLOGY: "method", _T.CONCLUSION: "conclusion"}
"""Types that begin as their part of the paper does."""
_OWN = frozenset({_T.INTRO, _T.FIGURE_DISCUSSION})
"""Types whose passages are theirs from the beginning."""


class Chooser:
    """Choice of passages, stretch by stretch as they are spoken: what has been said decides what can be said next."""

    def __init__(self, graph: DocumentGraph, units: Sequence[Unit], adjustments: Adjustments) -> None:
        self.graph = graph
        self.units = units
        self.adjustments = adjustments
        self.importance = {concept.name: concept.importance for concept in graph.key_concepts}
        self.gist = gists(units)
        self.unexplained = unexplained([unit.text for unit in units], spelled_out(graph))
        self.zones = zone_fit(units)
        self.results = result_odds(units)
        self.used: set[int] = set()
        self.said: set[int] = set()
        self.met: set[str] = set()
        self.stems: set[str] = set(content_stems(graph.title))
        self.numbers = {unit.order: frozenset(_NUMBER.findall(unit.text)) for unit in units}
        kinds = {unit.kind for unit in units}
        self.sectioned = bool(kinds & TELLING and kinds & {"introduction", "background"})
        self.introduction = next((unit.section for unit in units if unit.kind != "abstract"), "")
        self.opening, self.outcome = self._abstract()
        self.describing = describing(graph, units, self.outcome)

    def _abstract(self) -> tuple[list[Unit], list[Unit]]:
        """What the abstract begins with, and its results: cut where what it says turns most clearly.

        Without one the paper's first passage opens, and the one that sounds most like results tells them.
        """
        own: list[Unit] = []
        lost = False  # what is missing was pointed to
        for unit in self.units:
            if unit.kind == "abstract":
                lost = unit.points and not unit.opens and (lost or not unit.follows)
                own += [] if lost else [unit]
        if len(own) >= _LEAST:
            cut = turn_of(own, [self.results[unit.order] for unit in own])
            return own[:cut], own[cut:]
        passages = runs(self.units)
        first = passages[0] if passages else list(self.units[:1])
        if own:
            # An abstract of one or two sentences says what came out.
            return next((run for run in passages if run[0].kind != "abstract"), own), own
        later = [run for run in passages if run[0].order > first[-1].order] or [first]
        # What tells of a picture is kept for the stretch about it.
        later = [run for run in later if not any(unit.figures for unit in run)] or later
        return first, max(later, key=lambda run: self._tells(run[:_MOST]))

    def pictures(self) -> list[DocumentAtom]:
        """The pictures of which something can be said, the main one first."""
        return main_pictures(self.graph, self.units, self.outcome, self.sectioned)

    def choose(self, segments: Sequence[DraftSegment]) -> None:
        """Give each stretch its passages. The result of the paper is the first that is told."""
        result = next((one for one in segments if one.segment_type is _T.KEY_FINDING), None)
        intro = next((one for one in segments if one.segment_type is _T.INTRO), None)
        held = {unit.order for unit in self.outcome} if result is not None else set()
        if intro is not None:
            held |= {unit.order for unit in self.opening}
        shown = [one.figure for one in segments if one.figure is not None]
        shown_units = {unit.order for unit in self.units if any(one.atom_id in unit.figures for one in shown)}
        self.used |= held | shown_units
        for at, segment in enumerate(segments):
            later = {one.segment_type for one in segments[at + 1 :]} - {segment.segment_type, *_OWN}
            if segment is intro:
                room = segment.budget - _TITLE_WORDS
                whole = self.opening[0].kind == "abstract"
                opening = (
                    self._whole(self.opening, room) if whole else self._prefix(self.opening, room, least=1)
                )
                self._take(segment, opening or Passage(self.opening[:1]))
            elif segment is result:
                fresh = [unit for unit in self.outcome if unit.order not in self.said]
                self._take(segment, self._whole(fresh, segment.budget) or self._result(segment.budget))
            elif segment.figure is not None:
                others = [one for one in self.pictures() if one not in shown]
                told = [(one, self._about(one, segment.budget)) for one in (segment.figure, *others)]
                # A picture of which the text says nothing gives its place to one of which it does.
                segment.figure, about = max(told, key=lambda one: len(one[1].said[:2]) if one[1] else 0)
                shown.append(segment.figure)
                self._take(segment, about)
            elif (part := _BEGINS.get(segment.segment_type)) is not None:
                own = [run for run in runs(self.units, self.used) if run[0].kind == part]
                if part == "method":  # first what the introduction says that the paper does
                    own = [run for run in own if run[0].section == self.introduction]
                if own and part == "method":  # and not what it announces as found
                    own = [list(takewhile(lambda unit: self.results[unit.order] <= 0.0, own[0]))]
                self._take(segment, self._whole(own[0], segment.budget) if own and own[0] else None)
            if segment.segment_type not in _OWN or (segment is intro and not segment.passages):
                self._fill(segment, later)

    def _fill(self, segment: DraftSegment, later: Iterable[SegmentType]) -> None:
        while (room := segment.budget - sum(unit.words for unit in segment.units)) > 0:
            if segment.passages and room < self.adjustments.topic_words / 2.0:
                return
            found = self._found(segment, room, later)
            if not (found or segment.passages):  # a thought that has no room is more than none
                found = self._found(segment, room, later, least=1)
            best = max(
                found,
                key=lambda passage: (
                    self._worth(passage, segment.segment_type, later),
                    -passage.said[0].order,
                ),
                default=None,
            )
            if best is None:
                return
            self._take(segment, best)

    def _found(
        self, segment: DraftSegment, room: float, later: Iterable[SegmentType], least: int = _LEAST
    ) -> list[Passage]:
        """The passages that a stretch could say next."""
        return [
            passage
            for run in runs(self.units, self.used)
            if may_say(run, segment.segment_type, self.sectioned)
            # What an introduction announces as found is no method.
            if not (
                self.sectioned
                and segment.segment_type is _T.METHODOLOGY
                and run[0].section == self.introduction
            )
            if (passage := self._prefix(run, room, least)) is not None
            and self._belongs(passage.said, segment.segment_type, later)
        ]

    def _take(self, segment: DraftSegment, passage: Passage | None) -> None:
        if passage is None:
            return
        segment.passages.append(passage)
        self.tell(passage.said)

    def tell(self, said: Iterable[Unit]) -> None:
        """Count sentences as said: they are not chosen again, and what they introduce is known."""
        for unit in said:
            self.used.add(unit.order)
            self.said.add(unit.order)
            self.met |= unit.terms
            self.stems.update(content_stems(unit.text))

    def _prefix(self, run: Sequence[Unit], room: float, least: int = _LEAST) -> Passage | None:
        """As many whole paragraphs of a row of sentences as there is room for, else as much as can stand alone; None
        where that is nothing.

        The row is over where a term comes up that nothing has introduced, and where the same was said before.
        """
        met = set(self.met)
        clear: list[Unit] = []
        for unit in run:
            if unit.terms - unit.introduces - met or self._says_again(unit):
                break
            met |= unit.terms
            clear.append(unit)
        words = [0]
        for unit in clear:
            words.append(words[-1] + unit.words)
        ends = endings(clear, self.units)
        long = [count for count in ends if count >= min(least, len(run)) or ends[count]]
        fit = [count for count in long if words[count] <= _OVER * room and count <= _MOST]
        far = [count for count in long if words[count] <= _FAR * room]
        whole = [count for count in fit if ends[count]]
        choices = (
            whole[-1:],
            [count for count in far if ends[count]][:1],
            fit[-1:],
            far[:1],
            long[:1] if least == 1 else [],
        )
        count = next((chosen[0] for chosen in choices if chosen), 0)
        if not count:
            return None
        return Passage(clear[:count], clear[count:], least=min(_LEAST, count), ends=ends)

    def _says_again(self, unit: Unit) -> bool:
        """Whether a sentence that was said before told the same figures."""
        figures = self.numbers[unit.order]
        return unit.kind in TELLING - {"conclusion"} and any(
            len(figures & self.numbers[order]) >= max(_SAME_NUMBERS, len(figures) / 2.0)
            for order in self.said
            if order in self.numbers
        )

    def _whole(self, run: Sequence[Unit], room: float) -> Passage | None:
        """The paper's result, which stays whole where two topics and a half hold it."""
        found = self._prefix(run, max(room, 2.5 * min(room, self.adjustments.topic_words)), least=2)
        return found and replace(found, least=len(found.said))

    def _result(self, room: float) -> Passage | None:
        """What sounds most like a result of all that can be understood by now, where that of the abstract cannot."""
        found = [passage for run in runs(self.units, self.used) if (passage := self._prefix(run, room))]
        return max(
            found,
            key=lambda passage: self._tells(passage.said),
            default=None,
        )

    def _about(self, picture: DocumentAtom, room: float) -> Passage | None:
        """What a picture's caption says, and what the paper says of it from where it names it."""
        caption = caption_units(self.graph, picture)
        named = [unit for unit in self.units if picture.atom_id in unit.figures]
        shown = set(content_stems(picture.caption or ""))
        # Of all that point to it, what says most of what the caption says it shows.
        shared = {unit.order: len(shown.intersection(content_stems(unit.text))) for unit in named}
        for unit in sorted(named, key=lambda unit: (unit.kind != "results", -shared[unit.order], unit.order)):
            run = continued(self.units, unit, self.said)
            if says_again(unit.text, picture) or only_shows(unit):
                run = run[1:] if len(run) > 1 and not run[1].points else []
            elif unit.points:
                continue
            # The text says what a caption goes on about, and says it to somebody who does not see it.
            head = [] if run and run[0].text.startswith(picture_name(picture)) else caption[:1]
            if run and (passage := self._prefix(run, room - sum(one.words for one in head), least=1)):
                ends = {count + len(head): over for count, over in (passage.ends or {}).items()}
                return replace(
                    passage, said=[*head, *passage.said], least=passage.least + len(head), ends=ends
                )
        # Who listens gains nothing by the name of a picture.
        return Passage(caption, least=len(caption), ends={len(caption): True}) if len(caption) > 1 else None

    def _worth(self, passage: Passage, kind: SegmentType, later: Iterable[SegmentType]) -> float:
        """How well a passage suits a stretch; what suits a later one better is left for that."""
        own = self._score(passage.said, kind)
        others = max((self._score(passage.said, other) for other in later), default=own)
        names = {name for unit in passage.said for name in unit.concepts}
        named = sum(self.importance.get(name, 0.0) for name in names)
        loose = len(unresolved_definites(passage.said[0].text, self.stems))
        return (
            own
            - max(0.0, others - own)
            + self.adjustments.concept_weight * min(1.0, named)
            - _LOOSE * (loose + len(self.unexplained & names_in(" ".join(one.text for one in passage.said))))
            - self._out_of_order(passage.said[0])
            + _DESCRIBES
            * sum(unit.order in self.describing for unit in passage.said)
            / max(1, len(self.describing))
        )

    def _belongs(self, said: Sequence[Unit], kind: SegmentType, later: Iterable[SegmentType]) -> bool:
        """Whether sentences do what a type of stretch is for, and no later one suits them clearly better."""
        own = self._fit(said, kind)
        return own >= _EVIDENCE and all(self._fit(said, other) <= own + _CLAIM for other in later)

    def _out_of_order(self, first: Unit) -> float:
        """What it costs to begin there: how much of its part of the paper is passed over, or gone back behind."""
        part = [unit.order for unit in self.units if unit.kind == first.kind]
        latest = max((order for order in part if order in self.said), default=part[0] - 1)
        if first.order < latest:
            return _BACK
        return _FORWARD * sum(latest < order < first.order for order in part) / len(part)

    def _fit(self, units: Sequence[Unit], kind: SegmentType) -> float:
        """How well sentences do what a type of stretch is for; below 0 they do something else."""
        values = [
            source_weight(unit, kind) + self.zones[kind][unit.order] - _TORN * (1.0 - unit.whole)
            for unit in units
            if unit.order >= 0
        ]
        return fmean(values) if values else 0.0

    def _tells(self, said: Sequence[Unit]) -> float:
        """How much sentences sound like the paper's result."""
        return self._score(said, _T.KEY_FINDING) + fmean(self.results[unit.order] for unit in said)

    def _score(self, units: Sequence[Unit], kind: SegmentType) -> float:
        return self._fit(units, kind) + _GIST * fmean(self.gist[unit.order] for unit in units)

    def reserve(self, segments: Sequence[DraftSegment]) -> list[tuple[DraftSegment, Passage]]:
        """What else could be said, each passage with the stretch that it suits best, the best first."""
        found: list[tuple[float, DraftSegment, Passage]] = []
        self.used = set(self.said)  # what was kept for a stretch that did not take it
        for run in runs(self.units, self.used):
            fitting = [
                one
                for one in segments
                if one.segment_type not in _OWN and may_say(run, one.segment_type, self.sectioned)
            ]
            # What one of the reserve introduces, another may need; fitting sees to the order.
            passage = self._prefix(run, self.adjustments.topic_words / 2.0)
            if passage is None and len(run) > 1:  # else the stump of a paragraph that can't be spoken
                passage = Passage(run[:2], run[2:])
            self.met |= {term for unit in (passage.said if passage else ()) for term in unit.terms}
            if fitting and passage is not None:
                first = passage.said[0]
                best = max(
                    fitting,
                    key=lambda one: (
                        source_weight(first, one.segment_type) > 0.0,  # of its part of the paper
                        self._fit(passage.said, one.segment_type),
                    ),
                )
                if fmean(unit.whole for unit in passage.said) > PATCHY:
                    found.append((self._score(passage.said, best.segment_type), best, passage))
        found.sort(key=lambda one: -one[0])
        return [(segment, passage) for _, segment, passage in found]
