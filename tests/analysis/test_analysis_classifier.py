"""The segment classifier: three modes, plain JSON state, and no LM held anywhere."""

from __future__ import annotations

import itertools
import json
from itertools import pairwise
from typing import Any

import dspy
import numpy as np
import pytest
from episodes import SCRIPT, labelled, paper, sentences
from hypothesis import given, settings
from hypothesis import strategies as st

from podcast_dspy.analysis import SegmentClassifier, compile_classifier, labelled_episode
from podcast_dspy.analysis.episode_view import SoftmaxRegression
from podcast_dspy.analysis.segmentation import Chain, LabelledEpisode, label_sentences, seed_sentences
from podcast_dspy.errors import InputError, ProfileError
from podcast_dspy.pairs.pair import LabelledSpan
from podcast_dspy.signatures.types import SEGMENT_TYPES, SegmentType


@pytest.mark.usefixtures("word_vectors")
def test_compiled_it_asks_no_lm_and_survives_json() -> None:
    classifier = compile_classifier([labelled("a"), labelled("b")])
    before = classifier.classify(sentences(), paper())
    state = json.loads(json.dumps(classifier.dump_state()))
    again = SegmentClassifier()
    assert again.statistics.experts is None
    again.load_state(state)
    assert again.statistics.experts is not None
    found = again(sentences(), paper())
    assert list(zip(map(SegmentType, found.types), found.probabilities, strict=True)) == before
    assert again.statistics.weights == classifier.statistics.weights
    accuracy = np.mean([kind is truth for (kind, _), (truth, _) in zip(before, SCRIPT, strict=True)])
    assert accuracy > 0.8
    assert all(0.0 <= probability <= 1.0 for _, probability in before)


@pytest.mark.usefixtures("word_vectors")
def test_its_state_travels_with_a_parent_program() -> None:
    class Parent(dspy.Module):
        def __init__(self) -> None:
            super().__init__()
            self.classifier = SegmentClassifier()

    parent, other = Parent(), Parent()
    parent.classifier = compile_classifier([labelled()])
    other.load_state(json.loads(json.dumps(parent.dump_state())))
    assert other.classifier.statistics.experts is not None


@pytest.mark.usefixtures("word_vectors")
def test_state_of_earlier_versions_says_more() -> None:
    state = compile_classifier([labelled()]).dump_state()
    state["statistics"] |= {"exemplars": [{"segment": "Hello.", "segment_type": "intro"}]}
    state["statistics"]["weights"] |= {"lm": 1.0, "pause": 0.3}
    state["statistics"]["experts"] |= {"parts": None}
    again = SegmentClassifier()
    again.load_state(state)
    assert again.classify(sentences(), paper()) == compile_classifier([labelled()]).classify(
        sentences(), paper()
    )


@pytest.mark.usefixtures("word_vectors")
def test_without_labels_the_seed_bank_is_what_it_learns_from() -> None:
    classifier = compile_classifier([])
    assert SegmentClassifier().classify(sentences(), paper()) == classifier.classify(sentences(), paper())
    kinds = [kind for kind, _ in classifier.classify(sentences(), paper())]
    assert kinds[0] is SegmentType.INTRO
    assert kinds[-1] is SegmentType.CONCLUSION
    assert SegmentType.FIGURE_DISCUSSION in kinds


def test_the_seed_bank_is_balanced_and_names_nobody() -> None:
    counts = {kind: sum(k is kind for _, k in seed_sentences()) for kind in SEGMENT_TYPES}
    assert set(counts.values()) == {24}
    assert len({text for text, _ in seed_sentences()}) == 24 * len(SEGMENT_TYPES)


@pytest.mark.parametrize(
    "damage", [{"weights": None}, {"weights": {"words": float("inf")}}, {"experts": {"words": {}}}]
)
@pytest.mark.usefixtures("word_vectors")
def test_damaged_state_is_explained(damage: dict[str, Any]) -> None:
    classifier = compile_classifier([labelled()])
    state = classifier.dump_state()
    state["statistics"] = {**state["statistics"], **damage}
    with pytest.raises(ProfileError, match="compile the profile again"):
        SegmentClassifier().load_state(state)


