"""Draw a Chart as a vector drawing (reportlab shapes) or as a bitmap (matplotlib)."""

from __future__ import annotations

import io
import math
from collections.abc import Callable
from typing import Any

from reportlab.graphics.shapes import Circle, Drawing, Group, Line, PolyLine, Rect, String
from reportlab.lib.colors import HexColor, white
from reportlab.pdfbase.pdfmetrics import stringWidth

from .model import Chart

COLOURS = ("#1f4e79", "#c0504d", "#4f8f3a", "#7b5aa6", "#d08a1d")
GREY = HexColor("#c8c8c8")
INK = HexColor("#222222")
FONT, SIZE = "STIX", 8.0


def label(value: float, chart: Chart) -> str:
    """Tick label of a value."""
    if chart.percent:
        return f"{100 * value:.0f}%"
    if chart.log_y:
        return f"{100 * value:g}%"
    return f"{value:g}"


def _span(chart: Chart) -> tuple[float, float]:
    ticks = chart.yticks or [0.0, max(max(s.y) for s in chart.series)]
    return min(ticks), max(ticks)


def vector(chart: Chart, width: float, height: float) -> Drawing:
    """The chart as a reportlab drawing of `width` x `height` points."""
    drawing = Drawing(width, height)
    left, bottom, right, top = 38.0, 30.0, width - 6.0, height - 20.0
    low, high = _span(chart)

    def height_of(value: float) -> float:
        if chart.log_y:
            value, a, b = math.log10(max(value, low)), math.log10(low), math.log10(high)
        else:
            a, b = low, high
        return bottom + (top - bottom) * (value - a) / (b - a)

    for tick in chart.yticks:
        y = height_of(tick)
        drawing.add(Line(left, y, right, y, strokeColor=GREY, strokeWidth=0.4))
        drawing.add(_text(left - 4, y - 2.6, label(tick, chart), "end"))
    if chart.kind == "bar":
        _bars(drawing, chart, left, right, bottom, height_of)
    else:
        _lines(drawing, chart, left, right, bottom, height_of)
    drawing.add(Line(left, bottom, right, bottom, strokeColor=INK, strokeWidth=0.8))
    drawing.add(Line(left, bottom, left, top, strokeColor=INK, strokeWidth=0.8))
    drawing.add(_text((left + right) / 2, 4, chart.xlabel, "middle"))
    side = Group(_text(0, 0, chart.ylabel, "middle"))
    side.rotate(90)
    side.transform = (0, 1, -1, 0, 8.5, (bottom + top) / 2)
    drawing.add(side)
    _legend(drawing, chart, left, right, height - 9)
    return drawing


def _text(x: float, y: float, text: str, anchor: str = "start") -> String:
    return String(x, y, text, fontName=FONT, fontSize=SIZE, textAnchor=anchor, fillColor=INK)


def _lines(
    drawing: Drawing,
    chart: Chart,
    left: float,
    right: float,
    bottom: float,
    height_of: Callable[[float], float],
) -> None:
    values = [v for s in chart.series for v in s.x]
    low, high = min([*values, *chart.xticks]), max([*values, *chart.xticks])

    def across(value: float) -> float:
        return left + 6 + (right - left - 12) * (value - low) / (high - low)

    for tick in chart.xticks:
        drawing.add(Line(across(tick), bottom, across(tick), bottom - 3, strokeColor=INK, strokeWidth=0.6))
        drawing.add(_text(across(tick), bottom - 12, f"{tick:g}", "middle"))
    for i, series in enumerate(chart.series):
        colour = HexColor(COLOURS[i])
        flat = [c for x, y in zip(series.x, series.y, strict=True) for c in (across(x), height_of(y))]
        dash = None if i % 2 == 0 else [4, 2]
        drawing.add(PolyLine(flat, strokeColor=colour, strokeWidth=1.2, strokeDashArray=dash))
        for x, y in zip(flat[::2], flat[1::2], strict=True):
            if chart.markers:
                drawing.add(Circle(x, y, 2.0, fillColor=white if i % 2 else colour, strokeColor=colour))


def _bars(
    drawing: Drawing,
    chart: Chart,
    left: float,
    right: float,
    bottom: float,
    height_of: Callable[[float], float],
) -> None:
    slot = (right - left) / len(chart.categories)
    bar = slot * 0.78 / len(chart.series)
    for c, name in enumerate(chart.categories):
        begin = left + c * slot + slot * 0.11
        drawing.add(_text(left + (c + 0.5) * slot, bottom - 12, name, "middle"))
        for i, series in enumerate(chart.series):
            tall = max(height_of(series.y[c]) - bottom, 0.3)
            drawing.add(
                Rect(begin + i * bar, bottom, bar, tall, fillColor=HexColor(COLOURS[i]), strokeColor=None)
            )


def _legend(drawing: Drawing, chart: Chart, left: float, right: float, y: float) -> None:
    if len(chart.series) < 2:
        return
    widths = [stringWidth(s.label, FONT, SIZE) + 14 for s in chart.series]
    gap = min(22.0, (right - left - sum(widths)) / (len(widths) - 1))
    for i, series in enumerate(chart.series):
        x = left + sum(widths[:i]) + i * gap
        drawing.add(
            Rect(x, y - 1, 10, 5, fillColor=HexColor(COLOURS[i]), strokeColor=None)
            if chart.kind == "bar"
            else Line(
                x,
                y + 1.8,
                x + 11,
                y + 1.8,
                strokeColor=HexColor(COLOURS[i]),
                strokeWidth=1.4,
                strokeDashArray=None if i % 2 == 0 else [4, 2],
            )
        )
        drawing.add(_text(x + 13.5, y, series.label))


def bitmap(chart: Chart, width: float, height: float) -> bytes:
    """The chart as PNG bytes, for a picture of `width` x `height` points at 200 dots an inch."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width / 72, height / 72), dpi=200, layout="constrained")
    axes = figure.add_subplot()
    markers = "osD^v"
    for i, series in enumerate(chart.series):
        if chart.kind == "bar":
            bar = 0.8 / len(chart.series)
            at = [c - 0.4 + bar * (i + 0.5) for c in range(len(chart.categories))]
            axes.bar(at, series.y, bar, label=series.label, color=COLOURS[i])
        else:
            axes.plot(
                series.x,
                series.y,
                label=series.label,
                color=COLOURS[i],
                marker=markers[i] if chart.markers else None,
                markersize=3.5,
                linewidth=1.3,
            )
    if chart.kind == "bar":
        axes.set_xticks(range(len(chart.categories)), chart.categories)
    elif chart.xticks:
        axes.set_xticks(chart.xticks)
    if chart.log_y:
        axes.set_yscale("log")
        axes.minorticks_off()
    if chart.yticks:
        axes.set_yticks(chart.yticks, [label(t, chart) for t in chart.yticks])
        axes.set_ylim(min(chart.yticks), max(chart.yticks))
    axes.set_xlabel(chart.xlabel, fontsize=8)
    axes.set_ylabel(chart.ylabel, fontsize=8)
    axes.tick_params(labelsize=7.5)
    axes.grid(alpha=0.35, linewidth=0.5)
    axes.spines[["top", "right"]].set_visible(False)
    place: Any = "best" if chart.legend == "top" else chart.legend
    if len(chart.series) > 1:
        axes.legend(fontsize=7, frameon=False, loc=place)
    out = io.BytesIO()
    figure.savefig(out, format="png", metadata={"Software": None})
    return out.getvalue()
