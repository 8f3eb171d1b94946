"""`studio`: the local web page on which pairs, training and episodes are seen and edited."""

from __future__ import annotations

import ipaddress
import os
import secrets
import socket
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from podcast_dspy.cli.output import note
from podcast_dspy.cli.shared import open_workspace, state_of

if TYPE_CHECKING:
    from podcast_dspy.workspace import Workspace

_TOKEN = "PODCAST_DSPY_STUDIO_TOKEN"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(studio)


def studio(
    ctx: typer.Context,
    host: Annotated[
        str,
        typer.Option(
            metavar="ADDRESS", help="Where to listen; another than this machine's own needs a token."
        ),
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(metavar="N", help="Port; 0 takes a free one.", min=0, max=65535)
    ] = 8642,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open the page.")] = True,
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
    serve(open_workspace(ctx), host, port, browser=browser, debug=state_of(ctx).debug)


def serve(workspace: Workspace, host: str, port: int, *, browser: bool, debug: bool) -> None:
    """Listen until Ctrl-C. Raises PrerequisiteError without the packages, UsageError for an address that is taken."""
    from podcast_dspy.errors import PrerequisiteError, UsageError

    if sys.platform == "win32":
        raise PrerequisiteError("the studio needs Linux or macOS; use the command line, which does the same")
    try:
        import uvicorn

        from podcast_dspy.studio.server import create_app
    except ImportError as error:
        if (error.name or "").startswith("podcast_dspy"):
            raise
        raise PrerequisiteError(
            f"the studio needs {error.name}; install it with: pip install 'podcast-dspy[studio]'"
        ) from error
    token = None if _is_local(host) else os.environ.get(_TOKEN) or secrets.token_urlsafe(24)
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
            log_level="info" if debug else "warning",
            server_header=False,
            timeout_graceful_shutdown=1,
        )
        uvicorn.Server(config).run(sockets=[listener])


def _is_local(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
