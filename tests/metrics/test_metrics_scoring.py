"""All losses of a script in one record."""

from __future__ import annotations

import json
import math

import pytest
from pydantic import ValidationError

from podcast_dspy.errors import SettingsError
from podcast_dspy.generation.script import Script
from podcast_dspy.metrics import (
    LOSSES,
    LossMetrics,
    ScoringOptions,
    calculate_total_loss,
    losses,
    score_script,
)
from podcast_dspy.pairs.pair import TrainingPair
from podcast_dspy.settings import LossWeights


def score(script: Script | str, pair: TrainingPair, **options: object) -> LossMetrics:
    return score_script(script, pair, similarity="lexical", **options)  # type: ignore[arg-type]


def test_the_reference_loses_nothing(script: Script, pair: TrainingPair) -> None:
    metrics = score(script, pair, trial_id="t1")
    assert metrics.complete
    assert max(metrics.losses().values()) == pytest.approx(0, abs=1e-9)
    assert metrics.total_loss == pytest.approx(0, abs=1e-9)
    assert (metrics.trial_id, metrics.pair_id, metrics.judge) == ("t1", "wet-salt", "measured")


def test_the_total_is_the_weighted_sum_of_the_cut_losses(script: Script, pair: TrainingPair) -> None:
    metrics = score(script, pair, duration=5 * pair.transcription.total_duration)
    assert metrics.duration_loss == pytest.approx(4)
    assert metrics.total_loss == pytest.approx(0.25)
    assert calculate_total_loss(
        metrics, {"duration": 0.5, "coverage": 0.5, "structure": 0, "quality": 0, "rouge": 0}
    ) == (pytest.approx(0.5))


def test_plain_text_has_a_predicted_length_and_no_structure(script: Script, pair: TrainingPair) -> None:
    metrics = score(script.text, pair)
    assert set(metrics.unscored) == {"structure"}
    assert metrics.details["duration"]["source"] == "predicted for the voice kokoro:af_heart"
    assert metrics.details["duration"]["predicted"] is True
    assert metrics.duration_generated > 0
    assert "no segments" in metrics.unscored["structure"]
    assert math.isnan(metrics.structure_loss)
    assert math.isnan(metrics.total_loss)
    assert not metrics.complete
    assert metrics.rouge_loss == pytest.approx(0, abs=1e-9)


def test_an_unscored_term_without_weight_does_not_matter(script: Script, pair: TrainingPair) -> None:
    weights = LossWeights(duration=0, coverage=0.4, structure=0, quality=0.4, rouge=0.2)
    assert score(script.text, pair, weights=weights).total_loss == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("text", ["", "   "])
def test_an_empty_script_is_unscored(text: str, script: Script, pair: TrainingPair) -> None:
    empty = script.model_copy(
        update={"segments": tuple(one.model_copy(update={"text": text}) for one in script.segments)}
    )
    metrics = score(empty, pair)
    assert {"coverage", "quality", "rouge"} <= set(metrics.unscored)
    assert math.isnan(metrics.total_loss)


def test_one_word_is_scored_and_bad(script: Script, pair: TrainingPair) -> None:
    segment = script.segments[0].model_copy(update={"text": "Salt.", "start_time": 0.0, "end_time": 1.0})
    metrics = score(script.model_copy(update={"segments": (segment,)}), pair, duration=1.0)
    assert metrics.complete
    assert metrics.total_loss > 0.7


GERMAN = (
    "Streusalz lässt das Eis auf den Straßen schmelzen, weil gelöste Ionen den Gefrierpunkt des Wassers senken. Die "
    "Forscher haben drei Winter lang die Konzentration von Chlorid in vierundzwanzig Bächen gemessen, und mit Sole war "
    "sie um einundvierzig Prozent niedriger als mit trockenem Salz."
)
CHINESE = "道路上的盐会融化冰雪，因为溶解的离子会降低水的冰点。研究人员测量了三个冬天的氯化物浓度。"


def speaking(script: Script, text: str) -> Script:
    segments = tuple(one.model_copy(update={"text": text}) for one in script.segments)
    return script.model_copy(update={"segments": segments})


@pytest.mark.parametrize("text", [GERMAN, CHINESE])
def test_another_language_is_unscored(text: str, script: Script, pair: TrainingPair) -> None:
    metrics = score(speaking(script, text), pair)
    assert {"coverage", "quality"} <= set(metrics.unscored)
    assert "not in English" in metrics.unscored["quality"]
    assert math.isnan(metrics.total_loss)


def heard(pair: TrainingPair, text: str) -> TrainingPair:
    return pair.model_copy(
        update={"transcription": pair.transcription.model_copy(update={"transcript_text": text})}
    )


@pytest.mark.parametrize(
    "text", [GERMAN, "", "   ", "Yes.", "...", "A violin string vibrates when it is plucked."]
)
def test_a_reference_that_tells_nothing_leaves_coverage_unscored(
    text: str, script: Script, pair: TrainingPair
) -> None:
    metrics = score(script, heard(pair, text))
    assert metrics.unscored["coverage"]
    assert math.isnan(metrics.coverage_loss)
    assert math.isnan(metrics.total_loss)


def test_a_bare_list_of_terms_is_english_and_bad(script: Script, pair: TrainingPair) -> None:
    text = "Brine treatment, chloride concentration, road salt, friction coefficient, groundwater. " * 3
    metrics = score(speaking(script, text), pair)
    assert metrics.complete
    assert metrics.coverage_loss == 1


