"""What every command shares: options, limits and forecasts of what is spent, the workspace, short forms of pairs."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar

import typer

from podcast_dspy.cli.output import STATE, emit, note

if TYPE_CHECKING:
    from podcast_dspy.lms import Budget, Spent
    from podcast_dspy.lms.forecast import Forecast
    from podcast_dspy.workspace import Workspace

Depth = Literal["overview", "standard", "deep_dive", "comprehensive"]
"""The values of settings.PodcastDepth, repeated so that `--help` need not import pydantic; a test compares them."""


def option(metavar: str | None, text: str, *names: str, **more: Any) -> Any:
    """An option: what stands for its value (None for a switch or a choice), its help, and how it is written."""
    return typer.Option(*names, metavar=metavar, help=text, **more)


def argument(metavar: str, text: str) -> Any:
    """An argument: what stands for it, and its help."""
    return typer.Argument(metavar=metavar, help=text)


AsJson = Annotated[
    bool, option(None, "Print one JSON object (docs/json.md) on stdout instead of text.", "--json")
]
WriterModel = Annotated[
    str,
    option(
        "MODEL",
        "Model that reads and writes: embedded, openai/NAME, anthropic/NAME, ollama_chat/NAME or gguf:PATH.",
        "--lm",
        envvar="PODCAST_DSPY_LM",
    ),
]
JudgeModel = Annotated[
    str | None,
    option(
        "MODEL",
        "Judge of coverage and quality: measured (no model) or a model.  "
        "[default: the model of --lm or $PODCAST_DSPY_LM if it can judge, else measured]",
        "--judge-lm",
    ),
]
InBatches = Annotated[
    bool,
    option(
        None,
        "Ask the judge by its provider's batches: half the price, answers within a day. After Ctrl-C the same "
        "command waits for the same batch.",
        "--batch",
    ),
]
OnCluster = Annotated[
    str | None,
    option(
        "ADDRESS",
        "Dask scheduler whose workers do it, such as tcp://127.0.0.1:8786; all see the same files at the same "
        "places, or have a --store.  [default: none, this machine]",
        "--cluster",
    ),
]
ThroughStore = Annotated[
    str | None,
    option(
        "URL",
        "Object store between this machine and workers that share no folder with it, as fsspec knows them: "
        "s3://BUCKET/FOLDER, file:///mnt/share.  [default: $PODCAST_DSPY_STORE, else none]",
        "--store",
    ),
]
MlflowServer = Annotated[
    str | None,
    option(
        "URI",
        "MLflow server that trials are uploaded to, such as http://127.0.0.1:5000.  [default: none]",
        "--mlflow",
        envvar="PODCAST_DSPY_MLFLOW",
    ),
]

ProfileFile = Annotated[
    Path | None,
    option(
        "FILE",
        "Compiled profile.  [default: the one this workspace compiled last, else the one that comes along]",
        "--profile",
    ),
]

LexiconFile = Annotated[
    Path | None,
    option(
        "FILE",
        'Pronunciations, TOML lines such as LaTeX = "lay-tech".  [default: lexicon.toml of the workspace]',
        "--lexicon",
    ),
]

DryRun = Annotated[
    bool,
    option(
        None,
        "Only tell how many calls, tokens, dollars and minutes to expect; ask and write nothing.",
        "--dry-run",
    ),
]


@dataclass(frozen=True)
class Asking:
    """How models are asked."""

    timeout: Annotated[
        float | None,
        option(
            "SECONDS",
            "Longest wait for one answer of a model.  "
            "[default: $PODCAST_DSPY_TIMEOUT, else 600; small local ones 180]",
        ),
    ] = None
    fresh: Annotated[
        bool,
        option(None, "Ask models anew; their earlier answers are kept and reused otherwise.", "--fresh"),
    ] = False


@dataclass(frozen=True)
class Limits:
    """What may be spent."""

    max_cost: Annotated[
        float | None,
        option("DOLLARS", "Stop before the next call of a model once so much is spent."),
    ] = None
    max_calls: Annotated[int | None, option("N", "Stop before a model is asked more often than this.")] = None
    max_time: Annotated[
        str | None,
        option("TIME", "Stop after this time: minutes, or as in 90s, 20m, 2h, 1h30m."),
    ] = None

    def budget(self) -> Budget:
        """The limits, once they are understood. Raises SettingsError."""
        from podcast_dspy.lms import Budget

        seconds = None if self.max_time is None else _seconds(self.max_time)
        return Budget(cost=self.max_cost, calls=self.max_calls, seconds=seconds)


EXAMPLE_MODELS = {
    "SMALL_MODEL": "openai/gpt-5-mini",
    "LARGE_MODEL": "openai/gpt-5",
    "OTHER_MODEL": "anthropic/claude-sonnet-5",
}
"""What the examples of `--help` call by these names: models age, and are renewed here."""

Result = tuple[str, Mapping[str, Any], *tuple[str, ...]]
"""What a command prints: text, or with --json the data; then remarks on stderr."""
Command = TypeVar("Command", bound=Callable[..., Result])


def command(app: typer.Typer, name: str | None = None) -> Callable[[Command], Command]:
    """Make a function a command of `app` that prints its result, and has --json for its data.

    A parameter whose type is a dataclass stands for an option for each field. Examples in the docstring name the models
    of `EXAMPLE_MODELS`.
    """

    def added(function: Command) -> Command:
        signature = inspect.signature(function, eval_str=True)
        kinds: dict[str, Any] = {key: one.annotation for key, one in signature.parameters.items()}
        groups: dict[str, Any] = {key: kind for key, kind in kinds.items() if is_dataclass(kind)}

        def printed(**given: Any) -> None:
            as_json = given["as_json"] if takes_json else given.pop("as_json")
            for key, group in groups.items():
                given[key] = group(**{field.name: given.pop(field.name) for field in fields(group)})
            text, data, *remarks = function(**given)
            emit(text, data, as_json=as_json)
            for remark in remarks:
                note(remark)

        options = [
            option
            for key, one in signature.parameters.items()
            for option in (
                inspect.signature(groups[key], eval_str=True).parameters.values() if key in groups else [one]
            )
        ]
        takes_json = "as_json" in signature.parameters
        if not takes_json:
            options.append(inspect.Parameter("as_json", _NAMED, default=False, annotation=AsJson))
        printed.__signature__ = signature.replace(  # type: ignore[attr-defined]
            parameters=[option.replace(kind=_NAMED) for option in options], return_annotation=None
        )
        printed.__annotations__ = {}
        help_text = function.__doc__ or ""
        for word, model in EXAMPLE_MODELS.items():
            help_text = help_text.replace(word, model)
        printed.__name__, printed.__doc__ = function.__name__, help_text
        app.command(name)(printed)
        return function

    return added


_NAMED = inspect.Parameter.KEYWORD_ONLY


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


def open_workspace() -> Workspace:
    """The workspace of `--workspace`, `$PODCAST_DSPY_WORKSPACE` or `./podcast_training`."""
    from podcast_dspy.workspace import Workspace

    return Workspace(STATE.get().workspace)


def episodes_folder() -> Path:
    """Where episodes go and are looked for: in the workspace, where the studio shows them, if there is one."""
    place = open_workspace().path
    return place / "episodes" if place.is_dir() else Path("episodes")


def check_batching(judge: str) -> None:
    """Raise UsageError where nobody is asked, PrerequisiteError where the judge's provider has no batches."""
    from podcast_dspy.errors import UsageError

    if judge == "measured":
        raise UsageError("--batch is for a judge that is a model; name one with --judge-lm")
    from podcast_dspy.lms.batches import check_batches

    check_batches(judge)


