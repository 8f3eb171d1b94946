"""Headings and lists of sections in papers of many layouts, each drawn in the test."""

from __future__ import annotations

from pathlib import Path

from documents_flows import (
    NAMES,
    REFERENCES,
    abstract,
    front,
    headings,
    paragraph,
    read_flow,
    sections,
)
from documents_papers import ABSTRACT, INTRODUCTION, METHOD, RESULTS
from reportlab.platypus import Flowable, PageBreak


def test_headings_are_told_by_their_style_in_any_language(tmp_path: Path) -> None:
    names = ["Einleitung", "Vorgehen", "Ergebnisse", "Fazit"]
    parts = [
        *sections(names=names),
        paragraph("Literatur", 12, "Times-Bold"),
        *(paragraph(entry, 9) for entry in REFERENCES),
    ]
    graph = read_flow(
        tmp_path, *front(), paragraph("Zusammenfassung", 11, "Times-Bold"), paragraph(ABSTRACT), *parts
    )
    assert graph.abstract == ABSTRACT
    assert headings(graph) == [*names, "Literatur"]


def test_run_in_headings_end_where_their_style_ends(tmp_path: Path) -> None:
    long = "Where the beacons were put and for how long each of them was listened to in the field trial"
    parts = [
        paragraph(f"<b>Sites</b> {METHOD}"),
        paragraph(f"<b>Calls</b> {RESULTS}"),
        paragraph(f"<b>Replies</b> {INTRODUCTION}"),
        paragraph(f'<font name="Helvetica-Bold" size="11">{long}.</font> {METHOD}'),
        paragraph(f"3.1. Cost of a beacon. {RESULTS}"),
    ]
    graph = read_flow(tmp_path, *front(), *abstract(), *sections(), *parts)
    assert headings(graph) == [*NAMES, "Sites", "Calls", "Replies", long, "Cost of a beacon"]


def test_labels_that_come_again_and_templates_are_no_headings(tmp_path: Path) -> None:
    parts = [
        paragraph(f"<b>{label}</b> {RESULTS}")
        for label in (
            "Question: Who sings?",
            "Sites.",
            "Question: Who replies?",
            "Type 1: [bird] [verb] [place].",
        )
    ]
    graph = read_flow(tmp_path, *front(), *abstract(), *sections(), *parts)
    assert headings(graph) == [*NAMES, "Sites"]


def test_one_bold_opening_is_an_emphasis(tmp_path: Path) -> None:
    graph = read_flow(
        tmp_path,
        *front(),
        paragraph("Abstract", 11, "Times-Bold"),
        paragraph(ABSTRACT),
        *sections(),
        paragraph(f"<b>Sites</b> {METHOD}"),
    )
    assert headings(graph) == NAMES


def test_what_is_set_like_numbered_headings_has_a_number(tmp_path: Path) -> None:
    numbered = sections(numbered=True)
    graph = read_flow(
        tmp_path,
        *front(),
        paragraph("Abstract", 11, "Times-Bold"),
        paragraph(ABSTRACT),
        *numbered[:4],
        paragraph("Beacon", 12, "Times-Bold", gap=10),
        *numbered[4:],
        paragraph("Thanks", 12, "Times-Bold"),
        paragraph(RESULTS),
    )
    assert headings(graph) == [*NAMES, "Thanks"]


def _listed(leader: str) -> list[Flowable]:
    return [paragraph(f"{k} {name} {leader} {3 * k}", gap=1) for k, name in enumerate(NAMES, 1)]


def test_a_table_of_contents_is_none_of_the_text(tmp_path: Path) -> None:
    contents = [paragraph("Contents", 14, "Times-Bold"), *_listed(". " * 30), PageBreak()]
    graph = read_flow(
        tmp_path,
        *front(),
        paragraph("Abstract", 11, "Times-Bold"),
        paragraph(ABSTRACT),
        *contents,
        *sections(numbered=True),
    )
    assert headings(graph) == NAMES
    assert not any(". . ." in atom.content for atom in graph.atoms)
