"""Coverage loss: how much of what the paper is about a script explains, held against what the human episode does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

from podcast_dspy.analysis.claims import Similarity
from podcast_dspy.analysis.questions import PaperQuestion
from podcast_dspy.documents.graph import DocumentGraph
from podcast_dspy.errors import ModelError, UsageError
from podcast_dspy.metrics.concepts import ConceptCoverage, concept_coverage
from podcast_dspy.metrics.english import require_english
from podcast_dspy.metrics.feedback import Feedback
from podcast_dspy.metrics.noise import sample_noise
from podcast_dspy.metrics.questions import answered, question_details, question_feedback, questions_of

__all__ = ["calculate_coverage_loss"]

_LITTLE: Final = 0.15
"""Shortfall from which feedback asks for more."""
_MOST_FEEDBACK: Final = 8


def calculate_coverage_loss(
    generated_transcript: str,
    document_graph: DocumentGraph,
    *,
    reference_transcript: str | None = None,
    judge: str = "measured",
    similarity: Similarity = "embedded",
    questions: Sequence[PaperQuestion] | None = None,
) -> tuple[float, dict[str, Any]]:
    """What a script leaves unsaid of what the human episode says about the paper's key concepts; 0 is nothing, 1 all.

    A concept counts up to 1 by the paper's statements about it that are expressed (`concepts.concept_coverage`);
    names and lists of keywords count nothing, and a paraphrase as much as a quotation. With `reference_transcript`
    the loss is the importance-weighted shortfall, concept by concept, over what the human episode reaches: a podcast
    of five minutes is not blamed for leaving out what its model left out, which of the paper's statements it takes is
    free, and saying more about one concept does not make up for another. Without a reference every concept is to be
    explained in full. With `judge` naming an LM, that LM judges the depths.

    Beside the loss stands a second measure that shares only the matching with it: which of the paper's `questions`
    (by default cloze questions made by rules) the script answers, and what it leaves open that the host answers.

    Details: `concepts_total`, `concepts_covered`, `concepts_missed`, `coverage_by_depth`, `coverage_ratio` and
    `literal_loss` (the specification's 1 - mentioned / total), `credit`, `credit_reference`, `concepts` (depth and
    evidence sentence of each), `questions_total`, `questions_answered`, `question_coverage` (0-1),
    `question_coverage_reference`, `questions_unanswered` (`questions_unscored` with the reason when a judge failed at
    them), `noise` (of an LM judge), `feedback`. Raises UsageError when the paper has no key concept, the reference
    covers none, or a measured text is not English, PrerequisiteError when a model is missing, ModelError when the
    judge fails.
    """
    if not document_graph.key_concepts:
        raise UsageError(f"{document_graph.title!r} has no key concepts to cover; read the paper again")
    if judge == "measured":
        require_english(generated_transcript, "the script")
        require_english(reference_transcript or "", "the reference episode")
    register = reference_transcript if reference_transcript is not None else generated_transcript
    found, samples = _judged(generated_transcript, document_graph, judge, similarity, register)
    weights = [max(concept.importance, 1e-6) for concept in document_graph.key_concepts]
    wanted = [1.0] * len(found)
    if reference_transcript is not None:
        human, _ = _judged(reference_transcript, document_graph, judge, similarity, register)
        wanted = [item.credit for item in human]
        if _mean(wanted, weights) <= 0:
            raise UsageError(
                "the reference episode explains no key concept of the paper; "
                "check that recording and paper belong together"
            )
    short = _short(wanted, found)

    def loss(lacking: Sequence[float]) -> float:
        return min(1.0, _mean(lacking, weights) / _mean(wanted, weights))

    named = [item for item in found if item.depth != "not_mentioned" or item.listed]
    asked = questions_of(document_graph) if questions is None else tuple(questions)
    answers = _question_details(
        asked, (generated_transcript, reference_transcript), document_graph, judge, similarity, register
    )
    total = len(found)
    missed = [item.concept.name for item in found if item.depth == "not_mentioned"]
    depths = Counter(item.depth for item in found)
    noise = {"noise": sample_noise([loss(_short(wanted, one)) for one in samples])} if samples else {}
    found_loss = loss(short)
    details = {
        "concepts_total": total,
        "concepts_covered": total - len(missed),
        "concepts_missed": missed,
        "coverage_by_depth": {
            depth: depths[depth] for depth in ("deeply_explained", "explained", "briefly_mentioned")
        },
        "coverage_ratio": len(named) / total,
        "literal_loss": 1 - len(named) / total,
        "credit": _mean([item.credit for item in found], weights),
        "credit_reference": _mean(wanted, weights) if reference_transcript is not None else None,
        "concepts": [
            {
                "concept": item.concept.name,
                "depth": item.depth,
                "credit": round(item.credit, 4),
                "wanted": round(want, 4),
                "evidence": item.evidence,
            }
            for want, item in zip(wanted, found, strict=True)
        ],
        **answers,
        **noise,
        "feedback": (*_feedback(found, short), *question_feedback(answers["questions_unanswered"])),
    }
    if judge == "measured":
        return found_loss, details
    from podcast_dspy.metrics.asking import beside

    return beside(
        (found_loss, details),
        lambda: calculate_coverage_loss(
            generated_transcript,
            document_graph,
            reference_transcript=reference_transcript,
            similarity=similarity,
            questions=questions,
        ),
    )


def _judged(
    text: str, graph: DocumentGraph, judge: str, similarity: Similarity, register: str
) -> tuple[Sequence[ConceptCoverage], Sequence[Sequence[ConceptCoverage]]]:
    """Coverage, and the judge's samples that it is the median of (none when it is measured)."""
    if judge == "measured":
        return concept_coverage(text, graph, similarity=similarity, register=register), ()
    from podcast_dspy.metrics.judged_coverage import judge_coverage

    return judge_coverage(text, graph, judge)


