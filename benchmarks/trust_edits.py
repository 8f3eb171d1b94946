"""Ten edits that spoil a good script, each of which the quality has to notice, and a script of random sentences."""

from __future__ import annotations

import itertools
import random
import re
from collections.abc import Callable

from podcast_dspy.analysis.comprehension import Mentions
from podcast_dspy.analysis.directions import directions
from podcast_dspy.analysis.paper_index import paper_index
from podcast_dspy.analysis.subjects import subjects_of
from podcast_dspy.documents.graph import DocumentGraph
from podcast_dspy.text.numbers import numbers
from podcast_dspy.text.words import split_sentences

__all__ = ["EDITS", "Segments", "stitched"]

Segments = list[tuple[str, str]]
"""(segment type, text) in order."""

_IDLE = (
    "Isn't that something?",
    "And who would have thought so?",
    "What more could anyone want?",
    "Does that sound familiar to you?",
    "So where does it all lead?",
    "How about that?",
)
_CAREFREE = (
    "There's no problem here at all.",
    "You can rely on it everywhere, whatever your situation is.",
    "Nothing about it could ever go wrong.",
    "It works for everybody, always, without any exception.",
)
_OPPOSITE = {
    "more": "less", "less": "more", "fewer": "more", "better": "worse", "worse": "better", "best": "worst",
    "worst": "best", "higher": "lower", "lower": "higher", "faster": "slower", "slower": "faster", "fastest": "slowest",
    "slowest": "fastest", "quickest": "slowest", "larger": "smaller", "smaller": "larger", "largest": "smallest",
    "smallest": "largest", "grows": "shrinks", "shrinks": "grows", "falls": "rises", "rises": "falls", "gains": "loses",
    "loses": "gains", "above": "below", "below": "above", "before": "after", "easier": "harder", "harder": "easier",
}  # fmt: skip
_DENIED = {
    "is": "isn't", "are": "aren't", "was": "wasn't", "were": "weren't", "does": "doesn't", "do": "don't",
    "did": "didn't", "can": "can't", "will": "won't",
}  # fmt: skip
_CLAIMS = re.compile(
    rf"\b(?:{'|'.join(_DENIED)}|(?:solve|need|make|keep|help|cost|give|take|leave|fall|grow)s)\b(?!'| not| no)"
)
_YES_NO = {"yes": "No", "no": "Yes"}


def _denial(match: re.Match[str]) -> str:
    word = match.group()
    return _DENIED.get(word) or f"doesn't {word.removesuffix('s')}"


def _turned(line: str) -> str:
    """A line that says the opposite: its comparing words turned, or its first verb denied, or yes for no."""
    first, comma, rest = line.partition(",")
    if first.lower() in _YES_NO:
        return f"{_YES_NO[first.lower()]}{comma}{rest}"
    turned = re.sub(
        rf"\b(?:{'|'.join(_OPPOSITE)})\b", lambda match: _OPPOSITE[match.group().lower()], line, flags=re.I
    )
    return turned if turned != line else _CLAIMS.sub(_denial, line, count=1)


def reversed_lines(segments: Segments, graph: DocumentGraph, rng: random.Random) -> Segments:
    """The sentences of each segment in reverse."""
    return [(kind, " ".join(split_sentences(text)[::-1])) for kind, text in segments]


def shuffled_behind_openers(segments: Segments, graph: DocumentGraph, rng: random.Random) -> Segments:
    """Each segment keeps its first sentence; all others are shuffled over the episode."""
    lines = [split_sentences(text) for _, text in segments]
    rest = [line for one in lines for line in one[1:]]
    rng.shuffle(rest)
    return [
        (kind, " ".join([one[0], *(rest.pop() for _ in one[1:])]))
        for (kind, _), one in zip(segments, lines, strict=True)
    ]


def it_for_everything(segments: Segments, graph: DocumentGraph, rng: random.Random) -> Segments:
    """Every key concept is `it`."""
    mentions = Mentions(graph.key_concepts)
    return [
        (kind, " ".join(mentions.without_names(line) for line in split_sentences(text)))
        for kind, text in segments
    ]


def other_roles(segments: Segments, graph: DocumentGraph, rng: random.Random) -> Segments:
    """Findings are told as background, methods as implications, and the problem as a limitation."""
    told = {"key_finding": "background", "methodology": "implication", "problem": "limitation"}
    return [(told.get(kind, kind), text) for kind, text in segments]


