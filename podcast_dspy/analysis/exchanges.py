"""Exchanges: where a sentence parts from what the paper says in nearly the same words, and misplaced numbers."""

from __future__ import annotations

import itertools
import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final

from podcast_dspy.analysis.assertions import (
    NEGATIONS,
    Assertions,
    Line,
    Value,
    comparisons,
    in_passing,
    read,
)
from podcast_dspy.analysis.directions import Turn, contradictions, opposed, turns
from podcast_dspy.analysis.paper_index import StemTable
from podcast_dspy.analysis.subjects import Subjects, clauses
from podcast_dspy.text.entities import supported_number
from podcast_dspy.text.words import stem, words

_EVIDENCE: Final = 3
"""Stems that a sentence and a passage have to share before it means anything where they part."""
_NEAREST: Final = 3
_ALIKE: Final = 0.5
_NEAR: Final = 0.6
"""Share of a sentence's content from which a passage says nearly the same."""
_SAME: Final = 0.8
_VERBATIM: Final = 0.95
_SAID_OF: Final = 0.65
"""Share of a sentence's content (what is exchanged left out) from which the paper says the same of something."""
_IN_THE_WORDS: Final = 0.85
"""The same for the host: as good as in the host's words."""
_MUCH_LESS: Final = 0.7
_FURTHER: Final = 0.25
"""How much further the passages with another number go along with a sentence than those with its own."""
Near = Sequence[tuple[int, float]]
"""Passages of the paper, as (place, share of a sentence's stems that it holds), best first."""
Rows = Sequence[tuple[float, Line]]
"""Passages that share enough with a sentence to be compared: (share of its content, passage), best first."""


def exchanged(sentence: str, near: Near, paper: Assertions, subjects: Subjects) -> tuple[str, ...]:
    """What the paper says otherwise, in words; `near` are the passages nearest to the sentence, best first."""
    if _asks(sentence):
        return ()
    line = read(sentence)
    rows = _rows(line, near, paper)
    found = list(_parting(line, rows, paper))
    found.extend(_turned(sentence, line, rows, near, paper, subjects))
    if not found:
        found.extend(_said_of_others(sentence, paper, subjects, _SAID_OF))
    return tuple(dict.fromkeys(found))


def told_otherwise(sentence: str, near: Near, host: Assertions, subjects: Subjects) -> tuple[str, ...]:
    """What the human host says otherwise; `near` are the host's sentences nearest to this one, best first.

    Hosts round numbers, and call things by other words than the paper: only what is denied, turned round, or said of
    another thing in the host's own words counts.
    """
    if _asks(sentence):
        return ()
    line = read(sentence)
    rows = _rows(line, near, host)
    found = list(_turned(sentence, line, rows, near, host, subjects))
    if rows:
        found.extend(itertools.islice(_denials(line, rows, host), 1))
        found.extend(itertools.islice(_opposites(line, rows), 1))
        found.extend(itertools.islice(_roles(line, rows, host), 1))
    if not found:
        found.extend(_said_of_others(sentence, host, subjects, _IN_THE_WORDS))
    return tuple(dict.fromkeys(found))


def _turned(
    sentence: str, line: Line, rows: Rows, near: Near, source: Assertions, subjects: Subjects
) -> Iterator[str]:
    """Negations and directions that the source has the other way round."""
    if _mirrored(line, rows):
        return
    if near and near[0][1] >= _NEAR:
        nearest = " ".join(source.lines[place].text for place, _ in near[:_NEAREST])
        yield from contradictions(sentence, nearest)
    if any(_reversed(phrases, subjects) for phrases in turns(sentence)):
        yield "turns the direction round"


def _said_of_others(sentence: str, source: Assertions, subjects: Subjects, least: float) -> Iterator[str]:
    """The first clause that says of one thing what the source says of another."""
    if not subjects.may_name(sentence):
        return
    for clause in dict.fromkeys((sentence, *clauses(sentence))):
        subject = subjects.subject(clause)
        found = list(_said_of_another(clause, subject, subjects, source.index, least)) if subject else []
        if found:
            yield from found
            return


def _asks(sentence: str) -> bool:
    return sentence.rstrip("\"'”’)").endswith("?")


def _rows(line: Line, near: Near, paper: Assertions) -> Rows:
    held = (paper.lines[place] for place, _ in near)
    rows = [
        (share, one)
        for one in held
        if len(line.stems & one.stems) >= _EVIDENCE
        and (share := paper.share(line.stems, one.stems)) >= _ALIKE
    ]
    return sorted(rows, key=lambda row: -row[0])


def _mirrored(line: Line, rows: Rows) -> bool:
    """Whether a sentence turns a comparison and swaps its sides, which says the same: B trails where A leads."""
    return any(
        before & second and after & first and any((pair, not more) in others for pair, more in sides)
        for _, held in rows
        for (before, after, sides), (first, second, others) in itertools.product(
            comparisons(line.words), comparisons(held.words)
        )
    )


def _parting(line: Line, rows: Rows, paper: Assertions) -> Iterator[str]:
    if rows:
        yield from itertools.islice(_denials(line, rows, paper), 1)
        yield from itertools.islice(_opposites(line, rows), 1)
        yield from itertools.islice(_roles(line, rows, paper), 1)
        yield from itertools.islice(_other_numbers(line, rows, paper), 1)


