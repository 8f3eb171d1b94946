"""A stretch of time painted in layers: later layers cover earlier ones, slivers are absorbed, nothing is left out."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

__all__ = ["Span", "flatten", "tiles"]

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
