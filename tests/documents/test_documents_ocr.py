"""Scanned papers, read by the real Tesseract where it is installed."""

from __future__ import annotations

import shutil
from pathlib import Path

import pypdfium2
import pytest
from PIL import Image

from podcast_dspy.documents import DocumentGraph, read_document

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"

needs_tesseract = pytest.mark.skipif(
    shutil.which("tesseract") is None,
    reason="the optional text recogniser is not installed; `apt-get install tesseract-ocr` installs it",
)


def scanned(paper: Path, pages: int, target: Path, dpi: int = 150) -> Path:
    """The first pages of a paper as pictures without a text layer, filling their pages as a scanner makes them."""
    pdf = pypdfium2.PdfDocument(paper)
    pictures: list[Image.Image] = []
    for index in range(pages):
        page = pdf[index]
        bitmap = page.render(scale=dpi / 72)
        pictures.append(bitmap.to_pil().convert("L"))
        bitmap.close()
        page.close()
    pdf.close()
    pictures[0].save(target, "PDF", save_all=True, append_images=pictures[1:], resolution=dpi)
    return target


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> tuple[DocumentGraph, DocumentGraph]:
    """A scan of the first two pages of an example, and the paper itself."""
    paper = EXAMPLES / "pairs" / "network-vaccination" / "paper.pdf"
    if not paper.exists():
        pytest.skip("the example corpus is not built")
    folder = tmp_path_factory.mktemp("scan")
    scan = scanned(paper, 2, folder / "scan.pdf")
    return read_document(scan, images_dir=folder / "figures"), read_document(paper)


@needs_tesseract
def test_a_scan_reads_like_its_paper(both: tuple[DocumentGraph, DocumentGraph]) -> None:
    scan, paper = both
    assert scan.page_count == 2
    assert scan.title == paper.title
    assert scan.authors == paper.authors
    # Single letters may be misread, words must not be lost.
    heard, said = (set(graph.abstract.lower().split()) for graph in (scan, paper))
    assert len(heard & said) > 0.9 * len(said)
    headings = [(s.number, s.title, s.level) for s in paper.sections if s.page <= 2]
    found = [(s.number, s.title, s.level) for s in scan.sections]
    assert len(set(headings) & set(found)) >= 0.8 * len(headings)
    assert len(set(found) - set(headings)) <= 1


@needs_tesseract
def test_prose_of_a_scan(both: tuple[DocumentGraph, DocumentGraph]) -> None:
    scan, paper = both
    body = [atom for atom in scan.passages() if len(atom.content) > 200]
    assert len(body) >= 8, "lines are joined to paragraphs"
    words = set(" ".join(atom.content for atom in scan.passages()).split())
    wanted = set(" ".join(a.content for a in paper.passages() if a.page == 1).split())
    assert len(wanted & words) > 0.9 * len(wanted)
    assert not scan.get_figures(), "the picture of a page is no figure"
    assert scan.key_concepts[0].name in [concept.name for concept in paper.key_concepts[:5]]


def test_a_scan_that_fills_its_page_is_no_blank_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from podcast_dspy.errors import DocumentError

    picture = tmp_path / "scan.pdf"
    Image.effect_noise((600, 800), 60).save(picture, "PDF")
    monkeypatch.setenv("PATH", "")
    with pytest.raises(
        DocumentError, match=r"holds only images of pages; .* `apt-get install tesseract-ocr`"
    ):
        read_document(picture)
