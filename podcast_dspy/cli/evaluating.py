"""What training measured: `status`, `trial`, `compare`, `plot-loss`, `evaluate`, `report`, and the exports."""

from __future__ import annotations

import platform
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from podcast_dspy.cli.output import emit, note, working
from podcast_dspy.cli.shared import (
    AnswerTimeout,
    AsJson,
    FreshAnswers,
    InBatches,
    JudgeModel,
    OnCluster,
    ThroughStore,
    check_batching,
    naming_models,
    open_workspace,
    state_of,
)

if TYPE_CHECKING:
    from podcast_dspy.lms import CostLedger
    from podcast_dspy.metrics import LossMetrics
    from podcast_dspy.workspace import Workspace

_BATCH_GOES_ON = "A batch that was begun goes on at its provider; run the same command to wait for it."


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(evaluate)
    app.command()(report)


@naming_models
def evaluate(
    ctx: typer.Context,
    script: Annotated[
        Path, typer.Argument(metavar="SCRIPT", help="Episode folder, script.json, or a text file.")
    ],
    pair: Annotated[
        str, typer.Option("--pair", metavar="PAIR", help="Pair whose paper and podcast to measure against.")
    ],
    audio: Annotated[
        Path | None,
        typer.Option(metavar="AUDIO", help="Recording of the script.  [default: episode.mp3 of the folder]"),
    ] = None,
    judge_lm: JudgeModel = None,
    batch: InBatches = False,
    voice: Annotated[
        str,
        typer.Option(metavar="VOICE", help="Voice for which the length is predicted where nothing is heard."),
    ] = "kokoro:af_heart",
    timeout: AnswerTimeout = None,
    fresh: FreshAnswers = False,
    cluster: OnCluster = None,
    store: ThroughStore = None,
    as_json: AsJson = False,
) -> None:
    """Measure a script against a pair.

    Duration, coverage, structure, quality, ROUGE and the weighted total; 0 is perfect. Without audio the
    times of a voiced script count, else the length is predicted, and said to be. What cannot be measured is
    unscored, with the reason, and then so is the total: a text file has no segments and no structure.

    \b
    Examples:
      podcast-dspy evaluate episodes/bloom --pair bloom-filters
      podcast-dspy evaluate draft.txt --pair bloom-filters --voice piper:joe
      podcast-dspy evaluate draft.txt --pair bloom-filters --judge-lm SMALL_MODEL --json
      podcast-dspy evaluate draft.txt --pair bloom-filters --judge-lm SMALL_MODEL --batch
    """
    from podcast_dspy.lms import CostLedger, calling
    from podcast_dspy.metrics import judge_ahead, judge_for
    from podcast_dspy.metrics.composite import loss_weights
    from podcast_dspy.reports import number, table
    from podcast_dspy.reports.summaries import term_loss
    from podcast_dspy.settings import EnvironmentSettings
    from podcast_dspy.tasks import on_cluster

    judge = judge_lm or judge_for(EnvironmentSettings().lm)
    if batch:
        check_batching(judge)

    workspace = open_workspace(ctx)
    reference = workspace.pair(pair)
    spoken = audio
    if spoken is None and (script / "episode.mp3").is_file():
        spoken = script / "episode.mp3"
    with (
        working(state_of(ctx), stopped=_BATCH_GOES_ON if batch else "Nothing was written.") as progress,
        calling(timeout=timeout, fresh=fresh, batch=progress if batch else None),
        CostLedger() as ledger,
        on_cluster(cluster, store),
    ):
        from podcast_dspy.api import read_script

        read = read_script(script)
        if failed := judge_ahead(read if isinstance(read, str) else read.text, reference, judge):
            note(f"{failed} requests of the batch failed at {judge}; they are asked directly")
        progress(f"measuring {script.name}", 0, 1)
        metrics = workspace.score(read, reference, audio=spoken, judge=judge, voice=voice)
    rows = [
        [name, f"{weight:g}", number(term_loss(metrics, name))] for name, weight in loss_weights(None).items()
    ]
    rows.append(["total", "1", number(metrics.total_loss)])
    lines = [
        table(["loss", "weight", "value"], rows),
        "",
        f"{metrics.concepts_mentioned} of {metrics.concepts_total} key concepts covered",
        *([f"missed: {', '.join(metrics.concepts_missed)}"] if metrics.concepts_missed else []),
        *_length(metrics),
        *_judged(metrics, ledger),
        *(f"unscored: {name} ({reason})" for name, reason in metrics.unscored.items()),
    ]
    if metrics.unscored:
        lines.append(f"unscored: total ({', '.join(metrics.unscored)} unscored)")
    emit("\n".join(lines), {"metrics": metrics, "cost": ledger.as_dict()}, as_json=as_json)


def _judged(metrics: LossMetrics, ledger: CostLedger) -> list[str]:
    """What a judge that is a model found, beside what is measured without one, and what it cost."""
    lines = []
    for name in ("coverage", "quality"):
        found = metrics.details.get(name, {})
        if "measured" not in found:
            continue
        beside = found["measured"]
        if "loss" in beside:
            said = f"{beside['loss']:.3f} measured without a model ({found['disagreement']:+.3f})"
        else:
            said = f"not measured without a model ({beside['unscored']})"
        error = found.get("noise", {}).get("error", 0.0)
        lines.append(
            f"{name} by {metrics.judge}: {getattr(metrics, f'{name}_loss'):.3f} ± {error:.3f}; {said}"
        )
    details = metrics.details.get("coverage", {})
    if details.get("questions_answered") is not None:
        host = details["question_coverage_reference"] * details["questions_total"]
        lines.append(
            f"questions about the paper: {details['questions_answered']:g} of {details['questions_total']} answered "
            f"(the host: {host:g})"
        )
        lines += [f"unanswered: {one['question']}" for one in details["questions_unanswered"]]
    elif lines and details.get("questions_unscored"):
        lines.append(f"questions about the paper: not asked ({details['questions_unscored']})")
    if void := metrics.details.get("quality", {}).get("void_samples"):
        lines.append(f"void: {void} ratings quoted what the script does not say")
    if lines and ledger.entries:
        tokens = sum(entry.prompt_tokens + entry.completion_tokens for entry in ledger.entries)
        price = "price not known" if ledger.cost is None else f"${ledger.cost:.4f}"
        lines.append(f"the judge read and wrote {tokens:,} tokens; {price}")
    return lines


