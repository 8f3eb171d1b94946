"""The program `podcast-dspy`: its command groups, its global options, and how a run ends."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from podcast_dspy import __version__
from podcast_dspy.cli import (
    analysis,
    episodes,
    evaluating,
    generating,
    kb,
    labelling,
    models,
    monitoring,
    pairs,
    studio,
    training,
    visuals,
)
from podcast_dspy.cli.output import (
    FAILED,
    INTERRUPTED,
    SAFE,
    Stopped,
    answer_interrupts,
    forgive_encodings,
    report_failure,
    say_stopped,
)
from podcast_dspy.cli.shared import State, new_app

GUIDE = """\
podcast-dspy turns technical papers into podcasts, and learns how from examples.

  podcast-dspy models install                                once: models that run on this machine
  podcast-dspy ingest --pdf paper.pdf --audio podcast.mp3    a paper and a podcast about it (repeat)
  podcast-dspy analyze-all                                   find out how the podcasts are built
  podcast-dspy compile --holdout PAIR                        train; one pair is kept to measure on
  podcast-dspy export --output my_profile.json               keep what was learned as one file
  podcast-dspy generate new.pdf --profile my_profile.json    an episode about a paper of yours

`podcast-dspy demo` shows all of it on example data; `podcast-dspy --help` lists every command."""

app = new_app()
app.info.no_args_is_help = False

app.add_typer(kb.app, name="kb")
pairs.register(app)
app.add_typer(pairs.app, name="pairs")
labelling.register(app)
analysis.register(app)
app.add_typer(analysis.profile_app, name="profile")
training.register(app)
monitoring.register(app)
evaluating.register_exports(app)
generating.register(app)
episodes.register(app)
app.add_typer(episodes.app, name="episode")
app.add_typer(visuals.app, name="visuals")
evaluating.register(app)
training.register_demo(app)
studio.register(app)
app.add_typer(models.app, name="models")
app.add_typer(models.voices_app, name="voices")


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"podcast-dspy {__version__}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def root(
    ctx: typer.Context,
    workspace: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Folder of pairs, profiles and trials.  "
            "[default: $PODCAST_DSPY_WORKSPACE, else ./podcast_training]",
        ),
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="No progress on stderr.")] = False,
    debug: Annotated[
        bool, typer.Option("--debug", help="Show the log, and the traceback of an error.")
    ] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Turn technical papers into podcasts, with a quality that is measured and learned.

    Called without a command it prints the way from a pair of paper and podcast to an episode. The options
    below may stand before or after the command. Results go to stdout, progress and errors to stderr; the
    exit code is 0 when done, 1 when it failed, 2 when the request was wrong, 130 after Ctrl-C.

    \b
    Examples:
      podcast-dspy
      podcast-dspy generate --help
      podcast-dspy --workspace ~/podcasts status --json
    """
    ctx.obj = State(workspace=workspace, debug=debug, quiet=quiet)
    if debug:
        import logging

        logging.basicConfig(
            stream=sys.stderr, level=logging.INFO, format="%(levelname)s %(name)s: %(message)s"
        )
    if ctx.invoked_subcommand is None:
        typer.echo(GUIDE)


def hoist(arguments: Sequence[str]) -> list[str]:
    """The global options in front, wherever they were given; nothing behind `--` is touched."""
    front: list[str] = []
    rest: list[str] = []
    queue = list(arguments)
    while queue:
        word = queue.pop(0)
        if word == "--":
            return [*front, *rest, word, *queue]
        if word in ("--debug", "--quiet") or word.startswith("--workspace="):
            front.append(word)
        elif word == "--workspace":
            if not queue:
                return [*front, word]  # Typer says that the value is missing
            front += [word, queue.pop(0)]
        else:
            rest.append(word)
    return front + rest


def run(arguments: Sequence[str]) -> int:
    """Run the program and return its exit code; nothing is raised."""
    words = hoist(arguments)
    forgive_encodings()
    try:
        result: Any = app(words, prog_name="podcast-dspy", standalone_mode=False)
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader (such as `head`) went away; keep the interpreter from flushing into the closed pipe.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except (KeyboardInterrupt, typer.Abort):
        return _interrupted(SAFE)
    except Stopped as stopped:
        return _interrupted(str(stopped))
    except Exception as error:
        if hasattr(error, "show") and hasattr(error, "exit_code"):  # a usage error that Typer explains itself
            error.show()
            return int(error.exit_code)
        return report_failure(error, debug="--debug" in words)
    # Typer turns a Ctrl-C that no command answers into this exit code.
    return _interrupted(SAFE) if result == INTERRUPTED else result if isinstance(result, int) else 0


def _interrupted(text: str) -> int:
    say_stopped(text)
    return INTERRUPTED


def main() -> None:
    """Entry point of the console script."""
    answer_interrupts()
    code = run(sys.argv[1:])
    if code == INTERRUPTED:  # threads that are still busy are not waited for
        sys.stderr.flush()
        os._exit(code)
    sys.exit(code)
