"""Where each segment type finds its material in a paper: section kinds and cue words, before anything is learned."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from podcast_dspy.generation.units import SectionKind, Unit
from podcast_dspy.signatures.types import SegmentType

__all__ = ["affinity", "may_say"]

_T = SegmentType

_DONE: Final = (
    r"(?:is|are|was|were) (?:\w+ly )?(?:conducted|performed|carried out|counted|calculated|computed|collected|prepared"
    r"|implemented|assessed|evaluated|analy[sz]ed|measured|sterili[sz]ed|incubated|dried|extracted|purchased"
    r"|administered|recruited|randomi[sz]ed|recorded|stored|searched)"
)
_THEIRS: Final = re.compile(
    r"\bthey (?:\w+ly )?(?:propose|present|introduce|develop|evaluate|show|demonstrate|find|found|report|train|use|name"
    r"|compare|conclude|investigate|define)\b"
    r"|\b(?:their|(?:our|the) proposed|the present) (?:\w+ )?(?:approach|method|model|results?|framework|paper|work"
    r"|study|algorithm|analysis|experiments?)\b"
    rf"|{_DONE}\b",
    re.I,
)
"""What the authors did: not what was there before them."""
_SETUP: Final = re.compile(
    rf"\b(?:batch size|hyperparameters?|learning rate|{_DONE}|(?:is|are|was|were) (?:trained|defined|obtained by)"
    r"|they (?:\w+ly )?(?:evaluate|count|define|use|used|implement|propose|present|introduce|train|describe)\b"
    r"|occurs (?:if|when|either)|if an?)\b",
    re.I,
)
"""How it was done: not what came out."""
_SUPPLIES: Final = re.compile(
    r"\b(?:purchased|procured|supplied|(?:obtained|acquired|collected) from|deposited|were stored|ethic(?:s|al)"
    r"|approved by|informed consent|software|written in|values are)\b",
    re.I,
)
"""Of method sections, what only who repeats the work has to know."""
_AGAINST: Final[Mapping[SegmentType, re.Pattern[str]]] = {
    _T.BACKGROUND: _THEIRS,
    _T.PROBLEM_STATEMENT: _THEIRS,
    _T.KEY_FINDING: _SETUP,
}
_BEFORE: Final = frozenset({_T.INTRO, _T.BACKGROUND, _T.PROBLEM_STATEMENT})
_TURN: Final[Mapping[SectionKind, float]] = {"abstract": 0.4, "introduction": 0.75}
"""Where they go over from what was before to what was done and what came out (0-1)."""
_CUE_BONUS: Final = 0.35
_HOOK: Final = 2.0
"""No episode begins with a result, and none is a problem, even one that hosts would choose and with a key concept."""
_LEAD_BONUS: Final = 2.0
"""For an introduction: what the abstract begins with is the hook."""
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


def affinity(
    unit: Unit, segment_type: SegmentType, learned: Mapping[SegmentType, Mapping[SectionKind, float]]
) -> float:
    """How well a unit suits a segment type: section kind (learned weights first) and cue words; about -0.4 to 1.4."""
    table = learned.get(segment_type) or segment_type.row.sources
    score = table.get(unit.kind, 0.0)
    if unit.kind == "other":
        # A paper whose headings tell nothing: the position in it stands in for the section kind.
        score = max(score, 0.3)
    cue = segment_type.row.paper_cues
    if cue is not None and cue.search(unit.text):
        score += _CUE_BONUS
    against = _AGAINST.get(segment_type)
    if against is not None and against.search(unit.text):
        score -= _CUE_BONUS
    if _SUPPLIES.search(unit.text):
        score -= _CUE_BONUS
    if _elsewhere(unit, segment_type):
        score -= _HOOK if segment_type in (_T.INTRO, _T.PROBLEM_STATEMENT) else _CUE_BONUS
    if segment_type is _T.INTRO and unit.kind == "abstract" and unit.order <= 1:
        score += _LEAD_BONUS
    return score


def _elsewhere(unit: Unit, segment_type: SegmentType) -> bool:
    """Whether a unit of an abstract or introduction stands where that tells something else."""
    turn = _TURN.get(unit.kind)
    if turn is None:
        return False
    if segment_type in _BEFORE:
        return unit.place > turn
    return segment_type is _T.CONCLUSION and unit.place < turn


def may_say(unit: Unit, segment_type: SegmentType) -> bool:
    """Whether a unit can stand in such a segment at all: after `a word of caution` only a caveat may come."""
    return segment_type is not _T.LIMITATION or unit.kind == "limitation" or bool(_ADMITS.search(unit.text))
