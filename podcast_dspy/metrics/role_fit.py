"""Roles: whether segments say what their types are for, told by the parts of the paper and by the host's own types."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

import numpy as np

from podcast_dspy.analysis.paper_index import (
    PAPERS,
    PART_NAMES,
    StemTable,
    paper_index,
    part_of_passages,
    stem_table,
)
from podcast_dspy.documents.graph import DocumentGraph
from podcast_dspy.metrics.following import about
from podcast_dspy.signatures.types import parse_type
from podcast_dspy.text.words import content_stems, plain_text, split_sentences

_FAIR: Final = 0.21
"""Cohen's kappa from which agreement is fair (Landis and Koch 1977): no two people cut an episode up alike."""

Segments = Sequence[tuple[str, str]]
"""(type, text) of each segment."""


def role_fit(segments: Segments, graph: DocumentGraph, host: Segments) -> float:
    """How far (0-1) what segments say is what their types are for: the mean of two opinions.

    The paper's: the share that comes from parts of the paper which the type speaks of. The host's: Cohen's kappa of the
    type that a segment claims and the one under which the host says the same, over what counts as fair agreement, at
    most 1. Types that are bound to no part take no part. 1 where an opinion has nothing to go by.
    """
    bound = _bound(segments)
    return (_by_paper(bound, graph) + _by_host(bound, tuple(host))) / 2


def _bound(segments: Segments) -> list[tuple[str, str]]:
    """(type, sentence) of the segments whose types are bound to parts of the paper."""
    return [
        (kind, line)
        for kind, text in segments
        if parse_type(kind).row.speaks_of
        for line in split_sentences(plain_text(text))
    ]


def _by_paper(bound: Segments, graph: DocumentGraph) -> float:
    index = paper_index(graph)
    atoms = [graph.get_atom(passage.atom_id) for passage in index.passages]
    parts = [PART_NAMES[part] for part in part_of_passages(graph, atoms)]
    found = about([line for _, line in bound], index)
    fits = [
        parts[place] in parse_type(bound[row][0]).row.speaks_of
        for row, place in zip(found.rows, found.places, strict=True)
    ]
    total = float(found.weights.sum())
    return float(found.weights @ np.array(fits)) / total if total else 1.0


@lru_cache(maxsize=PAPERS)
def _table(host: tuple[tuple[str, str], ...]) -> tuple[list[str], StemTable]:
    lines = _bound(host)
    return [kind for kind, _ in lines], stem_table([content_stems(line) for _, line in lines])


def _by_host(bound: Segments, host: tuple[tuple[str, str], ...]) -> float:
    kinds, table = _table(host)
    found = about([line for _, line in bound], table)
    claimed: Counter[str] = Counter()
    held: Counter[str] = Counter()
    same = 0.0
    for row, place, weight in zip(found.rows, found.places, found.weights.tolist(), strict=True):
        ours, theirs = bound[row][0], kinds[place]
        claimed[ours] += weight
        held[theirs] += weight
        same += weight * (ours == theirs)
    total = float(found.weights.sum())
    chance = sum(claimed[kind] * held[kind] for kind in held) / total**2 if total else 1.0
    if chance >= 1 - 1e-9:
        return 1.0
    return min(1.0, max(0.0, (same / total - chance) / (1 - chance)) / _FAIR)
