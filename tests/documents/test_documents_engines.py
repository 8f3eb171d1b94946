"""Engines: chosen by content or by name, added without touching the rest."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest

from podcast_dspy.documents import (
    DocumentAtom,
    DocumentEngine,
    DocumentGraph,
    Material,
    engine_names,
    read_document,
    register_engine,
    unregister_engine,
)
from podcast_dspy.errors import DocumentError, PrerequisiteError, UnknownNameError


@dataclass(frozen=True)
class Toy:
    """Reads documents of one line that says what they are called."""

    name: str = "toy"

    def reads(self, material: Material) -> bool:
        return material.head.startswith(b"\0toy ")

    def read(self, material: Material, images_dir: Path | None) -> DocumentGraph:
        title = material.head[5:50].decode("ascii", "replace")
        atom = DocumentAtom(
            atom_id="p001_title_01", atom_type="title", content=title, page=1, bbox=(0, 0, 0, 0)
        )
        return DocumentGraph(
            document_id=material.sha256[:12],
            kind=self.name,
            source_path=material.shown,
            sha256=material.sha256,
            page_count=1,
            title=title,
            atoms=(atom,),
        )


@pytest.fixture
def toy() -> Iterator[Toy]:
    register_engine(Toy())
    yield Toy()
    unregister_engine("toy")


@pytest.fixture
def toy_file(tmp_path: Path) -> Path:
    path = tmp_path / "a.toy"
    path.write_bytes(b"\0toy A toy paper")
    return path


def test_the_built_in_ones() -> None:
    assert engine_names()[:5] == ["pdf", "html", "markdown", "docx", "text"]


def test_an_added_engine_reads_what_no_other_does(toy: Toy, toy_file: Path) -> None:
    assert isinstance(toy, DocumentEngine)
    assert "toy" in engine_names()
    assert read_document(toy_file).title == "A toy paper"


def test_without_it_nobody_does(toy_file: Path) -> None:
    with pytest.raises(DocumentError, match="of no kind that can be read"):
        read_document(toy_file)


def test_an_added_engine_takes_nothing_away(
    toy: Toy, papers: Callable[[int], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    paper = papers(1)[0]
    monkeypatch.setattr(Toy, "reads", lambda self, material: True)
    assert read_document(paper).kind == "pdf"
    assert read_document(paper, engine="toy").kind == "toy", "unless it is asked for by name"
    monkeypatch.setenv("PODCAST_DSPY_DOCUMENT_ENGINE", "toy")
    assert read_document(paper).kind == "toy"
    assert read_document(paper, engine="pdf").kind == "pdf"


def test_unknown_names(toy: Toy, toy_file: Path) -> None:
    with pytest.raises(
        UnknownNameError, match=r"no document engine 'grobid'; choose one of pdf, .* or docling"
    ):
        read_document(toy_file, engine="grobid")
    with pytest.raises(UnknownNameError, match="names another engine"):
        register_engine(Toy("pdf"))


TOY = Toy()


def test_engines_of_installed_packages(toy_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    points = [EntryPoint("toy", f"{__name__}:TOY", "podcast_dspy.document_engines")]
    monkeypatch.setattr("importlib.metadata.entry_points", lambda group: points)
    assert engine_names()[-1] == "toy"
    assert read_document(toy_file).title == "A toy paper"
    assert read_document(toy_file, engine="toy").kind == "toy"
    points[:] = [EntryPoint("heavy", "no_such_package:ENGINE", "podcast_dspy.document_engines")]
    with pytest.raises(
        PrerequisiteError, match="document engine 'heavy' of no_such_package:ENGINE cannot be loaded"
    ):
        read_document(toy_file)


def test_the_wrong_engine_says_so(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("This is no PDF at all, whatever engine is asked for. " * 3)
    for engine in ("pdf", "docx"):
        with pytest.raises(DocumentError, match=r"damaged|truncated"):
            read_document(tmp_path / "a.txt", engine=engine)
