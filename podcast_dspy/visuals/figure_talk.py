"""For how long speech is about a figure: spoken sentences with their times, and what each of them is about."""

from __future__ import annotations

import bisect
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain

from podcast_dspy.audio.transcript import TranscriptionResult
from podcast_dspy.documents.graph import DocumentAtom, DocumentGraph
from podcast_dspy.text.words import content_stems, split_sentences
from podcast_dspy.visuals.figure_mentions import FigureIndex, Mention, Speech, find_mentions, tokens

_POINTING = {
    "figure": re.compile(
        r"\b(?:(?:this|that|the|these|same) (?:figure|chart|plot|graph|diagram|picture|curves?|panels?"
        r"|heat ?map|bar chart)|(?:figure|chart|plot|graph|diagram|picture) (?:shows?|here|above|below))\b"
    ),
    "table": re.compile(
        r"\b(?:(?:this|that|the|same) (?:table|rows?|columns?)|table (?:shows?|here|above|below))\b"
    ),
}
_SHAPES = re.compile(
    r"\b(?:left|right|top|bottom|above|below|up|down|along|between|middle|side|axis|axes|curves?|lines?|bars?|dots?|panels?"
    r"|rows?|columns?|cells?|peaks?|dips?|waves?|bumps?|slopes?|climb\w*|ris(?:es?|ing)|fall(?:s|ing)?|drop\w*|flat|steep|slides?"
    r"|sinks?|wiggles?|straight|dashed|dotted|shaded|colou?r\w*|red|blue|green|orange|yellow|purple|grey|black)\b"
)
"""Words for what is seen in a picture, which go on about the one that was just named."""
BRIDGED = 6.0
"""Seconds that a figure outlasts speech about something else, if speech then comes back to it."""
_LEAST_TERMS, _LEAST_SHARE = 3, 0.25
"""Words of a caption that must be heard in speech that names no figure, and their share of the caption."""
_TERMS_GOING_ON = 2
"""Words that show that a sentence still is about the figure that was named before it."""
_FROM_PASSAGE = 0.7
"""Share of a sentence's words that stand in one passage when it is said after that passage."""
_LABELS = frozenset({"figur", "tabl", "fig", "left", "right"})
_COMMON = 0.2
_VALUE = re.compile(r"\d+[.,]\d+|\d{2,}")


@dataclass(frozen=True)
class SpokenSentence:
    """A sentence as it is written, and when it is spoken (seconds)."""

    text: str
    start: float
    end: float


