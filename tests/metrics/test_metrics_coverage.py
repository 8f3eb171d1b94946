"""Coverage: explaining counts, naming does not."""

from __future__ import annotations

import pytest

from podcast_dspy.documents.graph import DocumentGraph, KeyConcept
from podcast_dspy.errors import UsageError
from podcast_dspy.generation.script import Script
from podcast_dspy.metrics import calculate_coverage_loss
from podcast_dspy.metrics.content_units import concept_coverage


def loss(text: str, graph: DocumentGraph, reference: str | None = None) -> float:
    return calculate_coverage_loss(text, graph, reference_transcript=reference, similarity="lexical")[0]


def test_the_episode_explains_what_it_talks_about(script: Script, graph: DocumentGraph) -> None:
    found = {item.concept.name: item for item in concept_coverage(script.text, graph, similarity="lexical")}
    assert found["chloride concentration"].depth in ("explained", "deeply_explained")
    assert found["brine treatment"].depth in ("explained", "deeply_explained")
    assert "brine treatment" in found["brine treatment"].evidence.lower()


def test_against_itself_it_loses_nothing(script: Script, graph: DocumentGraph) -> None:
    assert loss(script.text, graph, script.text) == 0


def test_without_a_reference_it_is_absolute(script: Script, graph: DocumentGraph) -> None:
    value, details = calculate_coverage_loss(script.text, graph, similarity="lexical")
    assert 0 < value < 0.6
    assert details["concepts_total"] == 5
    assert details["literal_loss"] == pytest.approx(1 - details["coverage_ratio"])


def test_a_keyword_list_covers_nothing(graph: DocumentGraph) -> None:
    text = (
        "We discuss brine treatment, chloride concentration, road salt, friction coefficient and groundwater."
    )
    value, details = calculate_coverage_loss(text, graph, similarity="lexical")
    assert value == 1
    assert details["coverage_ratio"] == 1
    assert "only in a list" in details["feedback"][0].text


def test_naming_each_concept_alone_covers_nothing(graph: DocumentGraph) -> None:
    text = " ".join(f"Then there is {concept.name}." for concept in graph.key_concepts)
    assert loss(text, graph) > 0.95


def test_saying_it_ten_times_explains_no_more(script: Script, graph: DocumentGraph) -> None:
    once = "Brine treatment is great for the road."
    assert loss(" ".join([once] * 10), graph) == loss(once, graph)


def test_numbers_and_acronyms_match_in_any_form(graph: DocumentGraph) -> None:
    graph = graph.model_copy(
        update={
            "key_concepts": (
                KeyConcept(name="top-5 accuracy", importance=1.0),
                KeyConcept(name="information theory", aliases=("IT",), importance=1.0),
            )
        }
    )
    spoken = concept_coverage("The top five accuracy is what they report.", graph, similarity="lexical")
    assert spoken[0].depth == "briefly_mentioned"
    assert spoken[1].depth == "not_mentioned"
    pronoun = concept_coverage("They say that it is fine and it works.", graph, similarity="lexical")
    assert pronoun[1].depth == "not_mentioned"
    acronym = concept_coverage("They say that IT helps here.", graph, similarity="lexical")
    assert acronym[1].depth == "briefly_mentioned"


def test_feedback_names_the_atoms(graph: DocumentGraph) -> None:
    _, details = calculate_coverage_loss("Nothing of the kind.", graph, similarity="lexical")
    assert details["feedback"][0].text == (
        "concept 'brine treatment' is missed; p001_text_01, p001_text_03 explain it"
    )
    assert details["feedback"][0].predictor == "planner"


def test_a_paper_without_concepts_is_refused(graph: DocumentGraph) -> None:
    with pytest.raises(UsageError, match="no key concepts"):
        loss("x", graph.model_copy(update={"key_concepts": ()}))


def test_a_reference_that_covers_nothing_is_refused(script: Script, graph: DocumentGraph) -> None:
    with pytest.raises(UsageError, match="belong together"):
        loss(script.text, graph, "A violin string vibrates.")
