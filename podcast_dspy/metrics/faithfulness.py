"""How faithful a script is to its paper: claims carried, numbers and names right, and where the wrong ones stand."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from podcast_dspy.analysis.assertions import assertions_in
from podcast_dspy.analysis.closeness import Similarity
from podcast_dspy.analysis.exchanges import told_otherwise
from podcast_dspy.analysis.grounding import Support, ground_text, sharing
from podcast_dspy.analysis.paper_index import GraphKey
from podcast_dspy.analysis.subjects import subjects_in
from podcast_dspy.documents.graph import DocumentGraph
from podcast_dspy.metrics.loss import measures
from podcast_dspy.text.entities import entities
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
    return _measure(text, GraphKey(graph), similarity, allowed)


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
def _measure(text: str, ref: GraphKey, similarity: Similarity, allowed: str) -> Faithfulness:
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
