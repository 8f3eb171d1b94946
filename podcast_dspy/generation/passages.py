"""Passages: rows of neighbouring sentences of a paper that can be understood from where they begin."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from podcast_dspy.generation.references import unresolved_definites
from podcast_dspy.generation.units import Unit
from podcast_dspy.text.words import content_stems

_LONGEST = 25
"""Sentences after which a paper has long turned to something else."""
_WHOLE = 3
"""Sentences that make a passage; a paragraph with fewer goes on with the next one."""
_PICTURES = re.compile(r"(?:Figures?|Tables?|Alg(?:\.|orithms?)) [\w.–-]+(?:,? and (?:Figure |Table )?\w+)?")
_SHOWN_WORDS = 22
"""Words of a sentence that may do no more than send the reader to a picture."""

_PROMISE = re.compile(
    r"[?:]$|^(?:First|Firstly|One|On the one hand)\b(?!,? (?:[\w-]+ ){0,12}second)"
    r"|\b(?:two|three|four|five|several|following)\s(?:[\w-]+\s)?[\w-]+s\b(?:\s[\w-]+){0,3}\.$"
)
"""A question, the first of several, or how many there will be."""


def runs(units: Sequence[Unit], used: Collection[int] = ()) -> list[list[Unit]]:
    """From each paragraph that can be understood from its beginning on, what can be said in one go."""
    return [
        continued(units, unit, used)
        for unit in units
        if unit.opens and not unit.points and unit.order not in used and not only_shows(unit)
    ]


def continued(units: Sequence[Unit], first: Unit, used: Collection[int] = ()) -> list[Unit]:
    """A sentence and those behind it, to the end of the paragraph, or on where that is short or the next points back.

    What points back to a sentence that cannot be spoken is passed over, and so is one that only names a picture.
    """
    run = [first]
    last = first
    for unit in units[first.order + 1 :]:
        if (unit.kind, unit.section) != (first.kind, first.section) or unit.order in used:
            break
        gap = not unit.follows or run[-1] is not last
        known = content_stems(" ".join(one.text for one in run)) if gap else ()
        if gap and (unit.points or unresolved_definites(unit.text, known)):
            last = unit
            continue
        if unit.atom_id != last.atom_id and len(run) >= _WHOLE and not unit.points:
            break
        last = unit
        if only_shows(unit):
            continue
        run.append(unit)
        if len(run) >= _LONGEST:
            break
    return run


def only_shows(unit: Unit) -> bool:
    """Whether a sentence does no more than send the reader to a picture: who listens cannot look it up."""
    rest = _PICTURES.sub("", unit.text)
    return rest != unit.text and unit.words <= _SHOWN_WORDS and not re.search(r"\d", rest)


def unfinished(unit: Unit) -> bool:
    """Whether a sentence promises what only the next one says, so that nothing should end with it."""
    return bool(_PROMISE.search(unit.text))
