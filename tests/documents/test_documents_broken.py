"""Files that cannot be read end in one clear sentence, whatever is wrong with them."""

from __future__ import annotations

import random
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from reportlab.lib import pdfencrypt
from reportlab.pdfgen.canvas import Canvas

# The damages are those of the benchmark, which does hundreds where this does sixty.
sys.path.append(str(Path(__file__).resolve().parents[2] / "benchmarks"))

import fuzz_pdf

from podcast_dspy.documents import DocumentGraph, read_document
from podcast_dspy.documents.pdf import worker
from podcast_dspy.documents.pdf.textlayer import parse_tsv
from podcast_dspy.errors import DocumentError, WorkspaceError

Papers = Callable[[int], tuple[Path, Any]]


def test_missing(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="does not exist; check the path"):
        read_document(tmp_path / "no.pdf")


def test_directory(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="is a directory; give the path of one PDF"):
        read_document(tmp_path)


def test_empty(tmp_path: Path) -> None:
    (tmp_path / "empty.pdf").touch()
    with pytest.raises(DocumentError, match="is empty"):
        read_document(tmp_path / "empty.pdf")


def test_not_a_pdf(tmp_path: Path) -> None:
    (tmp_path / "page.pdf").write_text("<html>please log in</html>")
    with pytest.raises(DocumentError, match="is not a PDF"):
        read_document(tmp_path / "page.pdf")


