"""Discourse: marks of turns, parts and zones, and no opinion where nothing is known."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from episodes import paper, sentences

from podcast_dspy.analysis import compile_classifier
from podcast_dspy.analysis.classifier import Discourse, discourse_marks, shipped_discourse
from podcast_dspy.analysis.episode_view import SoftmaxRegression, look_at, nearness
from podcast_dspy.analysis.paper_index import PART_NAMES
from podcast_dspy.analysis.segmentation import TYPE_INDEX
from podcast_dspy.audio.importing import parse_json
from podcast_dspy.audio.transcript import TranscriptSegment, sentence_segments
from podcast_dspy.signatures.types import SEGMENT_TYPES, SegmentType

_TURNS = (
    ("Ada", "Hello, today we read about compost. It is a short paper."),
    ("Bo", "What did they build?"),
    ("Ada", "They built twelve heaps. Half of them were turned every week with a fork."),
    ("Bo", "Okay."),
    ("Ada", "Thanks for listening. Next time we read about worms."),
)


def _dialogue() -> tuple[TranscriptSegment, ...]:
    """Turns with times and speakers and no recording, each beginning where the last one ends."""
    turns, time = [], 0.0
    for speaker, text in _TURNS:
        length = len(text.split()) / 2.5
        turns.append({"speaker": speaker, "start": time, "end": time + length, "text": text})
        time += length
    words, _ = parse_json(json.dumps(turns), "turns.json")
    return sentence_segments(words)


@pytest.mark.usefixtures("word_vectors")
def test_turns_tell_who_asks_and_who_answers() -> None:
    spoken = _dialogue()
    turns = look_at(spoken, paper()).turns
    question = next(i for i, sentence in enumerate(spoken) if sentence.text.endswith("?"))
    asks, _, asking, brief, answers = turns[question]
    assert (asks, asking, brief, answers) == (1.0, 1.0, 1.0, 0.0)
    assert turns[question + 1][4] == 1.0
    assert turns[:question, 4].sum() == 0.0


@pytest.mark.usefixtures("word_vectors")
def test_one_speaker_has_no_turns_and_no_paper_has_no_parts() -> None:
    assert np.isnan(look_at(sentences(), paper()).turns[:, 1:]).all()
    view = look_at(sentences(), None)
    marks = discourse_marks(view, shipped_discourse().zones)
    unknown = np.isnan(marks).all(axis=0)
    assert unknown[[*range(10, 26), *range(79, 87)]].all(), "parts, near ones, those of the talk around"
    assert not unknown[:10].any()
    assert not unknown[31:79].any(), "cues need no paper"
    found = np.exp(shipped_discourse().log_probabilities(view))
    assert np.allclose(found.sum(axis=1), 1.0)


@pytest.mark.usefixtures("word_vectors")
def test_the_talk_around_a_sentence_tells_its_part_of_the_paper() -> None:
    texts = ["Hello everybody."] * 4 + ["They built twelve heaps.", "Okay.", "Half were turned with a fork."]
    texts += ["Turned heaps kept 31 percent of their nitrogen."] * 4
    spoken = [
        TranscriptSegment(
            segment_id=str(i),
            text=text,
            start_time=15.0 * i,
            end_time=15.0 * i + (seconds := 1.0 if text == "Okay." else 15.0),
            duration=seconds,
        )
        for i, text in enumerate(texts)
    ]
    view = look_at(spoken, paper())
    okay, part = texts.index("Okay."), PART_NAMES.index("method")
    assert view.parts[okay].argmax() != part, "nothing in it speaks of the method"
    assert view.parts_around[okay].argmax() == part
    assert view.parts_around[-1].argmax() != part


def test_near_and_long_sentences_count_more() -> None:
    near = nearness(np.array([0.0, 10.0, 60.0]), np.array([2.0, 4.0, 4.0]))
    assert np.allclose(near.sum(axis=1), 1.0)
    assert near[0, 1] > near[0, 0] > near[0, 2]
    assert near[2, 2] > 0.9


@pytest.mark.usefixtures("word_vectors")
def test_cues_of_a_sentence_and_around_it_are_marks() -> None:
    view = look_at(sentences(), paper())
    zones = shipped_discourse().zones
    bare = discourse_marks(replace(view, cues=np.zeros_like(view.cues)), zones)
    marks = discourse_marks(view, zones)
    assert np.array_equal(marks[:, 31:55], view.cues)
    other = np.nonzero(~np.isclose(marks, bare, equal_nan=True).all(axis=0))[0]
    assert set(other) <= set(range(31, 79))
    assert set(other) & set(range(55, 79))
    assert shipped_discourse().types.weights.shape[0] == marks.shape[1]


@pytest.mark.usefixtures("word_vectors")
def test_a_type_that_was_never_seen_gets_no_opinion() -> None:
    view = look_at(sentences(), paper())
    shipped = shipped_discourse()
    kinds = (SegmentType.INTRO, SegmentType.METHODOLOGY)
    marks = discourse_marks(view, shipped.zones)
    labels = np.arange(len(view)) % 2
    types = SoftmaxRegression.fit(marks, np.eye(2)[labels], penalty=0.01)
    found = np.exp(
        Discourse(zones=shipped.zones, types=types, kinds=kinds, trained_on=("own",)).log_probabilities(view)
    )
    assert np.allclose(found[:, TYPE_INDEX[SegmentType.FIGURE_DISCUSSION]], 1.0 / len(SEGMENT_TYPES))
    assert np.allclose(found.sum(axis=1), 1.0)


@pytest.mark.usefixtures("word_vectors")
def test_coefficients_of_earlier_versions_know_the_first_marks_alone() -> None:
    view, shipped = look_at(sentences(), paper()), shipped_discourse()
    first = {"weights": shipped.types.weights[:31], "mean": shipped.types.mean[:31]}
    earlier = shipped.model_copy(update={"types": shipped.types.model_copy(update=first)})
    padded = np.concatenate([shipped.types.weights[:31], np.zeros((56, len(shipped.kinds)))])
    same = shipped.model_copy(update={"types": shipped.types.model_copy(update={"weights": padded})})
    assert np.allclose(earlier.log_probabilities(view), same.log_probabilities(view))


def test_what_ships_names_its_corpora_and_holds_no_text() -> None:
    shipped = shipped_discourse()
    assert "CSAbstruct" in shipped.trained_on
    assert SegmentType.FIGURE_DISCUSSION not in shipped.kinds
    state = json.loads(json.dumps(shipped.dump()))
    assert set(state) == {"trained_on", "kinds", "zones", "types"}
    again = Discourse.load(state)
    assert np.array_equal(again.types.weights, shipped.types.weights)


@pytest.mark.usefixtures("word_vectors")
def test_turns_without_a_recording_are_typed_from_greeting_to_thanks() -> None:
    spoken = _dialogue()
    kinds = [kind for kind, _ in compile_classifier([]).classify(spoken, paper())]
    assert len(kinds) == len(spoken)
    assert kinds[0] is SegmentType.INTRO
    assert kinds[-1] is SegmentType.CONCLUSION
