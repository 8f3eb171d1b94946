"""Rows: sentences of a paper that can be understood from their beginning, and where what is said of them may end."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from podcast_dspy.generation.references import unresolved_definites
from podcast_dspy.generation.sections import SectionKind
from podcast_dspy.generation.spoken_sentences import lacks_subject
from podcast_dspy.text.words import content_stems, phrase_pattern


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
    held: frozenset[str] = frozenset()
    """Names, rare words and numbers in it: what a listener has to keep in mind where they are new."""
    others: bool = False
    """It tells what others did or found."""
    announced: bool = False
    """An introduction says it of the paper's own work."""
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
        for before, unit in zip([None, *units], units, strict=False)
        if (unit.opens or (before and before.opens and only_shows(before) and unit.follows))
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
