"""Align a podcast with its paper: typed segments, linked to the passages and pictures that they are about."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from podcast_dspy.analysis.analyst import Analyst, EpisodeReading, united
from podcast_dspy.analysis.classifier import SegmentClassifier, compile_classifier
from podcast_dspy.analysis.comprehension import PaperQuestion, paper_questions
from podcast_dspy.analysis.episode_view import centred_rows, embed, passage_text
from podcast_dspy.analysis.measurement import (
    Vocabulary,
    analogies,
    content_words,
    questions,
    structure_profile,
    style_profile,
    verbatim,
    vocabulary_of,
)
from podcast_dspy.analysis.results import AlignedSegment, StructureProfile, StyleProfile
from podcast_dspy.analysis.segmentation import (
    LabelledEpisode,
    Span,
    TypedSentence,
    covering,
    label_sentences,
    merge_sentences,
)
from podcast_dspy.audio.transcript import TranscriptionResult, TranscriptSegment
from podcast_dspy.documents.graph import DocumentAtom, DocumentGraph
from podcast_dspy.errors import AudioError
from podcast_dspy.signatures.analysing import SpokenSegment
from podcast_dspy.signatures.types import SegmentType, parse_type
from podcast_dspy.text.entities import supported_number
from podcast_dspy.text.numbers import TEENS, UNITS, numbers
from podcast_dspy.text.words import stem


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
        segments, transcription, graph, speaker_gender=speaker_gender, read=reading.style if reading else None
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


Array = NDArray[np.float64]

_LEXICAL: Final = 0.8
"""Weight of shared words beside the e5 similarity."""
_NEARBY: Final = 0.15
"""Weight of what the neighbouring segments are about: speech mostly follows the paper's order."""
_SPREAD: Final = 2.0
"""Passages, standard deviation of "nearby"."""
_FLOOR: Final = 0.35
"""Score below which a segment is about no passage in particular."""
_CLOSE: Final = 0.8
"""Further passages are linked from this share of the best score on."""
_MOST: Final = 4

_NUMBERS: Final = {word: str(number) for word, number in (UNITS | TEENS).items() if number}
_NAMED: Final = re.compile(
    r"\b(figures?|fig\.?|tables?|charts?|plots?|graphs?|diagrams?)\s+(?:number\s+)?"
    rf"(S?\d+|{'|'.join(_NUMBERS)})(?:[a-h]\b)?(?:\s*(?:and|&|,|or)\s*(S?\d+|{'|'.join(_NUMBERS)})\b)?",
    re.IGNORECASE,
)


def passage_scores(texts: Sequence[str], passages: Sequence[DocumentAtom]) -> Array:
    """How much each text is about each passage, n×m: centred e5 cosine plus shared rare words (0-1 each)."""
    if not texts or not passages:
        return np.zeros((len(texts), len(passages)))
    from podcast_dspy import lms

    matrix = np.asarray(
        lms.embed([passage_text(atom.content) for atom in passages], kind="passage"), dtype=float
    )
    vectors = embed(texts)
    similarity = centred_rows(vectors) @ centred_rows(matrix).T
    if len(texts) == 1 or len(passages) == 1:
        # Nothing to centre on: raw cosines of e5 lie in 0.7-1.
        similarity = np.clip((vectors @ matrix.T - 0.75) / 0.2, -1.0, 1.0)
    result: Array = np.clip(similarity, 0.0, 1.0) + _LEXICAL * _shared_words(texts, passages)
    return result


def _shared_words(texts: Sequence[str], passages: Sequence[DocumentAtom]) -> Array:
    """Share of a text's informative words (by inverse passage frequency) that stand in the passage."""
    words = [{stem(word) for word in content_words(atom.content)} for atom in passages]
    frequency = Counter(word for passage in words for word in passage)
    shared = np.zeros((len(texts), len(passages)))
    for row, text in enumerate(texts):
        known = {root for word in content_words(text) if frequency[root := stem(word)]}
        weights = {word: float(np.log(1.0 + len(passages) / frequency[word])) for word in known}
        # A text with one informative word is weak evidence: it is measured against at least three.
        total = max(sum(weights.values()), 3.0 * max(weights.values(), default=1.0))
        for column, passage in enumerate(words):
            shared[row, column] = sum(weights[word] for word in known & passage) / total
    return shared


