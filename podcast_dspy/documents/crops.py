"""Renders regions of a page to PNG, one at a time, at a bounded number of pixels."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from podcast_dspy.documents.graph import BBox

__all__ = ["save_crops"]

DPI = 150
MAX_PIXELS = 6_000_000
"""A crop is rendered smaller rather than larger than this, so memory does not depend on the page."""

MARGIN = 1.0


def save_crops(page: Any, crops: list[tuple[BBox, Path]], width: float, height: float) -> None:
    """Write each box (points, origin top left) of an open pdfium page to its PNG path."""
    for (x0, y0, x1, y1), path in crops:
        x0, y0 = max(0.0, x0 - MARGIN), max(0.0, y0 - MARGIN)
        x1, y1 = min(width, x1 + MARGIN), min(height, y1 + MARGIN)
        if x1 - x0 < 2 or y1 - y0 < 2:
            continue
        scale = DPI / 72
        pixels = (x1 - x0) * (y1 - y0) * scale * scale
        if pixels > MAX_PIXELS:
            scale *= (MAX_PIXELS / pixels) ** 0.5
        # The binding counts the crop from the edges of the page: left, bottom, right, top.
        bitmap = page.render(scale=scale, crop=(x0, height - y1, width - x1, y0))
        try:
            image = bitmap.to_pil()
            path.parent.mkdir(parents=True, exist_ok=True)
            image.convert("RGB").save(path, format="PNG", optimize=False)
        finally:
            bitmap.close()