def chosen_lexicon(file: Path | None) -> dict[str, str]:
    """The pronunciations of a file, or the workspace's own. Raises what reading them raises."""
    from podcast_dspy.text.normalisation import read_lexicon

    return open_workspace().lexicon if file is None else read_lexicon(file)


def compiled_profile(given: Path | None) -> Path:
    """The profile that is asked for, else the one that the workspace compiled last, else the one that comes along."""
    from podcast_dspy.optimizers import COMPILED_PROFILE
    from podcast_dspy.profiles import DEFAULT_PROFILE

    if given:
        return given
    compiled = open_workspace().tree.path(COMPILED_PROFILE)
    if compiled.exists():
        return compiled
    note(
        "Profile: the one that comes with podcast-dspy, learned from its four example podcasts; "
        "`podcast-dspy compile` learns yours, from podcasts that you like."
    )
    return DEFAULT_PROFILE


_TIME = re.compile(r"(?:(\d+(?:\.\d+)?)h)?(?:(\d+(?:\.\d+)?)m)?(?:(\d+(?:\.\d+)?)s)?")


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


def forecast_result(forecast: Forecast) -> Result:
    """A forecast as a command's result."""
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
    return text, {"forecast": forecast}


def spent_lines(spent: Spent) -> list[str]:
    """What was spent, in one line; none where no model was asked."""
    from podcast_dspy.reports.summaries import spending

    return [f"spent: {spending(spent)}"] if spent.calls else []


def spent_data(spent: Spent) -> dict[str, Any]:
    """The same as JSON-able data, by part, purpose and model."""
    return {
        "calls": spent.calls,
        "tokens": spent.tokens,
        "cost": spent.cost,
        "seconds": spent.seconds,
        "entries": spent.entries,
    }
