"""The analyst held against people's labels: how far it agrees, what labels teach it, and who reads with it later."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from podcast_dspy.analysis import alignment
from podcast_dspy.analysis.analyst import PHRASES, Outline, faults_of, windows
from podcast_dspy.generation.program import PodcastProgram
from podcast_dspy.optimizers import PodcastOptimizer
from podcast_dspy.optimizers.artifacts import CompiledPrograms
from podcast_dspy.optimizers.classification import (
    UNLABELLED,
    ClassifierTraining,
    LabelledWindow,
    agreement,
    labelled_windows,
)
from podcast_dspy.optimizers.hosts import label_demonstrations
from podcast_dspy.optimizers.stage_tasks import analysis_of
from podcast_dspy.optimizers.trials import Proposal, TrialResult
from podcast_dspy.pairs.pair import LabelledSpan, TrainingPair
from podcast_dspy.profiles import CompiledProfile
from podcast_dspy.settings import ModelRoles, PodcastDepth, TrainingConfig
from podcast_dspy.signatures.analysing import HostStyle, ReadTranscript, SpokenSegment
from podcast_dspy.signatures.types import SegmentType
from podcast_dspy.store import Tree
from podcast_dspy.testing import FakeLM, sample_metrics, sample_pair, sample_profile, sample_trial

SAID = (
    (SegmentType.INTRO, "Welcome to the show."),
    (SegmentType.METHODOLOGY, "They sorted the jobs."),
    (SegmentType.METHODOLOGY, "Then they counted."),
    (SegmentType.CONCLUSION, "That is all for today."),
)
STYLE = {
    **{name: [] for name in PHRASES},
    "definition_style": "none",
    "figure_explanation_depth": "none",
}
LISTS: dict[str, Any] = {name: [] for name in ("sections", "figures", "concepts", "analogies", "questions")}
WRONG = [
    {"first": 1, "last": 1, "type": "intro", **LISTS},
    {"first": 2, "last": 4, "type": "methodology", **LISTS},
]
RIGHT = [*WRONG[:1], {**WRONG[1], "last": 3}, {"first": 4, "last": 4, "type": "conclusion", **LISTS}]
CAPABLE = ModelRoles(lm="openai/any", reflection_lm="openai/any", voice="elevenlabs:unmeasured")


def labelled(pair_id: str = "a") -> TrainingPair:
    """Four sentences of four, four, three and five words, in three segments of a person's."""
    pair = sample_pair(pair_id, SAID, paper=pair_id * 64)
    times = [(one.start_time, one.end_time) for one in pair.transcription.segments]
    spans = [times[0], (times[1][0], times[2][1]), times[3]]
    kinds = ("intro", "methodology", "conclusion")
    labels = tuple(
        LabelledSpan(segment_type=kind, start_time=start, end_time=end)
        for kind, (start, end) in zip(kinds, spans, strict=True)
    )
    return pair.model_copy(update={"labels": labels})


def spoken(segments: list[dict[str, Any]]) -> list[SpokenSegment]:
    return [SpokenSegment.model_validate(one) for one in segments]


def test_agreement_is_the_share_of_the_labelled_time_and_tells_what_a_person_says() -> None:
    (window,) = labelled_windows(labelled())
    right, wrong = agreement(window, spoken(RIGHT)), agreement(window, spoken(WRONG))
    assert right.score == 1.0
    assert right.objective_scores == {"types": 1.0, "boundaries": 1.0}
    assert wrong.score == pytest.approx(11 / 16)
    assert wrong.objective_scores["boundaries"] == pytest.approx(2 / 3), (
        "one of two is found, and that is all there is"
    )
    assert (
        "Sentences 4 to 4, from “That is all for today. ...”: typed methodology, a person says conclusion."
        in (wrong.feedback)
    )
    one = [{"first": 1, "last": 4, "type": "intro", **LISTS}]
    assert "A person begins a segment at sentence 2" in agreement(window, spoken(one)).feedback
    few = labelled().model_copy(update={"labels": labelled().labels[:1]})
    assert agreement(LabelledWindow(few, range(4)), spoken(one)).score == 1.0, (
        "what nobody labelled counts nothing"
    )
    assert labelled_windows(sample_pair("b", SAID)) == []


def test_what_labels_teach_could_be_an_answer() -> None:
    pair = sample_pair("a", labelled=True)
    (demo,) = label_demonstrations([pair, sample_pair("b")])
    assert demo.pair_id == "a"
    count = len(demo.segments)
    assert 1 < count <= len(pair.labels)
    assert [one["type"] for one in demo.segments] == [one.segment_type for one in pair.labels[:count]]
    assert demo.transcript.count("\n[") == count
    answer = type(
        "Answer", (), {"segments": spoken(demo.segments), "style": HostStyle.model_validate(demo.style)}
    )
    outline = Outline.of(pair.document_graph)
    (window,) = windows(pair.transcription.segments)
    assert list(faults_of(answer, pair.transcription.segments, range(window.start, count), outline)) == []  # type: ignore[arg-type]


