"""Choosing: which passages each stretch of an episode says, in the order in which they are spoken."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import takewhile
from statistics import fmean

from podcast_dspy.documents.graph import DocumentAtom, DocumentGraph
from podcast_dspy.generation.adjustments import Adjustments
from podcast_dspy.generation.drafts import DraftSegment, Passage, Placed, hand_over, keep_order
from podcast_dspy.generation.features import (
    TELLING,
    caption_units,
    describing,
    gists,
    likeness,
    main_pictures,
    may_say,
    result_odds,
    source_weight,
    steps,
    turn_of,
    zone_fit,
)
from podcast_dspy.generation.hearing import LEAST, MOST, Hearing
from podcast_dspy.generation.moves import comes_to, names_itself
from podcast_dspy.generation.references import names_in, spelled_out, unexplained, unresolved_definites
from podcast_dspy.generation.rows import Unit, continued, endings, only_shows, runs
from podcast_dspy.generation.spoken_sentences import picture_name, says_again
from podcast_dspy.signatures.types import SegmentType
from podcast_dspy.text.words import content_stems

_T = SegmentType
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
_LOOSE, _NEW = 0.3, 0.3
"""What it costs in the choice that nothing has named what `the ...` or an acronym is, and each name, rare word and
number that a sentence of the passage brings on average."""
_FORWARD, _BACK = 1.0, 2.0
"""What passing over the rest of a part costs in the choice, and what going back in it does: the paper has an order."""
_TITLE_WORDS = 40  # in which an episode says what it is and whose
_BEGINS = {_T.METHODOLOGY: "method", _T.CONCLUSION: "conclusion"}
"""Types that begin as their part of the paper does."""
_MEANING = frozenset({*TELLING, "limitation"})
"""Parts of a paper in which it says what its results mean, wherever in a paragraph."""
_OF_ITSELF = frozenset({_T.IMPLICATION, _T.LIMITATION})
"""Types that speak of the paper's own work, by name."""
_OWN = frozenset({_T.INTRO, _T.FIGURE_DISCUSSION})
"""Types whose passages are theirs from the beginning."""


