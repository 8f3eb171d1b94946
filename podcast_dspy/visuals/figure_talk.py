"""Spoken sentences with their times: which figure each is about and for how long, and which are worth a card."""

from __future__ import annotations

import bisect
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import Literal

from podcast_dspy.audio.transcript import TranscriptionResult
from podcast_dspy.documents.graph import DocumentAtom, DocumentGraph, KeyConcept
from podcast_dspy.text.words import content_stems, phrase_pattern, split_sentences, tells
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
_SHAPES = phrase_pattern("shapes")
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


StatementKind = Literal["question", "definition", "number", "point"]

_SHORTEST, _LONGEST, _BEST = 6, 32, 15
_RESULT = phrase_pattern("result")
_NUMBER = phrase_pattern("spoken_number")
_DEPENDENT = phrase_pattern("dependent")
_CHATTING = phrase_pattern("chatting")
_HOSTING = phrase_pattern("card_hosting")
_LEADING = re.compile(r"^(?:(?:so|and|now|well|okay|ok|finally|clearly|however)\b[,;]?\s+)+", re.IGNORECASE)
_CLAUSE = re.compile(
    r"; |: | [—–] |, (?:which|while|whereas|although|so that|and therefore|and thereby|because)\b"
)
_QUANTITY = re.compile(
    r"(?<![\w.])[-−+]?\d[\d,]*(?:\.\d+)?(?:\s?(?:%|‰|°C?)|[ -](?:percent(?:age points?)?|points|times|fold|million"
    r"|billion|thousand|hours?|days?|weeks?|months?|years?|minutes?|seconds?|milliseconds?|people|patients|[kMGT]?eV|[kMGT]B"
    r"|[mkcn]m|kg|mg|GHz|MHz)\b)"
    r"|\b(?:[a-z]+(?:-[a-z]+)?|one hundred) percent\b|\b(?:one|two|three|four|five|ten|a hundred|one hundred) times\b"
)


@dataclass(frozen=True)
class Statement:
    """What a card says: `text` is spoken as it stands, `heading` is the term or the quantity that it is about."""

    kind: StatementKind
    text: str
    heading: str
    score: float


class Statements:
    """Finds the statement of a sentence; a term is defined once, and half a title is none."""

    def __init__(self, concepts: Iterable[KeyConcept], title: str = "") -> None:
        self._title = title.lower()
        names = {name for concept in concepts for name in (concept.name, *concept.aliases) if tells(name)}
        alternatives = "|".join(
            re.escape(name) for name in sorted(names, key=lambda name: (-len(name), name))
        )
        term = rf"(?:(?i:{alternatives or '(?!)'})|[A-Z]{{2,6}}s?)"
        self._defining = re.compile(
            rf"^(?:(?:The|An?) )?(?P<term>{term})(?:,? or [\w-]+,|,)? (?:is|are|means|refers to) "
            rf"(?:the|an?|how|what|where)\b"
            rf"|\b(?:called|known as) (?:the |an? )?[“\"]?(?P<named>{term})\b|, or (?P<short>[A-Z][A-Za-z]{{1,7}}),"
        )
        self._defined: set[str] = set()

    def of(self, sentence: str) -> Statement | None:
        """The statement that a sentence makes, None for one that says nothing by itself."""
        if _HOSTING.search(sentence) or sentence.lower().rstrip(".?!") in self._title:
            return None
        if sentence.endswith("?"):
            informative = len(content_stems(sentence)) >= 2 and len(tokens(sentence)) <= _LONGEST
            return Statement("question", _capital(sentence), "", 2.0) if informative else None
        text = _main_clause(sentence)
        score = _score(text)
        if score is None:
            return None
        term = self._term(text)
        if term is not None and score >= 0.0:
            return Statement("definition", text, term, score + 2.0)
        quantity = _QUANTITY.search(text)
        if quantity is not None and score >= 1.0:
            return Statement("number", text, quantity[0], score + 1.0)
        return Statement("point", text, "", score) if score >= 1.0 else None

    def _term(self, text: str) -> str | None:
        match = self._defining.search(text)
        if match is None:
            return None
        term = match["term"] or match["named"] or _long_form(text[: match.start()], match["short"])
        return _capital(term) if term and term.lower() not in self._defined else None

    def shown(self, statement: Statement) -> None:
        """Take note that a card shows it."""
        if statement.kind == "definition":
            self._defined.add(statement.heading.lower())


def _long_form(before: str, short: str) -> str | None:
    """`EHR: electronic health record`, from the words before "or EHR"; None if they do not have its initials."""
    spoken = re.findall(r"[^\s,;(]+", before)
    letters = short.removesuffix("s") if short.endswith("s") else short
    for count in range(2, len(letters) + 2):
        initials = "".join(part[:1] for word in spoken[-count:] for part in word.split("-") if part)
        if initials.upper() == letters.upper():
            return f"{short}: {' '.join(spoken[-count:])}"
    return None


def extract_key_quote(text: str) -> str | None:
    """The spoken sentence that says most by itself, or None if no sentence can stand alone.

    Sentences of 6 to 32 words that are no question and no hosting are ranked by: words of a result, a
    number, content words, a beginning that needs no sentence before it, no chatting, and a length near 15 words.
    """
    best: tuple[float, int, str] | None = None
    for place, sentence in enumerate(split_sentences(text)):
        if sentence.endswith("?") or _HOSTING.search(sentence):
            continue
        score = _score(sentence)
        if score is not None and score >= 1.0 and (best is None or score > best[0]):
            best = (score, place, sentence)
    return best[2] if best else None


def _score(sentence: str) -> float | None:
    count = len(tokens(sentence))
    if not _SHORTEST <= count <= _LONGEST:
        return None
    return (
        1.5 * min(2, len(_RESULT.findall(sentence)))
        + (1.5 if _NUMBER.search(sentence) else 0.0)
        + min(1.5, 4.0 * len(content_stems(sentence)) / count)
        - (2.0 if _DEPENDENT.match(sentence) else 0.0)
        - (1.5 if _CHATTING.search(sentence) else 0.0)
        - abs(count - _BEST) / _BEST
    )


def _main_clause(sentence: str) -> str:
    """The sentence without its connective; of one that is too long for a card its first clause, if that is enough."""
    text = _capital(_LEADING.sub("", sentence))
    if len(tokens(text)) > _LONGEST:
        for match in _CLAUSE.finditer(text):
            if _SHORTEST <= len(tokens(text[: match.start()])) <= _LONGEST:
                return text[: match.start()] + "."
    return text


def _capital(text: str) -> str:
    return (
        text
        if text[:1] != text[:1].lower() or any(c.isupper() for c in text.split(" ")[0])
        else text[:1].upper() + text[1:]
    )
