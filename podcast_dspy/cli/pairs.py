"""`pairs`: list, show and export the training pairs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from podcast_dspy.cli.output import emit
from podcast_dspy.cli.shared import AsJson, new_app, open_workspace
from podcast_dspy.cli.summaries import pair_data, pairs_table, shape_lines

__all__ = ["app"]

app = new_app("The training pairs: a paper and a podcast about it.")


@app.command("list")
def list_pairs(ctx: typer.Context, as_json: AsJson = False) -> None:
    """List the training pairs of the workspace.

    \b
    Examples:
      podcast-dspy pairs list
      podcast-dspy pairs list --json
    """
    pairs = open_workspace(ctx).pairs
    text = (
        pairs_table(pairs) if pairs else "no pairs yet; add one: podcast-dspy ingest --pdf PDF --audio AUDIO"
    )
    emit(text, {"pairs": [pair_data(pair) for pair in pairs]}, as_json=as_json)


@app.command()
def show(
    ctx: typer.Context,
    pair: Annotated[str, typer.Argument(metavar="PAIR", help="Id of the pair.")],
    as_json: AsJson = False,
) -> None:
    """Show one pair: concepts, and the podcast's segments over time.

    \b
    Examples:
      podcast-dspy pairs show bloom-filters
      podcast-dspy pairs show bloom-filters --json
    """
    from podcast_dspy.reports import clock, table

    found = open_workspace(ctx).pair(pair)
    data = pair_data(found)
    concepts = [concept.name for concept in found.document_graph.key_concepts]
    segments: list[dict[str, Any]] = [
        {
            "segment_id": segment.segment_id,
            "segment_type": segment.segment_type,
            "confidence": segment.type_confidence,
            "start_time": segment.transcript_segment.start_time,
            "end_time": segment.transcript_segment.end_time,
            "text": segment.transcript_segment.text,
            "atoms": segment.primary_atoms,
            "figures": segment.referenced_figures,
        }
        for segment in found.aligned_segments or ()
    ]
    lines = [
        f"{found.pair_id}: {data['title']}",
        f"{data['duration_minutes']:.1f} minutes, {data['words']} words, {data['pages']} pages",
        f"concepts: {', '.join(concepts)}",
        *shape_lines(found),
    ]
    if segments:
        rows = [
            [
                clock(segment["start_time"]),
                segment["segment_type"].value,
                f"{segment['confidence']:.2f}",
                str(segment["text"])[:70],
            ]
            for segment in segments
        ]
        lines += ["", table(["time", "type", "sure", "text"], rows, left=4)]
    else:
        lines.append(f"not analysed; run: podcast-dspy analyze {found.pair_id}")
    full = {
        **data,
        "concepts": concepts,
        "segments": segments,
        "structure_profile": found.structure_profile,
        "style_profile": found.style_profile,
    }
    emit("\n".join(lines), full, as_json=as_json)


@app.command()
def export(
    ctx: typer.Context,
    output: Annotated[
        Path, typer.Option(metavar="DIR", help="Folder for the Parquet files and their card.")
    ] = Path("pairs"),
    as_json: AsJson = False,
) -> None:
    """Write the pairs as a HuggingFace dataset.

    The folder gets pairs.parquet, segments.parquet and a card.

    \b
    Examples:
      podcast-dspy pairs export --output dataset
      python -c "import datasets; print(datasets.load_dataset('dataset'))"
    """
    workspace = open_workspace(ctx)
    workspace.export_pairs(output)
    files = sorted(str(path) for path in output.iterdir() if path.is_file())
    emit("\n".join(files), {"folder": output, "files": files}, as_json=as_json)
