"""docling: what it finds becomes pieces; where it is not installed, that is said."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from PIL import Image

from podcast_dspy.documents import read_document
from podcast_dspy.errors import DocumentError, PrerequisiteError

INSTALLED = importlib.util.find_spec("docling") is not None


def item(label: str, text: str = "", **more: Any) -> SimpleNamespace:
    return SimpleNamespace(label=SimpleNamespace(value=label), text=text, **more)


def floating(label: str, caption: str, **more: Any) -> SimpleNamespace:
    return item(label, caption_text=lambda document: caption, **more)


ITEMS = [
    item("page_header", "Journal of Garden Acoustics 12"),
    item("title", "Counting Sparrows"),
    item("section_header", "Abstract", level=1),
    item(
        "text", "We count sparrows by listening, and find that twice as many live in gardens as people see."
    ),
    item("section_header", "1 Method", level=1),
    item("section_header", "1.1 Beacons", level=2),
    item(
        "paragraph", "Each acoustic beacon plays a call every minute and counts the birds that reply to it."
    ),
    floating("picture", "Figure 1: A beacon.", get_image=lambda document: Image.new("RGB", (80, 60), "red")),
    item("caption", "Figure 1: A beacon."),
    floating(
        "table",
        "Table 1: Cost of a beacon.",
        data=SimpleNamespace(
            grid=[[item("", "Part"), item("", "Price")], [item("", "Speaker"), item("", "4.20")]]
        ),
    ),
    item("formula", "n = r / p"),
]


@pytest.fixture
def docling(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """A docling that finds ITEMS in whatever it is given, and keeps what it was asked for."""
    asked: dict[str, Any] = {}

    class ConversionError(Exception):
        pass

    def convert(stream: SimpleNamespace) -> SimpleNamespace:
        asked.update(name=stream.name, data=stream.stream.read())
        if b"damaged" in asked["data"]:
            raise ConversionError("no such luck")
        return SimpleNamespace(document=SimpleNamespace(iterate_items=lambda: ((i, 1) for i in ITEMS)))

    names = {
        "docling": {},
        "docling.datamodel": {},
        "docling.datamodel.base_models": {
            "DocumentStream": SimpleNamespace,
            "InputFormat": SimpleNamespace(PDF="pdf"),
        },
        "docling.datamodel.pipeline_options": {"PdfPipelineOptions": SimpleNamespace},
        "docling.document_converter": {
            "DocumentConverter": lambda format_options: SimpleNamespace(convert=convert),
            "PdfFormatOption": lambda pipeline_options: asked.update(options=pipeline_options),
        },
        "docling.exceptions": {"ConversionError": ConversionError},
    }
    for name, members in names.items():
        module = ModuleType(name)
        module.__dict__.update(members)
        monkeypatch.setitem(sys.modules, name, module)
    return asked


def test_what_docling_finds(docling: dict[str, Any], papers: Callable[[int], Any], tmp_path: Path) -> None:
    paper = papers(1)[0]
    graph = read_document(paper, images_dir=tmp_path / "images", engine="docling")
    assert graph.kind == "docling"
    assert docling["name"] == "paper-1.pdf"
    assert docling["data"] == paper.read_bytes()
    assert docling["options"].generate_picture_images
    assert graph.title == "Counting Sparrows"
    assert graph.abstract.startswith("We count sparrows by listening")
    assert [(s.number, s.title, s.level) for s in graph.sections] == [
        ("1", "Method", 1),
        ("1.1", "Beacons", 2),
    ]
    (figure,) = graph.get_figures()
    assert (figure.figure_number, figure.caption) == ("1", "A beacon.")
    assert figure.file_path is not None
    with Image.open(figure.file_path) as image:
        assert image.size == (80, 60)
    (table,) = graph.get_tables()
    assert table.content == "Part\tPrice\nSpeaker\t4.20"
    assert [a.content for a in graph.atoms if a.atom_type == "equation"] == ["n = r / p"]
    assert not any("Garden Acoustics" in a.content for a in graph.atoms)


def test_what_docling_refuses(docling: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("damaged " * 20)
    with pytest.raises(DocumentError, match=r"docling cannot read .*a\.txt \(no such luck\); name no engine"):
        read_document(tmp_path / "a.txt", engine="docling")


@pytest.mark.skipif(INSTALLED, reason="docling is installed")
def test_without_docling(papers: Callable[[int], Any]) -> None:
    with pytest.raises(PrerequisiteError, match=r"pip install 'podcast-dspy\[docling\]'"):
        read_document(papers(1)[0], engine="docling")


@pytest.mark.skipif(not INSTALLED, reason="docling is not installed")
def test_docling_itself(tmp_path: Path) -> None:
    """The real docling on Markdown, which needs none of its models."""
    (tmp_path / "a.md").write_text(
        "# Counting Sparrows\n\n## Method\n\nEach beacon plays a call every minute and counts the replies.\n\n"
        "| Part | Price |\n|---|---|\n| Speaker | 4.20 |\n"
    )
    graph = read_document(tmp_path / "a.md", engine="docling")
    assert [s.title for s in graph.sections] == ["Method"]
    assert graph.get_tables()[0].content.endswith("Speaker\t4.20")
