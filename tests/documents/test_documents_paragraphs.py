"""A paragraph that a formula or the end of a page interrupts is one paragraph; panels stay out of what is told."""

from __future__ import annotations

from pathlib import Path

import pytest
from documents_sheets import PROSE, Sheets
from reportlab.lib.utils import simpleSplit

from podcast_dspy import read_document
from podcast_dspy.documents import DocumentGraph
from podcast_dspy.documents.building import panels_of
from podcast_dspy.generation.spoken_sentences import can_be_spoken
from podcast_dspy.text.words import split_sentences


def paragraphs(graph: DocumentGraph) -> list[str]:
    return [atom.content for atom in graph.atoms if atom.atom_type == "paragraph"]


def indented(sheets: Sheets, text: str, indent: float = 15) -> None:
    """A paragraph whose first line is indented, without space below it."""
    first, rest = simpleSplit(text, sheets.font, sheets.size, sheets.width - indent)[0], ""
    rest = text[len(first) :].strip()
    sheets.canvas.setFont(sheets.font, sheets.size)
    sheets.canvas.drawString(sheets.left + indent, sheets.y, first)
    sheets.y -= 12
    for line in simpleSplit(rest, sheets.font, sheets.size, sheets.width):
        sheets.line(line)


def formula(sheets: Sheets) -> None:
    sheets.y -= 8
    sheets.canvas.setFont("Times-Italic", sheets.size)
    sheets.canvas.drawCentredString(sheets.left + sheets.width / 2, sheets.y, "m = a + b = c × d (1)")
    sheets.y -= 20


def test_text_at_the_margin_behind_a_formula_goes_on(tmp_path: Path) -> None:
    sheets = Sheets(tmp_path / "paper.pdf", 2)
    sheets.heading("Results")
    for text in PROSE[1:]:
        indented(sheets, text)
    indented(sheets, "The share of moss on a wall of any age follows from two numbers, which we write as")
    formula(sheets)
    sheets.line("where the first is the age. The second is the")
    sheets.line("share of wet hours, and both grow. We write")
    formula(sheets)
    indented(sheets, "Another thing is the light on a wall, of which we have said nothing until now.")
    sheets.save()
    graph = read_document(tmp_path / "paper.pdf")
    assert paragraphs(graph)[-2:] == [
        "The share of moss on a wall of any age follows from two numbers, which we write as … where the first is the "
        "age. The second is the share of wet hours, and both grow. We write",
        "Another thing is the light on a wall, of which we have said nothing until now.",
    ]
    assert sum(atom.atom_type == "equation" for atom in graph.atoms) == 2
    assert not any(can_be_spoken(part) for part in split_sentences(paragraphs(graph)[-2]) if "…" in part)


def test_an_index_under_another_one_breaks_no_line(tmp_path: Path) -> None:
    sheets = Sheets(tmp_path / "paper.pdf", 2)
    sheets.heading("Results")
    for text in PROSE[1:3]:
        indented(sheets, text)
    canvas, x = sheets.canvas, sheets.left
    for part, size, rise in (("The share of moss x", 10, 0), ("BQSC", 7, 4), ("klm", 7, -4)):
        canvas.setFont(sheets.font, size)
        canvas.drawString(x, sheets.y + rise, part)
        x += canvas.stringWidth(part, sheets.font, size) if size == 10 else 0
    canvas.setFont(sheets.font, 10)
    canvas.drawString(x + 20, sheets.y, "is told for each of the walls")
    sheets.y -= 12
    sheets.line("on which we have seen any of it in these two years.")
    sheets.save()
    last = paragraphs(read_document(tmp_path / "paper.pdf"))[-1]
    assert last.endswith("is told for each of the walls on which we have seen any of it in these two years.")
    assert "The share of moss x" in last
    assert "klm" in last


LATEXML = """<article><h1>Moss on walls</h1><section><h2>1 Results</h2>
<div class="ltx_para"><p>The share of moss follows from two numbers:</p>
<table class="ltx_equation"><tr><td><math display="block" alttext="m=a"><mi>m</mi></math></td></tr></table>
<p>The first of these numbers is the age of the wall.</p></div>
<div class="ltx_para"><p>Another thing is the light on the wall.</p></div></section></article>"""
MARKDOWN = """# Moss on walls

## Results

The share of moss follows from two numbers:
$$ m = a $$
The first of these numbers is the age of the wall.

Another thing is the light on the wall, which is

$$ l = b $$

where b is its side.

$$ x = y $$

A third thing is the sugar.
"""
WHOLE = "The share of moss follows from two numbers: … The first of these numbers is the age of the wall."


