"""What training did, told and gone back on: status, trial, compare, rollback, track; runs as text and as data."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from podcast_dspy.cli.output import note
from podcast_dspy.cli.shared import MlflowServer, Result, argument, command, new_app, open_workspace, option

if TYPE_CHECKING:
    from podcast_dspy.metrics import Gain
    from podcast_dspy.optimizers import TrainingRun, TrialResult
    from podcast_dspy.workspace import Workspace

_VERSION: Final = re.compile(r"v[1-9][0-9]*")


root = new_app()


@command(root)
def status() -> Result:
    """Show where the workspace stands, and what comes next.

    \b
    Examples:
      podcast-dspy status
      podcast-dspy --workspace ~/podcasts status --json
    """
    from podcast_dspy.metrics import best_trial
    from podcast_dspy.reports import gains, number

    workspace = open_workspace()
    pairs, trials = workspace.pairs, workspace.trials
    analyzed = [pair.pair_id for pair in pairs if pair.aligned_segments is not None]
    config = workspace.record.config()
    best = best_trial(trials)
    final = workspace.record.final()
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
        f"{len(pairs)} pair{'s' * (len(pairs) != 1)}, {len(analyzed)} analyzed",
        f"{len(trials)} of at most {config.max_trials} trials" if config else "no training run yet",
    ]
    if best:
        lines.append(f"best: {best.trial_id}, total loss {number(best.avg_total_loss)} on the training pairs")
        lines += gains(trials[0], best, subject=best.trial_id) if best is not trials[0] else []
    if final:
        lines.append(f"finished: {final[1]}")
    return "\n".join([*lines, f"next: {data['next']}"]), data


def _next(pairs: int, analyzed: int, trials: int, *, finished: bool) -> str:
    if not pairs:
        return "podcast-dspy ingest --pdf PDF --audio AUDIO"
    if analyzed < pairs:
        return "podcast-dspy analyze-all"
    if finished:
        return "podcast-dspy export --output podcast_profile_v1.json"
    return "podcast-dspy compile --resume" if trials else "podcast-dspy compile"


@command(root)
def trial(
    trial_id: Annotated[str, argument("TRIAL", "Id or number of the trial, best, or baseline.")],
) -> Result:
    """Show one trial: losses of every pair, and its changes.

    What is unscored is named with its reason.

    \b
    Examples:
      podcast-dspy trial trial_001
      podcast-dspy trial 1
      podcast-dspy trial best --json
    """
    from podcast_dspy.reports import trial_summary

    found = open_workspace().trial(trial_id)
    return trial_summary(found), {"trial": found}


@command(root)
def compare(
    first: Annotated[
        str,
        argument("A", "Id or number of a trial, best, baseline, or a version such as v1."),
    ],
    second: Annotated[str, argument("B", "The trial, or version, to compare it with.")],
) -> Result:
    """Compare two trials, loss by loss and pair by pair.

    The training pairs and the held-out ones stand side by side: a gain that only the former show was learned by
    heart. A negative change is an improvement; behind it stands its 95% interval over the pairs. Totals are compared
    only where both are complete. Below stands in what profile, adjustments and prompts differ.

    Two versions (v1 v2) are of the compiled profile, as `rollback --list` tells them: they may come from runs on
    different pairs, so that their losses are told and not compared.

    \b
    Examples:
      podcast-dspy compare trial_000 trial_005
      podcast-dspy compare baseline best --json
    """
    from podcast_dspy import reports
    from podcast_dspy.errors import UnknownNameError
    from podcast_dspy.reports.differences import between

    workspace = open_workspace()
    if _VERSION.fullmatch(first) and _VERSION.fullmatch(second):
        return _compare_versions(workspace, first, second)
    before, after = workspace.trial(first), workspace.trial(second)
    result = reports.compare(before, after)
    changed = None
    try:
        changed = between(workspace.tree, before, after)
    except UnknownNameError as error:
        note(f"prompts and profiles are not compared: {error}")
    gained = {"gain": gain_data(result.gain), "held_out_gain": gain_data(result.held_out_gain)}
    data = {**result.data(), **gained, "differences": changed}
    return f"{result}\n\n{changed or ''}".rstrip(), data


def _compare_versions(workspace: Workspace, first: str, second: str) -> Result:
    from podcast_dspy.errors import UnknownNameError
    from podcast_dspy.optimizers.artifacts import compiled_history
    from podcast_dspy.reports.differences import differences

    history = compiled_history(workspace.tree)
    for version in (first, second):
        if version not in history:
            raise UnknownNameError(
                f"no compiled profile {version!r}; there are: {', '.join(history) or 'none yet'}"
            )
    one, other = history[first], history[second]
    changed = differences(
        workspace.tree, (one["prompts"], other["prompts"]), (one["profile"], other["profile"])
    )
    data = {"first": one, "second": other, "differences": changed}
    return f"{_versions_table({first: one, second: other})}\n\n{changed}", data


def _versions_table(history: Mapping[str, Mapping[str, Any]], current: str | None = None) -> str:
    from podcast_dspy.reports import number, table

    rows = [
        [
            f"{version} *" if version == current else version,
            *(str(kept[name]) for name in ("trial", "profile", "prompts")),
            *(number(kept["losses"][side]) for side in ("training", "held_out")),
            ", ".join(kept["training_pairs"]),
        ]
        for version, kept in history.items()
    ]
    return table(["version", "trial", "profile", "prompts", "training", "held out", "pairs"], rows, left=4)


@command(root)
def rollback(
    to: Annotated[
        str | None,
        option("vN", "Version to go to, back or forward.  [default: the one before]"),
    ] = None,
    only_list: Annotated[bool, option(None, "List the versions; change nothing.", "--list")] = False,
) -> Result:
    """Go back to an earlier compiled profile.

    Every run that finishes leaves a version of the compiled profile, with the profile and the prompts that it was made
    of; all three change together, and `generate`, `export`, `export-prompts` and `profile show` follow. Nothing is
    deleted. The next run that finishes makes its own the current one again.

    \b
    Examples:
      podcast-dspy rollback --list
      podcast-dspy rollback --to v1
    """
    from podcast_dspy.optimizers.artifacts import compiled_history
    from podcast_dspy.store import CompiledVersions

    workspace = open_workspace()
    current = CompiledVersions(workspace.tree).current() if only_list else workspace.rollback(to)
    history = compiled_history(workspace.tree)
    lines = [] if only_list else [f"{current} is the current version again", ""]
    table = (
        _versions_table(history, current)
        if history
        else "nothing was compiled yet; run: podcast-dspy compile"
    )
    return "\n".join([*lines, table]), {"current": current, "versions": history}


@command(root)
def track(mlflow: MlflowServer = None) -> Result:
    """Upload the last training run to an MLflow server.

    `compile --mlflow URI` does so while it runs; this uploads what is missing there, be it all. Every trial becomes a
    step of one MLflow run, with its losses on training and held-out pairs, its record and its prompts. A finished run
    also leaves its report, and its compiled profile as a version of the registered model podcast-dspy.

    \b
    Examples:
      podcast-dspy track --mlflow sqlite:///mlflow.db
    """
    from podcast_dspy.errors import UsageError

    if mlflow is None:
        raise UsageError("name the MLflow server with --mlflow URI, or in PODCAST_DSPY_MLFLOW")
    run, count = open_workspace().tracker(mlflow).sync()
    outcome = f"{count} trial{'s' * (count != 1)} uploaded" if count else "everything was there already"
    return f"MLflow run {run}: {outcome}", {"run_id": run, "uploaded": count}


@command(root, "plot-loss")
def plot_loss(
    output: Annotated[Literal["png", "html", "svg"], option(None, "Format of the picture.")] = "png",
    file: Annotated[Path | None, option("FILE", "Where to write it.  [default: loss.FORMAT]")] = None,
) -> Result:
    """Draw every loss over the trials.

    html is a page of its own with the picture in it.

    \b
    Examples:
      podcast-dspy plot-loss
      podcast-dspy plot-loss --output svg --file figures/loss.svg
    """
    from podcast_dspy.reports import save_loss_curves

    path = save_loss_curves(open_workspace().trials, file or Path(f"loss.{output}"), output=output)
    return str(path), {"path": path, "format": output}


def trial_data(trial: TrialResult) -> dict[str, Any]:
    """A trial's losses, training means and held-out means."""
    from podcast_dspy.reports.summaries import TERMS, mean_loss, trial_loss

    return {
        "trial_id": trial.trial_id,
        "trial_number": trial.trial_number,
        "losses": {term: trial_loss(trial, term) for term in TERMS},
        "held_out": {term: mean_loss(trial.held_out.values(), term) for term in TERMS},
        "classifier_accuracy": trial.classifier_accuracy,
        "improved": trial.improved,
        "changes": trial.changes,
        "unscored": _unscored({**trial.pair_results, **trial.held_out}),
    }


