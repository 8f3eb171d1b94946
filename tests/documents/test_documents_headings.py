"""Headings told from text and from cells by how they are set, in papers drawn in the test."""

from __future__ import annotations

from pathlib import Path

import pytest
from documents_sheets import PROSE, Sheets

from podcast_dspy.documents import read_document

CAPITALS = ["INTRODUCTION", "MOSS AND WATER", "WALLS", "WHAT WAS SEEN", "CONCLUSIONS"]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "paper.pdf"


@pytest.mark.parametrize("centred", [True, False])
@pytest.mark.parametrize(("above", "below"), [(6, 0), (10, 4)])
def test_headings_in_capitals_of_the_text_s_own_font(
    path: Path, above: float, below: float, centred: bool
) -> None:
    sheets = Sheets(path)
    for name, text in zip(CAPITALS, PROSE, strict=True):
        sheets.y -= above
        draw = sheets.canvas.drawCentredString if centred else sheets.canvas.drawString
        draw(sheets.left + (sheets.width / 2 if centred else 0), sheets.y, name)
        sheets.y -= 12 + below
        sheets.prose(text)
        sheets.prose(PROSE[0])
    sheets.save()
    assert [section.title for section in read_document(path).sections] == CAPITALS


def test_cells_of_a_table_without_rules_are_no_headings(path: Path) -> None:
    sheets = Sheets(path)
    sheets.heading("Introduction")
    sheets.prose(PROSE[1])
    sheets.y -= 12
    for row in (("WALL", "TOWN", "SHARE"), ("NORTH", "Arden", "0.31"), ("WEST", "Bellow", "0.22")):
        for column, cell in enumerate(row):
            sheets.canvas.setFont("Times-Bold" if row[0] == "WALL" else "Times-Roman", 10)
            sheets.canvas.drawString(sheets.left + 120 * column, sheets.y, cell)
        sheets.y -= 16
    sheets.y -= 12
    sheets.prose(PROSE[2])
    sheets.heading("Results")
    sheets.prose(PROSE[3])
    sheets.save()
    assert [section.title for section in read_document(path).sections] == ["Introduction", "Results"]
