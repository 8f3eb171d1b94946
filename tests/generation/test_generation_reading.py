"""A paper as a model reads it: whole, under its headings, every passage behind an id that means one atom."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podcast_dspy.documents.graph import DocumentAtom, DocumentGraph, Section
from podcast_dspy.generation.pacing import Pace, length_notes
from podcast_dspy.generation.reading import packed, read_paper
from podcast_dspy.generation.reviewing import orphaned, unkept
from podcast_dspy.generation.rundown import shape_notes
from podcast_dspy.generation.script import Paragraph
from podcast_dspy.generation.script_writer import spoken
from podcast_dspy.lms.asking import neutral
from podcast_dspy.profiles import DEFAULT_PROFILE, CompiledProfile
from podcast_dspy.signatures.planning import PlannedFigure, Rundown, Term


def atom(name: str, kind: str, content: str, section: str | None = None, **more: str) -> DocumentAtom:
    return DocumentAtom.model_validate(
        {
            "atom_id": name, "atom_type": kind, "content": content, "page": 1, "bbox": (0, 0, 1, 1),
            "section_id": section, **more,
        }
    )  # fmt: skip


def graph(*atoms: DocumentAtom, sections: tuple[str, ...] = ()) -> DocumentGraph:
    return DocumentGraph(
        document_id="c" * 12, source_path="c.pdf", sha256="0" * 64, page_count=1, title="On Caches", atoms=atoms,
        authors=("Ada Vale",), sections=tuple(Section(section_id=n, title=n, level=1, page=1) for n in sections),
    )  # fmt: skip


def test_figures_and_tables_stand_in_their_sections_and_references_nowhere() -> None:
    reading = read_paper(
        graph(
            atom("a", "abstract", "All of it in short."),
            atom("b", "paragraph", "It misses less.", "Results"),
            atom("r", "reference", "[1] A. Other. A paper.", "References"),
            atom(
                "t",
                "table",
                "size\tmisses\n100\t12%",
                "Results",
                caption="Misses by size.",
                figure_number="1",
            ),
            sections=("Results", "References"),
        )
    )
    assert reading.text == (
        "<paper>\nOn Caches\nby Ada Vale\n\n# Abstract\n[p1] All of it in short.\n\n"
        "# Results\n[p2] It misses less.\n[t1] Table 1: Misses by size.\nsize | misses\n100 | 12%\n\n</paper>"
    )
    assert reading.atoms == {"p1": "a", "p2": "b", "t1": "t"}


def test_a_paper_without_headings_is_read_whole() -> None:
    reading = read_paper(graph(atom("a", "paragraph", "First."), atom("b", "paragraph", "Second.")))
    assert "# Beginning\n[p1] First.\n[p2] Second." in reading.text


@given(
    st.lists(st.text(st.characters(codec="ascii"), min_size=1, max_size=40), max_size=30),
    st.integers(60, 200),
)
def test_windows_hold_every_line_once_and_fit(lines: list[str], room: int) -> None:
    flat = [line.replace("\n", " ").replace("\r", " ") for line in lines]
    texts = packed(flat, room)
    assert [line for text in texts for line in text.split("\n")] == flat
    assert all(len(text) <= room for text in texts)


@given(st.text(st.sampled_from("[]# </paper>"), max_size=60))
def test_no_text_ends_its_place_in_a_prompt(text: str) -> None:
    assert "</paper>" not in neutral(text)
    assert "[[ ##" not in neutral(text)


def test_only_what_is_wanted_and_what_stands_near_it_is_shown_of_a_long_paper() -> None:
    atoms = [atom(f"a{place}", "paragraph", f"Passage {place}. " + "x" * 100) for place in range(50)]
    reading = read_paper(graph(*atoms))
    told = reading.around(["p25"], 600)
    assert "Passage 24." in told
    assert "Passage 3." not in told
    assert told.index("Passage 24.") < told.index("Passage 25.")


def test_what_a_chapter_rests_on_comes_before_what_others_do_and_that_before_what_stands_near() -> None:
    atoms = [atom(f"a{place}", "paragraph", f"Passage {place}. " + "x" * 100) for place in range(50)]
    reading = read_paper(graph(*atoms))
    told = reading.around(["p40"], 450, also=["p3", "p40"])
    assert "Passage 39." in told
    assert "Passage 2." in told
    assert "Passage 0." not in told


def test_what_a_theorem_says_in_its_formula_goes_with_it() -> None:
    atoms = [
        atom("a", "paragraph", "Theorem: on every such space", "Results"),
        atom("e", "equation", "I(a) = I(k - a)", "Results"),
        *(atom(f"b{place}", "paragraph", "x" * 200, "Results") for place in range(9)),
    ]
    reading = read_paper(graph(*atoms, sections=("Results",)))
    assert reading.passages["p1"] == "Theorem: on every such space\n(formula) I(a) = I(k - a)"
    assert "I(a) = I(k - a)" in reading.around(["p1"], 300)


def test_a_long_paper_is_cut_between_passages_and_each_part_says_under_which_heading_it_stands() -> None:
    rows = "\n".join(f"row {number}\t{number}" for number in range(10))
    table = atom("t", "table", rows, "Results", caption="All of it.", figure_number="1")
    text = [atom(f"b{place}", "paragraph", "x" * 200, "Results") for place in range(2)]
    first, second = read_paper(graph(*text, table, sections=("Results",))).windows(470)
    assert first.startswith("# Results\n[p1]")
    assert second.startswith("# Results (continued)\n[t1] Table 1")
    assert second.count("row") == 10


def test_what_nobody_says_is_taken_out() -> None:
    assert (
        spoken("## Intro\nHost: **Well**, it [laughs] works (music fades).\n- So.")
        == "Intro Well, it works . So."
    )


RUNDOWN = Rundown.model_validate(
    {
        **dict.fromkeys(
            ("title", "idea", "first", "question", "stake", "mechanism", "surprise", "answer", "limit"), "x"
        ),
        "terms": [], "figures": [],
        "segments": [
            {"type": "intro", "chapter": "x", "point": "x", "passages": [], "seconds": 30},
            {"type": "key_finding", "chapter": "x", "point": "x", "passages": [], "seconds": 30},
        ],
    }
)  # fmt: skip


@given(st.integers(20, 150), st.integers(20, 150))
def test_notes_on_the_length_ask_for_what_is_missing_and_no_more(first: int, second: int) -> None:
    paragraphs = [Paragraph(0, "word " * first), Paragraph(1, "word " * second)]
    notes = [note.text for lines in length_notes(paragraphs, RUNDOWN, PACE, 60.0).values() for note in lines]
    off = first + second - 150
    assert sum(int(note.split()[1]) for note in notes) <= abs(off)
    assert all(("less" in note) == (off > 0) for note in notes)
    assert bool(notes) <= (abs(off) > 0.04 * 150 and abs(off) >= 8)


PACE = Pace(150.0)
"""At which each of the two segments is planned to have 75 words."""


@pytest.mark.parametrize(("first", "second", "asked"), [(120, 60, {0}), (90, 85, {0, 1}), (100, 30, {1})])
def test_length_is_asked_of_segments_that_depart_from_their_plan_in_that_direction(
    first: int, second: int, asked: set[int]
) -> None:
    paragraphs = [Paragraph(0, "word " * first), Paragraph(1, "word " * second)]
    assert set(length_notes(paragraphs, RUNDOWN, PACE, 60.0)) == asked


def test_a_promise_that_the_script_does_not_keep_is_noted_where_it_belongs() -> None:
    plan = RUNDOWN.model_copy(
        update={
            "answer": "the split cache misses 12.5% fewer of 4000 requests than the plain one",
            "numbers": ["12.5%"],
            "terms": [
                Term(term="split cache", meaning="a store whose room is divided between new and old objects")
            ],
            "figures": [PlannedFigure(figure="f1", shows="bars for misses, falling from left to right")],
        }
    )
    told = [
        Paragraph(
            0, "Some stores divide their room. New objects go here, old ones there. That's a split cache."
        ),
        Paragraph(1, "It misses 12.5 percent fewer requests. Picture bars of misses, falling to the right."),
    ]
    assert unkept(told, plan) == {}
    bare = [
        Paragraph(0, "They built a split cache."),
        Paragraph(1, "It misses less than the plain one."),
    ]
    notes = unkept(bare, plan)
    said = [note.text for place in sorted(notes) for note in notes[place]]
    assert [line.partition(":")[0] for line in said] == ["undefined term", "not told"]
    assert "12.5%" in notes[1][0].text
    gone = [Paragraph(0, "They built something."), Paragraph(1, "It was 12.5 percent better.")]
    assert "picture" in unkept(gone, plan)[0][0].text
    assert all(note.adds for lines in notes.values() for note in lines)


def test_a_rewriting_leaves_nothing_that_leans_on_what_went() -> None:
    before = [
        Paragraph(0, "A clerk sorts the letters by a rule called FIFO, and a baker waits."),
        Paragraph(1, "FIFO is fair. Then the baker leaves."),
    ]
    after = [Paragraph(0, "Somebody sorts the letters by the QRSX rule."), before[1]]
    notes = orphaned(after, before)
    assert "QRSX" in notes[0][0].text
    assert [("FIFO" in note.text, "the baker" in note.text) for note in notes[1]] == [(False, True)]
    assert orphaned(before, before) == {}
    assert 0 not in orphaned(
        [Paragraph(0, "Ann Francis-Lane asked, in the US, why a TV flickers."), before[1]], before
    )


def test_the_shape_of_an_episode_goes_by_the_length_that_is_asked_for() -> None:
    learned = CompiledProfile.load(DEFAULT_PROFILE).profile
    told = {seconds: shape_notes(learned, seconds) for seconds in (60.0, 240.0, 1200.0)}
    counts = {
        seconds: [int(one) for one in re.findall(r"makes (\d+)(?: to (\d+))? segments", text)[0] if one]
        for seconds, text in told.items()
    }
    assert all(min(found) >= 2 and max(found) <= max(2, seconds / 30.0) for seconds, found in counts.items())
    assert max(counts[60.0]) < max(counts[240.0])
