"""Geometry of the evaluation page's loss chart: where lines, marks and ticks go in its SVG."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from podcast_dspy.reports.curves import series
from podcast_dspy.reports.records import TERMS, TrialLike

__all__ = ["Chart", "Line", "Tick", "loss_chart"]

_Place = Callable[[int], float]
_Scale = Callable[[float], float]
_WIDTH, _HEIGHT = 760.0, 300.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 46.0, 16.0, 12.0, 40.0


@dataclass(frozen=True)
class Line:
    """One curve; `paths` are SVG point lists, several where an unscored trial leaves a gap."""

    name: str
    css: str
    paths: tuple[str, ...]
    marks: tuple[tuple[float, float, str], ...]
    """(x, y, tooltip) of every scored trial."""
    unscored: bool


@dataclass(frozen=True)
class Tick:
    """A grid line or axis label at `at` pixels."""

    at: float
    label: str


@dataclass(frozen=True)
class Chart:
    """Everything the SVG needs, in its own user units."""

    width: float
    height: float
    left: float
    right: float
    top: float
    bottom: float
    lines: tuple[Line, ...]
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]


def loss_chart(trials: Sequence[TrialLike]) -> Chart:
    """The chart of all losses over the trials, with the held-out total when there is one."""
    values: dict[tuple[str, str], list[float]] = {(term, term): series(trials, term) for term in TERMS}
    held_out = series(trials, "total", held_out=True)
    if not all(map(math.isnan, held_out)):
        values[("total, held out", "heldout")] = held_out
    scored = [value for row in values.values() for value in row if not math.isnan(value)]
    top = _ceiling(max(scored, default=1.0))
    inner_width, inner_height = _WIDTH - _LEFT - _RIGHT, _HEIGHT - _TOP - _BOTTOM
    step = inner_width / max(1, len(trials) - 1)

    def x(index: int) -> float:
        return round(_LEFT + (step * index if len(trials) > 1 else inner_width / 2), 1)

    def y(value: float) -> float:
        return round(_TOP + inner_height * (1 - value / top), 1)

    lines = []
    for (name, css), row in values.items():
        points = [(x(i), y(v), v, trials[i]) for i, v in enumerate(row) if not math.isnan(v)]
        marks = tuple((px, py, f"{trial.trial_id}, {name}: {v:.3f}") for px, py, v, trial in points)
        lines.append(Line(name, css, _paths(row, x, y), marks, not points))
    every = max(1, math.ceil(len(trials) / 16))
    x_ticks = tuple(Tick(x(i), str(trial.trial_number)) for i, trial in enumerate(trials) if i % every == 0)
    y_ticks = tuple(Tick(y(top * i / 4), f"{top * i / 4:.2g}") for i in range(5))
    return Chart(
        _WIDTH, _HEIGHT, _LEFT, _WIDTH - _RIGHT, _TOP, _HEIGHT - _BOTTOM, tuple(lines), x_ticks, y_ticks
    )


def _paths(row: Sequence[float], x: _Place, y: _Scale) -> tuple[str, ...]:
    runs: list[list[str]] = [[]]
    for index, value in enumerate(row):
        if math.isnan(value):
            runs.append([])
        else:
            runs[-1].append(f"{x(index)},{y(value)}")
    return tuple(" ".join(run) for run in runs if len(run) > 1)


def _ceiling(value: float) -> float:
    """The next tenth above, so that four grid lines fall on round numbers."""
    for step in (0.2, 0.4, 0.6, 0.8, 1.0):
        if value <= step:
            return step
    return float(math.ceil(value))
