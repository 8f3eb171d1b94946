"""Units: which sentences of a paper can be spoken, and which passages they make."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_generation_extract_writer import unit

from podcast_dspy.documents.graph import DocumentAtom, DocumentGraph, KeyConcept, Section
from podcast_dspy.generation.rows import continued, endings, only_shows, runs, unfinished
from podcast_dspy.generation.sections import section_kinds
from podcast_dspy.generation.spoken_sentences import clean, names_picture, picture_name
from podcast_dspy.generation.units import paper_units
from podcast_dspy.text.words import split_sentences


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


def test_units_know_their_section_kind_concepts_and_figures() -> None:
    picture = atom("f", "", kind="figure", caption="Figure 2: Hit rate over time.", figure_number="2")
    text = atom("a", "Figure 2 shows that the hit rate rises with the size.", section="s", mentions=("f",))
    sections = [Section(section_id="s", title="Results", level=1, page=1)]
    unit = paper_units(graph([picture, text], sections))[0]
    assert (unit.kind, unit.concepts, unit.figures) == ("results", ("hit rate",), ("f",))


def test_subsections_without_a_telling_title_take_their_parents_kind() -> None:
    sections = [
        Section(section_id="a", title="Method", level=1, page=1),
        Section(section_id="b", title="Birds and bees", level=2, page=1),
        Section(section_id="c", title="Limitations", level=2, page=1),
        Section(section_id="d", title="Birds", level=1, page=2),
    ]
    assert list(section_kinds(graph([], sections)).values()) == ["method", "method", "limitation", "other"]


def test_what_stands_under_the_bare_name_of_a_part_belongs_to_it() -> None:
    nested = (
        ("Results and Discussion", 1),
        ("Phylogenetic analysis", 2),
        ("Limitations", 2),
        ("Our model", 1),
    )
    sections = [Section(section_id=title, title=title, level=level, page=1) for title, level in nested]
    assert list(section_kinds(graph([], sections)).values()) == ["results", "results", "limitation", "method"]


@pytest.mark.parametrize(("text", "kind"), [("", "method"), ("We measured it.", "results")])
def test_a_part_that_holds_nothing_holds_the_sections_of_its_level(text: str, kind: str) -> None:
    titles = ("Materials and methods", "Effect of light", "Results", "Growth")
    sections = [Section(section_id=title, title=title, level=1, page=1) for title in titles]
    held = [atom(title, "It grew.", section=title) for title in titles[2:]]
    head = [atom("m", text, section=titles[0])] if text else []
    kinds = section_kinds(graph([*head, *held], sections))
    assert kinds["Effect of light"] == kind
    assert kinds["Growth"] == "other"


@pytest.mark.parametrize(
    ("title", "own", "kind"),
    [
        ("Copper: A Survey of Synthesis", "Procedures", "other"),
        ("Copper: A Survey of Synthesis", "Methods", "method"),  # a systematic one
        ("Copper", "Procedures", "method"),
    ],
)
def test_a_review_tells_the_methods_of_others(title: str, own: str, kind: str) -> None:
    sections = [Section(section_id=name, title=name, level=1, page=1) for name in ("Introduction", own)]
    paper = graph([atom(name, "It grew.", section=name) for name in ("Introduction", own)], sections)
    assert section_kinds(paper.model_copy(update={"title": title}))[own] == kind


def test_a_picture_is_named_by_the_pointer_that_is_not_spoken() -> None:
    picture = atom("f", "", kind="figure", caption="Figure 2: Growth over time.", figure_number="2")
    one = paper_units(graph([picture, atom("a", "The plants grew by half in a week (Fig. 2).")]))[0]
    assert (one.text, one.figures) == ("The plants grew by half in a week.", ("f",))


def test_the_turn_to_the_own_work_takes_along_what_it_points_back_to() -> None:
    text = (
        "Caches are small stores of objects. Nobody has a plain measurement of drift. "
        "We provide such a measurement with streams. We compare five policies on them."
    )
    for title in ("Introduction", "Background"):
        sections = [Section(section_id="s", title=title, level=1, page=1)]
        units = paper_units(graph([atom("a", text, section="s")], sections))
        assert [one.kind for one in units] == [title.lower(), *["method"] * 3]
        assert units[1].opens, "a passage can begin there"


@pytest.mark.parametrize(
    ("turn", "begins", "opens"),
    [
        ("So the present study tests four caches.", "The present study tests four caches.", True),
        (
            "Both were wrong. They are rare. They fail. So in this study they are tested.",
            "So they are",
            False,
        ),
    ],
)
def test_own_work_that_follows_from_what_is_missing(turn: str, begins: str, opens: bool) -> None:
    sections = [Section(section_id="s", title="Introduction", level=1, page=1)]
    text = f"Caches are small stores of objects. {turn} The present study compares them."
    units = paper_units(graph([atom("a", text, section="s")], sections))
    first = next(one for one in units if one.kind == "method")
    assert first.announced
    if opens:
        assert first.text == begins
        assert first.opens, "it stands without the gap"
        assert not first.points
    else:
        assert not first.opens, "too much would have to come along"


def test_an_acronym_in_brackets_is_left_to_the_episode() -> None:
    text = "The least recently used (LRU) rule wins. Rats were fed (LRU) too (SIEVE)."
    told = [unit.text for unit in paper_units(graph([atom("a", text)]))]
    assert told == ["The least recently used rule wins.", "Rats were fed too, or SIEVE."]


def test_an_item_of_a_list_is_no_sentence() -> None:
    text = "2. plain cache: it keeps what is used often by many. It wins often."
    assert [unit.text for unit in paper_units(graph([atom("a", text)]))] == ["It wins often."]


def test_a_row_begins_behind_what_only_sends_to_a_picture() -> None:
    text = "Figure 1 shows the rule. We use a cache of counts. Every count ages."
    units = paper_units(graph([atom("a", text)]))
    assert [[unit.order for unit in run] for run in runs(units)] == [[1, 2]]


def test_concepts_are_found_under_their_aliases_but_not_inside_words() -> None:
    text = "The HR rises with the size. A chart of hitrates is shown."
    assert [unit.concepts for unit in paper_units(graph([atom("a", text)]))] == [("hit rate",), ()]


def test_units_know_what_stands_before_them() -> None:
    units = paper_units(
        graph(
            [
                atom(
                    "a",
                    "A cache is small. It fills quickly. We set x = y ≤ z. Disks fill slowly.",
                    section="s",
                ),
                atom("b", "So it goes."),
            ]
        )
    )
    assert [(unit.opens, unit.follows, unit.points) for unit in units] == [
        (True, False, False),
        (False, True, True),
        (False, False, False),
        (True, False, True),
    ]
    assert [unit.whole for unit in units] == [0.75, 0.75, 0.75, 1.0]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("Figure 2 shows it.", True),
        ("Figures 1 and 2 show it.", True),
        ("Fig. 2 shows it.", True),
        ("Table 1 and Figure 2 show it.", True),
        ("Figure 1 and Table 2 show it.", False),
        ("Figure 21 shows it.", False),
        ("Two figures show it.", False),
    ],
)
def test_a_picture_is_named_by_its_number(text: str, named: bool) -> None:
    picture = atom("f", "", kind="figure", caption="Figure 2: Hits.", figure_number="2")
    assert names_picture(text, picture) is named
    assert picture_name(picture) == "Figure 2"


def rows(*paragraphs: str) -> list[list[str]]:
    units = paper_units(graph([atom(f"a{at}", text) for at, text in enumerate(paragraphs)]))
    return [[one.text for one in run] for run in runs(units)]


def test_a_passage_begins_with_a_paragraph_that_points_to_nothing() -> None:
    found = rows(
        "A cache is small. It keeps what was used last. Most programs profit from it at once.",
        "These gains are large. A program is faster by half.",
        "Drift changes the order of policies. Some policies suffer more than others do.",
    )
    assert [row[0] for row in found] == ["A cache is small.", "Drift changes the order of policies."]


def test_a_short_paragraph_goes_on_with_the_next_and_a_long_one_ends() -> None:
    found = rows(
        "A cache is small.", "A disk is large. A tape is larger. A book is largest.", "Rain falls here."
    )
    assert found[0] == ["A cache is small.", "A disk is large.", "A tape is larger.", "A book is largest."]
    assert found[1] == ["A disk is large.", "A tape is larger.", "A book is largest."]


def test_nothing_is_left_out_of_the_middle_of_a_row() -> None:
    (row,) = rows("A cache is small. We set x = y ≤ z for all. Disks are slow.")
    assert row == ["A cache is small."]


def ends(*texts: str) -> dict[int, bool]:
    units = paper_units(graph([atom("a", " ".join(texts))]))
    return endings(runs(units)[0], units)


def test_an_enumeration_is_told_to_its_end() -> None:
    begin = "Three classical answers are compared here."
    first, second = (
        f"The {which} is to begin again from another random place in space." for which in ("first", "second")
    )
    third = "The third is to remember where the search has been for some time."
    assert ends(
        begin, first, second, third, "Old answers are known to everybody in the field of search."
    ) == {
        4: False,
        5: True,
    }
    assert ends(begin, first, second) == {}, "the third is missing"
    counted = ["We measure the price of it.", "We trace it to its cause.", "We repair it by a second choice."]
    assert list(ends("The paper makes three contributions.", *counted)) == [4]


@pytest.mark.parametrize("promise", ["The reason is plain once it's said.", "Why is a disk so slow at that?"])
def test_a_promise_at_a_paragraphs_end_is_kept_by_the_next(promise: str) -> None:
    told = "A disk is slow to turn. A tape is slower to wind. A book is slowest to read."
    assert rows(f"{told} {promise}", "Each block is read alone.")[0][-1] == "Each block is read alone."
    assert len(rows(told, "Each block is read alone.")[0]) == 3


def test_what_to_do_is_told_within_a_text_and_not_in_a_list() -> None:
    text = "Cohen proposed a rule that needs no map. Choose a person at random, and ask for a friend. It works well."
    (row,) = rows(text)
    assert row[1].startswith("Choose")
    assert 1 not in ends(text)
    assert rows("Choose a person at random, and ask for a friend.") == []


def test_systems_described_between_introduction_and_results_are_the_method() -> None:
    titles = ("Introduction", "Tidal Buffers", "Results", "Birds")
    sections = [Section(section_id=name, title=name, level=1, page=1) for name in titles]
    atoms = [atom(name, "A buffer is filled by the tide.", section=name) for name in titles]
    assert [unit.kind for unit in paper_units(graph(atoms, sections))] == [
        "introduction",
        "method",
        "results",
        "other",
    ]


def test_a_sentence_that_only_sends_to_a_picture_is_passed_over() -> None:
    one = replace(unit(0, 1), text="The hits are shown in Figure 2.")
    assert only_shows(one)
    assert not only_shows(replace(one, text="The hits fall to 42% in Figure 2."))
    assert not only_shows(replace(one, text="The hits fall."))


@given(st.lists(st.tuples(st.booleans(), st.booleans(), st.booleans()), min_size=1, max_size=25))
def test_rows_are_in_order_and_no_reference_is_torn(shape: list[tuple[bool, bool, bool]]) -> None:
    units = [
        replace(unit(at, 5), opens=opens, follows=follows, points=points, text=f"Sentence {at}.")
        for at, (opens, follows, points) in enumerate(shape)
    ]
    for run in runs(units):
        assert not run[0].points
        assert [one.order for one in run] == sorted({one.order for one in run})
        for before, after in pairwise(run):
            assert not after.points or (after.follows and after.order == before.order + 1)


def test_used_sentences_end_a_row() -> None:
    units = [replace(unit(at, 5), opens=at == 0) for at in range(5)]
    assert [one.order for one in continued(units, units[0], {3})] == [0, 1, 2]


@pytest.mark.parametrize(
    ("before", "opens"), [("A cache is small.", True), ("The score of it is", False), ("See this [3].", True)]
)
def test_what_stands_behind_a_formula_begins_no_paragraph(before: str, opens: bool) -> None:
    units = paper_units(graph([atom("a", before), atom("b", "Large caches are slow to fill.")]))
    assert units[-1].opens is opens


@pytest.mark.parametrize(
    ("text", "promises"),
    [
        ("Which of them should leave?", True),
        ("First, we count the requests.", True),
        ("We improve the cache in two ways.", True),
        ("There are two simple ways to do that.", True),
        ("This may seem a small share.", True),
        ("Fortunately, there exists a strategy to combat these issues.", True),
        ("We ran it on two caches, and it won.", False),
        ("It may seem to help.", False),
        ("A cache is small.", False),
    ],
)
def test_nothing_ends_with_a_promise(text: str, promises: bool) -> None:
    assert unfinished(replace(unit(0, 1), text=text)) is promises


def test_an_introduction_turns_to_its_own_work_and_that_is_method() -> None:
    sections = [Section(section_id="i", title="Introduction", level=1, page=1)]
    units = paper_units(
        graph(
            [
                atom("a", "Caches are small stores. Nobody knows which one is best.", section="i"),
                atom(
                    "b",
                    "Costs have grown. Here we present a cache that forgets. It keeps counts.",
                    section="i",
                ),
            ],
            sections,
        )
    )
    assert [one.kind for one in units] == ["introduction"] * 3 + ["method"] * 2
    assert units[3].opens, "what it begins with can be told on its own"


def test_a_structured_abstract_says_where_its_results_begin() -> None:
    text = "Aims: Caches were compared. Results: Counting lost half. Conclusions: Recency is safe."
    units = paper_units(graph([atom("a", text, kind="abstract")]))
    assert [one.results for one in units] == [False, True, True]


@pytest.mark.parametrize(
    "label", ["Embedding feature space and the phrase feature space.", "The mean cost of one cache."]
)
def test_a_line_without_a_verb_is_no_sentence(label: str) -> None:
    assert paper_units(graph([atom("a", f"Caches are small. {label}")]))[-1].text == "Caches are small."