def test_truncated(papers: Papers, tmp_path: Path) -> None:
    data = papers(1)[0].read_bytes()
    (tmp_path / "half.pdf").write_bytes(data[: len(data) // 3])
    with pytest.raises(DocumentError, match="is truncated"):
        read_document(tmp_path / "half.pdf")


def test_encrypted(tmp_path: Path) -> None:
    path = tmp_path / "secret.pdf"
    canvas = Canvas(str(path), encrypt=pdfencrypt.StandardEncryption("open sesame", canPrint=0))
    canvas.drawString(100, 700, "A secret paper")
    canvas.save()
    with pytest.raises(DocumentError, match=r"needs a password; .*qpdf --decrypt"):
        read_document(path)


def test_no_pages(tmp_path: Path) -> None:
    parts = [
        b"1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n",
        b"2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n",
    ]
    head = b"%PDF-1.4\n"
    offsets = [len(head), len(head) + len(parts[0])]
    table = b"xref\n0 3\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % at for at in offsets)
    body = head + b"".join(parts)
    tail = b"trailer<</Root 1 0 R/Size 3>>\nstartxref\n%d\n%%%%EOF\n" % len(body)
    (tmp_path / "none.pdf").write_bytes(body + table + tail)
    with pytest.raises(DocumentError, match="has no pages"):
        read_document(tmp_path / "none.pdf")


def test_blank(tmp_path: Path) -> None:
    canvas = Canvas(str(tmp_path / "blank.pdf"))
    canvas.showPage()
    canvas.save()
    with pytest.raises(DocumentError, match="only blank pages"):
        read_document(tmp_path / "blank.pdf")


@pytest.fixture
def scan(tmp_path: Path) -> Path:
    Image.new("L", (600, 800), 200).save(tmp_path / "scan.png")
    canvas = Canvas(str(tmp_path / "scan.pdf"))
    canvas.drawImage(str(tmp_path / "scan.png"), 20, 20, 500, 700)
    canvas.save()
    return tmp_path / "scan.pdf"


def test_image_only_without_tesseract(scan: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(DocumentError, match="apt-get install tesseract-ocr"):
        read_document(scan)


TSV = "level\tpage_num\tblock_num\tpar_num\tline_num\tword_num\tleft\ttop\twidth\theight\tconf\ttext\n"


def fake_tesseract(folder: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    program = folder / "tesseract"
    program.write_text("#!/bin/sh\n" + script)
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")


def test_image_only_with_tesseract(scan: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = "".join(
        f"5\t1\t1\t1\t{line}\t{word}\t{100 + 80 * word}\t{200 + 40 * line}\t70\t28\t95\tword{line}x{word}\n"
        for line in range(1, 9)
        for word in range(1, 9)
    )
    (tmp_path / "out.tsv").write_text(TSV + rows)
    fake_tesseract(tmp_path, f"cat > /dev/null; cat {tmp_path}/out.tsv\n", monkeypatch)
    graph = read_document(scan)
    text = " ".join(a.content for a in graph.atoms)
    assert "word1x1 word1x2" in text
    assert "word8x7 word8x8" in text


def test_tesseract_that_fails(scan: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_tesseract(tmp_path, "exit 3\n", monkeypatch)
    with pytest.raises(DocumentError, match="Tesseract could not read page 1"):
        read_document(scan)


def test_tsv_becomes_lines_in_points() -> None:
    lines = parse_tsv(
        TSV + "5\t1\t1\t1\t1\t1\t200\t400\t100\t40\t91\tHello\n5\t1\t1\t1\t1\t2\t310\t400\t90\t40\t12\tx\n",
        1,
        2.0,
    )
    assert [line.text for line in lines] == ["Hello"], "words below a confidence of 30 are left out"
    assert (lines[0].x0, lines[0].x1, lines[0].baseline) == (100.0, 150.0, 220.0)


def test_unwritable_images_directory(papers: Papers, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(WorkspaceError, match="cannot be written"):
        read_document(papers(1)[0], images_dir=tmp_path / "file")


@pytest.mark.timeout(60)
@pytest.mark.parametrize("turn", range(5))
@pytest.mark.parametrize("kind", [kind for kind in fuzz_pdf.KINDS if kind != "bombs"])
def test_damaged_papers_are_read_or_refused(
    kind: str, turn: int, papers: Papers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A damaged file gives a graph or a DocumentError, never another exception, never half a figure."""
    monkeypatch.setattr(worker, "MEMORY", 200 * 2**20)
    path = tmp_path / "mutant.pdf"
    path.write_bytes(fuzz_pdf.mutated(papers(1 + turn % 2)[0].read_bytes(), kind, turn))
    try:
        outcome: DocumentGraph | str = read_document(path, images_dir=tmp_path / "images")
    except DocumentError as error:
        outcome = str(error)
    if isinstance(outcome, str):
        assert "\n" not in outcome
        assert ";" in outcome, "the sentence names the fix"
        return
    for atom in outcome.atoms:
        if atom.file_path is not None:
            with Image.open(atom.file_path) as image:
                image.load()


def _drawn(drawing: bytes, papers: Papers, tmp_path: Path, filters: bytes = b"/FlateDecode") -> Path:
    objects, root = fuzz_pdf.taken_apart(papers(1)[0].read_bytes())
    objects[fuzz_pdf.contents(objects)[0]] = fuzz_pdf.stream(drawing, filters=filters)
    path = tmp_path / "bomb.pdf"
    path.write_bytes(fuzz_pdf.built(objects, root))
    return path


def test_what_unpacks_to_too_much(papers: Papers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "MEMORY", 400 * 2**20)
    bomb = zlib.compress(zlib.compress(b" " * 400_000_000, 1))
    assert len(bomb) < 100_000
    with pytest.raises(
        DocumentError, match=r"takes more than 0.4 GB of memory for page 1, .*; print it to a new"
    ):
        read_document(_drawn(bomb, papers, tmp_path, b"[/FlateDecode /FlateDecode]"))


def test_long_drawings_of_real_papers_are_read(papers: Papers, tmp_path: Path) -> None:
    rng = random.Random(1)
    marks = b"".join(b"%d %d 2 2 re f\n" % (rng.randrange(500), rng.randrange(700)) for _ in range(60_000))
    assert read_document(_drawn(zlib.compress(marks), papers, tmp_path)).page_count > 1


def test_forms_drawn_millions_of_times(
    papers: Papers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    objects, root = fuzz_pdf.taken_apart(papers(1)[0].read_bytes())
    form = b"/Type/XObject/Subtype/Form/BBox[0 0 600 800]/Resources<</XObject<</A %d 0 R/B %d 0 R>>>>"
    for number in range(100, 140):
        objects[number] = fuzz_pdf.stream(zlib.compress(b" /A Do /B Do"), form % (number + 1, number + 1))
    objects[140] = fuzz_pdf.stream(zlib.compress(b" 0 0 9 9 re f"), form % (100, 100))
    fuzz_pdf.draw_first(objects, fuzz_pdf.contents(objects)[0], 100)
    (tmp_path / "forms.pdf").write_bytes(fuzz_pdf.built(objects, root))
    monkeypatch.setattr(worker, "SECONDS", 1.0)
    with pytest.raises(DocumentError, match="takes longer than 1 s for page 1; print it to a new PDF"):
        read_document(tmp_path / "forms.pdf")
    monkeypatch.undo()
    for number in range(110, 140):
        del objects[number]  # ten levels are no harm
    (tmp_path / "forms.pdf").write_bytes(fuzz_pdf.built(objects, root))
    assert read_document(tmp_path / "forms.pdf").page_count > 1


def test_marks_that_are_never_closed(papers: Papers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "MEMORY", 400 * 2**20)
    with pytest.raises(DocumentError, match="of memory for page 1"):
        read_document(_drawn(zlib.compress(b"/A BMC " * 100_000), papers, tmp_path))
    assert read_document(_drawn(zlib.compress(b"/A BMC 0 0 9 9 re f EMC " * 20_000), papers, tmp_path)).atoms


def test_no_process_is_left(papers: Papers, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[subprocess.Popen[bytes]] = []

    class Watched(subprocess.Popen):  # type: ignore[type-arg]
        def __init__(self, *args: Any, **more: Any) -> None:
            super().__init__(*args, **more)
            started.append(self)

    monkeypatch.setattr(subprocess, "Popen", Watched)
    read_document(papers(1)[0])
    monkeypatch.setattr(worker, "MAX_PAGES", 0)
    with pytest.raises(DocumentError, match="more than the 0 a paper may have"):
        read_document(papers(1)[0])
    assert [process.returncode is not None for process in started] == [True, True]
