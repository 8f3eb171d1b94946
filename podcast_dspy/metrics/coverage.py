"""Coverage loss: how much of what the paper is about a script explains, held against what the human episode does."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import Any, Final, get_args

import numpy as np

from podcast_dspy.analysis.closeness import Similarity
from podcast_dspy.analysis.comprehension import PaperQuestion
from podcast_dspy.analysis.paper_index import paper_index
from podcast_dspy.documents.graph import DocumentGraph
from podcast_dspy.errors import UsageError
from podcast_dspy.generation.script import Script
from podcast_dspy.metrics.content_units import (
    ConceptCoverage,
    Depth,
    concept_coverage,
    content_units,
    expressed,
)
from podcast_dspy.metrics.judged_coverage import comprehension, unmeasured
from podcast_dspy.metrics.loss import Feedback, MeasuredLoss, ScoringOptions, sample_noise, spoken_text
from podcast_dspy.pairs.pair import TrainingPair
from podcast_dspy.settings import LossWeights
from podcast_dspy.text.language import require_english
from podcast_dspy.text.words import content_stems

_LITTLE: Final = 0.15
"""Shortfall from which feedback asks for more."""
_MOST_FEEDBACK: Final = 8
_MOST_UNSAID: Final = 5
_WORTH_TELLING: Final = 0.01
"""Share of all that is to be said from which feedback names a unit."""


def calculate_coverage_loss(
    generated_transcript: str,
    document_graph: DocumentGraph,
    *,
    reference_transcript: str | None = None,
    judge: str = "measured",
    similarity: Similarity = "embedded",
    questions: Sequence[PaperQuestion] | None = None,
) -> tuple[float, dict[str, Any]]:
    """What a script leaves unsaid of what the human episode says about the paper; 0 is nothing, 1 all.

    Measured, the loss is what the host's sentences about the paper (`content_units`), by what they hold of it, are left
    unexpressed: in whatever words, order and place. What a host says beside the paper is not asked for. Without
    a `reference_transcript` the units are the paper's abstract. With `judge` naming an LM, the loss is the mean of two:
    the importance-weighted shortfall of the depths that it gives the paper's key concepts against the host's
    (without a host, of explaining all in full), and the questions about the paper that the script leaves open
    (`judged_coverage.comprehension`): those of `questions`, else what the judge itself asks. Where there are none
    (`questions` is empty), or the host answers none, the depths alone count.

    Details beside those that docs/losses.md names: `literal_loss` is the specification's 1 - mentioned / total, `noise`
    that of an LM judge's samples, `questions_unscored` why nobody asked. Raises UsageError when the paper has no
    key concept, the reference says nothing of the paper, or a measured text is not English, PrerequisiteError when a
    model is missing, ModelError when the judge fails.
    """
    if not document_graph.key_concepts:
        raise UsageError(f"{document_graph.title!r} has no key concepts to cover; read the paper again")
    if judge == "measured":
        require_english(generated_transcript, "the script")
        require_english(reference_transcript or "", "the reference episode")
    found, samples = _judged(generated_transcript, document_graph, judge, similarity)
    weights = [max(concept.importance, 1e-6) for concept in document_graph.key_concepts]
    wanted = [1.0] * len(found)
    if reference_transcript is not None:
        human, _ = _judged(reference_transcript, document_graph, judge, similarity)
        wanted = [item.credit for item in human]
    short = _short(wanted, found)

    def judged(lacking: Sequence[float]) -> float:
        if _mean(wanted, weights) <= 0:
            raise _strange_reference()
        return min(1.0, _mean(lacking, weights) / _mean(wanted, weights))

    unsaid: list[_Unsaid] = []
    units = 0
    lines: tuple[Feedback, ...] = ()
    if judge == "measured":
        loss, unsaid, units = _unit_loss(
            generated_transcript, reference_transcript, document_graph, similarity
        )
        by_judge = unmeasured(
            "questions are answered and marked by an LM that can judge: name one with --judge-lm"
        )
    else:
        loss = judged(short)
        each = [judged(_short(wanted, one)) for one in samples]
        try:
            answers = comprehension(
                generated_transcript, reference_transcript, document_graph, judge, questions
            )
        except UsageError as error:  # a pair cut down to a segment has no questions
            by_judge = unmeasured(str(error)) | {"depth_loss": loss}
        else:
            by_judge = answers.details | {"depth_loss": loss, "comprehension_loss": answers.loss}
            loss, lines = (loss + answers.loss) / 2, answers.feedback
            each = [(one + other) / 2 for one, other in zip(each, answers.samples, strict=True)]
        by_judge["noise"] = sample_noise(each)
    named = [item for item in found if item.depth != "not_mentioned" or item.listed]
    total = len(found)
    missed = [item.concept.name for item in found if item.depth == "not_mentioned"]
    depths = Counter(item.depth for item in found)
    details = {
        "units": units,
        "units_unsaid": unsaid,
        "concepts_total": total,
        "concepts_covered": total - len(missed),
        "concepts_missed": missed,
        "coverage_by_depth": {depth: depths[depth] for depth in get_args(Depth)[:0:-1]},
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
        **by_judge,
        "feedback": (
            *_feedback(found, short),
            # In the words of the paper: the host's are not to be copied.
            *(
                Feedback(predictor="planner", loss="coverage", text=f"left unsaid: “{passage}” ({atom_id})")
                for passage, atom_id in dict.fromkeys(
                    (one["passage"], one["atom_id"]) for one in unsaid if one["share"] >= _WORTH_TELLING
                )
            ),
            *lines,
        ),
    }
    if judge == "measured":
        return loss, details
    from podcast_dspy.metrics.judge_requests import beside

    return beside(
        (loss, details),
        lambda: calculate_coverage_loss(
            generated_transcript,
            document_graph,
            reference_transcript=reference_transcript,
            similarity=similarity,
            questions=questions,
        ),
    )


def _strange_reference() -> UsageError:
    return UsageError(
        "the reference episode says nothing of the paper; check that recording and paper belong together"
    )


_Unsaid = dict[str, Any]
"""A content unit that is left unsaid: its `share` of the whole, its `text`, the paper's `passage` and `atom_id`."""