def run_data(run: TrainingRun) -> dict[str, Any]:
    """A finished run: every trial, which is best, and why it stopped."""
    from podcast_dspy.metrics import paired_gain, totals

    return {
        "trials": [trial_data(trial) for trial in run.trials],
        "baseline": run.baseline.trial_id,
        "best": run.best.trial_id,
        "converged": run.converged,
        "reason": run.reason,
        "profile_path": run.profile_path,
        "left_out": run.left_out,
        "gain": gain_data(paired_gain(totals(run.baseline.pair_results), totals(run.best.pair_results))),
        "held_out_gain": gain_data(paired_gain(totals(run.baseline.held_out), totals(run.best.held_out))),
    }


def gain_data(gain: Gain | None) -> dict[str, Any] | None:
    """How much lower the mean total loss is, its 95% interval, and over how many pairs."""
    if gain is None:
        return None
    return {"mean": gain.mean, "low": gain.low, "high": gain.high, "pairs": gain.units}


def _unscored(results: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    return {pair_id: dict(metrics.unscored) for pair_id, metrics in results.items() if metrics.unscored}


def _disagreement(trial: TrialResult) -> list[str]:
    """How far a judge that is a model and the measured one are apart, over the pairs of a trial."""
    lines = []
    for name in ("coverage", "quality"):
        found = [metrics.details.get(name, {}).get("disagreement") for metrics in trial.pair_results.values()]
        apart = [value for value in found if value is not None]
        if apart:
            judge = next(iter(trial.pair_results.values())).judge
            mean = sum(apart) / len(apart)
            lines.append(f"{name}: {judge} gives {mean:+.3f} beside the measured judge, mean of {len(apart)}")
    return lines


def run_text(run: TrainingRun) -> str:
    """A finished run as a text table and the sentence why it stopped."""
    from podcast_dspy.reports import gains, number, table
    from podcast_dspy.reports.summaries import TERMS, trial_loss

    rows = []
    for trial in run.trials:
        mark = " *" if trial.trial_id == run.best.trial_id else ""
        losses = [number(trial_loss(trial, term)) for term in TERMS]
        rows.append([trial.trial_id + mark, *losses, number(trial.held_out_loss())])
    lines = [
        table(["trial", *TERMS, "held out"], rows),
        "",
        f"* best; stopped because {run.reason}" if run.reason else "* best",
        *(gains(run.baseline, run.best, subject=run.best.trial_id) if run.best is not run.baseline else ()),
        *_disagreement(run.best),
        f"compiled profile: {run.profile_path}",
        *(f"left out: {name} ({reason})" for name, reason in run.left_out.items()),
    ]
    return "\n".join(lines)
