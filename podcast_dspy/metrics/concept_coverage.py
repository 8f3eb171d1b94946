"""What a script says about each key concept, and which of the paper's questions it answers.

A statement is a sentence of the paper that names the concept. Whether the script expresses it is judged by meaning,
so that a paraphrase counts as much as a quotation, and without the concepts' names, so that naming counts nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from podcast_dspy.analysis.claims import Similarity
from podcast_dspy.analysis.comprehension import PaperQuestion, cloze_questions, gives_answer
from podcast_dspy.analysis.paper_index import PAPERS, GraphKey
from podcast_dspy.documents.graph import DocumentGraph, KeyConcept
from podcast_dspy.metrics.expression import expression
from podcast_dspy.metrics.feedback import Feedback

__all__ = [
    "MENTIONED",
    "ConceptCoverage",
    "Depth",
    "answered",
    "concept_coverage",
    "question_details",
    "question_feedback",
    "questions_of",
]

Depth = Literal["not_mentioned", "briefly_mentioned", "explained", "deeply_explained"]

MENTIONED: Final = 0.1
"""Credit that an LM judge gives a concept which is named but not explained."""
DEEP: Final = 3.0
"""Statements that make a full explanation: what it is, what is done with it, what came out."""
_EXPLAINED: Final = 1.0
_MOST_FEEDBACK: Final = 3


@dataclass(frozen=True, slots=True)
class ConceptCoverage:
    """What a script does with one concept."""

    concept: KeyConcept
    depth: Depth
    credit: float
    """0-1: statements about it that are expressed, over three, at most 1."""
    evidence: str
    """The sentence that shows it best; empty when nothing is said and it is not named."""
    mentions: int
    """Distinct sentences that name it, lists left out."""
    listed: int
    """Sentences that name it in a list of concepts, which explains nothing."""


def concept_coverage(
    text: str, graph: DocumentGraph, *, similarity: Similarity = "embedded", register: str | None = None
) -> tuple[ConceptCoverage, ...]:
    """Depth of every key concept in a script, in the order of the graph's concepts. Memoised by content.

    Each sentence of the script, alone or with a neighbour, is held against each of the paper's statements, and
    sentences and statements are matched one to one: saying one thing ten times, or one sentence for ten statements,
    counts once, and copying a dense abstract covers as many statements as it has sentences. Cosines are taken after
    the mean of each side is taken off, on the script's side that of `register` (the human episode; by default the
    script itself), and must hold up when the concepts' names are masked (`expression`). A statement counts for every
    concept that it names. A sentence that only lists concepts is left out. `explained` takes one statement,
    `deeply_explained` three; a concept is `briefly_mentioned` when it is named or half a statement is expressed.
    Raises PrerequisiteError when the embedding model is missing.
    """
    return _coverage(text, GraphKey(graph), similarity, text if register is None else register)


@lru_cache(maxsize=256)
def _coverage(text: str, key: GraphKey, similarity: Similarity, register: str) -> tuple[ConceptCoverage, ...]:
    from scipy.optimize import linear_sum_assignment

    found = expression(text, key, similarity, register)
    strength = np.zeros(len(found.statements.texts))
    if found.said.any():
        rows, columns = linear_sum_assignment(found.said, maximize=True)
        strength[columns] = found.said[rows, columns]
    return tuple(
        _one(
            concept,
            float(strength[list(found.statements.of[place])].sum()),
            found.said[:, list(found.statements.of[place])],
            found.rows,
            found.named.get(place, ()),
            found.listed.get(place, 0),
        )
        for place, concept in enumerate(key.graph.key_concepts)
    )


def _one(
    concept: KeyConcept,
    mass: float,
    said: NDArray[np.float64],
    rows: Sequence[str],
    named: Sequence[str],
    listed: int,
) -> ConceptCoverage:
    """One concept from its mass of statements, and how far each sentence (rows) expresses each (columns)."""
    evidence = named[0] if named else ""
    top = said.max(initial=0.0)
    if top > 0:
        best = [rows[int(row)] for row in (said == top).any(axis=1).nonzero()[0]]
        # Of sentences that show it as well, one that names it is the better proof.
        evidence = next((row for row in best if row in named), best[0])
    depth: Depth = "not_mentioned"
    if mass >= DEEP:
        depth = "deeply_explained"
    elif mass >= _EXPLAINED:
        depth = "explained"
    elif named or mass >= _EXPLAINED / 2:
        depth = "briefly_mentioned"
    return ConceptCoverage(concept, depth, min(1.0, mass / DEEP), evidence, len(named), listed)


@lru_cache(maxsize=PAPERS)
def _cloze(key: GraphKey) -> tuple[PaperQuestion, ...]:
    return cloze_questions(key.graph)


def questions_of(graph: DocumentGraph) -> tuple[PaperQuestion, ...]:
    """The cloze questions of a paper, made once for its content."""
    return _cloze(GraphKey(graph))


def answered(
    text: str,
    graph: DocumentGraph,
    questions: Sequence[PaperQuestion],
    *,
    similarity: Similarity = "embedded",
    register: str | None = None,
) -> tuple[bool, ...]:
    """Whether a script answers each question, measured without an LM; memoised by content.

    It does when a sentence of it begins to express the question's statement (`expression`), and that
    sentence or a neighbour holds the answer. Raises PrerequisiteError when the embedding model is missing.
    """
    return _answered(
        text, GraphKey(graph), tuple(questions), similarity, text if register is None else register
    )


@lru_cache(maxsize=256)
def _answered(
    text: str, key: GraphKey, questions: tuple[PaperQuestion, ...], similarity: Similarity, register: str
) -> tuple[bool, ...]:
    found = expression(text, key, similarity, register)
    columns = {statement: place for place, statement in enumerate(found.statements.texts)}
    given = []
    for question in questions:
        column = columns.get(question.statement)
        rows = () if column is None else found.said[:, column].nonzero()[0]
        near = dict.fromkeys(place for row in rows for place in range(int(row) - 1, int(row) + 2))
        given.append(
            any(
                gives_answer(question, found.rows[place], found.statements)
                for place in near
                if 0 <= place < len(found.rows)
            )
        )
    return tuple(given)


def question_details(
    questions: Sequence[PaperQuestion], given: Sequence[bool] | None, human: Sequence[bool] | None
) -> dict[str, Any]:
    """How many there are, how many the script and the host answer, and what the script leaves open.

    Left open are the questions that the host answers, or all without a host. Without questions, or answers, the
    shares (0-1) are None.
    """
    total = len(questions)
    unanswered = [
        {"question": one.question, "answer": one.answer, "atom_id": one.atom_id}
        for place, one in enumerate(questions)
        if given is not None and not given[place] and (human is None or human[place])
    ]
    return {
        "questions_total": total,
        "questions_answered": None if given is None else sum(given),
        "question_coverage": sum(given) / total if total and given is not None else None,
        "question_coverage_reference": sum(human) / total if total and human is not None else None,
        "questions_unanswered": unanswered,
    }


def question_feedback(unanswered: Sequence[dict[str, str]]) -> tuple[Feedback, ...]:
    """The first questions left open, as feedback to the planner."""
    return tuple(
        Feedback(
            predictor="planner",
            loss="coverage",
            text=f"left open: “{one['question']}” ({one['answer']}; {one['atom_id']})",
        )
        for one in unanswered[:_MOST_FEEDBACK]
    )
