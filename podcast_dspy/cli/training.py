"""`compile` and `demo`: train on the analysed pairs; every step on the example corpus."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from podcast_dspy.cli.monitoring import run_data, run_text
from podcast_dspy.cli.output import note, working
from podcast_dspy.cli.shared import (
    Asking,
    Depth,
    DryRun,
    InBatches,
    JudgeModel,
    Limits,
    MlflowServer,
    OnCluster,
    Result,
    ThroughStore,
    check_batching,
    check_prices,
    command,
    forecast_result,
    new_app,
    open_workspace,
    option,
    spent_data,
    spent_lines,
)

if TYPE_CHECKING:
    from podcast_dspy.settings import TrainingConfig
    from podcast_dspy.workspace import Workspace


root = new_app()


@command(root, "compile")
def compile_(
    max_trials: Annotated[
        int | None, option("N", "Trials at most, the baseline included.  [default: 10]")
    ] = None,
    target_depth: Annotated[
        Depth | None,
        option(None, "Depth that episodes of the profile aim at by default.  [default: standard]"),
    ] = None,
    convergence_threshold: Annotated[
        float | None,
        option("X", "Stop once the loss improves by less than this share.  [default: 0.05]"),
    ] = None,
    convergence_window: Annotated[
        int | None, option("N", "Trials over which it must improve.  [default: 3]")
    ] = None,
    weights: Annotated[
        str | None,
        option(
            "LIST",
            "Loss weights, summing to 1.  "
            "[default: duration=0.25,coverage=0.25,structure=0.2,quality=0.2,rouge=0.1]",
        ),
    ] = None,
    holdout: Annotated[
        str | None,
        option("PAIR", "Pair kept out of all learning and scored apart.  [default: none]"),
    ] = None,
    optimizer: Annotated[
        str | None,
        option(
            "NAME",
            "neighbours, knn, bootstrap, mipro, simba, gepa, refine or auto; see below.  [default: neighbours]",
        ),
    ] = None,
    seed: Annotated[int | None, option("N", "Seed of what an optimizer draws.  [default: 0]")] = None,
    repeats: Annotated[
        int | None,
        option("N", "Episodes of each pair a trial, to tell luck from gain.  [default: 1]"),
    ] = None,
    lm: Annotated[
        str | None,
        option(
            "MODEL",
            "Model that writes; see generate --help.  [default: embedded]",
            envvar="PODCAST_DSPY_LM",
        ),
    ] = None,
    judge_lm: JudgeModel = None,
    reflection_lm: Annotated[
        str | None,
        option("MODEL", "Model that writes instructions.  [default: that of --lm]"),
    ] = None,
    voice: Annotated[str | None, option("VOICE", "Voice of the trial episodes.  [default: embedded]")] = None,
    resume: Annotated[
        bool,
        option(None, "Go on with the last run, with its settings where none are given.", "--resume"),
    ] = False,
    *,
    limits: Limits,
    dry_run: DryRun = False,
    batch: InBatches = False,
    mlflow: MlflowServer = None,
    cluster: OnCluster = None,
    store: ThroughStore = None,
    asking: Asking,
) -> Result:
    """Train: generate, measure, adjust, repeat.

    Every trial makes an episode for each pair and measures it against the podcast. Trial 0 is the uncompiled
    program. The best trial becomes the compiled profile, which `export` copies out. A run that is stopped goes
    on with --resume; a new run moves the trials of the last one to archive/.

    neighbours (or knn) shows a capable model how hosts said similar things, teaches the analyst by people's labels, and
    measures the voice's pace. After that bootstrap looks for demonstrations among the program's own episodes, and
    mipro, simba, gepa and refine have a capable model write instructions. auto tries bootstrap, refine and gepa in
    turn. A change is kept when its gain on the training pairs exceeds chance.

    A limit that is reached ends the run with the best trial so far; with --resume and a higher limit it goes on, and
    what was spent before counts.

    \b
    Examples:
      podcast-dspy compile
      podcast-dspy compile --max-trials 15 --target-depth standard --convergence-threshold 0.03
      podcast-dspy compile --holdout bloom-filters --seed 1
      podcast-dspy compile --optimizer gepa --lm SMALL_MODEL --reflection-lm LARGE_MODEL
      podcast-dspy compile --optimizer auto --lm SMALL_MODEL --max-cost 10 --repeats 3
      podcast-dspy compile --lm SMALL_MODEL --max-cost 5 --max-time 2h
      podcast-dspy compile --lm SMALL_MODEL --dry-run
      podcast-dspy compile --resume
    """
    from podcast_dspy.errors import UsageError

    workspace = open_workspace()
    given = {
        "max_trials": max_trials,
        "target_depth": target_depth,
        "convergence_threshold": convergence_threshold,
        "convergence_window": convergence_window,
        "loss_weights": _weights(weights) if weights is not None else None,
        "holdout": holdout,
        "optimizer": optimizer,
        "seed": seed,
        "repeats": repeats,
    }
    roles = {"lm": lm, "judge_lm": judge_lm, "reflection_lm": reflection_lm, "voice": voice}
    config = _config(workspace, given, roles, resume=resume)
    if batch:
        if cluster is not None:
            raise UsageError("batches are waited for on this machine; leave out --batch or --cluster")
        check_batching(config.roles.judge_lm)
    models = config.roles
    budget = limits.budget()
    check_prices(budget, {"writer": models.lm, "judge": models.judge_lm, "reflection": models.reflection_lm})
    asks = models.lm != "embedded" or models.judge_lm != "measured" or models.reflection_lm is not None
    from podcast_dspy.cluster import on_cluster
    from podcast_dspy.errors import BudgetError
    from podcast_dspy.lms import calling

    with calling(fresh=asking.fresh):
        forecast = workspace.forecast(config, resume=resume, batch=batch) if dry_run or asks else None
    if dry_run and forecast is not None:
        return forecast_result(forecast)
    if forecast is not None and forecast.cost != 0.0:
        note(f"forecast: {forecast.sentence} (--dry-run tells more)")

    options = f"{_options(config.roles.outside())}{' --batch' if batch else ''}"
    again = f"podcast-dspy compile --resume {options}".rstrip()
    stopped = f"Finished trials and episodes are stored; go on with: {again}"
    with (
        working(stopped=stopped) as report,
        calling(timeout=asking.timeout, fresh=asking.fresh, batch=report if batch else None),
        on_cluster(cluster, store, report),
    ):
        try:
            run = workspace.compile(
                config,
                resume=resume,
                progress=report,
                budget=budget,
                mlflow=mlflow,
                tell=note,
            )
        except BudgetError:
            note(stopped)
            raise
    data = {**run_data(run), "forecast": forecast, "ledger": spent_data(run.spent)}
    depth = config.target_depth
    remarks = ["next: podcast-dspy report, then podcast-dspy export --output podcast_profile_v1.json"]
    if not workspace.profile().depth_targets[depth].example_pair_ids:
        remarks[:0] = [
            f"no podcast trained on is of the depth {depth}: its targets are scaled from other lengths"
        ]
    return "\n".join((run_text(run), *spent_lines(run.spent))), data, *remarks


def _config(
    workspace: Workspace, given: dict[str, Any], roles: dict[str, str | None], *, resume: bool
) -> TrainingConfig:
    """What was given, on top of the stored run's settings (`resume`) or the defaults."""
    from podcast_dspy.errors import SettingsError
    from podcast_dspy.settings import TrainingConfig

    stored = None
    if resume:
        stored = workspace.record.config()
        # A workspace may come from elsewhere: what it says does not decide who gets to read the papers.
        asked = {} if stored is None else stored.roles.outside()
        if missing := {name: value for name, value in asked.items() if roles.get(name) is None}:
            raise SettingsError(
                "the run to resume used models that get to read its papers; name them again to go on with them: "
                f"podcast-dspy compile --resume {_options(missing)}"
            )
    settings = (stored or TrainingConfig()).model_dump()
    settings |= {name: value for name, value in given.items() if value is not None}
    settings["roles"] |= {name: value for name, value in roles.items() if value is not None}
    if stored is None and roles["judge_lm"] is None:
        from podcast_dspy.metrics import judge_for

        settings["roles"]["judge_lm"] = judge_for(settings["roles"]["lm"])
    return TrainingConfig.model_validate(settings)


