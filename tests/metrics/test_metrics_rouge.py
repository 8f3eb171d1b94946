"""ROUGE: equal to rouge-score, and fast."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rouge_score import rouge_scorer

from podcast_dspy.errors import UsageError
from podcast_dspy.metrics import calculate_rouge_loss
from podcast_dspy.metrics.rouge import rouge_tokens

WORDS = st.sampled_from(
    "the model models learns learning from noisy labels label noise 30 percent a an cities".split()
)
TEXTS = st.lists(WORDS, max_size=40).map(" ".join)


@settings(max_examples=60, deadline=None)
@given(TEXTS, TEXTS.filter(bool))
def test_it_equals_rouge_score(generated: str, reference: str) -> None:
    _, details = calculate_rouge_loss(generated, reference)
    theirs = rouge_scorer.RougeScorer(["rouge1", "rouge2", "rougeL"], use_stemmer=True).score(
        reference, generated
    )
    for mine, name in (("rouge_1", "rouge1"), ("rouge_2", "rouge2"), ("rouge_l", "rougeL")):
        assert details[mine] == pytest.approx(theirs[name].fmeasure, abs=1e-9)


@given(TEXTS.filter(lambda text: len(text.split()) > 1))
def test_equal_texts_lose_nothing(text: str) -> None:
    assert calculate_rouge_loss(text, text)[0] == pytest.approx(0, abs=1e-12)


def test_an_empty_script_loses_everything() -> None:
    assert calculate_rouge_loss("", "some words")[0] == 1


def test_an_empty_reference_is_refused() -> None:
    with pytest.raises(UsageError):
        calculate_rouge_loss("some words", " ... ")


def test_seven_thousand_words_take_milliseconds() -> None:
    words = (
        "the model learns from noisy labels and thirty percent of them are wrong so accuracy falls".split()
    )
    first = " ".join(words[(place * 7 + place // 11) % len(words)] for place in range(7000))
    second = " ".join(words[(place * 5 + place // 13) % len(words)] for place in range(7000))
    start = time.process_time()
    calculate_rouge_loss(first, second)
    assert time.process_time() - start < 0.25


def test_words_of_another_language_are_taken_whole() -> None:
    german = (
        "Für die Prüfung der Brücken über Flüsse werden die Öffnungen größer, weil die Träger müde und spröde würden, "
        "und die Prüfer hören dabei auf Geräusche."
    )
    other = german.replace("Für", "Übrigens: für").replace("Prüfer", "Kräne")
    _, details = calculate_rouge_loss(other, german)
    said, meant = (set(re.findall(r"\w+", text.lower())) for text in (other, german))
    assert details["rouge_1"] == pytest.approx(2 * len(said & meant) / (len(said) + len(meant)), abs=0.03)
    assert "größer" in rouge_tokens(german)
