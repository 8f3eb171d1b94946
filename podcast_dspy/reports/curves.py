"""Loss curves over the trials: a matplotlib figure (PNG, SVG) and a self-contained plotly page."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

from podcast_dspy.errors import UsageError
from podcast_dspy.metrics import best_trial
from podcast_dspy.reports.records import TERMS, Term, TrialLike, mean_loss, trial_loss
from podcast_dspy.store import atomic_write

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["COLOURS", "CurveFormat", "loss_curves", "loss_curves_html", "save_loss_curves", "series"]

CurveFormat = Literal["png", "svg", "html"]
COLOURS: dict[Term, str] = {
    "total": "#1f2933",
    "duration": "#2563a8",
    "coverage": "#b3541e",
    "structure": "#2e7d4f",
    "quality": "#8a4fa3",
    "rouge": "#8c6d1f",
}
"""One colour a loss, each at least 4.5:1 against white."""


def series(trials: Sequence[TrialLike], term: Term, *, held_out: bool = False) -> list[float]:
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
            color=COLOURS[term],
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
        line = {"color": COLOURS[term], "width": 4 if term == "total" else 1.5}
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
