"""Questions that a paper answers, and which of them a script answers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import dspy
import pytest
from dspy.utils import DummyLM

from podcast_dspy import lms
from podcast_dspy.analysis.comprehension import (
    BLANK,
    PaperQuestion,
    cloze_questions,
    gives_answer,
    paper_questions,
)
from podcast_dspy.analysis.concept_mentions import statements_of
from podcast_dspy.documents.graph import DocumentGraph
from podcast_dspy.errors import ModelError
from podcast_dspy.generation.script import Script
from podcast_dspy.metrics import calculate_coverage_loss, score_script
from podcast_dspy.metrics.concept_coverage import answered
from podcast_dspy.pairs.pair import TrainingPair


@pytest.fixture(scope="module")
def asked(graph: DocumentGraph) -> dict[str, PaperQuestion]:
    return {one.answer: one for one in cloze_questions(graph)}


def put(monkeypatch: pytest.MonkeyPatch, answers: list[dict[str, Any]]) -> None:
    lm = DummyLM(answers, adapter=dspy.JSONAdapter())

    @contextmanager
    def use(role: str, **options: Any) -> Iterator[DummyLM]:
        with dspy.context(lm=lm, adapter=dspy.JSONAdapter()):
            yield lm

    monkeypatch.setattr(lms, "use", use)


def test_a_blank_stands_for_the_answer(asked: dict[str, PaperQuestion]) -> None:
    number = asked["41%"]
    assert number.kind == "number"
    assert number.question == (
        f"Brine treatment reduced the chloride concentration by {BLANK}, from 182 to 107 milligrams per litre."
    )
    assert asked["lower"].kind == "comparison"
    assert {one.kind for one in asked.values()} == {"number", "comparison", "term"}
    assert all(BLANK in one.question and one.atom_id and one.made_by == "rules" for one in asked.values())


def test_the_same_paper_gives_the_same_questions(graph: DocumentGraph) -> None:
    assert cloze_questions(graph) == cloze_questions(graph.model_copy(deep=True))


def test_the_host_answers_and_another_podcast_does_not(
    script: Script, graph: DocumentGraph, other_episode: str
) -> None:
    questions = cloze_questions(graph)
    human = answered(script.text, graph, questions, similarity="lexical")
    assert sum(human) >= 0.8 * len(questions)
    assert sum(answered(other_episode, graph, questions, similarity="lexical", register=script.text)) == 0


@pytest.mark.parametrize(
    ("old", "new", "answer"),
    [
        ("forty-one percent", "seventy-three percent", "41%"),
        ("0.52 with brine", "0.31 with brine", "0.52"),
        ("lower the freezing point", "raise the freezing point", "lower"),
    ],
)
def test_a_wrong_answer_is_none(
    old: str, new: str, answer: str, script: Script, graph: DocumentGraph, asked: dict[str, PaperQuestion]
) -> None:
    assert old in script.text
    question = [asked[answer]]
    assert answered(script.text, graph, question, similarity="lexical") == (True,)
    assert answered(script.text.replace(old, new), graph, question, similarity="lexical") == (False,)


def test_the_number_alone_is_no_answer(graph: DocumentGraph, asked: dict[str, PaperQuestion]) -> None:
    text = "Forty-one percent of all violins are made in the north, as everybody says."
    assert answered(text, graph, [asked["41%"]], similarity="lexical") == (False,)


def test_coverage_tells_what_is_left_open(script: Script, graph: DocumentGraph) -> None:
    cut = script.text[: script.text.index("And here's the result.")]
    loss, details = calculate_coverage_loss(
        cut, graph, reference_transcript=script.text, similarity="lexical"
    )
    assert details["questions_total"] == len(cloze_questions(graph))
    assert details["questions_answered"] < details["question_coverage_reference"] * details["questions_total"]
    assert details["question_coverage"] == details["questions_answered"] / details["questions_total"]
    assert any(one["answer"] == "41%" for one in details["questions_unanswered"])
    assert any("left open" in line.text and "41%" in line.text for line in details["feedback"])
    assert 0 < loss < 1


def test_no_questions_is_no_share(script: Script, graph: DocumentGraph) -> None:
    _, details = calculate_coverage_loss(script.text, graph, similarity="lexical", questions=())
    assert details["question_coverage"] is None
    assert details["questions_total"] == 0


def test_the_pairs_own_questions_are_used(script: Script, pair: TrainingPair, graph: DocumentGraph) -> None:
    own = pair.model_copy(update={"questions": cloze_questions(graph)[:2]})
    metrics = score_script(script, own, similarity="lexical")
    assert metrics.details["coverage"]["questions_total"] == 2


def ask(statement: int, question: str, answer: str) -> dict[str, Any]:
    return {"statement": statement, "question": question, "answer": answer}


def test_a_capable_lm_asks_and_nonsense_is_dropped(
    monkeypatch: pytest.MonkeyPatch, graph: DocumentGraph, script: Script
) -> None:
    texts = statements_of(graph).texts
    place = next(number for number, text in enumerate(texts) if "41%" in text)
    put(
        monkeypatch,
        [
            {
                "questions": json.dumps(
                    [
                        ask(place, "By how much did brine lower the chloride?", "by 41%"),
                        ask(place, "What colour was the brine?", "dark purple"),
                        ask(999, "Where?", "nowhere"),
                    ]
                )
            }
        ],
    )
    questions = paper_questions(graph, lm="openai/asker")
    assert [one.answer for one in questions] == ["by 41%"]
    assert questions[0].made_by == "openai/asker"
    assert answered(script.text, graph, questions, similarity="lexical") == (True,)


@pytest.mark.parametrize("answer", [{"questions": "[]"}, {"questions": "I cannot help with that."}])
def test_an_lm_that_asks_nothing_is_an_error(
    answer: dict[str, Any], monkeypatch: pytest.MonkeyPatch, graph: DocumentGraph
) -> None:
    put(monkeypatch, [answer] * 3)
    with pytest.raises(ModelError, match="asked no"):
        paper_questions(graph, lm="openai/asker")


def test_without_an_lm_the_rules_ask(graph: DocumentGraph) -> None:
    assert paper_questions(graph) == cloze_questions(graph)


def test_a_judge_finds_answers_but_does_not_decide_what_is_right(
    monkeypatch: pytest.MonkeyPatch, graph: DocumentGraph, script: Script, asked: dict[str, PaperQuestion]
) -> None:
    from podcast_dspy.metrics.judged_coverage import judge_answers

    number = asked["41%"]
    said = (
        "Brine treatment reduced the chloride concentration by forty-one percent, from 182 to 107 milligrams"
    )

    def judged(answer: str, evidence: str) -> tuple[bool, ...]:
        found = [{"question_id": number.question_id, "answer": answer, "evidence": evidence}]
        put(monkeypatch, [{"answers": json.dumps(found)}])
        return judge_answers(script.text, graph, [number], "openai/judge")

    assert judged("forty-one percent", said) == (True,)
    assert judged("forty-one percent", "It fell by forty-one percent, they say.") == (False,)
    assert judged("a lot", "Half of the roads kept dry salt.") == (False,)


def test_a_judge_that_fails_leaves_the_questions_unscored(
    monkeypatch: pytest.MonkeyPatch, graph: DocumentGraph, script: Script
) -> None:
    depths = [
        {"concept": one.name, "depth": "explained", "evidence": "Half of the roads kept dry salt."}
        for one in graph.key_concepts
    ]
    put(monkeypatch, [{"depths": json.dumps(depths)}] * 3 + [{"answers": "no"}] * 5)
    loss, details = calculate_coverage_loss(script.text, graph, judge="openai/judge")
    assert loss == pytest.approx(0.25)
    assert details["question_coverage"] is None
    assert "openai/judge" in details["questions_unscored"]


def test_an_open_answer_needs_its_numbers(graph: DocumentGraph) -> None:
    held = statements_of(graph)
    question = PaperQuestion(
        question_id="q01",
        kind="open",
        question="How often?",
        answer="every 14 days",
        statement="s",
        atom_id="a",
    )
    assert gives_answer(question, "Each was sampled every fourteen days.", held)
    assert not gives_answer(question, "Each was sampled every twenty days.", held)


def test_questions_reach_the_judge_whole(
    monkeypatch: pytest.MonkeyPatch, graph: DocumentGraph, script: Script
) -> None:
    from podcast_dspy.metrics.judged_coverage import judge_answers

    questions = cloze_questions(graph)
    seen: list[str] = []

    class Asked(DummyLM):
        def _use_example(self, messages: list[dict[str, Any]]) -> str:
            seen.append("".join(str(message["content"]) for message in messages))
            return str(self._format_answer_fields({"answers": "[]"}))

    @contextmanager
    def use(role: str, **options: Any) -> Iterator[DummyLM]:
        lm = Asked([], follow_examples=True, adapter=dspy.JSONAdapter())
        with dspy.context(lm=lm, adapter=dspy.JSONAdapter()):
            yield lm

    monkeypatch.setattr(lms, "use", use)
    judge_answers(script.text, graph, questions, "openai/judge")
    asked = "".join(seen)
    for one in questions:
        assert json.dumps(one.question, ensure_ascii=False)[1:-1] in asked
