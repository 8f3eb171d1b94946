"""Titles, abstracts, headings and lists of sections in papers of many layouts, each drawn in the test."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import pytest
from documents_papers import ABSTRACT, AUTHORS, INTRODUCTION, METHOD, RESULTS, TITLE
from hypothesis import given
from hypothesis import strategies as st
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.utils import simpleSplit
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, PageBreak, Paragraph, SimpleDocTemplate, Spacer

from podcast_dspy.documents import DocumentGraph, read_document
from podcast_dspy.documents.pdf.selection import _chain, _follows, _missing

SECTIONS = (("Introduction", INTRODUCTION), ("Method", METHOD), ("Results", RESULTS), ("Conclusion", METHOD))
NAMES = [name for name, _ in SECTIONS]
REFERENCES = (
    "[1] A. Reed. Sparrows of the north. Bird Journal, 3:1-9, 2001.",
    "[2] B. Marsh. Beacons in gardens. Bird Journal, 4:10-19, 2005.",
    "[3] C. Heath. Hidden birds. Field Notes, 12:7-8, 2019.",
)


def _p(
    text: str, size: float = 10, font: str = "Times-Roman", *, gap: float = 4, centre: bool = False
) -> Paragraph:
    style = ParagraphStyle(
        "x", fontName=font, fontSize=size, leading=1.2 * size, spaceAfter=gap, alignment=1 if centre else 0
    )
    return Paragraph(text, style)


def _front(authors: str = ", ".join(AUTHORS)) -> list[Flowable]:
    return [_p(TITLE, 16, "Times-Bold", centre=True, gap=8), _p(authors, 11, centre=True, gap=12)]


def _sections(
    size: float = 12, font: str = "Times-Bold", *, numbered: bool = False, names: Sequence[str] = NAMES
) -> list[Flowable]:
    made: list[Flowable] = []
    for place, (name, (_, text)) in enumerate(zip(names, SECTIONS, strict=True), 1):
        made += [_p(f"{place} {name}" if numbered else name, size, font, gap=6), _p(text, gap=10)]
    return made


def _read(tmp_path: Path, *parts: Flowable) -> DocumentGraph:
    path = tmp_path / "paper.pdf"
    SimpleDocTemplate(str(path), pagesize=A4, invariant=1).build(list(parts))
    return read_document(path)


def _headings(graph: DocumentGraph) -> list[str]:
    return [section.title for section in graph.sections]


@pytest.mark.parametrize(
    ("label", "sections"),
    [
        ((10, "Times-Bold"), (10, "Times-Bold")),
        ((14, "Times-Bold"), (12, "Times-Bold")),
        ((10, "Times-Italic"),) * 2,
    ],
)
def test_the_abstract_ends_at_the_next_heading(
    tmp_path: Path, label: tuple[float, str], sections: tuple[float, str]
) -> None:
    graph = _read(tmp_path, *_front(), _p("Abstract", *label), _p(ABSTRACT, gap=10), *_sections(*sections))
    assert graph.abstract == ABSTRACT
    assert _headings(graph) == NAMES


def _parts(size: float, font: str) -> list[Flowable]:
    first, second, third, fourth = (sentence + "." for sentence in ABSTRACT.rstrip(".").split(". "))
    made: list[Flowable] = []
    for name, text in (
        ("Background", first),
        ("Methods", second),
        ("Results", third),
        ("Conclusions", fourth),
    ):
        made += [_p(name, size, font), _p(text, 9.5)]
    return made


@pytest.mark.parametrize("labels", [(10, "Helvetica-Bold"), (12, "Times-Bold")])
def test_labels_of_a_structured_abstract_are_no_sections(tmp_path: Path, labels: tuple[float, str]) -> None:
    graph = _read(tmp_path, *_front(), _p("Abstract", 12, "Times-Bold"), *_parts(*labels), *_sections())
    assert graph.abstract.startswith("Background: Counting birds")
    assert graph.abstract.endswith("never show themselves.")
    assert _headings(graph) == NAMES


def test_a_structured_abstract_needs_no_heading(tmp_path: Path) -> None:
    first, _, rest = ABSTRACT.partition(". ")
    labelled = [_p(f"<b>AIM:</b> {first}.", 9), _p(f"<b>FINDINGS:</b> {rest}", 9, gap=10)]
    graph = _read(tmp_path, *_front(), *labelled, *_sections(numbered=True))
    assert graph.abstract == f"AIM: {first}. FINDINGS: {rest}"
    assert _headings(graph) == NAMES


def test_headings_are_told_by_their_style_in_any_language(tmp_path: Path) -> None:
    names = ["Einleitung", "Vorgehen", "Ergebnisse", "Fazit"]
    parts = [
        *_sections(names=names),
        _p("Literatur", 12, "Times-Bold"),
        *(_p(entry, 9) for entry in REFERENCES),
    ]
    graph = _read(tmp_path, *_front(), _p("Zusammenfassung", 11, "Times-Bold"), _p(ABSTRACT), *parts)
    assert graph.abstract == ABSTRACT
    assert _headings(graph) == [*names, "Literatur"]
    assert [a.content for a in graph.atoms if a.atom_type == "reference"] == list(REFERENCES)


def test_run_in_headings_end_where_their_style_ends(tmp_path: Path) -> None:
    long = "Where the beacons were put and for how long each of them was listened to in the field trial"
    parts = [
        _p(f"<b>Sites</b> {METHOD}"),
        _p(f"<b>Calls</b> {RESULTS}"),
        _p(f"<b>Replies</b> {INTRODUCTION}"),
        _p(f'<font name="Helvetica-Bold" size="11">{long}.</font> {METHOD}'),
        _p(f"3.1. Cost of a beacon. {RESULTS}"),
    ]
    graph = _read(tmp_path, *_front(), _p("Abstract", 11, "Times-Bold"), _p(ABSTRACT), *_sections(), *parts)
    assert _headings(graph) == [*NAMES, "Sites", "Calls", "Replies", long, "Cost of a beacon"]


def test_one_bold_opening_is_an_emphasis(tmp_path: Path) -> None:
    graph = _read(
        tmp_path,
        *_front(),
        _p("Abstract", 11, "Times-Bold"),
        _p(ABSTRACT),
        *_sections(),
        _p(f"<b>Sites</b> {METHOD}"),
    )
    assert _headings(graph) == NAMES


def test_what_is_set_like_numbered_headings_has_a_number(tmp_path: Path) -> None:
    numbered = _sections(numbered=True)
    graph = _read(
        tmp_path,
        *_front(),
        _p("Abstract", 11, "Times-Bold"),
        _p(ABSTRACT),
        *numbered[:4],
        _p("Beacon", 12, "Times-Bold", gap=10),
        *numbered[4:],
        _p("Thanks", 12, "Times-Bold"),
        _p(RESULTS),
    )
    assert _headings(graph) == [*NAMES, "Thanks"]


def _listed(leader: str) -> list[Flowable]:
    return [_p(f"{k} {name} {leader} {3 * k}", gap=1) for k, name in enumerate(NAMES, 1)]


def test_a_table_of_contents_is_none_of_the_text(tmp_path: Path) -> None:
    contents = [_p("Contents", 14, "Times-Bold"), *_listed(". " * 30), PageBreak()]
    graph = _read(
        tmp_path,
        *_front(),
        _p("Abstract", 11, "Times-Bold"),
        _p(ABSTRACT),
        *contents,
        *_sections(numbered=True),
    )
    assert _headings(graph) == NAMES
    assert not any(". . ." in atom.content for atom in graph.atoms)


def test_the_number_of_a_chapter_belongs_to_its_title(tmp_path: Path) -> None:
    chapters: list[Flowable] = []
    for place, (name, text) in enumerate(SECTIONS, 1):
        chapters += [
            PageBreak(),
            Spacer(1, 80),
            _p(f"Chapter {place}", 18, "Times-Bold"),
            _p(name, 20, "Times-Bold"),
            _p(text),
        ]
    graph = _read(tmp_path, *_front(), _p("Abstract", 11, "Times-Bold"), _p(ABSTRACT), *chapters)
    assert [(s.number, s.title) for s in graph.sections] == [
        (str(k), name) for k, name in enumerate(NAMES, 1)
    ]


NOTICE = (
    "This is a file of an article that was accepted. It will be edited and set again before it is published in its "
    "final form, and errors may be found in it that change what it says."
)


@pytest.mark.parametrize(
    "above",
    [
        [
            _p("Journal Pre-proofs", 26, "Helvetica-Bold"),
            _p(TITLE, 12),
            _p(", ".join(AUTHORS), 12),
            _p(NOTICE, 12),
            PageBreak(),
        ],
        [
            _p("Marshland Research Archive", 22, "Helvetica-Bold"),
            _p(f"This is a repository copy of {TITLE}."),
            _p(f"Quillfeather, A. (2024) {TITLE}. Bird Journal, 7. e118."),
            _p(NOTICE),
            PageBreak(),
        ],
        [
            _p("BIRD JOURNAL", 20, "Helvetica-Bold"),
            _p(f"To cite: {TITLE}. Bird J. 2024;7:101-110", 12, "Helvetica"),
        ],
    ],
    ids=["proof", "repository", "journal"],
)
def test_a_cover_or_a_journal_is_no_title(tmp_path: Path, above: list[Flowable]) -> None:
    graph = _read(
        tmp_path, *above, *_front(), _p("Abstract", 11, "Times-Bold"), _p(ABSTRACT), *_sections(numbered=True)
    )
    assert (graph.title, list(graph.authors), graph.abstract) == (TITLE, AUTHORS, ABSTRACT)


def test_a_permission_is_no_abstract(tmp_path: Path) -> None:
    permission = "Permission to copy the tables is granted to everybody who names the authors. " * 4
    graph = _read(
        tmp_path, *_front(), _p(permission, 8, gap=12), _p(ABSTRACT, 9, gap=12), *_sections(numbered=True)
    )
    assert graph.abstract == ABSTRACT


@pytest.mark.parametrize(
    ("printed", "names"),
    [
        ("A. Reed, B. A. Marsh and C. Heath", ["A. Reed", "B. A. Marsh", "C. Heath"]),
        ("Ada Reed, MSc, BVSc, José Núñez-Marsh", ["Ada Reed", "José Núñez-Marsh"]),
        ("Ada Reed¹, José Núñez²", ["Ada Reed", "José Núñez"]),
    ],
)
def test_names_are_read_without_marks_and_degrees(tmp_path: Path, printed: str, names: list[str]) -> None:
    graph = _read(tmp_path, *_front(printed), _p("Abstract", 11, "Times-Bold"), _p(ABSTRACT), *_sections())
    assert list(graph.authors) == names


_NUMBERS = st.lists(st.integers(1, 9), min_size=1, max_size=3).map(tuple)


@given(st.lists(_NUMBERS, max_size=25))
def test_a_sequence_of_numbers_grows(numbers: list[tuple[int, ...]]) -> None:
    kept = [numbers[place] for place in _chain(numbers)]
    assert all(a < b for a, b in pairwise(kept))


@given(st.lists(st.integers(1, 4), min_size=1, max_size=6))
def test_a_whole_numbering_is_kept_whole(subsections: list[int]) -> None:
    numbers = [
        n for k, count in enumerate(subsections, 1) for n in ((k,), *((k, i) for i in range(1, count + 1)))
    ]
    assert _chain(numbers) == list(range(len(numbers)))
    assert not any(_missing(a, b) for a, b in pairwise(numbers))


@given(_NUMBERS, _NUMBERS)
def test_missing_numbers_fill_a_gap(a: tuple[int, ...], b: tuple[int, ...]) -> None:
    if a < b and (wanted := _missing(a, b)):
        steps = [a, *wanted]
        assert all(_follows(x, y) for x, y in pairwise(steps))
        assert wanted[-1] < b


@pytest.mark.parametrize("place", ["Marshland Polytechnic, 2023", "Arden Heath, 2023", "Hochschule Moorland"])
def test_the_place_on_a_title_page_is_no_author(tmp_path: Path, place: str) -> None:
    lines = [AUTHORS[0], "A thesis that was submitted for the degree of", "Doctor of Ornithology", place]
    page = [
        Spacer(1, 80),
        _p(TITLE, 20, centre=True, gap=40),
        *(_p(t, 12, centre=True, gap=20) for t in lines),
    ]
    graph = _read(
        tmp_path,
        *page,
        PageBreak(),
        _p("Abstract", 14, "Times-Bold"),
        _p(ABSTRACT),
        *_sections(numbered=True),
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


def test_what_was_not_found_is_told(tmp_path: Path) -> None:
    bare = _read(tmp_path, *_front(), *(_p(text, gap=10) for _, text in SECTIONS))
    assert not bare.sections
    assert "no-sections" in {doubt.kind for doubt in bare.confidence.doubts}
    assert bare.confidence.level == "high"
    no_abstract = _read(tmp_path, *_front(), *_sections(numbered=True))
    assert [doubt.kind for doubt in no_abstract.confidence.doubts] == ["no-abstract"]
    whole = _read(
        tmp_path, *_front(), _p("Abstract", 11, "Times-Bold"), _p(ABSTRACT), *_sections(numbered=True)
    )
    assert not whole.confidence.doubts
