"""What training measured: `status`, `trial`, `compare`, `plot-loss`, `evaluate`, `report`, and the exports."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from podcast_dspy.cli.output import note, working
from podcast_dspy.cli.shared import (
    Asking,
    InBatches,
    JudgeModel,
    OnCluster,
    Result,
    ThroughStore,
    argument,
    check_batching,
    command,
    new_app,
    open_workspace,
    option,
)

if TYPE_CHECKING:
    from podcast_dspy.lms import CostLedger
    from podcast_dspy.metrics import LossMetrics

_BATCH_GOES_ON = "A batch that was begun goes on at its provider; run the same command to wait for it."


root = new_app()


@command(root)
def evaluate(
    script: Annotated[Path, argument("SCRIPT", "Episode folder, script.json, or a text file.")],
    pair: Annotated[str, option("PAIR", "Pair whose paper and podcast to measure against.")],
    audio: Annotated[
        Path | None,
        option("AUDIO", "Recording of the script.  [default: episode.mp3 of the folder]"),
    ] = None,
    judge_lm: JudgeModel = None,
    batch: InBatches = False,
    voice: Annotated[
        str,
        option("VOICE", "Voice for which the length is predicted where nothing is heard."),
    ] = "kokoro:af_heart",
    *,
    asking: Asking,
    cluster: OnCluster = None,
    store: ThroughStore = None,
) -> Result:
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
    from podcast_dspy.cluster import on_cluster
    from podcast_dspy.lms import CostLedger, calling
    from podcast_dspy.metrics import judge_ahead, judge_for
    from podcast_dspy.metrics.composite import loss_weights
    from podcast_dspy.reports import number, table
    from podcast_dspy.reports.summaries import term_loss
    from podcast_dspy.settings import EnvironmentSettings

    judge = judge_lm or judge_for(EnvironmentSettings().lm)
    if batch:
        check_batching(judge)

    workspace = open_workspace()
    reference = workspace.pair(pair)
    spoken = audio
    if spoken is None and (script / "episode.mp3").is_file():
        spoken = script / "episode.mp3"
    with (
        working(stopped=_BATCH_GOES_ON if batch else "Nothing was written.") as progress,
        calling(timeout=asking.timeout, fresh=asking.fresh, batch=progress if batch else None),
        CostLedger() as ledger,
        on_cluster(cluster, store, progress),
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
    return "\n".join(lines), {"metrics": metrics, "cost": ledger.as_dict()}


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


@command(root)
def report(
    output: Annotated[Path, option("FILE", "Where to write the page.")] = Path("evaluation.html"),
) -> Result:
    """Write the evaluation page of the last training run.

    It is one HTML file, baseline against compiled. It shows every loss, training against held-out, loss curves,
    structure and coverage of each episode, scripts beside their sources, and how to reproduce it. It needs no
    network.

    \b
    Examples:
      podcast-dspy report
      podcast-dspy report --output site/evaluation.html
    """
    path = open_workspace().report(output)
    return str(path), {"path": path}


@command(root)
def export(
    output: Annotated[Path, option("FILE", "Where to write the profile.")] = Path("podcast_profile_v1.json"),
) -> Result:
    """Write the compiled profile as one JSON file.

    It is the best trial's, and `generate --profile` reads it. It holds the program's state, the profile, the
    losses, and what is needed to reproduce them.

    \b
    Examples:
      podcast-dspy export --output podcast_profile_v1.json
      podcast-dspy generate new.pdf --profile podcast_profile_v1.json
    """
    path = open_workspace().export(output)
    return str(path), {"path": path, "bytes": path.stat().st_size}


@command(root, "export-prompts")
def export_prompts(
    output: Annotated[Path, option("FILE", "Where to write the prompts.")] = Path("prompts_v1.json"),
) -> Result:
    """Write the best trial's prompts as one JSON file.

    They are there to be read, or used elsewhere.

    \b
    Examples:
      podcast-dspy export-prompts --output prompts_v1.json
    """
    path = open_workspace().export_prompts(output)
    return str(path), {"path": path, "bytes": path.stat().st_size}
