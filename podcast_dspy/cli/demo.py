"""`demo`: every step on the example corpus."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from podcast_dspy.cli.output import emit
from podcast_dspy.cli.progress import working
from podcast_dspy.cli.reporting import write_report
from podcast_dspy.cli.shared import AsJson, state_of

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(demo)


def demo(
    ctx: typer.Context,
    output: Annotated[Path, typer.Option(metavar="DIR", help="Folder for everything it makes.")] = Path(
        "demo_output"
    ),
    examples: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Example corpus.  [default: examples/ of the source tree]"),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show every step on example data.

    Ingests four pairs, trains with one held out, and makes an episode of an unseen paper. It takes 10 to 15
    minutes on two free cores, needs no key and, after `models install`, no network.

    \b
    Examples:
      podcast-dspy demo
      podcast-dspy demo --output demo_output --json
    """
    stopped = "Finished steps are stored; run the same command to go on."
    with working(state_of(ctx), stopped=stopped) as report:
        from podcast_dspy.demo import run_demo

        result = run_demo(output, examples=examples, write_report=write_report, progress=report)
    from podcast_dspy.reports import clock, number

    text = (
        f"total loss on the training pairs: {number(result.training_baseline_loss)} uncompiled, "
        f"{number(result.training_compiled_loss)} compiled\n"
        f"total loss on the held-out pair {result.held_out_pair}: {number(result.baseline_loss)} uncompiled, "
        f"{number(result.compiled_loss)} compiled\n"
        f"episode ({clock(result.episode_seconds)}): {result.episode / 'episode.mp3'}\n"
        f"compiled profile: {result.profile}\n"
        f"evaluation page: {result.report}"
    )
    emit(text, {"demo": result}, as_json=as_json)
