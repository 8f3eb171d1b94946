"""analyze_episode: everything that is measured on one recording and its paper, in one call."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pydantic import BaseModel, ConfigDict

from podcast_dspy.analysis.alignment import align
from podcast_dspy.analysis.classifier import SegmentClassifier
from podcast_dspy.analysis.compiling import compile_classifier
from podcast_dspy.analysis.labelled import LabelledEpisode, Span, label_sentences
from podcast_dspy.analysis.questioning import paper_questions
from podcast_dspy.analysis.questions import PaperQuestion
from podcast_dspy.analysis.segments import AlignedSegment
from podcast_dspy.analysis.structure import StructureProfile
from podcast_dspy.analysis.structure_measure import structure_profile
from podcast_dspy.analysis.style import StyleProfile
from podcast_dspy.analysis.style_measure import style_profile
from podcast_dspy.audio.transcript import TranscriptionResult
from podcast_dspy.documents.graph import DocumentGraph

__all__ = ["EpisodeAnalysis", "analyze_episode"]

Progress = Callable[[str, int, int], None]
"""Called with the stage, and how many of how many stages are done."""

_STAGES = ("classifier", "segments", "profiles")


class EpisodeAnalysis(BaseModel):
    """Aligned segments with the structure and the style measured on them, and the paper's questions."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    segments: tuple[AlignedSegment, ...]
    structure: StructureProfile
    style: StyleProfile
    questions: tuple[PaperQuestion, ...] = ()


def analyze_episode(
    transcription: TranscriptionResult,
    graph: DocumentGraph,
    *,
    labels: Sequence[Span] = (),
    labelled: Sequence[LabelledEpisode] = (),
    classifier: SegmentClassifier | None = None,
    speaker_gender: str = "unknown",
    lm: str = "embedded",
    progress: Progress | None = None,
) -> EpisodeAnalysis:
    """Type and align the segments, measure structure and style, and ask what the paper answers.

    `labels` are a person's own for this recording and win. The rest is typed by `classifier`, by default one compiled
    on the `labelled` episodes, or on the seed bank when there are none. Raises AudioError without speech, ModelError.
    """

    def report(done: int) -> None:
        if progress is not None:
            progress(_STAGES[min(done, len(_STAGES) - 1)], done, len(_STAGES))

    report(0)
    if classifier is None:
        # Where a person labelled everything, there is nothing to classify and nothing to compile.
        complete = None not in label_sentences(transcription.segments, labels)
        classifier = SegmentClassifier() if complete else compile_classifier(labelled, lm_role=lm)
    report(1)
    segments = align(transcription, graph, classifier=classifier, labels=labels, lm=lm)
    report(2)
    analysis = EpisodeAnalysis(
        segments=segments,
        structure=structure_profile(segments, transcription, graph),
        style=style_profile(segments, transcription, graph, speaker_gender=speaker_gender, lm=lm),
        questions=paper_questions(graph, lm=lm),
    )
    report(3)
    return analysis
