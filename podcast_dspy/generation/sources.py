"""Where each segment type finds its material in a paper, before anything is learned."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from podcast_dspy.generation.units import SectionKind, Unit
from podcast_dspy.signatures.types import SegmentType

__all__ = ["DEFAULT_SOURCES", "may_say", "source_weight"]

_T = SegmentType

DEFAULT_SOURCES: Final[Mapping[SegmentType, Mapping[SectionKind, float]]] = {
    _T.INTRO: {"abstract": 1.0, "introduction": 0.5},
    _T.BACKGROUND: {"introduction": 0.9, "background": 1.0},
    _T.PROBLEM_STATEMENT: {"introduction": 1.0, "abstract": 0.6, "background": 0.5},
    _T.METHODOLOGY: {"method": 1.0, "abstract": 0.3, "results": 0.2},
    _T.KEY_FINDING: {"results": 1.0, "abstract": 0.5, "discussion": 0.4, "conclusion": 0.4},
    _T.FIGURE_DISCUSSION: {"results": 1.0, "method": 0.5, "discussion": 0.4},
    _T.IMPLICATION: {"discussion": 1.0, "conclusion": 0.8, "results": 0.3, "introduction": 0.2},
    _T.LIMITATION: {"limitation": 1.0, "discussion": 0.5, "conclusion": 0.3},
    _T.CONCLUSION: {"conclusion": 1.0, "abstract": 0.5, "discussion": 0.4},
    _T.TANGENT: {"background": 0.6, "introduction": 0.4, "discussion": 0.4, "method": 0.3},
    _T.TRANSITION: {},
}
"""Affinity (0-1) of a segment type to a kind of section."""

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
    weight = (learned.get(segment_type) or DEFAULT_SOURCES[segment_type]).get(unit.kind, 0.0)
    return max(weight, _UNTOLD) if unit.kind == "other" else weight


def may_say(units: Sequence[Unit], segment_type: SegmentType) -> bool:
    """Whether sentences can stand in such a segment at all: after `a word of caution` only a caveat may come."""
    if segment_type is not _T.LIMITATION:
        return True
    return any(unit.kind == "limitation" or _ADMITS.search(unit.text) for unit in units[:2])