class FigureTalk:
    """Which figures and tables each sentence of a recording is about.

    A sentence is about what it names. One that names nothing is about the figure named before it if it points ("the
    curve"), says what is seen ("on the left", "climbs"), holds two words of its caption or cells, or one of its values,
    or if most of its words stand in a passage of the paper that names the figure. It is about any figure if it holds
    three words of its caption, and a quarter of them; words that the whole paper is about do not count.
    """

    def __init__(self, transcription: TranscriptionResult, graph: DocumentGraph) -> None:
        self.language = transcription.language.partition("-")[0].lower()
        self.speech, self.index = Speech(transcription), FigureIndex(graph)
        self.mentions: list[tuple[Mention, DocumentAtom | None]] = [
            (mention, self.index.resolve(mention))
            for mention in find_mentions(self.speech.words, transcription.language)
        ]
        self.sentences = [
            sentence
            for segment in transcription.segments
            for sentence in _timed(segment.text, self.speech, segment.start_time, segment.end_time)
        ]
        self._starts = [sentence.start for sentence in self.sentences]
        common = _common_terms(graph)
        self._terms = {name: _terms(atom, common) for name, atom in self.index.atoms.items()}
        self._passages: dict[str, list[frozenset[str]]] = {name: [] for name in self.index.atoms}
        for passage in graph.passages():
            for name in self._passages.keys() & set(passage.mentions):
                self._passages[name].append(frozenset(content_stems(passage.content)))

    def at(self, time: float) -> int:
        """Number of the sentence that is spoken, or was spoken last, at a time; 0 before the first."""
        return max(0, bisect.bisect_right(self._starts, time + 1e-6) - 1)

    @cached_property
    def about(self) -> list[frozenset[str]]:
        """For each sentence the atom ids of what it is about."""
        named: list[set[str]] = [set() for _ in self.sentences]
        for mention, figure in self.mentions:
            if figure is not None and self.sentences:
                named[self.at(mention.start)].add(figure.atom_id)
        found: list[frozenset[str]] = []
        before: set[str] = set()
        for sentence, here in zip(self.sentences, named, strict=True):
            before = here or before
            found.append(frozenset(here or self._unnamed(sentence.text, before)))
        return found

    def _unnamed(self, text: str, before: set[str]) -> set[str]:
        lowered = " ".join(tokens(text))
        pointed = {kind for kind, pattern in _POINTING.items() if pattern.search(lowered)}
        stems, values = set(content_stems(lowered)), set(_VALUE.findall(text))
        found = set()
        for name, (terms, cells) in self._terms.items():
            shared = len(stems & terms)
            if name in before:
                most = max((len(stems & passage) for passage in self._passages[name]), default=0)
                goes_on = (
                    shared + len(stems & cells) >= _TERMS_GOING_ON
                    or bool(values & cells)
                    or _SHAPES.search(lowered) is not None
                    or most >= max(_LEAST_TERMS, _FROM_PASSAGE * len(stems))
                )
            else:
                goes_on = False
            same_kind = any(self.index.atoms[other].atom_type == self._kind(name) for other in before)
            points = self._kind(name) in pointed and (name in before or not same_kind)
            if goes_on or points or (shared >= _LEAST_TERMS and shared >= _LEAST_SHARE * len(terms)):
                found.add(name)
        return found

    def _kind(self, name: str) -> str:
        return self.index.atoms[name].atom_type

    def is_about(self, number: int, name: str) -> bool:
        """Whether sentence `number` is about the figure of that atom id (or another piece of it)."""
        return any(self.index.same(other, name) for other in self.about[number])

    def run(self, number: int, name: str, until: float) -> int:
        """The last of the sentences from `number` on that are about a figure.

        A short one that is not may lie between them, but not once `until` (seconds) is reached.
        """
        last = number
        for following in range(number + 1, len(self.sentences)):
            sentence = self.sentences[following]
            if self.is_about(following, name):
                last = following
            elif (
                sentence.end >= until
                or following - last > 1
                or sentence.end - self.sentences[last].end > BRIDGED
                or self._others_named(following, name)
            ):
                break
        return last

    def _others_named(self, number: int, name: str) -> bool:
        sentence = self.sentences[number]
        return any(
            figure is not None
            and sentence.start <= mention.start < sentence.end
            and not self.index.same(figure.atom_id, name)
            for mention, figure in self.mentions
        )

    def times_about(self, name: str, start: float, end: float) -> list[tuple[float, float]]:
        """When sentences about a figure are spoken, as far as they overlap with [start, end)."""
        return [
            (sentence.start, sentence.end)
            for number, sentence in enumerate(self.sentences)
            if sentence.end > start and sentence.start < end and self.is_about(number, name)
        ]


def _common_terms(graph: DocumentGraph) -> frozenset[str]:
    """Content words of the title, and those in a fifth of the passages: they tell no figure from another."""
    passages = [set(content_stems(atom.content)) for atom in graph.passages()]
    counts = Counter(chain.from_iterable(passages))
    often = {term for term, count in counts.items() if count > max(2, _COMMON * len(passages))}
    return _LABELS | often | frozenset(content_stems(graph.title))


def _terms(atom: DocumentAtom, common: frozenset[str]) -> tuple[frozenset[str], frozenset[str]]:
    """Telling words of a caption; telling words and values of a table's cells."""
    caption = frozenset(content_stems(atom.caption or "")) - common
    cells = atom.content if atom.atom_type == "table" else ""
    values = _VALUE.findall(f"{cells} {atom.caption or ''}")
    return caption, (frozenset(content_stems(cells)) | frozenset(values)) - common


def _timed(text: str, speech: Speech, start: float, end: float) -> Sequence[SpokenSentence]:
    """Sentences of a segment with the times of their words; by share of the words where those are not the text's."""
    sentences = [sentence for sentence in split_sentences(text) if tokens(sentence)]
    words = speech.between(start, end)
    counts = [len(tokens(sentence)) for sentence in sentences]
    if not words or not counts:
        return []
    timed, position = [], 0
    for sentence, count in zip(sentences, counts, strict=True):
        first = min(len(words) - 1, round(position * len(words) / sum(counts)))
        position += count
        last = min(len(words) - 1, max(first, round(position * len(words) / sum(counts)) - 1))
        timed.append(SpokenSentence(sentence, words[first].start, words[last].end))
    return timed
