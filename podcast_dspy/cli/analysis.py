"""`analyze` and `analyze-all`: find out how the podcasts are built and how their hosts speak."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from podcast_dspy.cli.output import emit
from podcast_dspy.cli.progress import working
from podcast_dspy.cli.shared import AnswerTimeout, AsJson, FreshAnswers, WriterModel, open_workspace, state_of
from podcast_dspy.cli.summaries import pair_data, pairs_table, shape_lines

__all__ = ["register"]

ProfileFile = Annotated[
    Path | None,
    typer.Option(
        "--profile",
        metavar="FILE",
        help="Compiled profile whose classifier types the segments.  [default: one fitted on the labelled pairs]",
    ),
]

_STOPPED = "Pairs that were finished are stored; run the same command to analyse the rest."


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(analyze)
    app.command("analyze-all")(analyze_all)


def analyze(
    ctx: typer.Context,
    pair: Annotated[str, typer.Argument(metavar="PAIR", help="Id of the pair; `pairs list` names them.")],
    lm: WriterModel = "embedded",
    profile: ProfileFile = None,
    timeout: AnswerTimeout = None,
    fresh: FreshAnswers = False,
    as_json: AsJson = False,
) -> None:
    """Analyse one pair: its segments, structure and style.

    The segments are typed and linked to the paper. Labels that a person gave on ingest win; without them a
    classifier types the segments: that of --profile, else one fitted on the labelled pairs of the workspace, or on
    built-in examples when there are none.

    \b
    Examples:
      podcast-dspy analyze bloom-filters
      podcast-dspy analyze bloom-filters --profile podcast_profile_v1.json
      podcast-dspy analyze bloom-filters --lm openai/gpt-5-mini --json
    """
    from podcast_dspy.lms import calling

    workspace = open_workspace(ctx)
    with working(state_of(ctx), stopped=_STOPPED) as report, calling(timeout=timeout, fresh=fresh):
        analyzed = workspace.analyze(pair, lm=lm, profile=profile, progress=report)
    data = {
        **pair_data(analyzed),
        "structure_profile": analyzed.structure_profile,
        "style_profile": analyzed.style_profile,
    }
    emit("\n".join([analyzed.pair_id, *shape_lines(analyzed)]), data, as_json=as_json)


def analyze_all(
    ctx: typer.Context,
    again: Annotated[
        bool, typer.Option("--again", help="Also analyse pairs that are analysed already.")
    ] = False,
    lm: WriterModel = "embedded",
    profile: ProfileFile = None,
    timeout: AnswerTimeout = None,
    fresh: FreshAnswers = False,
    as_json: AsJson = False,
) -> None:
    """Analyse every pair and combine them into a profile.

    Pairs that are analysed already are kept as they are.

    \b
    Examples:
      podcast-dspy analyze-all
      podcast-dspy analyze-all --again --lm anthropic/claude-sonnet-4-5
    """
    from podcast_dspy.lms import calling

    workspace = open_workspace(ctx)
    with working(state_of(ctx), stopped=_STOPPED) as report, calling(timeout=timeout, fresh=fresh):
        pairs = workspace.analyze_all(lm=lm, again=again, profile=profile, progress=report)
    text = f"{pairs_table(pairs)}\nnext: podcast-dspy profile show, then podcast-dspy compile"
    emit(text, {"pairs": [pair_data(pair) for pair in pairs]}, as_json=as_json)
