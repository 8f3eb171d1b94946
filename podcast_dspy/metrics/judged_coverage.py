"""Coverage by an LM judge: how deeply concepts are explained and which questions are answered, with quoted evidence.

What it judges is data. A finding counts only with a sentence of the script, word for word, that shows it.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, Final

from podcast_dspy.analysis.comprehension import PaperQuestion, gives_answer
from podcast_dspy.analysis.concept_mentions import statements_of
from podcast_dspy.documents.graph import DocumentGraph
from podcast_dspy.errors import UnusableAnswerError
from podcast_dspy.metrics.asking import SAMPLES, ask, check_judge, sampling
from podcast_dspy.metrics.concepts import MENTIONED, ConceptCoverage, Depth, concept_coverage
from podcast_dspy.metrics.stretches import neutralise, windows
from podcast_dspy.text.words import words

__all__ = ["judge_answers", "judge_coverage"]

_A_CALL: Final = 12
"""Concepts or questions put to the judge at a time."""
_DEPTHS: Final[tuple[Depth, ...]] = ("not_mentioned", "briefly_mentioned", "explained", "deeply_explained")
_CREDIT: Final[dict[Depth, float]] = {
    "not_mentioned": 0.0,
    "briefly_mentioned": MENTIONED,
    "explained": 0.75,
    "deeply_explained": 1.0,
}


def judge_coverage(
    text: str, graph: DocumentGraph, judge: str
) -> tuple[tuple[ConceptCoverage, ...], tuple[tuple[ConceptCoverage, ...], ...]]:
    """Depth of every key concept by an LM, whole script in windows, the deepest finding counting.

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


def _depths(plain: str, graph: DocumentGraph, judge: str, sample: int) -> dict[str, tuple[Depth, str]]:
    """Deepest finding with its evidence by concept, in one sample."""
    import dspy

    from podcast_dspy.signatures.judging import JudgeCoverage

    found: dict[str, tuple[Depth, str]] = {}
    predict = dspy.Predict(JudgeCoverage)
    names = [concept.name for concept in graph.key_concepts]
    for stretch in windows(plain):
        flat = " ".join(words(stretch))
        for start in range(0, len(names), _A_CALL):
            asked = names[start : start + _A_CALL]

            def call(asked: list[str] = asked, stretch: str = stretch) -> dict[str, Any]:
                answer = predict(concepts=asked, stretch=stretch, config=sampling(sample))
                given = {entry.concept.lower(): entry for entry in answer.depths}
                if absent := [name for name in asked if name.lower() not in given]:
                    raise UnusableAnswerError(
                        f"the judge {judge} left out {', '.join(absent[:3])}; try again or use `--judge-lm measured`"
                    )
                return given

            given = ask(judge, "coverage", call)
            for name in asked:
                entry = given[name.lower()]
                quoted = " ".join(words(entry.evidence))
                depth: Depth = entry.depth if quoted and quoted in flat else "not_mentioned"
                if _DEPTHS.index(depth) > _DEPTHS.index(found.get(name, ("not_mentioned", ""))[0]):
                    found[name] = (depth, entry.evidence)
    return found


def _verified(item: ConceptCoverage, depth: Depth, evidence: str) -> ConceptCoverage:
    if item.listed and not item.mentions:
        return item  # a list of keywords: no judge's word makes it an explanation
    return ConceptCoverage(
        item.concept, depth, _CREDIT[depth], evidence, max(item.mentions, int(bool(evidence))), item.listed
    )


def judge_answers(
    text: str, graph: DocumentGraph, questions: Sequence[PaperQuestion], judge: str
) -> tuple[bool, ...]:
    """Whether a script answers each question, by an LM that reads the whole of it in windows.

    An answer counts when its evidence stands in the script word for word and the answer agrees with the paper's
    (`analysis.comprehension.gives_answer`): the judge finds it, it does not decide what is right. Raises as
    `judge_quality`.
    """
    import dspy

    from podcast_dspy.lms import use
    from podcast_dspy.signatures.judging import AnswerQuestions

    check_judge(judge)
    plain, _ = neutralise(text)
    held = statements_of(graph)
    given = [False] * len(questions)
    predict = dspy.Predict(AnswerQuestions)
    with use(judge, purpose="judge"):
        for stretch in windows(plain):
            flat = " ".join(words(stretch))
            for start in range(0, len(questions), _A_CALL):
                asked = {one.question_id: one for one in questions[start : start + _A_CALL]}
                wanted = {number: neutralise(one.question)[0] for number, one in asked.items()}
                answer = ask(judge, "answers", partial(predict, questions=wanted, stretch=stretch))
                for entry in answer.answers:
                    quoted = " ".join(words(entry.evidence))
                    question = asked.get(entry.question_id)
                    if question is None or not quoted or quoted not in flat:
                        continue
                    if gives_answer(question, entry.answer, held) or gives_answer(
                        question, entry.evidence, held
                    ):
                        given[questions.index(question)] = True
    return tuple(given)
