"""Align: a transcription and its paper to typed segments linked to what they are about."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from podcast_dspy.analysis.classifier import SegmentClassifier
from podcast_dspy.analysis.extraction import SegmentExtractor
from podcast_dspy.analysis.labelled import Span, label_sentences
from podcast_dspy.analysis.language import Vocabulary, analogies, questions, vocabulary_of
from podcast_dspy.analysis.linking import link_figures, link_passages, passage_scores
from podcast_dspy.analysis.merging import TypedSentence, merge_sentences
from podcast_dspy.analysis.segments import AlignedSegment
from podcast_dspy.audio.transcript import TranscriptionResult, TranscriptSegment
from podcast_dspy.documents.graph import DocumentGraph
from podcast_dspy.errors import AudioError
from podcast_dspy.signatures.types import parse_type

__all__ = ["align"]

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
