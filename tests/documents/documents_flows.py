"""Papers laid out by reportlab from paragraphs, for tests of what is found in them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from documents_papers import ABSTRACT, AUTHORS, INTRODUCTION, METHOD, RESULTS, TITLE
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate

from podcast_dspy.documents import DocumentGraph, read_document

SECTIONS = (("Introduction", INTRODUCTION), ("Method", METHOD), ("Results", RESULTS), ("Conclusion", METHOD))


NAMES = [name for name, _ in SECTIONS]


REFERENCES = (
    "[1] A. Reed. Sparrows of the north. Bird Journal, 3:1-9, 2001.",
    "[2] B. Marsh. Beacons in gardens. Bird Journal, 4:10-19, 2005.",
    "[3] C. Heath. Hidden birds. Field Notes, 12:7-8, 2019.",
)


def paragraph(
    text: str, size: float = 10, font: str = "Times-Roman", *, gap: float = 4, centre: bool = False
) -> Paragraph:
    style = ParagraphStyle(
        "x", fontName=font, fontSize=size, leading=1.2 * size, spaceAfter=gap, alignment=1 if centre else 0
    )
    return Paragraph(text, style)


def front(authors: str = ", ".join(AUTHORS)) -> list[Flowable]:
    return [
        paragraph(TITLE, 16, "Times-Bold", centre=True, gap=8),
        paragraph(authors, 11, centre=True, gap=12),
    ]


def abstract() -> list[Flowable]:
    return [paragraph("Abstract", 11, "Times-Bold"), paragraph(ABSTRACT)]


def sections(
    size: float = 12, font: str = "Times-Bold", *, numbered: bool = False, names: Sequence[str] = NAMES
) -> list[Flowable]:
    made: list[Flowable] = []
    for place, (name, (_, text)) in enumerate(zip(names, SECTIONS, strict=True), 1):
        made += [
            paragraph(f"{place} {name}" if numbered else name, size, font, gap=6),
            paragraph(text, gap=10),
        ]
    return made


def read_flow(tmp_path: Path, *parts: Flowable) -> DocumentGraph:
    path = tmp_path / "paper.pdf"
    SimpleDocTemplate(str(path), pagesize=A4, invariant=1).build(list(parts))
    return read_document(path)


def headings(graph: DocumentGraph) -> list[str]:
    return [section.title for section in graph.sections]
