"""What a paper says of its key concepts: where sentences name them, and what a listener should be able to answer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Literal

from pydantic import BaseModel, ConfigDict

from podcast_dspy.analysis.directions import directions
from podcast_dspy.analysis.paper_index import PAPERS, GraphKey, paper_index
from podcast_dspy.documents.graph import DocumentGraph, KeyConcept
from podcast_dspy.errors import UnusableAnswerError
from podcast_dspy.text.entities import supported_number
from podcast_dspy.text.normalisation import neutralise
from podcast_dspy.text.numbers import TEENS, UNITS, numbers
from podcast_dspy.text.words import WordTable, content_stems, stem, word_spans, words

if TYPE_CHECKING:
    from podcast_dspy.signatures.judging import AskedQuestion


_MAX_CONCEPTS: Final = 4
_WORDS_PER_CONCEPT: Final = 5
_STAND_IN: Final = "it"
"""What stands for a name that is taken out: the sentence keeps its form and loses the name's meaning."""

_REMEMBERED: Final = 4_000

_DIGITS: Final = {word: str(value) for word, value in (UNITS | TEENS | {"twenty": 20}).items()}


@WordTable
def _normal_word(word: str) -> str:
    return _DIGITS.get(word) or stem(word)


def _normal(text: str) -> tuple[str, ...]:
    return tuple(_normal_word.all(words(text)))


class Mentions:
    """Finds concepts by their names and aliases: inflected, spelled out or in digits, acronyms only in capitals."""

    def __init__(self, concepts: Sequence[KeyConcept]) -> None:
        self._seen: dict[str, tuple[tuple[int, int, int], ...]] = {}
        self._concepts = tuple(concept.name for concept in concepts)
        self._names = [" ".join(_normal(concept.name)) for concept in concepts]
        table: defaultdict[str, list[tuple[tuple[str, ...], str, int]]] = defaultdict(list)
        for place, concept in enumerate(concepts):
            for form in dict.fromkeys((concept.name, *concept.aliases)):
                tokens = _normal(form)
                if tokens:
                    # A short acronym counts only in capitals, or it would be a word.
                    capitals = form if form.isupper() and len(form) <= 4 else ""
                    table[tokens[0]].append((tokens, capitals, place))
        self._table = {
            first: sorted(forms, key=lambda entry: -len(entry[0])) for first, forms in table.items()
        }

    def _spans(self, sentence: str) -> tuple[tuple[int, int, int], ...]:
        """(concept's place, first word, word after the last) of every name in a sentence; remembers the last ones."""
        known = self._seen.get(sentence)
        if known is None:
            if len(self._seen) >= _REMEMBERED:
                self._seen.clear()
            known = self._seen[sentence] = tuple(self._found(sentence))
        return known

    def _found(self, sentence: str) -> Iterator[tuple[int, int, int]]:
        tokens = _normal(sentence)
        if self._table.keys().isdisjoint(tokens):
            return  # most sentences name nothing
        for start, token in enumerate(tokens):
            if token not in self._table:
                continue
            for form, capitals, place in self._table[token]:
                end = start + len(form)
                if tokens[start:end] != form:
                    continue
                if capitals:
                    held = word_spans(sentence)
                    if not sentence[held[start][0] : held[end - 1][1]].startswith(capitals):
                        continue
                yield place, start, end

    def places(self, sentence: str) -> set[int]:
        """Places, in the list of concepts, of those that a sentence names."""
        return {place for place, _, _ in self._spans(sentence)}

    def names(self, place: int) -> str:
        """The name of the concept at a place of the list."""
        return self._concepts[place]

    def lists(self, sentence: str, places: Collection[int]) -> bool:
        """Whether a sentence that names these concepts only lists them.

        It names more than four, or more than one in five words; `filter` inside `blocked filter` is no other one.
        """
        if len(places) < 2:
            return False
        names = [self._names[place] for place in places]
        count = sum(not any(name != other and name in other for other in names) for name in names)
        return count > _MAX_CONCEPTS or (count > 1 and count * _WORDS_PER_CONCEPT > len(words(sentence)))

    def without_names(self, sentence: str) -> str:
        """The sentence with `it` for every concept named."""
        spans = self._spans(sentence)
        if not spans:
            return sentence
        held = word_spans(sentence)
        masked = {word for _, start, end in spans for word in range(start, end)}
        parts: list[str] = []
        copied = 0
        for word in sorted(masked):
            first, last = held[word]
            if word - 1 not in masked:
                parts += [sentence[copied:first], _STAND_IN]
            copied = last
        return "".join([*parts, sentence[copied:]])


_LEAST_WORDS = 6


@dataclass(frozen=True)
class Statements:
    """What a paper says about its key concepts, sentence by sentence."""

    mentions: Mentions
    texts: tuple[str, ...]
    atom_ids: tuple[str, ...]
    """Atom that each statement stands in."""
    of: tuple[tuple[int, ...], ...]
    """Statements (places in `texts`) about each concept."""


def statements_of(graph: DocumentGraph) -> Statements:
    """The distinct sentences (six words and more) of a paper that name a key concept, in reading order; memoised."""
    return _statements(GraphKey(graph))


@lru_cache(maxsize=PAPERS)
def _statements(key: GraphKey) -> Statements:
    graph = key.graph
    mentions = Mentions(graph.key_concepts)
    atoms: dict[str, str] = {}
    of: list[list[int]] = [[] for _ in graph.key_concepts]
    for passage in paper_index(graph).passages:
        if passage.text in atoms or len(words(passage.text)) < _LEAST_WORDS:
            continue
        places = mentions.places(passage.text)
        for place in places:
            of[place].append(len(atoms))
        if places:
            atoms[passage.text] = passage.atom_id
    return Statements(mentions, tuple(atoms), tuple(atoms.values()), tuple(tuple(one) for one in of))


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
