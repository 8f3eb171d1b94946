"""The LM judge of quality: anchored ratings with quoted evidence, sampled, and an order-swapped comparison.

What it judges is data. A judge that fails, refuses or answers with something unusable raises ModelError, and the loss
is unscored; no number is made up for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from itertools import chain
from statistics import fmean, median, stdev
from typing import TYPE_CHECKING, Any, Final

from podcast_dspy.analysis.paper_index import paper_index
from podcast_dspy.documents.graph import DocumentGraph
from podcast_dspy.errors import ModelError, UnusableAnswerError, UsageError
from podcast_dspy.lms.forecast import Asked, tokens_of
from podcast_dspy.metrics.judge_requests import SAMPLES, ask, check_judge, sampling, stands_in, stretches
from podcast_dspy.metrics.judged_coverage import Examination, coverage_calls, examinations
from podcast_dspy.metrics.loss import Feedback, sample_noise
from podcast_dspy.text.normalisation import neutralise
from podcast_dspy.text.words import content_stems, split_sentences

if TYPE_CHECKING:
    from podcast_dspy.lms.batches import Unanswered
    from podcast_dspy.pairs.pair import TrainingPair
    from podcast_dspy.signatures.judging import QualityRubric

_CRITERIA: Final = ("engagement", "clarity", "accuracy")
_PREFERENCE: Final = 0.25
"""Share of a score that the comparison with the reference decides."""
_WORDS_A_PASSAGE: Final = 90
"""About as much of the paper is shown as of the script."""
_ANSWER: Final = 450.0
"""Tokens of an answer with its evidence: twelve findings, or three ratings with reasons."""

_Ratings = list[list["QualityRubric"]]
"""By window: the samples that are valid."""


def _passages(stretch: str, graph: DocumentGraph) -> list[str]:
    """Passages of the paper that share most with a stretch, in reading order; they are data as well."""
    import numpy as np

    index = paper_index(graph)
    score = np.zeros(len(index.passages))
    for sentence in split_sentences(stretch):
        score += index.overlap(content_stems(sentence)) ** 2
    most = max(10, len(stretch.split()) // _WORDS_A_PASSAGE)
    best = sorted(int(place) for place in np.argsort(-score, kind="stable")[:most])
    return [plain for place in best if (plain := neutralise(index.passages[place].text)[0])]


def _rating_calls(text: str, graph: DocumentGraph, judge: str) -> Iterator[list[Callable[[], Any]]]:
    """By window, the calls of the samples."""
    import dspy

    from podcast_dspy.signatures.judging import JudgeQuality

    predict = dspy.Predict(JudgeQuality)
    parts = stretches(text)

    def rate(stretch: str, position: str, passages: list[str], sample: int) -> QualityRubric:
        rubric: QualityRubric = predict(
            paper_title=neutralise(graph.title)[0],
            passages=passages,
            position=position,
            stretch=stretch,
            config=sampling(sample),
        ).rubric
        for name in _CRITERIA:
            if not stands_in(getattr(rubric, name).evidence, stretch):
                raise UnusableAnswerError(
                    f"the judge {judge} rests its {name} score on words that are not in the script; "
                    "run it again, or judge without an LM with `--judge-lm measured`"
                )
        return rubric

    for place, (stretch,) in enumerate(parts):
        assert stretch is not None
        where = "the whole episode" if len(parts) == 1 else f"part {place + 1} of {len(parts)}"
        one = partial(rate, stretch, where, _passages(stretch, graph))
        yield [partial(ask, judge, "rating", partial(one, sample)) for sample in range(SAMPLES)]


def _rated(text: str, graph: DocumentGraph, judge: str) -> _Ratings:
    """The valid samples of every window. Raises UnusableAnswerError where most of a window's are void."""
    found: _Ratings = []
    for calls in _rating_calls(text, graph, judge):
        valid, void = [], None
        for call in calls:
            try:
                valid.append(call())
            except UnusableAnswerError as error:
                void = error
        if void is not None and 2 * len(valid) <= SAMPLES:
            raise void
        found.append(valid)
    return found


def _comparison_calls(
    text: str, reference: str, graph: DocumentGraph, judge: str
) -> Iterator[tuple[Callable[[], Any], Callable[[], Any]] | float]:
    """By window, the calls with either one first; or who holds a window in which the other says nothing."""
    import dspy

    from podcast_dspy.signatures.judging import CompareStretches

    predict = dspy.Predict(CompareStretches)

    def compare(passages: list[str], first: str, second: str) -> Any:
        title = neutralise(graph.title)[0]
        return predict(paper_title=title, passages=passages, first=first, second=second).verdict

    for ours, human in stretches(text, reference):
        if ours is None or human is None:
            yield float(human is None)
            continue
        one = partial(compare, _passages(f"{ours} {human}", graph))
        ahead, behind = partial(one, ours, human), partial(one, human, ours)
        yield partial(ask, judge, "comparison", ahead), partial(ask, judge, "comparison", behind)


