"""Units: the sentences of a paper that can be spoken, with what each does, needs and introduces there."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise

from podcast_dspy.analysis.paper_index import PAPERS, GraphKey
from podcast_dspy.documents.graph import DocumentAtom, DocumentGraph, KeyConcept
from podcast_dspy.generation.moves import alone, tells_of_others, tells_own_work
from podcast_dspy.generation.references import TermBook, points_back, spelled_out
from podcast_dspy.generation.rows import Unit, runs, unfinished
from podcast_dspy.generation.sections import SectionKind, back_matter, section_kinds
from podcast_dspy.generation.spoken_sentences import (
    can_be_spoken,
    clean,
    is_torn,
    lacks_subject,
    names_picture,
    paraphrase,
)
from podcast_dspy.text.words import phrase_pattern, split_sentences

_ANNOUNCED = phrase_pattern("announced")
"""What a section with sections of its own says before the first of them of what will stand there."""
_HERE = phrase_pattern("signpost")
_RESULTS = re.compile(r"(?:(?:Main )?Results?|Findings) ?[:.] ", re.IGNORECASE)
"""The label of a structured abstract in front of what came out."""
_ENDED = re.compile(r"[.?!][\"”’)\]]*(?:\s*\[[^\]]*\])?\s*$")
_DEFINITION = phrase_pattern("definition")


def _concepts_in(text: str, concepts: Sequence[KeyConcept]) -> tuple[str, ...]:
    """Names of the concepts that a text mentions under any of their forms."""
    flat = f" {_flat(text)} "
    return tuple(
        concept.name
        for concept in concepts
        if any(f" {_flat(form)} " in flat for form in (concept.name, *concept.aliases) if _flat(form))
    )


def _flat(text: str) -> str:
    return re.sub(r"\W+", " ", text.lower()).strip()


def paper_units(graph: DocumentGraph) -> tuple[Unit, ...]:
    """The sentences of a paper in reading order; those that cannot be spoken (formulas, fragments) are left out.

    Memoised by content.
    """
    return _units(GraphKey(graph))


@dataclass(frozen=True)
class _Written:
    """A sentence that can be spoken, where it was found."""

    text: str
    atom_id: str
    opens: bool
    follows: bool
    points: bool
    whole: float
    closes: bool
    results: bool
    raw: str


def _spoken(raw: str, goes_on: bool, acronyms: re.Pattern[str]) -> str | None:
    """A sentence of the paper as it can be spoken, None where it cannot; one that tells what to do has to go on from
    one that can, else it stands in a list of steps. An episode introduces the `acronyms` in brackets that it needs."""
    sentence = clean(acronyms.sub("", raw))
    if (
        not sentence
        or is_torn(sentence)
        or (lacks_subject(sentence) and (not goes_on or sentence.split()[0].endswith("s")))
    ):
        return None
    text = paraphrase(sentence)
    return text if can_be_spoken(text) else None


def _bracketed(spelled: Collection[str]) -> re.Pattern[str]:
    """Acronyms that the paper spells out, in brackets behind what they stand for."""
    return re.compile(rf"\s*\((?:{'|'.join(map(re.escape, spelled)) or '(?!)'})s?\)")


def _label(atom: DocumentAtom) -> float:
    """Which sentence of a structured abstract is labelled as results; infinite where none is."""
    raws = split_sentences(atom.content) if atom.atom_type == "abstract" else []
    return next((at for at, raw in enumerate(raws) if _RESULTS.match(raw)), math.inf)


def _written(graph: DocumentGraph) -> list[_Written]:
    behind = back_matter(graph)
    leading = {one.section_id for one, next_one in pairwise(graph.sections) if next_one.level > one.level}
    acronyms = _bracketed(spelled_out(graph))
    found: list[_Written] = []
    section, follows, ended = None, False, True
    for atom in graph.passages():
        if atom.section_id in behind:
            continue
        if atom.section_id != section or atom.atom_type == "abstract":
            follows = False
        section = atom.section_id
        spoken: list[str | None] = []
        raws = split_sentences(atom.content)
        for raw in raws:
            led = _ANNOUNCED.search(raw) if atom.section_id in leading else _HERE.match(raw)
            spoken.append(None if led else _spoken(raw, bool(spoken and spoken[-1]), acronyms))
        whole = bool(_ENDED.search(atom.content))
        share = sum(text is not None for text in spoken) / max(1, len(spoken))
        label = _label(atom)
        for place, text in enumerate(spoken):
            if text is not None:
                opens = place == 0 and ended
                closes = whole and place == len(spoken) - 1
                points, results = points_back(text), place >= label
                found.append(
                    _Written(text, atom.atom_id, opens, follows, points, share, closes, results, raws[place])
                )
            follows = text is not None
        # What stands behind a formula or a page's end goes on with the sentence before it.
        ended = whole
    return found


@lru_cache(maxsize=PAPERS)
def _units(key: GraphKey) -> tuple[Unit, ...]:
    graph = key.graph
    kinds = section_kinds(graph)
    titles = {section.section_id: section.title for section in graph.sections}
    found = _written(graph)
    atoms = [graph.get_atom(one.atom_id) for one in found]
    early = [atom.atom_type == "abstract" for atom in atoms]
    book = TermBook(
        [one.text for one in found], early, [c.name for c in graph.key_concepts], spelled_out(graph)
    )
    pictures = (*graph.get_figures(), *graph.get_tables())
    units: list[Unit] = []
    for order, (one, atom) in enumerate(zip(found, atoms, strict=True)):
        # What stands before the first heading introduces the paper.
        kind: SectionKind = (
            "abstract" if atom.atom_type == "abstract" else kinds.get(atom.section_id or "", "introduction")
        )
        units.append(
            Unit(
                text=one.text,
                atom_id=one.atom_id,
                order=order,
                kind=kind,
                section=titles.get(atom.section_id or "", ""),
                importance=atom.importance_score,
                concepts=_concepts_in(one.text, graph.key_concepts),
                figures=tuple(picture.atom_id for picture in pictures if names_picture(one.raw, picture)),
                defines=bool(_DEFINITION.search(one.text)),
                opens=one.opens,
                follows=one.follows,
                points=one.points,
                whole=one.whole,
                terms=book.terms[order],
                introduces=book.introduces[order],
                held=book.held[order],
                others=tells_of_others(one.raw),
                closes=one.closes,
                results=one.results,
            )
        )
    units = _with_moves(units)
    told = {term for run in runs(units) for unit in run for term in unit.introduces}
    # What only a sentence introduces that can't be told is not waited for.
    return tuple(replace(unit, terms=unit.terms & told, introduces=unit.introduces & told) for unit in units)


_ALONG = 2
"""Sentences before the turn to its own work that it may point back to."""


def _turn(opening: Sequence[Unit]) -> float:
    """Where an introduction turns to its own work: "We provide such a measurement" comes with what is missing, where
    that is short."""
    for at, unit in enumerate(opening):
        if tells_own_work(unit.text):
            begin = at
            while (
                begin > 0
                and opening[begin].follows
                and (points_back(alone(opening[begin].text)) or unfinished(opening[begin - 1]))
            ):
                begin -= 1
            return opening[begin if at - begin <= _ALONG else at].order
    return math.inf


def _with_moves(units: Sequence[Unit]) -> list[Unit]:
    """The units with what tells the paper's own work counted as method: what an introduction says from where it turns
    to that, and what stands under headings of unknown kind between an introduction and the results, since systems give
    their names to those."""
    early = [unit.order for unit in units if unit.kind in ("introduction", "background")]
    ends = [unit.order for unit in units if unit.kind == "results"]
    # Journals of biology and medicine call their introduction `Background`.
    first = next((unit.kind for unit in units if unit.kind != "abstract"), "other")
    turn = _turn(
        [unit for unit in units if unit.kind == first and unit.kind in ("introduction", "background")]
    )
    found = []
    for written in units:
        unit = written
        if unit.order == turn and (text := alone(unit.text)) != unit.text:
            unit = replace(unit, text=text, points=False)
        unknown = unit.kind == "other" and early and ends and early[0] < unit.order < ends[-1]
        own = unit.kind == first and unit.order >= turn
        opens = unit.opens or (unit.order == turn and not unit.points)
        # What a paper says in short, there as in its abstract, stands for itself.
        introduces = unit.terms if own or unit.kind == "abstract" else unit.introduces
        kind: SectionKind = "method" if own or unknown else unit.kind
        found.append(
            replace(unit, kind=kind, opens=opens if own else unit.opens, introduces=introduces, announced=own)
        )
    return found
