"""Whether a spoken passage denies what its source says, or turns its direction round."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, Literal

from podcast_dspy.analysis.directions import turned, undone
from podcast_dspy.text.words import content_stems, phrase_pattern, split_sentences, words

Similarity = Literal["embedded", "lexical"]
"""`embedded` compares meanings with the embedding model as well; `lexical` uses words alone and no model."""

MIN_SIMILARITY: Final = 0.84
"""Cosine of e5-small between a faithful paraphrase and its source; unrelated English text reaches about 0.80."""
_NEGATION: Final = phrase_pattern("negation")
_SOFT_NEGATION: Final = phrase_pattern("no_negation")
_CLAUSE = re.compile(r"[,;:—–]\s+|\s+(?=(?:while|but|so|whereas|because|although|and|yet|then)\s)", re.I)
_ELLIPSIS = re.compile(r"(?:\bnot|n['’]t)$", re.I)
"""A clause that leaves its verb to the sentence before: `the lead of the other is not`."""
_NEARLY: Final = 0.75
_SAME: Final = 0.6
"""Share of a clause's stems from which a passage says the same but for one word."""


@lru_cache(maxsize=20_000)
def negated(text: str) -> bool:
    """Whether a text denies something; `not only`, `no doubt` and the like deny nothing."""
    return bool(_NEGATION.search(_SOFT_NEGATION.sub(" ", text.lower())))


def contradictions(candidate: str, source: str) -> tuple[str, ...]:
    """Clauses whose negation or direction (more/less, better/worse) is the opposite of what the source says there."""
    origin = _origin(source)
    found = []
    for sentence in split_sentences(candidate):
        if sentence.endswith("?"):
            continue
        for clause in _clauses(sentence):
            stems = set(content_stems(clause))
            if len(stems) < 2:
                continue
            overlaps = [(len(stems & held) / len(stems), text) for held, text, _ in origin]
            mutual = max(
                (len(stems & held) / len(held) for held, _, negated in origin if held and negated),
                default=0.0,
            )
            best = max((overlap for overlap, _ in overlaps), default=0.0)
            if best < 0.5:
                continue
            around = [text for overlap, text in overlaps if overlap >= 0.75 * best]
            said_no, held_no = negated(clause), any(map(negated, around))
            if said_no and not held_no and len(stems) > 2 and best >= _SAME and not _ELLIPSIS.search(clause):
                found.append(f"says no where the source says yes: {clause!r}")
            elif (
                held_no
                and not said_no
                and len(stems) > 2
                and best >= 0.6
                and mutual >= 0.6
                and not negated(candidate)
                and "without" not in words(clause)
            ):
                found.append(f"leaves out a `not` of the source: {clause!r}")
            elif turned(clause, around) or (
                best >= _SAME and not said_no and not held_no and undone(clause, around)
            ):
                found.append(f"turns the direction round: {clause!r}")
    return tuple(found)


@lru_cache(maxsize=2_000)
def _origin(source: str) -> tuple[tuple[frozenset[str], str, bool], ...]:
    """Content stems, text and negation of each clause of a source."""
    return tuple((frozenset(content_stems(one)), one, negated(one)) for one in _clauses(source))


@lru_cache(maxsize=20_000)
def _clauses(text: str) -> tuple[str, ...]:
    return tuple(
        clause
        for sentence in split_sentences(text)
        for part in _CLAUSE.split(sentence)
        if (clause := part.strip(" ,;:—–.!?"))
    )
