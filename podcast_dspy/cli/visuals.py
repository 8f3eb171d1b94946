"""`visuals`: what to show while a podcast plays."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from podcast_dspy.cli.output import emit, note
from podcast_dspy.cli.progress import working
from podcast_dspy.cli.shared import AsJson, open_workspace, state_of

if TYPE_CHECKING:
    from podcast_dspy.pairs.pair import TrainingPair

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(visuals)


def _audio(pair: TrainingPair, folder: Path) -> str:
    """The recording as it is found from a folder; its bare name if what is there is not what the pair was made of."""
    from podcast_dspy.store import file_sha256

    recording = Path(pair.audio_path)
    if recording.is_file() and file_sha256(recording) == pair.transcription.sha256:
        return Path(os.path.relpath(recording, folder)).as_posix()
    note(
        f"{recording} is not the recording of {pair.pair_id}: the timeline names it, and its file has to be put beside"
    )
    return recording.name


def visuals(
    ctx: typer.Context,
    pair: Annotated[str, typer.Argument(metavar="PAIR", help="Id of an analysed pair.")],
    output: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder to write.  [default: visuals/PAIR]")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Align the paper's figures and quotes to a podcast.

    Writes timeline.json with a check of the timing, timeline.otio for video editors, captions.vtt, and an image for
    each visual. Episodes made by `generate` have these files already.

    \b
    Examples:
      podcast-dspy visuals bloom-filters
      podcast-dspy visuals bloom-filters --output edit --json
    """
    from podcast_dspy.errors import SettingsError
    from podcast_dspy.reports import clock, table

    found = open_workspace(ctx).pair(pair)
    if found.aligned_segments is None:
        raise SettingsError(f"{pair} is not analysed yet; run `podcast-dspy analyze {pair}`")
    folder = output or Path("visuals") / pair
    with working(state_of(ctx), stopped="Run the same command to write the rest.") as report:
        from podcast_dspy.visuals import align_visuals_to_transcript, save_timeline

        report(f"aligning visuals to {Path(found.audio_path).name}", 0, 1)
        timeline = align_visuals_to_transcript(
            found.aligned_segments, found.document_graph, found.transcription
        )
        audio = _audio(found, folder)
        quality = save_timeline(folder, timeline, found.transcription, found.document_graph, audio=audio)
    rows = [
        [
            clock(one.start_time),
            one.visual_type.replace("_", " "),
            (one.figure_atom_id or one.quote_text or "")[:70],
        ]
        for one in timeline
    ]
    verdict = "passed" if quality.passed else "failed"
    lines = [
        table(["time", "visual", "content"], rows, left=3),
        "",
        f"check {verdict}: {quality.sync_score:.0f} of 100, visuals cover {quality.visual_coverage:.0f}% of the time",
        *(
            f"{clock(p.timestamp)}  {p.severity}  {p.issue}: {p.expected}; {p.actual}"
            for p in quality.desync_points
        ),
        str(folder),
    ]
    emit("\n".join(lines), {"folder": folder, "visuals": timeline, "qa": quality}, as_json=as_json)
