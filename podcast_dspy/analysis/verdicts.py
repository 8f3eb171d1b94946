"""Verdicts: what the paper says to each sentence of a text, in one word, with its passages and a reason."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from podcast_dspy.analysis.closeness import Similarity
from podcast_dspy.analysis.grounding import Support, ground_text
from podcast_dspy.analysis.paper_index import paper_index
from podcast_dspy.documents.graph import DocumentGraph

Verdict = Literal["supported", "illustration", "contradicted", "unsupported"]
"""`illustration`: a picture, a question or a greeting, which claims nothing that the paper would have to carry;
`contradicted`: the paper says otherwise; `unsupported`: it says nothing of the kind."""

_PASSAGES: Final = 3


def can_judge(language: str, paper: DocumentGraph) -> bool:
    """Whether a text in a language can be held against a paper: stems, negations, directions are those of English."""
    return language == "en" == paper.language


@dataclass(frozen=True, slots=True)
class Evidence:
    """A passage of the paper."""

    atom_id: str
    text: str


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the paper says to one sentence."""

    sentence: str
    verdict: Verdict
    passages: tuple[Evidence, ...]
    """The nearest passages, best first, at most three; none where the paper holds nothing like it."""
    reasons: tuple[str, ...]
    """What speaks against it, in plain words; none for what is supported or claims nothing."""

    @property
    def reason(self) -> str:
        """Why, in one line, for whoever has to mend the sentence."""
        if self.reasons:
            return "; ".join(self.reasons)
        if self.verdict == "illustration":
            return "claims nothing that the paper would have to carry"
        return "the paper says so"


def judge_sentences(
    text: str, graph: DocumentGraph, *, similarity: Similarity = "embedded", allowed: str = ""
) -> tuple[Judgement, ...]:
    """Judge every sentence of a text against a paper, in order.

    The sentences are judged together: a written report is held to the paper's words more closely than what is told to
    a listener, a pronoun means what the sentence before named, and a yes or no answers the question before it.
    `allowed` are names that may be used without standing in the paper, such as the show's own. Raises
    PrerequisiteError when the embedding model is missing (`lexical` needs none), UsageError when the paper holds no
    text.
    """
    index = paper_index(graph)
    texts: dict[str, list[str]] = {}
    for passage in index.passages:
        texts.setdefault(passage.atom_id, []).append(passage.text)
    return tuple(
        Judgement(
            sentence=support.sentence,
            verdict=_verdict(support),
            passages=tuple(
                Evidence(atom_id, _nearest(support.sentence, texts.get(atom_id, [])))
                for atom_id in support.atom_ids[:_PASSAGES]
            ),
            reasons=_reasons(support),
        )
        for support in ground_text(text, graph, similarity=similarity, allowed=allowed)
    )


def _nearest(sentence: str, parts: list[str]) -> str:
    """The part of an atom that shares most words with a sentence."""
    said = set(sentence.lower().split())
    return max(parts, key=lambda part: len(said.intersection(part.lower().split())), default="")


def _verdict(support: Support) -> Verdict:
    if support.contradictions or support.contradicted_numbers:
        return "contradicted"
    if support.kind == "neutral":
        return "illustration"
    return "supported" if support.supported else "unsupported"


def _reasons(support: Support) -> tuple[str, ...]:
    reasons = list(support.contradictions)
    if support.contradicted_numbers:
        reasons.append(f"the paper gives {', '.join(support.contradicted_numbers)} for something else")
    if support.unsupported_numbers:
        reasons.append(f"the paper does not give {', '.join(support.unsupported_numbers)}")
    if support.unsupported_entities:
        reasons.append(f"the paper does not name {', '.join(support.unsupported_entities)}")
    if not (reasons or support.supported):
        reasons.append("no passage of the paper says so")
    return tuple(reasons)
