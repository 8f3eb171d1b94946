"""Units: the sentences of a paper that can be spoken, and rows of them that can be understood from their beginning."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise

from podcast_dspy.analysis.paper_index import PAPERS, GraphKey
from podcast_dspy.documents.graph import DocumentAtom, DocumentGraph, KeyConcept
from podcast_dspy.generation.references import TermBook, points_back, spelled_out, unresolved_definites
from podcast_dspy.generation.sections import SectionKind, back_matter, section_kinds
from podcast_dspy.generation.spoken_sentences import (
    can_be_spoken,
    clean,
    is_torn,
    lacks_subject,
    names_picture,
    paraphrase,
)
from podcast_dspy.text.words import content_stems, phrase_pattern, split_sentences

_ANNOUNCED = phrase_pattern("announced")
"""What a section with sections of its own says before the first of them of what will stand there."""
_HERE = phrase_pattern("signpost")
_RESULTS = re.compile(r"(?:(?:Main )?Results?|Findings) ?[:.] ", re.IGNORECASE)
"""The label of a structured abstract in front of what came out."""
_ENDED = re.compile(r"[.?!][\"”’)\]]*(?:\s*\[[^\]]*\])?\s*$")
_DEFINITION = phrase_pattern("definition")


@dataclass(frozen=True)
class Unit:
    """A sentence that can be spoken, and where it stands."""

    text: str
    """In the authors' words, without citations and pointers."""
    atom_id: str
    order: int
    """Position among the units of the paper, from 0."""
    kind: SectionKind
    section: str
    importance: float
    concepts: tuple[str, ...]
    figures: tuple[str, ...]
    """Atom ids of figures and tables that the sentence names."""
    defines: bool
    opens: bool
    """It is the first sentence of its paragraph."""
    follows: bool
    """It stands right behind the unit before it, with nothing left out between."""
    points: bool
    """It can only be understood after the sentence before it."""
    whole: float = 1.0
    """Share of its paragraph's sentences that can be spoken (0-1)."""
    terms: frozenset[str] = frozenset()
    """What a listener has to have met before, or meets here."""
    introduces: frozenset[str] = frozenset()
    """Those of its terms that it introduces."""
    closes: bool = False
    """It is the last sentence of its paragraph."""
    results: bool = False
    """It stands behind the label of the results in a structured abstract."""
    verbatim: bool = False
    """Spoken as it is, never given to a model: a caption is no sentence to paraphrase."""

    @property
    def words(self) -> int:
        """Whitespace-separated words."""
        return len(self.text.split())


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


def _spoken(raw: str, goes_on: bool) -> str | None:
    """A sentence of the paper as it can be spoken, None where it cannot; one that tells what to do has to go on from
    one that can, else it stands in a list of steps."""
    sentence = clean(raw)
    if (
        not sentence
        or is_torn(sentence)
        or (lacks_subject(sentence) and (not goes_on or sentence.split()[0].endswith("s")))
    ):
        return None
    text = paraphrase(sentence)
    return text if can_be_spoken(text) else None


def _label(atom: DocumentAtom) -> float:
    """Which sentence of a structured abstract is labelled as results; infinite where none is."""
    raws = split_sentences(atom.content) if atom.atom_type == "abstract" else []
    return next((at for at, raw in enumerate(raws) if _RESULTS.match(raw)), math.inf)


def _written(graph: DocumentGraph) -> list[_Written]:
    behind = back_matter(graph)
    leading = {one.section_id for one, next_one in pairwise(graph.sections) if next_one.level > one.level}
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
            spoken.append(None if led else _spoken(raw, bool(spoken and spoken[-1])))
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
        [one.text for one in found], early, [c.name for c in graph.key_concepts], list(spelled_out(graph))
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
                closes=one.closes,
                results=one.results,
            )
        )
    units = _with_moves(units)
    told = {term for run in runs(units) for unit in run for term in unit.introduces}
    # What only a sentence introduces that can't be told is not waited for.
    return tuple(replace(unit, terms=unit.terms & told, introduces=unit.introduces & told) for unit in units)


_OWN_WORK = phrase_pattern("own_work")
"""How an introduction turns to its own work (Swales 1990, move 3), after what is known and what is missing."""


def tells_own_work(text: str) -> bool:
    """Whether a sentence of an abstract or an introduction says what the paper does."""
    return bool(_OWN_WORK.search(text))


_ALONG = 2
"""Sentences before the turn to its own work that it may point back to."""


def _turn(opening: Sequence[Unit]) -> float:
    """Where an introduction turns to its own work: "We provide such a measurement" comes with what is missing."""
    for at, unit in enumerate(opening):
        if tells_own_work(unit.text):
            begin = at
            while (
                begin > 0
                and opening[begin].follows
                and (opening[begin].points or unfinished(opening[begin - 1]))
            ):
                begin -= 1
            if at - begin <= _ALONG:
                return opening[begin].order
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
    for unit in units:
        unknown = unit.kind == "other" and early and ends and early[0] < unit.order < ends[-1]
        own = unit.kind == first and unit.order >= turn
        opens = unit.opens or (unit.order == turn and not unit.points)
        # What a paper says in short, there as in its abstract, stands for itself.
        introduces = unit.terms if own or unit.kind == "abstract" else unit.introduces
        kind: SectionKind = "method" if own or unknown else unit.kind
        found.append(replace(unit, kind=kind, opens=opens if own else unit.opens, introduces=introduces))
    return found


_LONGEST = 25
"""Sentences after which a paper has long turned to something else."""
_WHOLE = 3
"""Sentences that make a passage; a paragraph with fewer goes on with the next one."""
_PICTURES = phrase_pattern("pictures")
_SHOWN_WORDS = 22
"""Words of a sentence that may do no more than send the reader to a picture."""

