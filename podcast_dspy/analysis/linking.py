"""Linking: which passages and pictures of the paper a stretch of speech is about."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from podcast_dspy.analysis.episode_view import embed, passage_text
from podcast_dspy.analysis.regression import centred_rows
from podcast_dspy.analysis.wording import content_words
from podcast_dspy.documents.graph import DocumentAtom, DocumentGraph
from podcast_dspy.signatures.types import SegmentType
from podcast_dspy.text.number_support import supported_number
from podcast_dspy.text.numbers import TEENS, UNITS, numbers
from podcast_dspy.text.words import stem

__all__ = ["link_figures", "link_passages", "passage_scores"]

Array = NDArray[np.float64]

_LEXICAL: Final = 0.8
"""Weight of shared words beside the e5 similarity."""
_NEARBY: Final = 0.15
"""Weight of what the neighbouring segments are about: speech mostly follows the paper's order."""
_SPREAD: Final = 2.0
"""Passages, standard deviation of "nearby"."""
_FLOOR: Final = 0.35
"""Score below which a segment is about no passage in particular."""
_CLOSE: Final = 0.8
"""Further passages are linked from this share of the best score on."""
_MOST: Final = 4

_NUMBERS: Final = {word: str(number) for word, number in (UNITS | TEENS).items() if number}
_NAMED: Final = re.compile(
    r"\b(figures?|fig\.?|tables?|charts?|plots?|graphs?|diagrams?)\s+(?:number\s+)?"
    rf"(S?\d+|{'|'.join(_NUMBERS)})(?:[a-h]\b)?(?:\s*(?:and|&|,|or)\s*(S?\d+|{'|'.join(_NUMBERS)})\b)?",
    re.IGNORECASE,
)


def passage_scores(texts: Sequence[str], passages: Sequence[DocumentAtom]) -> Array:
    """How much each text is about each passage, n×m: centred e5 cosine plus shared rare words (0-1 each)."""
    if not texts or not passages:
        return np.zeros((len(texts), len(passages)))
    from podcast_dspy import lms

    matrix = np.asarray(
        lms.embed([passage_text(atom.content) for atom in passages], kind="passage"), dtype=float
    )
    vectors = embed(texts)
    similarity = centred_rows(vectors) @ centred_rows(matrix).T
    if len(texts) == 1 or len(passages) == 1:
        # Nothing to centre on: raw cosines of e5 lie in 0.7-1.
        similarity = np.clip((vectors @ matrix.T - 0.75) / 0.2, -1.0, 1.0)
    result: Array = np.clip(similarity, 0.0, 1.0) + _LEXICAL * _shared_words(texts, passages)
    return result


def _shared_words(texts: Sequence[str], passages: Sequence[DocumentAtom]) -> Array:
    """Share of a text's informative words (by inverse passage frequency) that stand in the passage."""
    words = [{stem(word) for word in content_words(atom.content)} for atom in passages]
    frequency = Counter(word for passage in words for word in passage)
    shared = np.zeros((len(texts), len(passages)))
    for row, text in enumerate(texts):
        known = {root for word in content_words(text) if frequency[root := stem(word)]}
        weights = {word: float(np.log(1.0 + len(passages) / frequency[word])) for word in known}
        # A text with one informative word is weak evidence: it is measured against at least three.
        total = max(sum(weights.values()), 3.0 * max(weights.values(), default=1.0))
        for column, passage in enumerate(words):
            shared[row, column] = sum(weights[word] for word in known & passage) / total
    return shared


def link_passages(
    segments: Sequence[Sequence[str]],
    types: Sequence[SegmentType],
    graph: DocumentGraph,
    within: Sequence[frozenset[str]] | None = None,
) -> list[tuple[str, ...]]:
    """Atom ids of the passages that each segment (a list of sentences) is about, best first, at most 4.

    A segment's score is the mean of its sentences', pulled a little towards where its neighbours are.
    Transitions and asides link only what they clearly name. Where it is known `within` which atoms each segment is
    about, the best of those are linked, and no other.
    """
    passages = graph.passages()
    if not passages:
        return [() for _ in segments]
    scores = passage_scores([text for sentences in segments for text in sentences], passages)
    rows: list[Array] = []
    start = 0
    for sentences in segments:
        block = scores[start : start + len(sentences)]
        start += len(sentences)
        # The mean over sentences, with the best sentence counting as much as the rest together.
        rows.append((block.mean(axis=0) + block.max(axis=0)) / 2.0 if len(block) else np.zeros(len(passages)))
    table = np.stack(rows)
    smooth = table + _NEARBY * _neighbourhood(table)
    links: list[tuple[str, ...]] = []
    for row, kind in enumerate(types):
        floor = _FLOOR * (1.5 if kind in (SegmentType.TRANSITION, SegmentType.TANGENT) else 1.0)
        if within is not None:
            floor = 0.0
            outside = [passage.atom_id not in within[row] for passage in passages]
            smooth[row, outside] = -1.0
        order = np.argsort(-smooth[row], kind="stable")[:_MOST]
        best = float(smooth[row, order[0]])
        links.append(
            tuple(passages[i].atom_id for i in order if best >= floor and smooth[row, i] >= _CLOSE * best)
        )
    return links


def _neighbourhood(table: Array) -> Array:
    """For each segment, how near a passage is to those its neighbours are about (0-1)."""
    n, m = table.shape
    distance = np.arange(m)[:, None] - np.arange(m)[None, :]
    kernel = np.exp(-0.5 * (distance / _SPREAD) ** 2)
    peaks = table.argmax(axis=1)
    near = np.zeros_like(table)
    for row in range(n):
        around = [peaks[other] for other in (row - 1, row + 1) if 0 <= other < n]
        if around:
            near[row] = kernel[around].max(axis=0)
    return near


def link_figures(
    texts: Sequence[str], types: Sequence[SegmentType], graph: DocumentGraph
) -> list[tuple[str, ...]]:
    """Atom ids of the figures and tables that each segment speaks of, in the order of mention.

    Those it names by number. Without a number, a figure segment goes on about the picture of the one before it, as a
    host does not name it again; any other may read out a table's numbers.
    """
    pictures = [*graph.get_figures(), *graph.get_tables()]
    named: list[tuple[str, ...]] = []
    for row, (text, kind) in enumerate(zip(texts, types, strict=True)):
        goes_on = row and kind is types[row - 1] is SegmentType.FIGURE_DISCUSSION and named[row - 1][-1:]
        named.append(_named(text, pictures) or goes_on or _read_out(text, pictures))
    return named


def _named(text: str, pictures: Sequence[DocumentAtom]) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for match in _NAMED.finditer(text):
        kind = "table" if match.group(1).lower().startswith("table") else "figure"
        for number in filter(None, match.groups()[1:]):
            digits = _NUMBERS.get(number.lower(), number.upper())
            for picture in pictures:
                if picture.atom_type == kind and (picture.figure_number or "").upper() == digits:
                    found[picture.atom_id] = None
    return tuple(found)


def _read_out(text: str, pictures: Sequence[DocumentAtom]) -> tuple[str, ...]:
    """The table that holds most of the numbers said, if it holds at least two of them and half of all."""
    said = {(n.value, n.percent): n for n in numbers(text) if n.value > 10.0 or n.decimals}
    best: tuple[int, str] = (1, "")
    for picture in pictures:
        if picture.atom_type == "table":
            cells = numbers(picture.content, lenient=True)
            best = max(best, (sum(supported_number(n, cells) for n in said.values()), picture.atom_id))
    return (best[1],) if best[0] >= 2 and 2 * best[0] >= len(said) else ()