def link_passages(
    segments: Sequence[Sequence[str]],
    types: Sequence[SegmentType],
    graph: DocumentGraph,
    within: Sequence[frozenset[str]] | None = None,
) -> list[tuple[str, ...]]:
    """Atom ids of the passages that each segment (a list of sentences) is about, best first, at most 4.

    A segment's score is the mean of its sentences', pulled a little towards where its neighbours are.
    Transitions and asides link only what they clearly name. Where it is known `within` which atoms each segment is
    about, the best of those are linked, and no other.
    """
    passages = graph.passages()
    if not passages:
        return [() for _ in segments]
    scores = passage_scores([text for sentences in segments for text in sentences], passages)
    rows: list[Array] = []
    start = 0
    for sentences in segments:
        block = scores[start : start + len(sentences)]
        start += len(sentences)
        # The mean over sentences, with the best sentence counting as much as the rest together.
        rows.append((block.mean(axis=0) + block.max(axis=0)) / 2.0 if len(block) else np.zeros(len(passages)))
    table = np.stack(rows)
    smooth = table + _NEARBY * _neighbourhood(table)
    links: list[tuple[str, ...]] = []
    for row, kind in enumerate(types):
        floor = _FLOOR * (1.5 if kind in (SegmentType.TRANSITION, SegmentType.TANGENT) else 1.0)
        if within is not None:
            floor = 0.0
            outside = [passage.atom_id not in within[row] for passage in passages]
            smooth[row, outside] = -1.0
        order = np.argsort(-smooth[row], kind="stable")[:_MOST]
        best = float(smooth[row, order[0]])
        links.append(
            tuple(passages[i].atom_id for i in order if best >= floor and smooth[row, i] >= _CLOSE * best)
        )
    return links


def _neighbourhood(table: Array) -> Array:
    """For each segment, how near a passage is to those its neighbours are about (0-1)."""
    n, m = table.shape
    distance = np.arange(m)[:, None] - np.arange(m)[None, :]
    kernel = np.exp(-0.5 * (distance / _SPREAD) ** 2)
    peaks = table.argmax(axis=1)
    near = np.zeros_like(table)
    for row in range(n):
        around = [peaks[other] for other in (row - 1, row + 1) if 0 <= other < n]
        if around:
            near[row] = kernel[around].max(axis=0)
    return near


def link_figures(
    texts: Sequence[str], types: Sequence[SegmentType], graph: DocumentGraph
) -> list[tuple[str, ...]]:
    """Atom ids of the figures and tables that each segment speaks of, in the order of mention.

    Those it names by number. Without a number, a figure segment goes on about the picture of the one before it, as a
    host does not name it again; any other may read out a table's numbers.
    """
    pictures = [*graph.get_figures(), *graph.get_tables()]
    named: list[tuple[str, ...]] = []
    for row, (text, kind) in enumerate(zip(texts, types, strict=True)):
        goes_on = row and kind is types[row - 1] is SegmentType.FIGURE_DISCUSSION and named[row - 1][-1:]
        named.append(_named(text, pictures) or goes_on or _read_out(text, pictures))
    return named


def _named(text: str, pictures: Sequence[DocumentAtom]) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for match in _NAMED.finditer(text):
        kind = "table" if match.group(1).lower().startswith("table") else "figure"
        for number in filter(None, match.groups()[1:]):
            digits = _NUMBERS.get(number.lower(), number.upper())
            for picture in pictures:
                if picture.atom_type == kind and (picture.figure_number or "").upper() == digits:
                    found[picture.atom_id] = None
    return tuple(found)


def _read_out(text: str, pictures: Sequence[DocumentAtom]) -> tuple[str, ...]:
    """The table that holds most of the numbers said, if it holds at least two of them and half of all."""
    said = {(n.value, n.percent): n for n in numbers(text) if n.value > 10.0 or n.decimals}
    best: tuple[int, str] = (1, "")
    for picture in pictures:
        if picture.atom_type == "table":
            cells = numbers(picture.content, lenient=True)
            best = max(best, (sum(supported_number(n, cells) for n in said.values()), picture.atom_id))
    return (best[1],) if best[0] >= 2 and 2 * best[0] >= len(said) else ()
