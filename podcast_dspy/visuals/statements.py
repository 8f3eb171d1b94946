"""Statements: spoken sentences that are worth a card (a question, a definition, a number, a point), and their words."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from podcast_dspy.documents.graph import KeyConcept
from podcast_dspy.text.words import content_stems, split_sentences, tells
from podcast_dspy.visuals.figure_mentions import tokens

StatementKind = Literal["question", "definition", "number", "point"]

_SHORTEST, _LONGEST, _BEST = 6, 32, 15
_RESULT = re.compile(
    r"\b(?:found|finds?|shows?|showed|shown|reveal\w*|demonstrat\w*|prov\w+|achiev\w*|reach\w*|improv\w*|reduc\w*"
    r"|increas\w*|decreas\w*|outperform\w*|beats?|faster|slower|better|worse|higher|lower|larger|smaller|fewer|more"
    r"|less|most|least|best|only|never|always|doubl\w*|halv\w*|percent|times|significant\w*|because|means)\b|%",
    re.IGNORECASE,
)
_NUMBER = re.compile(
    r"\d|\b(?:two|three|four|five|six|seven|eight|nine|ten|twenty|thirty|fifty|hundred|thousand|million|half)\b",
    re.IGNORECASE,
)
_DEPENDENT = re.compile(
    r"^(?:so|and|but|or|now|well|okay|ok|yeah|yes|no|right|anyway|also|because|which|that's|this is|it's|let's|let us"
    r"|welcome|hello|hi|thanks|thank you|here's|here is|next|then|i|i'm|you|they|he|she|it|its|their|this|these|those"
    r"|that|such|there|otherwise|both|first|second|third|similar)\b",
    re.IGNORECASE,
)
_CHATTING = re.compile(
    r"\b(?:you know|i mean|kind of|sort of|honestly|basically|think about|imagine|guess|of course|wow|whoa|gonna)\b"
    r"|, (?:like|right|huh)\b",
    re.IGNORECASE,
)
_HOSTING = re.compile(
    r"\b(?:episode|podcast|welcome|listeners?|tuning in|stay tuned|subscribe|let's|let me|we'll|talk about|dive|figure"
    r"|table|next up|moving on|thank|you will hear|this paper|paper (?:is )?called)\b",
    re.IGNORECASE,
)
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
    """Finds the statement of a sentence; a term is defined once."""

    def __init__(self, concepts: Iterable[KeyConcept]) -> None:
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
        if _HOSTING.search(sentence):
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
