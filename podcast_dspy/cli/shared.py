"""What every command shares: options, opening the workspace, and short forms of pairs, trials and metrics."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar

import typer

if TYPE_CHECKING:
    from podcast_dspy.metrics import Gain
    from podcast_dspy.optimizers import TrainingRun, TrialResult
    from podcast_dspy.pairs.pair import TrainingPair
    from podcast_dspy.workspace import Workspace

Depth = Literal["overview", "standard", "deep_dive", "comprehensive"]
"""The values of settings.PodcastDepth, repeated so that `--help` need not import pydantic; a test compares them."""

AsJson = Annotated[
    bool, typer.Option("--json", help="Print one JSON object (docs/json.md) on stdout instead of text.")
]
WriterModel = Annotated[
    str,
    typer.Option(
        "--lm",
        metavar="MODEL",
        envvar="PODCAST_DSPY_LM",
        help="Model that reads and writes: embedded, openai/NAME, anthropic/NAME, ollama_chat/NAME or gguf:PATH.",
    ),
]
JudgeModel = Annotated[
    str | None,
    typer.Option(
        "--judge-lm",
        metavar="MODEL",
        help="Judge of coverage and quality: measured (no model) or a model.  "
        "[default: the model of --lm or $PODCAST_DSPY_LM if it can judge, else measured]",
    ),
]
InBatches = Annotated[
    bool,
    typer.Option(
        "--batch",
        help="Ask the judge by its provider's batches: half the price, answers within a day. After Ctrl-C the same "
        "command waits for the same batch.",
    ),
]
AnswerTimeout = Annotated[
    float | None,
    typer.Option(
        "--timeout",
        metavar="SECONDS",
        help="Longest wait for one answer of a model.  "
        "[default: $PODCAST_DSPY_TIMEOUT, else 600; small local ones 180]",
    ),
]
FreshAnswers = Annotated[
    bool,
    typer.Option("--fresh", help="Ask models anew; their earlier answers are kept and reused otherwise."),
]
MlflowServer = Annotated[
    str | None,
    typer.Option(
        "--mlflow",
        metavar="URI",
        envvar="PODCAST_DSPY_MLFLOW",
        help="MLflow server that trials are uploaded to, such as http://127.0.0.1:5000.  [default: none]",
    ),
]
VoiceName = Annotated[
    str, typer.Option("--voice", metavar="VOICE", help="Voice to speak with; `voices list` names them.")
]

ProfileFile = Annotated[
    Path | None,
    typer.Option(
        "--profile",
        metavar="FILE",
        help="Compiled profile.  [default: the one this workspace compiled last, else the one that comes along]",
    ),
]

LexiconFile = Annotated[
    Path | None,
    typer.Option(
        "--lexicon",
        metavar="FILE",
        help='Pronunciations, TOML lines such as LaTeX = "lay-tech".  [default: lexicon.toml of the workspace]',
    ),
]


EXAMPLE_MODELS = {
    "SMALL_MODEL": "openai/gpt-5-mini",
    "LARGE_MODEL": "openai/gpt-5",
    "OTHER_MODEL": "anthropic/claude-sonnet-5",
}
"""What the examples of `--help` call by these names: models age, and are renewed here."""

Command = TypeVar("Command", bound=Callable[..., None])


def naming_models(command: Command) -> Command:
    """A command with the models of `EXAMPLE_MODELS` in the examples of its help."""
    for name, model in EXAMPLE_MODELS.items():
        command.__doc__ = (command.__doc__ or "").replace(name, model)
    return command


@dataclass
class State:
    """The global options of one run."""

    workspace: Path | None = None
    debug: bool = False
    quiet: bool = False


def new_app(help_text: str = "") -> typer.Typer:
    """A command group with plain help (rich would triple the start-up time) that shows help when called bare."""
    # Typer takes the callback's docstring only where no help is given at all, not even None.
    given: dict[str, Any] = {"help": help_text} if help_text else {}
    return typer.Typer(
        **given,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        add_completion=False,
        no_args_is_help=True,
        context_settings={"max_content_width": 100},
    )


def state_of(ctx: typer.Context) -> State:
    """The global options that the root command stored."""
    return ctx.ensure_object(State)


def open_workspace(ctx: typer.Context) -> Workspace:
    """The workspace of `--workspace`, `$PODCAST_DSPY_WORKSPACE` or `./podcast_training`."""
    from podcast_dspy.workspace import Workspace

    return Workspace(state_of(ctx).workspace)


def episodes_folder(ctx: typer.Context) -> Path:
    """Where episodes go and are looked for: in the workspace, where the studio shows them, if there is one."""
    place = open_workspace(ctx).path
    return place / "episodes" if place.is_dir() else Path("episodes")


def check_batching(judge: str) -> None:
    """Raise UsageError where nobody is asked, PrerequisiteError where the judge's provider has no batches."""
    from podcast_dspy.errors import UsageError

    if judge == "measured":
        raise UsageError("--batch is for a judge that is a model; name one with --judge-lm")
    from podcast_dspy.lms.batches import check_batches

    check_batches(judge)


