"""Reads the words of scanned pages with Tesseract, where it is installed.

A document counts as scanned when at least half of its pages show a picture and hardly any text; those pages are then
recognised, and the others stay as they were read.
"""

from __future__ import annotations

import csv
import io
import os
import shutil
import subprocess
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

from podcast_dspy.documents.pdf.lines import Line, Word
from podcast_dspy.documents.pdf.pages import Page
from podcast_dspy.documents.pdf.worker import Picture, Worker
from podcast_dspy.errors import DocumentError
from podcast_dspy.models import cpu_threads

__all__ = ["IMAGES", "parse_tsv", "recognise_scans"]

DPI = 200
SECONDS_PER_PAGE = 120
MOST_PIXELS = 25_000_000
_X_HEIGHT, _ASCENDER, _STROKE, _DESCENDER = 0.45, 0.22, 0.11, 0.22
"""Parts of the type size: of small letters, and what tall letters, a t, and letters below the line add."""

BOLD = 1.25
"""Ink over that of the body from which a line counts as bold."""

_HIGH = frozenset("bdfhklij\"'()/!?&")
_LOW = frozenset("gjpqy,;()Q")
IMAGES = "holds only images of pages"
"""Why a document is recognised, as a message says it."""


def recognise_scans(source: Worker, pages: list[Page], why: str = IMAGES) -> int:
    """Put the recognised lines into the scanned pages of a scanned document; returns how many were recognised.

    Raises DocumentError when Tesseract is not installed or fails, or when the document ends up without any text.
    """
    scans = [page for page in pages if page.scanned]
    text = sum(len(line.text) for page in pages for line in page.lines)
    recognised = 0
    if scans and (2 * len(scans) >= len(pages) or text < 20 * min(len(pages), 5)):
        program = require_tesseract(source.shown, why)
        inks: dict[int, float] = {}
        for read in scans:
            read.lines, ink = ocr_lines(program, source, read.number)
            inks.update(zip(map(id, read.lines), ink, strict=True))
            # The picture of the whole page is no figure.
            read.graphics = [g for g in read.graphics if g.area < 0.6 * read.width * read.height]
        _even_out(scans, inks)
        recognised = len(scans)
    if not any(page.lines for page in pages):
        found = "images in which no text was recognised" if scans else "drawings and no text"
        raise DocumentError(f"{source.shown} holds only {found}; give a PDF with a text layer.")
    return recognised


def require_tesseract(path: str, why: str = IMAGES) -> str:
    """Path of the `tesseract` program. Raises DocumentError that says how to install it."""
    program = shutil.which("tesseract")
    if program is None:
        raise DocumentError(
            f"{path} {why}; install the text recogniser with "
            "`apt-get install tesseract-ocr`, or give a PDF with a text layer."
        )
    return program


def ocr_lines(program: str, source: Worker, number: int) -> tuple[list[Line], list[float]]:
    """Recognised lines of one page, in points, and how much ink each has. Raises DocumentError when Tesseract fails
    or takes too long."""
    from PIL import Image

    with tempfile.TemporaryDirectory(prefix="podcast-dspy-") as folder:
        path = Path(folder) / "page.png"
        try:
            (scale,) = source.render(number, [Picture(path, dpi=DPI, most_pixels=MOST_PIXELS, grey=True)])
            done = subprocess.run(
                [program, path, "stdout", "--dpi", str(DPI), "tsv"],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=SECONDS_PER_PAGE,
                check=True,
                env={**os.environ, "OMP_THREAD_LIMIT": str(cpu_threads())},
            )
        except (subprocess.SubprocessError, OSError) as error:
            raise DocumentError(
                f"Tesseract could not read page {number} of {source.shown} ({type(error).__name__}); "
                "check `tesseract --version`, or give a PDF with a text layer."
            ) from error
        picture = Image.open(path)
        picture.load()
    lines = parse_tsv(done.stdout.decode("utf-8", "replace"), number, scale)
    return lines, [_ink(line, picture, scale) for line in lines]


