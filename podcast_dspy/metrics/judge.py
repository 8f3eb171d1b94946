"""The LM judge of quality: the whole script in windows, several samples and their spread, order-swapped comparison.

What it judges is data. A judge that fails, refuses or answers with something unusable raises ModelError, and the loss
is unscored; no number is made up for it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from itertools import zip_longest
from statistics import fmean, median, stdev
from typing import Any, Final

from podcast_dspy.analysis.paper_index import paper_index
from podcast_dspy.documents.graph import DocumentGraph
from podcast_dspy.errors import ModelError
from podcast_dspy.metrics.asking import SAMPLES, ask, check_judge, sampling
from podcast_dspy.metrics.feedback import Feedback
from podcast_dspy.metrics.noise import sample_noise
from podcast_dspy.metrics.stretches import neutralise, windows
from podcast_dspy.text.sentences import split_sentences
from podcast_dspy.text.words import content_stems

__all__ = ["judge_quality"]

_PREFERENCE: Final = 0.25
"""Share of a score that the comparison with the reference decides."""

_RUBRIC: Final = {
    "engagement": ("listener_address", "analogies", "pull"),
    "clarity": ("definitions", "order", "plain_language"),
    "accuracy": ("claims", "numbers", "nuance"),
}


def _passages(stretch: str, graph: DocumentGraph, most: int = 10) -> list[str]:
    """Passages of the paper that share most with a stretch, in reading order; they are data as well."""
    import numpy as np

    index = paper_index(graph)
    score = np.zeros(len(index.passages))
    for sentence in split_sentences(stretch):
        score += index.overlap(content_stems(sentence)) ** 2
    best = sorted(int(place) for place in np.argsort(-score, kind="stable")[:most])
    return [plain for place in best if (plain := neutralise(index.passages[place].text)[0])]


def _rate(text: str, graph: DocumentGraph, judge: str) -> list[list[dict[str, Any]]]:
    """Rubrics by window and sample."""
    import dspy

    from podcast_dspy.signatures.judging import JudgeQuality

    predict = dspy.Predict(JudgeQuality)
    stretches = windows(text)

    def rate(place: int, stretch: str, passages: Sequence[str], sample: int) -> dict[str, Any]:
        answer = predict(
            paper_title=neutralise(graph.title)[0],
            passages=list(passages),
            position=f"part {place + 1} of {len(stretches)}",
            stretch=stretch,
            config=sampling(sample),
        )
        rubric: dict[str, Any] = answer.rubric.model_dump()
        return rubric

    found = []
    for place, stretch in enumerate(stretches):
        passages = _passages(stretch, graph)
        found.append(
            [
                ask(judge, "rating", partial(rate, place, stretch, passages, sample))
                for sample in range(SAMPLES)
            ]
        )
    return found


def _prefer(text: str, reference: str, graph: DocumentGraph, judge: str) -> tuple[dict[str, float], int]:
    """Share of windows in which the script holds its own (wins or is level) by criterion, and order-biased answers."""
    import dspy

    from podcast_dspy.signatures.judging import CompareStretches

    predict = dspy.Predict(CompareStretches)
    count = max(len(windows(text)), len(windows(reference)))
    points: dict[str, list[float]] = {name: [] for name in _RUBRIC}
    biased = 0
    for ours, human in zip_longest(windows(text, count), windows(reference, count)):
        if ours is None or human is None:
            # One side has nothing to say here: the other holds the window.
            for values in points.values():
                values.append(float(human is None))
            continue
        passages = _passages(f"{ours} {human}", graph)

        def compare(first: str, second: str, passages: Sequence[str] = passages) -> Any:
            return predict(
                paper_title=neutralise(graph.title)[0], passages=list(passages), first=first, second=second
            ).verdict

        ahead = ask(judge, "comparison", partial(compare, ours, human))
        behind = ask(judge, "comparison", partial(compare, human, ours))
        for name, values in points.items():
            first, second = getattr(ahead, name), getattr(behind, name)
            biased += first == second and first != "tie"
            # Only a reference that wins from both places has won.
            values.append(0.0 if (first, second) == ("second", "first") else 1.0)
    return {name: fmean(values) for name, values in points.items()}, biased


def judge_quality(
    generated: str, reference: str, graph: DocumentGraph, judge: str, penalty: float = 0.0
) -> tuple[float, dict[str, Any]]:
    """Quality loss by an LM, in the shape of `calculate_quality_loss`.

    Both whole texts are rated with the same rubric, window by window, `SAMPLES` times; a score is the script's median
    over the reference's, and a quarter of it is lost where the reference is preferred in both orders. Raises
    PrerequisiteError when the model is too small, ModelError when it fails, refuses or answers unusably.
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
        rated = _rate(text, graph, judge)
        gold = rated if text == human else _rate(human, graph, judge)
        level = dict.fromkeys(_RUBRIC, 1.0)
        preferred, biased = (level, 0) if text == human else _prefer(text, human, graph, judge)
    theirs = {part: _level(gold, part) for parts in _RUBRIC.values() for part in parts}
    subs, scores = _scored({part: _level(rated, part) for part in theirs}, theirs, preferred, penalty)
    # What the loss would be by each sample alone.
    alone = [
        _scored({part: _level(rated, part, sample) for part in theirs}, theirs, preferred, penalty)[1]
        for sample in range(SAMPLES)
    ]
    losses = [(300 - sum(one.values())) / 300 for one in alone]
    spread = {
        part: max(max(one[part] for one in window) - min(one[part] for one in window) for window in rated)
        for part in theirs
    }
    suggestions = _collect(rated, "suggestions")
    return (300 - sum(scores.values())) / 300, {
        **{f"{name}_score": value for name, value in scores.items()},
        "sub_scores": subs,
        "evidence": {"faults": _collect(rated, "faults")},
        "reference_strengths": _collect(gold, "strengths"),
        "generated_strengths": _collect(rated, "strengths"),
        "improvement_suggestions": suggestions,
        "windows": len(rated),
        "samples": SAMPLES,
        "spread": spread,
        "noise": sample_noise(losses),
        "score_deviations": {name: stdev(one[name] for one in alone) for name in scores},
        "preferred": preferred,
        "order_biased_answers": biased,
        "removed_instructions": list(removed),
        "feedback": tuple(
            Feedback(predictor="writer", loss="quality", text=line) for line in suggestions[:6]
        ),
    }


def _scored(
    ours: Mapping[str, float], theirs: Mapping[str, float], preferred: Mapping[str, float], penalty: float
) -> tuple[dict[str, float], dict[str, float]]:
    """Sub-scores by part and scores by criterion (0-100): the script's levels over the reference's."""
    subs = {part: 100.0 if ours[part] >= theirs[part] else 100 * ours[part] / theirs[part] for part in theirs}
    scores = {
        name: fmean(subs[part] for part in parts) * (1 - _PREFERENCE * (1 - preferred[name]))
        for name, parts in _RUBRIC.items()
    }
    scores["accuracy"] *= 1 - min(1.0, max(0.0, penalty))
    return subs, scores


def _level(rated: Sequence[Sequence[dict[str, Any]]], part: str, sample: int | None = None) -> float:
    """Mean over the windows of the samples' median, or of one sample."""
    return fmean(
        median(one[part] for one in window) if sample is None else window[sample][part] for window in rated
    )


def _collect(rated: Sequence[Sequence[dict[str, Any]]], key: str) -> list[str]:
    return list(dict.fromkeys(line for window in rated for line in window[0][key]))[:12]
