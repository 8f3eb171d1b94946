"""The evaluation page of a training run: one HTML file, baseline against compiled, with the curves of its losses."""

from __future__ import annotations

import io
import math
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args
from xml.etree import ElementTree

from podcast_dspy.errors import UsageError
from podcast_dspy.metrics import best_trial
from podcast_dspy.metrics.composite import loss_weights
from podcast_dspy.optimizers.record import RunRecord, dataset_fingerprint
from podcast_dspy.pairs.pair import TrainingPair
from podcast_dspy.pairs.pair_store import PairStore
from podcast_dspy.profiles.envelope import library_versions, model_name
from podcast_dspy.reports.differences import steps
from podcast_dspy.reports.episode_section import episode_view
from podcast_dspy.reports.formatting import change, clock, number
from podcast_dspy.reports.summaries import (
    TERMS,
    gains,
    mean_loss,
    spending,
    term_loss,
    trial_loss,
    typing_told,
    unscored_reason,
)
from podcast_dspy.settings import LossWeights
from podcast_dspy.signatures.types import SEGMENT_TYPES
from podcast_dspy.store import Tree, atomic_write

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from podcast_dspy.metrics import LossMetrics
    from podcast_dspy.optimizers import TrialResult


_PARTS = {"lm": "writer", "judge_lm": "judge", "reflection_lm": "reflection"}


@dataclass(frozen=True)
class _Cell:
    """Baseline, compiled and their difference, as text; `better` is None when it cannot be said."""

    before: str
    after: str
    change: str
    better: bool | None
    reason: str


@dataclass(frozen=True)
class _Loss:
    term: str
    weight: str
    training: _Cell
    held_out: _Cell


def run_html(tree: Tree, page: str | Path = "evaluation.html") -> str:
    """The page of a workspace's last training run, to lie at `page`, with how to reproduce it.

    Models are named without their servers and folders. Raises UsageError before the first trial, WorkspaceError.
    """
    record, store = RunRecord(tree), PairStore(tree)
    config, final, spent = record.config(), record.final(), record.spent()
    pairs = {name: store.get(name) for name in store.list()}
    facts: dict[str, str] = {}
    if config is not None:
        roles = config.roles.model_dump(exclude_none=True)
        facts |= {
            "seed": str(config.seed),
            "optimizer": config.optimizer,
            "trials at most": str(config.max_trials),
            "convergence": f"{config.convergence_threshold:g} over {config.convergence_window} trials",
            **{_PARTS.get(role, role): model_name(model) for role, model in roles.items()},
            "held-out pair": config.holdout or "none",
        }
    if spent.calls:
        facts["calls and cost"] = spending(spent)
    facts["dataset fingerprint"] = dataset_fingerprint(list(pairs.values()))
    facts["versions"] = ", ".join(f"{name} {version}" for name, version in library_versions().items())
    return evaluation_html(
        record.trials(),
        pairs=pairs,
        weights=config.loss_weights if config else None,
        reproducibility=facts,
        reason=final[1] if final else "the run is not finished",
        base=tree.root,
        page=page,
    )


