"""Who is said to do what: subjects of a paper, their numbers, and sentences that exchange them."""

from __future__ import annotations

import pytest
from episodes import paper_of

from podcast_dspy.analysis.closeness import fragments_of, in_its_words, spoken_register
from podcast_dspy.analysis.grounding import ground, ground_text
from podcast_dspy.analysis.subjects import subjects_of
from podcast_dspy.metrics.quality import against_host
from podcast_dspy.text.numbers import numbers
from podcast_dspy.text.words import split_sentences

PARAGRAPHS = (
    "We compare three ways of drying apples on twelve farms. Air drying hangs the rings in a barn. Oven drying "
    "heats them to sixty degrees. Freeze drying puts them under vacuum.",
    "Oven drying keeps 41.5% of the vitamins, whereas air drying keeps 62.4%. Freeze drying loses hardly any of them. "
    "It needs 9.5 kilowatt hours for each kilogram.",
    "Air drying is slower than oven drying on every farm. The rings are weakest where the slices are thick, and the "
    "thicker the slice, the more it shrinks.",
    "After 14 days the loss is 3.1 grams, and after 60 days it is 8.7 grams. The barns were never heated.",
    "Every ring has nine features, of which 28 are weights and 16 are colours.",
)
TABLE = "Method\tVitamins\tHours\nAir drying\t62.4%\t96\nOven drying\t41.5%\t11\nFreeze drying\t93.2%\t30"
GRAPH = paper_of("Rings", PARAGRAPHS, TABLE)


@pytest.mark.parametrize(
    "sentence",
    [
        "Oven drying keeps 62.4% of the vitamins.",
        "Freeze drying takes 96 hours.",
        "We compare three ways of drying apples on 14 farms.",
        "Oven drying is slower than air drying on every farm.",
        "Oven drying hangs the rings in a barn.",
        "The rings are strongest where the slices are thick.",
        "The thicker the slice, the less it shrinks.",
    ],
)
def test_a_fluent_falsehood_is_stopped(sentence: str) -> None:
    (support,) = ground([sentence], GRAPH, similarity="lexical")
    assert not support.supported
    assert support.contradictions or support.contradicted_numbers


@pytest.mark.parametrize(
    "text",
    [
        "Picture a barn full of apple rings. That's how grandma did it, and she never paid for power.",
        "So the oven's quick, but you pay for it: 41.5 percent of the vitamins are all that's left.",
        "And air drying? It's slow, and it still keeps 62 percent.",
        "They hang the rings in a barn, and that's all. Half the charm is the wait.",
        "Is it worth the power? Freeze drying burns nine and a half kilowatt hours, so you'd better like your apples.",
    ],
)
def test_what_is_told_in_other_words_is_kept(text: str) -> None:
    found = ground_text(text, GRAPH, similarity="lexical")
    assert all(support.supported for support in found), [one for one in found if not one.supported]


def test_a_report_is_carried_by_the_words_of_the_paper_and_talk_needs_less() -> None:
    sentence = "Warmth in a cooker destroys what makes fruit healthy on farms."
    assert not ground([sentence], GRAPH, similarity="lexical")[0].supported
    talk = ground_text(f"You know what? {sentence}", GRAPH, similarity="lexical")
    assert talk[-1].supported


def test_register_is_that_of_the_whole_text() -> None:
    assert spoken_register(split_sentences("It's late. The barn stands open. Rain falls on the roof."))
    assert not spoken_register(split_sentences("The barn stands open. Rain falls on the roof."))
    assert not spoken_register([])


def test_tables_and_clauses_bind_numbers_to_subjects() -> None:
    owners = {(one.number.value, one.subject) for one in subjects_of(GRAPH).bindings.items if one.subject}
    assert (93.2, "freeze drying") in owners
    assert (41.5, "oven drying") in owners
    assert (41.5, "air drying") not in owners


def test_shared_pairs_and_the_longest_piece() -> None:
    held = fragments_of(GRAPH)
    assert held.share(PARAGRAPHS[3].split(". ")[0]) == 1
    assert held.share("Nothing whatsoever of it.") == 0
    assert held.longest("They say the barns were never heated, ever.") == 5
    assert held.share("Air drying keeps sixty-two point four percent") == held.share("Air drying keeps 62.4%")


@pytest.mark.parametrize(
    ("text", "value"), [("one in twenty", 0.05), ("One book out of eight is lost", 0.125), ("one in 4", None)]
)
def test_one_in_so_many_is_a_share(text: str, value: float | None) -> None:
    found = [number.value for number in numbers(text)]
    assert found == ([value] if value else [4.0])


