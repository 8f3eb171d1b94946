"""Align a podcast with its paper: typed segments linked to what they are about, and what is measured on them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pydantic import BaseModel, ConfigDict

from podcast_dspy.analysis.analyst import Analyst, EpisodeReading, united
from podcast_dspy.analysis.classifier import SegmentClassifier, compile_classifier
from podcast_dspy.analysis.comprehension import PaperQuestion, paper_questions
from podcast_dspy.analysis.linking import link_figures, link_passages
from podcast_dspy.analysis.measurement import structure_profile, style_profile
from podcast_dspy.analysis.results import AlignedSegment, StructureProfile, StyleProfile
from podcast_dspy.analysis.segmentation import (
    LabelledEpisode,
    Span,
    TypedSentence,
    covering,
    label_sentences,
    merge_sentences,
)
from podcast_dspy.analysis.wording import Vocabulary, analogies, questions, verbatim, vocabulary_of
from podcast_dspy.audio.transcript import TranscriptionResult, TranscriptSegment
from podcast_dspy.documents.graph import DocumentGraph
from podcast_dspy.errors import AudioError
from podcast_dspy.signatures.analysing import SpokenSegment
from podcast_dspy.signatures.types import parse_type

__all__ = ["EpisodeAnalysis", "align", "analyze_episode"]


def align(
    transcription: TranscriptionResult,
    graph: DocumentGraph,
    *,
    classifier: SegmentClassifier,
    labels: Sequence[Span] = (),
    reading: EpisodeReading | None = None,
) -> tuple[AlignedSegment, ...]:
    """Segments of an episode with their types, each linked to the paper.

    A person's `labels` win wherever they cover a sentence (confidence 1). The rest is what an analyst's `reading` says,
    with its segments and links; without one the classifier types every sentence, sentences of one type are merged, and
    links are measured. Raises AudioError when there is no speech.
    """
    if not transcription.segments:
        raise AudioError(
            f"{transcription.source_path}: no speech was transcribed; check that the file holds speech"
        )
    groups = merge_sentences(_typed(transcription.segments, graph, classifier, labels, reading))
    found = _found(groups, reading)
    types = [group[0].segment_type for group in groups]
    texts = [" ".join(item.sentence.text.strip() for item in group) for group in groups]
    spoken = [[item.sentence.text for item in group] for group in groups]
    if reading is None:
        passages = link_passages(spoken, types, graph)
        figures = link_figures(texts, types, graph)
    else:
        outline = reading.outline
        within = [frozenset[str]().union(*(outline.sections[name] for name in one.sections)) for one in found]
        passages = link_passages(spoken, types, graph, within)
        figures = [tuple(outline.figures[name] for name in one.figures) for one in found]
    vocabulary = vocabulary_of(graph)
    return tuple(
        _segment(index, group, text, atoms, pictures, vocabulary, found[index] if found else None)
        for index, (group, text, atoms, pictures) in enumerate(
            zip(groups, texts, passages, figures, strict=True)
        )
    )


def _found(groups: Sequence[Sequence[TypedSentence]], reading: EpisodeReading | None) -> list[SpokenSegment]:
    """What a reading says of each group: everything of the segments that it shares a sentence with."""
    if reading is None:
        return []
    places = iter(reading.of_sentence)
    return [
        united([reading.segments[place] for place in dict.fromkeys(next(places) for _ in group)])
        for group in groups
    ]


def _typed(
    sentences: Sequence[TranscriptSegment],
    graph: DocumentGraph,
    classifier: SegmentClassifier,
    labels: Sequence[Span],
    reading: EpisodeReading | None,
) -> list[TypedSentence]:
    spans = covering(sentences, labels)
    if reading is not None:
        # Segments of a reading count on behind the labels: neither is merged with another, nor cut.
        given = [
            TypedSentence(sentence, kind, 1.0, len(labels) + place)
            for sentence, kind, place in zip(sentences, reading.types, reading.of_sentence, strict=True)
        ]
    elif any(span is None for span in spans):
        guesses = classifier.classify(sentences, graph)
        given = [TypedSentence(sentence, *guess) for sentence, guess in zip(sentences, guesses, strict=True)]
    else:
        given = []
    return [
        given[place]
        if span is None
        else TypedSentence(sentence, parse_type(labels[span].segment_type), 1.0, span)
        for place, (sentence, span) in enumerate(zip(sentences, spans, strict=True))
    ]


def _segment(
    index: int,
    group: Sequence[TypedSentence],
    text: str,
    atoms: tuple[str, ...],
    pictures: tuple[str, ...],
    vocabulary: Vocabulary,
    found: SpokenSegment | None,
) -> AlignedSegment:
    first, last = group[0].sentence, group[-1].sentence
    # Times of a transcriber may touch or be equal; a rate needs a length.
    duration = max(last.end_time - first.start_time, 0.0)
    spoken = max(duration, 0.1)
    lengths = [max(item.sentence.duration, 0.01) for item in group]
    confidence = sum(item.confidence * length for item, length in zip(group, lengths, strict=True)) / sum(
        lengths
    )
    concepts = vocabulary.concepts_in(text)
    if found is not None:
        concepts = tuple(dict.fromkeys((*concepts, *found.concepts)))
    terms = vocabulary.terms_in(text)
    kind = group[0].segment_type
    speakers = {item.sentence.speaker for item in group}
    return AlignedSegment(
        segment_id=f"seg_{index:03d}",
        transcript_segment=TranscriptSegment(
            segment_id=f"seg_{index:03d}",
            text=text,
            start_time=first.start_time,
            end_time=max(last.end_time, first.start_time),
            duration=duration,
            segment_type=kind.value,
            linked_atoms=(*atoms, *pictures),
            speaker=speakers.pop() if len(speakers) == 1 else None,
        ),
        primary_atoms=atoms,
        referenced_figures=pictures,
        segment_type=kind,
        type_confidence=min(1.0, confidence),
        key_concepts=concepts,
        technical_terms=terms,
        analogies_used=analogies(text) if found is None else verbatim(found.analogies, text),
        questions_asked=questions(text) if found is None else verbatim(found.questions, text),
        words_per_minute=len(text.split()) / spoken * 60.0,
        density_score=len({name.lower() for name in (*concepts, *terms)}) / spoken,
    )


Progress = Callable[[str, int, int], None]
"""Called with the stage, and how many of how many stages are done."""

_STAGES = ("classifier", "segments", "profiles")


class EpisodeAnalysis(BaseModel):
    """Aligned segments with the structure and the style measured on them, and the paper's questions."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    segments: tuple[AlignedSegment, ...]
    structure: StructureProfile
    style: StyleProfile
    questions: tuple[PaperQuestion, ...] | None = None
    made_by: str = "embedded"
    """The LM that read the transcript, without its server; `embedded` where the classifier and measures did."""


