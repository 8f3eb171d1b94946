"""Fitting: passages in and out of runs until each run, and the whole, has the length that was planned."""

from __future__ import annotations

from collections.abc import Sequence

from podcast_dspy.generation.drafts import DraftSegment
from podcast_dspy.generation.material import Unit

__all__ = ["fit_length"]

_TOLERANCE = 0.01
"""Share of the target within which the whole counts as met."""


def fit_length(
    segments: Sequence[DraftSegment], lengths: Sequence[int], target: float, *, runs: bool = True
) -> bool:
    """Exchange units with the reserves, given the spoken words of each run; False when nothing had to change.

    Each run is brought as near to its own budget as its units allow, unless `runs` is False, then the whole to
    `target` spoken words.
    """
    taken = {unit.order for segment in segments for unit in segment.units}
    lack = [float(segment.budget - length) for segment, length in zip(segments, lengths, strict=True)]
    gap = target - sum(lengths)
    changed = False
    for index, segment in enumerate(segments if runs else ()):
        before = lack[index]
        lack[index] = _fit_run(segment, before, taken)
        gap += lack[index] - before
        changed |= lack[index] != before
    while abs(gap) > _TOLERANCE * target:
        step = _exchange(segments, lack, taken, gap)
        if step == 0:
            break
        gap += step
        changed = True
    return changed


def _fit_run(segment: DraftSegment, lack: float, taken: set[int]) -> float:
    """Drop or add units while that brings the run nearer to its budget; what it still lacks in words."""
    while True:
        drop = min(_droppable(segment), key=lambda unit: abs(lack + unit.words), default=None)
        if drop is not None and len(segment.units) > 1 and abs(lack + drop.words) < abs(lack):
            _drop(segment, drop, taken)
            lack += drop.words
            continue
        free = [unit for unit in segment.reserve if unit.order not in taken]
        add = min(free, key=lambda unit: abs(lack - unit.words), default=None)
        if add is not None and abs(lack - add.words) < abs(lack):
            _add(segment, add, taken)
            lack -= add.words
            continue
        return lack


def _droppable(segment: DraftSegment) -> list[Unit]:
    """All but the run's core, a picture's caption, which says what the rest is about, and what a unit points at."""
    pointed = {unit.order - 1 for unit in segment.units if unit.dangling}
    return [
        unit
        for unit in segment.units
        if not unit.verbatim and unit.order not in pointed and unit != segment.core
    ]


def _exchange(segments: Sequence[DraftSegment], lack: list[float], taken: set[int], gap: float) -> int:
    """One unit more where a run lacks most, or one less where it has most to spare; the change of the gap, 0 if none.

    Only a unit that brings the whole nearer to its target is moved.
    """
    if gap > 0:
        choices = [
            (lack[index], -index, unit)
            for index, segment in enumerate(segments)
            for unit in segment.reserve
            if unit.order not in taken and unit.words < 2 * gap
        ]
        if not choices:
            return 0
        _, negative, unit = max(choices, key=lambda choice: choice[:2])
        _add(segments[-negative], unit, taken)
        lack[-negative] -= unit.words
        return -unit.words
    drops = [
        (-lack[index], -index, unit)
        for index, segment in enumerate(segments)
        for unit in _droppable(segment)
        if len(segment.units) > 1 and unit.words < -2 * gap
    ]
    if not drops:
        return 0
    _, negative, unit = max(drops, key=lambda choice: choice[:2])
    _drop(segments[-negative], unit, taken)
    lack[-negative] += unit.words
    return unit.words


def _add(segment: DraftSegment, unit: Unit, taken: set[int]) -> None:
    segment.say([*segment.units, unit])
    segment.reserve = [one for one in segment.reserve if one.order != unit.order]
    taken.add(unit.order)


def _drop(segment: DraftSegment, unit: Unit, taken: set[int]) -> None:
    segment.units = [one for one in segment.units if one.order != unit.order]
    segment.reserve = [*segment.reserve, unit]
    taken.discard(unit.order)