def no_problem(segments: Segments, graph: DocumentGraph, rng: random.Random) -> Segments:
    """Problems, limitations and implications say that there is no problem at all, and to rely on it everywhere."""
    return [
        (
            kind,
            " ".join(_CAREFREE) if kind in ("problem", "limitation", "implication", "conclusion") else text,
        )
        for kind, text in segments
    ]


def idle_questions(segments: Segments, graph: DocumentGraph, rng: random.Random) -> Segments:
    """An idle question instead of one sentence of each segment."""
    found = []
    for kind, text in segments:
        lines = split_sentences(text)
        lines[rng.randrange(len(lines))] = rng.choice(_IDLE)
        found.append((kind, " ".join(lines)))
    return found


def wrong_method(segments: Segments, graph: DocumentGraph, rng: random.Random) -> Segments:
    """Names that the paper compares trade places wherever a sentence gives a number."""
    subjects = subjects_of(graph)
    names = [" ".join(name) for name in subjects.names]
    found = []
    for kind, text in segments:
        lines = []
        for line in split_sentences(text):
            held = list(dict.fromkeys(name for name, _, _ in subjects.spans(line)))
            if numbers(line) and held:
                others = [name for name in names if not any(subjects.same(name, one) for one in held)]
                turned = dict(zip(held, held[1:] + held[:1], strict=True)) if len(held) > 1 else {}
                if not turned and others:
                    turned = {held[0]: rng.choice(others)}
                line = _renamed(line, turned)
            lines.append(line)
        found.append((kind, " ".join(lines)))
    return found


def _renamed(line: str, turned: dict[str, str]) -> str:
    if not turned:
        return line
    pattern = "|".join(rf"\b{re.escape(name)}(?:s|es)?\b" for name in sorted(turned, key=len, reverse=True))

    def other(match: re.Match[str]) -> str:
        low = match.group().lower()
        name = next(one for one in sorted(turned, key=len, reverse=True) if low.startswith(one))
        if match.group().isupper():
            return turned[name].upper()
        return turned[name][:1].upper() + turned[name][1:] if match.group()[0].isupper() else turned[name]

    return re.sub(pattern, other, line, flags=re.I)


def findings_inverted(segments: Segments, graph: DocumentGraph, rng: random.Random) -> Segments:
    """Every comparison goes the other way; a finding without one is denied."""
    return [
        (
            kind,
            " ".join(
                _turned(line)
                if (kind == "key_finding" or directions(line)) and not line.endswith("?")
                else line
                for line in split_sentences(text)
            ),
        )
        for kind, text in segments
    ]


def answered_wrongly(segments: Segments, graph: DocumentGraph, rng: random.Random) -> Segments:
    """What follows a question is answered the other way round."""
    found = []
    for kind, text in segments:
        lines = split_sentences(text)
        for place, (question, answer) in enumerate(itertools.pairwise(lines)):
            if question.endswith("?") and not answer.endswith("?"):
                lines[place + 1] = _turned(answer)
        found.append((kind, " ".join(lines)))
    return found


def paper_sentences(segments: Segments, graph: DocumentGraph, rng: random.Random) -> Segments:
    """Random sentences of the paper, as many words as each segment has."""
    return _from_paper(segments, graph, rng, keep=0)


def stitched(segments: Segments, graph: DocumentGraph, rng: random.Random) -> Segments:
    """Random sentences of the paper behind each segment's own first sentence."""
    return _from_paper(segments, graph, rng, keep=1)


def _from_paper(segments: Segments, graph: DocumentGraph, rng: random.Random, keep: int) -> Segments:
    pool = [
        passage.text
        for passage in paper_index(graph).passages
        if 8 <= len(passage.text.split()) <= 45 and passage.text.endswith(".")
    ]
    found = []
    for kind, text in segments:
        lines = split_sentences(text)[:keep]
        while sum(len(line.split()) for line in lines) < len(text.split()):
            lines.append(rng.choice(pool))
        found.append((kind, " ".join(lines)))
    return found


Edit = Callable[[Segments, DocumentGraph, random.Random], Segments]

EDITS: dict[str, Edit] = {
    "sentences reversed within segments": reversed_lines,
    "content shuffled behind kept openers": shuffled_behind_openers,
    "key concepts replaced by `it`": it_for_everything,
    "findings told as background, methods as implications": other_roles,
    "no problem at all, rely on it everywhere": no_problem,
    "an idle question in each segment": idle_questions,
    "numbers given to the wrong method": wrong_method,
    "findings inverted": findings_inverted,
    "own questions answered wrongly": answered_wrongly,
    "random sentences of the paper": paper_sentences,
}
