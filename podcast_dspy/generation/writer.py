"""Writer: the DSPy module that turns source units into speech, keeping only what measurement finds grounded.

Small models rewrite one unit at a time from the nearest demonstrations (`say`): each candidate is checked against its
passage, and the last resort is the passage itself. Capable ones write a whole segment (`write`, see `telling`).
"""

from __future__ import annotations

import contextvars
import re
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import dspy
import numpy as np
from rapidfuzz.distance import LCSseq

from podcast_dspy.analysis.grounding import check_claim
from podcast_dspy.analysis.numbers import numbers
from podcast_dspy.analysis.sentences import content_stems
from podcast_dspy.generation.material import sentences
from podcast_dspy.generation.plain_adapter import PlainAdapter
from podcast_dspy.generation.sayable import lacks_subject
from podcast_dspy.lms import embed
from podcast_dspy.signatures.writing import SayPassage, WriteSegment

__all__ = ["Said", "Writer"]

_SAMPLE_TEMPERATURE = 0.7
_IN_FLIGHT = 2
_TOKENS_PER_WORD = 1.6
_MAX_GROWTH = 1.4
"""Words of a retelling for each word of its passage."""
_MIN_ORDER = 0.85
"""Share of the passage's content words that a retelling must keep, in their order: who does what to whom."""
_COMPARES = re.compile(
    r"\b(?:more|less|fewer|most|least|than|higher|lower|larger|smaller|greater|better|worse|longer|shorter|faster|slower"
    r"|not|cannot|no|never|none|neither|nor|without|only|instead|rather|before|after|until|unless|except|all|every|some)\b"
    r"|n't\b",
    re.IGNORECASE,
)
_CHATTER = re.compile(
    r"\b(?:(?:corrected|correct|revised|rewritten|rephrased|spoken) (?:sentence|version|passage|text|answer)"
    r"|rephras\w+|rewrit\w+|the passage|the sentence|sure,|podcast|as an AI)\b",
    re.IGNORECASE,
)
"""What a model says about its task."""
_POINTED = re.compile(r"\b(?:the|an?) (?:figure|table|equation|section) \d", re.IGNORECASE)
"""What nobody says: "the figure 1"."""
_ACRONYM_POINTED = re.compile(r"\b(?:[Tt]he|[Aa]n?) ([A-Z][A-Z\d]+)\b")
_CLAUSE = re.compile(
    r"\b(?:that|which|who) (\w+ed|is|are|was|were|has|have|had|can|could|will|would|may|might|does?|did)\b",
    re.IGNORECASE,
)
"""A verb made that of a clause: "the studies identified that reported effects" is no sentence any more."""
_MAX_ADDED = 0.15
"""Share of a retelling's content words that may be new."""


@dataclass(frozen=True)
class Said:
    """One unit as it will be spoken."""

    text: str
    grounded: bool
    """True for the model's own wording that passed the check, False for the source passage itself."""
    rejected: tuple[str, ...] = ()
    """Why each candidate was turned down."""


class Writer(dspy.Module):  # type: ignore[misc]
    """Says units aloud, and holds what whole segments are told with.

    `say.demos` and `write.demos` are the banks of demonstrations from human hosts, empty before compilation.
    """

    def __init__(self) -> None:
        super().__init__()
        self.say = dspy.Predict(SayPassage)
        self.write = dspy.Predict(WriteSegment)

    def say_all(
        self, units: Sequence[tuple[str, str]], *, demonstrations: int, candidates: int = 1
    ) -> list[Said]:
        """Say each (purpose, passage). The calls run side by side; the result keeps the order."""
        bank = list(self.say.demos)
        nearest = _nearest(
            bank,
            [str(demo["passage"]) for demo in bank],
            [passage for _, passage in units],
            demonstrations,
        )

        def one(index: int) -> Said:
            purpose, passage = units[index]
            return self._say_one(purpose, passage, nearest[index], candidates)

        with ThreadPoolExecutor(_IN_FLIGHT) as pool:
            # Worker threads do not inherit DSPy's context (the LM and the adapter), so each call carries a copy.
            with dspy.context(adapter=PlainAdapter()):
                futures = [
                    pool.submit(contextvars.copy_context().run, one, index) for index in range(len(units))
                ]
            return [future.result() for future in futures]

    def told_alike(self, purpose: str, passages: Sequence[str], count: int) -> list[Any]:
        """Demonstrations of whole segments with the same purpose, the nearest last; empty before compilation."""
        bank = [demo for demo in self.write.demos if demo["purpose"] == purpose]
        texts = [" ".join(demo["passages"]) for demo in bank]
        (nearest,) = _nearest(bank, texts, [" ".join(passages)], count)
        return nearest

    def _say_one(self, purpose: str, passage: str, demos: list[Any], candidates: int) -> Said:
        rejected: list[str] = []
        # An answer much longer than its passage is never usable; cutting it short saves most of the time.
        limit = 16 + round(_TOKENS_PER_WORD * _MAX_GROWTH * len(passage.split()))
        for attempt in range(candidates):
            config: dict[str, Any] = {"max_tokens": limit}
            if attempt:
                config |= {"temperature": _SAMPLE_TEMPERATURE, "rollout_id": attempt}
            answer = self.say(purpose=purpose, passage=passage, demos=demos, config=config)
            text = _tidy(str(answer.spoken or ""), passage)
            reason = _unfaithful(text, passage)
            if reason is None:
                verdict = check_claim(text, passage)
                if verdict.ok:
                    return Said(text, grounded=True, rejected=tuple(rejected))
                reason = "; ".join(verdict.reasons)
            rejected.append(reason)
        return Said(passage, grounded=False, rejected=tuple(rejected))