def test_labels_follow_the_greatest_overlap_and_gaps_stay_unlabelled() -> None:
    spoken = sentences()
    middle = (spoken[1].start_time + spoken[1].end_time) / 2.0
    spans = [
        LabelledSpan(segment_type="intro", start_time=0.0, end_time=middle + 0.5),
        LabelledSpan(segment_type="tangent", start_time=middle + 0.5, end_time=spoken[2].end_time),
    ]
    labels = label_sentences(spoken, spans)
    assert labels[:4] == (SegmentType.INTRO, SegmentType.INTRO, SegmentType.TANGENT, None)
    wrong = [LabelledSpan(segment_type="chat", start_time=0.0, end_time=5.0)]
    with pytest.raises(InputError, match="not a segment type"):
        labelled_episode("x", spoken, paper(), wrong)


def scored(count: int) -> st.SearchStrategy[list[list[float]]]:
    return st.lists(st.lists(st.floats(-9, 0), min_size=11, max_size=11), min_size=count, max_size=count)


@settings(deadline=None, max_examples=15)
@given(scored(3), st.lists(st.floats(0.2, 90.0), min_size=3, max_size=3))
def test_the_chain_weighs_all_stretches(rows: list[list[float]], seconds: list[float]) -> None:
    """Against every way to divide three sentences into stretches of every type."""
    chain = Chain.fit([labelled()])
    stops = np.cumsum(seconds)
    expected = np.zeros((3, 11))
    for ends in ([3], [1, 3], [2, 3], [1, 2, 3]):
        spans = list(pairwise([0, *ends]))
        if any(end - begin > 1 and sum(seconds[begin:end]) > 150.0 for begin, end in spans):
            continue
        for kinds in itertools.product(range(11), repeat=len(ends)):
            value = np.log(0.7 if kinds[0] == 0 else 0.03)
            value += sum(np.log(chain.transitions[a, b]) for a, b in pairwise(kinds))
            for (begin, end), kind in zip(spans, kinds, strict=True):
                length = np.log(max(1.0, sum(seconds[begin:end])))
                value += sum(rows[i][kind] for i in range(begin, end))
                value -= 0.5 * ((length - chain.lengths[kind]) / 0.8) ** 2
            for (begin, end), kind in zip(spans, kinds, strict=True):
                expected[begin:end, kind] += np.exp(value)
    found = chain.posterior(np.array(rows), stops - seconds, stops)
    assert np.allclose(found, expected / expected.sum(axis=1, keepdims=True), atol=1e-6)


@pytest.mark.parametrize(
    "edit", [{"lengths": [1.0]}, {"lengths": [float("nan")] * 11}, {"transitions": [[1.0] * 11]}]
)
def test_a_chain_that_is_none_is_not_loaded(edit: dict[str, Any]) -> None:
    state = Chain.fit().dump()
    assert Chain.load(state).dump() == state
    with pytest.raises(ValueError):
        Chain.load({**state, **edit})


def test_no_stretch_is_a_splinter_and_a_long_one_goes_on() -> None:
    scores = np.full((120, 11), -2.0)
    scores[:, 3] = 0.0
    scores[60] = -2.0
    scores[60, 5] = 0.0
    ends = 3.0 * np.arange(1, 121)
    chances = Chain.fit().posterior(scores, ends - 3.0, ends)
    assert chances[5:, 3].min() > 0.5
    nothing = np.zeros(120)
    assert Chain.fit().posterior(scores, nothing, nothing).shape == (120, 11)


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 1000))
def test_softmax_regression_separates_and_round_trips(seed: int) -> None:
    random = np.random.default_rng(seed)
    labels = np.arange(30) % 3
    inputs = random.normal(0.0, 0.2, (30, 5))
    inputs[np.arange(30), labels] += 2.0
    model = SoftmaxRegression.fit(inputs, np.eye(3)[labels], penalty=0.001)
    found = model.log_probabilities(inputs)
    assert np.allclose(np.exp(found).sum(axis=1), 1.0)
    assert (found.argmax(axis=1) == labels).all()
    loaded = SoftmaxRegression.load(json.loads(json.dumps(model.dump())))
    assert np.array_equal(loaded.log_probabilities(inputs), found)


@pytest.mark.usefixtures("word_vectors")
def test_labels_that_mislead_are_left_aside() -> None:
    right = labelled("a")
    wrong = LabelledEpisode("b", right.sentences, right.labels[::-1], right.graph)
    compiled = compile_classifier([right, wrong])
    assert compiled.statistics.report["labels_used"] == 0.0
    assert compiled.classify(sentences(), paper()) == compile_classifier([]).classify(sentences(), paper())
    assert compile_classifier([right, right]).statistics.report["labels_used"] == 1.0
