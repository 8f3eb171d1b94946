"""Moves: what a sentence does in its paper by its form: tell the paper's own work, what it comes to, steps, or others.

The forms are English, as in the lists of words; in another language none is found, and nothing is left out for it.
"""

from __future__ import annotations

import re
from typing import Final

from podcast_dspy.generation.references import points_back
from podcast_dspy.generation.spoken_sentences import cites
from podcast_dspy.text.words import phrase_pattern

_OWN_WORK: Final = phrase_pattern("own_work")
"""How an introduction turns to its own work (Swales 1990, move 3), after what is known and what is missing."""
_OWN: Final = phrase_pattern("own")
_REPORTS: Final = phrase_pattern("reports")
_PRIOR: Final = phrase_pattern("prior")
_STEP: Final = phrase_pattern("step")
_SO: Final = re.compile(r"^(?:So|Therefore|Hence|Accordingly|Consequently),? ")
"""The conjunction by which own work follows from what is missing."""


def tells_own_work(text: str) -> bool:
    """Whether a sentence of an abstract or an introduction says what the paper does."""
    return bool(_OWN_WORK.search(text))


def comes_to(text: str) -> bool:
    """Whether a sentence says what the paper's own results come to, and can be understood without the one before."""
    return names_itself(text) and bool(_REPORTS.search(text)) and not points_back(text)


def names_itself(text: str) -> bool:
    """Whether a sentence names the paper's authors, its work or its results."""
    return bool(_OWN.search(text))


def tells_of_others(raw: str) -> bool:
    """Whether a sentence, as the paper has it, tells what others did or found, or what is known.

    It cites or is in the present perfect, as the state of a field is told (Malcolm 1987), and does not name the
    paper's own work.
    """
    return (cites(raw) or bool(_PRIOR.search(raw))) and not _OWN.search(raw)


def only_does(text: str) -> bool:
    """Whether a sentence tells a step in the past passive, without who did it: how papers tell what is always done so,
    while what was their own choice is told with "we" (Tarone et al. 1981)."""
    return bool(_STEP.search(text)) and not _OWN.search(text)


def alone(text: str) -> str:
    """A sentence on the paper's own work without the conjunction by which it follows from what is missing, where it can
    be understood without that; else as it is."""
    rest = _SO.sub("", text)
    return text if points_back(rest) else rest[:1].upper() + rest[1:]