def evaluation_html(
    trials: Sequence[TrialResult],
    *,
    pairs: Mapping[str, TrainingPair],
    weights: LossWeights | None = None,
    reproducibility: Mapping[str, str] | None = None,
    reason: str = "",
    base: str | Path = ".",
    page: str | Path = "evaluation.html",
) -> str:
    """The page as text. Everything from papers and scripts is escaped.

    `pairs` gives references and source passages by pair id; `reproducibility` is shown as it is, in order; `reason`
    says why the run ended; `base` is the workspace that the trials are of, `page` where the page will lie. Raises
    UsageError without trials, WorkspaceError when a trial names a file outside the workspace.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

    if not trials:
        raise UsageError("there are no trials to report on; run `podcast-dspy compile` first")
    baseline, best = trials[0], best_trial(trials) or trials[0]
    results = {**best.pair_results, **best.held_out}
    environment = Environment(
        loader=PackageLoader("podcast_dspy.reports", "templates"),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_visible,
    )
    return environment.get_template("evaluation.html.j2").render(
        segment_types=SEGMENT_TYPES,
        count=len(trials),
        baseline=baseline,
        best=best,
        verdict=_verdict(trials, best, reason),
        losses=_losses(baseline, best, weights),
        chart=loss_svg(trials),
        terms=TERMS,
        trials=[(t.trial_id, _numbers(t), t.changes) for t in trials],
        steps=steps(Tree(Path(base)), trials),
        pairs=[_pair_row(best, pair_id, metrics) for pair_id, metrics in results.items()],
        episodes=[
            episode_view(best, pair_id, metrics, pairs.get(pair_id), base=Path(base), page=Path(page))
            for pair_id, metrics in results.items()
        ],
        typing=typing_told(best),
        reproducibility=dict(reproducibility or {}),
    )


def _verdict(trials: Sequence[TrialResult], best: TrialResult, reason: str) -> list[str]:
    """Sentences for the top of the page: held out, training, and why training stopped."""
    sentences = []
    if len(trials) == 1:
        sentences.append("Only the baseline has been measured so far.")
    elif best is trials[0]:
        sentences.append("No trial was better than the baseline by more than chance.")
    sentences += gains(trials[0], best)
    if reason:
        sentences.append(reason[0].upper() + reason[1:].rstrip(".") + ".")
    return sentences


def _losses(baseline: TrialResult, best: TrialResult, weights: LossWeights | None) -> list[_Loss]:
    share = loss_weights(weights)
    return [
        _Loss(
            term,
            "1" if term == "total" else f"{share[term]:g}",
            _cell(baseline.pair_results, best.pair_results, term),
            _cell(baseline.held_out, best.held_out, term),
        )
        for term in TERMS
    ]


def _cell(first: Mapping[str, LossMetrics], last: Mapping[str, LossMetrics], term: str) -> _Cell:
    before, after = mean_loss(first.values(), term), mean_loss(last.values(), term)
    gap = math.isnan(before) or math.isnan(after)
    reason = unscored_reason(last if math.isnan(after) else first, term) if gap else ""
    same = not gap and math.isclose(before, after, abs_tol=5e-4)
    better = None if gap or same else after < before
    return _Cell(number(before), number(after), "" if gap else change(before, after), better, reason)


def _numbers(trial: TrialResult) -> list[str]:
    held_out = [number(mean_loss(trial.held_out.values(), term)) if trial.held_out else "-" for term in TERMS]
    return [*(number(trial_loss(trial, term)) for term in TERMS), *held_out]


def _pair_row(
    trial: TrialResult, pair_id: str, metrics: LossMetrics
) -> tuple[str, bool, list[str], str, str, str]:
    losses = [number(term_loss(metrics, term)) for term in TERMS]
    lengths = clock(metrics.duration_generated), clock(metrics.duration_reference)
    concepts = f"{metrics.concepts_mentioned}/{metrics.concepts_total}"
    return pair_id, pair_id in trial.held_out, losses, *lengths, concepts


def _visible(value: object) -> object:
    """Text without control and direction-changing characters, which could disguise what a script says."""
    if not isinstance(value, str) or hasattr(value, "__html__"):
        return value
    return "".join(c for c in value if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cf", "Cs"))


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
    """Every loss over the trials, the total thick, the held-out ones dashed, the best trial ringed.

    Raises UsageError without trials.
    """
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    if not trials:
        raise UsageError("there are no trials to draw; run `podcast-dspy compile` first")
    figure = Figure(figsize=(8, 4.5), layout="constrained")
    axes = figure.add_subplot()
    numbers = [trial.trial_number for trial in trials]
    for held_out, term in product((False, True), TERMS):
        values = series(trials, term, held_out=held_out)
        unscored = all(map(math.isnan, values))
        if held_out and unscored:
            continue
        wide = term == "total"
        axes.plot(
            numbers,
            values,
            color=COLOURS.get(term, _ADDED_COLOUR),
            linestyle="--" if held_out else "-",
            linewidth=(2.6 if wide else 1.2) * (0.75 if held_out else 1.0),
            marker="s" if held_out else "o",
            markersize=5 if wide else 3,
            label=f"{term}, held out" if held_out else f"{term} (unscored)" if unscored else term,
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
