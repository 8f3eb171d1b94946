"""Features of a paper's sentences: what hosts prefer, what each does in its paper, and which segment types it suits.

What a sentence does (say what is missing, how it was done) sections and cue words tell roughly; an introduction holds
what was known, what is missing and what was done side by side. The classes follow argumentative zoning (Teufel and
Moens 2002); the examples in `zones.json` are this project's own. Each of their topics is told in every zone, so that
what is left of a topic's sentences without their mean is the zone alone; likewise the mean of a paper is taken off its
passages.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib.resources import files
from itertools import takewhile
from typing import Final

import numpy as np
from numpy.typing import NDArray

from podcast_dspy.analysis.regression import SoftmaxRegression, centred_rows
from podcast_dspy.generation.adjustments import Feature
from podcast_dspy.generation.units import SectionKind, Unit
from podcast_dspy.lms import embed
from podcast_dspy.signatures.types import SegmentType
from podcast_dspy.text.words import phrase_pattern

Array = NDArray[np.float64]

_NUMBER = re.compile(r"\d")
_COMPARISON = phrase_pattern("analogy", "example")
_NEAREST: Final = 5
"""Passages whose similarity makes up the centrality of one (LexRank's idea, Erkan and Radev 2004, cut short)."""


def centred(texts: Sequence[str]) -> Array:
    """Embeddings as unit rows after their mean is taken off: what is left tells the texts apart, n×384."""
    return centred_rows(np.asarray(embed(list(texts)), dtype=float))


def features(units: Sequence[Unit]) -> list[dict[Feature, float]]:
    """What can be said about each passage of a paper without knowing its podcast: each about 0 to 1.

    `centrality` is the mean centred cosine to the five passages most like it, `gist` the largest to any passage of the
    abstract. Raises PrerequisiteError when the embedding model is missing.
    """
    if not units:
        return []
    vectors = centred([unit.text for unit in units])
    similar = vectors @ vectors.T
    np.fill_diagonal(similar, 0.0)
    central = np.sort(similar, axis=1)[:, -_NEAREST:].mean(axis=1)
    abstract = [index for index, unit in enumerate(units) if unit.kind == "abstract"]
    gist = np.maximum(0.0, similar[:, abstract].max(axis=1)) if abstract else np.zeros(len(units))
    gist[abstract] = 1.0
    return [
        {
            "importance": unit.importance,
            "concepts": min(1.0, len(unit.concepts) / 3.0),
            "number": float(bool(_NUMBER.search(unit.text))),
            "abstract": float(unit.kind == "abstract"),
            "figure": float(bool(unit.figures)),
            "length": min(1.0, unit.words / 40.0),
            "comparison": float(bool(_COMPARISON.search(unit.text))),
            "definition": float(unit.defines),
            "opening": float(not unit.points),
            "lead": float(unit.opens),
            "centrality": float(central[index]),
            "gist": float(gist[index]),
        }
        for index, unit in enumerate(units)
    ]


def preferences(units: Sequence[Unit], weights: Mapping[Feature, float]) -> list[float]:
    """How much each passage is preferred by learned weights; 0 without weights."""
    if not weights:
        return [0.0] * len(units)
    return [
        sum(weight * values[name] for name, weight in weights.items() if name in values)
        for values in features(units)
    ]


_T = SegmentType
_FILE: Final = json.loads(files("podcast_dspy.generation").joinpath("zones.json").read_text("utf-8"))
ZONES: Final[tuple[str, ...]] = tuple(_FILE["zones"])
EXAMPLES: Final[tuple[tuple[str, ...], ...]] = tuple(map(tuple, _FILE["topics"]))
"""A sentence a zone, for each topic."""
_SIGNS: Final = tuple(re.compile(sign, re.IGNORECASE) for sign in _FILE["signs"])
"""English words and forms that a zone likes: numbers a result, `unclear` a problem. Other languages have none."""
_SIGN: Final = 0.1
"""What a sign counts beside an embedding of length 1."""
_PENALTY: Final = 1e-3
"""On the weights; between 1e-4 and 3e-3 as many zones of the examples are found with their topic left out."""
_EARLY: Final = frozenset({"abstract", "introduction", "background"})
_CLEAR: Final = 2.0
"""Log odds from which a zone is as good as certain."""


def zone_shares(texts: Sequence[str]) -> NDArray[np.float64]:
    """How likely each of a paper's passages belongs to each of ZONES: rows that sum to 1, in the order of the texts.

    Raises PrerequisiteError when the embedding model is missing.
    """
    if not texts:
        return np.zeros((0, len(ZONES)))
    return np.exp(_model().log_probabilities(evidence(texts)))


def zone_fit(units: Sequence[Unit]) -> Mapping[SegmentType, tuple[float, ...]]:
    """What each unit of a paper gains (-3 to 3) in a stretch of each type by the zone that it belongs to. Memoised.

    What is unclear in a paper's results is not what it set out for: problems are looked for in front of them, unless no
    heading tells where that is.
    """
    return _zone_fit(tuple((unit.text, unit.kind) for unit in units))


def result_odds(units: Sequence[Unit]) -> tuple[float, ...]:
    """Log odds (-2 to 2) that each unit of a paper tells what came out, and not what was before or was done."""
    shares = _shares(tuple(unit.text for unit in units))
    out = shares[:, [ZONES.index("result"), ZONES.index("implication")]].sum(axis=1)
    return tuple(np.clip(np.log(out / (1.0 - out)), -_CLEAR, _CLEAR).tolist())


@lru_cache(maxsize=16)
def _shares(texts: tuple[str, ...]) -> NDArray[np.float64]:
    return zone_shares(texts)


@lru_cache(maxsize=16)
def _zone_fit(units: tuple[tuple[str, SectionKind], ...]) -> Mapping[SegmentType, tuple[float, ...]]:
    shares = _shares(tuple(text for text, _ in units))
    early = np.array([kind in _EARLY for _, kind in units], dtype=bool)
    fit = dict.fromkeys(SegmentType, (0.0,) * len(units))
    for kind in SegmentType:
        zones = kind.row.zones
        if zones is None:
            continue
        here, there = (
            shares[:, [ZONES.index(zone) for zone in side]].sum(axis=1)
            for side in (zones.suiting, zones.foreign)
        )
        gain = zones.weight * np.clip(np.log(here / there), -_CLEAR, _CLEAR)
        if kind is _T.PROBLEM_STATEMENT and early.any():
            gain[~early] = -zones.weight * _CLEAR
        fit[kind] = tuple(gain.tolist())
    return fit


@lru_cache(maxsize=1)
def _model() -> SoftmaxRegression:
    return fit([evidence(topic) for topic in EXAMPLES])


def fit(topics: Sequence[NDArray[np.float64]]) -> SoftmaxRegression:
    """The model of zones that the evidence of some topics gives, one row a zone each."""
    axes = np.eye(topics[0].shape[1])
    targets = np.tile(np.eye(len(ZONES)), (len(topics), 1))
    return SoftmaxRegression.fit(np.concatenate(topics), targets, penalty=_PENALTY, axes=axes)


def evidence(texts: Sequence[str]) -> NDArray[np.float64]:
    """What tells the zone of each of a topic's passages: its embedding and signs, without their mean."""
    signs = [[_SIGN * bool(sign.search(text)) for sign in _SIGNS] for text in texts]
    rows = np.hstack([np.asarray(embed(list(texts)), dtype=float), np.asarray(signs, dtype=float)])
    centred: NDArray[np.float64] = rows - rows.mean(axis=0)
    return centred


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


_AIM: Final = re.compile(
    r"(?:(?:Here|So|Therefore|Hence|Accordingly|To (?:this|that) end|With this in mind),? )?we (?:\w+ly )?(?:present"
    r"|propose|introduce|study|studied|model|investigate|describe|develop|show|examine|explore|address|aim|report"
    r"|demonstrate|provide|compare|analy[sz]e|evaluate|test|ask|consider|use|argue|hypothesi[sz]e)\w*\b"
    r"|.{0,40}\b(?:aims?|objectives?|goals?|purposes?) of (?:the|this|our)\b"
    r"|(?:the|this|our) (?:\w+ )?(?:paper|work|study|article|survey|review|research) (?:\w+ly )?(?:is|was|aim|present"
    r"|propose|stud|investigat|examin|explor|address|describ|report|provid|review|focus)\w*\b",
    re.IGNORECASE,
)
"""Where an introduction turns from what is known and missing to what the paper does about it."""
_LACK: Final = re.compile(
    r"\b(?:however|but|unfortunately|although|despite|lack\w*|limited|no|not|(?:very|only|relatively|too) few"
    r"|little (?:is|has|attention|work|research)|hard|harder|difficult\w*|challeng\w*|problem\w*|fail\w*|unclear"
    r"|unknown|uncertain|open questions?|questions? (?:is|are|of|remains?|whether)|need(?:s|ed)? (?:to|for)|cannot"
    r"|remains?|costly|expensive|slow|rarely|seldom|risks?|concerns?|debate\w*|controvers\w*)(?!\w)|n['’]t\b",
    re.IGNORECASE,
)
"""What is missing, wrong or asked."""
_MEANS: Final = re.compile(
    r"\b(?:suggest\w*|impl(?:y|ies|ications?)|could be|might be|promising|in practice|lessons?|important for"
    r"|matters?)\b",
    re.IGNORECASE,
)
_AHEAD: Final = re.compile(
    r"\b(?:we (?:believe|hope|expect|plan|envision)|future|further (?:work|research|stud\w+)|next steps?"
    r"|(?:could|might|may|will) (?:\w+ly )?(?:be|bring|help|lead|enable|allow|make|improve|serve|open|provide))\b",
    re.IGNORECASE,
)
"""Where a conclusion stops to sum up and says what it is good for."""
_OTHERS: Final = re.compile(r"(?:\w+[,:]? ){0,4}?[\w-]+ and colleagues\b")
_OUTCOME: Final = re.compile(
    r"\d\.\d|%|\bpercent\b|\b(?:outperform\w*|(?:im|ap)prov\w*|in?creas\w*|decreas\w*|reduc\w*|higher|lower|better"
    r"|worse|best|worst|fewer|less|faster|slower|larger|smaller|stronger|weaker|significant\w*|found|finds?|show\w*"
    r"|demonstrat\w*|observed? (?:that|no|an?|significant\w*)|achiev\w*|reach\w*|yield\w*|drop\w*|exceed\w*"
    r"|comparabl[ey]|correlat\w*|differ\w*|fail\w*|reveal\w*|confirm\w*|almost|nearly|hardly|no longer|without)\b",
    re.IGNORECASE,
)
"""What came out: a number, a comparison, or that something was found."""
_TOLD: Final = 2
"""Sentences at least before an introduction's turn, or it does not begin with what is known."""
_KNOWN: Final = frozenset({_T.BACKGROUND, _T.PROBLEM_STATEMENT, _T.TANGENT})
_MEANT: Final = frozenset({"discussion", "conclusion", "limitation"})


def aim_of(units: Sequence[Unit]) -> int | None:
    """The order of the sentence with which an introduction turns to what the paper does; None where none does, or one
    that begins with that.

    Introductions say what is known, then what is missing, then what the paper does (Swales 1990, moves in research
    articles); in front of the second turn nothing is the paper's own, and behind it nothing is background.
    """
    told = [unit for unit in units if unit.kind == "introduction"]
    place = next((place for place, unit in enumerate(told) if _AIM.match(unit.text)), 0)
    return told[place].order if place >= _TOLD else None


def outcomes(units: Sequence[Unit]) -> int:
    """How many sentences say what came out."""
    return sum(bool(_OUTCOME.search(unit.text)) for unit in units)


def sayable(units: Sequence[Unit], segment_type: SegmentType, aim: int | None) -> list[Unit]:
    """As much of a row of sentences, from its beginning, as can stand in such a segment at all.

    After `a word of caution` only a caveat may come. What is known, missing or beside the matter is told in front of
    the paper's `aim`, and a problem says what is missing; a finding is the paper's own and says what came out, which
    a method does not; what it means is said in a discussion, or said to be meant; and a conclusion sums up as far as
    it does not look ahead.
    """
    own, first = list(units), units[:3]
    here = units[0].kind
    if segment_type in _KNOWN and aim is not None and here == "introduction":
        own = [unit for unit in units if unit.order < aim]
    if segment_type is _T.CONCLUSION:
        own = list(takewhile(lambda unit: unit.kind != "method" and not _AHEAD.search(unit.text), units))
    fits = {
        _T.TANGENT: here in ("background", "introduction"),
        _T.METHODOLOGY: here != "results" or not outcomes(first[:1]),
        _T.PROBLEM_STATEMENT: any(_LACK.search(unit.text) for unit in first),
        _T.LIMITATION: any(unit.kind == "limitation" or _ADMITS.search(unit.text) for unit in first[:2]),
        _T.IMPLICATION: here in _MEANT
        or (here != "method" and any(_MEANS.search(unit.text) for unit in first[:2])),
        _T.KEY_FINDING: not _OTHERS.match(units[0].text) and 2 * outcomes(first) >= len(first),
    }
    return own if fits.get(segment_type, True) else []
