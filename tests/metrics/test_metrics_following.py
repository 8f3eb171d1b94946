"""Whether an episode can be followed, and the gate on the example pairs."""

from __future__ import annotations

import importlib.util
import random
import re
import sys
import time
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podcast_dspy.documents import read_document
from podcast_dspy.documents.graph import DocumentGraph
from podcast_dspy.generation.script import Script
from podcast_dspy.metrics.following import _at_most, followed, measure_following, role_fit
from podcast_dspy.metrics.loss import measures
from podcast_dspy.metrics.quality import calculate_quality_loss

ROOT = Path(__file__).resolve().parents[2]
HEADED = re.compile(r"^## (\w+)\s*\n(.*?)(?=^## |\Z)", re.M | re.S)


def _load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, ROOT / "benchmarks" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


edits = _load("trust_edits")
PAIRS = sorted(place.parent.name for place in (ROOT / "examples" / "pairs").glob("*/independent.md"))


def _segments(pair: str) -> list[tuple[str, str]]:
    text = (ROOT / "examples" / "pairs" / pair / "independent.md").read_text("utf-8")
    return [(kind, " ".join(body.split())) for kind, body in HEADED.findall(text)]


@pytest.fixture(scope="module")
def papers() -> dict[str, DocumentGraph]:
    return {pair: read_document(ROOT / "examples" / "pairs" / pair / "paper.pdf") for pair in PAIRS}


def _text(segments: list[tuple[str, str]]) -> str:
    return "\n\n".join(text for _, text in segments)


HELD = {
    "sentences reversed within segments": 0.15,
    "content shuffled behind kept openers": 0.15,
    "key concepts replaced by `it`": 0.15,
    "random sentences of the paper": 0.30,
}
"""Edits that every good script has to lose this much quality by; the whole gate is `benchmarks/trust.py --gate`."""


@pytest.mark.parametrize("pair", PAIRS)
@pytest.mark.parametrize("name", HELD)
def test_a_good_script_loses_by_being_spoiled(pair: str, name: str, papers: dict[str, DocumentGraph]) -> None:
    good, paper = _segments(pair), papers[pair]
    bad = edits.EDITS[name](good, paper, random.Random(3))
    loss, details = calculate_quality_loss(
        _text(bad), _text(good), paper, similarity="lexical", segments=bad, reference_segments=good
    )
    assert loss >= HELD[name], details["raw"]["generated"]


@pytest.mark.parametrize("pair", PAIRS)
def test_stitched_sentences_of_the_paper_are_no_episode(pair: str, papers: dict[str, DocumentGraph]) -> None:
    good, paper = _segments(pair), papers[pair]
    bad = edits.stitched(good, paper, random.Random(4))
    loss, details = calculate_quality_loss(_text(bad), _text(good), paper, similarity="lexical")
    assert loss >= 0.30
    assert details["evidence"]["own_words"]


def test_roles_are_those_of_the_paper_s_parts_and_of_the_host(papers: dict[str, DocumentGraph]) -> None:
    told = [role_fit(_segments(pair), papers[pair], _segments(pair)) for pair in PAIRS]
    other = [
        role_fit(
            edits.EDITS["findings told as background, methods as implications"](
                _segments(pair), papers[pair], random.Random(0)
            ),
            papers[pair],
            _segments(pair),
        )
        for pair in PAIRS
    ]
    assert all(first > second for first, second in zip(told, other, strict=True))
    assert role_fit([], papers[PAIRS[0]], []) == 1


def test_the_host_s_types_tell_where_the_paper_s_parts_do_not(papers: dict[str, DocumentGraph]) -> None:
    host = [
        ("background", "Barns were dried with hot air for decades. Farmers feared wet wood."),
        ("limitation", "Only one barn was ever measured. Nobody knows about larger fields."),
        ("implication", "Cheaper grain could reach every village. Mills could run in winter."),
    ]
    turned = [(other, text) for (_, text), (other, _) in zip(host, host[1:] + host[:1], strict=True)]
    paper = papers[PAIRS[0]]
    assert role_fit(turned, paper, host) < role_fit(host, paper, host) - 0.25
    assert role_fit(host, paper, turned) < role_fit(host, paper, host) - 0.25


@given(st.floats(0.0, 1.0), st.integers(1, 500))
def test_what_few_cases_say_is_in_doubt(share: float, count: int) -> None:
    most = _at_most(share, count)
    assert share <= most <= 1.0 + 1e-9
    assert _at_most(share, 4 * count) <= most + 1e-9
    # Brown, Cai and DasGupta 2001: 0 of 10 may be as much as 28%.
    assert _at_most(0.0, 10) == pytest.approx(0.2775, abs=1e-3)


def test_an_episode_follows_as_well_as_itself(script: Script, graph: DocumentGraph) -> None:
    found = measure_following(script.text, graph, script.text)
    assert set(found.values) == set(measures("following"))
    assert all(0 <= value <= 1 for value in found.values.values())
    assert followed(found.values, found.values) == 1


def test_idle_questions_and_promises_are_quoted(script: Script, graph: DocumentGraph) -> None:
    idle = "So how about that? Nothing will ever go wrong anywhere."
    found = measure_following(f"{script.text} {idle}", graph, script.text)
    assert found.values["purpose"] < measure_following(script.text, graph, script.text).values["purpose"]
    assert "Nothing will ever go wrong anywhere." in measure_following(idle, graph).quotes["purpose"]


def test_nothing_can_be_followed_in_nothing(graph: DocumentGraph) -> None:
    assert set(measure_following("", graph).values.values()) == {0.0}


def test_it_is_quick(script: Script, graph: DocumentGraph) -> None:
    measure_following("Warm up.", graph, script.text)
    text = "\n\n".join([script.text] * 6)
    start = time.process_time()
    measure_following(text, graph, script.text)
    assert time.process_time() - start < 1.0
