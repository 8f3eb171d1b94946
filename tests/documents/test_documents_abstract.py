"""Abstracts of many layouts, each drawn in the test."""

from __future__ import annotations

from pathlib import Path

import pytest
from documents_flows import NAMES, SECTIONS, front, headings, paragraph, read_flow, sections
from documents_papers import ABSTRACT
from reportlab.platypus import Flowable


@pytest.mark.parametrize(
    ("label", "heads"),
    [
        ((10, "Times-Bold"), (10, "Times-Bold")),
        ((14, "Times-Bold"), (12, "Times-Bold")),
        ((10, "Times-Italic"),) * 2,
    ],
)
def test_the_abstract_ends_at_the_next_heading(
    tmp_path: Path, label: tuple[float, str], heads: tuple[float, str]
) -> None:
    graph = read_flow(
        tmp_path, *front(), paragraph("Abstract", *label), paragraph(ABSTRACT, gap=10), *sections(*heads)
    )
    assert graph.abstract == ABSTRACT
    assert headings(graph) == NAMES


def _parts(size: float, font: str) -> list[Flowable]:
    first, second, third, fourth = (sentence + "." for sentence in ABSTRACT.rstrip(".").split(". "))
    made: list[Flowable] = []
    for name, text in (
        ("Background", first),
        ("Methods", second),
        ("Results", third),
        ("Conclusions", fourth),
    ):
        made += [paragraph(name, size, font), paragraph(text, 9.5)]
    return made


@pytest.mark.parametrize("labels", [(10, "Helvetica-Bold"), (12, "Times-Bold")])
def test_labels_of_a_structured_abstract_are_no_sections(tmp_path: Path, labels: tuple[float, str]) -> None:
    graph = read_flow(
        tmp_path, *front(), paragraph("Abstract", 12, "Times-Bold"), *_parts(*labels), *sections()
    )
    assert graph.abstract.startswith("Background: Counting birds")
    assert graph.abstract.endswith("never show themselves.")
    assert headings(graph) == NAMES


def test_a_structured_abstract_needs_no_heading(tmp_path: Path) -> None:
    first, _, rest = ABSTRACT.partition(". ")
    labelled = [paragraph(f"<b>AIM:</b> {first}.", 9), paragraph(f"<b>FINDINGS:</b> {rest}", 9, gap=10)]
    graph = read_flow(tmp_path, *front(), *labelled, *sections(numbered=True))
    assert graph.abstract == f"AIM: {first}. FINDINGS: {rest}"
    assert headings(graph) == NAMES


def test_a_permission_is_no_abstract(tmp_path: Path) -> None:
    permission = "Permission to copy the tables is granted to everybody who names the authors. " * 4
    graph = read_flow(
        tmp_path,
        *front(),
        paragraph(permission, 8, gap=12),
        paragraph(ABSTRACT, 9, gap=12),
        *sections(numbered=True),
    )
    assert graph.abstract == ABSTRACT


def test_what_was_not_found_is_told(tmp_path: Path) -> None:
    bare = read_flow(tmp_path, *front(), *(paragraph(text, gap=10) for _, text in SECTIONS))
    assert not bare.sections
    assert "no-sections" in {doubt.kind for doubt in bare.confidence.doubts}
    assert bare.confidence.level == "high"
    no_abstract = read_flow(tmp_path, *front(), *sections(numbered=True))
    assert [doubt.kind for doubt in no_abstract.confidence.doubts] == ["no-abstract"]
    whole = read_flow(
        tmp_path,
        *front(),
        paragraph("Abstract", 11, "Times-Bold"),
        paragraph(ABSTRACT),
        *sections(numbered=True),
    )
    assert not whole.confidence.doubts
