"""A paper as something to look up: its sentences, stems and numbers, the weights of words, the parts of sections."""

from __future__ import annotations

import itertools
import math
import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, Literal, cast, get_args

from podcast_dspy.documents.graph import DocumentAtom, DocumentGraph
from podcast_dspy.text.entities import NumberTable, Vocabulary, vocabulary
from podcast_dspy.text.numbers import Number, numbers
from podcast_dspy.text.words import content_stems, headings, split_sentences

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


PAPERS: Final = 16
"""Of so many papers, those that were last asked for, is kept what was worked out of them: 10 to 25 MB each.

A search goes to and fro between as many; a trial does all that concerns one pair before it goes on to the next, so that
the memory of a run does not grow with its pairs, nor does the time that each takes.
"""


class GraphKey:
    """A graph, compared by all that is computed from it: two readings of the same paper share one cache entry.

    Strings keep their hash, so a key costs a fraction of what hashing the model itself would.
    """

    __slots__ = ("_hash", "_parts", "graph")

    def __init__(self, graph: DocumentGraph) -> None:
        self.graph = graph
        self._parts = (
            graph.title,
            graph.abstract,
            graph.authors,
            graph.language,
            *(
                (
                    atom.atom_id,
                    atom.atom_type,
                    atom.content,
                    atom.caption,
                    atom.figure_number,
                    atom.section_id,
                    atom.importance_score,
                    atom.mentions,
                )
                for atom in graph.atoms
            ),
            *((section.section_id, section.title, section.level) for section in graph.sections),
            *(
                (concept.name, concept.importance, concept.aliases, concept.atom_ids)
                for concept in graph.key_concepts
            ),
        )
        self._hash = hash(self._parts)

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        return isinstance(other, GraphKey) and self._parts == other._parts


_SPOKEN_TYPES = ("abstract", "paragraph", "quote", "footnote", "equation", "heading")
_CHUNK_WORDS = 70
_MAX_CHUNKS = 400


@dataclass(frozen=True, slots=True)
class Passage:
    """One sentence of the paper (or a caption, a table, or who wrote it), and the atom it stands in."""

    atom_id: str
    text: str
    stems: frozenset[str]


@dataclass(frozen=True, slots=True)
class StemTable:
    """Texts as something to look stems up in."""

    size: int
    """How many texts."""
    weights: dict[str, float]
    """Inverse document frequency of a stem over the texts."""
    rows: dict[str, int]
    """Row of a stem in `matrix`."""
    matrix: Any
    """Sparse, stems by texts: the weight of each stem that a text holds."""

    def overlap(self, stems: tuple[str, ...]) -> NDArray[np.float64]:
        """For every text the share (0-1, weighted by rarity) of the given stems that it holds."""
        shared: NDArray[np.float64] = self.overlaps([stems])[0]
        return shared

    def overlaps(self, texts: Sequence[tuple[str, ...]]) -> NDArray[np.float64]:
        """`overlap` of many texts' stems at once, one row each."""
        import numpy as np

        unseen = math.log(1.0 + self.size)
        totals = [math.fsum(self.weights.get(stem, unseen) for stem in sorted(set(stems))) for stems in texts]
        shared: NDArray[np.float64] = (self.incidence(texts) @ self.matrix).toarray()
        shared /= np.maximum(np.asarray(totals), 1e-9)[:, None]
        return shared

    def incidence(self, texts: Sequence[Collection[str]]) -> Any:
        """Sparse, texts by stems of the table: 1 where a text holds a stem."""
        import numpy as np
        from scipy.sparse import csr_matrix

        held = [sorted(self.rows[stem] for stem in set(stems) if stem in self.rows) for stems in texts]
        ends = np.cumsum([0, *map(len, held)])
        places = list(itertools.chain.from_iterable(held))
        return csr_matrix((np.ones(len(places)), places, ends), shape=(len(texts), len(self.rows)))


