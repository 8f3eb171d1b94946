"""Whether one spoken passage says what its source says and nothing else: the check behind grounded best-of-n."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

from podcast_dspy.analysis.directions import turned, undone
from podcast_dspy.text.entities import novel_stems, rare_words, unknown_entities, vocabulary
from podcast_dspy.text.number_support import unsupported_numbers
from podcast_dspy.text.sentences import split_sentences
from podcast_dspy.text.wordlists import expression
from podcast_dspy.text.words import content_stems, words

Similarity = Literal["embedded", "lexical"]
"""`embedded` compares meanings with the embedding model as well; `lexical` uses words alone and no model."""

MIN_SIMILARITY: Final = 0.84
"""Cosine of e5-small between a faithful paraphrase and its source; unrelated English text reaches about 0.80."""
_MIN_SHARED: Final = 0.35
_MAX_NOVEL: Final = 0.30
_SHORTEST: Final = 0.3
_LONGEST: Final = 2.2

_NEGATION: Final = expression("negation")
_SOFT_NEGATION: Final = expression("no_negation")
_CLAUSE = re.compile(r"[,;:—–]\s+|\s+(?=(?:while|but|so|whereas|because|although|and|yet|then)\s)", re.I)
_ELLIPSIS = re.compile(r"(?:\bnot|n['’]t)$", re.I)
"""A clause that leaves its verb to the sentence before: `the lead of the other is not`."""
_NEARLY: Final = 0.75
_SAME: Final = 0.6
"""Share of a clause's stems from which a passage says the same but for one word."""
_MARKUP = re.compile(
    r"\[\[|\]\]|##|\*\*|```|https?://|^\s*[-*•]\s|[{}<>|\\]"
    r"|^\s*(?:passage|spoken|purpose|text|host|speaker \d|answer)\s*:"
    r"|\bas an AI\b|\blanguage model,? I\b|\[(?:music|pause|laughs?|intro|outro)[^\]]*\]",
    re.I | re.M,
)


@dataclass(frozen=True, slots=True)
class ClaimCheck:
    """Verdict on a candidate; `reasons` says in words what is wrong, and is empty when `ok`."""

    ok: bool
    reasons: tuple[str, ...]
    similarity: float
    """Cosine of e5 embeddings (about 0.75 for unrelated texts, 1 for equal ones); shared stems, 0-1, if `lexical`."""


def check_claim(
    candidate: str, source: str, *, allowed: str = "", similarity: Similarity = "embedded"
) -> ClaimCheck:
    """Check that a spoken passage is carried by its source passages.

    Numbers (digits or spoken), names, technical terms, direction and negation have to agree with the source, the
    meaning has to be near it, little may be added, nothing may loop, and the length stays within 0.3 to 2.2 times
    the source's. `allowed` is text whose words and numbers may be used freely, such as the paper's title, a figure's
    caption or a connective phrase. Takes a few milliseconds beyond the embedding. Raises PrerequisiteError when the
    embedding model is missing.
    """
    reasons = list(_fast(candidate, source, allowed))
    if not candidate.strip() or not source.strip():
        return ClaimCheck(False, tuple(reasons), 0.0)
    if similarity == "embedded":
        from podcast_dspy.lms import embed

        first, second = embed([candidate, source])
        near = float(first @ second)
        if near < MIN_SIMILARITY:
            reasons.append(
                f"says something else than the source (similarity {near:.2f} under {MIN_SIMILARITY})"
            )
    else:
        near = _shared(candidate, source, allowed)
        if near < _MIN_SHARED:
            reasons.append(f"says something else than the source ({near:.0%} of its words stand there)")
    return ClaimCheck(not reasons, tuple(reasons), near)


def _shared(candidate: str, source: str, allowed: str) -> float:
    stems = set(content_stems(candidate)) - set(content_stems(allowed))
    return len(stems & set(content_stems(source))) / len(stems) if stems else 0.0


@lru_cache(maxsize=20_000)
def _fast(candidate: str, source: str, allowed: str) -> tuple[str, ...]:
    reasons: list[str] = []
    if not candidate.strip():
        return ("is empty",)
    if not source.strip():
        return ("has no source",)
    if _MARKUP.search(candidate):
        reasons.append("holds markup or a template's words, which cannot be spoken")
    pool = f"{source}\n\n{allowed}"
    known = vocabulary(pool)
    wrong = unsupported_numbers(candidate, pool)
    if wrong:
        reasons.append("numbers not in the source: " + ", ".join(number.surface for number in wrong))
    names = unknown_entities(candidate, known)
    if names:
        reasons.append("names not in the source: " + ", ".join(names))
    rare = [word for word in rare_words(candidate) if not known.knows(word)]
    if rare:
        reasons.append("technical terms not in the source: " + ", ".join(rare))
    novel = novel_stems(candidate, known)
    content = set(content_stems(candidate))
    if len(novel) > 1 and len(novel) > _MAX_NOVEL * max(1, len(content)):
        reasons.append("adds what the source does not say: " + ", ".join(novel[:6]))
    reasons.extend(contradictions(candidate, source))
    reasons.extend(repetitions(candidate))
    reasons.extend(_length(candidate, source))
    if candidate.strip()[-1] not in ".!?…\"”')":
        reasons.append("stops in mid-sentence")
    return tuple(reasons)


def _length(candidate: str, source: str) -> list[str]:
    said, held = len(candidate.split()), len(source.split())
    if said < max(3.0, _SHORTEST * held):
        return [f"is too short: {said} words for a source of {held}"]
    if said > _LONGEST * held + 12:
        return [f"is too long: {said} words for a source of {held}"]
    return []


def repetitions(text: str) -> tuple[str, ...]:
    """Loops of a text: a sentence said twice, a run of five words said twice, or of three said three times."""
    found = []
    sentences = [" ".join(words(sentence)) for sentence in split_sentences(text)]
    twice = [
        sentence for sentence, count in Counter(sentences).items() if count > 1 and len(sentence.split()) > 2
    ]
    if twice:
        found.append(f"repeats a sentence: {twice[0]!r}")
    flat = words(text)
    for size, limit in ((3, 3), (5, 2)):
        grams = Counter(tuple(flat[index : index + size]) for index in range(len(flat) - size + 1))
        loops = [
            " ".join(gram)
            for gram, count in grams.items()
            if count >= limit and content_stems(" ".join(gram))
        ]
        if loops and not twice:
            found.append(f"repeats itself: {loops[0]!r}")
            break
    return tuple(found)


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
