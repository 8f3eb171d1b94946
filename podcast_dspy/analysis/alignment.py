"""Align a podcast with its paper: typed segments linked to what they are about, and what is measured on them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

import dspy
from dspy.utils.exceptions import LMError
from pydantic import BaseModel, ConfigDict

from podcast_dspy.analysis.classifier import SegmentClassifier
from podcast_dspy.analysis.compiling import compile_classifier
from podcast_dspy.analysis.comprehension import PaperQuestion, paper_questions
from podcast_dspy.analysis.linking import link_figures, link_passages, passage_scores
from podcast_dspy.analysis.measurement import structure_profile, style_profile
from podcast_dspy.analysis.results import AlignedSegment, StructureProfile, StyleProfile
from podcast_dspy.analysis.segmentation import (
    LabelledEpisode,
    Span,
    TypedSentence,
    label_sentences,
    merge_sentences,
)
from podcast_dspy.analysis.wording import Vocabulary, analogies, questions, verbatim, vocabulary_of
from podcast_dspy.audio.transcript import TranscriptionResult, TranscriptSegment
from podcast_dspy.documents.graph import DocumentGraph
from podcast_dspy.errors import AudioError, ModelError, PodcastError
from podcast_dspy.signatures.analysing import AlignSegment, ExtractConcepts
from podcast_dspy.signatures.types import parse_type

__all__ = ["EpisodeAnalysis", "SegmentExtractor", "align", "analyze_episode"]

_CANDIDATES: Final = 12
"""Passages that a capable LM chooses from."""


def align(
    transcription: TranscriptionResult,
    graph: DocumentGraph,
    *,
    classifier: SegmentClassifier,
    labels: Sequence[Span] = (),
    lm: str = "embedded",
) -> tuple[AlignedSegment, ...]:
    """Type every sentence, merge them into segments, and link each segment to the paper.

    A person's `labels` win wherever they cover a sentence (confidence 1), the classifier decides the rest. With a
    capable `lm` the links and concepts are refined by it. Raises AudioError when there is no speech.
    """
    if not transcription.segments:
        raise AudioError(
            f"{transcription.source_path}: no speech was transcribed; check that the file holds speech"
        )
    groups = merge_sentences(_typed(transcription.segments, graph, classifier, labels, lm))
    types = [group[0].segment_type for group in groups]
    texts = [" ".join(item.sentence.text.strip() for item in group) for group in groups]
    passages = link_passages([[item.sentence.text for item in group] for group in groups], types, graph)
    figures = link_figures(texts, types, graph)
    vocabulary = vocabulary_of(graph)
    segments = [
        _segment(index, group, text, atoms, pictures, vocabulary)
        for index, (group, text, atoms, pictures) in enumerate(
            zip(groups, texts, passages, figures, strict=True)
        )
    ]
    return tuple(_refined(segments, graph, lm))


def _typed(
    sentences: Sequence[TranscriptSegment],
    graph: DocumentGraph,
    classifier: SegmentClassifier,
    labels: Sequence[Span],
    lm: str,
) -> list[TypedSentence]:
    spans = _covering(sentences, labels)
    judged = (
        classifier.classify(sentences, graph, lm=lm)
        if any(span is None for span in spans)
        else [None] * len(spans)
    )
    typed: list[TypedSentence] = []
    for sentence, span, guess in zip(sentences, spans, judged, strict=True):
        if span is not None:
            typed.append(TypedSentence(sentence, parse_type(labels[span].segment_type), 1.0, span))
        elif guess is not None:
            typed.append(TypedSentence(sentence, guess[0], guess[1]))
    return typed


def _covering(sentences: Sequence[TranscriptSegment], labels: Sequence[Span]) -> list[int | None]:
    """Index of the label that covers most of each sentence."""
    covered = label_sentences(sentences, labels)
    spans: list[int | None] = []
    for sentence, label in zip(sentences, covered, strict=True):
        if label is None:
            spans.append(None)
            continue
        overlaps = [
            min(span.end_time, sentence.end_time) - max(span.start_time, sentence.start_time)
            for span in labels
        ]
        spans.append(max(range(len(labels)), key=overlaps.__getitem__))
    return spans


def _segment(
    index: int,
    group: Sequence[TypedSentence],
    text: str,
    atoms: tuple[str, ...],
    pictures: tuple[str, ...],
    vocabulary: Vocabulary,
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
        analogies_used=analogies(text),
        questions_asked=questions(text),
        words_per_minute=len(text.split()) / spoken * 60.0,
        density_score=len({name.lower() for name in (*concepts, *terms)}) / spoken,
    )


def _refined(segments: Sequence[AlignedSegment], graph: DocumentGraph, lm: str) -> list[AlignedSegment]:
    from podcast_dspy import lms

    if not lms.is_capable(lm):
        return list(segments)
    extractor = SegmentExtractor()
    passages = graph.passages()
    scores = passage_scores([segment.transcript_segment.text for segment in segments], passages)
    refined: list[AlignedSegment] = []
    with lms.use(lm, purpose="analyst"):
        for segment, row in zip(segments, scores, strict=True):
            best = sorted(range(len(passages)), key=lambda i: -row[i])[:_CANDIDATES]
            candidates = {passages[i].atom_id: passages[i].content for i in sorted(best)}
            better = extractor(segment, graph, candidates)
            linked = (*better.primary_atoms, *better.referenced_figures)
            spoken = better.transcript_segment.model_copy(update={"linked_atoms": linked})
            refined.append(better.model_copy(update={"transcript_segment": spoken}))
    return refined


_MOST_LINKS: Final = 4


class SegmentExtractor(dspy.Module):  # type: ignore[misc]
    """Refines measured segments with an LM from the current DSPy context."""

    def __init__(self) -> None:
        super().__init__()
        self.align = dspy.Predict(AlignSegment)
        self.extract = dspy.Predict(ExtractConcepts)

    def forward(
        self, segment: AlignedSegment, graph: DocumentGraph, passages: Mapping[str, str]
    ) -> AlignedSegment:
        """The segment with the LM's links and findings; what the LM invents is dropped.

        `passages` are the candidates (id -> text). Raises ModelError when the LM fails.
        """
        text = segment.transcript_segment.text
        figures = {atom.atom_id: atom.caption or "" for atom in (*graph.get_figures(), *graph.get_tables())}
        names = {concept.name for concept in graph.key_concepts}
        try:
            links = self.align(segment=text, passages=dict(passages), figures=figures)
            found = self.extract(
                segment=text, known_concepts=[concept.name for concept in graph.key_concepts]
            )
        except (PodcastError, LMError):
            raise
        except Exception as error:
            raise ModelError(
                f"the LM did not analyse segment {segment.segment_id} ({type(error).__name__}: {error}); "
                "try another --lm"
            ) from error
        return segment.model_copy(
            update={
                "primary_atoms": tuple(dict.fromkeys(i for i in links.passage_ids if i in passages))[
                    :_MOST_LINKS
                ],
                "referenced_figures": tuple(
                    dict.fromkeys(
                        (*segment.referenced_figures, *(i for i in links.figure_ids if i in figures))
                    )
                ),
                "key_concepts": tuple(
                    dict.fromkeys(
                        (*segment.key_concepts, *(name for name in found.key_concepts if name in names))
                    )
                ),
                "technical_terms": tuple(
                    dict.fromkeys((*segment.technical_terms, *verbatim(found.technical_terms, text)))
                ),
                "analogies_used": verbatim(found.analogies, text) or segment.analogies_used,
                "questions_asked": tuple(
                    dict.fromkeys((*segment.questions_asked, *verbatim(found.questions, text)))
                ),
            }
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
