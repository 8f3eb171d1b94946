"""Phrases of a host as templates for other episodes: how one opens, moves on, stresses, shows a figure and closes.

`{topic}` stands for what the paper is about, `{figure}` for a figure or table with its number, `{number}` for a
number. A phrase that cannot be freed of names is dropped: a profile must not carry one show into another.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from pydantic import BaseModel, ConfigDict

from podcast_dspy.analysis.results import AlignedSegment
from podcast_dspy.documents.graph import DocumentGraph
from podcast_dspy.signatures.types import SegmentType
from podcast_dspy.text.language import guess_language
from podcast_dspy.text.words import (
    COMMON,
    FUNCTION_WORDS,
    HOST_WORDS,
    frequency,
    phrase_pattern,
    split_sentences,
    wordlist,
    words,
)

_TOKEN: Final = re.compile(r"\{\w+\}|[A-Za-z][A-Za-z'’\-]*|\d[\d.,]*%?|[^\sA-Za-z\d]+")
_FIGURE: Final = phrase_pattern("figure_number")
_ANNOUNCED: Final = re.compile(
    r"\b(welcome(?: back)? to|listening to|this is)\s+(?!the paper\b|a paper\b|today\b|\{).*$", re.IGNORECASE
)
_AFTER_TOPIC: Final = re.compile(r"\{topic\}[^.?!]*")
_GENERIC: Final = wordlist("plain")
_NUMBER_WORDS: Final = wordlist("numbers") - {"one", "two", "three", "first", "second", "point"}
_JOINERS: Final = wordlist("joiners")
_DANGLING: Final = _JOINERS | wordlist("dangling")
"""Words that cannot end a phrase."""
_CLAUSE: Final = wordlist("clause_openers")
_LONGEST: Final = 16
"""Words of the longest template."""
_SENTENCE_WORDS: Final = frozenset({"i", "i'm", "i'll", "i'd", "i've"})
_PLAIN_CAPITALS: Final = _SENTENCE_WORDS | _JOINERS


_OPENING: Final = 12
_CLOSING: Final = 6
_NAME = r"[A-Z][\w'’&-]+(?:[ ,]+(?:of|the|and|in|on|for|to|&|[A-Z0-9][\w'’&-]*))*"
_SHOW: Final = re.compile(
    r"(?:[Ww]elcome (?:back )?to|[Yy]ou['’]re listening to|[Ll]istening to|[Tt]uning in(?:to| to)|[Hh]ere on"
    r"|[Ee]pisode of|[Tt]his is|[Tt]his was|[Yy]ou heard|[Jj]oining us on|[Tt]hat was)"
    rf" (?:another (?:edition|episode) of |today's episode of |the show |)(?P<name>(?:The |the )?{_NAME})"
)
# Every alternative begins with a letter, so that `re` looks at these letters only.
_HOST: Final = re.compile(
    r"(?:I['’]m|I am|My name is|my name is|Your host,?|your host,?|Joined by|joined by|With me is|with me is"
    r"|Co-?host,?|co-?host,?|Hosted by|hosted by)"
    r" (?P<name>[A-Z][\w'’-]+(?: [A-Z][\w'’-]+){0,2})"
)


@lru_cache(maxsize=512)
def identities(reference: str) -> tuple[str, ...]:
    """Names of the show and of its hosts, as a transcript announces them; once each, in order."""
    found: dict[str, None] = {}
    sentences = split_sentences(reference)
    for place, sentence in enumerate(sentences):
        # Shows name themselves where they begin and end; in between, "this is X" is about anything.
        outside = _OPENING <= place < len(sentences) - _CLOSING
        for pattern in (_HOST,) if outside else (_SHOW, _HOST):
            for match in pattern.finditer(sentence):
                name = match.group("name").strip(" ,")
                tail = [token for token in re.split(r"[ ,]+", name) if token]
                while tail and tail[-1].lower() in FUNCTION_WORDS:
                    name = name[: name.rfind(tail.pop())].strip(" ,")
                if _telling(name, host=pattern is _HOST):
                    found[name] = None
    return tuple(found)


def _telling(name: str, *, host: bool) -> bool:
    tokens = words(name)
    ordinary = [token for token in tokens if token in FUNCTION_WORDS or token in HOST_WORDS]
    if not tokens or (len(ordinary) == len(tokens) and len(tokens) < 3):
        return False
    return host or len(tokens) > 1 or not name.islower()


def names_in(text: str) -> frozenset[str]:
    """Lower-case words of shows and people that a transcript names itself or introduces."""
    found = {word for name in identities(text) for word in words(name)}
    return frozenset(found - _JOINERS - _GENERIC)


def without_show(phrase: str) -> str:
    """An introduction without its show's name, which a transcriber may have written in lower case.

    What follows `welcome to` or `this is` becomes `{show}`, and what trails a `{topic}` is the rest of a title.
    """
    phrase = _ANNOUNCED.sub(r"\1 {show}", phrase)
    return _AFTER_TOPIC.sub("{topic}", phrase)


class Generaliser:
    """Turns sentences about one paper into templates."""

    def __init__(self, transcript: str, graph: DocumentGraph | None) -> None:
        self.names = set(names_in(transcript))
        self.key_words: set[str] = set()
        self.topic_words: set[str] = set()
        self.title: re.Pattern[str] | None = None
        if graph is not None:
            self.title = _title_pattern(graph.title)
            for author in graph.authors:
                self.names.update(part.lower() for part in author.split() if len(part) > 2)
            names = [concept.name for concept in graph.key_concepts]
            names += [alias for concept in graph.key_concepts for alias in concept.aliases]
            self.key_words.update(_words(" ".join((graph.title, *names))))
            self.topic_words.update(_words(" ".join(atom.content for atom in graph.passages())))

    def template(self, phrase: str) -> str | None:
        """The phrase with slots, cut off before a name; None when too little or more than one topic is left."""
        text = _FIGURE.sub("{figure}", phrase.strip())
        if self.title is not None:
            text = self.title.sub("{topic}", text)
        slotted: list[str] = []
        for index, token in enumerate(_TOKEN.findall(text)):
            word = token.lower().replace("’", "'")
            if token.startswith("{") or not token[0].isalnum():
                slotted.append(token)
            elif self._is_name(token, word):
                break
            elif token[0].isdigit() or word in _NUMBER_WORDS:
                slotted.append("{number}")
            elif self._is_topic(word) or (index > 0 and token[0].isupper() and word not in _PLAIN_CAPITALS):
                slotted.append("{topic}")
            else:
                slotted.append(token)
        return _tidy(_shortened(_merge(slotted)))

    def _is_name(self, token: str, word: str) -> bool:
        known = word in self.names or word.removesuffix("'s") in self.names
        # A show called "Big Ideas" must not forbid every "big": common words are names only with a capital.
        return known and (token[0].isupper() or frequency(word) < COMMON)

    def _is_topic(self, word: str) -> bool:
        if word in _GENERIC or word in _JOINERS:
            return False
        common = frequency(word)
        if word in self.key_words:
            return common < 5.0
        # Rare words are about something even where the paper does not use them.
        return common < (3.8 if word in self.topic_words else 3.4)


def _words(text: str) -> set[str]:
    return {word.lower() for word in re.findall(r"[A-Za-z][A-Za-z\-]+", text)}


def _merge(tokens: list[str]) -> list[str]:
    """Neighbouring slots of topics, with the small words between them, become one slot; likewise numbers."""
    merged: list[str] = []
    for token in tokens:
        if token in ("{topic}", "{number}"):
            back = len(merged)
            while back and merged[back - 1].lower() in _JOINERS:
                back -= 1
            if back and merged[back - 1] in ("{topic}", "{number}"):
                slot = "{topic}" if "{topic}" in (token, merged[back - 1]) else "{number}"
                merged[back - 1 :] = [slot]
                continue
        merged.append(token)
    return merged


def _title_pattern(title: str) -> re.Pattern[str] | None:
    """The paper's title as a host says it: any punctuation, with or without its subtitle."""
    words = re.findall(r"[^\W_]+", title)
    main = re.findall(r"[^\W_]+", re.split(r"[:?–—]", title)[0])
    if len(main) < 2:
        return None
    gap = r"[^\w]+"
    rest = gap.join(re.escape(word) for word in words[len(main) :])
    pattern = gap.join(re.escape(word) for word in main) + (f"(?:{gap}{rest})?" if rest else "")
    return re.compile(pattern, re.IGNORECASE)


