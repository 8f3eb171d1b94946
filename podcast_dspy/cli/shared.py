"""What every command shares: the global options, the options they have in common, and opening the workspace."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

if TYPE_CHECKING:
    from podcast_dspy.workspace import Workspace

__all__ = [
    "AnswerTimeout",
    "AsJson",
    "Depth",
    "FreshAnswers",
    "LexiconFile",
    "State",
    "VoiceName",
    "WriterModel",
    "chosen_lexicon",
    "new_app",
    "open_workspace",
    "state_of",
]

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
AnswerTimeout = Annotated[
    float | None,
    typer.Option(
        "--timeout",
        metavar="SECONDS",
        help="Longest wait for one answer of a model.  [default: $PODCAST_DSPY_TIMEOUT, else 600; local ones 180]",
    ),
]
FreshAnswers = Annotated[
    bool,
    typer.Option("--fresh", help="Ask models anew; their earlier answers are kept and reused otherwise."),
]
VoiceName = Annotated[
    str, typer.Option("--voice", metavar="VOICE", help="Voice to speak with; `voices list` names them.")
]

LexiconFile = Annotated[
    Path | None,
    typer.Option(
        "--lexicon",
        metavar="FILE",
        help='Pronunciations, TOML lines such as LaTeX = "lay-tech".  [default: lexicon.toml of the workspace]',
    ),
]


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


def chosen_lexicon(ctx: typer.Context, file: Path | None) -> dict[str, str]:
    """The pronunciations of a file, or the workspace's own. Raises what reading them raises."""
    from podcast_dspy.audio import read_lexicon

    return open_workspace(ctx).lexicon if file is None else read_lexicon(file)