def chosen_lexicon(ctx: typer.Context, file: Path | None) -> dict[str, str]:
    """The pronunciations of a file, or the workspace's own. Raises what reading them raises."""
    from podcast_dspy.text.normalisation import read_lexicon

    return open_workspace(ctx).lexicon if file is None else read_lexicon(file)


def compiled_profile(ctx: typer.Context, given: Path | None) -> Path:
    """The profile that is asked for, else the one that the workspace compiled last, else the one that comes along."""
    from podcast_dspy.cli.output import note
    from podcast_dspy.optimizers import COMPILED_PROFILE
    from podcast_dspy.profiles import DEFAULT_PROFILE

    if given:
        return given
    compiled = open_workspace(ctx).tree.path(COMPILED_PROFILE)
    if compiled.exists():
        return compiled
    note(
        "Profile: the one that comes with podcast-dspy, learned from its four example podcasts; "
        "`podcast-dspy compile` learns yours, from podcasts that you like."
    )
    return DEFAULT_PROFILE


def pair_data(pair: TrainingPair) -> dict[str, Any]:
    """What `pairs list` says of a pair."""
    return {
        "pair_id": pair.pair_id,
        "title": pair.document_graph.title,
        "pdf_path": pair.pdf_path,
        "audio_path": pair.audio_path,
        "duration_minutes": pair.duration_minutes,
        "format": pair.format,
        "pages": pair.document_graph.page_count,
        "figures": len(pair.document_graph.get_figures()),
        "key_concepts": len(pair.document_graph.key_concepts),
        "words": len(pair.transcription.transcript_text.split()),
        "language": pair.transcription.language,
        "speaker_gender": pair.speaker_gender,
        "source": pair.source,
        "labels": len(pair.labels),
        "analyzed": pair.aligned_segments is not None,
        "analyzed_by": pair.analysed_by,
        "confidence": pair.confidence,
    }


def pairs_table(pairs: Sequence[TrainingPair]) -> str:
    """The pairs as a text table."""
    from podcast_dspy.reports import table

    rows = []
    for pair in pairs:
        data = pair_data(pair)
        rows.append(
            [
                data["pair_id"],
                data["title"][:48],
                f"{data['duration_minutes']:.1f} min",
                str(data["words"]),
                str(data["labels"] or "-"),
                "yes" if data["analyzed"] else "no",
            ]
        )
    return table(["pair", "paper", "podcast", "words", "labels", "analyzed"], rows, left=2)


def shape_lines(pair: TrainingPair) -> list[str]:
    """An analysed pair's shape in words; nothing for one that is not analysed."""
    shape, style = pair.structure_profile, pair.style_profile
    if shape is None or style is None:
        return []
    return [
        "shape: " + " > ".join(kind.value for kind in shape.segment_sequence),
        f"pace: {shape.words_per_minute:.0f} words and {shape.concepts_per_minute:.1f} concepts a minute, "
        f"{shape.figures_discussed} figures discussed",
        f"style: {style.avg_sentence_length:.1f} words a sentence, {style.questions_per_minute:.2f} questions "
        f"a minute, definitions {style.definition_style.replace('_', ' ')}",
    ]


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