def _shortened(tokens: list[str]) -> list[str]:
    """At most 16 words: whole if short enough, else cut after its last clause that fits."""
    count = 0
    cut = 0
    for index, token in enumerate(tokens):
        if token[0].isalpha() or token.startswith("{"):
            count += 1
            if count > _LONGEST:
                return tokens[:cut]
            if token.lower() in _CLAUSE and count > 3:
                cut = index
        elif token[0] in ",;:-–—":
            cut = index
    return tokens


def _tidy(tokens: list[str]) -> str | None:
    while tokens and (tokens[-1].lower() in _DANGLING or tokens[-1][0] in ",;:-–—(\"'"):
        tokens = tokens[:-1]
    words = [token for token in tokens if token[0].isalpha()]
    slots = [token for token in tokens if token.startswith("{")]
    if len(words) < 2 or len(slots) > 2 or len(slots) != len(set(slots)) or len(slots) > len(words):
        return None
    text = re.sub(r"\s+([,.;:!?…]+)", r"\1", " ".join(tokens))
    return text[0].upper() + text[1:]


_MOST_PHRASES: Final = 8
_EMPHASIS: Final = phrase_pattern("emphasis")
_PICTURE: Final = phrase_pattern("picture")


class Phrases(BaseModel):
    """Templates by what they do, each list in the order of the episode without repeats."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    intro: tuple[str, ...] = ()
    transition: tuple[str, ...] = ()
    emphasis: tuple[str, ...] = ()
    conclusion: tuple[str, ...] = ()
    figure: tuple[str, ...] = ()


def phrases_of(segments: Sequence[AlignedSegment], graph: DocumentGraph | None) -> Phrases:
    """Find the phrases that stand in the transcript, and free them of the paper's and the show's own words.

    Scripts are written in English: a show in another language has a structure and a pace to learn from, no phrases.
    """
    transcript = " ".join(segment.transcript_segment.text for segment in segments)
    if guess_language([transcript], default="en") != "en":
        return Phrases()
    generaliser = Generaliser(transcript, graph)
    lists: dict[str, dict[str, None]] = {name: {} for name in Phrases.model_fields}
    moves = SegmentType.TRANSITION.row.cues
    for segment in segments:
        kind = segment.segment_type
        for index, sentence in enumerate(split_sentences(segment.transcript_segment.text)):
            template = generaliser.template(sentence)
            if template is None:
                continue
            cued = kind.row.cues.search(sentence)
            does = {
                "intro": kind is SegmentType.INTRO and cued,
                "transition": kind is SegmentType.TRANSITION or (index == 0 and moves.search(sentence[:60])),
                "emphasis": _EMPHASIS.search(template),
                "conclusion": kind is SegmentType.CONCLUSION and cued,
                "figure": "{figure}" in template or _PICTURE.search(template),
            }
            for name in (name for name, found in does.items() if found):
                lists[name].setdefault(template)
    return Phrases(**{name: tuple(found)[:_MOST_PHRASES] for name, found in lists.items()})
