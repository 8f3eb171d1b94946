"""The first figure of the paper, a vector drawing."""

from __future__ import annotations

from reportlab.graphics.shapes import Drawing, Line, Rect, String
from reportlab.lib.colors import HexColor


def schematic(width: float) -> Drawing:
    """Three rows of memory blocks with the bits that one key sets under three layouts."""
    drawing = Drawing(width, 118)
    rows = (
        ("standard", [(0, 3), (1, 7), (3, 1), (3, 9)]),
        ("blocked", [(2, 1), (2, 4), (2, 6), (2, 10)]),
        ("two-choice", [(1, 2), (1, 5), (1, 8), (1, 11)]),
    )
    left, block = 50.0, (width - 58.0) / 4
    for i, (name, bits) in enumerate(rows):
        y = 88 - i * 38
        drawing.add(String(0, y + 4, name, fontName="STIX-I", fontSize=8.5))
        for b in range(4):
            x = left + b * block
            drawing.add(Rect(x, y, block - 5, 14, fillColor=HexColor("#eef3f8"), strokeWidth=0.7))
        for b, cell in bits:
            x = left + b * block + cell * (block - 5) / 12
            drawing.add(Rect(x, y, (block - 5) / 12, 14, fillColor=HexColor("#1f4e79"), strokeColor=None))
        if name == "two-choice":
            for b, label in ((1, "emptier: chosen"), (3, "fuller: searched too")):
                x = left + b * block + (block - 5) / 2
                drawing.add(Line(x, y - 2, x, y - 6, strokeWidth=0.6))
                drawing.add(
                    String(
                        min(x, width - 35), y - 12, label, fontName="STIX", fontSize=7, textAnchor="middle"
                    )
                )
    return drawing