def _options(roles: dict[str, str]) -> str:
    """Roles as the options that name them."""
    return " ".join(f"--{name.replace('_', '-')} {shlex.quote(value)}" for name, value in roles.items())


def _weights(text: str) -> dict[str, float]:
    """`duration=0.3,coverage=0.3,...` as numbers by name; what is not named keeps its default."""
    from podcast_dspy.errors import SettingsError
    from podcast_dspy.metrics.composite import loss_weights

    weights = loss_weights(None)
    for part in text.split(","):
        name, _, value = part.partition("=")
        if name.strip() not in weights:
            raise SettingsError(f"no loss {name.strip()!r}; weights are for {', '.join(weights)}")
        try:
            weights[name.strip()] = float(value)
        except ValueError:
            raise SettingsError(
                f"weight {part.strip()!r} is not NAME=NUMBER; write it as in duration=0.3"
            ) from None
    return weights


@command(root)
def demo(
    output: Annotated[Path, option("DIR", "Folder for everything it makes.")] = Path("demo_output"),
    examples: Annotated[
        Path | None,
        option("DIR", "Example corpus.  [default: examples/ of the source tree]"),
    ] = None,
) -> Result:
    """Show every step on example data.

    Ingests four pairs, trains with one held out, and makes an episode of an unseen paper. It takes 5 to 10
    minutes on two free cores, needs no key and, after `models install`, no network.

    \b
    Examples:
      podcast-dspy demo
      podcast-dspy demo --output demo_output --json
    """
    stopped = "Finished steps are stored; run the same command to go on."
    with working(stopped=stopped) as report:
        from podcast_dspy.api import run_demo

        result = run_demo(output, examples=examples, progress=report)
    from podcast_dspy.reports import clock, number

    kept = "nothing that was tried gained more than chance, so the uncompiled program was kept\n"
    text = (
        f"total loss on the training pairs: {number(result.training_baseline_loss)} uncompiled, "
        f"{number(result.training_compiled_loss)} compiled\n"
        f"total loss on the held-out pair {result.held_out_pair}: {number(result.baseline_loss)} uncompiled, "
        f"{number(result.compiled_loss)} compiled\n"
        f"{kept if result.uncompiled else ''}"
        f"episode ({clock(result.episode_seconds)}): {result.episode / 'episode.mp3'}\n"
        f"compiled profile: {result.profile}\n"
        f"evaluation page: {result.report}"
    )
    return text, {"demo": result}
