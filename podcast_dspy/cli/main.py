"""The program `podcast-dspy`: its command groups and global options, how a run ends, and `studio`, its web page."""

from __future__ import annotations

import os
import secrets
import socket
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.main import get_command

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
    training,
    visuals,
)
from podcast_dspy.cli.output import (
    FAILED,
    INTERRUPTED,
    SAFE,
    STATE,
    State,
    Stopped,
    answer_interrupts,
    forgive_encodings,
    note,
    report_failure,
    say_stopped,
)
from podcast_dspy.cli.shared import new_app, open_workspace, option

if TYPE_CHECKING:
    from podcast_dspy.workspace import Workspace


_TOKEN = "PODCAST_DSPY_STUDIO_TOKEN"


root = new_app()


@root.command()
def studio(
    host: Annotated[
        str,
        option("ADDRESS", "Where to listen; another than this machine's own needs a token."),
    ] = "127.0.0.1",
    port: Annotated[int, option("N", "Port; 0 takes a free one.", min=0, max=65535)] = 8642,
    browser: Annotated[bool, option(None, "Open the page.", "--browser/--no-browser")] = True,
) -> None:
    """Serve a page to train, label, edit and publish.

    Everything that the workspace holds, in a browser, and the same by request. It answers to this machine only. With
    another --host the address that it prints carries a token; set PODCAST_DSPY_STUDIO_TOKEN to choose it. Ctrl-C ends
    the page; a job that runs goes on and is there when the studio is started again.

    \b
    Examples:
      podcast-dspy studio
      podcast-dspy studio --port 9000 --no-browser
      podcast-dspy --workspace ~/podcasts studio --host 0.0.0.0 --no-browser
    """
    serve(open_workspace(), host, port, browser=browser)


def serve(workspace: Workspace, host: str, port: int, *, browser: bool) -> None:
    """Listen until Ctrl-C. Raises PrerequisiteError without the packages, UsageError for an address that is taken."""
    from podcast_dspy.errors import PrerequisiteError, UsageError

    if sys.platform == "win32":
        raise PrerequisiteError("the studio needs Linux or macOS; use the command line, which does the same")
    try:
        import uvicorn

        from podcast_dspy.studio.server import create_app, is_local
    except ImportError as error:
        if (error.name or "").startswith("podcast_dspy"):
            raise
        raise PrerequisiteError(
            f"the studio needs {error.name}; install it with: pip install 'podcast-dspy[studio]'"
        ) from error
    token = None if is_local(host) else os.environ.get(_TOKEN) or secrets.token_urlsafe(24)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as listener:
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((host, port))
        except OSError as error:
            raise UsageError(
                f"{host}:{port} cannot be listened on ({error.strerror}); choose another --port or --host"
            ) from error
        shown = f"[{host}]" if family is socket.AF_INET6 else host
        address = f"http://{shown}:{listener.getsockname()[1]}/" + (f"?token={token}" if token else "")
        note(f"The studio of {workspace.path} is at {address} (Ctrl-C ends it).")
        if browser:
            import webbrowser

            webbrowser.open(address)
        app = create_app(workspace, token=token)
        config = uvicorn.Config(
            app,
            log_config=None,  # theirs closes the handlers of everybody else
            log_level="info" if STATE.get().debug else "warning",
            server_header=False,
            timeout_graceful_shutdown=1,
        )
        uvicorn.Server(config).run(sockets=[listener])


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

for group, name in (
    (kb.app, "kb"),
    (pairs.root, None),
    (pairs.app, "pairs"),
    (labelling.root, None),
    (analysis.root, None),
    (analysis.app, "profile"),
    (training.root, None),
    (monitoring.root, None),
    (generating.root, None),
    (episodes.root, None),
    (episodes.app, "episode"),
    (visuals.app, "visuals"),
    (evaluating.root, None),
    (root, None),
    (models.app, "models"),
    (models.voices_app, "voices"),
):
    app.add_typer(group, name=name)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"podcast-dspy {__version__}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def main_options(
    ctx: typer.Context,
    workspace: Annotated[
        Path | None,
        option(
            "DIR",
            "Folder of pairs, profiles and trials.  "
            "[default: $PODCAST_DSPY_WORKSPACE, else ./podcast_training]",
        ),
    ] = None,
    quiet: Annotated[bool, option(None, "No progress on stderr.", "--quiet")] = False,
    debug: Annotated[bool, option(None, "Show the log, and the traceback of an error.", "--debug")] = False,
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
    STATE.set(State(workspace=workspace, debug=debug, quiet=quiet))
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


@cache
def _program() -> Any:
    """The commands as Click has them; Typer would take all signatures apart anew at each call."""
    return get_command(app)


def run(arguments: Sequence[str]) -> int:
    """Run the program and return its exit code; nothing is raised."""
    words = hoist(arguments)
    forgive_encodings()
    try:
        result: Any = _program()(words, prog_name="podcast-dspy", standalone_mode=False)
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
            if isinstance(said := getattr(error, "message", None), str):  # pydantic says it for Typer
                error.message = said.replace("Value error, ", "")  # type: ignore[attr-defined]
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


def run_job() -> None:
    """Run the queued job `sys.argv[2]` of the workspace `sys.argv[1]`; its exit code goes into the file `exit`."""
    from podcast_dspy.store import Tree
    from podcast_dspy.studio.jobs import JOBS, JobRequest

    tree, job_id = Tree(sys.argv[1]), sys.argv[2]
    request = tree.read_model(f"{JOBS}/{job_id}/request.json", JobRequest, job_id=job_id)
    os.environ["PODCAST_DSPY_PROGRESS"] = "json"
    answer_interrupts()
    code = run(["--workspace", str(tree.root), *request.arguments])
    sys.stdout.flush()
    tree.write_text(f"{JOBS}/{job_id}/exit", f"{code}\n")
    if code == INTERRUPTED:  # threads that are still busy are not waited for
        os._exit(code)


if __name__ == "__main__":
    main()