class Chooser:
    """Choice of passages, stretch by stretch as they are spoken: what has been said decides what can be said next."""

    def __init__(self, graph: DocumentGraph, units: Sequence[Unit], adjustments: Adjustments) -> None:
        self.graph = graph
        self.units = units
        self.adjustments = adjustments
        self.importance = {concept.name: concept.importance for concept in graph.key_concepts}
        similar = likeness(units)
        self.gist = gists(units, similar)
        self.unexplained = unexplained([unit.text for unit in units], spelled_out(graph))
        self.zones = zone_fit(units)
        self.results = result_odds(units)
        self.used: set[int] = set()
        self.hearing = Hearing(graph.title, units, similar)
        kinds = {unit.kind for unit in units}
        self.sectioned = bool(kinds & TELLING and kinds & {"introduction", "background"})
        self.introduction = next((unit.section for unit in units if unit.kind != "abstract"), "")
        self.steps = steps(units, self.gist)
        self.named = {unit.order for unit in units if names_itself(unit.text)}
        self.opening, self.outcome = self._abstract()
        self.describing = describing(graph, units, self.outcome)

    def _abstract(self) -> tuple[list[Unit], list[Unit]]:
        """What the abstract begins with, and its results: cut where what it says turns most clearly.

        Without one the paper's first passage opens, and the one that sounds most like results tells them.
        """
        own = self.hearing.clear([unit for unit in self.units if unit.kind == "abstract"])
        if len(own) >= LEAST:
            cut = turn_of(own, [self.results[unit.order] for unit in own])
            return own[:cut], own[cut:]
        passages = self._rows()
        first = passages[0] if passages else list(self.units[:1])
        if own:
            # An abstract of one or two sentences says what came out.
            return next((run for run in passages if run[0].kind != "abstract"), own), own
        later = [run for run in passages if run[0].order > first[-1].order] or [first]
        # What tells of a picture is kept for the stretch about it.
        later = [run for run in later if not any(unit.figures for unit in run)] or later
        return first, max(later, key=lambda run: self._tells(run[:MOST]))

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
        self.used |= held | self._of_pictures(segments)
        for at, segment in enumerate(segments):
            later = {one.segment_type for one in segments[at + 1 :]} - {segment.segment_type, *_OWN}
            if segment is intro:
                room = segment.budget - _TITLE_WORDS
                whole = self.opening[0].kind == "abstract"
                opening = (
                    self._whole(self.opening, room)
                    if whole
                    else self.hearing.passage(self.opening, room, least=1)
                )
                self._take(segment, opening or Passage(self.opening[:1]))
            elif segment is result:
                fresh = [unit for unit in self.outcome if unit.order not in self.hearing.said]
                self._take(segment, self._whole(fresh, segment.budget) or self._result(segment.budget))
                self._take(segment, self._announced(segment.budget, segment.units))
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
                    own = [list(takewhile(lambda unit: self.results[unit.order] <= 0.0, run)) for run in own]
                begun = (self._whole(run, segment.budget) for run in own if run)
                self._take(segment, next((one for one in begun if one), None))
            if segment.segment_type not in _OWN or (segment is intro and not segment.passages):
                self._fill(segment, later)
                if segment.passages:
                    said = sum(unit.words for unit in segment.units)
                    hand_over(segments, segment, min(said, segment.budget))
        for segment in segments:
            keep_order(segments, segment)

    def _of_pictures(self, segments: Sequence[DraftSegment]) -> set[int]:
        """The sentences, by order, that name a picture which a stretch is about."""
        shown = {one.figure.atom_id for one in segments if one.figure is not None}
        return {unit.order for unit in self.units if shown.intersection(unit.figures)}

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

    def _rows(self, kind: SegmentType | None = None) -> list[list[Unit]]:
        """What can be said in one go, by where paragraphs begin. What the results mean a discussion also says in the
        middle of them, behind what was known. How something was done that is always done so is left out."""
        begun = runs(self.units, self.used)
        if kind is _T.IMPLICATION:
            begun += [
                continued(self.units, unit, self.used)
                for unit in self.units
                if unit.kind in TELLING
                and not unit.opens
                and unit.order not in self.used
                and comes_to(unit.text)
            ]
        return [row for run in begun if (row := self._told(run, kind))]

    def _told(self, run: list[Unit], kind: SegmentType | None) -> list[Unit]:
        """A row up to where it only says how something was done, or, in what results mean, what others found; that it
        goes on with that is no matter."""
        itself = kind in _OF_ITSELF
        told = list(takewhile(lambda unit: not (unit.order in self.steps or (itself and unit.others)), run))
        return [*told[:-1], replace(told[-1], closes=True)] if told and len(told) < len(run) else told

    def _found(
        self, segment: DraftSegment, room: float, later: Iterable[SegmentType], least: int = LEAST
    ) -> list[Passage]:
        """The passages that a stretch could say next."""
        return [
            passage
            for run in self._rows(segment.segment_type)
            if may_say(run, segment.segment_type, self.sectioned)
            if (least == 1 and segment.segment_type is _T.IMPLICATION)
            or self._of_itself(run, segment.segment_type)
            # What an introduction announces as found is no method.
            if not (
                self.sectioned
                and segment.segment_type is _T.METHODOLOGY
                and run[0].section == self.introduction
            )
            if (passage := self.hearing.passage(run, room, least, alone=least == 1)) is not None
            and self._belongs(passage.said, segment.segment_type, later)
        ]

    def _of_itself(self, run: Sequence[Unit], kind: SegmentType) -> bool:
        """Whether a row of a discussion, or that tells what results mean or lack, names the paper's own: others have
        results too. A paper that never does, as in another language, is free."""
        needs = kind in _OF_ITSELF or run[0].kind == "discussion"
        free = not (needs and self.named) or run[0].kind == "limitation"
        return free or any(unit.order in self.named for unit in run[:2])

    def _take(self, segment: DraftSegment, passage: Passage | None) -> None:
        if passage is None:
            return
        segment.passages.append(passage)
        self.tell(passage.said)

    def tell(self, said: Iterable[Unit]) -> None:
        """Count sentences as said: they are not chosen again, and what they introduce is known."""
        for unit in said:
            self.used.add(unit.order)
            self.hearing.tell(unit)

    def _whole(self, run: Sequence[Unit], room: float) -> Passage | None:
        """What the paper says in short, which stays whole where two topics and a half hold it."""
        found = self.hearing.passage(run, max(room, 2.5 * min(room, self.adjustments.topic_words)), least=2)
        return found and replace(found, least=len(found.said), whole=run[0].kind != "conclusion")

    def _result(self, room: float) -> Passage | None:
        """What sounds most like a result of all that can be understood by now, where that of the abstract cannot."""
        found = [passage for run in self._rows() if (passage := self.hearing.passage(run, room))]
        best = max(found, key=lambda passage: self._tells(passage.said), default=None)
        return best and replace(best, whole=True)

    def _announced(self, budget: int, told: Sequence[Unit]) -> Passage | None:
        """What the introduction announces as found, as far as there is room beside what is `told` already."""
        room = budget - sum(unit.words for unit in told)
        found = (
            unit
            for unit in self.units
            if unit.section == self.introduction
            and unit.kind == "method"
            and self.results[unit.order] > 0.0
            and not unit.points
            and unit.order not in self.used
        )
        rows = (continued(self.units, unit, self.used) for unit in found if room > 0)
        passages = (self.hearing.passage(run, room, least=1, alone=True) for run in rows)
        return next((one for one in passages if one), None)

    def _about(self, picture: DocumentAtom, room: float) -> Passage | None:
        """What a picture's caption says, and what the paper says of it from where it names it."""
        caption = caption_units(self.graph, picture)
        named = [unit for unit in self.units if picture.atom_id in unit.figures]
        shown = set(content_stems(picture.caption or ""))
        # Of all that point to it, what says most of what the caption says it shows.
        shared = {unit.order: len(shown.intersection(content_stems(unit.text))) for unit in named}
        for unit in sorted(named, key=lambda unit: (unit.kind != "results", -shared[unit.order], unit.order)):
            run = continued(self.units, unit, self.hearing.said)
            if says_again(unit.text, picture) or only_shows(unit):
                run = run[1:] if len(run) > 1 and not run[1].points else []
            elif unit.points:
                continue
            # The text says what a caption goes on about, and says it to somebody who does not see it.
            head = [] if run and run[0].text.startswith(picture_name(picture)) else caption[:1]
            if run and (passage := self.hearing.passage(run, room - sum(one.words for one in head), least=1)):
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
        return (
            own
            - max(0.0, others - own)
            + self.adjustments.concept_weight * min(1.0, named)
            - self._unclear(passage.said)
            - self._out_of_order(passage.said[0])
            + _DESCRIBES
            * sum(unit.order in self.describing for unit in passage.said)
            / max(1, len(self.describing))
        )

    def _unclear(self, said: Sequence[Unit]) -> float:
        """What sentences cost by what nothing has named, and by the names that they bring."""
        names = names_in(" ".join(one.text for one in said))
        loose = len(unresolved_definites(said[0].text, self.hearing.stems))
        return _LOOSE * (loose + len(self.unexplained & names)) + _NEW * self.hearing.load(said)

    def _belongs(self, said: Sequence[Unit], kind: SegmentType, later: Iterable[SegmentType]) -> bool:
        """Whether sentences do what a type of stretch is for, and no later one suits them clearly better."""
        own = self._fit(said, kind)
        return own >= _EVIDENCE and all(self._fit(said, other) <= own + _CLAIM for other in later)

    def _out_of_order(self, first: Unit) -> float:
        """What it costs to begin there: how much of its part of the paper is passed over, or gone back behind."""
        part = [unit.order for unit in self.units if unit.kind == first.kind]
        latest = max((order for order in part if order in self.hearing.said), default=part[0] - 1)
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

    def reserve(self, segments: Sequence[DraftSegment]) -> list[Placed]:
        """What else could be said, each passage with the stretch that it suits best, the best first."""
        found: list[tuple[float, Placed]] = []
        # What was kept for a stretch that did not take it is free, but for what is said of its picture.
        self.used = self.hearing.said | self._of_pictures(segments)
        for run in self._rows(_T.IMPLICATION):
            fitting = [
                one
                for one in self._fitting(run, segments)
                if self._of_itself(run, one.segment_type)
                and (run[0].opens or one.segment_type is _T.IMPLICATION)
            ]
            # What one of the reserve introduces, another may need; fitting sees to the order.
            passage = self.hearing.passage(run, self.adjustments.topic_words / 2.0) or self._begun(run)
            self.hearing.met |= {term for unit in (passage.said if passage else ()) for term in unit.terms}
            if fitting and passage is not None and not _patchy(passage):
                best = self._best_of(fitting, passage.said)
                worth = self._score(passage.said, best.segment_type) - self._unclear(passage.said)
                found.append((worth, (best, passage)))
        found.sort(key=lambda one: -one[0])
        return [placed for _, placed in found]

    def spare(self, segments: Sequence[DraftSegment]) -> list[Placed]:
        """What is said only where the length cannot be met otherwise: paragraphs with steps, names and all."""
        return [
            (self._best_of(fitting, passage.said), passage)
            for run in runs(self.units, self.hearing.said)
            if (fitting := self._fitting(run, segments))
            and (passage := self._begun(run))
            and not _patchy(passage)
        ]

    def _fitting(self, run: Sequence[Unit], segments: Sequence[DraftSegment]) -> list[DraftSegment]:
        return [
            one
            for one in segments
            if one.segment_type not in _OWN and may_say(run, one.segment_type, self.sectioned)
        ]

    def _begun(self, run: Sequence[Unit]) -> Passage | None:
        """The first sentences of a row with which something may end; a stump of one sentence is none."""
        ends = endings(run, self.units)
        count = min((at for at in ends if at > 1), default=0)
        return Passage(list(run[:count]), list(run[count:]), ends=ends) if count else None

    def _best_of(self, fitting: Sequence[DraftSegment], said: Sequence[Unit]) -> DraftSegment:
        """The stretch that sentences suit best, first of their part of the paper."""
        return max(
            fitting,
            key=lambda one: (
                source_weight(said[0], one.segment_type) > 0.0,
                self._fit(said, one.segment_type),
            ),
        )


def _patchy(passage: Passage) -> bool:
    """Whether too little of a passage's paragraphs can be spoken."""
    return fmean(unit.whole for unit in passage.said) <= PATCHY