def _length(metrics: LossMetrics) -> list[str]:
    from podcast_dspy.reports import clock

    found = metrics.details.get("duration", {})
    if "source" not in found:
        return []
    lengths = f"{clock(metrics.duration_generated)} against {clock(metrics.duration_reference)}"
    estimated = "" if found.get("reference_timed", True) else "; the pair's own is estimated from its words"
    return [f"length {lengths}; {found['source']}{estimated}"]


def report(
    ctx: typer.Context,
    output: Annotated[Path, typer.Option(metavar="FILE", help="Where to write the page.")] = Path(
        "evaluation.html"
    ),
    as_json: AsJson = False,
) -> None:
    """Write the evaluation page of the last training run.

    It is one HTML file, baseline against compiled. It shows every loss, training against held-out, loss curves,
    structure and coverage of each episode, scripts beside their sources, and how to reproduce it. It needs no
    network.

    \b
    Examples:
      podcast-dspy report
      podcast-dspy report --output site/evaluation.html
    """
    path = write_report(open_workspace(ctx), output)
    emit(str(path), {"path": path}, as_json=as_json)


_LIBRARIES = (
    "podcast-dspy",
    "dspy",
    "xllamacpp",
    "faster-whisper",
    "piper-tts",
    "kokoro-onnx",
    "pocketsphinx",
    "rouge-score",
)


def write_report(workspace: Workspace, output: Path) -> Path:
    """Write the page to `output` and return it. Raises UsageError before the first trial, WorkspaceError."""
    from podcast_dspy.optimizers import RunRecord
    from podcast_dspy.reports import evaluation_report

    record = RunRecord(workspace.tree)
    config, final = record.config(), record.final()
    reason = final[1] if final else "the run is not finished"
    return evaluation_report(
        workspace.trials,
        output,
        pairs={pair.pair_id: pair for pair in workspace.pairs},
        weights=config.loss_weights if config else None,
        reproducibility=reproducibility(workspace),
        reason=reason,
        base=workspace.path,
    )


def reproducibility(workspace: Workspace) -> dict[str, str]:
    """Settings, models, data and versions of the last run, as the page shows them."""
    from podcast_dspy.cli.shared import spent_lines
    from podcast_dspy.optimizers import RunRecord
    from podcast_dspy.optimizers.record import dataset_fingerprint

    facts: dict[str, str] = {}
    config = RunRecord(workspace.tree).config()
    if config is not None:
        facts |= {
            "seed": str(config.seed),
            "optimizer": config.optimizer,
            "trials at most": str(config.max_trials),
            "convergence": f"{config.convergence_threshold:g} over {config.convergence_window} trials",
            "writer": config.roles.lm,
            "judge": config.roles.judge_lm,
            "voice": config.roles.voice,
            "held-out pair": config.holdout or "none",
        }
        if config.roles.reflection_lm:
            facts["reflection"] = config.roles.reflection_lm
    spent = RunRecord(workspace.tree).spent()
    for line in spent_lines(spent):
        facts["calls and cost"] = line.removeprefix("spent: ")
    facts["dataset fingerprint"] = dataset_fingerprint(workspace.pairs)
    facts["versions"] = ", ".join(_versions())
    return facts


def _versions() -> list[str]:
    from importlib.metadata import PackageNotFoundError, version

    found = [f"Python {platform.python_version()}"]
    for name in _LIBRARIES:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            found.append(f"{name} not installed")
    return found


def register_exports(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(export)
    app.command("export-prompts")(export_prompts)


def export(
    ctx: typer.Context,
    output: Annotated[Path, typer.Option(metavar="FILE", help="Where to write the profile.")] = Path(
        "podcast_profile_v1.json"
    ),
    as_json: AsJson = False,
) -> None:
    """Write the compiled profile as one JSON file.

    It is the best trial's, and `generate --profile` reads it. It holds the program's state, the profile, the
    losses, and what is needed to reproduce them.

    \b
    Examples:
      podcast-dspy export --output podcast_profile_v1.json
      podcast-dspy generate new.pdf --profile podcast_profile_v1.json
    """
    path = open_workspace(ctx).export(output)
    emit(str(path), {"path": path, "bytes": path.stat().st_size}, as_json=as_json)


def export_prompts(
    ctx: typer.Context,
    output: Annotated[Path, typer.Option(metavar="FILE", help="Where to write the prompts.")] = Path(
        "prompts_v1.json"
    ),
    as_json: AsJson = False,
) -> None:
    """Write the best trial's prompts as one JSON file.

    They are there to be read, or used elsewhere.

    \b
    Examples:
      podcast-dspy export-prompts --output prompts_v1.json
    """
    path = open_workspace(ctx).export_prompts(output)
    emit(str(path), {"path": path, "bytes": path.stat().st_size}, as_json=as_json)
