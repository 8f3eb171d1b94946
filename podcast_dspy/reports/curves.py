"""Loss curves over the trials, as a picture, as a file, and as the SVG of a page."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args
from xml.etree import ElementTree

from podcast_dspy.errors import UsageError
from podcast_dspy.metrics import best_trial
from podcast_dspy.reports.summaries import TERMS, mean_loss, trial_loss
from podcast_dspy.store import atomic_write

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from podcast_dspy.optimizers import TrialResult

__all__ = ["COLOURS", "CurveFormat", "loss_curves", "loss_svg", "save_loss_curves", "series"]

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


def series(trials: Sequence[TrialResult], term: str, *, held_out: bool = False) -> list[float]:
    """One loss a trial, in order; NaN where a trial has it unscored (a gap in the curve)."""
    if held_out:
        return [mean_loss(trial.held_out.values(), term) for trial in trials]
    return [trial_loss(trial, term) for trial in trials]


def loss_curves(trials: Sequence[TrialResult]) -> Figure:
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


def loss_svg(trials: Sequence[TrialResult]) -> str:
    """The curves as an `<svg>` for a page, as wide as its place; same trials, same text. Raises UsageError."""
    import matplotlib as mpl

    buffer = io.BytesIO()
    # Without a salt and with a date, matplotlib's SVG differs from run to run.
    with mpl.rc_context({"svg.hashsalt": "podcast-dspy", "svg.fonttype": "none"}):
        loss_curves(trials).savefig(
            buffer, format="svg", metadata=dict.fromkeys(("Creator", "Date", "Format", "Type"))
        )
    svg = ElementTree.fromstring(buffer.getvalue())
    del svg.attrib["width"], svg.attrib["height"]
    svg.attrib |= {
        "class": "chart",
        "role": "img",
        "aria-label": f"Line chart of every loss over {len(trials)} trials",
    }
    for prefix, name in (("", "2000/svg"), ("xlink", "1999/xlink")):  # the prefixes that HTML knows
        ElementTree.register_namespace(prefix, f"http://www.w3.org/{name}")
    return ElementTree.tostring(svg, encoding="unicode")


def save_loss_curves(
    trials: Sequence[TrialResult], path: str | Path, *, output: CurveFormat | None = None
) -> Path:
    """Write the curves to `path` as `output` (or as its suffix says) and return it; same trials, same bytes.

    Raises UsageError for an unknown format, WorkspaceError when the file cannot be written.
    """
    path = Path(path)
    form = output or path.suffix.lower().lstrip(".")
    if form not in get_args(CurveFormat):
        raise UsageError(f"cannot draw loss curves as {form!r}; choose png, svg or html")
    if form == "png":
        buffer = io.BytesIO()
        loss_curves(trials).savefig(buffer, format="png", dpi=150, metadata={"Software": None})
        data = buffer.getvalue()
    elif form == "svg":
        data = f"<?xml version='1.0' encoding='utf-8'?>\n{loss_svg(trials)}".encode()
    else:
        head = '<!doctype html><html lang="en"><meta charset="utf-8"><title>Loss over the trials</title>'
        data = f"{head}{loss_svg(trials)}</html>\n".encode()
    atomic_write(path.absolute(), data)
    return path


def _require(trials: Sequence[TrialResult]) -> None:
    if not trials:
        raise UsageError("there are no trials to draw; run `podcast-dspy compile` first")
