"""Sentences held against a paper."""

from __future__ import annotations

import math

import pytest
from episodes import paper_of

from podcast_dspy.analysis.grounding import ground, ground_text
from podcast_dspy.documents.graph import DocumentAtom, DocumentGraph
from podcast_dspy.errors import UsageError
from podcast_dspy.metrics.quality import claim_precision

PASSAGES = (
    "We measured chloride concentration in 24 streams near the city of Tammerfors over three winters.",
    "Brine treatment reduced the chloride concentration by 41%, from 182 to 107 milligrams per litre.",
    "The friction of the road surface did not change under treatment.",
    "Cities should wet their salt before spreading it, because less salt has to be bought.",
)


def make_graph(passages: tuple[str, ...] = PASSAGES) -> DocumentGraph:
    return paper_of("Wet Salt", passages).model_copy(update={"authors": ("Petronella Vaara",)})


GRAPH = make_graph()


def one(sentence: str, **options: str) -> object:
    return ground([sentence], GRAPH, similarity="lexical", **options)[0]


def test_a_carried_claim_names_its_atom() -> None:
    support = one("Brine treatment cut the chloride concentration by forty-one percent.")
    assert support.supported
    assert support.atom_ids[0] == "a1"
    assert support.score > 0.6


@pytest.mark.parametrize(
    ("sentence", "field"),
    [
        ("Brine treatment cut the chloride concentration by sixty percent.", "unsupported_numbers"),
        (
            "Brine treatment reduced the chloride concentration to 24 milligrams per litre.",
            "contradicted_numbers",
        ),
        ("Brine treatment from Siemens reduced the chloride concentration by 41%.", "unsupported_entities"),
        ("The friction of the road surface did change under treatment.", "contradictions"),
        ("Brine treatment increased the chloride concentration by 41%.", "contradictions"),
    ],
)
def test_what_the_paper_does_not_say_is_named(sentence: str, field: str) -> None:
    support = one(sentence)
    assert not support.supported
    assert getattr(support, field)


@pytest.mark.parametrize(
    "sentence", ["Hello and welcome back!", "So, what happened next?", "Here's the thing.", "Let's dive in."]
)
def test_talk_without_a_claim_is_neutral(sentence: str) -> None:
    support = one(sentence)
    assert support.kind == "neutral"
    assert support.supported


def test_a_claim_about_something_else_is_not_carried() -> None:
    assert not one("Penguins of the southern ocean sing jazz in large orchestras.").supported


def test_authors_may_be_named_and_allowed_names_too() -> None:
    assert one("Petronella Vaara measured chloride in twenty-four streams over three winters.").supported
    sentence = "At Kitchen Table Science we measured chloride in twenty-four streams over three winters."
    assert not one(sentence).supported
    assert one(sentence, allowed="Kitchen Table Science").supported


def test_who_wrote_the_paper_is_the_title_page_s_to_say() -> None:
    title = DocumentAtom(atom_id="t", atom_type="title", content="Wet Salt", page=1, bbox=(0, 0, 1, 1))
    graph = GRAPH.model_copy(update={"atoms": (title, *GRAPH.atoms)})
    known, stranger = ground(
        ["It's by Petronella Vaara and colleagues.", "It's by Aurelio Brandt and colleagues."],
        graph,
        similarity="lexical",
    )
    assert known.kind == "claim"
    assert known.supported
    assert known.atom_ids[0] == "t"
    assert not stranger.supported


def test_precision_by_position() -> None:
    wrong = "Penguins of the southern ocean sing jazz in orchestras."
    found = claim_precision(ground_text(" ".join([*PASSAGES[:3], wrong, wrong]), GRAPH, similarity="lexical"))
    assert found["first"] == 1
    assert found["last"] == 0
    assert found["overall"] == pytest.approx(3 / 5)
    assert math.isnan(claim_precision([])["overall"])


def test_a_paper_without_text_is_refused() -> None:
    with pytest.raises(UsageError):
        ground(["Anything."], make_graph(()), similarity="lexical")


def test_nothing_to_ground_is_nothing() -> None:
    assert ground([], GRAPH, similarity="lexical") == []


@pytest.mark.models
def test_a_paraphrase_without_shared_words_is_carried_by_meaning() -> None:
    sentence = "Municipalities ought to moisten their road grit ahead of scattering, as it saves purchases."
    words_only = ground([sentence], GRAPH, similarity="lexical")[0]
    meaning = ground([sentence], GRAPH)[0]
    assert meaning.score > words_only.score
    assert "a3" in meaning.atom_ids
