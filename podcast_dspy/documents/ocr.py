"""Reads the words of scanned pages with Tesseract, where it is installed."""

from __future__ import annotations

import csv
import io
import shutil
import subprocess
from typing import Any

from podcast_dspy.documents.line import Line, Word
from podcast_dspy.errors import DocumentError

__all__ = ["ocr_lines", "require_tesseract"]

DPI = 200
SECONDS_PER_PAGE = 120


def require_tesseract(path: str) -> str:
    """Path of the `tesseract` program. Raises DocumentError that says how to install it."""
    program = shutil.which("tesseract")
    if program is None:
        raise DocumentError(
            f"{path} holds only images of pages; install the text recogniser with "
            "`apt-get install tesseract-ocr`, or give a PDF with a text layer."
        )
    return program


def ocr_lines(program: str, page: Any, number: int, path: str) -> list[Line]:
    """Recognised lines of one page, in points. Raises DocumentError when Tesseract fails or takes too long."""
    scale = DPI / 72
    width, height = page.get_size()
    if width * height * scale * scale > 25_000_000:
        scale = (25_000_000 / (width * height)) ** 0.5
    bitmap = page.render(scale=scale, grayscale=True)
    buffer = io.BytesIO()
    try:
        bitmap.to_pil().save(buffer, format="PNG")
    finally:
        bitmap.close()
    try:
        done = subprocess.run(
            [program, "stdin", "stdout", "--dpi", str(DPI), "tsv"],
            input=buffer.getvalue(),
            capture_output=True,
            timeout=SECONDS_PER_PAGE,
            check=True,
        )
    except (subprocess.SubprocessError, OSError) as error:
        raise DocumentError(
            f"Tesseract could not read page {number} of {path} ({type(error).__name__}); "
            "check `tesseract --version`, or give a PDF with a text layer."
        ) from error
    return parse_tsv(done.stdout.decode("utf-8", "replace"), number, scale)


def parse_tsv(tsv: str, number: int, scale: float) -> list[Line]:
    """Lines from Tesseract's TSV output; `scale` is pixels per point."""
    groups: dict[tuple[str, str, str], list[dict[str, str]]] = {}
    for row in csv.DictReader(io.StringIO(tsv), delimiter="\t", quoting=csv.QUOTE_NONE):
        if row.get("level") == "5" and (row.get("text") or "").strip() and float(row["conf"]) >= 30:
            groups.setdefault((row["block_num"], row["par_num"], row["line_num"]), []).append(row)
    lines: list[Line] = []
    for rows in groups.values():
        bottoms = sorted(float(r["top"]) + float(r["height"]) for r in rows)
        heights = sorted(float(r["height"]) for r in rows)
        baseline = bottoms[len(bottoms) // 2] / scale
        # The x-height to ascender span of recognised words is about 0.95 of the font size at the upper quartile.
        size = round(heights[int(0.75 * (len(heights) - 1))] / scale / 0.95)
        words = [
            Word(
                r["text"].strip(),
                float(r["left"]) / scale,
                (float(r["left"]) + float(r["width"])) / scale,
                baseline,
                max(4.0, float(size)),
                False,
                False,
                False,
            )
            for r in rows
        ]
        lines.append(Line(number, words).settle())
    return lines
