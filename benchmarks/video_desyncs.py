"""Desyncs: thirteen ways to put a good timeline out of step with its speech, and what a check has to say of each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from podcast_dspy.documents.graph import DocumentAtom, DocumentGraph
from podcast_dspy.visuals import FigureIndex, VisualAssetAlignment, find_mentions
from podcast_dspy.visuals.figure_mentions import Speech

Timeline = list[VisualAssetAlignment]


@dataclass(frozen=True)
class Episode:
    """A timeline that fits, and what it was made from."""

    name: str
    timeline: Sequence[VisualAssetAlignment]
    graph: DocumentGraph
    transcription: Any

    @property
    def named(self) -> int | None:
        """Number of a visual that shows a figure which is named aloud while it is shown, and has a visual before it."""
        index, speech = FigureIndex(self.graph), Speech(self.transcription)
        for number, visual in enumerate(self.timeline):
            if number == 0 or visual.visual_type != "figure":
                continue
            near = find_mentions(speech.between(visual.start_time - 1, visual.end_time))
            meant = (index.resolve(mention) for mention in near)
            if any(atom is not None and atom.atom_id == visual.figure_atom_id for atom in meant):
                return number
        return None

    def cards(self, apart: float) -> list[int]:
        """Numbers of cards with spoken words, each `apart` seconds from the one before at least."""
        chosen: list[int] = []
        for number, visual in enumerate(self.timeline):
            spoken = visual.quote_style not in (None, "title")
            if spoken and (not chosen or visual.start_time - self.timeline[chosen[-1]].start_time >= apart):
                chosen.append(number)
        return chosen

    def other(self, visual: VisualAssetAlignment, kind: str) -> DocumentAtom | None:
        """Another figure or table of the paper that is not spoken of near a visual."""
        index, speech = FigureIndex(self.graph), Speech(self.transcription)
        near = find_mentions(speech.between(visual.start_time - 15, visual.end_time + 15))
        meant = {atom.atom_id for mention in near if (atom := index.resolve(mention))}
        return next(
            (
                atom
                for atom in index.atoms.values()
                if atom.atom_type == kind
                and atom.atom_id not in meant
                and not index.same(atom.atom_id, visual.figure_atom_id or "")
            ),
            None,
        )


def _set(timeline: Sequence[VisualAssetAlignment], number: int, **changes: Any) -> Timeline:
    changed = list(timeline)
    changed[number] = changed[number].model_copy(update=changes)
    return changed


def _figure(change: Callable[[Episode, int], Timeline | None]) -> Callable[[Episode], Timeline | None]:
    return lambda episode: None if (number := episode.named) is None else change(episode, number)


def _figure_late(episode: Episode, number: int) -> Timeline | None:
    visual = episode.timeline[number]
    if visual.duration < 8.0:
        return None
    later = visual.start_time + 7.0
    return _set(_set(episode.timeline, number, start_time=later), number - 1, end_time=later)


def _figure_dropped(episode: Episode, number: int) -> Timeline | None:
    return _set(episode.timeline, number, visual_type="broll", figure_atom_id=None, figure_path=None)


def _figure_swapped(episode: Episode, number: int) -> Timeline | None:
    visual = episode.timeline[number]
    own = next(atom for atom in episode.graph.atoms if atom.atom_id == visual.figure_atom_id)
    other = episode.other(visual, own.atom_type)
    return _set(episode.timeline, number, figure_atom_id=other.atom_id) if other else None


def _other_kind(episode: Episode, number: int) -> Timeline | None:
    visual = episode.timeline[number]
    own = next(atom for atom in episode.graph.atoms if atom.atom_id == visual.figure_atom_id)
    other = episode.other(visual, "table" if own.atom_type == "figure" else "figure")
    return _set(episode.timeline, number, figure_atom_id=other.atom_id) if other else None


def _formula_shown(episode: Episode, number: int) -> Timeline | None:
    formula = next((atom for atom in episode.graph.atoms if atom.atom_type == "equation"), None)
    return _set(episode.timeline, number, figure_atom_id=formula.atom_id) if formula else None


def _figure_stays(episode: Episode, number: int) -> Timeline | None:
    until = episode.timeline[number].end_time + 30.0
    following = [visual for visual in episode.timeline[number + 1 :] if visual.end_time > until]
    if not following or any(
        v.visual_type == "figure" and v.start_time <= until for v in episode.timeline[number + 1 :]
    ):
        return None
    shortened = following[0].model_copy(update={"start_time": max(until, following[0].start_time)})
    return [*_set(episode.timeline, number, end_time=until)[: number + 1], shortened, *following[1:]]


def _figure_early(episode: Episode, number: int) -> Timeline | None:
    since = episode.timeline[number].start_time - 15.0
    before = [visual for visual in episode.timeline[:number] if visual.start_time < since]
    if not before or any(v.visual_type == "figure" and v.end_time > since for v in episode.timeline[:number]):
        return None
    shortened = before[-1].model_copy(update={"end_time": min(since, before[-1].end_time)})
    return [*before[:-1], shortened, *_set(episode.timeline, number, start_time=since)[number:]]


def _cards_swapped(episode: Episode) -> Timeline | None:
    cards = episode.cards(25.0)
    if len(cards) < 2:
        return None
    first, second = cards[:2]
    one, other = episode.timeline[first].quote_text, episode.timeline[second].quote_text
    return _set(_set(episode.timeline, first, quote_text=other), second, quote_text=one)


def _card_late(episode: Episode) -> Timeline | None:
    for number in episode.cards(0.0):
        visual = episode.timeline[number]
        if number and visual.duration >= 5.0:
            later = visual.start_time + 3.0
            return _set(_set(episode.timeline, number, start_time=later), number - 1, end_time=later)
    return None


def _words_changed(episode: Episode) -> Timeline | None:
    cards = episode.cards(0.0)
    if not cards:
        return None
    words = (episode.timeline[cards[0]].quote_text or "").split()
    return _set(episode.timeline, cards[0], quote_text=" ".join([*words[:-2], "nothing", "else."]))


def _sound_moved(episode: Episode) -> Timeline | None:
    total = episode.transcription.total_duration
    moved = [
        visual.model_copy(
            update={"start_time": visual.start_time + 4.0, "end_time": min(total, visual.end_time + 4.0)}
        )
        for visual in episode.timeline
        if visual.start_time + 4.0 < total
    ]
    return _set(moved, 0, start_time=0.0)


def _gap(episode: Episode) -> Timeline | None:
    middle = len(episode.timeline) // 2
    return [*episode.timeline[:middle], *episode.timeline[middle + 1 :]] if middle else None


def _overlap(episode: Episode) -> Timeline | None:
    middle = len(episode.timeline) // 2
    end = episode.timeline[middle].end_time + 1.0
    return _set(episode.timeline, middle, end_time=end) if middle + 1 < len(episode.timeline) else None


_WRONG = ("figure_not_mentioned", "figure_not_shown")
_CARD = ("quote_not_found", "quote_timing_offset")
DESYNCS: dict[str, tuple[Callable[[Episode], Timeline | None], tuple[str, ...]]] = {
    "a figure comes 7 s late": (_figure(_figure_late), ("figure_appears_late",)),
    "a figure is left out": (_figure(_figure_dropped), ("figure_not_shown",)),
    "another figure is shown": (_figure(_figure_swapped), _WRONG),
    "a table for a figure, or a figure for a table": (_figure(_other_kind), _WRONG),
    "a formula for a figure": (_figure(_formula_shown), _WRONG),
    "a figure stays 30 s too long": (_figure(_figure_stays), ("figure_stays",)),
    "a figure comes 15 s early": (_figure(_figure_early), ("figure_appears_early",)),
    "two cards are exchanged": (_cards_swapped, ("quote_not_found",)),
    "a card comes 3 s late": (_card_late, _CARD),
    "a card says something else": (_words_changed, ("quote_not_found",)),
    "the sound moved by 4 s": (_sound_moved, _CARD),
    "a visual is missing": (_gap, ("no_visual",)),
    "two visuals at once": (_overlap, ("visuals_overlap",)),
}
"""By name: what is done to a timeline (None where the episode has nothing to do it to), and what must be found."""
