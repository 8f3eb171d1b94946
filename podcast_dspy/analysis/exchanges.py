"""Exchanges: what a sentence says of one thing and the paper of another, and numbers given to the wrong one."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from podcast_dspy.analysis.claims import negated
from podcast_dspy.analysis.directions import Turn, turns
from podcast_dspy.analysis.paper_index import PaperIndex
from podcast_dspy.analysis.subjects import Subjects, clauses, compared, sides_of, unit_of
from podcast_dspy.text.numbers import Number, numbers
from podcast_dspy.text.words import words

__all__ = ["exchanged", "misplaced_numbers"]

_SAID_OF: Final = 0.65
"""Share of a sentence's content (names left out) from which the paper says the same of something."""
_MUCH_LESS: Final = 0.8
_COUNTED: Final = 12.0
"""Whole numbers up to this are counts, in words at least, whose sentence may be about something else."""
_SMALL: Final = 3.0
"""Whole numbers up to this count things in passing."""


def misplaced_numbers(sentence: str, subjects: Subjects, index: PaperIndex, *, told: bool) -> tuple[str, ...]:
    """Numbers that the paper gives, but of something else: another subject, another case; or another thing counted.

    What is `told` may call the thing that it counts by another word.
    """
    found = []
    subject = ""
    for clause in clauses(sentence):
        subject = subjects.subject(clause) or subject
        said = [
            number
            for number in numbers(clause)
            if not _in_passing(number, _COUNTED if number.surface.isalpha() else _SMALL)
        ]
        for number in said:
            held = subjects.given(number)
            owners = {one.subject for one in held if one.subject}
            unit = unit_of(clause, number)
            counted = [one.unit for one in held if one.unit and one.number.percent == number.percent]
            if (
                (subject and owners and not any(subjects.same(subject, owner) for owner in owners))
                or (
                    not told
                    and counted
                    and unit
                    and unit <= index.weights.keys()
                    and not any(unit & one for one in counted)
                )
                or any(
                    _crossed(number.value, other.value, subjects) for other in said if _apart(number, other)
                )
            ):
                found.append(number.surface)
    return tuple(found)


def _apart(number: Number, other: Number) -> bool:
    """Whether one is a measurement and the other a case that it belongs to: a decimal or percentage, and a count."""
    return bool(number.percent or number.decimals) and not (other.percent or other.decimals)


def _crossed(value: float, case: float, subjects: Subjects) -> bool:
    """Whether the paper gives both in one sentence, and never in one clause of it."""
    together = [
        row for row in subjects.rows if any(value in one for one in row) and any(case in one for one in row)
    ]
    return bool(together) and not any(value in one and case in one for row in together for one in row)


def _in_passing(number: Number, most: float = _SMALL) -> bool:
    return not number.percent and not number.decimals and number.value <= most


def exchanged(sentence: str, subjects: Subjects, index: PaperIndex) -> tuple[str, ...]:
    """What the paper says of another subject, and comparisons that it makes the other way round."""
    if sentence.rstrip("\"'”’)").endswith("?"):
        return ()
    spans = subjects.spans(sentence)
    found = []
    for first, second, pair, more in compared(sentence, spans):
        turned = {(second, first, pair, more), (first, second, pair, not more)}
        if turned & subjects.comparisons and (first, second, pair, more) not in subjects.comparisons:
            found.append(f"compares {first} and {second} the other way round")
    found.extend("turns the direction round" for phrases in turns(sentence) if _reversed(phrases, subjects))
    found.extend(f"turns round what {surface} stands for" for surface in _turned_numbers(sentence, subjects))
    parts = clauses(sentence)
    for clause in dict.fromkeys((sentence, *parts)):
        subject = subjects.subject(clause)
        if subject and not found:
            found.extend(_said_of_another(clause, subject, subjects, index))
    return tuple(found)


def _turned_numbers(sentence: str, subjects: Subjects) -> Sequence[str]:
    """Numbers that a clause denies, or gives in the other direction, than the paper does everywhere it gives them."""
    found = []
    subject = ""
    for clause in clauses(sentence):
        subject = subjects.subject(clause) or subject
        denied, sides = negated(clause), sides_of(clause)
        for number in numbers(clause):
            held = [] if _in_passing(number, _COUNTED) or not (denied or sides) else subjects.given(number)
            ours = [one for one in held if subject and one.subject and subjects.same(subject, one.subject)]
            alike = [one for one in held if one.sides]
            if (denied and ours and not any(one.denied for one in held)) or any(
                all((pair, not more) in one.sides and (pair, more) not in one.sides for one in alike)
                for pair, more in sides
                if alike and (pair, not more) not in sides
            ):
                found.append(number.surface)
    return found


def _reversed(phrases: Sequence[Turn], subjects: Subjects) -> bool:
    """Whether the paper has the opposite comparing word in the same place, and nowhere this one."""
    turned = any((pair, not more, beside) in subjects.turns for pair, more, beside in phrases)
    return turned and not any(phrase in subjects.turns for phrase in phrases)


def _said_of_another(clause: str, subject: str, subjects: Subjects, index: PaperIndex) -> Sequence[str]:
    stems = subjects.without(clause)
    if len(stems) < 2 or len(words(clause)) < 4:
        return ()
    unseen = math.log(1.0 + len(index.passages))
    weights = {one: index.weights.get(one, unseen) for one in stems}
    total = math.fsum(weights[one] for one in sorted(stems))
    ours, theirs, owner = 0.0, 0.0, ""
    for statement in subjects.statements:
        share = math.fsum(weights[one] for one in sorted(stems & statement.stems)) / total
        if any(subjects.same(subject, name) for name in statement.names):
            ours = max(ours, share)
        elif share > theirs:
            theirs, owner = share, statement.subject
    if theirs >= _SAID_OF and ours < _MUCH_LESS * theirs:
        return (f"says of {subject} what the paper says of {owner}",)
    return ()
