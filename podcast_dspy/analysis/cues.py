"""Cues: turns of phrase that give away what a sentence is doing, whatever the paper is about."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from podcast_dspy.signatures.types import SEGMENT_TYPES, SegmentType

__all__ = ["CUES", "SURFACE_WIDTH", "cue_matrix", "surface_matrix"]

_T = SegmentType


def _any(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns), re.IGNORECASE)


CUES: Final[dict[SegmentType, re.Pattern[str]]] = {
    _T.INTRO: _any(
        r"\bwelcome\b",
        r"\bhello\b",
        r"\bhi,? (?:everyone|there|and)\b",
        r"\bi'?m your host\b",
        r"\b(?:in this|today'?s|this week'?s) (?:episode|paper|show)\b",
        r"\btoday (?:we|i)(?:'re|'m|'ll| are| am)?\b",
        r"\b(?:written|published) by\b",
        r"\bpaper (?:is )?(?:called|titled)\b",
        r"\bby the end\b",
    ),
    _T.BACKGROUND: _any(
        r"\b(?:prior|previous|earlier|existing) (?:work|studies|research|papers|approach\w*)\b",
        r"\b(?:for|over the) (?:decades|years|centur\w+)\b",
        r"\b(?:some|a bit of|a little|quick) (?:context|background|history)\b",
        r"\bclassic\b",
        r"\btraditional\w*\b",
        r"\btextbook\b",
        r"\b(?:19|nineteen )(?:\d\d|\w+ties)\b",
        r"\bback in\b",
        r"\bused to\b",
        r"\buntil (?:now|recently)\b",
        r"\bif you(?:'ve| have) never\b",
    ),
    _T.PROBLEM_STATEMENT: _any(
        r"\b(?:the|a|this|real|big|main) (?:problem|trouble|challenge|dilemma|issue|question|puzzle|gap)\b",
        r"\b(?:hard|difficult|expensive|costly) (?:to|because)\b",
        r"\bset out to\b",
        r"\bnobody (?:knew|had|knows)\b",
        r"\bwhat (?:the )?(?:authors|researchers) (?:wanted|want|ask)\b",
        r"\bwhy is (?:this|that|it) (?:hard|difficult)\b",
        r"\b(?:fails?|breaks? down|falls? short)\b",
    ),
    _T.METHODOLOGY: _any(
        r"\bhow (?:did|do) they\b",
        r"\b(?:they|the authors|researchers) (?:ran|run|used?|train(?:ed)?|simulated?|compared?|measured?|built)\b",
        r"\b(?:they|the authors|researchers) (?:generated?|varied|vary|took|split|repeated?|insert(?:ed)?|draw|drew)\b",
        r"\b(?:first|second|third|next),? (?:they|you|the|we)\b",
        r"\bsteps?\b",
        r"\balgorithm\b",
        r"\bexperiments?\b",
        r"\bdata ?sets?\b",
        r"\bbaselines?\b",
        r"\bsetup\b",
        r"\bat random\b",
        r"\bsimulat\w+\b",
    ),
    _T.KEY_FINDING: _any(
        r"\b(?:they|the authors) (?:found|find|observed?|showed?|discovered)\b",
        r"\b(?:the|main|key|headline) (?:results?|findings?|numbers?)\b",
        r"\bpercent\b",
        r"\bturn(?:s|ed) out\b",
        r"\bsurpris\w+\b",
        r"\b(?:outperform\w*|wins?|beats?)\b",
        r"\b(?:faster|slower|lower|higher|better|worse) than\b",
        r"\bon average\b",
        r"\btimes (?:faster|more|fewer|less|as)\b",
    ),
    _T.FIGURE_DISCUSSION: _any(
        r"\b(?:figure|fig\.?|table|chart|plot|panel) (?:\d+|one|two|three|four|five|six|seven|eight|nine|ten)\b",
        r"\b(?:horizontal|vertical|x|y)[ -]?axis\b",
        r"\b(?:curves?|bars?|dashed line|graph|diagram|chart|plot|plotted)\b",
        r"\b(?:rows?|columns?) of the table\b",
        r"\b(?:left|right)most\b",
    ),
    _T.IMPLICATION: _any(
        r"\bwhy (?:does|should|do) (?:this|that|it|you|we) (?:matter|care)\b",
        r"\b(?:this|it|that) matters\b",
        r"\bin practice\b",
        r"\bpractical\b",
        r"\btakeaways?\b",
        r"\bwhat (?:does )?(?:this|that|it) mean\w*\b",
        r"\bimplications?\b",
        r"\b(?:if you|next time you)(?:'re| are)? (?:run|build|use|work|ever|design|manage)\w*\b",
        r"\bthe lesson\b",
        r"\breal world\b",
    ),
    _T.LIMITATION: _any(
        r"\blimitations?\b",
        r"\bcaveats?\b",
        r"\bfuture (?:work|research)\b",
        r"\bgrain of salt\b",
        r"\b(?:did|do|does)(?: not|n'?t) (?:test|cover|consider|address|say|tell|look|model|claim)\b",
        r"\bassum(?:es?|ing|ptions?)\b",
        r"\bcareful\b",
        r"\b(?:only|just) (?:looked|tested|studied|considers?|covers?)\b",
        r"\bopen question\b",
        r"\bremains to be\b",
        r"\bthere'?s a catch\b",
    ),
    _T.CONCLUSION: _any(
        r"\b(?:to|let'?s) (?:wrap|sum) (?:this |it |things )?up\b",
        r"\bthanks? (?:you )?for listening\b",
        r"\b(?:until|see you|catch you) next\b",
        r"\bthat'?s (?:it|all) (?:for|from)\b",
        r"\bin (?:summary|conclusion|closing)\b",
        r"\bremember (?:just )?one thing\b",
        r"\bto recap\b",
        r"\bshow notes\b",
        r"\bgoodbye\b",
        r"\btake care\b",
        r"\bend of (?:the|this|our) (?:episode|show)\b",
    ),
    _T.TANGENT: _any(
        r"\b(?:side note|(?:quick|small|little|an) aside|off topic|detour|digress\w*|fun fact|by the way)\b",
        r"\b(?:funny story|tangent|anecdote|story goes)\b",
        r"\breminds? me\b",
        r"\bmy (?:own |old )?(?:mother|father|grand\w+|friend|kitchen|garden|wife|husband|sister|brother|kids?)\b",
        r"\bmy (?:own |old )?(?:dog|cat|neighbou?r|car|bike|bicycle|phone|desk|flat|house)\b",
        r"\b(?:confess|admit)\b",
    ),
    _T.TRANSITION: _any(
        r"\blet'?s (?:move|turn|shift|begin|start|jump|dive|go|get (?:into|to)|(?:look at|see) (?:what|how))\b",
        r"\bmoving on\b",
        r"\bwith that (?:in mind|said|out of)\b",
        r"\b(?:brings|leads) us to\b",
        r"\bnow (?:on to|for|that we)\b",
        r"\bso far,? so good\b",
        r"\bbefore we\b",
        r"\bstep back\b",
        r"\bso much for\b",
    ),
}


def cue_matrix(texts: Sequence[str]) -> NDArray[np.float64]:
    """How many cues of each type stand in each text, capped at 2; n×11 in the order of SEGMENT_TYPES."""
    rows = np.zeros((len(texts), len(SEGMENT_TYPES)))
    for column, kind in enumerate(SEGMENT_TYPES):
        pattern = CUES[kind]
        for row, text in enumerate(texts):
            rows[row, column] = min(2, sum(1 for _ in pattern.finditer(text)))
    return rows


_SURFACE: Final = (
    re.compile(r"\d"),
    re.compile(r"\?"),
    re.compile(r"\b(?:i|i'm|i've|i'll|me|my)\b", re.IGNORECASE),
    re.compile(r"\b(?:you|you're|you've|you'll|your)\b", re.IGNORECASE),
    re.compile(r"\b(?:they|their|authors?|researchers?|team)\b", re.IGNORECASE),
    re.compile(r"\b(?:we|us|our|let's)\b", re.IGNORECASE),
    re.compile(r"\b(?:could|would|should|may|might|can)\b", re.IGNORECASE),
    re.compile(r"\b(?:not|no|never|nobody|only|but|\w+n't)\b", re.IGNORECASE),
    re.compile(r"\b(?:more|less|fewer|most|least|best|worst|than|\w+est)\b", re.IGNORECASE),
    re.compile(r"\b(?:today|tonight|this week|episode|show|next time)\b", re.IGNORECASE),
    re.compile(r"\b(?:called|means?|is a|are)\b", re.IGNORECASE),
    re.compile(r"^(?:so|now|but|and|okay|ok|alright|first|second|then)\b", re.IGNORECASE),
)
SURFACE_WIDTH: Final = len(SEGMENT_TYPES) + len(_SURFACE) + 1


def surface_matrix(texts: Sequence[str]) -> NDArray[np.float64]:
    """Cues of each type, then plain marks of speech (numbers, questions, persons, modals) and length; n×24."""
    marks = np.array([[bool(pattern.search(text)) for pattern in _SURFACE] for text in texts], dtype=float)
    lengths = np.array([[min(len(text.split()), 40) / 20.0] for text in texts])
    if not len(texts):
        return np.zeros((0, SURFACE_WIDTH))
    return np.concatenate([cue_matrix(texts), marks, lengths], axis=1)