class Taught(FakeLM):
    """Types right once it is shown how a person typed."""

    def __init__(self) -> None:
        super().__init__({ReadTranscript: lambda inputs: {"segments": WRONG, "style": STYLE}})

    def answer(self, messages: list[dict[str, Any]]) -> str:
        """With examples among the messages, as they did."""
        self.script[ReadTranscript] = {"segments": RIGHT if len(messages) > 2 else WRONG, "style": STYLE}
        return super().answer(messages)


def run(pairs: list[TrainingPair], lm: FakeLM, trials: int = 2) -> tuple[PodcastOptimizer, PodcastProgram]:
    """A run of knn whose episodes never become better."""

    def evaluate(proposal: Proposal, number: int, best: TrialResult | None) -> TrialResult:
        return sample_trial(number, [sample_metrics("a")], best=best, changes=proposal.changes)

    config = TrainingConfig(optimizer="knn", max_trials=trials, convergence_threshold=0.0, roles=CAPABLE)
    optimizer = PodcastOptimizer(config=config, evaluate=evaluate)
    with lm.serving():
        return optimizer, optimizer.compile(PodcastProgram(), trainset=pairs)


def test_a_better_analyst_is_kept_whatever_becomes_of_its_trial() -> None:
    pairs = [labelled("a"), labelled("b"), labelled("c")]
    optimizer, program = run(pairs, Taught())
    assert not optimizer.trials[1].improved
    assert [demo["pair_id"] for demo in program.analyst.read.demos] == ["a", "b", "c"]
    assert program.adjustments == optimizer.programs[0].adjustments
    (told,) = [line for line in optimizer.trials[1].changes if line.startswith("analyst.read, labelled time")]
    assert "over 3 windows" in told


def test_what_types_no_better_is_not_kept_and_without_labels_nobody_is_asked() -> None:
    lm = FakeLM({ReadTranscript: {"segments": WRONG, "style": STYLE}})
    optimizer, program = run([labelled("a"), labelled("b")], lm)
    assert program.analyst.read.demos == []
    assert any(line.startswith("analyst.read stays") for line in optimizer.trials[1].changes)
    silent = FakeLM({})
    optimizer, _ = run([sample_pair("a", SAID)], silent)
    assert UNLABELLED in optimizer.trials[1].changes
    assert not silent.asked


def test_who_analyses_with_a_profile_reads_as_its_analyst_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    programs = CompiledPrograms()
    read = programs.podcast.analyst.read
    read.signature = read.signature.with_instructions("Cut it where the host breathes.")
    read.demos = label_demonstrations([labelled("a")])
    profile = CompiledProfile.of(
        programs,
        sample_profile(),
        depth=PodcastDepth.STANDARD,
        losses={"train": {}, "held_out": {}},
        dataset_fingerprint="0" * 16,
        roles={},
    )
    place = tmp_path / "profile.json"
    place.write_bytes(profile.encoded())
    answer = {"segments": RIGHT, "style": STYLE}
    lm = FakeLM({ReadTranscript: answer})
    monkeypatch.setattr(alignment, "paper_questions", lambda graph, lm: ())
    with lm.serving():
        analysis_of(labelled("b").model_copy(update={"labels": ()}), lm="openai/any", profile=place)
    asked = str(next(one for one in lm.asked if "segments" in one.signature.output_fields).messages)
    assert "Cut it where the host breathes." in asked
    assert "They sorted the jobs." in str(asked).split("Then they counted.")[0]
    assert asked.count("Welcome to the show.") == 2, "the demonstration, and what is to be read"


def test_a_capable_lms_accuracy_is_the_analysts(serve: Callable[..., FakeLM], tmp_path: Path) -> None:
    lm = serve({ReadTranscript: {"segments": WRONG, "style": STYLE}})
    training = ClassifierTraining(Tree(tmp_path / "tree"), [labelled()], [], "openai/any", "fingerprint")
    program = PodcastProgram()
    assert training.accuracy(program, compiled=False) == pytest.approx(0.75)
    assert training.accuracy(program, compiled=True) == pytest.approx(0.75)
    assert len(lm.asked) == 1
    assert "transcript" in training.prompt(program, compiled=True)
    read = program.analyst.read
    read.signature = read.signature.with_instructions("Read it aloud.")
    training.accuracy(program, compiled=True)
    assert "Read it aloud." in str(lm.asked[-1].messages), "another analyst is measured anew"
    assert training.prompt(program, compiled=True) == "Read it aloud.\n"
