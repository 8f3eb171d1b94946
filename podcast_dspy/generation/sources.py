"""Where each segment type finds its material in a paper, before anything is learned."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from podcast_dspy.generation.units import SectionKind, Unit
from podcast_dspy.signatures.types import SegmentType

_T = SegmentType
_NO_METHOD: Final = frozenset({_T.TANGENT, _T.IMPLICATION, _T.CONCLUSION})

_UNTOLD: Final = 0.3
"""The same where no heading tells the kind."""
_ADMITS: Final = re.compile(
    r"\b(?:limitations?|limited (?:to|by|in)|caveats?|drawbacks?|shortcomings?|weakness(?:es)?|threats? to validity"
    r"|future (?:work|research|stud\w+)|further (?:work|research|stud\w+)|remains? (?:unclear|unknown|open|to be)"
    r"|(?:did|does|do|was|were|is|are|has|have)(?:n't| not) (?:yet )?(?:been )?"
    r"(?:know|known|consider|considered|model|modell?ed|measured?|test|tested|studied|include|included|clear|address)"
    r"|(?:small|single) (?:sample|cent(?:er|re)|dataset|data set)|caution"
    r"|only (?:one|a few|two|three|a single|in) (?:\w+ )?(?:datasets?|data sets?|cent(?:er|re)s?|languages?|English"
    r"|models?|papers?|stud(?:y|ies)|domains?|countr(?:y|ies)|sites?|cit(?:y|ies)|species|seeds?|runs|regions?|tasks?"
    r"|benchmarks?|groups?|samples?|participants?|patients|trials?|networks?|graphs?|voices?))\b",
    re.I,
)


def source_weight(
    unit: Unit, segment_type: SegmentType, learned: Mapping[SegmentType, Mapping[SectionKind, float]]
) -> float:
    """How well the part of the paper in which a unit stands suits a segment type (0-1), learned weights first."""
    weight = (learned.get(segment_type) or segment_type.row.sources).get(unit.kind, 0.0)
    return max(weight, _UNTOLD) if unit.kind == "other" else weight


def may_say(units: Sequence[Unit], segment_type: SegmentType) -> bool:
    """Whether sentences can stand in such a segment at all: after `a word of caution` only a caveat may come, and how a
    thing was measured is no aside, no meaning and no conclusion."""
    if segment_type in _NO_METHOD:
        return units[0].kind != "method"
    if segment_type is not _T.LIMITATION:
        return True
    return any(unit.kind == "limitation" or _ADMITS.search(unit.text) for unit in units[:2])
