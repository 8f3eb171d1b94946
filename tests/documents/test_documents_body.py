"""Running text is told from heads, captions, tables, formulas and raised numbers around it."""

from __future__ import annotations

from pathlib import Path

import pytest
from documents_sheets import HEIGHT, PROSE, Sheets
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


def test_slides_that_are_shown_again_count_once(path: Path) -> None:
    canvas = Canvas(str(path), pagesize=(363, 272), invariant=1)
    points = [simpleSplit(part, "Helvetica", 9, 320)[0] for part in PROSE]
    for title, own in (("Where moss grows", points[:3]), ("What we saw", points[3:])):
        for shown in range(1, len(own) + 1):
            canvas.setFont("Helvetica-Bold", 14)
            canvas.drawString(20, 240, title)
            canvas.setFont("Helvetica", 9)
            for index, point in enumerate(own[:shown]):
                canvas.drawString(20, 200 - 20 * index, point)
            canvas.showPage()
    canvas.save()
    text = " ".join(atom.content for atom in read_document(path).atoms)
    assert [text.count(point) for point in points] == [1] * 5


@pytest.mark.parametrize("again", ["Table 1 (continued)", "Table 1. Continued.", ""])
def test_a_table_over_two_pages_is_one_and_the_text_after_it_stays(path: Path, again: str) -> None:
    sheets = Sheets(path)
    sheets.heading("Results")
    sheets.line(
        "The values of each wall are listed in Table 1, which shows that no wall became drier and that"
    )
    for page, numbers in enumerate((range(5), range(5, 30))):
        sheets.next_page()
        sheets.line("Table 1: Moss on each wall." if page == 0 else again)
        rows = [["Wall", "North", "South"]] + [[f"wall-{n}", str(n + 40), str(n)] for n in numbers]
        sheets.table(rows, 487)
    sheets.line("the gain is largest near the river. The next section says why.")
    sheets.heading("Discussion")
    sheets.prose(PROSE[4])
    sheets.save()
    graph = read_document(path)
    assert "and that the gain is largest near the river." in prose(graph)
    (table,) = graph.get_tables()
    rows = [row.split("\t") for row in table.content.split("\n")]
    assert rows[0] == ["Wall", "North", "South"]
    assert [row[0] for row in rows[1:]] == [f"wall-{n}" for n in range(30)]


def test_a_caption_in_the_text_s_own_type_right_below_a_line_with_room(path: Path) -> None:
    sheets = Sheets(path)
    sheets.heading("Results")
    sheets.line("The values of each wall are listed in Table 1, which shows that")
    sheets.line("Table 1. Moss on each wall of the four towns.")
    sheets.table([["Wall", "North"], ["Arden", "41"], ["Bellow", "42"]], 300)
    sheets.line("the gain is largest near the river. The next section says why.")
    sheets.heading("Discussion")
    sheets.prose(PROSE[4])
    sheets.save()
    graph = read_document(path)
    assert "which shows that the gain is largest near the river." in prose(graph)
    assert len(graph.get_tables()) == 1


def test_running_heads_of_two_pages(path: Path) -> None:
    sheets = Sheets(path)
    for part in PROSE[1:]:
        sheets.prose(part)
    sheets.next_page()
    sheets.canvas.setFont("Times-Italic", 8)
    sheets.canvas.drawString(54, HEIGHT - 40, "Brandt and Keller")
    sheets.canvas.drawRightString(541, HEIGHT - 40, "Annals of Walls 3 (2021) 44-52")
    sheets.heading("Results")
    for part in PROSE:
        sheets.prose(part)
    sheets.save()
    text = prose(read_document(path))
    assert "Annals" not in text
    assert "Keller" not in text


def test_prose_with_signs_is_no_formula(path: Path) -> None:
    sheets = Sheets(path, 2)
    said = (
        "The change of 0.5 points was within ±2σ of zero, and the mean of all was ≈1.3 (n = 42).",
        "In town A (n = 21) it fell by 3.2 ± 0.4 points; in town B (n = 21) it rose by 0.1 ± 0.3 (t = 2.1, p = 0.04, "
        "95% CI = [0.2, 0.9]).",
    )
    sheets.heading("Results")
    for part in said:
        sheets.prose(part.replace("σ", "s").replace("≈", "~"))
    sheets.save()
    graph = read_document(path)
    assert not [atom for atom in graph.atoms if atom.atom_type == "equation"]
    assert "rose by 0.1 ± 0.3 (t = 2.1, p = 0.04, 95% CI = [0.2, 0.9])." in prose(graph)


@pytest.mark.parametrize("columns", [1, 2, 3])
@pytest.mark.parametrize("indent", [0, 12])
def test_a_paragraph_of_signs_and_short_words_is_no_formula(path: Path, columns: int, indent: float) -> None:
    said = "A share of 2:1 (95% CI = [1.4, 2.9]) was seen for > 70% of the walls (n = 42, p < 0.01, t = 2.2)."
    sheets = Sheets(path, columns, size=8.5)
    sheets.heading("Results")
    for text in PROSE[1:3]:
        first = simpleSplit(said, sheets.font, sheets.size, sheets.width - indent)[0]
        sheets.canvas.setFont(sheets.font, sheets.size)
        sheets.canvas.drawString(sheets.left + indent, sheets.y, first)
        sheets.y -= 12
        sheets.prose(said[len(first) :].strip())
        sheets.prose(text)
    sheets.save()
    graph = read_document(path)
    assert not [atom for atom in graph.atoms if atom.atom_type == "equation"]
    assert prose(graph).count(said) == 2


def test_raised_numbers_cite_or_are_powers(path: Path) -> None:
    sheets = Sheets(path)
    sheets.heading("Introduction")
    sheets.mixed(
        "Moss came after COVID-19", "1", " and in 1998", "2", " it cost $45", "3", " a wall. Studies", "4,5"
    )
    sheets.mixed(
        "of models",
        "6",
        " such as GPT-4",
        "7",
        " found 10",
        "9",
        " cells, 3 × 10",
        "-4",
        " g in 45 m",
        "2",
        ".",
    )
    sheets.line("We saw 42⁸ walls and a mean of 10⁻³ g.")
    sheets.save()
    text = prose(read_document(path))
    assert "after COVID-19 and in 1998 it cost $45 a wall. Studies of models such as GPT-4 found" in text
    assert "found 10^9 cells, 3 × 10^-4 g in 45 m^2." in text


def test_raised_numbers_of_a_paper_that_cites_otherwise(path: Path) -> None:
    sheets = Sheets(path)
    sheets.heading("Introduction")
    sheets.mixed("We know [1] that 5", "3", " = 125 and that x", "2", " grows; 2019", "1", " was wet.")
    sheets.save()
    assert "5^3 = 125 and that x^2 grows; 2019 was wet." in prose(read_document(path))
