"""The duration model recovers what it was fitted on, and knows the embedded voice."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from podcast_dspy.audio import DurationModel, duration_model, get_voice, predict_seconds
from podcast_dspy.audio.durations import (
    FEATURES,
    PAUSES,
    SEGMENT_PAUSE,
    features,
    spoken_parts,
    stressed,
    syllables,
)
from podcast_dspy.errors import UsageError

WORDS = (
    "the model, reads. every token twice and forgets half. of them, slowly. attention is all you need".split()
)


def _texts(count: int, seed: int = 0) -> list[str]:
    random = np.random.default_rng(seed)
    return [" ".join(random.choice(WORDS, size=int(random.integers(3, 60)))) for _ in range(count)]


def test_recovers_linear_timing() -> None:
    truth = np.array([0.1, 0.15, 0.01, 0.03, 0.2, 0.4, 0.05])
    model = DurationModel.fit([(text, float(truth @ features(text))) for text in _texts(60)], penalty=1e-6)
    for text in _texts(20, seed=9):
        assert model.predict(text) == pytest.approx(float(truth @ features(text)), rel=0.01)
    assert model.error < 0.01
    assert DurationModel.model_validate_json(model.model_dump_json()) == model


def test_a_prior_is_kept_where_nothing_speaks_against_it() -> None:
    prior = duration_model("embedded")
    assert prior is not None
    samples = [(text, 1.1 * prior.predict(text)) for text in _texts(12)]
    model = DurationModel.fit(samples, voice=prior.voice, prior=prior)
    unseen = _texts(20, seed=9)
    assert sum(map(model.predict, unseen)) == pytest.approx(1.1 * sum(map(prior.predict, unseen)), rel=0.01)
    same = DurationModel.fit([(text, prior.predict(text)) for text in _texts(12)], prior=prior)
    assert same.coefficients == pytest.approx(prior.coefficients)


def test_what_takes_longer_than_its_letters_say() -> None:
    assert spoken_parts("(G-P-U),") == ["G", "P", "U"]
    assert spoken_parts("QLoRA") == ["Q", "Lo", "RA"]
    assert stressed("model")
    assert not stressed("The")
    assert not stressed("don’t")
    model = duration_model("kokoro:am_michael")
    assert model is not None
    assert model.predict("The GPU waits.") > model.predict("The gap waits.") + 0.3


@pytest.mark.parametrize("voice", ["af_heart", "am_michael", "bf_emma", "bm_george"])
def test_kokoro_keeps_one_pace_however_long_a_segment_is(voice: str) -> None:
    model = duration_model(f"kokoro:{voice}")
    assert model is not None
    sentence = "The index is read again from the first page to the last."
    one, ten = (model.predict(" ".join([sentence] * count)) + PAUSES["sentence"] for count in (3, 10))
    assert one / 3 == pytest.approx(ten / 10, rel=0.03)


def test_refuses_what_cannot_be_fitted() -> None:
    with pytest.raises(UsageError):
        DurationModel.fit([("a b", 1.0)])
    with pytest.raises(UsageError):
        DurationModel.fit([("a b", 1.0), ("c", 0.0), ("d", 1.0)])


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(WORDS), max_size=40), st.sampled_from(WORDS))
def test_more_words_never_take_less(words: list[str], more: str) -> None:
    model = duration_model("embedded")
    assert model is not None
    text = " ".join(words)
    assert model.predict(f"{text} {more}") >= model.predict(text) >= 0.0
    assert len(features(text)) == len(FEATURES)


def test_episode() -> None:
    texts = ["Hello there, everyone.", "[3]", "This is the end of it."]
    model = duration_model("piper:joe")
    assert model is not None
    expected = model.predict(texts[0]) + model.predict(texts[2]) + SEGMENT_PAUSE
    assert predict_seconds(texts, "embedded") == pytest.approx(expected)
    assert predict_seconds(texts, "openai:alloy") is None


@pytest.mark.parametrize(
    ("word", "count"),
    [("the", 1), ("model", 2), ("attention", 3), ("safely", 2), ("named", 1), ("wanted", 2), ("table", 2),
     ("rhythm", 2), ("learning", 2), ("university", 5), ("radio", 3), ("w", 3), ("12", 0), ("made", 1), ("houses", 2)],
)  # fmt: skip
def test_syllables(word: str, count: int) -> None:
    assert syllables(word) == count


@pytest.mark.models
def test_prediction_on_an_unseen_script() -> None:
    voice = get_voice("embedded")
    script = [
        "A transformer spends most of its time comparing words with other words, and the bill grows with the square.",
        "The proposal here is almost embarrassingly simple: group the words first, compare the groups, then open only "
        "the promising ones.",
        "On long legal contracts that saves ninety percent of the work. On poetry, curiously, it saves none.",
    ]
    spoken = sum(len(voice.synthesize(text)) / voice.sample_rate for text in script)
    model = duration_model("embedded")
    assert model is not None
    assert sum(model.predict(text) for text in script) == pytest.approx(spoken, rel=0.08)
