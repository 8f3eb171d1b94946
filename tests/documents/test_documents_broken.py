"""Files that cannot be read end in one clear sentence, whatever is wrong with them."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from reportlab.lib import pdfencrypt
from reportlab.pdfgen.canvas import Canvas

from podcast_dspy.documents import DocumentGraph, read_document
from podcast_dspy.documents.ocr import parse_tsv
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


@pytest.mark.parametrize("seed", range(60))
def test_mutations_never_crash(seed: int, papers: Papers, tmp_path: Path) -> None:
    """A damaged file gives a graph or a DocumentError, never another exception."""
    rng = random.Random(seed)
    data = bytearray(papers(1 + seed % 2)[0].read_bytes())
    kind = seed % 4
    if kind == 0:
        data = data[: rng.randrange(len(data))]
    elif kind == 1:
        for _ in range(rng.choice((1, 20, 400))):
            data[rng.randrange(len(data))] = rng.randrange(256)
    elif kind == 2:
        start = rng.randrange(len(data))
        del data[start : start + rng.randrange(1, 2000)]
    else:
        start = rng.randrange(len(data))
        data[start:start] = bytes(rng.randrange(256) for _ in range(300))
    path = tmp_path / "mutant.pdf"
    path.write_bytes(data)
    try:
        outcome: DocumentGraph | str = read_document(path, images_dir=tmp_path / "images")
    except DocumentError as error:
        outcome = str(error)
    if isinstance(outcome, str):
        assert "\n" not in outcome
        assert ";" in outcome, "the sentence names the fix"
