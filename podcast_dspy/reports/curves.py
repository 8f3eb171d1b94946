"""Loss curves over the trials: matplotlib figures, a plotly page, and the geometry of the evaluation page's SVG."""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

from podcast_dspy.errors import UsageError
from podcast_dspy.metrics import best_trial
from podcast_dspy.reports.records import TERMS, TrialLike, mean_loss, trial_loss
from podcast_dspy.store import atomic_write

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = [
    "COLOURS",
    "Chart",
    "CurveFormat",
    "Line",
    "Tick",
    "loss_chart",
    "loss_curves",
    "loss_curves_html",
    "save_loss_curves",
    "series",
]

CurveFormat = Literal["png", "svg", "html"]
COLOURS: dict[str, str] = {
    "total": "#1f2933",
    "duration": "#2563a8",
    "coverage": "#b3541e",
    "structure": "#2e7d4f",
    "quality": "#8a4fa3",
    "rouge": "#8c6d1f",
}
"""One colour a loss, each at least 4.5:1 against white."""
_ADDED_COLOUR = "#5f6b76"


def series(trials: Sequence[TrialLike], term: str, *, held_out: bool = False) -> list[float]:
    """One loss a trial, in order; NaN where a trial has it unscored (a gap in the curve)."""
    if held_out:
        return [mean_loss(trial.held_out.values(), term) for trial in trials]
    return [trial_loss(trial, term) for trial in trials]


def loss_curves(trials: Sequence[TrialLike]) -> Figure:
    """Every loss over the trials, the total thick, the held-out total dashed, the best trial ringed.

    Raises UsageError without trials.
    """
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    _require(trials)
    figure = Figure(figsize=(8, 4.5), layout="constrained")
    axes = figure.add_subplot()
    numbers = [trial.trial_number for trial in trials]
    for term in TERMS:
        wide = term == "total"
        values = series(trials, term)
        axes.plot(
            numbers,
            values,
            color=COLOURS.get(term, _ADDED_COLOUR),
            linewidth=2.6 if wide else 1.2,
            marker="o",
            markersize=5 if wide else 3,
            label=term if not all(map(math.isnan, values)) else f"{term} (unscored)",
        )
    held_out = series(trials, "total", held_out=True)
    if not all(map(math.isnan, held_out)):
        axes.plot(
            numbers, held_out, color=COLOURS["total"], linestyle="--", marker="s", label="total, held out"
        )
    best = best_trial(trials)
    if best is not None:
        axes.plot(
            [best.trial_number],
            [best.avg_total_loss],
            marker="o",
            markersize=13,
            fillstyle="none",
            linestyle="none",
            color=COLOURS["total"],
            label=f"best ({best.avg_total_loss:.3f})",
        )
    axes.set_xlabel("trial")
    axes.set_ylabel("loss (0 is perfect)")
    axes.set_ylim(bottom=0)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.grid(alpha=0.25)
    axes.spines[["top", "right"]].set_visible(False)
    figure.legend(loc="outside right upper", frameon=False)
    return figure


def loss_curves_html(trials: Sequence[TrialLike]) -> str:
    """The same curves as one interactive page that needs no network. Raises UsageError without trials."""
    import plotly.graph_objects as go

    _require(trials)
    numbers = [trial.trial_number for trial in trials]
    figure = go.Figure()
    for term in TERMS:
        line = {"color": COLOURS.get(term, _ADDED_COLOUR), "width": 4 if term == "total" else 1.5}
        figure.add_scatter(x=numbers, y=_gaps(series(trials, term)), name=term, line=line)
    held_out = series(trials, "total", held_out=True)
    if not all(map(math.isnan, held_out)):
        line = {"color": COLOURS["total"], "dash": "dash"}
        figure.add_scatter(x=numbers, y=_gaps(held_out), name="total, held out", line=line)
    figure.update_layout(
        title="Loss over the trials",
        xaxis={"title": "trial", "dtick": 1},
        yaxis={"title": "loss (0 is perfect)", "rangemode": "tozero"},
        template="plotly_white",
        hovermode="x unified",
    )
    return str(figure.to_html(include_plotlyjs=True, full_html=True, config={"displaylogo": False}))


def save_loss_curves(
    trials: Sequence[TrialLike], path: str | Path, *, output: CurveFormat | None = None
) -> Path:
    """Write the curves to `path` as `output` (or as its suffix says) and return it; same trials, same bytes.

    Raises UsageError for an unknown format, WorkspaceError when the file cannot be written.
    """
    path = Path(path)
    form = output or path.suffix.lower().lstrip(".")
    if form not in get_args(CurveFormat):
        raise UsageError(f"cannot draw loss curves as {form!r}; choose png, svg or html")
    if form == "html":
        data = loss_curves_html(trials).encode("utf-8")
    else:
        import matplotlib as mpl

        buffer = io.BytesIO()
        # Without a salt and with a date, matplotlib's SVG differs from run to run.
        metadata = {"Date": None} if form == "svg" else {"Software": None}
        with mpl.rc_context({"svg.hashsalt": "podcast-dspy", "svg.fonttype": "none"}):
            loss_curves(trials).savefig(buffer, format=form, dpi=150, metadata=metadata)
        data = buffer.getvalue()
    atomic_write(path.absolute(), data)
    return path


def _require(trials: Sequence[TrialLike]) -> None:
    if not trials:
        raise UsageError("there are no trials to draw; run `podcast-dspy compile` first")


def _gaps(values: Sequence[float]) -> list[float | None]:
    return [None if math.isnan(value) else value for value in values]


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
