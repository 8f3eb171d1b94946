"""Questions that a paper answers, made from its key statements by rules or asked by a capable LM."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict

from podcast_dspy.analysis.concept_mentions import Statements, statements_of
from podcast_dspy.analysis.directions import directions
from podcast_dspy.documents.graph import DocumentGraph
from podcast_dspy.errors import ModelError, PodcastError, UnusableAnswerError
from podcast_dspy.text.number_support import supported_number
from podcast_dspy.text.numbers import Number, numbers
from podcast_dspy.text.wordlists import expression
from podcast_dspy.text.words import content_stems, words

QuestionKind = Literal["number", "comparison", "term", "open"]

BLANK: Final = "_____"
MOST_QUESTIONS: Final = 24
_OF_A_KIND: Final = 10
_OF_AN_ATOM: Final = 3
_SHORTEST, _LONGEST = 7, 45
_PROSE: Final = frozenset({"abstract", "paragraph", "quote"})
_POINTER = expression("pointer")
_YEAR = re.compile(r"(?:1[5-9]|20)\d\d[a-z]")
_ASKED_TURNS: Final = frozenset(range(6)) | {7}
"""Opposites (of `claims`) that compare amounts; `before` and `supports` rarely do."""
_ANSWER_HELD: Final = 0.5
"""Share of an open answer's content that has to be said."""


class PaperQuestion(BaseModel):
    """A question with the paper's answer, and the sentence that gives it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    question_id: str
    kind: QuestionKind
    """What the answer is: a number, the direction of a comparison, a key concept, or (`open`) any words."""
    question: str
    """The sentence with a blank, or what an LM asked."""
    answer: str
    statement: str
    """Sentence of the paper that answers it, one of `statements_of`."""
    atom_id: str
    made_by: str = "rules"
    """`rules`, or the LM that asked."""


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
        telling = bool(_stated(text)) or bool(directions(text))
        chosen.append((atom.importance_score + weight[place] + 0.5 * telling, place))
    return tuple(place for _, place in sorted(chosen, key=lambda one: (-one[0], one[1])))


def cloze_questions(graph: DocumentGraph) -> tuple[PaperQuestion, ...]:
    """At most 24 key statements with a number, a comparison or a key concept's name blanked; empty without any.

    At most ten of a kind and three of a passage, so that one table read aloud is not the whole examination.
    """
    held = statements_of(graph)
    kinds: Counter[str] = Counter()
    atoms: Counter[str] = Counter()
    made: list[PaperQuestion] = []
    for place in key_statements(graph, held):
        atom_id = held.atom_ids[place]
        if len(made) >= MOST_QUESTIONS:
            break
        if atoms[atom_id] >= _OF_AN_ATOM:
            continue
        found = _blanked(held.texts[place], place, held, graph, kinds)
        if found is None:
            continue
        kind, question, answer = found
        kinds[kind] += 1
        atoms[atom_id] += 1
        made.append(
            PaperQuestion(
                question_id=f"q{len(made) + 1:02d}",
                kind=kind,
                question=question,
                answer=answer,
                statement=held.texts[place],
                atom_id=atom_id,
            )
        )
    return tuple(made)


def _stated(text: str) -> list[tuple[Number, int, int]]:
    """Numbers that say something: no year, no pointer to a figure, no bare digit; with their places."""
    found = []
    start = 0
    for number in numbers(text):
        at = text.find(number.surface, start)
        if at < 0:
            continue
        start = at + len(number.surface)
        year = not number.percent and number.value == int(number.value) and 1500 <= number.value <= 2100
        bare = not number.percent and not number.decimals and number.value < 10
        year = year or _YEAR.fullmatch(number.surface) is not None
        if not (year or bare or _POINTER.search(text[:at])):
            found.append((number, at, start))
    return found


def _blanked(
    text: str, place: int, held: Statements, graph: DocumentGraph, kinds: Counter[str]
) -> tuple[QuestionKind, str, str] | None:
    """(kind, sentence with a blank, answer) of the first thing worth asking for whose kind is not used up."""
    stated = _stated(text)
    if stated and kinds["number"] < _OF_A_KIND:
        number, first, last = max(stated, key=lambda one: (one[0].percent, one[0].decimals, -one[1]))
        tail = "%" if number.percent else ""
        answer = number.surface.strip()
        if tail and not re.search(r"%|percent|per cent", answer):
            answer += tail
        rest = text[last:].removeprefix(tail) if tail else text[last:]
        return "number", f"{text[:first]}{BLANK}{rest}", answer
    turns = [turn for turn in directions(text) if turn[0] in _ASKED_TURNS]
    if len(turns) == 1 and kinds["comparison"] < _OF_A_KIND:
        _, _, first, last = turns[0]
        return "comparison", f"{text[:first]}{BLANK}{text[last:]}", text[first:last]
    named = [number for number, places in enumerate(held.of) if place in places]
    best = max(named, key=lambda number: graph.key_concepts[number].importance)
    asked = held.mentions.blanked(text, best, BLANK)
    # A sentence that holds hardly more than the name asks for nothing.
    if kinds["term"] < _OF_A_KIND and len(content_stems(held.mentions.without_names(text))) >= 4:
        return "term", asked, graph.key_concepts[best].name
    return None


def gives_answer(question: PaperQuestion, passage: str, held: Statements) -> bool:
    """Whether a spoken sentence that is about the question's statement holds its answer.

    A number has to be the same (as `number_support` compares them), a comparison has to go the same way and not the
    other, a concept has to be named in any form, and of any other answer half the content has to be said.
    """
    if question.kind == "number":
        wanted = numbers(question.answer, lenient=True)
        said = numbers(passage)
        return bool(wanted) and all(
            any(supported_number(one, (number,)) for one in said) for number in wanted
        )
    if question.kind == "comparison":
        asked = {(pair, side) for pair, side, _, _ in directions(question.answer)}
        said_turns = {(pair, side) for pair, side, _, _ in directions(passage)}
        return bool(asked & said_turns) and not any((pair, not side) in said_turns for pair, side in asked)
    if question.kind == "term":
        return any(held.mentions.names(place) == question.answer for place in held.mentions.places(passage))
    stems = set(content_stems(question.answer))
    wanted = numbers(question.answer, lenient=True)
    said = numbers(passage)
    if not all(any(supported_number(one, (number,)) for one in said) for number in wanted):
        return False
    if not stems:
        return bool(wanted)
    return len(stems & set(content_stems(passage))) >= _ANSWER_HELD * len(stems)


def open_questions(
    asked: Sequence[tuple[int, str, str]], graph: DocumentGraph, made_by: str
) -> tuple[PaperQuestion, ...]:
    """Questions of an LM, given as (place of the statement, question, answer).

    Those that their statement does not answer are left out, and all beyond the 24th.
    """
    held = statements_of(graph)
    made: list[PaperQuestion] = []
    for place, question, answer in asked:
        if not (0 <= place < len(held.texts) and question.strip() and answer.strip()):
            continue
        new = PaperQuestion(
            question_id=f"q{len(made) + 1:02d}",
            kind="open",
            question=question.strip(),
            answer=answer.strip(),
            statement=held.texts[place],
            atom_id=held.atom_ids[place],
            made_by=made_by,
        )
        if gives_answer(new, new.statement, held) and len(made) < MOST_QUESTIONS:
            made.append(new)
    return tuple(made)


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
