"""Coverage by an LM judge: how deeply key concepts are explained, with quotes, and which questions are answered.

What it judges is data. A finding counts only with a sentence of the script, word for word, that shows it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from statistics import fmean, median
from typing import Any, Final, get_args

from podcast_dspy.analysis.comprehension import PaperQuestion, paper_questions
from podcast_dspy.documents.graph import DocumentGraph
from podcast_dspy.errors import UnusableAnswerError, UsageError
from podcast_dspy.metrics.content_units import MENTIONED, ConceptCoverage, Depth, concept_coverage
from podcast_dspy.metrics.judge_requests import SAMPLES, ask, check_judge, sampling, stands_in, stretches
from podcast_dspy.metrics.loss import Feedback
from podcast_dspy.text.normalisation import neutralise

_A_CALL: Final = 12
"""Concepts put to the judge at a time."""
_DEPTHS: Final[tuple[Depth, ...]] = get_args(Depth)
_CREDIT: Final = dict(zip(_DEPTHS, (0.0, MENTIONED, 0.75, 1.0), strict=True))


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


_ANSWER_CREDIT: Final = {"right": 1.0, "partly": 0.5, "wrong": 0.0}
_MOST_FEEDBACK: Final = 3

Marks = dict[str, tuple[float, str]]
"""By question that was answered: credit (0-1), and the answer."""


@dataclass(frozen=True, slots=True)
class Comprehension:
    """How much of what the host answers a script leaves open."""

    loss: float
    """0-1: credit that is missing of what the host's episode gets, the median of the samples for each question."""
    samples: tuple[float, ...]
    """The loss by each sample alone."""
    details: dict[str, Any]
    feedback: tuple[Feedback, ...]


@dataclass(frozen=True)
class Examination:
    """One sample of a script's answers and their marks: calls of DSPy's current LM, each resting on the one before."""

    text: str
    """The script as data (`neutralise`)."""
    graph: DocumentGraph
    questions: tuple[PaperQuestion, ...] | None
    """None: the judge asks them itself, once for a paper; its answer is kept by the paper's content."""
    judge: str
    sample: int

    def asked(self) -> tuple[PaperQuestion, ...]:
        """The questions. Raises UsageError where there are none."""
        given = (
            self.questions
            if self.questions is not None
            else paper_questions(self.graph, lm=self.judge, purpose="judge")
        )
        plain = (
            one.model_copy(
                update={"question": neutralise(one.question)[0], "answer": neutralise(one.answer)[0]}
            )
            for one in given
            if one.explains
        )
        found = tuple(one for one in plain if one.question and one.answer)
        if not found:
            raise UsageError(f"there are no questions about {self.graph.title!r}")
        return found

    def __call__(self) -> Marks:
        """The marks. An answer that quotes what the script does not say, or speaks to a judge, is none."""
        import dspy

        from podcast_dspy.signatures.judging import AnswerQuestions, GivenAnswer, MarkAnswers

        asked = {one.question_id: one for one in self.asked()}
        options = sampling(self.sample)
        heard: dict[str, list[str]] = {}
        said: dict[str, list[str]] = {}
        for (stretch,) in stretches(self.text) if self.text else ():
            assert stretch is not None
            wanted = {number: one.question for number, one in asked.items()}
            answering = partial(
                dspy.Predict(AnswerQuestions), questions=wanted, stretch=stretch, config=options
            )
            for entry in ask(self.judge, "answers", answering).answers:
                answer = neutralise(entry.answer)[0]
                if entry.question_id in asked and answer and stands_in(entry.evidence, stretch):
                    said.setdefault(entry.question_id, []).append(answer)
                    heard.setdefault(entry.question_id, []).append(neutralise(" ".join(entry.evidence))[0])
        if not said:
            return {}
        given = {
            number: GivenAnswer(
                question=one.question,
                expected=one.answer,
                given=" ".join(said[number]),
                heard=" ".join(heard[number]),
            )
            for number, one in asked.items()
            if number in said
        }

        def marks() -> Marks:
            found = {
                one.question_id: one.mark
                for one in dspy.Predict(MarkAnswers)(answers=given, config=options).marks
            }
            if absent := sorted(given.keys() - found.keys()):
                raise UnusableAnswerError(
                    f"the judge {self.judge} left {', '.join(absent)} unmarked; "
                    "try again or use `--judge-lm measured`"
                )
            return {number: (_ANSWER_CREDIT[found[number]], given[number].given) for number in given}

        marked: Marks = ask(self.judge, "marks", marks)
        return marked


