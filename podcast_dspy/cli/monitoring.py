"""The commands that tell what training did: status, trial, compare, plot-loss."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from podcast_dspy.cli.output import emit
from podcast_dspy.cli.shared import AsJson, gain_data, open_workspace, trial_data

if TYPE_CHECKING:
    from podcast_dspy.reports.summaries import Delta

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(status)
    app.command()(trial)
    app.command()(compare)
    app.command("plot-loss")(plot_loss)


def status(ctx: typer.Context, as_json: AsJson = False) -> None:
    """Show where the workspace stands, and what comes next.

    \b
    Examples:
      podcast-dspy status
      podcast-dspy --workspace ~/podcasts status --json
    """
    from podcast_dspy.metrics import best_trial
    from podcast_dspy.optimizers import RunRecord
    from podcast_dspy.reports import gains, number

    workspace = open_workspace(ctx)
    pairs, trials = workspace.pairs, workspace.trials
    analyzed = [pair.pair_id for pair in pairs if pair.aligned_segments is not None]
    config = RunRecord(workspace.tree).config()
    best = best_trial(trials)
    final = RunRecord(workspace.tree).final()
    data: dict[str, Any] = {
        "workspace": workspace.path,
        "pairs": len(pairs),
        "analyzed": len(analyzed),
        "trials": len(trials),
        "max_trials": config.max_trials if config else None,
        "baseline": trial_data(trials[0]) if trials else None,
        "best": trial_data(best) if best else None,
        "finished": final is not None,
        "converged": final[0] if final else None,
        "reason": final[1] if final else None,
        "next": _next(len(pairs), len(analyzed), len(trials), finished=final is not None),
    }
    lines = [
        f"workspace {workspace.path}",
        f"{len(pairs)} pairs, {len(analyzed)} analyzed",
        f"{len(trials)} of at most {config.max_trials} trials" if config else "no training run yet",
    ]
    if best:
        lines.append(f"best: {best.trial_id}, total loss {number(best.avg_total_loss)} on the training pairs")
        lines += gains(trials[0], best, subject=best.trial_id) if best is not trials[0] else []
    if final:
        lines.append(f"finished: {final[1]}")
    emit("\n".join([*lines, f"next: {data['next']}"]), data, as_json=as_json)


def _next(pairs: int, analyzed: int, trials: int, *, finished: bool) -> str:
    if not pairs:
        return "podcast-dspy ingest --pdf PDF --audio AUDIO"
    if analyzed < pairs:
        return "podcast-dspy analyze-all"
    if finished:
        return "podcast-dspy export --output podcast_profile_v1.json"
    return "podcast-dspy compile --resume" if trials else "podcast-dspy compile"


def trial(
    ctx: typer.Context,
    trial_id: Annotated[
        str, typer.Argument(metavar="TRIAL", help="Id or number of the trial, best, or baseline.")
    ],
    as_json: AsJson = False,
) -> None:
    """Show one trial: losses of every pair, and its changes.

    What is unscored is named with its reason.

    \b
    Examples:
      podcast-dspy trial trial_001
      podcast-dspy trial 1
      podcast-dspy trial best --json
    """
    from podcast_dspy.reports import trial_summary

    found = open_workspace(ctx).trial(trial_id)
    emit(trial_summary(found), {"trial": found}, as_json=as_json)


def compare(
    ctx: typer.Context,
    first: Annotated[str, typer.Argument(metavar="A", help="Id or number of a trial, best, or baseline.")],
    second: Annotated[str, typer.Argument(metavar="B", help="The trial to compare it with.")],
    as_json: AsJson = False,
) -> None:
    """Compare two trials, loss by loss and pair by pair.

    The training pairs and the held-out ones stand side by side: a gain that only the former show was learned by
    heart. A negative change is an improvement. Totals are compared only where both are complete.

    \b
    Examples:
      podcast-dspy compare trial_000 trial_005
      podcast-dspy compare baseline best --json
    """
    from podcast_dspy import reports

    workspace = open_workspace(ctx)
    result = reports.compare(workspace.trial(first), workspace.trial(second))
    data = {
        "first": result.first,
        "second": result.second,
        "note": result.note,
        "losses": {delta.term: _delta(delta) for delta in result.deltas},
        "held_out": {delta.term: _delta(delta) for delta in result.held_out},
        "pairs": {name: _delta(delta) for name, delta in result.pair_deltas.items()},
        "held_out_pairs": {name: _delta(delta) for name, delta in result.held_out_pairs.items()},
        "gain": gain_data(result.gain),
        "held_out_gain": gain_data(result.held_out_gain),
        "unscored": {delta.term: delta.reason for delta in result.deltas if delta.reason},
        "held_out_unscored": {delta.term: delta.reason for delta in result.held_out if delta.reason},
    }
    emit(str(result), data, as_json=as_json)


def _delta(delta: Delta) -> dict[str, float]:
    return {"first": delta.before, "second": delta.after, "change": delta.change}


def plot_loss(
    ctx: typer.Context,
    output: Annotated[Literal["png", "html", "svg"], typer.Option(help="Format of the picture.")] = "png",
    file: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Where to write it.  [default: loss.FORMAT]")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Draw every loss over the trials.

    html is a page of its own with the picture in it.

    \b
    Examples:
      podcast-dspy plot-loss
      podcast-dspy plot-loss --output svg --file figures/loss.svg
    """
    from podcast_dspy.reports import save_loss_curves

    path = save_loss_curves(open_workspace(ctx).trials, file or Path(f"loss.{output}"), output=output)
    emit(str(path), {"path": path, "format": output}, as_json=as_json)
