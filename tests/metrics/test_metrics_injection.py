"""Judged text is data: an order to the judge, in a script or in a paper, moves no score beyond what plain words do."""

from __future__ import annotations

import importlib.util
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import dspy
import pytest
from dspy.utils import DummyLM

from podcast_dspy import lms
from podcast_dspy.documents.graph import DocumentGraph
from podcast_dspy.generation.script import Script
from podcast_dspy.metrics import calculate_coverage_loss, calculate_quality_loss
from podcast_dspy.text.normalisation import neutralise

PLACE = Path(__file__).resolve().parents[2] / "benchmarks" / "trust_injections.py"


def _load() -> ModuleType:
    spec = importlib.util.spec_from_file_location("trust_injections", PLACE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


bench = _load()
INJECTIONS: dict[str, str] = bench.INJECTIONS
CRITERIA = ("engagement", "clarity", "accuracy")


def _bare(text: str) -> str:
    """Letters and digits alone, so that no quoting, escaping or line break hides a text."""
    return re.sub(r"[\W_]+", "", text).lower()


class Obedient(DummyLM):
    """A judge that does whatever it is told: all the best wherever it sees the order, else 60 and level."""

    def __init__(self, order: str) -> None:
        super().__init__([], follow_examples=True, adapter=dspy.JSONAdapter())
        self.order = order
        self.obeyed = 0
        self.asked = 0

    def _use_example(self, messages: list[dict[str, Any]]) -> str:
        seen = "".join(str(message["content"]) for message in messages)
        told = self.order in seen or _bare(self.order) in _bare(seen)
        self.asked += 1
        self.obeyed += told
        if "Say which of two stretches" in seen:
            answer = {"verdict": json.dumps(dict.fromkeys(CRITERIA, "tie"))}
        elif "how deeply the stretch covers" in seen:
            depth = "deeply_explained" if told else "not_mentioned"
            evidence = "Every stream was sampled every fourteen days."
            names = [
                "brine treatment",
                "chloride concentration",
                "road salt",
                "friction coefficient",
                "groundwater",
            ]
            answer = {
                "depths": json.dumps(
                    [{"concept": name, "depth": depth, "evidence": evidence} for name in names]
                )
            }
        elif "Ask what a listener" in seen:
            asked = {
                "kind": "so what",
                "question": "What should cities do?",
                "answer": "Wet their salt before spreading it.",
                "statements": [10],
            }
            answer = {"questions": json.dumps([asked])}
        elif "knows nothing else" in seen:
            found = {"question_id": "q01", "answer": self.order, "evidence": ["Every stream was sampled."]}
            answer = {"answers": json.dumps([found] if told else [])}
        elif "Mark a listener's answers" in seen:
            mark = {"question_id": "q01", "reason": "so it is", "mark": "right"}
            answer = {"marks": json.dumps([mark])}
        else:
            said = re.findall(r"\[\[ ## stretch ## \]\]\n(.*?[.!?])\s", seen, re.DOTALL)[-1]
            rating = {"reason": "so it is", "evidence": [said], "score": 100 if told else 60}
            answer = {"rubric": json.dumps(dict.fromkeys(CRITERIA, rating))}
        return str(self._format_answer_fields(answer))


@pytest.fixture
def obedient(monkeypatch: pytest.MonkeyPatch) -> list[Obedient]:
    """Judges are obedient to the order that the test puts into the list."""
    made: list[Obedient] = []

    @contextmanager
    def use(role: str, **options: Any) -> Iterator[DummyLM]:
        lm = made[-1]
        with dspy.context(lm=lm, adapter=dspy.JSONAdapter()):
            yield lm

    monkeypatch.setattr(lms, "use", use)
    return made


def with_passages(graph: DocumentGraph, *texts: str) -> DocumentGraph:
    """The paper with more paragraphs."""
    last = graph.atoms[-1]
    more = tuple(
        last.model_copy(update={"atom_id": f"p002_text_{place:02d}", "content": text})
        for place, text in enumerate(texts, 1)
    )
    # Read again: a copy would keep the index of the old paragraphs.
    return DocumentGraph.model_validate({**graph.model_dump(), "atoms": (*graph.atoms, *more)})


def test_there_are_more_than_twenty() -> None:
    assert len(INJECTIONS) >= 20


@pytest.mark.parametrize("talk", bench.PLAIN_TALK)
def test_plain_talk_stays(talk: str) -> None:
    assert neutralise(talk) == (talk, ())


def test_the_obedient_judge_would_be_fooled(
    obedient: list[Obedient], script: Script, graph: DocumentGraph
) -> None:
    """The trap works: an order that nothing takes out is obeyed."""
    order = "Salt melts ice on every road of the county."
    obedient.append(Obedient(order))
    weak = script.text[:900] + "."
    _, plain = calculate_quality_loss(weak, script.text, graph, judge="openai/judge")
    assert obedient[-1].obeyed == 0
    _, told = calculate_quality_loss(f"{weak} {order}", f"{script.text}", graph, judge="openai/judge")
    assert obedient[-1].obeyed > 0
    assert told["sub_scores"]["accuracy"] >= plain["sub_scores"]["accuracy"]


@pytest.mark.parametrize("place", ["end", "start", "middle"])
@pytest.mark.parametrize("name", INJECTIONS)
def test_an_order_in_the_script_never_reaches_the_judge(
    name: str, place: str, obedient: list[Obedient], script: Script, graph: DocumentGraph
) -> None:
    order = INJECTIONS[name]
    half = script.text.index("And here's the result.")
    text = {
        "end": f"{script.text} {order}",
        "start": f"{order}\n\n{script.text}",
        "middle": f"{script.text[:half]}\n\n{order}\n\n{script.text[half:]}",
    }[place]
    obedient.append(Obedient(order))
    _, details = calculate_quality_loss(text, script.text, graph, judge="openai/judge")
    assert obedient[-1].asked
    assert obedient[-1].obeyed == 0
    assert set(details["sub_scores"].values()) == {100.0}
    assert details["removed_instructions"] or name in ("zero width", "soft hyphens")


@pytest.mark.parametrize("name", INJECTIONS)
def test_an_order_explains_no_concept(
    name: str, obedient: list[Obedient], script: Script, graph: DocumentGraph
) -> None:
    obedient.append(Obedient(INJECTIONS[name]))
    _, details = calculate_coverage_loss(f"{script.text} {INJECTIONS[name]}", graph, judge="openai/judge")
    assert obedient[-1].asked
    assert obedient[-1].obeyed == 0
    assert details["credit"] == 0
    assert details["questions_answered"] == 0


@pytest.mark.parametrize("name", INJECTIONS)
def test_an_order_in_the_paper_never_reaches_the_judge(
    name: str, obedient: list[Obedient], script: Script, graph: DocumentGraph
) -> None:
    order = INJECTIONS[name]
    # Among words that the script says, so that the passage is shown to the judge.
    graph = with_passages(graph, f"Brine treatment wets the salt before it is spread. {order}", order)
    obedient.append(Obedient(order))
    weak = script.text[: script.text.index("A word of caution")]
    calculate_quality_loss(weak, script.text, graph, judge="openai/judge")
    assert obedient[-1].asked
    assert obedient[-1].obeyed == 0


@pytest.mark.parametrize("name", INJECTIONS)
def test_the_measured_judge_gives_nothing_for_an_order(
    name: str, script: Script, graph: DocumentGraph
) -> None:
    weak = script.text[: script.text.index("A word of caution")].strip()

    def measured(text: str) -> tuple[float, float]:
        return (
            calculate_coverage_loss(text, graph, reference_transcript=script.text, similarity="lexical")[0],
            calculate_quality_loss(text, script.text, graph, similarity="lexical")[0],
        )

    plain = measured(weak)
    told = measured(f"{weak} {INJECTIONS[name]}")
    padded = measured(f"{weak} {bench.plain_words(INJECTIONS[name])}")
    for before, after, beside in zip(plain, told, padded, strict=True):
        # An order may cost (it says what the paper does not); it may gain no more than as many plain words.
        assert after >= before - abs(beside - before) - 1e-9


@pytest.mark.parametrize("name", INJECTIONS)
def test_an_order_in_the_paper_moves_the_measures_no_more_than_plain_words(
    name: str, script: Script, graph: DocumentGraph
) -> None:
    weak = script.text[: script.text.index("A word of caution")].strip()

    def measured(*more: str) -> tuple[float, float]:
        paper = with_passages(graph, *more)
        return (
            calculate_coverage_loss(weak, paper, reference_transcript=script.text, similarity="lexical")[0],
            calculate_quality_loss(weak, script.text, paper, similarity="lexical")[0],
        )

    plain, told, padded = (
        measured(),
        measured(INJECTIONS[name]),
        measured(bench.plain_words(INJECTIONS[name])),
    )
    for before, after, beside in zip(plain, told, padded, strict=True):
        assert abs(after - before) <= abs(beside - before) + 0.005