def test_one_in_a_place_is_no_share() -> None:
    assert [number.value for number in numbers("one of them is in two places")] == [2.0]


def test_what_turns_the_host_s_words_round_is_seen() -> None:
    host = "The ovens make the rings brown and brittle within the hour. Freeze drying wins every prize at the fair."
    script = (
        "The ovens don't make the rings brown and brittle within the hour. Air drying wins every prize at the fair. "
        "The ovens make the rings brown and brittle within the hour. Some like them so."
    )
    supports = ground_text(script, GRAPH, similarity="lexical")
    found = against_host(supports, host, GRAPH)
    assert [bool(why) for why in found] == [True, True, False, False]


def test_the_paper_read_out_says_nothing_against_the_paper() -> None:
    """Its own sentence, an aside in parentheses read behind an "or"; another number in it is another sentence."""
    written = (
        "Without wind, slow drying (SD) keeps 58.2% of the scent, close to the 58.6% of a vault, and quick drying "
        "(QD) only 45.5%."
    )
    spoken = (
        "Without wind, slow drying, or SD, keeps 58.2% of the scent, close to the 58.6% of a vault, and quick drying, "
        "or QD, only {}."
    )
    assert in_its_words(spoken.format("45.5%"), written)
    assert not in_its_words(spoken.format("58.6%"), written)
    assert not in_its_words(spoken.format("45.5%").replace("only", "not only"), written)
    paper = paper_of(
        "Scents", (written, "Quick drying keeps 58.6% of the scent of the rings in a vault."), TABLE
    )
    (own,) = ground([spoken.format("45.5%")], paper, similarity="lexical")
    assert (own.contradictions, own.contradicted_numbers) == ((), ())


@pytest.mark.parametrize(
    "sentence",
    [
        "No farm office has a map of who lends barns to whom.",
        "The colour of a ring that dried alone doesn't tell you how hard it will be to chew.",
    ],
)
def test_a_negation_may_stand_elsewhere_in_its_clause(sentence: str) -> None:
    paper = paper_of(
        "Rings",
        (
            "A farm office has no map of who lends barns to whom.",
            "One cannot tell from the colour of a dried ring how hard it will be to chew.",
        ),
    )
    (support,) = ground([sentence], paper, similarity="lexical")
    assert not support.contradictions
    (denied,) = ground(["A farm office has a map of who lends barns to whom."], paper, similarity="lexical")
    assert denied.contradictions


LIBRARY = paper_of(
    "Shelves",
    (
        "Open shelves and closed shelves were compared in nine libraries. A reader finds a book on open shelves in 3.5 "
        "minutes, and on closed shelves in 8.2 minutes.",
        "The worst shelf is the lowest one. On average more readers come in winter.",
        "A librarian steps in when readers get lost. Open shelves lose 21.4% of their order in a week. The lamp of the "
        "hall (OS) burns 60 hours.",
        "Six shelves hold 1.9 metres of books and sixteen hold 5.1 metres.",
    ),
    "Branch\tVisits (×1e3)\tOrder kept\nNorth wing\t149.5\t78.6\nSouth wing\t12.5\t80.3",
)


@pytest.mark.parametrize(
    "sentence",
    [
        "If nobody steps in when readers get lost, it's a long day.",
        "You won't believe it, but the best shelf is at the height of your eyes.",
        "It's quiet, and on average, fewer readers ask for the lowest one.",
        "And the shelf goes from 1.9 metres with six boards to 5.1 metres with sixteen.",
        "The north wing has close to a hundred and fifty thousand visits, and you'd find 79 percent of its order kept.",
        "Open shelves lose about a fifth of their order in a week, don't they.",
        "Nobody comes to a shelf for its lamp.",
    ],
)
def test_a_true_sentence_is_not_accused(sentence: str) -> None:
    told = ground(["You know how it is.", sentence], LIBRARY, similarity="lexical")[1]
    assert (told.contradictions, told.contradicted_numbers, told.unsupported_numbers) == ((), (), ())


def test_a_number_belongs_elsewhere_only_among_rivals() -> None:
    subjects = subjects_of(LIBRARY)
    assert "os" in {" ".join(name) for name in subjects_of(paper_of("OS", ("OS is old. OS is slow.",))).names}
    assert subjects_of(GRAPH).belongs_elsewhere("oven drying", {"air drying"})
    assert not subjects_of(GRAPH).belongs_elsewhere("oven drying", {"air drying", "oven drying"})
    assert not subjects.belongs_elsewhere("north wing", {"hall"})
    (wrong,) = ground(["The south wing has 149.5 thousand visits."], LIBRARY, similarity="lexical")
    assert wrong.contradicted_numbers == ("149.5 thousand",)
