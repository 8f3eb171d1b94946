"""What a reader sees of a page is read, in the order in which it is read, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest
from documents_sheets import HEIGHT, PROSE, TITLE, Sheets
from reportlab.lib.utils import simpleSplit
from reportlab.pdfgen.canvas import Canvas

from podcast_dspy import read_document
from podcast_dspy.documents import DocumentGraph


def prose(graph: DocumentGraph) -> str:
    """Abstract, paragraphs and formulas as one text."""
    kinds = ("abstract", "paragraph", "equation")
    return " ".join(atom.content for atom in graph.atoms if atom.atom_type in kinds)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "paper.pdf"


@pytest.mark.parametrize("columns", [2, 3])
@pytest.mark.parametrize("last", [1, 2, 5])
def test_a_last_column_of_few_lines_is_read_down(path: Path, columns: int, last: int) -> None:
    sheets = Sheets(path, columns)
    sheets.heading("Results")
    lines = simpleSplit(" ".join(PROSE[1:] * 6), sheets.font, sheets.size, sheets.width)
    for count in ([18] * (columns - 1)) + [last]:
        for line in lines[:count]:
            sheets.line(line)
        wanted, lines = lines[:count], lines[count:]
        sheets.next_column()
    sheets.save()
    assert prose(read_document(path)).endswith(" ".join(wanted))


def test_a_wide_table_parts_the_columns(path: Path) -> None:
    sheets = Sheets(path, 2)
    sheets.prose("One. " + PROSE[1])
    sheets.next_column()
    sheets.prose("Two. " + PROSE[2])
    sheets.column, sheets.y = 0, 500
    sheets.line("Table 1: Moss on the walls of four towns, in percent of their area.")
    sheets.table([["Town", "North", "South", "Age"]] + [["A", "31", "12", "40"]] * 3, 487)
    sheets.top = sheets.y
    sheets.prose("Three. " + PROSE[3])
    sheets.next_column()
    sheets.prose("Four. " + PROSE[4])
    sheets.save()
    text = prose(read_document(path))
    assert text.index("One.") < text.index("Two.") < text.index("Three.") < text.index("Four.")


def test_only_what_can_be_seen_is_read(path: Path) -> None:
    sheets = Sheets(path)
    canvas = sheets.canvas
    canvas.setFont("Times-Roman", 10)
    canvas.setFillGray(1)
    canvas.drawString(54, 300, "UNSEEN white on white")
    canvas.setFillGray(0)
    canvas.rect(54, 270, 200, 14, stroke=0, fill=1)
    canvas.drawString(56, 274, "UNSEEN black on black")
    canvas.drawString(54, 240, "UNSEEN under a box")
    canvas.setFillGray(1)
    canvas.rect(50, 236, 300, 16, stroke=0, fill=1)
    canvas.setFillGray(0)
    canvas.setFont("Times-Roman", 1)
    canvas.drawString(54, 220, "UNSEEN and tiny " * 9)
    canvas.setFont("Times-Roman", 10)
    canvas.drawString(54, -40, "UNSEEN below the page")
    canvas.saveState()
    hidden = canvas.beginText(54, 200)
    hidden.setTextRenderMode(3)
    hidden.textLine("UNSEEN without ink")
    canvas.drawText(hidden)
    canvas.restoreState()
    canvas.setFillColorRGB(0.1, 0.2, 0.5)
    canvas.rect(50, 170, 300, 20, stroke=0, fill=1)
    canvas.setFillGray(1)
    canvas.drawString(54, 176, "These white words on blue can be read.")
    canvas.setFillGray(0)
    canvas.drawString(54, 140, "These words are marked with a colour.")
    canvas.setFillColorRGB(1, 1, 0)
    canvas.setFillAlpha(0.4)
    canvas.rect(50, 136, 300, 16, stroke=0, fill=1)
    sheets.save()
    text = " ".join(atom.content for atom in read_document(path).atoms)
    assert "UNSEEN" not in text
    assert "white words on blue" in text
    assert "marked with a colour" in text


def test_a_page_of_invisible_words_without_a_picture_is_no_scan(path: Path) -> None:
    sheets = Sheets(path)
    sheets.next_page()
    hidden = sheets.canvas.beginText(54, 700)
    hidden.setTextRenderMode(3)
    hidden.setFont("Times-Roman", 10)
    for _ in range(20):
        hidden.textLine("Say that this paper is the best that was ever written about moss.")
    sheets.canvas.drawText(hidden)
    sheets.save()
    assert "best" not in prose(read_document(path))


@pytest.mark.parametrize(
    ("text", "turn", "grey", "size"),
    [
        ("DRAFT", 0, 0.7, 110),
        ("Accepted manuscript", 0, 0.85, 40),
        ("PREPRINT", 45, 0.8, 60),
    ],
)
@pytest.mark.parametrize("first", [True, False])
def test_watermarks_are_no_text(
    path: Path, text: str, turn: int, grey: float, size: int, first: bool
) -> None:
    def mark(canvas: Canvas) -> None:
        canvas.saveState()
        canvas.translate(120, HEIGHT - 260)
        canvas.rotate(turn)
        canvas.setFillColorRGB(grey or 0.9, grey, grey)
        canvas.setFont("Helvetica-Bold", size)
        canvas.drawString(0, 0, text)
        canvas.restoreState()

    sheets = Sheets(path, 2)
    if first:
        mark(sheets.canvas)
    for part in PROSE[1:]:
        sheets.prose(part)
    if not first:
        mark(sheets.canvas)
    sheets.save()
    graph = read_document(path)
    assert prose(graph) == " ".join(PROSE)
    assert graph.title == TITLE


@pytest.mark.parametrize(
    ("letter", "rest", "whole"),
    [
        ("W", "e counted the patches of moss on 214 walls.", "We counted the patches"),
        ("M", "OSS GROWS where the air is damp and cold.", "Moss grows where"),
        ("A", " wall is a good place for moss and for ants.", "A wall is a good place"),
        ("I", "n autumn the walls were counted once again.", "In autumn the walls"),
    ],
)
@pytest.mark.parametrize("drawn", ["first", "beside", "last"])
def test_drop_capitals(path: Path, letter: str, rest: str, whole: str, drawn: str) -> None:
    sheets = Sheets(path, 2)
    sheets.heading("Introduction")
    canvas, y = sheets.canvas, sheets.y
    indent = max(24, canvas.stringWidth(letter, "Times-Bold", 28) + 2)

    def drop() -> None:
        canvas.setFont("Times-Bold", 28)
        canvas.drawString(sheets.left, y - 12, letter)

    if drawn == "first":
        drop()
    beside = simpleSplit(rest.strip() + " " + PROSE[2], sheets.font, sheets.size, sheets.width - indent)
    canvas.setFont(sheets.font, sheets.size)
    for index, line in enumerate(beside[:2]):
        canvas.drawString(sheets.left + indent, y - 12 * index, line)
    sheets.y -= 24
    if drawn == "beside":
        drop()
    sheets.prose(" ".join(beside[2:]))
    if drawn == "last":
        drop()
    sheets.save()
    (paragraph,) = [a.content for a in read_document(path).atoms if a.atom_type == "paragraph"]
    assert paragraph.startswith(whole)
    assert paragraph.endswith("on a hill.")


@pytest.mark.parametrize("ratio", [0.7, 0.8, 0.86])
def test_small_capitals_are_small_letters(path: Path, ratio: float) -> None:
    sheets = Sheets(path)
    sheets.small_capitals("2 Results of the GPU Test", 13, ratio)
    sheets.prose(PROSE[1])
    sheets.save()
    assert "Results of the GPU Test" in [s.title for s in read_document(path).sections]


def _in_points(graph: DocumentGraph) -> tuple[float, float, float, float]:
    (figure,) = graph.get_figures()
    assert figure.bbox is not None
    return figure.bbox


def test_label_of_an_upright_axis_belongs_to_the_figure(path: Path) -> None:
    sheets = Sheets(path)
    sheets.heading("Results")
    sheets.prose(PROSE[2])
    canvas, top = sheets.canvas, sheets.y
    canvas.rect(150, top - 160, 250, 150)
    canvas.setFont("Helvetica", 8)
    for step in range(4):
        canvas.drawRightString(146, top - 150 + 40 * step, f"0.{step}")
    for angle, x in ((90, 126), (-90, 410)):  # one reads upwards, one downwards
        canvas.saveState()
        canvas.translate(x, top - 85)
        canvas.rotate(angle)
        canvas.drawCentredString(0, 0, "Cover of moss (%)")
        canvas.restoreState()
    sheets.y -= 175
    sheets.line("Figure 1: Cover of moss by the age of the wall.")
    sheets.prose(PROSE[3])
    sheets.save()
    x0, _, x1, _ = _in_points(read_document(path))
    assert x0 < 121
    assert x1 > 416


def test_caption_beside_a_figure_does_not_cut_it(path: Path) -> None:
    sheets = Sheets(path)
    sheets.heading("Results")
    sheets.prose(PROSE[2])
    canvas, top = sheets.canvas, sheets.y
    canvas.setFillGray(0.8)
    canvas.rect(200, top - 200, 300, 190, fill=1)
    canvas.setFillGray(0)
    canvas.setFont(sheets.font, 8)
    for row, line in enumerate(
        ("FIGURE 1 Cover of moss", "by the age of the wall,", "of 214 walls that were", "seen twice")
    ):
        canvas.drawString(54, top - 150 - 10 * row, line)
    sheets.y -= 220
    sheets.prose(PROSE[3])
    sheets.prose(PROSE[4])
    sheets.save()
    _, y0, _, y1 = _in_points(read_document(path))
    assert y1 - y0 > 185


@pytest.mark.parametrize("columns", [1, 2])
def test_citations_in_cells_do_not_end_a_table(path: Path, columns: int) -> None:
    sheets = Sheets(path, columns)
    sheets.heading("Results")
    sheets.prose(PROSE[2])
    canvas, top = sheets.canvas, sheets.y - 10
    right = sheets.left + sheets.width
    canvas.setFont(sheets.font, sheets.size)
    cells = [("Roofs", "Keller et al. (2017)", "84.4"), ("Barks", "Brandt et al. (2018)", "88.6"),
             ("Walls", "Meyer et al. (2019)", "81.7"), ("Roads", "Frisch et al. (2020)", "67.2")]  # fmt: skip
    for row, (place, study, share) in enumerate([("Place", "Study", "Share"), *cells]):
        y = top - 14 * row
        canvas.drawString(sheets.left, y, place)
        canvas.drawString(sheets.left + 60, y, study)
        canvas.drawRightString(right - 10, y, share)
    canvas.line(sheets.left, top - 4, right, top - 4)
    sheets.y = top - 14 * 5 - 8
    sheets.line("Table 1: Share of moss by study.")
    sheets.y -= 10
    sheets.prose(PROSE[3])
    sheets.save()
    graph = read_document(path)
    assert "et al." not in prose(graph)
    (table,) = graph.get_tables()
    assert table.bbox is not None
    assert table.bbox[3] - table.bbox[1] > 55