@pytest.mark.parametrize(
    ("name", "text", "wanted"),
    [
        ("paper.html", LATEXML, [WHOLE, "Another thing is the light on the wall."]),
        (
            "paper.md",
            MARKDOWN,
            [
                WHOLE,
                "Another thing is the light on the wall, which is … where b is its side.",
                "A third thing is the sugar.",
            ],
        ),
    ],
)
def test_a_formula_inside_a_paragraph_parts_nothing(
    tmp_path: Path, name: str, text: str, wanted: list[str]
) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    assert paragraphs(read_document(tmp_path / name)) == wanted


def test_places_of_work_are_kept_but_are_no_passages(tmp_path: Path) -> None:
    sheets = Sheets.__new__(Sheets)
    path = tmp_path / "paper.pdf"

    class Placed(Sheets):
        def heading(self, text: str) -> None:
            if text == "Abstract":
                self.canvas.setFont(self.font, 9)
                self.canvas.drawCentredString(297, self.y + 22, "Moss Institute, University of Bern")
                self.y -= 10
            super().heading(text)

    sheets = Placed(path)
    sheets.heading("Results")
    sheets.prose(" ".join(PROSE[1:]))
    sheets.save()
    graph = read_document(path)
    notes = [atom for atom in graph.atoms if "Bern" in atom.content]
    assert [(atom.atom_type, atom.section_id) for atom in notes] == [("footnote", None)]
    assert graph.authors == ("Ilse Brandt", "Tomas Keller")


def test_a_caption_in_one_column_ends_no_table_of_the_other(tmp_path: Path) -> None:
    sheets = Sheets(tmp_path / "paper.pdf", 2)
    sheets.heading("Results")
    sheets.prose(PROSE[1])
    sheets.y -= 10
    top = sheets.y
    sheets.table([["Town", "North", "South"], ["A", "31", "12"], ["B", "30", "11"], ["C", "29", "9"]], 230)
    sheets.y += 8
    sheets.line("Table 1: Moss on walls, in percent.")
    sheets.next_column()
    sheets.canvas.drawString(sheets.left, top - 35, "Figure 1: Roofs.")
    sheets.y = top - 60
    sheets.prose(PROSE[2])
    sheets.save()
    table = next(a for a in read_document(tmp_path / "paper.pdf").get_tables() if a.figure_number == "1")
    assert table.content.splitlines()[0] == "Town\tNorth\tSouth"


def test_rows_outside_the_horizontal_rules_of_a_table_belong_to_it(tmp_path: Path) -> None:
    sheets = Sheets(tmp_path / "paper.pdf")
    sheets.heading("Results")
    sheets.prose(PROSE[1])
    sheets.y -= 14
    rows = [("Town", "North", "South"), ("A", "31", "12"), ("B", "30", "11"), ("All", "61", "23")]
    for number, row in enumerate(rows):
        for column, cell in enumerate(row):
            sheets.canvas.drawString(60 + 100 * column, sheets.y, cell)
        sheets.canvas.line(150, sheets.y - 4, 150, sheets.y + 8)
        if number in (0, 2):
            sheets.canvas.line(54, sheets.y - 4, 340, sheets.y - 4)
        sheets.y -= 12
    sheets.y -= 8
    sheets.line("Table 1: Moss on walls, in percent.")
    sheets.prose(PROSE[2])
    sheets.save()
    (table,) = read_document(tmp_path / "paper.pdf").get_tables()
    assert [line.split("\t") for line in table.content.splitlines()] == [list(row) for row in rows]


@pytest.mark.parametrize(
    ("caption", "panels"),
    [
        (
            "Effect on rats. A: Group-I. Control; B: Group-II. Treated.",
            ("A: Group-I. Control;", "B: Group-II. Treated."),
        ),
        ("(a) Walls. (b) Roofs. All in spring.", ("(a) Walls.", "(b) Roofs.")),
        (
            "Results. Left: walls by age. Right: roofs by age.",
            ("Left: walls by age.", "Right: roofs by age."),
        ),
        ("Spectra of moss (a) and of lichen (b) in spring.", ()),
        ("Moss on wall C: a first look; D: none.", ()),
    ],
)
def test_panels_are_told_apart_in_a_caption(caption: str, panels: tuple[str, ...]) -> None:
    assert panels_of(caption) == panels
