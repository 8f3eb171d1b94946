"""Coverage by an LM judge: how deeply concepts are explained and which questions are answered, with quoted evidence.

What it judges is data. A finding counts only with a sentence of the script, word for word, that shows it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, Final

from podcast_dspy.analysis.comprehension import BLANK, PaperQuestion, gives_answer
from podcast_dspy.analysis.concept_mentions import statements_of
from podcast_dspy.documents.graph import DocumentGraph
from podcast_dspy.errors import UnusableAnswerError
from podcast_dspy.metrics.concept_coverage import MENTIONED, ConceptCoverage, Depth, concept_coverage
from podcast_dspy.metrics.judge_requests import SAMPLES, ask, check_judge, sampling, stands_in, stretches
from podcast_dspy.metrics.stretches import neutralise

__all__ = ["answer_calls", "coverage_calls", "judge_answers", "judge_coverage"]

_A_CALL: Final = 12
"""Concepts or questions put to the judge at a time."""
_DEPTHS: Final[tuple[Depth, ...]] = ("not_mentioned", "briefly_mentioned", "explained", "deeply_explained")
_CREDIT: Final[dict[Depth, float]] = {
    "not_mentioned": 0.0,
    "briefly_mentioned": MENTIONED,
    "explained": 0.75,
    "deeply_explained": 1.0,
}
_BLANK: Final = "[blank]"


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


def answer_calls(text: str, questions: Sequence[PaperQuestion], judge: str) -> Iterator[Callable[[], Any]]:
    """Every call that `judge_answers` makes, for DSPy's current LM."""
    return (call for _, call in _answer_calls(neutralise(text)[0], questions, judge))


def judge_answers(
    text: str, graph: DocumentGraph, questions: Sequence[PaperQuestion], judge: str
) -> tuple[bool, ...]:
    """Whether a script answers each question, by an LM that reads the whole of it.

    An answer counts when its evidence stands in the script word for word and the answer agrees with the paper's
    (`analysis.comprehension.gives_answer`): the judge finds it, it does not decide what is right. Raises as
    `judge_quality`.
    """
    from podcast_dspy.lms import use

    check_judge(judge)
    held = statements_of(graph)
    by_id = {one.question_id: place for place, one in enumerate(questions)}
    given = [False] * len(questions)
    with use(judge, purpose="judge"):
        for stretch, call in _answer_calls(neutralise(text)[0], questions, judge):
            for entry in call().answers:
                place = by_id.get(entry.question_id)
                if place is None or not stands_in([entry.evidence], stretch):
                    continue
                given[place] |= any(
                    gives_answer(questions[place], said, held) for said in (entry.answer, entry.evidence)
                )
    return tuple(given)


def _answer_calls(
    plain: str, questions: Sequence[PaperQuestion], judge: str
) -> Iterator[tuple[str, Callable[[], Any]]]:
    import dspy

    from podcast_dspy.signatures.judging import AnswerQuestions

    predict = dspy.Predict(AnswerQuestions)
    for (stretch,) in stretches(plain):
        for start in range(0, len(questions), _A_CALL):
            assert stretch is not None
            asked = {one.question_id: _as_data(one.question) for one in questions[start : start + _A_CALL]}
            yield stretch, partial(ask, judge, "answers", partial(predict, questions=asked, stretch=stretch))


def _as_data(question: str) -> str:
    """A question without orders to the judge; its blank is no mark-up."""
    return neutralise(question.replace(BLANK, _BLANK))[0].replace(_BLANK, BLANK)
