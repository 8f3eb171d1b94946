"""Knowledge bases: adding, listing, outlining, searching."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from podcast_dspy.documents.graph import DocumentAtom, DocumentGraph, KeyConcept, Section
from podcast_dspy.documents.material import Material
from podcast_dspy.errors import DocumentError, InputError, UnknownNameError, UsageError
from podcast_dspy.kb import KnowledgeBase, knowledge_bases
from podcast_dspy.kb.outline import outline_of
from podcast_dspy.store import Tree

MakePaper = Callable[[str], Path]


def test_a_paper_is_added_listed_and_shown(base: KnowledgeBase, make_paper: MakePaper) -> None:
    entry = base.add(make_paper("Rings of Machines"))
    assert entry.paper_id == "rings_of_machines"
    assert base.list() == [entry]
    assert "attention" in " ".join(atom.content for atom in base.document(entry.paper_id).passages())
    outline = base.show(entry.paper_id)
    assert outline.title == "Rings of Machines"
    assert [section.title for section in outline.sections] == ["Introduction", "Results"]


def test_the_same_file_is_refused_politely(
    base: KnowledgeBase, make_paper: MakePaper, tmp_path: Path
) -> None:
    paper = make_paper("Rings of Machines")
    base.add(paper)
    copy = tmp_path / "copy.pdf"
    copy.write_bytes(paper.read_bytes())
    with pytest.raises(UsageError, match=r"copy\.pdf is in 'papers' already, as 'rings_of_machines'"):
        base.add(copy)
    assert len(base.list()) == 1


def test_a_file_that_is_no_paper_leaves_nothing(base: KnowledgeBase, tmp_path: Path) -> None:
    bad = tmp_path / "bad.pdf"
    bad.write_text("no pdf")
    with pytest.raises(DocumentError):
        base.add(bad)
    with pytest.raises(InputError):
        base.add(tmp_path / "missing.pdf")
    assert base.list() == []
    assert not list((tmp_path / "work" / "kb" / "papers" / "papers").glob("*"))


def test_names(base: KnowledgeBase, make_paper: MakePaper, tmp_path: Path) -> None:
    tree = Tree(tmp_path / "work")
    with pytest.raises(UsageError, match="already; add papers"):
        KnowledgeBase(tree, "papers").create()
    with pytest.raises(UnknownNameError, match=r"kb create other` \(there: papers\)"):
        KnowledgeBase(tree, "other").list()
    with pytest.raises(UsageError):
        KnowledgeBase(tree, "../x")
    with pytest.raises(UnknownNameError, match="papers: none yet"):
        base.show("x")
    KnowledgeBase(tree, "another").create()
    assert knowledge_bases(tree) == ["another", "papers"]
    folder = tmp_path / "ring-attention"
    folder.mkdir()
    paper = make_paper("Rings of Machines").rename(folder / "paper.pdf")
    assert base.add(paper).paper_id == "ring-attention"


def test_removing(base: KnowledgeBase, make_paper: MakePaper) -> None:
    paper = make_paper("Rings of Machines")
    entry = base.add(paper)
    base.remove(entry.paper_id)
    assert base.list() == []
    assert paper.exists()
    base.add(paper)


def test_searching(base: KnowledgeBase, make_paper: MakePaper) -> None:
    assert base.search("anything") == []
    for title in ("Rings of Machines", "Wheat in Warm Years"):
        base.add(make_paper(title))
    hits = base.search("when does wheat reach maturity", 2)
    assert len(hits) == 2
    assert hits[0].title == "Wheat in Warm Years"
    assert hits[0].section == "Introduction"
    assert (hits[0].lexical_rank, hits[0].vector_rank) == (1, 1)
    assert hits[0].score == pytest.approx(2 / 61)
    assert base.search("zebra")[0].lexical_rank is None
    for query, k in (("  ", 3), ("wheat", 0)):
        with pytest.raises(UsageError):
            base.search(query, k)


@pytest.mark.models
def test_searching_by_meaning(tmp_path: Path, make_paper: MakePaper) -> None:
    base = KnowledgeBase(Tree(tmp_path / "work"), "papers").create()
    for title in ("Rings of Machines", "Wheat in Warm Years"):
        base.add(make_paper(title))
    (hit,) = base.search("crops suffering from hot weather", 1)
    assert hit.title == "Wheat in Warm Years"


def test_figures_move_with_the_workspace(
    base: KnowledgeBase, make_paper: MakePaper, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import podcast_dspy.documents as documents

    read = documents.read_document

    def with_figure(paper: Material, *, images_dir: Path, engine: str | None) -> DocumentGraph:
        images_dir.mkdir(parents=True)
        image = images_dir / "f.png"
        image.write_bytes(b"png")
        figure = DocumentAtom(
            atom_id="f", atom_type="figure", content="", page=1, bbox=(0, 0, 1, 1), file_path=str(image)
        )
        graph = read(paper, images_dir=images_dir)
        return graph.model_copy(update={"atoms": (*graph.atoms, figure)})

    monkeypatch.setattr(documents, "read_document", with_figure)
    entry = base.add(make_paper("Rings of Machines"))
    (tmp_path / "work").rename(tmp_path / "moved")
    outline = KnowledgeBase(Tree(tmp_path / "moved"), "papers").show(entry.paper_id)
    image = outline.figures[0].image
    assert image is not None
    assert Path(image).is_relative_to(tmp_path / "moved")
    assert Path(image).read_bytes() == b"png"


def test_outlines_nest() -> None:
    levels = [("1", 1), ("1.1", 2), ("1.1.1", 3), ("1.2", 2), ("2", 1)]
    graph = DocumentGraph(
        document_id="0" * 12,
        source_path="",
        sha256="",
        page_count=1,
        title="T",
        sections=tuple(
            Section(section_id=name, title=name, level=level, page=1, atom_ids=("a", "h"))
            for name, level in levels
        ),
        atoms=(
            DocumentAtom(atom_id="a", atom_type="paragraph", content="x", page=1, bbox=(0, 0, 1, 1)),
            DocumentAtom(atom_id="h", atom_type="heading", content="x", page=1, bbox=(0, 0, 1, 1)),
        ),
        key_concepts=(KeyConcept(name="low", importance=0.1), KeyConcept(name="high", importance=0.9)),
    )
    outline = outline_of("t", graph)
    assert [section.title for section in outline.sections] == ["1", "2"]
    first = outline.sections[0]
    assert [section.title for section in first.sections] == ["1.1", "1.2"]
    assert [section.title for section in first.sections[0].sections] == ["1.1.1"]
    assert first.passages == 1
    assert outline.key_concepts[0] == ("high", 0.9)
