"""Fitting: passages get longer and shorter, come in and go, until a draft is as long as planned."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Final

from podcast_dspy.generation.drafts import Draft, DraftSegment, Passage, unmet

_TOLERANCE: Final = 0.02
"""Share of the target within which the whole counts as met."""
_BALANCE: Final = 0.3
"""What a word counts by which a stretch leaves its own budget, beside one by which the whole does."""
_THIN: Final = 60.0
"""Words by which the whole may be off before a passage is no whole one any more."""
_RANK: Final = 0.5
"""The same for each passage of the reserve that suits better."""
_STEPS: Final = 400


@dataclass(frozen=True)
class _Move:
    """One change of a draft: a passage longer or shorter by a sentence, or one more or one less."""

    segment: DraftSegment
    passage: Passage
    change: str
    words: float
    count: int = 1
    """Sentences by which it gets longer or shorter."""


def fit_length(draft: Draft, lengths: Sequence[int], target: float, length: Callable[[str], int]) -> bool:
    """Make passages longer and shorter until the whole is as long as it should be; False when nothing had to change.

    `lengths` are the spoken words of each stretch as it is, `length` says those of a text. No change may leave a term
    without its introduction.
    """
    gap: float = target - sum(lengths)
    lack: dict[int, float] = {
        id(one): one.budget - words for one, words in zip(draft.segments, lengths, strict=True)
    }
    changed = False
    for _ in range(_STEPS):
        if abs(gap) <= _TOLERANCE * target:
            break
        done = _best(draft, gap, lack, length)
        if not done:
            break
        for move in done:
            gap -= move.words
            lack[id(move.segment)] -= move.words
        changed = True
    return changed


def _best(
    draft: Draft, gap: float, lack: dict[int, float], length: Callable[[str], int]
) -> tuple[_Move, ...]:
    """The change, or the two, that bring the whole nearest to its length; made already. Empty if none does."""
    moves = list(_moves(draft, length))
    ranks = {id(passage): rank for rank, (_, passage) in enumerate(draft.reserve)}

    def cost(chosen: tuple[_Move, ...]) -> float:
        off = abs(gap - sum(move.words for move in chosen))
        torn = sum(map(_torn, chosen))
        rank = sum(ranks.get(id(move.passage), 0) for move in chosen if move.change == "in")
        return (
            off
            + _THIN * torn
            + _RANK * rank
            + _BALANCE
            * sum(abs(lack[id(move.segment)] - move.words) - abs(lack[id(move.segment)]) for move in chosen)
        )

    ones: list[tuple[_Move, ...]] = [(move,) for move in moves]
    twos = [
        (longer, shorter)
        for longer, shorter in product(moves, moves)
        if longer.words > 0 > shorter.words and longer.passage is not shorter.passage
    ]
    faults = unmet(draft.segments)
    candidates = [*ones, *twos] if abs(gap) < _SMALL else ones
    for chosen in sorted(candidates, key=cost):
        if abs(gap - sum(move.words for move in chosen)) >= abs(gap) - 1e-9:
            continue
        for move in chosen:
            _make(draft, move)
        if draft.anywhere or unmet(draft.segments) <= faults:
            return chosen
        for move in reversed(chosen):
            _undo(draft, move)
    return ()


def _torn(move: _Move) -> int:
    """By how much a change leaves no whole passage: cut within a paragraph, and with less than makes it whole."""
    if move.change not in ("longer", "shorter"):
        return 0
    passage = move.passage
    size = len(passage.said) + (move.count if move.change == "longer" else -move.count)
    cut = passage.ends is not None and not passage.ends[size]
    return cut + (move.change == "shorter" and size < passage.least)


_SMALL: Final = 40
"""Words below which one sentence more and another less come nearer than one alone."""


def _moves(draft: Draft, length: Callable[[str], int]) -> Iterator[_Move]:
    taken = {unit.order for segment in draft.segments for unit in segment.units}
    for segment in draft.segments:
        for passage in segment.passages:
            size, longer, shorter = len(passage.said), passage.next_end(1), passage.next_end(-1)
            if longer is not None and not any(one.order in taken for one in passage.more[: longer - size]):
                added = passage.more[: longer - size]
                yield _Move(segment, passage, "longer", sum(length(one.text) for one in added), longer - size)
            least = passage.least if passage.whole else 2 if segment.figure else 1  # more than a caption
            if shorter is not None and shorter >= least:
                gone = passage.said[shorter:]
                yield _Move(
                    segment, passage, "shorter", -sum(length(one.text) for one in gone), size - shorter
                )
            elif len(segment.passages) > 1 and passage is segment.passages[-1] and not passage.whole:
                yield _Move(segment, passage, "out", -sum(length(unit.text) for unit in passage.said))
    for segment, passage in draft.reserve:
        if not any(unit.order in taken for unit in passage.said):
            yield _Move(segment, passage, "in", sum(length(unit.text) for unit in passage.said))


def _make(draft: Draft, move: _Move) -> None:
    passage, segment = move.passage, move.segment
    if move.change == "longer":
        passage.said += passage.more[: move.count]
        del passage.more[: move.count]
    elif move.change == "shorter":
        passage.more[:0] = passage.said[-move.count :]
        del passage.said[-move.count :]
    elif move.change == "in":
        draft.reserve = [one for one in draft.reserve if one[1] is not passage]
        segment.put(passage)
    else:
        segment.passages = [one for one in segment.passages if one is not passage]
        draft.reserve.append((segment, passage))


_OPPOSITE: Final = {"longer": "shorter", "shorter": "longer", "in": "out", "out": "in"}


def _undo(draft: Draft, move: _Move) -> None:
    _make(draft, replace(move, change=_OPPOSITE[move.change], words=-move.words))
