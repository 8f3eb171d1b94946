"""Number binding: numbers that a paper gives, but of another subject, another case or another thing counted."""

from __future__ import annotations

import itertools
from typing import Final

from podcast_dspy.analysis.assertions import in_passing
from podcast_dspy.analysis.paper_index import PaperIndex
from podcast_dspy.analysis.subjects import Binding, Subjects, clauses, unit_of
from podcast_dspy.text.numbers import Number, may_hold_numbers, numbers
from podcast_dspy.text.words import content_stems

__all__ = ["misplaced_numbers"]

_COUNTED: Final = 12.0
"""Whole numbers in words up to this are counts, whose sentence may be about something else."""


def misplaced_numbers(
    sentence: str, subjects: Subjects, index: PaperIndex, *, spoken: bool
) -> tuple[str, ...]:
    """Numbers that the paper gives, but of something else: another subject, another case; or another thing counted.

    What is `spoken` may call the thing that it counts by another word.
    """
    found: list[str] = []
    subject = ""
    if not may_hold_numbers(sentence):
        return ()
    for clause in clauses(sentence):
        subject = subjects.subject(clause) or subject
        said = [
            number
            for number in numbers(clause)
            if not in_passing(number, _COUNTED if number.surface.isalpha() else 3.0)
        ]
        for number in said:
            held = subjects.bindings.supporting(number)
            owners = {one.subject for one in held if one.subject}
            unit = unit_of(clause, number)
            counted = [one.unit for one in held if one.unit and one.number.percent == number.percent]
            if (
                (subject and owners and not any(subjects.same(subject, owner) for owner in owners))
                or (
                    not spoken
                    and counted
                    and unit
                    and unit <= index.weights.keys()
                    and not any(unit & one for one in counted)
                )
                or any(subjects.apart(number.value, other.value) for other in said if _apart(number, other))
            ):
                found.append(number.surface)
    return tuple(dict.fromkeys((*found, *_swapped(sentence, subjects))))


def _swapped(sentence: str, subjects: Subjects) -> tuple[str, ...]:
    """Two numbers that one sentence of the paper gives the other way round: 28 vital signs and 6 lab values."""
    given = [
        (number, frozenset(content_stems(clause, hosting=False)))
        for clause in clauses(sentence)
        for number in numbers(clause)
    ]
    for (one, here), (other, there) in itertools.combinations(given, 2):
        ours, theirs = here - there, there - here
        rows = [
            (first.stems - second.stems, second.stems - first.stems)
            for first, second in itertools.product(_in_prose(one, subjects), _in_prose(other, subjects))
            if first.row == second.row
        ]
        crossed = any(ours & second and theirs & first for first, second in rows)
        if crossed and not any(ours & first or theirs & second for first, second in rows):
            return one.surface, other.surface
    return ()


def _in_prose(number: Number, subjects: Subjects) -> list[Binding]:
    return [one for one in subjects.bindings.supporting(number) if one.row >= 0]


def _apart(number: Number, other: Number) -> bool:
    """Whether one is a measurement and the other a case that it belongs to: a decimal or percentage, and a count."""
    return bool(number.percent or number.decimals) and not (other.percent or other.decimals)