def examinations(
    text: str, graph: DocumentGraph, questions: Sequence[PaperQuestion] | None, judge: str
) -> Iterator[Examination]:
    """The samples of one script; `questions` are those that an LM asked when the pair was analysed."""
    # Those that rules made in earlier versions are none.
    own = None if questions is None else tuple(one for one in questions if one.explains)
    own = None if questions and not own else own
    plain = neutralise(text)[0]
    return (Examination(plain, graph, own, judge, sample) for sample in range(SAMPLES))


def comprehension(
    text: str,
    reference: str | None,
    graph: DocumentGraph,
    judge: str,
    questions: Sequence[PaperQuestion] | None = None,
) -> Comprehension:
    """Questions about the paper that a script leaves open, of those that the host's episode answers (without one: all).

    Raises UsageError when there are no questions or the host answers none, and as `judge_quality`.
    """
    from podcast_dspy.lms import use

    check_judge(judge)
    with use(judge, purpose="judge"):
        mine = list(examinations(text, graph, questions, judge))
        asked = mine[0].asked()
        found = [one() for one in mine]
        human = (
            [one() for one in examinations(reference, graph, questions, judge)]
            if reference is not None
            else None
        )
    names = [one.question_id for one in asked]
    wanted = [1.0] * len(asked) if human is None else [_median(human, name) for name in names]
    if not any(wanted):
        raise UsageError(
            f"the reference episode answers none of the {len(asked)} questions about {graph.title!r}"
        )

    def lacking(credit: Callable[[str], float]) -> float:
        short = [max(0.0, want - credit(name)) for want, name in zip(wanted, names, strict=True)]
        return sum(short) / sum(wanted)

    got = {name: _median(found, name) for name in names}
    open_ = [
        {
            **one.model_dump(include={"question", "answer", "atom_id", "kind"}),
            "said": next((marks[one.question_id][1] for marks in found if one.question_id in marks), ""),
        }
        for one, want in zip(asked, wanted, strict=True)
        if got[one.question_id] < want
    ]
    return Comprehension(
        lacking(got.__getitem__),
        tuple(lacking(lambda name, marks=marks: marks.get(name, (0.0, ""))[0]) for marks in found),  # type: ignore[misc]
        _details(list(got.values()), None if human is None else fmean(wanted), open_),
        tuple(
            Feedback(
                predictor="planner",
                loss="coverage",
                text=f"left open: “{one['question']}” ({one['answer']} {one['atom_id']}"
                + (f"; said instead: {one['said']})" if one["said"] else ")"),
            )
            for one in open_[:_MOST_FEEDBACK]
        ),
    )


def unmeasured(reason: str) -> dict[str, Any]:
    """The details where nobody asked."""
    return _details([], None, []) | {"questions_unscored": reason}


def _details(got: Sequence[float], reference: float | None, unanswered: Sequence[Any]) -> dict[str, Any]:
    return {
        "questions_total": len(got),
        "questions_answered": sum(got) if got else None,
        "question_coverage": fmean(got) if got else None,
        "question_coverage_reference": reference,
        "questions_unanswered": unanswered,
    }


def _median(samples: Sequence[Marks], name: str) -> float:
    return median(marks.get(name, (0.0, ""))[0] for marks in samples)
