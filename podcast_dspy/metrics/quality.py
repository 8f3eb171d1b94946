"""Quality loss: engagement, clarity and accuracy of a script, 0-100 each, against the human episode."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from statistics import fmean
from typing import Any, Final

from podcast_dspy.analysis.assertions import assertions_in
from podcast_dspy.analysis.closeness import Similarity
from podcast_dspy.analysis.exchanges import told_otherwise
from podcast_dspy.analysis.grounding import Support, ground_text, sharing
from podcast_dspy.analysis.paper_index import GraphKey
from podcast_dspy.analysis.phrases import identities
from podcast_dspy.analysis.subjects import subjects_in
from podcast_dspy.documents.graph import DocumentGraph
from podcast_dspy.errors import UsageError
from podcast_dspy.generation.script import Script
from podcast_dspy.metrics.delivery import measure_delivery
from podcast_dspy.metrics.following import followed, measure_following, role_fit
from podcast_dspy.metrics.leakage import leakage
from podcast_dspy.metrics.loss import Feedback, MeasuredLoss, ScoringOptions, measures
from podcast_dspy.pairs.pair import TrainingPair
from podcast_dspy.settings import LossWeights
from podcast_dspy.text.entities import entities
from podcast_dspy.text.language import require_english
from podcast_dspy.text.numbers import numbers
from podcast_dspy.text.words import content_stems, words

_CARRIED_WHOLE: Final = 0.8
"""Support from which the paper has the word, and not the host."""


@dataclass(frozen=True, slots=True)
class Faithfulness:
    """Raw measures by name (0-1, `substance` per 100 words), quoted evidence, and precision by position."""

    values: dict[str, float]
    quotes: dict[str, tuple[str, ...]]
    precision: dict[str, float | None]
    supports: tuple[Support, ...]


def measure_faithfulness(
    text: str, graph: DocumentGraph, *, similarity: Similarity = "embedded", allowed: str = ""
) -> Faithfulness:
    """Raw measures of a whole text against a paper; memoised by content.

    `grounding`: mean support of the claims, an unsupported one counting a quarter; `numbers` and `names`: shares that
    the paper holds, 1 when none is stated; `ending`: claim precision of the last third, where generated episodes
    go wrong first; `substance`: supported claims per 100 words. All 0 for a text without any claim. Raises
    PrerequisiteError, UsageError as `grounding.ground`.
    """
    return _faithful(text, GraphKey(graph), similarity, allowed)


def against_host(
    supports: Sequence[Support], reference: str, graph: DocumentGraph
) -> tuple[tuple[str, ...], ...]:
    """For each sentence what the human host says otherwise, in words (`exchanges.told_otherwise`); memoised.

    The host knows the paper and says it as scripts do: where a script keeps the host's words and turns their sense
    round, the paper's own words may be too far off to tell. Sentences of the host, and what the paper holds nearly
    whole, are not asked about.
    """
    return _against(tuple(supports), reference, GraphKey(graph))


@lru_cache(maxsize=512)
def _against(supports: tuple[Support, ...], reference: str, key: GraphKey) -> tuple[tuple[str, ...], ...]:
    host, subjects = assertions_in(reference), subjects_in(reference, key.graph)
    own = {line.words for line in host.lines}
    asked = [
        place
        for place, one in enumerate(supports)
        if words(one.sentence) not in own and not (one.kind == "claim" and one.score >= _CARRIED_WHOLE)
    ]
    found: list[tuple[str, ...]] = [()] * len(supports)
    near = sharing(host.index.overlaps([content_stems(supports[place].sentence) for place in asked]))
    for place, nearest in zip(asked, near, strict=True):
        found[place] = told_otherwise(supports[place].sentence, nearest, host, subjects)
    return tuple(found)


@lru_cache(maxsize=512)
def _faithful(text: str, ref: GraphKey, similarity: Similarity, allowed: str) -> Faithfulness:
    supports = tuple(ground_text(text, ref.graph, similarity=similarity, allowed=allowed))
    claims = [support for support in supports if support.kind == "claim"]
    precision = claim_precision(supports)
    shown = {name: None if math.isnan(value) else value for name, value in precision.items()}
    if not claims:
        return Faithfulness(dict.fromkeys(measures("accuracy"), 0.0), {}, shown, supports)
    stated = sum(len(numbers(support.sentence)) for support in claims)
    wrong = [support for support in claims if support.unsupported_numbers or support.contradicted_numbers]
    wrong_numbers = sum(
        len(support.unsupported_numbers) + len(support.contradicted_numbers) for support in wrong
    )
    named = sum(len(entities(support.sentence)) for support in claims)
    strange = [support for support in claims if support.unsupported_entities]
    unknown = sum(len(support.unsupported_entities) for support in strange)
    carried = [support for support in claims if support.supported]
    lost = [support for support in claims if not support.supported]
    last = precision["last"]
    values = {
        "grounding": sum(support.score if support.supported else support.score / 4 for support in claims)
        / len(claims),
        "numbers": 1 - wrong_numbers / stated if stated else 1.0,
        "names": 1 - unknown / max(named, unknown) if named or unknown else 1.0,
        "ending": precision["overall"] if math.isnan(last) else last,
        "substance": 100 * len({support.sentence for support in carried}) / max(1, len(words(text))),
    }
    quotes = {
        "grounding": tuple(support.sentence for support in lost[:4]),
        "numbers": tuple(
            f"{', '.join(support.unsupported_numbers + support.contradicted_numbers)}: {support.sentence}"
            for support in wrong[:4]
        ),
        "names": tuple(f"{', '.join(one.unsupported_entities)}: {one.sentence}" for one in strange[:4]),
    }
    return Faithfulness(values, quotes, shown, supports)


def claim_precision(supports: Sequence[Support]) -> dict[str, float]:
    """Share of claims that are carried: `overall` and in the `first`, `middle` and `last` third of the sentences.

    NaN where there is no claim to judge.
    """
    third = max(1, -(-len(supports) // 3))
    spans = {
        "overall": supports,
        "first": supports[:third],
        "middle": supports[third : 2 * third],
        "last": supports[2 * third :],
    }
    return {name: _precision(span) for name, span in spans.items()}


def _precision(span: Sequence[Support]) -> float:
    claims = [support for support in span if support.kind == "claim"]
    return sum(support.supported for support in claims) / len(claims) if claims else float("nan")


_OVERDONE: Final = 3.0
_WEAK: Final = 70.0
_FEW_QUESTIONS: Final = 2
"""Questions answered rightly that every script is taken to have, or one doubtful answer would be all of them."""


def calculate_quality_loss(
    generated_transcript: str,
    reference_transcript: str,
    document_graph: DocumentGraph,
    *,
    judge: str = "measured",
    similarity: Similarity = "embedded",
    penalty: float = 0.0,
    segments: Sequence[tuple[str, str]] = (),
    reference_segments: Sequence[tuple[str, str]] = (),
) -> tuple[float, dict[str, Any]]:
    """(300 - engagement - clarity - accuracy) / 300 (spec 4.2); 0 for a script as good as the reference.

    `measured` takes no model's word: each score is the mean of sub-scores, each a measure of the whole script over
    the same measure of the human reference, cut at 100 (`delivery`, `faithfulness`). Rates such as questions count
    less again beyond three times the reference's. It is deterministic, and no text can talk it into anything. With
    `judge` naming an LM, see `judge.judge_quality`. `penalty` (0-1) is taken off the accuracy (`leakage`). All three
    are scaled by how well the episode can be followed and believed beside the human one (`following`): order,
    connection, referents, idle questions, sentences read from the paper, wrong claims, and, where both sides'
    `segments` are given as (type, text), whether they speak of what their type is for.

    Details: the three scores, `sub_scores`, `evidence` (quotes by sub-score), `claim_precision` by position,
    `raw` (both sides' measures), `reference_strengths`, `generated_strengths`, `improvement_suggestions`, `feedback`.
    Raises UsageError when a side is empty or not English, PrerequisiteError when a model is missing, ModelError when
    a judge fails.
    """
    if not reference_transcript.strip():
        raise UsageError("the reference transcript is empty; transcribe its audio again")
    if not generated_transcript.strip():
        raise UsageError("the script is empty; there is nothing to judge")
    if judge != "measured":
        from podcast_dspy.metrics.judge import judge_quality
        from podcast_dspy.metrics.judge_requests import beside

        return beside(
            judge_quality(generated_transcript, reference_transcript, document_graph, judge, penalty),
            lambda: calculate_quality_loss(
                generated_transcript,
                reference_transcript,
                document_graph,
                similarity=similarity,
                penalty=penalty,
                segments=segments,
                reference_segments=reference_segments,
            ),
        )
    require_english(generated_transcript, "the script")
    require_english(reference_transcript, "the reference episode")
    made, wanted = measure_delivery(generated_transcript), measure_delivery(reference_transcript)
    # A show may name itself and its hosts; whether a script may do so is the leakage's matter.
    shows = " ".join(identities(reference_transcript))
    faith, human = (
        measure_faithfulness(text, document_graph, similarity=similarity, allowed=shows)
        for text in (generated_transcript, reference_transcript)
    )
    ours = {**made.values, **faith.values}
    theirs = {**wanted.values, **human.values}
    subs = {name: _relative(name, ours[name], theirs[name]) for name in ours}
    engagement, clarity, accuracy = (
        100 * _mean(subs, measures(score)) for score in ("engagement", "clarity", "accuracy")
    )
    accuracy *= 1 - min(1.0, max(0.0, penalty))
    follows, relevance = (
        measure_following(text, document_graph, reference_transcript)
        for text in (generated_transcript, reference_transcript)
    )
    # By their words: quotation marks and blanks are no other sentence.
    host = frozenset(words(support.sentence) for support in human.supports)
    contradicted = against_host(faith.supports, reference_transcript, document_graph)
    wrong = [_wrong(one, host) or bool(why) for one, why in zip(faith.supports, contradicted, strict=True)]
    ours_followed = follows.values | _believed(faith.supports, wrong)
    theirs_followed = relevance.values | {"truth": 1.0, "answers": 1.0}
    if segments and reference_segments:
        ours_followed["roles"] = role_fit(segments, document_graph, reference_segments)
        theirs_followed["roles"] = role_fit(reference_segments, document_graph, reference_segments)
    left = followed(ours_followed, theirs_followed)
    engagement, clarity, accuracy = left * engagement, left * clarity, left * accuracy
    scores = {"engagement_score": engagement, "clarity_score": clarity, "accuracy_score": accuracy}
    measured = {name: 100 * value for name, value in subs.items() if value is not None}
    measured |= {
        name: 100 * (1 - max(0.0, theirs_followed[name] - value)) for name, value in ours_followed.items()
    }
    quoted = {**made.quotes, **faith.quotes, **follows.quotes}
    quoted["truth"] = tuple(one.sentence for one, bad in zip(faith.supports, wrong, strict=True) if bad)[:3]
    return (300 - engagement - clarity - accuracy) / 300, {
        **scores,
        "sub_scores": measured,
        "evidence": {name: list(quotes) for name, quotes in quoted.items() if quotes},
        "claim_precision": {"generated": faith.precision, "reference": human.precision},
        "followed": left,
        "raw": {"generated": ours | ours_followed, "reference": theirs | theirs_followed},
        "reference_strengths": sorted(
            (name for name in measured if measured[name] < _WEAK), key=measured.__getitem__
        ),
        "generated_strengths": [
            name
            for name in measured
            if (ours | ours_followed)[name] > (theirs | theirs_followed)[name] + 1e-9
        ],
        "improvement_suggestions": [measures()[name].advice for name in measured if measured[name] < _WEAK],
        "feedback": _feedback(measured, quoted),
    }


_Said = frozenset[tuple[str, ...]]
"""The words of each sentence of the host."""


def _believed(supports: Sequence[Support], wrong: Sequence[bool]) -> dict[str, float]:
    """Share of the claims that are not wrong, and of the script's own questions that are not answered wrongly."""
    claims = [bad for one, bad in zip(supports, wrong, strict=True) if bad or one.kind == "claim"]
    answers = [
        bad
        for (question, answer), bad in zip(itertools.pairwise(supports), wrong[1:], strict=True)
        if question.sentence.endswith("?") and not answer.sentence.endswith("?")
    ]
    return {
        "truth": 1.0 - sum(claims) / len(claims) if claims else 1.0,
        "answers": 1.0 - sum(answers) / (len(answers) + _FEW_QUESTIONS),
    }


def _wrong(support: Support, host: _Said) -> bool:
    """Whether a sentence contradicts the paper; what the host says too is taken to be true."""
    if words(support.sentence) in host:
        return False
    return bool(support.contradictions or support.contradicted_numbers or support.unsupported_numbers)


def _relative(name: str, ours: float, theirs: float) -> float | None:
    """Our measure over the reference's, at most 1; None where neither shows any of it, or only we do of a style."""
    if theirs <= 1e-9:
        return 1.0 if measures()[name].score == "accuracy" and ours > 0 else None
    ratio = ours / theirs
    if measures()[name].rate and ratio > _OVERDONE:
        return _OVERDONE / ratio
    return min(1.0, ratio)


def _mean(subs: Mapping[str, float | None], names: Iterable[str]) -> float:
    values = [value for name in names if (value := subs[name]) is not None]
    if not values:
        raise UsageError(
            "the reference shows nothing to compare with (no claim of the paper, no finished sentence); "
            "check that recording and paper belong together"
        )
    return fmean(values)


def _feedback(measured: Mapping[str, float], quotes: Mapping[str, Sequence[str]]) -> tuple[Feedback, ...]:
    lines = []
    for name in sorted(measured, key=measured.__getitem__):
        if measured[name] >= _WEAK:
            break
        row = measures()[name]
        quoted = "; ".join(
            f"“{quote}”" for quote in list(quotes.get(name, ()))[:2] if name not in ("questions", "analogies")
        )
        text = f"{name} {measured[name]:.0f}/100: {row.advice}{f' ({quoted})' if quoted else ''}"
        lines.append(Feedback(predictor=row.predictor, loss="quality", text=text))
    return tuple(lines)


def _measure(
    script: Script | str, pair: TrainingPair, options: ScoringOptions
) -> tuple[float, dict[str, Any]]:
    """The loss with what was taken over from other podcasts counted as inaccuracy (`leakage` among the details)."""
    text, segments = (script, ()) if isinstance(script, str) else (script.text, script.segments)
    graph, reference = pair.document_graph, pair.transcription.transcript_text
    paper = "\n\n".join((graph.title, ", ".join(graph.authors), *(atom.content for atom in graph.atoms)))
    leaks = leakage(text, options.other_references, paper, own_reference=reference)
    loss, found = calculate_quality_loss(
        text,
        reference,
        graph,
        judge=options.judge,
        similarity=options.similarity,
        penalty=leaks.penalty,
        segments=[(str(one.segment_type), one.text) for one in segments],
        reference_segments=[
            (str(one.segment_type), one.transcript_segment.text) for one in pair.aligned_segments or ()
        ],
    )
    return loss, {**found, "leakage": leaks.as_dict(), "feedback": (*found["feedback"], *leaks.feedback())}


LOSS = MeasuredLoss("quality", LossWeights().quality, _measure)