_PROMISE = phrase_pattern("promise")
"""A question, a concession, what there is without saying what it is, or the first of several."""
_COUNTS = ("two", "three", "four", "five", "six")
_COUNTED = re.compile(
    rf"\b(?P<many>{'|'.join(_COUNTS)}|several|following)\s(?:[\w-]+\s){{0,2}}?[\w-]+s\b(?:\s[\w-]+){{0,4}}\.$",
    re.IGNORECASE,
)
"""How many there will be."""
_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth")
_ORDINAL = re.compile(
    rf"(?:(?:And|But|Finally),? )?(?:(?:The|A|Our) )?(?P<at>{'|'.join(_ORDINALS)}|last|final(?:ly)?)(?:ly)?\b",
    re.IGNORECASE,
)
"""A member of a row."""
_SHELL = phrase_pattern("shell")
"""Shell nouns (Schmid 2000): what they stand for is said by a sentence beside them."""
_BARE = 9
"""Words of a sentence that can hardly say more than that there is such a thing."""


def runs(units: Sequence[Unit], used: Collection[int] = ()) -> list[list[Unit]]:
    """From each paragraph that can be understood from its beginning on, what can be said in one go."""
    return [
        continued(units, unit, used)
        for unit in units
        if unit.opens
        and not (unit.points or _hangs(unit))
        and unit.order not in used
        and not only_shows(unit)
    ]


def continued(units: Sequence[Unit], first: Unit, used: Collection[int] = ()) -> list[Unit]:
    """A sentence and those behind it, none left out, to the end of the paragraph; on where that is short or promises.

    Where one cannot be spoken, the row is over. Only what names a picture and no more is passed over.
    """
    run = [first]
    last = first
    for unit in units[first.order + 1 :]:
        if (unit.kind, unit.section) != (first.kind, first.section) or unit.order in used or not unit.follows:
            break
        skipped = run[-1] is not last and not run[-1].closes
        if skipped and not only_shows(unit):
            known = content_stems(" ".join(one.text for one in run))
            if unit.points or unresolved_definites(unit.text, known):
                break
        told = len(run) >= _WHOLE and not (unit.points or _hangs(unit) or unfinished(run[-1]))
        if (unit.atom_id != last.atom_id and told) or len(run) >= _LONGEST:
            break
        last = unit
        if only_shows(unit):
            run[-1] = replace(run[-1], closes=run[-1].closes or unit.closes)
            continue
        run.append(unit)
    return run


def endings(run: Sequence[Unit], units: Sequence[Unit] = ()) -> dict[int, bool]:
    """After how many sentences of a row a passage may end, and whether its paragraph is over there.

    Not before a sentence that points back, and not with a promise: a row of ordinals or of so many as were announced is
    told to its end, or not begun. `units` are all of the paper, which tell whether a row of ordinals goes on.
    """
    shut: set[int] = set()
    size = len(run)
    for atom in dict.fromkeys(unit.atom_id for unit in run):
        places = [at for at, unit in enumerate(run) if unit.atom_id == atom]
        members = [at for at in places if _ORDINAL.match(run[at].text)]
        counted = [at for at in places if _announced(run[at])]
        if members:
            first, last = members[0], members[-1]
            goes_on = any(
                one.atom_id == atom and one.order > run[places[-1]].order and _ORDINAL.match(one.text)
                for one in units
            )
            lacks = first > 0 and _announced(run[first - 1]) > _rank(run[last]) > 0
            shut.update(range(first, (size if goes_on or lacks else last) + 1))
        for at in counted:
            if not any(member > at for member in members):
                shut.update(range(at + 1, min(at + _announced(run[at]), places[-1]) + 1))
    return {
        count: run[count - 1].closes
        for count in range(1, size + 1)
        if count not in shut
        and not unfinished(run[count - 1])
        and not (count < size and (run[count].points or lacks_subject(run[count].text)))
        and (run[count - 1].closes or count > 1)
    }


def _announced(unit: Unit) -> int:
    """How many a sentence says that there will be; 0 where it does not."""
    found = _COUNTED.search(unit.text)
    many = found["many"].lower() if found else ""
    return _COUNTS.index(many) + 2 if many in _COUNTS else 0


def _rank(unit: Unit) -> int:
    """Which of its row a sentence is; 0 for the last, of however many."""
    found = _ORDINAL.match(unit.text)
    at = found["at"].lower() if found else ""
    return _ORDINALS.index(at) + 1 if at in _ORDINALS else 0


def _hangs(unit: Unit) -> bool:
    """Whether a sentence only says that what stood before it has a reason, an answer or the like."""
    begin = " ".join(unit.text.split()[:3])
    return unit.words <= _BARE and begin.startswith(("The ", "Its ", "Their ")) and bool(_SHELL.search(begin))


def only_shows(unit: Unit) -> bool:
    """Whether a sentence does no more than send the reader to a picture: who listens cannot look it up."""
    rest = _PICTURES.sub("", unit.text)
    return rest != unit.text and unit.words <= _SHOWN_WORDS and not re.search(r"\d|\bthat\b", rest)


def unfinished(unit: Unit) -> bool:
    """Whether a sentence promises what only the next one says, so that nothing should end with it."""
    text = unit.text
    return (
        bool(_PROMISE.search(text) or _COUNTED.search(text))
        or (unit.words <= _BARE and bool(_SHELL.search(text)))
        or (not unit.verbatim and len(content_stems(text)) < 2 and unit.words <= _BARE and unit.points)
    )
