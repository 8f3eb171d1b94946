"""Accuracy of what types the segments: with a capable LM the analyst's, asked once and kept."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from podcast_dspy.optimizers.rollout import ClassifierTraining
from podcast_dspy.pairs.pair import LabelledSpan
from podcast_dspy.signatures.analysing import ReadTranscript
from podcast_dspy.signatures.types import SegmentType
from podcast_dspy.store import Tree
from podcast_dspy.testing import FakeLM, sample_pair

SAID = (
    (SegmentType.INTRO, "Welcome to the show."),
    (SegmentType.METHODOLOGY, "They sorted the jobs."),
    (SegmentType.METHODOLOGY, "Then they counted."),
    (SegmentType.CONCLUSION, "That is all for today."),
)


def test_a_capable_lms_accuracy_is_the_analysts(serve: Callable[..., FakeLM], tmp_path: Path) -> None:
    pair = sample_pair("a", SAID, folder=tmp_path)
    spans = [
        LabelledSpan(segment_type=kind, start_time=sentence.start_time, end_time=sentence.end_time)
        for (kind, _), sentence in zip(SAID, pair.transcription.segments, strict=True)
    ]
    pair = pair.model_copy(update={"labels": tuple(spans)})
    lists = {name: [] for name in ("sections", "figures", "concepts", "analogies", "questions")}
    phrases = ("intro", "transition", "emphasis", "conclusion", "figure")
    style = {
        **{f"{name}_phrases": [] for name in phrases},
        "enthusiasm_markers": [],
        "definition_style": "none",
        "figure_explanation_depth": "none",
    }
    segments = [
        {"first": 1, "last": 1, "type": "intro", **lists},
        {"first": 2, "last": 4, "type": "methodology", **lists},
    ]
    lm = serve({ReadTranscript: {"segments": segments, "style": style}})
    training = ClassifierTraining(Tree(tmp_path / "tree"), [pair], [], "openai/any", "fingerprint")
    assert training.accuracy(compiled=False) == pytest.approx(0.75)
    assert training.accuracy(compiled=True) == pytest.approx(0.75)
    assert len(lm.asked) == 1
    assert "transcript" in training.prompt(compiled=True)
