"""What every command shares: options, limits and forecasts of what is spent, the workspace, short forms of pairs."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar

import typer

from podcast_dspy.cli.output import State, emit, note

if TYPE_CHECKING:
    from podcast_dspy.lms import Budget, Spent
    from podcast_dspy.lms.forecast import Forecast
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
OnCluster = Annotated[
    str | None,
    typer.Option(
        "--cluster",
        metavar="ADDRESS",
        help="Dask scheduler whose workers do it, such as tcp://127.0.0.1:8786; all see the same files at the same "
        "places, or have a --store.  [default: none, this machine]",
    ),
]
ThroughStore = Annotated[
    str | None,
    typer.Option(
        "--store",
        metavar="URL",
        help="Object store between this machine and workers that share no folder with it, as fsspec knows them: "
        "s3://BUCKET/FOLDER, file:///mnt/share.  [default: $PODCAST_DSPY_STORE, else none]",
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

MaxCost = Annotated[
    float | None,
    typer.Option(
        "--max-cost", metavar="DOLLARS", help="Stop before the next call of a model once so much is spent."
    ),
]
MaxCalls = Annotated[
    int | None,
    typer.Option("--max-calls", metavar="N", help="Stop before a model is asked more often than this."),
]
MaxTime = Annotated[
    str | None,
    typer.Option(
        "--max-time", metavar="TIME", help="Stop after this time: minutes, or as in 90s, 20m, 2h, 1h30m."
    ),
]
DryRun = Annotated[
    bool,
    typer.Option(
        "--dry-run",
        help="Only tell how many calls, tokens, dollars and minutes to expect; ask and write nothing.",
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


_TIME = re.compile(r"(?:(\d+(?:\.\d+)?)h)?(?:(\d+(?:\.\d+)?)m)?(?:(\d+(?:\.\d+)?)s)?")


def budget_of(cost: float | None, calls: int | None, time: str | None) -> Budget:
    """The options as a budget. Raises SettingsError."""
    from podcast_dspy.lms import Budget

    return Budget(cost=cost, calls=calls, seconds=None if time is None else _seconds(time))


def _seconds(time: str) -> float:
    from podcast_dspy.errors import SettingsError

    text = time.strip().lower()
    if re.fullmatch(r"\d+(?:\.\d+)?", text):
        return 60.0 * float(text)
    found = _TIME.fullmatch(text)
    if not text or found is None:
        raise SettingsError(f"{time!r} is no time; give minutes, or write it as in 90s, 20m, 2h or 1h30m")
    hours, minutes, seconds = (float(part or 0.0) for part in found.groups())
    return 3600.0 * hours + 60.0 * minutes + seconds


def check_prices(budget: Budget, roles: dict[str, str | None]) -> None:
    """Raise SettingsError for a limit in dollars where the price of a model is not known; `roles` by purpose."""
    from podcast_dspy.errors import SettingsError
    from podcast_dspy.lms import resolve
    from podcast_dspy.lms.forecast import priced

    if budget.cost is None:
        return
    for purpose, role in roles.items():
        if role not in (None, "measured") and not priced(resolve(str(role), purpose=purpose)):
            raise SettingsError(
                f"the price of {role} is not known, so that --max-cost cannot be kept; use --max-calls or --max-time"
            )


def emit_forecast(forecast: Forecast, *, as_json: bool) -> None:
    """Print a forecast."""
    from podcast_dspy.reports import table

    rows = [
        [
            line.purpose,
            line.model,
            line.calls_told,
            f"{line.prompt_tokens:,}",
            f"{line.completion_tokens:,}",
            "not known" if line.cost is None else f"${line.cost:.2f}",
        ]
        for line in forecast.lines
    ]
    text = "\n".join(
        [
            table(["for", "model", "calls", "tokens read", "tokens written", "price"], rows, left=2),
            "",
            forecast.sentence,
            *forecast.basis,
        ]
    )
    emit(text, {"forecast": forecast}, as_json=as_json)


def spent_lines(spent: Spent) -> list[str]:
    """What was spent, in one line; none where no model was asked."""
    if not spent.calls:
        return []
    price = "price not known" if spent.cost is None else f"${spent.cost:.2f}"
    from podcast_dspy.lms.forecast import duration

    took = duration(sum(spent.seconds.values()))
    return [f"spent: {spent.calls:,} calls, {spent.tokens:,} tokens, {price}, {took}"]


def spent_data(spent: Spent) -> dict[str, Any]:
    """The same as JSON-able data, by part, purpose and model."""
    return {
        "calls": spent.calls,
        "tokens": spent.tokens,
        "cost": spent.cost,
        "seconds": spent.seconds,
        "entries": spent.entries,
    }