def stem_table(texts: Sequence[Collection[str]]) -> StemTable:
    """A table of texts, given as the stems of each."""
    # In one order whatever Python's hashes are: rows and sums follow it, to the last digit.
    held: defaultdict[str, list[int]] = defaultdict(list)
    for place, stems in enumerate(texts):
        for stem in sorted(set(stems)):
            held[stem].append(place)
    weights = {stem: math.log(1.0 + len(texts) / len(places)) for stem, places in held.items()}
    rows = {stem: row for row, stem in enumerate(held)}
    return StemTable(len(texts), weights, rows, _matrix(held, weights, len(texts)))


@dataclass(frozen=True, slots=True)
class PaperIndex(StemTable):
    """Everything of a paper that a sentence can be held against; its texts are the passages."""

    passages: tuple[Passage, ...]
    numbers: NumberTable[None]
    """Each value once (and once in percent)."""
    vocabulary: Vocabulary
    chunks: tuple[tuple[str, str], ...]
    """(atom id, text of about 70 words): what is embedded; the most important ones of a very long paper."""


def paper_index(graph: DocumentGraph) -> PaperIndex:
    """The index of a paper, built once for its content."""
    return _build(GraphKey(graph))


@lru_cache(maxsize=PAPERS)
def _build(key: GraphKey) -> PaperIndex:
    graph = key.graph
    passages: list[Passage] = []
    chunks: list[tuple[float, str, str]] = []
    texts = [graph.title]
    for atom in graph.atoms:
        if atom.atom_type == "reference":
            continue
        parts = split_sentences(atom.content) if atom.atom_type in _SPOKEN_TYPES else [atom.content]
        if atom.caption and atom.caption not in atom.content:
            parts.append(atom.caption)
        if atom.atom_type == "title" and graph.authors:
            parts.append(f"By {', '.join(graph.authors)} and colleagues.")
        for part in parts:
            stems = frozenset(content_stems(part))
            if stems:
                passages.append(Passage(atom.atom_id, part, stems))
        joined = "\n".join(parts)
        texts.append(joined)
        chunks.extend((atom.importance_score, atom.atom_id, text) for text in _chunk(parts))
    if graph.abstract and not any(atom.atom_type == "abstract" for atom in graph.atoms):
        texts.append(graph.abstract)
    order = sorted(range(len(chunks)), key=lambda place: (-chunks[place][0], place))[:_MAX_CHUNKS]
    everything = "\n\n".join(texts)
    tables = [cells(atom.content) for atom in graph.atoms if atom.atom_type == "table"]
    said = itertools.chain(
        numbers(everything, lenient=True),
        *map(_as_said, tables),
        *(map(_in_percent, numbers(one.text)) for one in passages if is_torn_table(one.text)),
    )
    different = {(number.value, number.percent): (number, None) for number in said}
    table = stem_table([passage.stems for passage in passages])
    return PaperIndex(
        size=table.size,
        weights=table.weights,
        rows=table.rows,
        matrix=table.matrix,
        passages=tuple(passages),
        numbers=NumberTable(different.values()),
        vocabulary=vocabulary(f"{everything}\n\n{' '.join(graph.authors)}"),
        chunks=tuple((chunks[place][1], chunks[place][2]) for place in sorted(order)),
    )


def cells(table: str) -> list[list[str]]:
    """The cells of a table's text, by row."""
    return [[cell.strip() for cell in row.split("\t")] for row in table.split("\n") if row.strip()]


def is_value(cell: str) -> bool:
    """Whether at least half of what stands in a cell is digits: `T1-p` is a name."""
    return 2 * sum(map(str.isdigit, cell)) >= max(1, sum(map(str.isalnum, cell)))


def header(table: Sequence[Sequence[str]]) -> tuple[list[str], int]:
    """The words above each column, and the number of rows that they take."""
    rows = 0
    for row in table:
        if sum(map(is_value, row)) * 2 > sum(bool(cell) for cell in row):
            break
        if row and row[0] and any(map(is_value, row[1:])):
            break
        rows += 1
    width = max(map(len, table), default=0)
    above = [
        " ".join(row[column] for row in table[:rows] if column < len(row) and row[column])
        for column in range(width)
    ]
    return above, rows


