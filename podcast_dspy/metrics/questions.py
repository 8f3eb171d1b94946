"""Question-based coverage: which of a paper's questions a script answers, and how far that is from the host."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final

from podcast_dspy.analysis.claims import Similarity
from podcast_dspy.analysis.comprehension import PaperQuestion, cloze_questions, gives_answer
from podcast_dspy.analysis.paper_index import GraphKey
from podcast_dspy.documents.graph import DocumentGraph
from podcast_dspy.metrics.expression import expression
from podcast_dspy.metrics.feedback import Feedback

__all__ = ["answered", "question_details", "question_feedback", "questions_of"]

_MOST_FEEDBACK: Final = 3


@lru_cache(maxsize=64)
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
