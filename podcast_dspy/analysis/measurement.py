"""What is measured on an aligned podcast: its shape, its host's style, and what its sentences contain."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from podcast_dspy.analysis.phrases import Generaliser, Phrases, phrases_of, without_show
from podcast_dspy.analysis.results import AlignedSegment, StructureProfile, StyleProfile
from podcast_dspy.analysis.segmentation import Stretch, stretches_of
from podcast_dspy.audio.transcript import TranscriptionResult
from podcast_dspy.documents.graph import DocumentGraph
from podcast_dspy.errors import AudioError
from podcast_dspy.signatures.analysing import HostStyle
from podcast_dspy.signatures.types import SEGMENT_TYPES, DefinitionStyle, FigureDepth, SegmentType
from podcast_dspy.text.words import RARE, frequency, phrase_pattern, split_sentences


def structure_profile(
    segments: Sequence[AlignedSegment], transcription: TranscriptionResult, graph: DocumentGraph | None = None
) -> StructureProfile:
    """Sequence, counts, durations and densities over stretches of one type.

    Percentages are of the recording's own length, so that music and silence count as neither. `graph` frees the
    transition phrases of the paper's words. Raises AudioError when there is nothing to measure.
    """
    if not segments or transcription.total_duration <= 0.0:
        raise AudioError(
            f"{transcription.source_path}: no speech to measure; check that the file holds speech"
        )
    stretches = stretches_of(segments)
    minutes = transcription.total_duration / 60.0
    durations = {
        kind: tuple(stretch.duration for stretch in stretches if stretch.segment_type is kind)
        for kind in SEGMENT_TYPES
        if any(stretch.segment_type is kind for stretch in stretches)
    }
    pictures = {picture for segment in segments for picture in segment.referenced_figures}

    def share(kind: SegmentType) -> float:
        return min(100.0, 100.0 * sum(durations.get(kind, ())) / transcription.total_duration)

    return StructureProfile(
        segment_sequence=tuple(stretch.segment_type for stretch in stretches),
        segment_counts={kind: len(durations.get(kind, ())) for kind in SEGMENT_TYPES},
        total_duration=transcription.total_duration,
        segment_durations=durations,
        avg_segment_duration=_mean_duration(stretches),
        words_per_minute=len(transcription.transcript_text.split()) / minutes,
        concepts_per_minute=sum(len(segment.key_concepts) for segment in segments) / minutes,
        figures_discussed=len(pictures),
        figure_discussion_duration=sum(durations.get(SegmentType.FIGURE_DISCUSSION, ())),
        intro_percentage=share(SegmentType.INTRO),
        methodology_percentage=share(SegmentType.METHODOLOGY),
        findings_percentage=share(SegmentType.KEY_FINDING),
        conclusion_percentage=share(SegmentType.CONCLUSION),
        transition_phrases=phrases_of(segments, graph).transition,
    )


def _mean_duration(stretches: Sequence[Stretch]) -> float:
    return sum(stretch.duration for stretch in stretches) / len(stretches)


_ENTHUSIASM: Final = phrase_pattern("enthusiasm")
_EXAMPLE: Final = phrase_pattern("example")
_DEFINED_BEFORE: Final = phrase_pattern("definition_before")
_DEFINED_AFTER: Final = phrase_pattern("definition_after")
_DEFINED_ASIDE: Final = phrase_pattern("definition_aside")
_BRIEF: Final = 20.0
_MODERATE: Final = 45.0


def style_profile(
    segments: Sequence[AlignedSegment],
    transcription: TranscriptionResult,
    graph: DocumentGraph,
    *,
    speaker_gender: str = "unknown",
    read: HostStyle | None = None,
) -> StyleProfile:
    """Measure every field from the transcript; the phrases that an analyst `read` there come before the measured ones.

    Vocabulary complexity is the mean of clip((6 - zipf) / 4, 0, 1) over the words that are neither function words nor
    the paper's terms (zipf: log10 frequency in a billion words); jargon density is the share of words that belong to
    the paper's technical terms. Raises AudioError without speech.
    """
    text = " ".join(segment.transcript_segment.text for segment in segments)
    words = text.split()
    if not words or transcription.total_duration <= 0.0:
        raise AudioError(
            f"{transcription.source_path}: no speech to measure; check that the file holds speech"
        )
    vocabulary = vocabulary_of(graph)
    terms = {part for term in vocabulary.terms_in(text) for part in term.lower().split()}
    plain = [word for word in content_words(text, transcription.language) if word not in terms]
    spoken = [re.sub(r"[^\w'\-]", "", word).lower() for word in words]
    concepts = {name for segment in segments for name in segment.key_concepts}
    markers = Counter(match.group(1).lower() for match in _ENTHUSIASM.finditer(text))
    phrases = phrases_of(segments, graph)
    profile = StyleProfile(
        speaker_id=transcription.speaker_id or _speaker(segments),
        speaker_gender=speaker_gender,
        avg_sentence_length=len(words) / max(1, len(split_sentences(text))),
        vocabulary_complexity=_mean([word_rarity(word, transcription.language) for word in plain]),
        jargon_density=sum(word in terms for word in spoken) / len(words),
        questions_per_minute=sum(len(segment.questions_asked) for segment in segments)
        / (transcription.total_duration / 60.0),
        analogies_per_segment=sum(len(segment.analogies_used) for segment in segments) / len(segments),
        enthusiasm_markers=tuple(word for word, _ in markers.most_common(8)),
        definition_style=_definition_style(text, [pattern for _, pattern in vocabulary.concepts]),
        example_frequency=len(_EXAMPLE.findall(text)) / max(1, len(concepts)),
        intro_phrases=tuple(dict.fromkeys(without_show(phrase) for phrase in phrases.intro)),
        transition_phrases=phrases.transition,
        emphasis_phrases=phrases.emphasis,
        conclusion_phrases=phrases.conclusion,
        figure_intro_pattern=_figure_pattern(phrases),
        figure_explanation_depth=_figure_depth(segments),
    )
    return profile if read is None else _with_read(profile, read, text, graph)


def _speaker(segments: Sequence[AlignedSegment]) -> str:
    named = Counter(
        segment.transcript_segment.speaker for segment in segments if segment.transcript_segment.speaker
    )
    return str(named.most_common(1)[0][0]) if named else "speaker_0"


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0


def _definition_style(text: str, concepts: Sequence[re.Pattern[str]]) -> DefinitionStyle:
    """The most frequent way in which key concepts are explained where they are named; none when they never are."""
    counts: Counter[DefinitionStyle] = Counter()
    for pattern in concepts:
        for match in pattern.finditer(text):
            before, after = (
                text[max(0, match.start() - 50) : match.start()],
                text[match.end() : match.end() + 40],
            )
            counts["before_use"] += bool(_DEFINED_BEFORE.search(before))
            counts["inline"] += bool(_DEFINED_AFTER.match(after))
            counts["parenthetical"] += bool(_DEFINED_ASIDE.match(after))
    style, count = max(counts.items(), key=lambda item: item[1], default=("none", 0))
    return style if count else "none"


def _figure_pattern(phrases: Phrases) -> str:
    """The first phrase with a slot for the figure, else the first about a chart, else nothing."""
    return next((phrase for phrase in phrases.figure if "{figure}" in phrase), next(iter(phrases.figure), ""))


def _figure_depth(segments: Sequence[AlignedSegment]) -> FigureDepth:
    lengths = [
        stretch.duration
        for stretch in stretches_of(segments)
        if stretch.segment_type is SegmentType.FIGURE_DISCUSSION
    ]
    if not lengths:
        return "brief" if any(segment.referenced_figures for segment in segments) else "none"
    mean = _mean(lengths)
    return "brief" if mean < _BRIEF else "moderate" if mean < _MODERATE else "detailed"


def _with_read(profile: StyleProfile, read: HostStyle, text: str, graph: DocumentGraph) -> StyleProfile:
    generaliser = Generaliser(text, graph)

    def merged(known: tuple[str, ...], candidates: Sequence[str]) -> tuple[str, ...]:
        found = (generaliser.template(phrase) for phrase in verbatim(candidates, text))
        return tuple(dict.fromkeys((*(phrase for phrase in found if phrase), *known)))

    figures = merged((), read.figure_phrases)
    return profile.model_copy(
        update={
            **{
                name: merged(getattr(profile, name), getattr(read, name))
                for name in (f"{use}_phrases" for use in Phrases.model_fields if use != "figure")
            },
            "enthusiasm_markers": tuple(
                dict.fromkeys((*profile.enthusiasm_markers, *verbatim(read.enthusiasm_markers, text)))
            ),
            "figure_intro_pattern": next(iter(figures), profile.figure_intro_pattern),
            "definition_style": read.definition_style,
            "figure_explanation_depth": read.figure_explanation_depth,
        }
    )


_ANALOGY: Final = phrase_pattern("analogy")
_NOT_ANALOGY: Final = phrase_pattern("no_analogy")
_WORD: Final = re.compile(r"[A-Za-z][A-Za-z0-9'’\-]*")
_ACRONYM: Final = re.compile(r"^[A-Z][A-Z0-9\-]*[A-Z0-9]s?$")
_COMMON: Final = 4.6
"""Zipf frequency above which a word says nothing about the topic."""


def questions(text: str) -> tuple[str, ...]:
    """Sentences that end with a question mark."""
    return tuple(part for part in split_sentences(text) if part.rstrip("\"')").endswith("?"))


def analogies(text: str) -> tuple[str, ...]:
    """Sentences that compare the matter to something else."""
    return tuple(
        part for part in split_sentences(text) if _ANALOGY.search(part) and not _NOT_ANALOGY.search(part)
    )


def word_rarity(word: str, language: str = "en") -> float:
    """How rare a word is, 0-1: clip((6 - zipf) / 4, 0, 1)."""
    return min(1.0, max(0.0, (6.0 - frequency(word, language)) / 4.0))


def content_words(text: str, language: str = "en") -> list[str]:
    """Lower-case words that are not among the most common of the language."""
    words = (match.group().lower() for match in _WORD.finditer(text))
    return [word for word in words if len(word) > 2 and frequency(word, language) < _COMMON]


@dataclass(frozen=True)
class Vocabulary:
    """The paper's own words: patterns of its key concepts, and the rare words that it uses."""

    concepts: tuple[tuple[str, re.Pattern[str]], ...]
    """Name and pattern of each key concept, most important first."""
    rare: frozenset[str]

    def concepts_in(self, text: str) -> tuple[str, ...]:
        """Names of the key concepts that a text names, by any of their forms."""
        return tuple(name for name, pattern in self.concepts if pattern.search(text))

    def terms_in(self, text: str) -> tuple[str, ...]:
        """Technical terms of a text in order: forms of key concepts, rare words of the paper, acronyms."""
        found: dict[str, tuple[int, str]] = {}
        taken: list[tuple[int, int]] = []
        for _, pattern in self.concepts:
            for match in pattern.finditer(text):
                found.setdefault(match.group().lower(), (match.start(), match.group().lower()))
                taken.append(match.span())
        for match in _WORD.finditer(text):
            word = match.group()
            if any(start <= match.start() < end for start, end in taken):
                continue
            if word.lower() in self.rare or (len(word) > 1 and _ACRONYM.match(word)):
                found.setdefault(
                    word.lower(), (match.start(), word if _ACRONYM.match(word) else word.lower())
                )
        return tuple(term for _, term in sorted(found.values()))


