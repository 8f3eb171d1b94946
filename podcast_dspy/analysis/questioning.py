"""paper_questions: what a listener should be able to answer, asked by a capable LM or made by rules."""

from __future__ import annotations

from podcast_dspy.analysis.questions import (
    MOST_QUESTIONS,
    PaperQuestion,
    cloze_questions,
    key_statements,
    open_questions,
)
from podcast_dspy.analysis.statements import statements_of
from podcast_dspy.documents.graph import DocumentGraph
from podcast_dspy.errors import ModelError, PodcastError, UnusableAnswerError

__all__ = ["paper_questions"]

_OFFERED = 48
"""Key statements that an LM may ask about."""


def paper_questions(graph: DocumentGraph, *, lm: str = "embedded") -> tuple[PaperQuestion, ...]:
    """The questions of a paper: a capable LM's, each answered by a sentence of the paper, else cloze questions.

    An LM's question counts only if the statement it names holds its answer. Raises ModelError when the LM fails or asks
    nothing that the paper answers.
    """
    from podcast_dspy.lms import is_capable

    if not is_capable(lm):
        return cloze_questions(graph)
    import dspy

    from podcast_dspy.lms import usable, use
    from podcast_dspy.signatures.judging import AskQuestions

    held = statements_of(graph)
    offered = key_statements(graph, held)[:_OFFERED]
    if not offered:
        return ()

    def ask() -> tuple[PaperQuestion, ...]:
        answer = dspy.Predict(AskQuestions)(
            paper_title=graph.title,
            statements={place: held.texts[place] for place in sorted(offered)},
            count=min(MOST_QUESTIONS, len(offered)),
        )
        asked = [(one.statement, one.question, one.answer) for one in answer.questions]
        questions = open_questions([one for one in asked if one[0] in offered], graph, lm)
        if not questions:
            raise UnusableAnswerError(
                f"{lm} asked nothing that {graph.title!r} answers; run it again, or use another --lm"
            )
        return questions

    try:
        with use(lm, purpose="analyst"):
            return usable(ask)
    except PodcastError:
        raise
    except Exception as error:
        raise ModelError(
            f"{lm} asked no usable questions about {graph.title!r} ({type(error).__name__}: {error}); "
            "run it again, or use another --lm"
        ) from error