def _preferred(text: str, reference: str, graph: DocumentGraph, judge: str) -> tuple[dict[str, float], int]:
    """Share of windows in which the script holds its own (wins or is level) by criterion, and order-biased answers."""
    points: dict[str, list[float]] = {name: [] for name in _CRITERIA}
    biased = 0
    for calls in _comparison_calls(text, reference, graph, judge):
        if isinstance(calls, float):
            for values in points.values():
                values.append(calls)
            continue
        ahead, behind = (call() for call in calls)
        for name, values in points.items():
            first, second = getattr(ahead, name), getattr(behind, name)
            biased += first == second and first != "tie"
            # Only a reference that wins from both places has won.
            values.append(0.0 if (first, second) == ("second", "first") else 1.0)
    return {name: fmean(values) for name, values in points.items()}, biased


def quality_calls(
    generated: str, reference: str, graph: DocumentGraph, judge: str
) -> Iterator[Callable[[], Any]]:
    """Every call that `judge_quality` makes, for DSPy's current LM; none depends on another."""
    text, human = (neutralise(side)[0] for side in (generated, reference))
    for side in dict.fromkeys((text, human)):
        for calls in _rating_calls(side, graph, judge) if side else ():
            yield from calls
    if text and text != human:
        for pair in _comparison_calls(text, human, graph, judge):
            if not isinstance(pair, float):
                yield from pair


def judge_ahead(text: str, pair: TrainingPair, judge: str) -> int:
    """Have all that a judge is asked to score a script against a pair answered as a batch, where batches are wanted.

    `score_script`, called afterwards, finds the answers kept. Returns how many requests the provider failed at; 0 for
    the measured judge and where batches are not wanted (`lms.calling`). Raises PrerequisiteError when the model is too
    small or its provider has no batches, ModelError when the batch fails.
    """
    from podcast_dspy.lms.calls import calls

    progress = calls().batch
    if judge == "measured" or progress is None:
        return 0
    from podcast_dspy.lms.batches import answer_ahead

    check_judge(judge)
    examined = list(_examined(text, pair, judge))
    with suppress(UsageError):  # no questions: nothing to answer
        examined[0].asked()  # one request a paper, on which all that follows rests
    ahead = partial(answer_ahead, judge, purpose="judge", progress=progress)
    # What is marked is known when the answers are there.
    return ahead(_scoring_calls(text, pair, judge)) + ahead(examined)


def _examined(text: str, pair: TrainingPair, judge: str) -> Iterator[Examination]:
    for side in dict.fromkeys((text, pair.transcription.transcript_text)):
        yield from examinations(side, pair.document_graph, pair.questions, judge)


def _scoring_calls(text: str, pair: TrainingPair, judge: str) -> Iterator[Callable[[], Any]]:
    """Every call that scoring a script against a pair makes."""
    reference, graph = pair.transcription.transcript_text, pair.document_graph
    return chain(
        *(coverage_calls(side, graph, judge) for side in dict.fromkeys((text, reference))),
        _examined(text, pair, judge),
        quality_calls(text, reference, graph, judge),
    )


def expected_judging(pair: TrainingPair, judge: str) -> tuple[Asked, Asked]:
    """What a judge is asked about a pair's own podcast, once, and about each script for it, beside kept answers.

    The podcast with its sentences turned round stands for a script. Nothing is asked. Raises PrerequisiteError.
    """
    from podcast_dspy.lms import use
    from podcast_dspy.lms.batches import unanswered

    check_judge(judge)
    reference = pair.transcription.transcript_text
    script = " ".join(reversed(split_sentences(reference)))
    with use(judge, purpose="judge"):
        unasked = bool(unanswered([next(_examined(reference, pair, judge)).asked]))
        once = unanswered(_scoring_calls(reference, pair, judge))
        each = unanswered(_scoring_calls(script, pair, judge))

    def asked(found: Sequence[Unanswered]) -> Asked:
        # An answer is marked by a further call, and where there are no questions yet, nothing is answered.
        waiting = 2 * SAMPLES if unasked else sum(isinstance(one.call, Examination) for one in found)
        lengths = [tokens_of(len(str(one.request))) for one in found] + [tokens_of(len(reference))] * waiting
        return Asked(calls=len(lengths), prompt_tokens=sum(lengths), completion_tokens=_ANSWER * len(lengths))

    return asked(list(once.values())), asked([one for key, one in each.items() if key not in once])