def _ink(line: Line, picture: Any, scale: float) -> float:
    """Dark pixels of a line over the width of its words times the size of its type: what tells bold from regular."""
    dark = width = 0.0
    for word in line.words:
        box = [round(v * scale) for v in (word.x0, line.y0, word.x1, line.y1)]
        if box[2] > box[0] and box[3] > box[1]:
            levels = picture.crop(box).histogram()
            dark += sum(levels[:128])
            width += box[2] - box[0]
    return dark / (width * scale * line.size) if width else 0.0


def parse_tsv(tsv: str, number: int, scale: float) -> list[Line]:
    """Lines from Tesseract's TSV output; `scale` is pixels per point."""
    groups: dict[tuple[str, str, str], list[dict[str, str]]] = {}
    for row in csv.DictReader(io.StringIO(tsv), delimiter="\t", quoting=csv.QUOTE_NONE):
        if row.get("level") == "5" and (row.get("text") or "").strip() and float(row["conf"]) >= 30:
            groups.setdefault((row["block_num"], row["par_num"], row["line_num"]), []).append(row)
    return [_line(rows, number, scale) for rows in groups.values()]


def _line(rows: list[dict[str, str]], number: int, scale: float) -> Line:
    """A line with the size of its type, which follows from how high words with such letters are."""
    sizes: list[tuple[float, int]] = []
    bottoms: list[float] = []
    for row in rows:
        text, height = row["text"].strip(), float(row["height"]) / scale
        low = any(ch in _LOW for ch in text)
        high = any(ch in _HIGH or ch.isupper() or ch.isdigit() for ch in text)
        share = (
            _X_HEIGHT
            + (_ASCENDER if high else _STROKE if "t" in text else 0.0)
            + (_DESCENDER if low else 0.0)
        )
        if any(ch.isalnum() for ch in text):
            sizes.append((height / share, len(text)))
            bottoms.append(
                (float(row["top"]) + float(row["height"])) / scale - low * _DESCENDER * height / share
            )
    size = _weighted_median(sizes) if sizes else float(rows[0]["height"]) / scale
    baseline = sorted(bottoms)[len(bottoms) // 2] if bottoms else float(rows[0]["top"]) / scale + size
    words = [
        Word(
            row["text"].strip(),
            float(row["left"]) / scale,
            (float(row["left"]) + float(row["width"])) / scale,
            baseline,
            max(4.0, round(size, 1)),
            False,
            False,
            False,
        )
        for row in rows
    ]
    return Line(number, words).settle()


def _weighted_median(values: list[tuple[float, int]]) -> float:
    ordered = sorted(values)
    half = sum(weight for _, weight in ordered) / 2
    passed = 0
    for value, weight in ordered:
        passed += weight
        if passed >= half:
            return value
    return ordered[-1][0]


def _even_out(scans: list[Page], inks: dict[int, float]) -> None:
    """Give lines that differ from the body only by the noise of the recognition the size of the body, others whole
    points; and call bold what has far more ink than the body."""
    weights: Counter[float] = Counter()
    for page in scans:
        for line in page.lines:
            weights[round(2 * line.size) / 2] += len(line.text)
    if not weights:
        return
    body = max(weights, key=lambda size: sum(n for other, n in weights.items() if abs(other - size) <= 0.5))
    usual = _weighted_median(
        [
            (inks[id(v)], len(v.text))
            for page in scans
            for v in page.lines
            if abs(v.size - body) <= 0.14 * body
        ]
    )
    for page in scans:
        for line in page.lines:
            heavy = inks[id(line)] > BOLD * usual and sum(ch.isalpha() for ch in line.text) > 3
            size = body if abs(line.size - body) <= 0.14 * body else float(round(line.size))
            for word in line.words:
                word.size, word.bold = size, heavy
            line.settle()
