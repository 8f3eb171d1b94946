"""Content units: what the host says of the paper, in whatever words, and in which order."""

from __future__ import annotations

import random
import statistics

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from podcast_dspy.metrics import ScoringOptions, calculate_coverage_loss, losses
from podcast_dspy.metrics.content_units import content_units, expressed, same_order
from podcast_dspy.pairs.pair import TrainingPair
from podcast_dspy.testing import sample_paper, sample_script
from podcast_dspy.text.words import split_sentences

GRAPH = sample_paper()
HOST = sample_script().text
LINES = split_sentences(HOST)
EXPLAINED = (
    "Have you ever wondered what becomes of the salt on our winter roads? It melts ice since its ions push the "
    "freezing point down, and then most of it washes into the streams. You can wet it first, with brine, and the "
    "grains cling to the asphalt instead of jumping into the ditch. So the group watched twenty-four streams "
    "through three winters, and took a sample every two weeks. Half the roads got dry salt, the other half brine "
    "and a third less salt. The chloride in the water fell by forty-one percent. And the road was no more "
    "slippery than before: the friction stayed the same. Nobody looked at the groundwater, though, where chloride "
    "may linger for decades. Wet your salt, cities: within two winters the machines have paid for themselves."
)
QUOTED = (
    "Winter maintenance crews spread salt on icy roads, and most of it ends up in streams. Each stream was "
    "sampled every 14 days. Figure 1 shows the chloride concentration of all streams by week. Our study has "
    "limits. A warmer winter would change both the amount of salt and the melting. The peaks after every snowfall "
    "are lower in streams beside treated roads, and they arrive two days later."
)


def loss(text: str, similarity: str = "lexical", host: str = HOST) -> float:
    return calculate_coverage_loss(text, GRAPH, reference_transcript=host, similarity=similarity)[0]  # type: ignore[arg-type]


@given(st.randoms(use_true_random=False))
def test_the_order_of_sentences_is_not_coverage(rng: random.Random) -> None:
    lines = LINES[:]
    rng.shuffle(lines)
    assert loss(" ".join(lines)) == pytest.approx(0, abs=0.02)


@given(st.integers(0, 10_000))
def test_what_is_added_never_costs_and_what_is_taken_never_gains(seed: int) -> None:
    rng = random.Random(seed)
    kept = [line for line in LINES if rng.random() < 0.6]
    fewer = [line for line in kept if rng.random() < 0.6]
    # A gap joins sentences that were no neighbours; what they say together is little.
    assert loss(" ".join(kept)) <= loss(" ".join(fewer)) + 0.05


def test_coverage_falls_with_the_sentences_taken_out() -> None:
    shares = [0.0, 0.25, 0.5, 0.75, 1.0]
    means = [
        statistics.fmean(
            loss(" ".join(line for line in LINES if random.Random(f"{seed} {line}").random() < share))
            for seed in range(6)
        )
        for share in shares
    ]
    assert means == sorted(means, reverse=True)
    assert means[0] == 1
    assert means[-1] == 0
    assert 0.25 < means[2] < 0.75


@pytest.mark.parametrize("similarity", ["lexical", pytest.param("embedded", marks=pytest.mark.models)])
def test_an_explanation_loses_less_than_quoted_sentences(similarity: str) -> None:
    assert loss(EXPLAINED, similarity) < loss(QUOTED, similarity) - 0.1


def test_what_the_host_says_beside_the_paper_is_not_asked_for() -> None:
    aside = "My grandmother bakes marzipan pigs every December, and nobody eats them. "
    assert loss(HOST, host=aside + HOST) == pytest.approx(0, abs=0.02)


def test_feedback_speaks_in_the_words_of_the_paper() -> None:
    _, details = calculate_coverage_loss(
        "Nothing of the kind.", GRAPH, reference_transcript=HOST, similarity="lexical"
    )
    unsaid = details["units_unsaid"][0]
    assert any(
        unsaid["passage"] in line.text and unsaid["atom_id"] in line.text for line in details["feedback"]
    )
    assert GRAPH.get_atom(unsaid["atom_id"]).content.count(unsaid["passage"]) == 1
    assert sum(one["share"] for one in details["units_unsaid"]) <= 1


def test_order_is_the_hosts_or_worth_nothing() -> None:
    units = content_units(HOST, GRAPH, "lexical")
    host = expressed(HOST, units, GRAPH)

    def order(text: str) -> float:
        return same_order(expressed(text, units, GRAPH), host, units)

    assert order(HOST) == 1
    assert order(" ".join(LINES[::-1])) == 0
    assert order("Nothing of the kind is spoken of here, only marzipan pigs.") == 0
    mixed = [order(" ".join(random.Random(seed).sample(LINES, len(LINES)))) for seed in range(12)]
    assert statistics.fmean(mixed) < 0.3
    assert statistics.fmean(order(" ".join(LINES[start::2])) for start in (0, 1)) > 0.75


def test_a_host_who_says_nothing_has_no_order() -> None:
    units = content_units("Marzipan pigs are baked for grandmothers.", GRAPH, "lexical")
    found = expressed(HOST, units, GRAPH)
    assert same_order(found, found, units) == 1
    assert np.all(found.degree == 0)


def test_structure_counts_what_is_said_where(pair: TrainingPair) -> None:
    options = ScoringOptions(similarity="lexical")
    script = sample_script()
    texts = [one.text for one in script.segments][::-1]
    turned = script.model_copy(
        update={
            "segments": tuple(
                one.model_copy(update={"text": text})
                for one, text in zip(script.segments, texts, strict=True)
            )
        }
    )
    assert losses["structure"].score(script, pair, options).value == pytest.approx(0, abs=1e-9)
    found = losses["structure"].score(turned, pair, options)
    assert found.details["types_loss"] == pytest.approx(0, abs=1e-9)
    assert found.value > 0.7
