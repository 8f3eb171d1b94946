"""Coverage by an LM judge: how deeply each key concept is explained, with quoted evidence.

What it judges is data. A finding counts only with a sentence of the script, word for word, that shows it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Final

from podcast_dspy.documents.graph import DocumentGraph
from podcast_dspy.errors import UnusableAnswerError
from podcast_dspy.metrics.concept_coverage import MENTIONED, ConceptCoverage, Depth, concept_coverage
from podcast_dspy.metrics.judge_requests import SAMPLES, ask, check_judge, sampling, stands_in, stretches
from podcast_dspy.text.judged_text import neutralise

_A_CALL: Final = 12
"""Concepts put to the judge at a time."""
_DEPTHS: Final[tuple[Depth, ...]] = ("not_mentioned", "briefly_mentioned", "explained", "deeply_explained")
_CREDIT: Final[dict[Depth, float]] = {
    "not_mentioned": 0.0,
    "briefly_mentioned": MENTIONED,
    "explained": 0.75,
    "deeply_explained": 1.0,
}


def coverage_calls(text: str, graph: DocumentGraph, judge: str) -> Iterator[Callable[[], Any]]:
    """Every call that `judge_coverage` makes, for DSPy's current LM."""
    plain, _ = neutralise(text)
    return (call for sample in range(SAMPLES) for _, call in _depth_calls(plain, graph, judge, sample))


def judge_coverage(
    text: str, graph: DocumentGraph, judge: str
) -> tuple[tuple[ConceptCoverage, ...], tuple[tuple[ConceptCoverage, ...], ...]]:
    """Depth of every key concept by an LM, whole script where it can be read whole, the deepest finding counting.

    It is asked `SAMPLES` times; a concept's depth is the median of the samples. A finding needs its evidence sentence
    to stand in the script word for word, and not in a list of keywords. Returns the medians and the samples. Raises as
    `judge_quality`.
    """
    from podcast_dspy.lms import use

    check_judge(judge)
    plain, _ = neutralise(text)
    measured = concept_coverage(plain, graph, similarity="lexical")
    with use(judge, purpose="judge"):
        found = [_depths(plain, graph, judge, sample) for sample in range(SAMPLES)]
    samples = tuple(
        tuple(_verified(item, *one.get(item.concept.name, ("not_mentioned", ""))) for item in measured)
        for one in found
    )
    return tuple(
        sorted(views, key=lambda item: item.credit)[len(views) // 2] for views in zip(*samples, strict=True)
    ), samples


def _depth_calls(
    plain: str, graph: DocumentGraph, judge: str, sample: int
) -> Iterator[tuple[str, Callable[[], dict[str, Any]]]]:
    """A stretch and the call that gives entries by concept, in one sample."""
    import dspy

    from podcast_dspy.signatures.judging import JudgeCoverage

    predict = dspy.Predict(JudgeCoverage)
    names = [concept.name for concept in graph.key_concepts]

    def depths(asked: list[str], stretch: str) -> dict[str, Any]:
        answer = predict(concepts=asked, stretch=stretch, config=sampling(sample))
        given = {entry.concept.lower(): entry for entry in answer.depths}
        if absent := [name for name in asked if name.lower() not in given]:
            raise UnusableAnswerError(
                f"the judge {judge} left out {', '.join(absent[:3])}; try again or use `--judge-lm measured`"
            )
        return {name: given[name.lower()] for name in asked}

    for (stretch,) in stretches(plain):
        for start in range(0, len(names), _A_CALL):
            assert stretch is not None
            yield (
                stretch,
                partial(ask, judge, "coverage", partial(depths, names[start : start + _A_CALL], stretch)),
            )


def _depths(plain: str, graph: DocumentGraph, judge: str, sample: int) -> dict[str, tuple[Depth, str]]:
    """Deepest finding with its evidence by concept, in one sample."""
    found: dict[str, tuple[Depth, str]] = {}
    for stretch, call in _depth_calls(plain, graph, judge, sample):
        for name, entry in call().items():
            depth: Depth = entry.depth if stands_in([entry.evidence], stretch) else "not_mentioned"
            if _DEPTHS.index(depth) > _DEPTHS.index(found.get(name, ("not_mentioned", ""))[0]):
                found[name] = (depth, entry.evidence)
    return found


def _verified(item: ConceptCoverage, depth: Depth, evidence: str) -> ConceptCoverage:
    if item.listed and not item.mentions:
        return item  # a list of keywords: no judge's word makes it an explanation
    return ConceptCoverage(
        item.concept, depth, _CREDIT[depth], evidence, max(item.mentions, int(bool(evidence))), item.listed
    )
