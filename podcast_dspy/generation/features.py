"""Features of a paper's sentences: how near each is to its gist, what it does there, and which segment types it suits.

What a sentence does (say what is missing, how it was done) sections and cue words tell roughly; an introduction holds
what was known, what is missing and what was done side by side. The classes follow argumentative zoning (Teufel and
Moens 2002); the examples in `zones.json` are this project's own. Each of their topics is told in every zone, so that
what is left of a topic's sentences without their mean is the zone alone; likewise the mean of a paper is taken off its
passages.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib.resources import files
from typing import Final

import numpy as np
from numpy.typing import NDArray

from podcast_dspy.analysis.episode_view import SoftmaxRegression, centred_rows
from podcast_dspy.analysis.paper_index import cells, is_value
from podcast_dspy.documents.graph import DocumentAtom, DocumentGraph
from podcast_dspy.generation.moves import only_does, tells_own_work
from podcast_dspy.generation.references import clarity, spelled_out
from podcast_dspy.generation.rows import Unit, only_shows, runs
from podcast_dspy.generation.sections import SectionKind
from podcast_dspy.generation.spoken_sentences import caption_sentences
from podcast_dspy.lms import embed
from podcast_dspy.signatures.types import SegmentType
from podcast_dspy.text.words import content_stems, phrase_pattern

Array = NDArray[np.float64]

_NEAREST: Final = 5
"""Passages whose similarity makes up the centrality of one (LexRank's idea, Erkan and Radev 2004, cut short)."""


def centred(texts: Sequence[str]) -> Array:
    """Embeddings as unit rows after their mean is taken off: what is left tells the texts apart, n×384."""
    return centred_rows(np.asarray(embed(list(texts)), dtype=float))


def likeness(units: Sequence[Unit]) -> Array:
    """Centred cosines of the passages of a paper, n×n, of each with itself 0.

    Raises PrerequisiteError when the embedding model is missing.
    """
    if not units:
        return np.zeros((0, 0))
    vectors = centred([unit.text for unit in units])
    similar: Array = vectors @ vectors.T
    np.fill_diagonal(similar, 0.0)
    return similar


def gists(units: Sequence[Unit], similar: Array) -> list[float]:
    """How near each passage is to what the abstract says (0 to 1), or without one to what the paper is about.

    The largest centred cosine to a passage of the abstract, else the mean of those to the five passages most like it.
    `similar` is their `likeness`.
    """
    abstract = [index for index, unit in enumerate(units) if unit.kind == "abstract"]
    if not abstract:
        return [float(row[-_NEAREST:].mean()) for row in np.sort(similar, axis=1)]
    near = np.maximum(0.0, similar[:, abstract].max(axis=1))
    near[abstract] = 1.0
    return [float(value) for value in near]


_T = SegmentType
_FILE: Final = json.loads(files("podcast_dspy.generation").joinpath("zones.json").read_text("utf-8"))
ZONES: Final[tuple[str, ...]] = tuple(_FILE["zones"])
EXAMPLES: Final[tuple[tuple[str, ...], ...]] = tuple(map(tuple, _FILE["topics"]))
"""A sentence a zone, for each topic."""
_SIGNS: Final = tuple(re.compile(sign, re.IGNORECASE) for sign in _FILE["signs"])
"""English words and forms that a zone likes: numbers a result, `unclear` a problem. Other languages have none."""
_SIGN: Final = 0.1
"""What a sign counts beside an embedding of length 1."""
_PENALTY: Final = 1e-3
"""On the weights; between 1e-4 and 3e-3 as many zones of the examples are found with their topic left out."""
_EARLY: Final = frozenset({"abstract", "introduction", "background"})
_CLEAR: Final = 2.0
"""Log odds from which a zone is as good as certain."""


def zone_shares(texts: Sequence[str]) -> NDArray[np.float64]:
    """How likely each of a paper's passages belongs to each of ZONES: rows that sum to 1, in the order of the texts.

    Raises PrerequisiteError when the embedding model is missing.
    """
    if not texts:
        return np.zeros((0, len(ZONES)))
    return np.exp(_model().log_probabilities(evidence(texts)))


def zone_fit(units: Sequence[Unit]) -> Mapping[SegmentType, tuple[float, ...]]:
    """What each unit of a paper gains (-3 to 3) in a stretch of each type by the zone that it belongs to. Memoised.

    What is unclear in a paper's results is not what it set out for: problems are looked for in front of them, unless no
    heading tells where that is.
    """
    return _zone_fit(tuple((unit.text, unit.kind) for unit in units))


def result_odds(units: Sequence[Unit]) -> tuple[float, ...]:
    """Log odds (-2 to 2) that each unit of a paper tells what came out, and not what was before or was done."""
    shares = _shares(tuple(unit.text for unit in units))
    out = shares[:, [ZONES.index("result"), ZONES.index("implication")]].sum(axis=1)
    return tuple(np.clip(np.log(out / (1.0 - out)), -_CLEAR, _CLEAR).tolist())


@lru_cache(maxsize=16)
def _shares(texts: tuple[str, ...]) -> NDArray[np.float64]:
    return zone_shares(texts)


@lru_cache(maxsize=16)
def _zone_fit(units: tuple[tuple[str, SectionKind], ...]) -> Mapping[SegmentType, tuple[float, ...]]:
    shares = _shares(tuple(text for text, _ in units))
    early = np.array([kind in _EARLY for _, kind in units], dtype=bool)
    fit = dict.fromkeys(SegmentType, (0.0,) * len(units))
    for kind in SegmentType:
        zones = kind.row.zones
        if zones is None:
            continue
        here, there = (
            shares[:, [ZONES.index(zone) for zone in side]].sum(axis=1)
            for side in (zones.suiting, zones.foreign)
        )
        gain = zones.weight * np.clip(np.log(here / there), -_CLEAR, _CLEAR)
        if kind is _T.PROBLEM_STATEMENT and early.any():
            gain[~early] = -zones.weight * _CLEAR
        fit[kind] = tuple(gain.tolist())
    return fit


@lru_cache(maxsize=1)
def _model() -> SoftmaxRegression:
    return fit([evidence(topic) for topic in EXAMPLES])


def fit(topics: Sequence[NDArray[np.float64]]) -> SoftmaxRegression:
    """The model of zones that the evidence of some topics gives, one row a zone each."""
    axes = np.eye(topics[0].shape[1])
    targets = np.tile(np.eye(len(ZONES)), (len(topics), 1))
    return SoftmaxRegression.fit(np.concatenate(topics), targets, penalty=_PENALTY, axes=axes)


def evidence(texts: Sequence[str]) -> NDArray[np.float64]:
    """What tells the zone of each of a topic's passages: its embedding and signs, without their mean."""
    signs = [[_SIGN * bool(sign.search(text)) for sign in _SIGNS] for text in texts]
    rows = np.hstack([np.asarray(embed(list(texts)), dtype=float), np.asarray(signs, dtype=float)])
    centred: NDArray[np.float64] = rows - rows.mean(axis=0)
    return centred


_ENDING: Final = frozenset({"results", "discussion", "limitation", "conclusion"})
_PRELUDE: Final = frozenset({"introduction", "background"})

_RESULTS: Final = 6.0
"""Rank from which on a type tells what came out."""
_UNTOLD: Final = 0.3
"""The same where no heading tells the kind."""
_ADMITS: Final = phrase_pattern("admits")


def source_weight(unit: Unit, segment_type: SegmentType) -> float:
    """How well the part of the paper in which a unit stands suits a segment type (0-1)."""
    weight = segment_type.row.sources.get(unit.kind, 0.0)
    return max(weight, _UNTOLD) if unit.kind == "other" else weight


def may_say(units: Sequence[Unit], segment_type: SegmentType, sectioned: bool = False) -> bool:
    """Whether sentences can stand in such a segment at all: after `a word of caution` only a caveat may come. In a
    paper whose headings tell its parts (`sectioned`), nothing of its beginning is told as its method or behind the
    results, nothing of its end in front of them."""
    ends = segment_type.row.rank is not None and segment_type.row.rank >= _RESULTS
    late = ends or segment_type is _T.METHODOLOGY
    if sectioned and units[0].kind in (*(_PRELUDE if late else ()), *(() if ends else _ENDING)):
        return False
    # What results mean, and what they lack, is not what others found.
    if ends and segment_type is not _T.CONCLUSION and any(unit.others for unit in units[:2]):
        return False
    if segment_type is _T.CONCLUSION and units[0].kind != "conclusion":
        return False
    if segment_type is not _T.LIMITATION:
        return True
    return any(unit.kind == "limitation" or _ADMITS.search(unit.text) for unit in units[:2])


def steps(units: Sequence[Unit], near: Sequence[float]) -> frozenset[int]:
    """The sentences, by order, that only say how something was done that is always done so: it names nobody.

    What was done at all the abstract says too: sentences of which it says most, or that are among those nearest to it
    (by a standard deviation), are none. Nor is what an introduction announces.
    """
    abstract = set(content_stems(" ".join(unit.text for unit in units if unit.kind == "abstract")))
    told = [value for unit, value in zip(units, near, strict=True) if unit.kind != "abstract"]
    usual = float(np.mean(told) + np.std(told)) if told else 0.0

    def is_step(unit: Unit) -> bool:
        stems = set(content_stems(unit.text))
        said = near[unit.order] >= usual or 2 * len(stems & abstract) > len(stems)
        return unit.kind == "method" and not (unit.announced or said) and only_does(unit.text)

    return frozenset(unit.order for unit in units if is_step(unit))


TELLING: Final = frozenset({"results", "discussion", "conclusion"})
"""Parts of a paper that tell what came out."""


def describing(graph: DocumentGraph, units: Sequence[Unit], outcome: Sequence[Unit]) -> frozenset[int]:
    """The sentences, by order, that say what something is which the title or the results name: a key concept, by
    whichever of its names, or what a table compares."""
    named = f"{graph.title} {' '.join(unit.text for unit in outcome)}".lower()
    labels: set[tuple[str, ...]] = {
        (label.lower(),)
        for atom in graph.get_tables()
        for row in cells(atom.content)
        for label in row
        if 0 < len(label.split()) <= 3 and label[0].isalpha() and not is_value(label)
    }
    labels |= {tuple(map(str.lower, (one.name, *one.aliases))) for one in graph.key_concepts}
    full = {short.lower(): long.lower() for short, long in spelled_out(graph).items()}
    sayable = [unit for run in runs(units) for unit in run if unit.kind not in (*TELLING, "abstract")]
    found: set[int] = set()
    for given in labels:
        forms = {*given, *(full[form] for form in given if form in full)}
        if any(form in named for form in forms):
            clear = {unit.order: max(clarity(unit.text, form) for form in forms) for unit in sayable}
            best = max(clear, key=lambda order: (clear[order], -order), default=None)
            found |= {best} if best is not None and clear[best] else set()
    return frozenset(found)


def main_pictures(
    graph: DocumentGraph, units: Sequence[Unit], outcome: Sequence[Unit], sectioned: bool
) -> list[DocumentAtom]:
    """The pictures of which something can be said behind the results, a figure that the paper speaks of most first.

    In a paper whose headings tell its parts (`sectioned`), one that only its beginning speaks of is left out.
    """
    results = set(content_stems(" ".join(unit.text for unit in outcome)))
    by_picture = {
        atom.atom_id: [unit for unit in units if atom.atom_id in unit.figures]
        for atom in (*graph.get_figures(), *graph.get_tables())
    }

    def shows_results(atom: DocumentAtom) -> bool:
        kinds = {unit.kind for unit in by_picture[atom.atom_id]}
        return not (sectioned and kinds) or bool(kinds & {*TELLING, "other", "abstract"})

    def weight(atom: DocumentAtom) -> float:
        named = by_picture[atom.atom_id]
        caption = set(content_stems(atom.caption or ""))
        shared = len(caption & results) / max(1, len(caption))
        # A listener gains nothing by the name of a picture alone.
        tells_more = len(caption_sentences(atom)) > 1 or any(not only_shows(unit) for unit in named)
        own = not (atom.figure_number or "").upper().startswith("S")  # else of the supplement
        return (
            2.0 * own
            + tells_more
            + (atom.atom_type == "figure")
            + any(unit.kind == "results" for unit in named)
            + 0.25 * min(4, len(named))
            + shared
        )

    found = [
        atom
        for atom in (*graph.get_figures(), *graph.get_tables())
        if atom.figure_number and caption_sentences(atom) and shows_results(atom)
    ]
    return sorted(found, key=weight, reverse=True)


def caption_units(graph: DocumentGraph, picture: DocumentAtom) -> list[Unit]:
    """A picture's caption as units; their order is negative, before every sentence of the text."""
    return [
        Unit(
            text=text,
            atom_id=picture.atom_id,
            order=graph.atoms.index(picture) - len(graph.atoms),
            kind="results",
            section="",
            importance=picture.importance_score,
            concepts=(),
            figures=(picture.atom_id,),
            defines=False,
            opens=not at,
            follows=bool(at),
            points=False,
            verbatim=True,
        )
        for at, text in enumerate(caption_sentences(picture))
    ]


_CAME_OUT: Final = phrase_pattern("came_out")


def turn_of(abstract: Sequence[Unit], odds: Sequence[float]) -> int:
    """At which sentence an abstract turns to its results: where its labels say so, else by the odds of each that it
    tells some, behind what it says that the paper does."""
    labelled = next((at for at, unit in enumerate(abstract) if unit.results), 0)
    if labelled:
        return labelled
    usual, size = float(np.mean(odds)), len(abstract)
    own = next((at for at, unit in enumerate(abstract[:-1], 1) if tells_own_work(unit.text)), 0)
    # Abstracts turn to their results in the middle.
    places = range(own or size // 3, max(own, -(-3 * size // 4)) + 1)
    inside = [at for at in places if 0 < at < size]
    cut = max(inside, key=lambda at: (sum(odd - usual for odd in odds[at:]), -at))
    # Behind what the paper does, what it found needs no odds.
    told = (at for at in places if own and at < cut and _CAME_OUT.search(abstract[at].text))
    cut = next(told, cut)
    while cut > 1 and abstract[cut].points:
        cut -= 1
    return cut
