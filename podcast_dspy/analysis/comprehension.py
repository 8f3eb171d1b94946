"""What a listener should be able to answer: questions about a paper's main claims, asked by a capable LM."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, Literal

from pydantic import BaseModel, ConfigDict

from podcast_dspy.analysis.concept_mentions import Statements, statements_of
from podcast_dspy.analysis.directions import directions
from podcast_dspy.documents.graph import DocumentGraph
from podcast_dspy.errors import UnusableAnswerError
from podcast_dspy.text.entities import supported_number
from podcast_dspy.text.normalisation import neutralise
from podcast_dspy.text.numbers import numbers
from podcast_dspy.text.words import content_stems, words

if TYPE_CHECKING:
    from podcast_dspy.signatures.judging import AskedQuestion

__all__ = ["MOST_QUESTIONS", "PaperQuestion", "key_statements", "paper_questions"]

MOST_QUESTIONS: Final = 16
_OFFERED: Final = 48
"""Key statements that an LM may ask about."""
_SHORTEST, _LONGEST = 7, 45
_PROSE: Final = frozenset({"abstract", "paragraph", "quote"})
_HELD: Final = 0.5
"""Share of an expected answer's content that the statements behind it have to hold."""


class PaperQuestion(BaseModel):
    """A question with the answer that the paper gives, and the sentences that give it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    question_id: str
    kind: Literal["what", "why", "how", "so what", "number", "comparison", "term", "open"]
    """The last four are of earlier versions, whose questions are asked no more."""
    question: str
    answer: str
    statement: str
    """Sentences of the paper that the answer rests on."""
    atom_id: str
    """Where the first of them stands."""
    made_by: str = "rules"
    """The LM that asked."""

    @property
    def explains(self) -> bool:
        """Whether it is one that coverage asks."""
        return self.kind in ("what", "why", "how", "so what")


def key_statements(graph: DocumentGraph, held: Statements | None = None) -> tuple[int, ...]:
    """Places (in `statements_of`) of whole sentences of prose, the most important first.

    Importance is that of the passage (0-1) and of the weightiest concept that it names (0-1), and half more for a
    number or a comparison, which is what can be got wrong.
    """
    held = held or statements_of(graph)
    weight = [0.0] * len(held.texts)
    for concept, places in zip(graph.key_concepts, held.of, strict=True):
        for place in places:
            weight[place] = max(weight[place], concept.importance)
    chosen: list[tuple[float, int]] = []
    for place, text in enumerate(held.texts):
        atom = graph.get_atom(held.atom_ids[place])
        said = words(text)
        if (
            atom.atom_type not in _PROSE
            or not _SHORTEST <= len(said) <= _LONGEST
            or text.rstrip()[-1] not in ".!"
        ):
            continue
        if sum(word.isalpha() and len(word) > 1 for word in said) < 0.7 * len(said):
            continue  # a formula, or what is left of a table
        informative = bool(numbers(text)) or bool(directions(text))
        chosen.append((atom.importance_score + weight[place] + 0.5 * informative, place))
    return tuple(place for _, place in sorted(chosen, key=lambda one: (-one[0], one[1])))


def paper_questions(
    graph: DocumentGraph, *, lm: str = "embedded", purpose: str = "analyst"
) -> tuple[PaperQuestion, ...]:
    """At most 16 questions of what, why, how and so what about a paper, with their answers; none without a capable LM.

    A question counts if the sentences that it names hold half the content of its answer and all its numbers. Sentences
    of the paper that speak to a judge are not shown, and neither question nor answer may. The call counts as one for
    `purpose`. Raises ModelError when the LM fails, or asks nothing that the paper answers.
    """
    from podcast_dspy.lms import is_capable

    if not is_capable(lm):
        return ()
    import dspy

    from podcast_dspy.lms import podcast_errors, usable, use
    from podcast_dspy.signatures.judging import AskQuestions

    held = statements_of(graph)
    offered = {
        place: text
        for place in sorted(key_statements(graph, held)[:_OFFERED])
        if (text := neutralise(held.texts[place])[0])
    }
    if not offered:
        return ()

    def ask() -> tuple[PaperQuestion, ...]:
        with podcast_errors(lm):
            asked = dspy.Predict(AskQuestions)(
                paper_title=neutralise(graph.title)[0],
                statements=offered,
                count=min(MOST_QUESTIONS, len(offered)),
            ).questions
        if not (questions := _answerable(asked, offered, held, lm)):
            raise UnusableAnswerError(
                f"{lm} asked nothing that {graph.title!r} answers; run it again, or use another --lm"
            )
        return questions

    with use(lm, purpose=purpose):
        return usable(ask)


def _answerable(
    asked: Sequence[AskedQuestion], offered: dict[int, str], held: Statements, made_by: str
) -> tuple[PaperQuestion, ...]:
    """The questions, each once, whose answers rest on what was offered."""
    made: dict[str, PaperQuestion] = {}
    for one in asked:
        question, answer = (neutralise(text)[0] for text in (one.question, one.answer))
        places = [place for place in one.statements if place in offered]
        source = " ".join(offered[place] for place in places)
        if not (question and answer and _rests_on(answer, source)) or len(made) >= MOST_QUESTIONS:
            continue
        made.setdefault(
            question,
            PaperQuestion(
                question_id=f"q{len(made) + 1:02d}",
                kind=one.kind,
                question=question,
                answer=answer,
                statement=source,
                atom_id=held.atom_ids[places[0]],
                made_by=made_by,
            ),
        )
    return tuple(made.values())


def _rests_on(answer: str, source: str) -> bool:
    stems, said = set(content_stems(answer)), numbers(source, lenient=True)
    return (
        bool(stems)
        and all(supported_number(one, said) for one in numbers(answer, lenient=True))
        and len(stems & set(content_stems(source))) >= _HELD * len(stems)
    )
