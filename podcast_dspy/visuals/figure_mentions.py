"""Spoken words with their times, and the figures and tables that they refer to ("figure two", "figures 2 and 3")."""

from __future__ import annotations

import bisect
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

from podcast_dspy.audio.transcript import TranscriptionResult
from podcast_dspy.audio.word_alignment import word_times_for
from podcast_dspy.documents.graph import DocumentAtom, DocumentGraph

FigureKind = Literal["figure", "table"]

_FIGURE_WORDS = {
    "en": "figure figures fig figs",
    "de": "abbildung abbildungen abb schaubild",
    "fr": "figure figures",
    "it": "figura",
    "es": "figura figuras",
}
_TABLE_WORDS = {
    "en": "table tables",
    "de": "tabelle tabellen",
    "fr": "tableau tableaux",
    "it": "tabella",
    "es": "tabla tablas",
}
_CARDINALS = {
    "en": "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen",
    "de": "eins zwei drei vier fünf sechs sieben acht neun zehn",
    "fr": "un deux trois quatre cinq six sept huit neuf dix",
    "it": "uno due tre quattro cinque sei sette otto nove dieci",
    "es": "uno dos tres cuatro cinco seis siete ocho nueve diez",
}
_ORDINALS = {
    "en": "first second third fourth fifth sixth seventh eighth ninth tenth",
    "de": "erste zweite dritte vierte fünfte sechste siebte achte neunte zehnte",
    "fr": "première deuxième troisième quatrième cinquième",
    "it": "prima seconda terza quarta quinta",
    "es": "primera segunda tercera cuarta quinta",
}
_DIGIT_ORDINALS = {"1st": 1, "2nd": 2, "3rd": 3} | {f"{number}th": number for number in range(4, 21)}
_LAST = {"last", "final", "letzte", "dernière", "ultima", "última"}
_NUMBER = re.compile(r"(s?)(\d{1,3}(?:\.\d{1,2})?)([a-h]?)")
_JOINING = {"and", "or", "to", "through", "und", "oder", "bis", "et", "ou", "e", "y"}
_PLURAL = ("s", "x", "en")
_NUMBER_SIGNS = {"number", "no", "nummer", "nr", "numéro", "numero", "número"}
_VERB_BEFORE = {"i", "we", "you", "they", "he", "she", "couldn't", "can't", "could", "go"}


@dataclass(frozen=True)
class Mention:
    """A spoken reference: `number` as printed (`2`, `S1`, `2A`), or a place in order (1 first, -1 last)."""

    kind: FigureKind
    number: str | None
    order: int | None
    start: float
    end: float

    @property
    def label(self) -> str:
        """Such as `Figure 2`."""
        if self.number is not None:
            return f"{self.kind.capitalize()} {self.number}"
        return f"the last {self.kind}" if self.order == -1 else f"{self.kind} number {self.order} in order"


def find_mentions(words: Sequence[SpokenWord], language: str = "en") -> list[Mention]:
    """All references in spoken words, in order of time; "figures 2 and 3" makes two.

    English is always understood; German, French, Italian and Spanish when `language` (`de`, ...) says so.
    """
    vocabulary = _vocabulary(language[:2].lower())
    found: list[Mention] = []
    for index, word in enumerate(words):
        kind = vocabulary.kinds.get(word.token)
        if kind is None:
            continue
        numbered = _numbers_after(words, index, vocabulary)
        for place, (number, at) in enumerate(numbered):
            start = word.start if place == 0 else words[at].start
            found.append(Mention(kind, number, None, start, words[at].end))
        if index and not numbered:
            before = words[index - 1]
            order = -1 if before.token in _LAST else vocabulary.ordinals.get(before.token)
            if order is not None:
                found.append(Mention(kind, None, order, before.start, word.end))
    return found


@dataclass(frozen=True)
class _Vocabulary:
    kinds: dict[str, FigureKind]
    cardinals: dict[str, int]
    ordinals: dict[str, int]


@cache
def _vocabulary(language: str) -> _Vocabulary:
    # Only the language spoken: Italian "due" would make "the figure due to ..." Figure 2.
    languages = ["en", language] if language in _CARDINALS else ["en"]
    kinds: dict[str, FigureKind] = {}
    for name in languages:
        kinds |= dict.fromkeys(_FIGURE_WORDS[name].split(), "figure")
        kinds |= dict.fromkeys(_TABLE_WORDS[name].split(), "table")
    return _Vocabulary(
        kinds,
        {word: n for name in languages for n, word in enumerate(_CARDINALS[name].split(), start=1)},
        _DIGIT_ORDINALS
        | {word: n for name in languages for n, word in enumerate(_ORDINALS[name].split(), start=1)},
    )


def _numbers_after(words: Sequence[SpokenWord], index: int, vocabulary: _Vocabulary) -> list[tuple[str, int]]:
    """(number, index of its word) for each number that belongs to the word at `index`."""
    before = words[index - 1].token if index else ""
    if before in _VERB_BEFORE:
        return []  # "we figure two of them"
    supplement = before in {"supplementary", "supplemental", "extended"}
    following = words[index + 1 : index + 12]
    plural = words[index].token.endswith(_PLURAL)
    numbers: list[tuple[str, int]] = []
    for at, word in enumerate(following, start=index + 1):
        number = _number(word.token, supplement, vocabulary)
        if number is not None:
            if at + 1 < len(words) and words[at + 1].token == "out":
                break  # "figure one out"
            numbers.append((number, at))
            if not plural:
                break
        elif not numbers and word.token == "s":
            supplement = True
        elif word.token not in (_JOINING if numbers else _NUMBER_SIGNS):
            break
    return numbers