def _denials(line: Line, rows: Rows, paper: Assertions) -> Iterator[str]:
    """Words that one side denies and the other does not."""
    best = rows[0][0]
    if best < _NEAR:
        return
    outright = bool(NEGATIONS.intersection(line.words)) or any(word.endswith("n't") for word in line.words)
    around = [held for share, held in rows if share >= _SAME * best]
    for one in sorted(line.stems):
        holding = [held for held in around if one in held.stems]
        denying = [held for held in holding if one in held.denied]
        if one in line.denied and holding and not any(one in held.negative for held in holding):
            # Both may deny, each another thing.
            other = [held.denied & line.stems for held in holding]
            apart = not any(other) or all(stems - line.denied for stems in other)
            if apart and (outright or best >= _SAME):
                yield f"denies what the paper says ({one})"
        elif (
            holding
            and len(denying) == len(holding)
            and not line.denied
            and (best >= _SAME or paper.share(holding[0].stems, line.stems) >= _ALIKE)
        ):
            yield f"leaves out a `not` of the paper ({one})"


def _opposites(line: Line, rows: Rows) -> Iterator[str]:
    """Words whose opposite the paper has there; what gives a number is compared with what gives it too."""
    around = [held for share, held in rows if share >= _SAME * rows[0][0]]
    said = [value.number for value in line.values]
    giving = [
        held
        for held in around
        if any(supported_number(one, [value.number for value in held.values]) for one in said)
    ]
    around = giving or around
    for word in line.words:
        others = opposed(word)
        if not others or others & line.roots or any(stem(word) in held.roots for held in around):
            continue
        turned = [held for held in around if others & held.roots]
        if turned and (stem(word) in line.denied) == any(others & held.denied for held in turned):
            yield f"says `{word}` where the paper says the opposite"


def _roles(line: Line, rows: Rows, paper: Assertions) -> Iterator[str]:
    """Comparisons that the paper makes the other way round."""
    ours = comparisons(line.words) or ((line.stems, frozenset[str](), frozenset[tuple[int, bool]]()),)
    for share, held in rows:
        for (before, after, sides), (first, second, others) in itertools.product(
            ours, comparisons(held.words)
        ):
            both = (first & second) | (before & after)
            one, other, theirs, rest = before - both, after - both, first - both, second - both
            turned = any((pair, not more) in others for pair, more in sides) and not sides & others
            away, back = one & rest, other & theirs
            # All that the sentence adds to one side of the passage stands on the passage's other side.
            moved = one - first
            alone = (
                bool(moved)
                and moved <= rest
                and not back
                and not other & rest
                and bool(theirs - before)
                and len(one & first) > _EVIDENCE
                and share >= (_SAID_OF if sides or after else 0.9)
            )
            if ((away and back) or alone) and not turned:
                yield f"compares {' '.join(sorted(away))} the other way round"
            elif turned and not away and not back and one & theirs and (other & rest or not after):
                yield "turns the direction of the comparison round"


def _other_numbers(line: Line, rows: Rows, paper: Assertions) -> Iterator[str]:
    """Numbers where the paper says the same with another number, and something else beside this one."""
    for value in line.values:
        here = max(_own(line, value, rows, paper), default=0.0)
        rival, found = max(
            (
                (paper.share(line.stems, other.stems), alike[0].number.surface)
                for _, held in rows
                for other in held.contexts
                if (alike := [one for one in other.values if value.like(one) and not in_passing(one.number)])
                and not supported_number(value.number, [one.number for one in other.values])
            ),
            default=(0.0, ""),
        )
        needed = 0.75 if in_passing(value.number) else _NEAR
        if value.number.value < 1 and value.number.surface.replace(" ", "").isalpha():
            needed = 0.9  # half of what there is, in passing
        if rival >= needed and rival - here >= (0.08 if rival >= _VERBATIM else _FURTHER):
            yield f"gives {value.number.surface} where the paper gives {found}"


def _own(line: Line, value: Value, rows: Rows, paper: Assertions) -> Iterator[float]:
    """How far the paper goes along with a sentence where it gives the same number."""
    number = value.number
    beside = [one.number for one in line.values if one.number != number]
    for other in paper.given.supporting(number):
        if any(
            supported_number(number, (held.number,))
            and (number.percent or value.like(held) or not (value.unit and held.unit))
            for held in other.values
        ):
            same = any(supported_number(one, other.sentence) for one in beside)
            yield 1.0 if same else paper.share(line.stems, other.stems)
    if not (number.percent or number.decimals):
        for share, held in rows:
            if supported_number(number, [one.number for one in held.values]):
                yield share


def _reversed(phrases: Sequence[Turn], subjects: Subjects) -> bool:
    """Whether the paper has the opposite comparing word in the same place, and nowhere this one."""
    turned = any((pair, not more, beside) in subjects.turns for pair, more, beside in phrases)
    return turned and not any(phrase in subjects.turns for phrase in phrases)


def _said_of_another(
    clause: str, subject: str, subjects: Subjects, index: StemTable, least: float
) -> Iterator[str]:
    """What the paper says of another of the things that it compares."""
    stems = subjects.without(clause)
    if len(stems) < _EVIDENCE or len(words(clause)) < 4:
        return
    unseen = math.log(1.0 + index.size)
    weights = {one: index.weights.get(one, unseen) for one in stems}
    total = math.fsum(weights.values())
    held: defaultdict[int, float] = defaultdict(float)
    for one in sorted(stems):
        for place in subjects.saying.get(one, ()):
            held[place] += weights[one]
    ours, theirs, owner = 0.0, 0.0, ""
    for place, weight in sorted(held.items()):
        share, statement = weight / total, subjects.statements[place]
        if share < _SAID_OF * _SAME:
            continue
        if any(subjects.same(subject, name) for name in statement.names):
            ours = max(ours, share)
        elif share > theirs:
            theirs, owner = share, statement.subject
    if theirs >= least and ours < _SAME * theirs:
        yield f"says of {subject} what the paper says of {owner}"
