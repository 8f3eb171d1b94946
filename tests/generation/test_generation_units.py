"""A paper cut into units: what can be said, what cannot, and where it comes from."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from podcast_dspy.documents.graph import DocumentAtom, DocumentGraph, KeyConcept, Section
from podcast_dspy.generation.sanitiser import clean
from podcast_dspy.generation.units import (
    announces,
    caption_units,
    concepts_in,
    paper_units,
    presents,
    section_kinds,
)
from podcast_dspy.text.sentences import split_sentences


def atom(
    atom_id: str, text: str, *, kind: str = "paragraph", section: str | None = None, **more: object
) -> DocumentAtom:
    return DocumentAtom.model_validate(
        {
            "atom_id": atom_id,
            "atom_type": kind,
            "content": text,
            "page": 1,
            "bbox": (0, 0, 1, 1),
            "section_id": section,
            **more,
        }
    )


def graph(atoms: list[DocumentAtom], sections: list[Section] | None = None) -> DocumentGraph:
    return DocumentGraph(
        document_id="d" * 12,
        source_path="paper.pdf",
        sha256="0" * 64,
        page_count=1,
        title="On Caches",
        sections=tuple(sections or ()),
        atoms=tuple(atoms),
        key_concepts=(KeyConcept(name="hit rate", importance=1.0, aliases=("HR",)),),
    )


@pytest.mark.parametrize(
    ("raw", "spoken"),
    [
        ("Caches help [3, 7] a lot (Smith et al., 2019).", "Caches help a lot."),
        ("It grew (see Figure 3) by half.", "It grew by half."),
        ("It grew (Table 2).", "It grew."),
        ("Three (or four) caches [12].", "Three (or four) caches."),
        ("• We show that caches help.", "We show that caches help."),
        ("3. The cache is shared.", "The cache is shared."),
        ("(ii) The cache is shared.", "The cache is shared."),
        ("It was studied before (Ann et al. (2015)).", "It was studied before."),
        ("It helps (though it is slow; e.g., Ann et al. 2018).", "It helps (though it is slow)."),
        ("It was studied before [7, 38, 8, inter alia].", "It was studied before."),
        ("By a theorem of Auroux [Aur01] the map lifts.", "By a theorem of Auroux the map lifts."),
        (
            "It helps (Chi et al., 2023; Xu et al., 2023b; Li and Liang, 2021; "
            + "Liu et al., 2022; " * 20
            + "X, 1).",
            "It helps.",
        ),
        ("Some features are dense (e.g., Table 1 and Figure 2).", "Some features are dense."),
        (
            "A new analysis of charm (SHMc) Ahn, Berg-Lund and Cole (2019), showed more baryons Ahn et al. (2024a,b).",
            "A new analysis of charm (SHMc), showed more baryons.",
        ),
        ("They survive above it Ahn et al. (2024); Cole (2024a,b).", "They survive above it."),
        ("It was shown by Ahn and Cole (2019).", "It was shown by Ahn and Cole (2019)."),
        ("They argue that Cole (2019) is right.", "They argue that Cole (2019) is right."),
    ],
)
def test_citations_and_pointers_are_not_spoken(raw: str, spoken: str) -> None:
    assert clean(raw) == spoken


@settings(deadline=None)
@given(st.text(alphabet="abc ()[],.;123", max_size=60))
def test_cleaning_twice_changes_nothing_more(text: str) -> None:
    once = clean(text)
    assert clean(clean(once)) == clean(once)


def test_formulas_and_fragments_are_left_out() -> None:
    units = paper_units(
        graph(
            [
                atom(
                    "a",
                    "Let x = y + z < w for all q in the set. The cache keeps what was used most recently.",
                )
            ]
        )
    )
    assert [unit.text for unit in units] == ["The cache keeps what was used most recently."]


@pytest.mark.parametrize(
    "unsayable",
    [
        "Produces results on the same grid as before, and has been tested.".replace("P", "p", 1),
        "(Ann et al. (2015)) present a simple regression for the early warning of patients.",
        "In particular, (Ann et al., 2015) use short memories to predict the codes.",
        "The technique to learn both parts builds off of prior work, which in turn is based on.",
        "Only a few features, k ≪ d of them, may be active for each image.",
        "In this formulation, Y is the output set that the teacher generates.",
        "• Controls the behaviour of all processing layers in the system.",
        "The recent works of (Ann and Bob, 2016) and (Cleo et al., 2017) are close in spirit.",
        "They are investigating this by adding attention, for example along the lines of (Ann et al. (2015)).",
        "Below are some examples that demonstrate what it can do.",
        "An immediate consequence is the following Corollary: Let X be a surface of even degree.",
        "The result follows at once for every manifold, suppose contains no torus of square zero.",
        "In [12], in joint work with others, they explained how to obtain the surfaces.",
        "The main factors include heat during grain filling, as identified by [12].",
        "1 Institute of Plants, Garden Lab, 84914 Avignon, France.",
        "Email: ann.example@plants.org Recent studies of the yields projected large losses.",
        "In Section 4, we discuss these results further, and state our conclusions in Section 5.",
        "Section 3 describes the data and the way in which it was collected.",
        "Removes all objects with invalid estimates, leaving 117,223 galaxies from the sample.",
        "For more details, please refer to the documentation of the library.",
        "The rest of this paper is organized as follows and has five parts.",
        "The cost grows as stated where h is the width, b is the batch, s is the length.",
        "The group of sections X∗ lifts to the normalisation of the curve.",
        "The size of the cache was calculated using the following equation.",
        "In the third section, we recall the basics of fibrations and prove smoothness.",
        "We shall just sketch the idea of the proof for the general reader.",
        "Suppose in addition that neither of the two maps vanish identically.",
        "Send the key and value blocks to the next host in the ring.",
        "Values are shown as means of seven rats in every group.",
        "If it is zero in the left hand side of Eq., then both are suppressed.",
    ],
)
def test_what_no_host_would_say_is_left_out(unsayable: str) -> None:
    assert paper_units(graph([atom("a", unsayable)])) == ()


def test_greek_letters_in_names_and_values_in_brackets_do_not_silence_a_sentence() -> None:
    text = "The gel lowered TNF-α and IL-1β in all treated rats (p < 0.05)."
    assert [unit.text for unit in paper_units(graph([atom("a", text)]))] == [
        "The gel lowered TNF-α and IL-1β in all treated rats."
    ]


def test_a_short_form_ends_no_sentence_where_the_next_word_is_small() -> None:
    text = (
        "The leaves of Ocimum sanctum Linn. were collected in the morning. They were then dried in the sun."
    )
    assert split_sentences(text)[0] == "The leaves of Ocimum sanctum Linn. were collected in the morning."


def test_a_label_of_a_structured_abstract_is_not_said() -> None:
    (unit,) = paper_units(graph([atom("a", "Materials and Methods: The rats were fed with oil for a week.")]))
    assert unit.text == "The rats were fed with oil for a week."


def test_a_mark_of_a_footnote_is_not_said() -> None:
    (unit,) = paper_units(graph([atom("a", "The gel lowered the rate∗ in all of the rats.")]))
    assert unit.text == "The gel lowered the rate in all of the rats."


def test_units_know_their_place_in_their_section() -> None:
    sections = [Section(section_id=name, title=name, level=1, page=1) for name in ("Method", "Results")]
    atoms = [
        atom(f"{name}{at}", f"In round {at} all caches of {name} were full.", section_id=name)
        for name, count in (("Method", 3), ("Results", 1))
        for at in range(count)
    ]
    assert [unit.place for unit in paper_units(graph(atoms, sections))] == [0.0, 0.5, 1.0, 0.0]


@pytest.mark.parametrize("opening", ["However, the cache", "But large caches"])
def test_a_turn_can_open_a_segment(opening: str) -> None:
    (unit,) = paper_units(graph([atom("a", f"{opening} loses three percent of all its hits.")]))
    assert not unit.dangling


@pytest.mark.parametrize(
    "opening", ["However, this cache", "At that point the cache", "Under these loads the cache", "This cache"]
)
def test_what_points_back_is_known_to(opening: str) -> None:
    (unit,) = paper_units(graph([atom("a", f"{opening} loses three percent of all its hits.")]))
    assert unit.dangling


def test_back_matter_is_never_material() -> None:
    sections = [
        Section(section_id="s", title="Acknowledgements", level=1, page=9),
        Section(section_id="t", title="Additional file 1", level=2, page=9),
    ]
    thanks = "We thank our colleagues for many helpful remarks on this text."
    assert (
        paper_units(graph([atom("a", thanks, section="s"), atom("b", thanks, section="t")], sections)) == ()
    )


def test_text_before_the_first_heading_is_the_introduction() -> None:
    unit = paper_units(graph([atom("a", "Caches keep recently used items close to the processor.")]))[0]
    assert unit.kind == "introduction"


def test_an_abbreviation_does_not_end_a_sentence() -> None:
    text = (
        "The charge is zero on the left hand side of Eq. 3 and stays so. Chromosomes of Ocimum spp. differ."
    )
    assert len(split_sentences(text)) == 2


def test_sentences_that_point_back_stay_with_what_they_point_at() -> None:
    units = paper_units(
        graph(
            [
                atom(
                    "a",
                    "The cache keeps recently used items in memory. This makes the next request much faster.",
                )
            ]
        )
    )
    assert len(units) == 1
    assert units[0].text.endswith("This makes the next request much faster.")
    assert not units[0].dangling


@pytest.mark.parametrize(
    ("opening", "points_back"),
    [
        ("In this example, the", True),
        ("To address this, the", True),
        ("To this end, the", True),
        ("Indeed, the", True),
        ("In fact, the", True),
        ("The study reported that the", True),
        ("Three decades later, the", True),
        ("A further test showed that the", True),
        ("A study reported that the", False),
        ("Among them, the", True),
        ("Among caches, the", False),
        ("Each of these says that the", True),
        ("In this paper, the", False),
        ("The", False),
    ],
)
def test_openings_that_point_back_are_known(opening: str, points_back: bool) -> None:
    unit = paper_units(graph([atom("a", f"{opening} cache keeps what was used most recently.")]))[0]
    assert unit.dangling is points_back


def test_units_know_their_section_kind_concepts_and_figures() -> None:
    picture = atom("f", "", kind="figure", caption="Figure 2: Hit rate over time.", figure_number="2")
    text = atom("a", "Figure 2 shows that the hit rate rises with the size.", section="s", mentions=("f",))
    sections = [Section(section_id="s", title="Results", level=1, page=1)]
    unit = paper_units(graph([picture, text], sections))[0]
    assert (unit.kind, unit.concepts, unit.figures) == ("results", ("hit rate",), ("f",))


@pytest.mark.parametrize(
    ("text", "bare"),
    [
        ("A chart of the hits over time is presented in Figure 2.", True),
        ("The hits over time are also shown in Figure 2.", True),
        ("The score for each cache is presented in Tables 1–3.", True),
        ("Diagrams of the mechanism are shown in the paper.", True),
        ("In Table 1, they offer an interpretation of these hits.", True),
        ("In the bottom two rows of Table 1, they describe the two caches.", True),
        ("In Table 1, they report 42 hits.", False),
        ("In Table 1, they lose more than before.", False),
        ("Figure 5 showed the effect of size on the hits.", True),
        ("They report the hits of all runs in Figure 2, which everybody may read.", True),
        ("They plot the hits in Figure 2, and they fall by 40%.", False),
        ("Figure 2 gives the hits over time.", False),
        ("The fall of the hits to 42% is shown in Figure 2.", False),
        ("Figure 9 showed the electron microscopy images of all the caches.", True),
        ("Figure 9 showed that the images of all the caches are alike.", False),
        ("It falls. The hits over the whole time are shown in Figure 2.", False),
    ],
)
def test_what_only_says_where_something_is_shown_is_known(text: str, bare: bool) -> None:
    picture = atom("f", "", kind="figure", caption="Figure 2: The hit rate over time.", figure_number="2")
    unit = caption_units(graph([picture]), picture)[0]
    assert announces(replace(unit, text=text)) is bare


@pytest.mark.parametrize(
    ("text", "again"),
    [
        ("Figure 2 gives the hits over time.", True),
        ("Figure 1 gives the hits over time.", False),
        ("Figure 2 shows that the hits fall to a third when the requests drift fast.", False),
        ("What they plotted is the hit rate over time, in every policy that they ran.", True),
    ],
)
def test_what_presents_a_picture_as_its_caption_does_is_known(text: str, again: bool) -> None:
    caption = "Figure 2: The hit rate over time, in every policy that they ran."
    picture = atom("f", "", kind="figure", caption=caption, figure_number="2")
    unit = caption_units(graph([picture]), picture)[0]
    assert presents(replace(unit, text=text), picture) is again


def test_a_paragraph_speaks_of_the_picture_that_it_named_last() -> None:
    pictures = [
        atom(name, "", kind="figure", caption=f"Figure {number}: Hits.", figure_number=number)
        for name, number in (("f", "1"), ("g", "2"))
    ]
    text = (
        "The requests come from a stream of three million. Figure 1 shows the hits of every single policy. "
        "Small caches favour the segmented policy by far. Figure 2 shows the misses of every single policy. "
        "Large caches make all of them equally good again."
    )
    units = paper_units(graph([*pictures, atom("a", text, mentions=("f", "g"))]))
    assert [unit.about for unit in units] == [(), ("f",), ("f",), ("g",), ("g",)]
    assert [unit.figures for unit in units] == [(), ("f",), (), ("g",), ()]


def test_concepts_are_found_under_their_aliases_but_not_inside_words() -> None:
    concepts = [KeyConcept(name="hit rate", importance=1.0, aliases=("HR",))]
    assert concepts_in("The HR rises.", concepts) == ("hit rate",)
    assert concepts_in("A chart of hitrates.", concepts) == ()


def test_subsections_without_a_telling_title_take_their_parents_kind() -> None:
    sections = [
        Section(section_id="a", title="Method", level=1, page=1),
        Section(section_id="b", title="Birds and bees", level=2, page=1),
        Section(section_id="c", title="Limitations", level=2, page=1),
        Section(section_id="d", title="Birds", level=1, page=2),
    ]
    assert list(section_kinds(graph([], sections)).values()) == ["method", "method", "limitation", "other"]