_SCALE: Final = re.compile(r"[×x*]\s*(?:1[eE]|10\s?\^?)\s?(\d)\b|\bin (thousand|million|billion)s?\b", re.I)
"""A column's unit that multiplies what stands below it: (×1e3), in millions."""
_SCALES: Final = {"thousand": 1e3, "million": 1e6, "billion": 1e9}


def is_torn_table(text: str) -> bool:
    """Whether a passage is what a reading left of a table: a quarter of its words are decimals or dashes."""
    said = text.split()
    filled = sum(one.decimals > 0 for one in numbers(text))
    return filled > 1 and 4 * (filled + sum(word in ("—", "–", "-") for word in said)) >= len(said)


def _in_percent(number: Number) -> Number:
    return replace(number, percent=True)


def _as_said(table: Sequence[Sequence[str]]) -> Iterator[Number]:
    """The numbers of a table as they are spoken besides: in percent, and times the unit of their column."""
    above, rows = header(table)
    for row in table[rows:]:
        for column, cell in enumerate(row):
            given = numbers(cell, lenient=True)
            yield from (_in_percent(one) for one in given if one.decimals and 0 <= one.value <= 100)
            yield from scaled(given, above[column])


def scaled(given: Sequence[Number], above: str) -> Iterator[Number]:
    """The numbers of a cell times the unit that the words above its column give, if they give one."""
    found = _SCALE.search(above)
    if found:
        scale = float(10 ** int(found[1])) if found[1] else _SCALES[found[2].lower()]
        yield from (replace(one, value=scale * one.value) for one in given)


def _matrix(held: dict[str, list[int]], weights: dict[str, float], passages: int) -> Any:
    import numpy as np
    from scipy.sparse import csr_matrix

    ends = np.cumsum([0, *(len(places) for places in held.values())])
    values = [weights[stem] for stem, places in held.items() for _ in places]
    columns = [place for places in held.values() for place in places]
    return csr_matrix((values, columns, ends), shape=(len(held), passages), dtype=float)


def _chunk(parts: list[str]) -> list[str]:
    found: list[str] = []
    held: list[str] = []
    size = 0
    for part in parts:
        length = len(part.split())
        if held and size + length > _CHUNK_WORDS:
            found.append(" ".join(held))
            held, size = [], 0
        held.append(part)
        size += length
    if size >= 4:
        found.append(" ".join(held))
    return found


Part = Literal[
    "abstract", "introduction", "background", "method", "results", "discussion", "limitation", "conclusion"
]
PART_NAMES: Final[tuple[Part, ...]] = get_args(Part)
"""Parts of a paper in their usual order."""

_HEADINGS: Final = headings()


def _part(title: str) -> Part | None:
    found = next((name for name, pattern in _HEADINGS if pattern.search(title)), None)
    return cast("Part | None", found)


def section_parts(graph: DocumentGraph) -> dict[str, Part | None]:
    """The part of the paper that each section (by id) belongs to; None where no heading tells.

    A subsection whose heading says nothing takes its parent's part.
    """
    parts: dict[str, Part | None] = {}
    parents: list[tuple[int, Part | None]] = []
    for section in graph.sections:
        while parents and parents[-1][0] >= section.level:
            parents.pop()
        part = _part(section.title) or (parents[-1][1] if parents else None)
        parents.append((section.level, part))
        parts[section.section_id] = part
    return parts


def part_of_passages(graph: DocumentGraph, passages: Sequence[DocumentAtom]) -> list[int]:
    """For each passage the index of its part in PART_NAMES.

    Where no heading tells, the position in the paper does (beginning: introduction, middle: method, then results,
    discussion).
    """
    by_section = section_parts(graph)
    parts: list[int] = []
    for index, atom in enumerate(passages):
        part = "abstract" if atom.atom_type == "abstract" else by_section.get(atom.section_id or "")
        if part is None:
            place = index / max(1, len(passages))
            part = next(name for limit, name in _BY_PLACE if place < limit)
        parts.append(PART_NAMES.index(part))
    return parts


_BY_PLACE: Final[tuple[tuple[float, Part], ...]] = (
    (0.15, "introduction"),
    (0.5, "method"),
    (0.8, "results"),
    (2.0, "discussion"),
)
