"""The first figure of the paper, a vector drawing."""

from __future__ import annotations

from reportlab.graphics.shapes import Drawing, Line, Rect, String
from reportlab.lib.colors import HexColor


def schematic(width: float) -> Drawing:
    """A row of cached objects per policy, with the one that is evicted next marked."""
    drawing = Drawing(width, 112)
    rows = (
        ("FIFO", "order of arrival", 0),
        ("LRU", "order of last use", 0),
        ("LFU", "order of request count", 0),
        ("SIEVE", "order of arrival, a hand that moves", 2),
    )
    left, box = 42.0, (width - 48.0) / 7
    for i, (name, note, victim) in enumerate(rows):
        y = 92 - i * 27
        drawing.add(String(0, y + 2, name, fontName="STIX-B", fontSize=8.5))
        for b in range(7):
            fill = "#c0504d" if b == victim else "#dfe8f1"
            drawing.add(Rect(left + b * box, y - 1, box - 4, 11, fillColor=HexColor(fill), strokeWidth=0.6))
            if name == "SIEVE" and b in (0, 1, 4):
                x = left + b * box + (box - 4) / 2 - 2
                drawing.add(Rect(x, y + 2.5, 4, 4, fillColor=HexColor("#1f4e79"), strokeColor=None))
        if name == "SIEVE":
            x = left + victim * box + (box - 4) / 2
            drawing.add(Line(x, y + 15, x, y + 11, strokeWidth=1.0))
        drawing.add(String(left, y - 9, note, fontName="STIX-I", fontSize=7.5))
    return drawing
