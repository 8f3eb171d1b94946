"""Coverage loss: how much of what the paper is about a script explains, held against what the human episode does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

from podcast_dspy.analysis.claims import Similarity
from podcast_dspy.documents.graph import DocumentGraph
from podcast_dspy.errors import UsageError
from podcast_dspy.metrics.concepts import ConceptCoverage, concept_coverage
from podcast_dspy.metrics.feedback import Feedback

__all__ = ["calculate_coverage_loss"]

_LITTLE: Final = 0.5
"""Credit below which feedback asks for more."""
_MOST_FEEDBACK: Final = 8


def calculate_coverage_loss(
    generated_transcript: str,
    document_graph: DocumentGraph,
    *,
    reference_transcript: str | None = None,
    judge: str = "measured",
    similarity: Similarity = "embedded",
) -> tuple[float, dict[str, Any]]:
    """1 - covered / attainable, weighted by importance; 0 is full coverage, 1 none.

    A concept counts 0.1 when only mentioned, and up to 1 by how much of what the paper says about it is said
    (`concepts.concept_coverage`); lists of keywords count nothing. Attainable is all of the paper's key concepts or,
    with `reference_transcript`, what the human episode covers of them: a podcast of five minutes is not blamed for
    leaving out what its model left out, and which concepts it takes is free. With `judge` naming an LM, that LM
    judges the depths.

    Details: `concepts_total`, `concepts_covered`, `concepts_missed`, `coverage_by_depth`, `coverage_ratio` and
    `literal_loss` (the specification's 1 - mentioned / total), `credit`, `credit_reference`, `concepts` (depth and
    evidence sentence of each), `feedback`. Raises UsageError when the paper has no key concept or the reference
    covers none, PrerequisiteError when a model is missing, ModelError when the judge fails.
    """
    if not document_graph.key_concepts:
        raise UsageError(f"{document_graph.title!r} has no key concepts to cover; read the paper again")
    found = _judged(generated_transcript, document_graph, judge, similarity)
    weights = [max(concept.importance, 1e-6) for concept in document_graph.key_concepts]
    credit = _credit(found, weights)
    attainable = 1.0
    if reference_transcript is not None:
        attainable = _credit(_judged(reference_transcript, document_graph, judge, similarity), weights)
        if attainable <= 0:
            raise UsageError(
                "the reference episode mentions no key concept of the paper; "
                "check that recording and paper belong together"
            )
    named = [item for item in found if item.depth != "not_mentioned" or item.listed]
    total = len(found)
    missed = [item.concept.name for item in found if item.depth == "not_mentioned"]
    depths = Counter(item.depth for item in found)
    return max(0.0, 1.0 - credit / attainable), {
        "concepts_total": total,
        "concepts_covered": total - len(missed),
        "concepts_missed": missed,
        "coverage_by_depth": {
            depth: depths[depth] for depth in ("deeply_explained", "explained", "briefly_mentioned")
        },
        "coverage_ratio": len(named) / total,
        "literal_loss": 1 - len(named) / total,
        "credit": credit,
        "credit_reference": attainable if reference_transcript is not None else None,
        "concepts": [
            {
                "concept": item.concept.name,
                "depth": item.depth,
                "credit": round(item.credit, 4),
                "evidence": item.evidence,
            }
            for item in found
        ],
        "feedback": _feedback(found) if credit < attainable else (),
    }


def _judged(text: str, graph: DocumentGraph, judge: str, similarity: Similarity) -> Sequence[ConceptCoverage]:
    if judge == "measured":
        return concept_coverage(text, graph, similarity=similarity)
    from podcast_dspy.metrics.judge import judge_coverage

    return judge_coverage(text, graph, judge)


def _credit(found: Sequence[ConceptCoverage], weights: Sequence[float]) -> float:
    held = sum(item.credit * weight for item, weight in zip(found, weights, strict=True))
    return held / sum(weights)


def _feedback(found: Sequence[ConceptCoverage]) -> tuple[Feedback, ...]:
    lines: list[Feedback] = []
    for item in sorted(found, key=lambda one: -one.concept.importance):
        if item.credit >= _LITTLE or len(lines) >= _MOST_FEEDBACK:
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
