"""The segment classifier: three modes, plain JSON state, and no LM held anywhere."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Sequence
from typing import Any

import dspy
import numpy as np
import pytest
from episodes import SCRIPT, labelled, paper, sentences
from hypothesis import given, settings
from hypothesis import strategies as st

from podcast_dspy import lms
from podcast_dspy.analysis import SegmentClassifier, compile_classifier, labelled_episode
from podcast_dspy.analysis.chain import Chain
from podcast_dspy.analysis.episode_view import Timing
from podcast_dspy.analysis.regression import SoftmaxRegression
from podcast_dspy.analysis.segmentation import LabelledEpisode, label_sentences, seed_sentences
from podcast_dspy.errors import InputError, ModelError, ProfileError
from podcast_dspy.pairs.pair import LabelledSpan
from podcast_dspy.signatures.types import SEGMENT_TYPES, SegmentType
from podcast_dspy.testing import FakeLM

Serve = Callable[..., FakeLM]


def _answers(serve: Serve, monkeypatch: pytest.MonkeyPatch, answer: str, capable: bool) -> FakeLM:
    """Make every role an LM that always gives one answer."""
    monkeypatch.setattr(lms, "is_capable", lambda role: capable)
    lm: FakeLM = serve({"segment_type": {"segment_type": answer}})
    return lm


def test_uncompiled_it_is_a_zero_shot_prompt(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    lm = _answers(serve, monkeypatch, "background", capable=False)
    result = SegmentClassifier().classify(sentences(), paper())
    assert [kind for kind, _ in result] == [SegmentType.BACKGROUND] * len(SCRIPT)
    assert all(probability == pytest.approx(2 / 12) for _, probability in result)
    assert len(lm.history) == len(SCRIPT)
    # One system message and one question: no demonstrations.
    assert all(len(entry["messages"]) == 2 for entry in lm.history)


def test_an_answer_that_is_no_type_is_an_error_and_never_another_type(
    serve: Serve,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _answers(serve, monkeypatch, "chit-chat", capable=False)
    with pytest.raises(ModelError, match="not what was asked for"):
        SegmentClassifier().classify(sentences()[:1], paper())


@pytest.mark.usefixtures("word_vectors")
def test_compiled_it_asks_no_lm_and_survives_json() -> None:
    classifier = compile_classifier([labelled("a"), labelled("b")])
    before = classifier.classify(sentences(), paper())
    state = json.loads(json.dumps(classifier.dump_state()))
    again = SegmentClassifier()
    assert again.statistics.experts is None
    again.load_state(state)
    assert again.statistics.experts is not None
    assert again.classify(sentences(), paper()) == before
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
    assert parent.dump_state()["classifier.predict"]["lm"] is None


@pytest.mark.usefixtures("word_vectors")
def test_state_of_earlier_versions_says_more_of_a_sentence() -> None:
    state = compile_classifier([labelled()]).dump_state()
    for exemplar in state["statistics"]["exemplars"]:
        exemplar |= {"previous": "Hello.", "following": "", "position": 0.5, "paper_title": "Fork or Leave"}
    state["statistics"]["weights"]["lm"] = 1.0
    again = SegmentClassifier()
    again.load_state(state)
    assert again.classify(sentences(), paper()) == compile_classifier([labelled()]).classify(
        sentences(), paper()
    )


@pytest.mark.usefixtures("word_vectors")
def test_without_labels_the_seed_bank_is_what_it_learns_from() -> None:
    classifier = compile_classifier([])
    assert classifier.statistics.experts is not None
    assert {item.segment for item in classifier.statistics.exemplars} == {
        text for text, _ in seed_sentences()
    }
    kinds = [kind for kind, _ in classifier.classify(sentences(), paper())]
    assert kinds[0] is SegmentType.INTRO
    assert kinds[-1] is SegmentType.CONCLUSION
    assert SegmentType.FIGURE_DISCUSSION in kinds


def test_the_seed_bank_is_balanced_and_names_nobody() -> None:
    counts = {kind: sum(k is kind for _, k in seed_sentences()) for kind in SEGMENT_TYPES}
    assert set(counts.values()) == {24}
    assert len({text for text, _ in seed_sentences()}) == 24 * len(SEGMENT_TYPES)


@pytest.mark.parametrize(
    "damage", [{"weights": None}, {"exemplars": [{"segment": 1}]}, {"experts": {"words": {}}}]
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


def timing(seconds: Sequence[float], pauses: Sequence[float] = (), turns: Sequence[float] = ()) -> Timing:
    ends = np.cumsum(seconds)
    nothing = np.zeros(len(seconds) - 1)
    return Timing(ends - seconds, ends, np.array(pauses or nothing), np.array(turns or nothing))


def scored(count: int) -> st.SearchStrategy[list[list[float]]]:
    return st.lists(st.lists(st.floats(-9, 0), min_size=11, max_size=11), min_size=count, max_size=count)


@settings(deadline=None, max_examples=15)
@given(scored(3), st.lists(st.floats(0.2, 90.0), min_size=3, max_size=3), st.floats(0.1, 2.0))
def test_the_chain_finds_the_best_of_all_stretches_and_their_chances(
    rows: list[list[float]], seconds: list[float], weight: float
) -> None:
    """Against every way to divide three sentences into stretches of every type."""
    chain = Chain.fit([[kind for kind, _ in SCRIPT]], [[5.0] * len(SCRIPT)])
    when = timing(seconds, pauses=[1.0, -0.5], turns=[0.0, 1.0])
    path, posterior = chain.decode(np.array(rows), when, weight=weight, pause_weight=0.3)
    joints = [0.0, 0.3, -0.15 + 1.5]
    found: dict[tuple[int, ...], float] = {}
    for ends in ([3], [1, 3], [2, 3], [1, 2, 3]):
        begins = [0, *ends[:-1]]
        if any(
            end - begin > 1 and sum(seconds[begin:end]) > 150.0
            for begin, end in zip(begins, ends, strict=True)
        ):
            continue
        for kinds in itertools.product(range(11), repeat=len(ends)):
            value = weight * np.log(chain.start[kinds[0]])
            for place, (begin, end, kind) in enumerate(zip(begins, ends, kinds, strict=True)):
                length = np.log(max(1.0, sum(seconds[begin:end])))
                value += sum(rows[i][kind] for i in range(begin, end)) + joints[begin]
                value -= weight * 0.5 * ((length - chain.lengths[kind]) / 0.8) ** 2
                if place:
                    value += weight * np.log(chain.transitions[kinds[place - 1], kind])
            spread = tuple(k for b, e, k in zip(begins, ends, kinds, strict=True) for _ in range(b, e))
            found[*ends, -1, *spread, *kinds] = float(value)
    values = np.array(list(found.values()))
    chances = np.exp(values - values.max()) / np.exp(values - values.max()).sum()
    expected = np.zeros((3, 11))
    for key, chance in zip(found, chances, strict=True):
        spread = key[key.index(-1) + 1 :][:3]
        expected[np.arange(3), list(spread)] += chance
    assert np.allclose(posterior, expected, atol=1e-6)
    best = max(value for key, value in found.items() if key[key.index(-1) + 1 :][:3] == tuple(path))
    assert best == pytest.approx(values.max())


def test_a_long_pause_and_a_new_speaker_invite_a_change_of_type() -> None:
    chain = Chain.fit()
    scores = np.zeros((2, 11))
    scores[0, 0] = scores[1, 1] = 3.0

    def changed(pause: float, turn: float) -> float:
        when = timing([20.0, 20.0], [pause], [turn])
        return float(chain.decode(scores, when, weight=1.0, pause_weight=1.0)[1][1, 1])

    assert changed(2.0, 0.0) > changed(-2.0, 0.0)
    assert changed(0.0, 1.0) > changed(0.0, 0.0)


@pytest.mark.parametrize(
    "edit",
    [
        {"lengths": [1.0]},
        {"start": [0.0] * 11},
        {"lengths": [float("nan")] * 11},
        {"transitions": [[1.0] * 11]},
    ],
)
def test_a_chain_that_is_none_is_not_loaded(edit: dict[str, Any]) -> None:
    state = Chain.fit().dump()
    assert Chain.load(state).dump() == state
    with pytest.raises(ValueError):
        Chain.load({**state, **edit})


def test_no_stretch_is_a_splinter_and_a_long_one_goes_on() -> None:
    chain = Chain.fit()
    scores = np.full((120, 11), -2.0)
    scores[:, 3] = 0.0
    scores[60] = -2.0
    scores[60, 5] = 0.0
    path, posterior = chain.decode(scores, timing([3.0] * 120), weight=1.0, pause_weight=0.0)
    assert set(path[5:]) == {3}
    assert posterior[5:, 3].min() > 0.5
    timeless, _ = chain.decode(scores, timing([0.0] * 120), weight=1.0, pause_weight=0.0)
    assert len(timeless) == 120


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
    wrong = [
        LabelledEpisode(name, right.sentences, right.labels[turn:] + right.labels[:turn], right.graph)
        for name, turn in (("b", 6), ("c", 11))
    ]
    compiled = compile_classifier([right, *wrong])
    assert compiled.statistics.report["labels_used"] == 0.0
    assert compiled.classify(sentences(), paper()) == compile_classifier([]).classify(sentences(), paper())
    assert compile_classifier([right, right]).statistics.report["labels_used"] == 1.0
