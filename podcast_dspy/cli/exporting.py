"""`export` and `export-prompts`: what training learned, as files of their own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from podcast_dspy.cli.output import emit
from podcast_dspy.cli.shared import AsJson, open_workspace

__all__ = ["register"]


def register(app: typer.Typer) -> None:
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
