"""The canonical sequence: what the run sequences of several podcasts share, by progressive alignment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from podcast_dspy.signatures.types import SegmentType

__all__ = ["CanonicalRun", "canonical_runs", "common_length", "merge_neighbours"]


@dataclass(frozen=True)
class CanonicalRun:
    """One run of the canonical sequence; `members[p]` are the indices of the runs of podcast p that stand for it."""

    segment_type: SegmentType
    members: tuple[tuple[int, ...], ...]

    @property
    def support(self) -> float:
        """Share of the podcasts that have this run, 0-1."""
        return sum(bool(member) for member in self.members) / len(self.members)


def common_length(a: Sequence[SegmentType], b: Sequence[SegmentType]) -> int:
    """Length of the longest common subsequence."""
    row = [0] * (len(b) + 1)
    for first in a:
        previous = 0
        for index, second in enumerate(b, start=1):
            kept = row[index]
            row[index] = previous + 1 if first is second else max(row[index], row[index - 1])
            previous = kept
    return row[-1]


def _similarity(a: Sequence[SegmentType], b: Sequence[SegmentType]) -> float:
    return 2.0 * common_length(a, b) / (len(a) + len(b))


def canonical_runs(
    sequences: Sequence[Sequence[SegmentType]], shares: Sequence[Sequence[float]]
) -> tuple[CanonicalRun, ...]:
    """The runs that the podcasts share, in order; as many as a podcast of the set usually has.

    The most central sequence (the medoid by longest common subsequence) is the start; the others are aligned to
    the growing set of columns, nearest first, equal types matching and everything else opening a column. Columns
    are kept by support, then by their share of the time (`shares[p][i]`: run i of podcast p, 0-1). Neighbours
    that end up equal are merged.
    """
    kept = [index for index, sequence in enumerate(sequences) if sequence]
    if not kept:
        return ()
    totals = {i: sum(_similarity(sequences[i], sequences[j]) for j in kept if j != i) for i in kept}
    medoid = max(kept, key=lambda i: (totals[i], -i))
    order = sorted(
        kept, key=lambda i: (-_similarity(sequences[i], sequences[medoid]) if i != medoid else -2.0, i)
    )
    columns: list[tuple[SegmentType, dict[int, int]]] = []
    for podcast in order:
        columns = _add(columns, podcast, sequences[podcast])
    wanted = max(1, round(median(len(sequences[i]) for i in kept)))

    def rank(index: int) -> tuple[int, float, int]:
        _, members = columns[index]
        return len(members), sum(shares[p][i] for p, i in members.items()), -index

    best = sorted(sorted(range(len(columns)), key=rank, reverse=True)[:wanted])
    runs = [
        CanonicalRun(
            columns[index][0],
            tuple((columns[index][1][p],) if p in columns[index][1] else () for p in range(len(sequences))),
        )
        for index in best
    ]
    return merge_neighbours(runs)


def _add(
    columns: list[tuple[SegmentType, dict[int, int]]], podcast: int, sequence: Sequence[SegmentType]
) -> list[tuple[SegmentType, dict[int, int]]]:
    """Align a sequence to the columns: the alignment whose matched columns have the most members."""
    rows, width = len(columns), len(sequence)
    best = [[0.0] * (width + 1) for _ in range(rows + 1)]
    for i in range(rows - 1, -1, -1):
        for j in range(width - 1, -1, -1):
            best[i][j] = max(best[i + 1][j], best[i][j + 1])
            if columns[i][0] is sequence[j]:
                best[i][j] = max(best[i][j], len(columns[i][1]) + best[i + 1][j + 1])
    merged: list[tuple[SegmentType, dict[int, int]]] = []
    i = j = 0
    while i < rows or j < width:
        if i < rows and j < width and columns[i][0] is sequence[j]:
            match = len(columns[i][1]) + best[i + 1][j + 1]
            if match >= max(best[i + 1][j], best[i][j + 1]):
                merged.append((columns[i][0], {**columns[i][1], podcast: j}))
                i, j = i + 1, j + 1
                continue
        if i < rows and (j == width or best[i + 1][j] >= best[i][j + 1]):
            merged.append(columns[i])
            i += 1
        else:
            merged.append((sequence[j], {podcast: j}))
            j += 1
    return merged


def merge_neighbours(runs: Sequence[CanonicalRun]) -> tuple[CanonicalRun, ...]:
    """Merge equal neighbours; the merged run stands for the runs of both."""
    merged: list[CanonicalRun] = []
    for run in runs:
        if merged and merged[-1].segment_type is run.segment_type:
            members = tuple((*a, *b) for a, b in zip(merged[-1].members, run.members, strict=True))
            merged[-1] = CanonicalRun(run.segment_type, members)
        else:
            merged.append(run)
    return tuple(merged)
