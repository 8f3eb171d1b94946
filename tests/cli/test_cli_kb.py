"""The commands about knowledge bases, on a real PDF."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

LINES = (
    "Abstract",
    "A Bloom filter answers membership queries with few bits and a small chance of a false positive.",
    "1 Introduction",
    "We measure what locality costs such a filter, and find that the price is small at low memory.",
)


@pytest.fixture
def paper(tmp_path: Path) -> Path:
    """A one-page paper."""
    path = tmp_path / "filters.pdf"
    canvas = Canvas(str(path), pagesize=A4, invariant=True)
    canvas.setFont("Helvetica-Bold", 18)
    canvas.drawString(72, 760, "What Locality Costs a Bloom Filter")
    for index, line in enumerate(LINES):
        canvas.setFont("Helvetica" if len(line) > 20 else "Helvetica-Bold", 10)
        canvas.drawString(72, 700 - index * 30, line)
    canvas.save()
    return path


def test_a_paper_is_added_listed_outlined_and_removed(cli: Any, paper: Path) -> None:
    assert cli("kb", "create", "training", "--json").data == {"name": "training"}
    (added,) = cli("kb", "add", "training", "--paper", str(paper), "--json").data["papers"]
    assert added["paper_id"] == "filters"
    assert cli("kb", "list", "--json").data == {"knowledge_bases": [{"name": "training", "papers": 1}]}
    (listed,) = cli("kb", "show", "training", "--json").data["papers"]
    assert listed == added
    outline = cli("kb", "show", "training", "filters", "--json").data["outline"]
    assert outline["title"] == added["title"]
    assert added["title"] in cli("kb", "show", "training", "filters").out
    assert cli("kb", "remove", "training", "filters", "--json").data["removed"] == "filters"
    assert cli("kb", "show", "training", "--json").data["papers"] == []
    assert "podcast-dspy kb add training" in cli("kb", "show", "training").out
    assert paper.exists()


def test_adding_twice_and_adding_nothing_are_explained(cli: Any, paper: Path, tmp_path: Path) -> None:
    cli("kb", "create", "training")
    cli("kb", "add", "training", "--paper", str(paper))
    again = cli("kb", "add", "training", "--paper", str(paper))
    assert (again.code, again.out) == (2, "")
    assert "already" in again.err
    missing = cli("kb", "add", "training", "--paper", str(tmp_path / "missing.pdf"))
    assert missing.code == 1
    assert "missing.pdf" in missing.err
    assert cli("kb", "create", "training").code == 2


@pytest.mark.models
def test_search_finds_the_passage(cli: Any, paper: Path) -> None:
    cli("kb", "create", "training")
    cli("kb", "add", "training", "--paper", str(paper))
    result = cli("kb", "search", "training", "price of locality", "--limit", "1", "--json")
    (hit,) = result.data["hits"]
    assert "locality costs such a filter" in hit["text"]
    assert hit["text"][:40] in cli("kb", "search", "training", "price of locality").out


def test_models_are_listed_with_their_state(
    cli: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PODCAST_DSPY_CACHE", str(tmp_path / "cache"))
    listed = {model["name"]: model for model in cli("models", "list", "--json").data["models"]}
    assert listed["piper-joe"]["installed"] is False
    missing = cli("models", "where", "piper-joe")
    assert missing.code == 1
    assert "podcast-dspy models install piper-joe" in missing.err


def test_doubts_are_told_when_a_paper_is_added_and_shown(cli: Any, tmp_path: Path) -> None:
    path = tmp_path / "eule.txt"
    path.write_text(
        "Die Eule\n\n" + "Die Eule wartet auf dem Balken, bis die Maus das Stroh verlassen hat. " * 4
    )
    cli("kb", "create", "training")
    added = cli("kb", "add", "training", "--paper", str(path), "--json")
    assert "warning: eule: the paper is in German" in added.err
    confidence = added.data["papers"][0]["confidence"]
    assert (confidence["level"], confidence["doubts"][0]["kind"]) == ("medium", "other-language")
    outline = cli("kb", "show", "training", "eule")
    assert "confidence: medium" in outline.out
    assert "\n  other-language (0.30): the paper is in German" in outline.out
    assert cli("kb", "show", "training", "eule", "--json").data["outline"]["confidence"] == confidence
    assert "medium" in cli("kb", "show", "training").out