def test_a_script_without_segments_has_no_structure(script: Script, pair: TrainingPair) -> None:
    metrics = score(script.model_copy(update={"segments": ()}), pair)
    assert {"structure", "coverage", "quality", "rouge"} <= set(metrics.unscored)


def test_a_paper_without_text_or_concepts_is_unscored(script: Script, pair: TrainingPair) -> None:
    bare = pair.document_graph.model_copy(update={"atoms": (), "key_concepts": ()})
    metrics = score(script, pair.model_copy(update={"document_graph": bare}))
    assert {"coverage", "quality"} <= set(metrics.unscored)
    assert "key concepts" in metrics.unscored["coverage"]


@pytest.mark.parametrize("seconds", [math.nan, 0.0, -5.0])
def test_a_reference_without_length_leaves_duration_unscored(
    seconds: float, script: Script, pair: TrainingPair
) -> None:
    broken = pair.transcription.model_copy(update={"total_duration": seconds})
    metrics = score(script, pair.model_copy(update={"transcription": broken}), duration=60.0)
    assert set(metrics.unscored) == {"duration"}


@pytest.mark.parametrize("end", [math.nan, -4.0])
def test_segments_with_broken_times_leave_structure_unscored(
    end: float, script: Script, pair: TrainingPair
) -> None:
    first = script.segments[0].model_copy(update={"end_time": end})
    metrics = score(script.model_copy(update={"segments": (first, *script.segments[1:])}), pair)
    assert set(metrics.unscored) == {"structure"}


@pytest.mark.parametrize("duration", [math.nan, -3.0, math.inf])
def test_a_length_that_is_none_is_unscored(duration: float, script: Script, pair: TrainingPair) -> None:
    metrics = score(script, pair, duration=duration)
    assert set(metrics.unscored) == {"duration"}
    assert math.isnan(metrics.total_loss)


def test_a_pair_without_analysis_leaves_structure_unscored(script: Script, pair: TrainingPair) -> None:
    metrics = score(script, pair.model_copy(update={"aligned_segments": None}))
    assert "analyze" in metrics.unscored["structure"]


@pytest.mark.parametrize(
    "weights",
    [
        {"duration": 1.0},
        {"duration": 0.5, "coverage": 0.5, "structure": 0.5, "quality": 0, "rouge": 0},
        {"duration": -1, "coverage": 2, "structure": 0, "quality": 0, "rouge": 0},
        {"duration": math.nan, "coverage": 1, "structure": 0, "quality": 0, "rouge": 0},
    ],
)
def test_unusable_weights_are_refused(weights: dict[str, float], script: Script, pair: TrainingPair) -> None:
    with pytest.raises(SettingsError):
        score(script, pair, weights=weights)


@pytest.mark.parametrize("plain", [True, False])
def test_it_survives_json(plain: bool, script: Script, pair: TrainingPair) -> None:
    metrics = score(script.text if plain else script, pair)
    again = LossMetrics.model_validate_json(metrics.model_dump_json())
    assert again.unscored == metrics.unscored
    assert again.feedback == metrics.feedback
    assert again.details == metrics.model_copy().details or again.details
    assert again.losses().keys() == metrics.losses().keys()
    assert math.isnan(again.total_loss) is plain


def test_leakage_raises_the_loss(script: Script, pair: TrainingPair, other_episode: str) -> None:
    first = script.segments[0].model_copy(
        update={"text": "Welcome to Night Train Physics. " + script.segments[0].text}
    )
    leaky = script.model_copy(update={"segments": (first, *script.segments[1:])})
    metrics = score(leaky, pair, other_references=[other_episode])
    assert metrics.details["quality"]["leakage"]["names"] == ["Night Train Physics"]
    assert any("Night Train Physics" in line.text for line in metrics.feedback)
    assert metrics.total_loss > score(leaky, pair).total_loss


@pytest.mark.parametrize("name", LOSSES)
def test_each_loss_alone_is_what_the_record_holds(name: str, script: Script, pair: TrainingPair) -> None:
    alone = losses[name].score(script, pair, ScoringOptions(duration=100.0, similarity="lexical"))
    metrics = score(script, pair, duration=100.0)
    assert metrics.losses()[name] == alone.value
    assert alone.unscored is None
    assert {line for line in metrics.feedback if line.loss == name} == set(alone.feedback)


@pytest.mark.parametrize("name", [name for name in LOSSES if name != "duration"])
def test_a_loss_that_cannot_be_measured_says_why(name: str, pair: TrainingPair) -> None:
    alone = losses[name].score(" ", pair, ScoringOptions(similarity="lexical"))
    assert alone.unscored
    assert math.isnan(alone.value)


def test_no_field_but_a_loss_may_be_added_to_a_record(script: Script, pair: TrainingPair) -> None:
    record = json.loads(score(script, pair).model_dump_json())
    assert LossMetrics.model_validate({**record, "brevity_loss": "NaN"}).losses().keys() == set(LOSSES)
    for strange in ({"brevity": 0.1}, {"brevity_loss": "high"}):
        with pytest.raises(ValidationError):
            LossMetrics.model_validate({**record, **strange})


def test_an_unknown_loss_is_no_key() -> None:
    assert "brevity" not in losses
    with pytest.raises(KeyError):
        losses["brevity"]
