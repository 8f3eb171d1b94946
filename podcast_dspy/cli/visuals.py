"""`visuals`: what to show while a podcast plays, as a checked timeline and as a video."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from podcast_dspy.cli.output import note, working
from podcast_dspy.cli.shared import Result, argument, command, new_app, open_workspace, option

if TYPE_CHECKING:
    from podcast_dspy.pairs.pair import TrainingPair
    from podcast_dspy.visuals import TimelineSyncQA
    from podcast_dspy.visuals.video import VideoFiles

app = new_app("What to show while a podcast plays: timeline and video.")


@command(app)
def align(
    pair: Annotated[str, argument("PAIR", "Id of an analysed pair.")],
    output: Annotated[Path | None, option("DIR", "Folder to write.  [default: visuals/PAIR]")] = None,
) -> Result:
    """Align the paper's figures, and cards with what is said, to a podcast.

    Writes timeline.json with a check of the timing, timeline.otio for video editors, captions.vtt, and an image for
    each visual. Episodes made by `generate` have these files already.

    \b
    Examples:
      podcast-dspy visuals align bloom-filters
      podcast-dspy visuals align bloom-filters --output edit --json
    """
    from podcast_dspy.errors import SettingsError
    from podcast_dspy.reports import clock, table

    found = open_workspace().pair(pair)
    if found.aligned_segments is None:
        raise SettingsError(f"{pair} is not analysed yet; run `podcast-dspy analyze {pair}`")
    if not found.audio_path:
        raise SettingsError(f"{pair} has no recording to show visuals to; add one with `ingest --audio`")
    folder = output or Path("visuals") / pair
    with working(stopped="Run the same command to write the rest.") as report:
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
            (one.quote_style or one.visual_type).replace("_", " "),
            f"{one.heading}: {one.quote_text}"[:70] if one.heading else (one.quote_text or "")[:70],
        ]
        for one in timeline
    ]
    lines = [table(["time", "visual", "content"], rows, left=3), "", *_told(quality), str(folder)]
    return "\n".join(lines), {"folder": folder, "visuals": timeline, "qa": quality}


@command(app)
def render(
    folder: Annotated[Path, argument("FOLDER", "Folder that `generate` or `visuals align` has written.")],
    output: Annotated[
        Path | None, option("FILE", "MP4 file to write.  [default: video.mp4 in FOLDER]")
    ] = None,
    size: Annotated[str, option("WIDTHxHEIGHT", "Pixels; 1080x1920 is upright.")] = "1920x1080",
    captions: Annotated[
        Literal["burn", "soft", "off"],
        option(None, "Captions in the picture, as a track that a player can show, or none."),
    ] = "soft",
    audio: Annotated[Path | None, option("FILE", "Recording, where it lies outside of FOLDER.")] = None,
) -> Result:
    """Render an episode as a video: MP4 (H.264, AAC) with chapters and captions, and a JPEG of its title.

    Figures are whole all the time and grow slowly; what is said stands on cards, or in large captions beside
    the sound. At 1080p a minute takes about 25 seconds of one core, at 720p half of that.

    \b
    Examples:
      podcast-dspy visuals render episodes/new
      podcast-dspy visuals render episodes/new --size 1280x720 --captions burn
      podcast-dspy visuals render episodes/new --size 1080x1920 --output short.mp4
      podcast-dspy visuals render visuals/bloom-filters --audio podcast.mp3
    """
    from podcast_dspy.reports import clock

    made = film(folder, output, size=size, captions=captions, audio=audio)
    text = (
        f"{made.video}\n{clock(made.seconds)}, {made.width} x {made.height}, {made.chapters} chapters, "
        f"captions {made.captions}"
    )
    return text, {"video": made}


def film(
    folder: Path,
    output: Path | None = None,
    *,
    size: str = "1920x1080",
    captions: Literal["burn", "soft", "off"] = "soft",
    audio: Path | None = None,
) -> VideoFiles:
    """Render a folder's video with progress, and tell of letters that no font has."""
    from podcast_dspy.visuals.video import parse_size, render_video

    pixels = parse_size(size)
    with working(stopped="No video was written; run `podcast-dspy visuals render` to make it.") as report:
        made = render_video(
            folder,
            output,
            size=pixels,
            captions=captions,
            audio=audio,
            progress=lambda done, total: report("rendering the video", done, total),
        )
    if made.unwritable:
        letters = " ".join(made.unwritable[:10])
        note(
            f"no font of this machine has {letters}; install one that has (fonts-noto-cjk, say) and render again"
        )
    return made


def check_lines(timeline: Path) -> list[str]:
    """The check of a timeline.json that was just written, as lines."""
    from podcast_dspy.store import Tree
    from podcast_dspy.visuals import TimelineSyncQA

    stored = Tree(timeline.parent).read_json(timeline.name)["qa"]
    return _told(
        TimelineSyncQA.model_validate({k: float("nan") if v is None else v for k, v in stored.items()})
    )


def _told(quality: TimelineSyncQA) -> list[str]:
    from podcast_dspy.reports import clock

    verdict = "passed" if quality.passed else "failed"
    return [
        f"timeline check {verdict}: {quality.sync_score:.0f} of 100, "
        f"visuals cover {quality.visual_coverage:.0f}% of the time",
        *(
            f"{clock(p.timestamp)}  {p.severity}  {p.issue}: {p.expected}; {p.actual}"
            for p in quality.desync_points
        ),
    ]


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
