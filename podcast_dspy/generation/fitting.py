"""Fitting: how passages get longer and shorter until an episode has the length that was planned."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Final

from podcast_dspy.generation.drafts import Draft, DraftSegment, Passage, unmet
from podcast_dspy.generation.passages import unfinished
from podcast_dspy.signatures.types import SegmentType

_TOLERANCE: Final = 0.01
"""Share of the target within which the whole counts as met."""
_BALANCE: Final = 0.3
"""What a word counts by which a stretch leaves its own budget, beside one by which the whole does."""
_THIN: Final = 30.0
"""Words by which the whole may be off before a passage is no whole one any more."""
_RANK: Final = 0.5
"""The same for each passage of the reserve that suits better."""
_FEWEST: Final = 1
"""Sentences of a passage that has lost some."""
_STEPS: Final = 400


@dataclass(frozen=True)
class _Move:
    """One change of a draft: a passage longer or shorter by a sentence, or one more or one less."""

    segment: DraftSegment
    passage: Passage
    change: str
    words: float


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
        torn = sum(map(_tears, chosen))
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
        if unmet(draft.segments) <= faults:
            return chosen
        for move in reversed(chosen):
            _undo(draft, move)
    return ()


def _tears(move: _Move) -> bool:
    """Whether a change leaves no whole passage: too little, a promise, or the mere beginning of a paragraph."""
    passage = move.passage
    if move.change == "longer":
        return passage.more[0].opens or unfinished(passage.more[0])
    return move.change == "shorter" and (
        len(passage.said) <= passage.least or (len(passage.said) > 1 and unfinished(passage.said[-2]))
    )


_SMALL: Final = 40
"""Words below which one sentence more and another less come nearer than one alone."""


def _moves(draft: Draft, length: Callable[[str], int]) -> Iterator[_Move]:
    taken = {unit.order for segment in draft.segments for unit in segment.units}
    findings = (one for one in draft.segments if one.segment_type is SegmentType.KEY_FINDING and one.passages)
    result = next((one.passages[0] for one in findings), None)
    for segment in draft.segments:
        for passage in segment.passages:
            if passage.more and passage.more[0].order not in taken:
                yield _Move(segment, passage, "longer", length(passage.more[0].text))
            # What came out is told whole, whatever the length.
            if len(passage.said) > (passage.least if passage is result else min(_FEWEST, passage.least)):
                yield _Move(segment, passage, "shorter", -length(passage.said[-1].text))
            elif len(segment.passages) > 1 and passage is segment.passages[-1] and passage is not result:
                yield _Move(segment, passage, "out", -sum(length(unit.text) for unit in passage.said))
    for segment, passage in draft.reserve:
        if not any(unit.order in taken for unit in passage.said):
            yield _Move(segment, passage, "in", sum(length(unit.text) for unit in passage.said))


def _make(draft: Draft, move: _Move) -> None:
    passage, segment = move.passage, move.segment
    if move.change == "longer":
        passage.said.append(passage.more.pop(0))
    elif move.change == "shorter":
        passage.more.insert(0, passage.said.pop())
    elif move.change == "in":
        draft.reserve = [one for one in draft.reserve if one[1] is not passage]
        segment.put(passage)
    else:
        segment.passages = [one for one in segment.passages if one is not passage]
        draft.reserve.append((segment, passage))


_OPPOSITE: Final = {"longer": "shorter", "shorter": "longer", "in": "out", "out": "in"}


def _undo(draft: Draft, move: _Move) -> None:
    _make(draft, _Move(move.segment, move.passage, _OPPOSITE[move.change], -move.words))