def judge_quality(
    generated: str, reference: str, graph: DocumentGraph, judge: str, penalty: float = 0.0
) -> tuple[float, dict[str, Any]]:
    """Quality loss by an LM, in the shape of `calculate_quality_loss`.

    Both texts are rated with the same anchored rubric, whole where the judge can read them whole, `SAMPLES` times; a
    sample that quotes what is not in the text is void. A score is the script's median over the reference's, and a
    quarter of it is lost where the reference is preferred in both orders. Raises PrerequisiteError when the model is
    too small, ModelError when it fails, refuses, or most of its samples are void.
    """
    from podcast_dspy.lms import use

    check_judge(judge)
    text, removed = neutralise(generated)
    human, _ = neutralise(reference)
    if not text:
        raise ModelError(
            "nothing is left to judge once instructions to the judge are taken out of the script"
        )
    with use(judge, purpose="judge"):
        rated = _rated(text, graph, judge)
        gold = rated if text == human else _rated(human, graph, judge)
        level = dict.fromkeys(_CRITERIA, 1.0)
        preferred, biased = (level, 0) if text == human else _preferred(text, human, graph, judge)
    theirs = {name: _level(gold, name) for name in _CRITERIA}
    ours = {name: _level(rated, name) for name in _CRITERIA}
    scores = _scores(ours, theirs, preferred, penalty)
    # What the loss would be by each sample alone.
    alone = [
        _scores({name: _level(rated, name, sample) for name in _CRITERIA}, theirs, preferred, penalty)
        for sample in range(min(len(window) for window in rated))
    ]
    suggestions = _collect(rated, "suggestions")
    quoted = {
        name: [quote for window in rated for quote in getattr(window[0], name).evidence][:6]
        for name in _CRITERIA
    }
    faults = [quote for quote in _collect(rated, "faults") if stands_in([quote], text)]
    return (300 - sum(scores.values())) / 300, {
        **{f"{name}_score": value for name, value in scores.items()},
        "sub_scores": {name: _relative(ours[name], theirs[name]) for name in _CRITERIA},
        "ratings": {"generated": ours, "reference": theirs},
        "evidence": {**quoted, "faults": faults},
        "reasons": {name: [getattr(window[0], name).reason for window in rated] for name in _CRITERIA},
        "reference_strengths": _collect(gold, "strengths"),
        "generated_strengths": _collect(rated, "strengths"),
        "improvement_suggestions": suggestions,
        "windows": len(rated),
        "samples": SAMPLES,
        "void_samples": sum(SAMPLES - len(window) for window in rated),
        "spread": {name: max(_spread(window, name) for window in rated) for name in _CRITERIA},
        "noise": sample_noise([(300 - sum(one.values())) / 300 for one in alone]),
        "score_deviations": {
            name: stdev(one[name] for one in alone) if len(alone) > 1 else 0.0 for name in scores
        },
        "preferred": preferred,
        "order_biased_answers": biased,
        "removed_instructions": list(removed),
        "feedback": tuple(
            Feedback(predictor="writer", loss="quality", text=line) for line in suggestions[:6]
        ),
    }


def _scores(
    ours: Mapping[str, float], theirs: Mapping[str, float], preferred: Mapping[str, float], penalty: float
) -> dict[str, float]:
    """Scores by criterion (0-100): the script's ratings over the reference's."""
    scores = {
        name: _relative(ours[name], theirs[name]) * (1 - _PREFERENCE * (1 - preferred[name]))
        for name in _CRITERIA
    }
    scores["accuracy"] *= 1 - min(1.0, max(0.0, penalty))
    return scores


def _relative(ours: float, theirs: float) -> float:
    return 100.0 if ours >= theirs else 100 * ours / theirs


def _level(rated: _Ratings, name: str, sample: int | None = None) -> float:
    """Mean over the windows of the samples' median, or of one sample."""
    found = [[getattr(one, name).score for one in window] for window in rated]
    return fmean(median(window) if sample is None else window[sample] for window in found)


def _spread(window: Sequence[QualityRubric], name: str) -> float:
    found = [getattr(one, name).score for one in window]
    return float(max(found) - min(found))


def _collect(rated: _Ratings, key: str) -> list[str]:
    return list(dict.fromkeys(line for window in rated for line in getattr(window[0], key)))[:12]