def _number(token: str, supplement: bool, vocabulary: _Vocabulary) -> str | None:
    if token in vocabulary.cardinals:
        return f"{'S' if supplement else ''}{vocabulary.cardinals[token]}"
    match = _NUMBER.fullmatch(token)
    if not match:
        return None
    prefix, digits, panel = match.groups()
    return f"{'S' if supplement or prefix else ''}{digits}{panel.upper()}"


class FigureIndex:
    """Figures and tables of a paper that can be shown, by printed number and by place."""

    def __init__(self, graph: DocumentGraph) -> None:
        self.atoms = {
            atom.atom_id: atom for atom in (*graph.get_figures(), *graph.get_tables()) if _can_be_shown(atom)
        }
        self._numbered: dict[tuple[str, str], DocumentAtom] = {}
        self._ordered: dict[str, list[DocumentAtom]] = {"figure": [], "table": []}
        for atom in self.atoms.values():
            number = _printed(atom)
            if number is None or (atom.atom_type, number) not in self._numbered:
                self._ordered[atom.atom_type].append(atom)
            if number is not None:
                # Of several pieces of one figure, the first with an image.
                known = self._numbered.get((atom.atom_type, number))
                if known is None or (known.file_path is None and atom.file_path is not None):
                    self._numbered[(atom.atom_type, number)] = atom

    def get(self, atom_id: str) -> DocumentAtom | None:
        """A figure or table by atom id."""
        return self.atoms.get(atom_id)

    def resolve(self, mention: Mention) -> DocumentAtom | None:
        """The figure that is meant, or None if the paper has no such figure. `2A` falls back to `2`."""
        if mention.number is not None:
            exact = self._numbered.get((mention.kind, mention.number))
            return exact or self._numbered.get((mention.kind, mention.number.rstrip("ABCDEFGH")))
        by_number = self._numbered.get((mention.kind, str(mention.order)))
        if by_number is not None:
            return by_number
        ordered = self._ordered[mention.kind]
        place = len(ordered) - 1 if mention.order == -1 else (mention.order or 0) - 1
        return ordered[place] if 0 <= place < len(ordered) else None

    def same(self, left: str | None, right: str) -> bool:
        """Whether two atom ids are one figure: equal, or pieces with the same number."""
        if left is None or left == right:
            return left == right
        first, second = self.atoms.get(left), self.atoms.get(right)
        if first is None or second is None or first.atom_type != second.atom_type:
            return False
        return _printed(first) is not None and _printed(first) == _printed(second)


def _can_be_shown(atom: DocumentAtom) -> bool:
    """Whether there is a picture or cells, and a number or caption: without those it may be a piece of a formula."""
    drawn = atom.file_path is not None or (atom.atom_type == "table" and "\t" in atom.content)
    return drawn and bool(atom.figure_number or (atom.caption or "").strip())


def _printed(atom: DocumentAtom) -> str | None:
    if not atom.figure_number:
        return None
    number = re.sub(r"[\s.:]+$", "", atom.figure_number.strip()).upper()
    return number or None


_TOKEN = re.compile(r"[^\W_]+(?:['’.,][^\W_]+)*")


@dataclass(frozen=True)
class SpokenWord:
    """A lower-case word without punctuation, and its time in seconds."""

    token: str
    start: float
    end: float


def tokens(text: str) -> list[str]:
    """Lower-case words of a text, numbers such as `2.5` and words such as `don't` whole."""
    return [match.group().lower().replace("’", "'") for match in _TOKEN.finditer(text)]


def timed_words(transcription: TranscriptionResult) -> list[tuple[str, float, float]]:
    """(word as written, start, end) in order of time.

    A transcription without word times gets them by spreading each segment's words over its time.
    """
    timed = [(word.word, word.start_time, word.end_time) for word in transcription.word_timestamps]
    if not timed:
        for segment in transcription.segments:
            words = word_times_for(segment.text, (segment.start_time, segment.end_time))
            timed += [(word.word, word.start_time, word.end_time) for word in words]
    return sorted(((word, start, max(start, end)) for word, start, end in timed), key=lambda word: word[1])


class Speech:
    """Spoken words that can be looked up by time and by wording; `total` is the recording's length."""

    def __init__(self, transcription: TranscriptionResult) -> None:
        self.total = transcription.total_duration
        self.words = [
            SpokenWord(token, begin, stop)
            for text, start, end in timed_words(transcription)
            for token, begin, stop in _spread(tokens(text), start, end)
        ]
        self._starts = [word.start for word in self.words]

    def between(self, start: float, end: float) -> Sequence[SpokenWord]:
        """Words that begin within [start, end) seconds."""
        return self.words[bisect.bisect_left(self._starts, start) : bisect.bisect_left(self._starts, end)]

    def text(self, start: float, end: float) -> str:
        """The same words as text."""
        return " ".join(word.token for word in self.between(start, end))

    def find(self, phrase: str, start: float, end: float) -> tuple[float, float] | None:
        """(start, end) seconds of the first time that `phrase` is said within [start, end), or None."""
        wanted = tokens(phrase)
        window = self.between(start, end)
        heard = [word.token for word in window]
        if not wanted:
            return None
        for index in range(len(heard) - len(wanted) + 1):
            if heard[index] == wanted[0] and heard[index : index + len(wanted)] == wanted:
                return window[index].start, window[index + len(wanted) - 1].end
        return None


def _spread(words: Sequence[str], start: float, end: float) -> list[tuple[str, float, float]]:
    letters = sum(len(word) + 1 for word in words)
    timed, position = [], 0
    for word in words:
        begin = start + (end - start) * position / letters
        position += len(word) + 1
        timed.append((word, begin, start + (end - start) * position / letters))
    return timed