def _unit_loss(
    text: str, reference: str | None, graph: DocumentGraph, similarity: Similarity
) -> tuple[float, list[_Unsaid], int]:
    """The measured loss, the units that are missing most, and how many there are."""
    units = content_units(reference, graph, similarity)
    # A host, too, names things without explaining them: what it does not say itself is not asked for.
    said = expressed(text, units, graph).degree
    wanted = np.ones_like(said) if reference is None else expressed(reference, units, graph).degree
    total = float(units.weights @ wanted)
    if total <= 0:
        if reference is not None:
            raise _strange_reference()
        raise UsageError(f"{graph.title!r} states nothing that could be covered; read the paper again")
    lacking = units.weights * np.maximum(0.0, wanted - said) / total
    index = paper_index(graph)
    unsaid = []
    for place in np.argsort(-lacking, kind="stable")[:_MOST_UNSAID].tolist():
        share, unit = float(lacking[place]), units.texts[place]
        if share > 0:
            source = index.passages[int(index.overlap(content_stems(unit)).argmax())]
            unsaid.append({"share": share, "text": unit, "atom_id": source.atom_id, "passage": source.text})
    return min(1.0, math.fsum(lacking.tolist())), unsaid, len(units.texts)


def _judged(
    text: str, graph: DocumentGraph, judge: str, similarity: Similarity
) -> tuple[Sequence[ConceptCoverage], Sequence[Sequence[ConceptCoverage]]]:
    """Coverage, and the judge's samples that it is the median of (none when it is measured)."""
    if judge == "measured":
        return concept_coverage(text, graph, similarity=similarity), ()
    from podcast_dspy.metrics.judged_coverage import judge_coverage

    return judge_coverage(text, graph, judge)


def _short(wanted: Sequence[float], found: Sequence[ConceptCoverage]) -> list[float]:
    """What each concept lacks of the credit that is wanted."""
    return [max(0.0, want - item.credit) for want, item in zip(wanted, found, strict=True)]


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


def _measure(
    script: Script | str, pair: TrainingPair, options: ScoringOptions
) -> tuple[float, dict[str, Any]]:
    return calculate_coverage_loss(
        spoken_text(script),
        pair.document_graph,
        reference_transcript=pair.transcription.transcript_text,
        judge=options.judge,
        similarity=options.similarity,
        questions=pair.questions,
    )


LOSS = MeasuredLoss("coverage", LossWeights().coverage, _measure)
