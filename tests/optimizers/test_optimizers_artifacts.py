"""The compiled profile's classifier is the one that `analyze --profile` types with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import dspy
import pytest
from test_optimizers_learning import pair
from test_optimizers_training import profile

import podcast_dspy
from podcast_dspy.analysis import SegmentClassifier
from podcast_dspy.errors import ProfileError
from podcast_dspy.generation.program import PodcastProgram
from podcast_dspy.optimizers.artifacts import CompiledPrograms
from podcast_dspy.optimizers.trials import changed_instructions, differences, set_instructions
from podcast_dspy.pairs.pair_store import PairStore
from podcast_dspy.profiles import CompiledProfile
from podcast_dspy.settings import PodcastDepth
from podcast_dspy.workspace import Workspace


@pytest.fixture
def exported(tmp_path: Path) -> Path:
    """A profile whose classifier has weights of its own, compiled for overviews."""
    classifier = SegmentClassifier()
    classifier.statistics.weights["discourse"] = 0.125
    programs = CompiledPrograms(PodcastProgram(), classifier)
    envelope = CompiledProfile.of(programs, profile(), depth=PodcastDepth.OVERVIEW)
    return envelope.save(tmp_path / "profile.json")


class StoppedError(Exception):
    """The analysis has begun."""


@pytest.fixture
def typed_with(monkeypatch: pytest.MonkeyPatch) -> list[SegmentClassifier | None]:
    """The classifiers that analyses were begun with."""
    seen: list[SegmentClassifier | None] = []

    def analyze_episode(*arguments: Any, classifier: SegmentClassifier | None = None, **options: Any) -> None:
        seen.append(classifier)
        raise StoppedError

    monkeypatch.setattr("podcast_dspy.optimizers.stage_tasks.analyze_episode", analyze_episode)
    return seen


def test_the_exported_classifier_types_the_segments(
    exported: Path, typed_with: list[SegmentClassifier | None], tmp_path: Path
) -> None:
    workspace = Workspace(tmp_path / "workspace")
    known = pair("a")
    known = known.model_copy(
        update={"transcription": known.transcription.model_copy(update={"sha256": "b" * 64})}
    )
    PairStore(workspace.tree).add(known)
    with pytest.raises(StoppedError):
        workspace.analyze("a", profile=exported)
    with pytest.raises(StoppedError):
        podcast_dspy.analyze(known, profile=str(exported))
    with pytest.raises(StoppedError):
        workspace.analyze("a")
    first, second, third = typed_with
    for one in (first, second):
        assert one is not None
        assert one.statistics.weights["discourse"] == 0.125
    assert third is None


def test_a_profile_that_is_none_is_refused_before_the_analysis(
    typed_with: list[SegmentClassifier | None], tmp_path: Path
) -> None:
    with pytest.raises(ProfileError, match="no such profile file"):
        podcast_dspy.analyze(pair("a"), profile=tmp_path / "missing.json")
    assert typed_with == []


def test_the_depth_survives_the_export(exported: Path) -> None:
    assert podcast_dspy.load(exported).depth == "overview"


def test_everything_that_was_compiled_is_loaded_again(tmp_path: Path) -> None:
    program = PodcastProgram()
    set_instructions(program, {name: f"Rewritten {name}." for name, _ in program.named_predictors()})
    program.writer.script.demos = [dspy.Example(purpose="p", paper="x", paragraphs=[], pair_id="a")]
    path = CompiledProfile.of(CompiledPrograms(program), profile()).save(tmp_path / "profile.json")
    loaded = podcast_dspy.load(path).program
    assert differences(program, loaded) == ()
    assert changed_instructions(loaded).keys() == {name for name, _ in program.named_predictors()}