def _nearest(bank: Sequence[Any], known: Sequence[str], asked: Sequence[str], count: int) -> list[list[Any]]:
    """For each text the `count` members of the bank whose own texts are nearest by meaning."""
    if not bank or count == 0 or not asked:
        return [[] for _ in asked]
    similarity = np.asarray(embed(list(asked)) @ embed(list(known)).T)
    # The nearest stands last, next to the passage it resembles: a small model leans on what it read last.
    order = np.argsort(-similarity, axis=1, kind="stable")[:, :count]
    return [[bank[index] for index in reversed(row)] for row in order]


def _tidy(text: str, passage: str) -> str:
    """The answer without marks, and without sentences that say again what was said or break off."""
    text = re.sub(r"\s+", " ", text.replace("**", "").replace("`", "")).strip().strip('"').strip()
    source = content_stems(passage)
    kept: list[str] = []
    left = set(source)
    for sentence in sentences(text):
        stems = set(content_stems(sentence))
        if sentence[-1] in ".?!" and (not stems or len(stems & left) >= min(2, len(left) or 1)):
            kept.append(sentence)
            left -= stems
    text = " ".join(kept)
    return text[:1].upper() + text[1:]


def _unfaithful(text: str, passage: str) -> str | None:
    """Why a candidate is no retelling of its passage, by the words alone, or None.

    A small model turns comparisons around while it keeps all their words; so the order of the content words, the
    order of the numbers, and the words that compare and negate have to be the passage's.
    """
    source, words = content_stems(passage), content_stems(text)
    if not words:
        return "says nothing"
    if len(text.split()) > _MAX_GROWTH * len(passage.split()) + 6:
        return f"{len(text.split())} words for {len(passage.split())} in the source"
    if LCSseq.similarity(source, words) < _MIN_ORDER * len(source):
        missing = sorted(set(source) - set(words))
        return f"leaves out {', '.join(missing)}" if missing else "puts the passage's words in another order"
    said, written = ([number.value for number in numbers(one)] for one in (text, passage))
    if said != written:
        return f"says the numbers {said} where the source has {written}"
    if _comparisons(text) != _comparisons(passage):
        return "compares or negates otherwise than the source"
    if _POINTED.search(text):
        return "puts an article before a figure's number"
    if strangers := set(_ACRONYM_POINTED.findall(text)) - set(_ACRONYM_POINTED.findall(passage)):
        return f"puts an article before {', '.join(sorted(strangers))}"
    if clauses := Counter(_CLAUSE.findall(text)) - Counter(_CLAUSE.findall(passage)):
        return f"makes a clause of {', '.join(sorted(clauses))}"
    if _CHATTER.search(text) and not _CHATTER.search(passage):
        return "talks about the passage instead of saying it"
    if text.count('"') % 2 or text.count("“") != text.count("”"):
        return "leaves a quotation open"
    if any(lacks_subject(sentence) for sentence in sentences(text)) and not lacks_subject(passage):
        return "leaves out who does it"
    # What is said once more counts as added: small models fill a sentence with its own words.
    added = Counter(words) - Counter(source)
    if added.total() > _MAX_ADDED * len(words):
        return f"adds {', '.join(sorted(added))}"
    return None


def _comparisons(text: str) -> Counter[str]:
    found = (match.lower().replace("n't", "not") for match in _COMPARES.findall(text))
    return Counter("not" if word == "cannot" else word for word in found)
