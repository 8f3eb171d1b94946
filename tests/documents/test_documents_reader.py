"""Whole papers, drawn in the test, read back."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from podcast_dspy.documents import DocumentGraph, read_document
from podcast_dspy.documents.pdf import worker

Papers = Callable[[int], tuple[Path, tuple[int, tuple[float, ...]]]]

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
TITLE = "Counting Sparrows with Acoustic Beacons"


def iou(a: Any, b: Any) -> float:
    w, h = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    meet = max(0.0, w) * max(0.0, h)
    return meet / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - meet)


@pytest.fixture(params=[1, 2], ids=["one column", "two columns"])
def columns(request: pytest.FixtureRequest) -> int:
    return int(request.param)


@pytest.fixture
def graph(papers: Papers, columns: int) -> DocumentGraph:
    return read_document(papers(columns)[0])


def test_front_matter(graph: DocumentGraph) -> None:
    assert graph.title == TITLE
    assert graph.authors == ("Ada Quillfeather", "Bruno van der Meer")
    assert graph.abstract.startswith("Counting birds by eye is slow")
    assert graph.abstract.endswith("never show themselves.")
    assert "University" not in graph.abstract
    assert graph.language == "en"


def test_sections_with_numbers_and_levels(graph: DocumentGraph) -> None:
    assert [(s.number, s.title, s.level) for s in graph.sections] == [
        ("1", "Introduction", 1),
        ("2", "Method", 1),
        ("2.1", "The reply detector", 2),
        ("3", "Results", 1),
        (None, "Acknowledgements", 1),
        (None, "References", 1),
    ]


def test_paragraphs_are_whole_and_in_order(graph: DocumentGraph) -> None:
    prose = " ".join(a.content for a in graph.passages() if a.atom_type == "paragraph")
    assert prose.count("Sparrow numbers have fallen in many cities") == 2
    assert (
        prose.index("nobody agrees by how much")
        < prose.index("plays one contact call")
        < prose.index("812 sparrows")
    )
    # A paragraph that goes on in the next column or page is one atom.
    results = [a for a in graph.passages() if a.content.startswith("The acoustic beacons heard")]
    assert len(results) == 3
    assert all(a.content.endswith("without showing themselves.") for a in results)
    assert "Journal of Garden Acoustics 12" not in prose, "running heads are no prose"


def test_figure_region_without_its_caption(papers: Papers, columns: int, tmp_path: Path) -> None:
    path, (page, box) = papers(columns)
    graph = read_document(path, images_dir=tmp_path)
    (figure,) = graph.get_figures()
    assert figure.figure_number == "1"
    assert figure.caption == "Circuit of an acoustic beacon with loudspeaker and recorder."
    assert figure.page == page
    assert iou(figure.bbox, box) > 0.9
    assert figure.file_path is not None
    with Image.open(figure.file_path) as image:
        assert 0.85 < max(image.width / 2112, image.height / 1188) < 1.06, "it fills a screen"
        assert image.width / image.height == pytest.approx((box[2] - box[0]) / (box[3] - box[1]), rel=0.06)
        colours = image.convert("RGB").getcolors(1 << 20) or []
    assert any(b > 150 and r < 90 for _, (r, _g, b) in colours), "the blue disc is in the crop"


def test_table_cells(graph: DocumentGraph) -> None:
    (table,) = graph.get_tables()
    assert table.caption == "Cost of one acoustic beacon in euros."
    assert [row.split("\t") for row in table.content.split("\n")] == [
        ["Part", "Price", "Weight"],
        ["Speaker", "4.20", "30 g"],
        ["Recorder", "11.00", "55 g"],
    ]


def test_mentions_link_text_to_figures_and_tables(graph: DocumentGraph) -> None:
    targets = {graph.get_figures()[0].atom_id, graph.get_tables()[0].atom_id}
    introduction = [
        a for a in graph.atoms if "Figure 1 shows the circuit" in a.content and a.atom_type == "paragraph"
    ]
    assert len(introduction) == 2
    assert all(set(a.mentions) == targets for a in introduction)


def test_references_are_entries(graph: DocumentGraph) -> None:
    references = [a.content for a in graph.atoms if a.atom_type == "reference"]
    assert len(references) == 3
    assert references[1].startswith("[2] B. Wren")


def test_concepts_are_terms_of_the_paper(graph: DocumentGraph) -> None:
    names = [c.name.lower() for c in graph.key_concepts]
    assert names[0] == "acoustic beacons"
    assert {"transect survey", "reply detector"} <= set(names)
    everything = " ".join([*names, *(a.lower() for c in graph.key_concepts for a in c.aliases)])
    for alien in ("university", "ornithology", "quillfeather", "trust", "journal"):
        assert alien not in everything
    best = graph.get_atom(graph.key_concepts[0].atom_ids[0])
    assert "acoustic beacon" in best.content.lower()


def test_every_atom_is_sound(graph: DocumentGraph) -> None:
    ids = [a.atom_id for a in graph.atoms]
    assert len(set(ids)) == len(ids)
    for atom in graph.atoms:
        x0, y0, x1, y1 = atom.bbox
        assert 0 <= x0 <= x1 <= 596
        assert 0 <= y0 <= y1 <= 842
        assert 1 <= atom.page <= graph.page_count
        assert all(graph.get_atom(target).atom_type in ("figure", "table") for target in atom.mentions)
    for section in graph.sections:
        assert all(graph.get_atom(i).section_id == section.section_id for i in section.atom_ids)
    body = [a for a in graph.passages() if a.atom_type == "paragraph" and len(a.content) > 100]
    assert any(a.importance_score > 0.5 for a in body)
    assert any(a.topics for a in body)
    assert any(a.atom_type == "quote" and "show that" in a.content for a in graph.atoms)


def test_long_documents_are_read_as_short_ones(papers: Papers, monkeypatch: pytest.MonkeyPatch) -> None:
    path = papers(2)[0]
    usual = read_document(path)
    monkeypatch.setattr(worker, "REFRESH", 1)  # the file opened anew for each page
    assert read_document(path) == usual


def test_reading_twice_and_from_threads_gives_the_same(papers: Papers) -> None:
    path = papers(2)[0]
    first = read_document(path).model_dump_json()
    results: list[str] = []
    threads = [
        threading.Thread(target=lambda: results.append(read_document(path).model_dump_json()))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [first] * 4


@pytest.mark.parametrize("pair", sorted(p.parent.name for p in EXAMPLES.glob("pairs/*/gold.json")))
def test_examples_read_as_their_gold_says(pair: str, examples: Path) -> None:
    import json

    gold = json.loads((examples / "pairs" / pair / "gold.json").read_text())["document"]
    graph = read_document(examples / "pairs" / pair / "paper.pdf")
    assert graph.title == gold["title"]
    assert list(graph.authors) == gold["authors"]
    titles = [s.title for s in graph.sections]
    missed = [s["title"] for s in gold["sections"] if s["title"] not in titles]
    assert len(missed) <= 0.1 * len(gold["sections"]), missed
    figures = {a.figure_number: a for a in graph.get_figures()}
    good = [
        iou(figures[str(f["number"])].bbox, f["bbox"]) >= 0.8
        for f in gold["figures"]
        if str(f["number"]) in figures
    ]
    assert sum(good) >= 0.85 * len(gold["figures"])
