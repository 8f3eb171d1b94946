"""What a reviewer is shown with sentences, and what becomes of those that fail."""

from __future__ import annotations

from itertools import product

import pytest
from test_generation_reading import RUNDOWN, atom, graph

from podcast_dspy.analysis.grounding import Judgement, Verdict
from podcast_dspy.generation.reading import read_paper
from podcast_dspy.generation.reviewing import Claim, Review, evidence, nearest_passages, spoken_claims
from podcast_dspy.generation.script import Paragraph

FIRST, SECOND, THIRD = "A cache is small.", "It misses 12 percent.", "That is a lot."


def judgement(sentence: str, verdict: Verdict = "supported") -> Judgement:
    return Judgement(sentence, verdict, (), () if verdict == "supported" else ("no passage says so",))


def reviewed(*verdicts: str, held: bool = False) -> tuple[Review, Paragraph]:
    one = Paragraph(0, f"{FIRST} {SECOND} {THIRD}")
    review = Review(measured=True)
    review.verdicts |= {
        (0, sentence): verdict for sentence, verdict in zip(one.sentences, verdicts, strict=True)
    }
    review.held |= {(0, sentence) for sentence in one.sentences if held}
    return review, one


@pytest.mark.parametrize(
    ("verdicts", "held", "left"),
    [
        (("supported", "supported", "illustration"), False, f"{FIRST} {SECOND} {THIRD}"),
        (("supported", "no source", "supported"), False, FIRST),
        (("supported", "no source", "supported"), True, f"{FIRST} {SECOND} {THIRD}"),
        (("supported", "contradicted", "supported"), True, FIRST),
        (("illustration", "contradicted", "supported"), False, ""),
        (("contradicted", "supported", "supported"), False, ""),
    ],
)
def test_a_paragraph_ends_before_what_neither_check_carries_and_is_no_bare_lead_in(
    verdicts: tuple[str, ...], held: bool, left: str
) -> None:
    review, one = reviewed(*verdicts, held=held)
    assert review.mended(0, one).text == left


def test_a_paragraph_that_an_edit_spoiled_goes_back_to_its_last_sound_wording() -> None:
    sound = Paragraph(0, "A cache is small. It misses 12 percent fewer requests.")
    review, spoiled = reviewed("supported", "no source", "supported")
    review.verdicts |= {(0, sentence): "supported" for sentence in sound.sentences}
    review.keep_sound([sound], [0])
    review.keep_sound([spoiled], [0])
    assert review.mended(0, spoiled) == sound
    assert review.mended(0, sound) == sound


def test_only_what_nobody_carried_yet_is_looked_at_again() -> None:
    review, one = reviewed("supported", "no source", "contradicted")
    assert [review.open(0, sentence) for sentence in one.sentences] == [False, True, False]
    assert review.open(0, "Something new.")
    assert not review.open(0, "What then?")


VERDICTS: tuple[Verdict, ...] = ("supported", "unsupported")
LONG = "Something else is told at length about the traces and about the machines. " * 20
"""1,480 characters: of 30 such passages not all are shown."""
PAPER = graph(
    *(atom(f"a{place}", "paragraph", f"{LONG}Number {place + 700}.", "Results") for place in range(30)),
    atom("t", "table", "policy\tmisses\nsplit\t47.7", "Results", caption="Misses.", figure_number="1"),
    sections=("Results",),
)


def test_a_number_brings_the_table_that_gives_it() -> None:
    (near,) = nearest_passages([judgement("Where it was split, 47.7 were missed.")], read_paper(PAPER))
    assert near[0] == "t1"


def test_with_a_sentence_stand_the_passages_that_its_segment_was_planned_from_whatever_the_check_says() -> (
    None
):
    reading = read_paper(PAPER)
    plan = RUNDOWN.model_copy(
        update={
            "segments": [
                one.model_copy(update={"passages": names})
                for one, names in zip(RUNDOWN.segments, (["p3"], ["p9", "t1"]), strict=True)
            ]
        }
    )
    paragraphs = [Paragraph(0, FIRST), Paragraph(1, SECOND)]
    for verdict, place in product(VERDICTS, (0, 1)):
        claims = [Claim(place, "", judgement(paragraphs[place].text, verdict), ("p20",))]
        review = Review(measured=True, edited_by={place: ["p25"]})
        shown = evidence(claims, paragraphs, plan, reading, review, 1_000_000)
        assert {"p20", "p25", *plan.segments[place].passages} <= set(shown)
        assert sum(len(reading.passages[name]) for name in shown) <= 28_000
    assert len(evidence(claims, paragraphs, plan, reading, review, 10.0)) == 1


def test_of_a_short_paper_everything_is_shown_with_many_sentences() -> None:
    reading = read_paper(graph(atom("a", "paragraph", "It misses less.", "Results"), sections=("Results",)))
    claims, script = [Claim(0, "", judgement(FIRST))], [Paragraph(0, FIRST)]
    assert evidence(20 * claims, script, RUNDOWN, reading, Review(True), 1_000.0) == ["p1"]
    assert evidence(claims, script, RUNDOWN, reading, Review(True), 1_000.0) == []


def test_a_reviewer_hears_of_the_measured_check_only_what_it_has_against_a_sentence() -> None:
    claims = [Claim(0, "", judgement(FIRST)), Claim(0, FIRST, judgement(SECOND, "unsupported"))]
    assert [one.measured for one in spoken_claims(claims, {FIRST})] == [
        "meant as an illustration",
        "unsupported: no passage says so",
    ]
    assert [one.measured for one in spoken_claims(claims, (), measured=False)] == ["", ""]
