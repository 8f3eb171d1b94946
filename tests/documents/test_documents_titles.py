"""Titles and authors of many layouts, each drawn in the test."""

from __future__ import annotations

from pathlib import Path

import pytest
from documents_flows import SECTIONS, abstract, front, paragraph, read_flow, sections
from documents_papers import ABSTRACT, AUTHORS, TITLE
from reportlab.lib.utils import simpleSplit
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, PageBreak, Spacer

from podcast_dspy.documents import read_document

NOTICE = (
    "This is a file of an article that was accepted. It will be edited and set again before it is published in its "
    "final form, and errors may be found in it that change what it says."
)


@pytest.mark.parametrize(
    "above",
    [
        [
            paragraph("Journal Pre-proofs", 26, "Helvetica-Bold"),
            paragraph(TITLE, 12),
            paragraph(", ".join(AUTHORS), 12),
            paragraph(NOTICE, 12),
            PageBreak(),
        ],
        [
            paragraph("Marshland Research Archive", 22, "Helvetica-Bold"),
            paragraph(f"This is a repository copy of {TITLE}."),
            paragraph(f"Quillfeather, A. (2024) {TITLE}. Bird Journal, 7. e118."),
            paragraph(NOTICE),
            PageBreak(),
        ],
        [
            paragraph("BIRD JOURNAL", 20, "Helvetica-Bold"),
            paragraph(f"To cite: {TITLE}. Bird J. 2024;7:101-110", 12, "Helvetica"),
        ],
    ],
    ids=["proof", "repository", "journal"],
)
def test_a_cover_or_a_journal_is_no_title(tmp_path: Path, above: list[Flowable]) -> None:
    graph = read_flow(
        tmp_path,
        *above,
        *front(),
        paragraph("Abstract", 11, "Times-Bold"),
        paragraph(ABSTRACT),
        *sections(numbered=True),
    )
    assert (graph.title, list(graph.authors), graph.abstract) == (TITLE, AUTHORS, ABSTRACT)


@pytest.mark.parametrize(
    ("printed", "names"),
    [
        (
            "Ada Reed (ORCID: 0000-0002-1825-0097) and Bo Marsh (0000-0001-5109-3700)",
            ["Ada Reed", "Bo Marsh"],
        ),
        ("A. Reed, B. A. Marsh and C. Heath", ["A. Reed", "B. A. Marsh", "C. Heath"]),
        ("Ada Reed, MSc, BVSc, José Núñez-Marsh", ["Ada Reed", "José Núñez-Marsh"]),
        ("Ada Reed¹, José Núñez²", ["Ada Reed", "José Núñez"]),
    ],
)
def test_names_are_read_without_marks_and_degrees(tmp_path: Path, printed: str, names: list[str]) -> None:
    graph = read_flow(tmp_path, *front(printed), *abstract(), *sections())
    assert list(graph.authors) == names


@pytest.mark.parametrize("place", ["Marshland Polytechnic, 2023", "Arden Heath, 2023", "Hochschule Moorland"])
def test_the_place_on_a_title_page_is_no_author(tmp_path: Path, place: str) -> None:
    lines = [AUTHORS[0], "A thesis that was submitted for the degree of", "Doctor of Ornithology", place]
    page = [
        Spacer(1, 80),
        paragraph(TITLE, 20, centre=True, gap=40),
        *(paragraph(t, 12, centre=True, gap=20) for t in lines),
    ]
    graph = read_flow(
        tmp_path,
        *page,
        PageBreak(),
        paragraph("Abstract", 14, "Times-Bold"),
        paragraph(ABSTRACT),
        *sections(numbered=True),
    )
    assert (graph.title, list(graph.authors), graph.abstract) == (TITLE, AUTHORS[:1], ABSTRACT)


@pytest.mark.parametrize("size", [(960, 540), (720, 540), (364, 272)])
@pytest.mark.parametrize("title", ["Sparrow Calls", "Counting Sparrows in Old Gardens"])
@pytest.mark.parametrize("gap", ["  ", "      "])
def test_the_title_of_slides_is_their_largest_line(
    tmp_path: Path, size: tuple[int, int], title: str, gap: str
) -> None:
    names = ["Ada Quillfeather", "Bruno Marsh", "Cleo Heath"]
    canvas = Canvas(str(tmp_path / "slides.pdf"), pagesize=size, invariant=1)
    middle, unit = size[0] / 2, size[1] / 270
    for text, place, points in (
        (title, 180, 17),
        ("What the Beacons Hear", 158, 11),
        (gap.join(names), 120, 8),
    ):
        canvas.setFont("Helvetica", points * unit)
        canvas.drawCentredString(middle, place * unit, text)
    for name, text in SECTIONS:
        canvas.showPage()
        canvas.setFont("Helvetica-Bold", 14 * unit)
        canvas.drawString(20 * unit, 240 * unit, name)
        canvas.setFont("Helvetica", 8 * unit)
        for row, line in enumerate(simpleSplit(text, "Helvetica", 8 * unit, size[0] - 40 * unit)):
            canvas.drawString(20 * unit, (210 - 12 * row) * unit, line)
    canvas.save()
    graph = read_document(tmp_path / "slides.pdf")
    assert (graph.title, list(graph.authors)) == (title, names)