def _short(wanted: Sequence[float], found: Sequence[ConceptCoverage]) -> list[float]:
    """What each concept lacks of the credit that is wanted."""
    return [max(0.0, want - item.credit) for want, item in zip(wanted, found, strict=True)]


def _question_details(
    asked: Sequence[PaperQuestion],
    texts: tuple[str, str | None],
    graph: DocumentGraph,
    judge: str,
    similarity: Similarity,
    register: str,
) -> dict[str, Any]:
    """The questions stand beside the loss: a judge that fails at them leaves them unscored, with the reason."""
    try:
        given, human = (
            None if text is None else _answers(text, graph, asked, judge, similarity, register)
            for text in texts
        )
    except ModelError as error:
        return question_details(asked, None, None) | {"questions_unscored": str(error)}
    return question_details(asked, given, human)


def _answers(
    text: str,
    graph: DocumentGraph,
    asked: Sequence[PaperQuestion],
    judge: str,
    similarity: Similarity,
    register: str,
) -> Sequence[bool]:
    if judge == "measured":
        return answered(text, graph, asked, similarity=similarity, register=register)
    from podcast_dspy.metrics.judged_coverage import judge_answers

    return judge_answers(text, graph, asked, judge)


def _mean(values: Sequence[float], weights: Sequence[float]) -> float:
    held = sum(value * weight for value, weight in zip(values, weights, strict=True))
    return held / sum(weights)


def _feedback(found: Sequence[ConceptCoverage], short: Sequence[float]) -> tuple[Feedback, ...]:
    """What is missing most, by importance."""
    lines: list[Feedback] = []
    lacking = sorted(zip(found, short, strict=True), key=lambda one: -one[0].concept.importance * one[1])
    for item, lack in lacking:
        if lack < _LITTLE or len(lines) >= _MOST_FEEDBACK:
            continue
        atoms = ", ".join(item.concept.atom_ids[:3])
        where = f"; {atoms} explain it" if atoms else ""
        if item.depth == "not_mentioned" and item.listed:
            text = f"concept {item.concept.name!r} stands only in a list{where}"
        elif item.depth == "not_mentioned":
            text = f"concept {item.concept.name!r} is missed{where}"
        else:
            text = f"concept {item.concept.name!r} is named but not explained{where}"
        lines.append(Feedback(predictor="planner", loss="coverage", text=text))
    return tuple(lines)