def analyze_episode(
    transcription: TranscriptionResult,
    graph: DocumentGraph,
    *,
    labels: Sequence[Span] = (),
    labelled: Sequence[LabelledEpisode] = (),
    classifier: SegmentClassifier | None = None,
    analyst: Analyst | None = None,
    speaker_gender: str = "unknown",
    lm: str = "embedded",
    progress: Progress | None = None,
) -> EpisodeAnalysis:
    """Type and align the segments, measure structure and style, and ask what the paper answers.

    `labels` are a person's own for this recording and win. The rest is what `analyst` says with a capable `lm`; with
    any other it is typed by `classifier`, by default one compiled on the `labelled` episodes, or on the seed bank when
    there are none. Raises AudioError without speech, ModelError.
    """

    from podcast_dspy import lms

    def report(done: int) -> None:
        if progress is not None:
            progress(_STAGES[min(done, len(_STAGES) - 1)], done, len(_STAGES))

    report(0)
    capable = lms.is_capable(lm)
    reading = None
    if capable and transcription.segments:
        with lms.use(lm, purpose="analyst"):
            reading = (analyst or Analyst())(transcription.segments, graph)
    if classifier is None:
        # Where everything is labelled or read, there is nothing to classify and nothing to compile.
        complete = reading is not None or None not in label_sentences(transcription.segments, labels)
        classifier = SegmentClassifier() if complete else compile_classifier(labelled)
    report(1)
    segments = align(transcription, graph, classifier=classifier, labels=labels, reading=reading)
    report(2)
    style = style_profile(
        segments,
        transcription,
        graph,
        speaker_gender=speaker_gender,
        read=reading.style if reading else None,
    )
    analysis = EpisodeAnalysis(
        segments=segments,
        structure=structure_profile(segments, transcription, graph),
        style=style,
        questions=paper_questions(graph, lm=lm) or None,
        made_by=lm.partition("@")[0] if capable else "embedded",
    )
    report(3)
    return analysis