def _pattern(forms: Iterable[str]) -> re.Pattern[str]:
    """Any form as whole words, hyphens and spaces alike, an ending -s or -es allowed."""
    parts = []
    for form in sorted({form.strip() for form in forms if form.strip()}, key=len, reverse=True):
        words = [re.escape(word) for word in re.split(r"[\s\-]+", form) if word]
        if words:
            parts.append(r"[\s\-]+".join(words) + r"(?:e?s)?")
    return re.compile(r"(?<!\w)(?:" + "|".join(parts or [r"(?!)"]) + r")(?!\w)", re.IGNORECASE)


def vocabulary_of(graph: DocumentGraph) -> Vocabulary:
    """The vocabulary of a paper, from its key concepts and the words of its passages and captions."""
    ranked = sorted(graph.key_concepts, key=lambda concept: -concept.importance)
    concepts = tuple((concept.name, _pattern((concept.name, *concept.aliases))) for concept in ranked)
    texts = [graph.title, *(atom.content for atom in graph.passages())]
    texts += [atom.caption or "" for atom in (*graph.get_figures(), *graph.get_tables())]
    words = {match.group().lower() for text in texts for match in _WORD.finditer(text)}
    names = {part.lower() for author in graph.authors for part in author.split()}
    rare = {word for word in words - names if len(word) > 3 and 0.0 < frequency(word, graph.language) < RARE}
    return Vocabulary(concepts=concepts, rare=frozenset(rare))


def verbatim(candidates: Sequence[str], text: str) -> tuple[str, ...]:
    """The candidates whose words stand in a row in the text, whatever their case and punctuation; each once."""
    plain = f" {_letters(text)} "
    kept: dict[str, None] = {}
    for candidate in candidates:
        cleaned = " ".join(str(candidate).split()).strip("\"'“”")
        if (said := _letters(cleaned)) and f" {said} " in plain:
            kept[cleaned] = None
    return tuple(kept)


def _letters(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.lower()))
