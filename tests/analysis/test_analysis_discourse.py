"""Discourse: marks of turns, parts and zones, and no opinion where nothing is known."""

from __future__ import annotations

import json

import numpy as np
import pytest
from episodes import paper, sentences

from podcast_dspy.analysis import compile_classifier
from podcast_dspy.analysis.classifier import Discourse, discourse_marks, shipped_discourse
from podcast_dspy.analysis.episode_view import SoftmaxRegression, look_at
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
    assert np.isnan(marks).any()
    found = np.exp(shipped_discourse().log_probabilities(view))
    assert np.allclose(found.sum(axis=1), 1.0)


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
