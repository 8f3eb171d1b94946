"""What is on screen when, whether the check of it finds what is wrong, and how long rendering takes.

    python benchmarks/video.py                             # timelines of the example pairs
    python benchmarks/video.py --data /path/to/data        # and of podcasts of people and of other scripts
    python benchmarks/video.py --render EPISODE_FOLDER ... # seconds that a minute of video takes to render

Timelines are placed on hand-made segments; word times are spread over each. `title`, `figure`, `statement` (quotes,
questions, definitions, numbers, points) and `captions` are shares of the time. `named` counts spoken references to
figures, `on time` those whose figure is there within 2.5 s. `false` are points that the check finds in the timeline as
it was placed, but for references to figures that the paper has not. `overlap` is the time that a figure is shown and
spoken of over the time of either, as somebody read the transcript; `points by hand` is what the check
finds in a timeline of those times. A desync counts as found if the check names it and did not before.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from human_episodes import human_episodes
from trust_corpus import EXAMPLES, data_cases, example_cases
from video_desyncs import DESYNCS, Episode

from podcast_dspy.analysis.results import AlignedSegment
from podcast_dspy.audio.transcript import TranscriptionResult
from podcast_dspy.documents import read_document
from podcast_dspy.documents.graph import DocumentGraph
from podcast_dspy.signatures.types import SegmentType
from podcast_dspy.visuals import (
    FigureIndex,
    TimelineSyncQA,
    VisualAssetAlignment,
    align_visuals_to_transcript,
    qa_timeline_sync,
)
from podcast_dspy.visuals.video import parse_size, render_video

READ_BY_HAND = {
    "bloom-filters": {"2": (113.0, 126.7), "3": (233.7, 247.6)},
    "graph-colouring": {"1": (149.4, 189.3), "2": (233.1, 256.6)},
    "label-noise": {"1": (105.7, 121.0), "2": (157.7, 175.6)},
    "network-vaccination": {"1": (110.5, 127.8), "2": (159.6, 179.3)},
}
"""Seconds during which the hosts of the example pairs speak of a figure, as somebody read their transcripts."""
SIZES = ("1920x1080", "1280x720", "1080x1920")


def pictured(paper: Path, folder: Path) -> DocumentGraph:
    """A paper with the pictures of its figures."""
    return read_document(paper, images_dir=folder / paper.parent.name)


def episodes(data: Path | None, folder: Path) -> Iterator[Episode]:
    """Podcasts with hand-made segments, and the timelines that are placed on them."""
    for case in [*example_cases(), *(data_cases(data) if data else [])]:
        pair = case.pair
        yield placed(
            pair.pair_id, Path(pair.pdf_path), pair.aligned_segments or (), pair.transcription, folder
        )
    for human in human_episodes(data / "human") if data else []:
        labelled = human.labelled
        spoken = {one.segment_id: one for one in human.transcription.segments}
        segments = [
            AlignedSegment(segment_id=key, transcript_segment=one, segment_type=label or SegmentType.TANGENT)
            for (key, one), label in zip(spoken.items(), labelled.labels, strict=True)
        ]
        paper = next((data / "human" / labelled.episode_id).glob("paper.*")) if data else EXAMPLES
        yield placed(labelled.episode_id, paper, segments, human.transcription, folder)


def placed(
    name: str, paper: Path, segments: object, transcription: TranscriptionResult, folder: Path
) -> Episode:
    graph = pictured(paper, folder)
    timeline = align_visuals_to_transcript(list(segments), graph, transcription)  # type: ignore[call-overload]
    return Episode(name, timeline, graph, transcription)


def checked(episode: Episode, timeline: object = None) -> TimelineSyncQA:
    visuals = episode.timeline if timeline is None else timeline
    return qa_timeline_sync(visuals, episode.transcription, episode.graph)  # type: ignore[arg-type]


def timelines(data: Path | None) -> None:
    """Print the table of the timelines, and that of the desyncs."""
    found: Counter[str] = Counter()
    tried: Counter[str] = Counter()
    by_hand: list[tuple[str, ...]] = []
    sys.stdout.write(
        "| episode | visuals | title | figure | statement | captions | named | on time | false |\n"
    )
    sys.stdout.write(f"|---|{'---|' * 8}\n")
    with tempfile.TemporaryDirectory() as folder:
        for episode in episodes(data, Path(folder)):
            shares: Counter[str] = Counter()
            for visual in episode.timeline:
                kind = "title" if visual.quote_style == "title" else visual.visual_type
                shares[kind] += visual.duration / episode.transcription.total_duration  # type: ignore[assignment]
            good = checked(episode)
            false = [point for point in good.desync_points if point.issue != "figure_unknown"]
            mentions = sum(figure is not None for figure in named(episode))
            cells = (
                f"{shares[kind]:.0%}" if isinstance(kind, str) else f"{shares[kind[0]] + shares[kind[1]]:.0%}"
                for kind in ("title", "figure", ("title_card", "quote_card"), "broll")
            )
            accuracy = "-" if mentions == 0 else f"{good.figure_timing_accuracy:.0%}"
            row = (episode.name, len(episode.timeline), *cells, mentions, accuracy, len(false))
            sys.stdout.write(f"| {' | '.join(map(str, row))} |\n")
            for point in false:
                sys.stderr.write(
                    f"{episode.name} {point.timestamp:.1f} {point.issue} {point.expected}: {point.actual}\n"
                )
            if episode.name in READ_BY_HAND:
                by_hand.append(compared(episode))
            before = Counter(point.issue for point in good.desync_points)
            for name, (damage, issues) in DESYNCS.items():
                damaged = damage(episode)
                if damaged is not None:
                    after = Counter(point.issue for point in checked(episode, damaged).desync_points)
                    tried[name] += 1
                    found[name] += any(after[issue] > before[issue] for issue in issues)
    sys.stdout.write("\n| episode | figures | overlap | points by hand |\n|---|---|---|---|\n")
    for row in by_hand:
        sys.stdout.write(f"| {' | '.join(row)} |\n")
    sys.stdout.write("\n| desync | episodes | found |\n|---|---|---|\n")
    for name in DESYNCS:
        sys.stdout.write(f"| {name} | {tried[name]} | {found[name]} |\n")


def named(episode: Episode) -> Iterator[object]:
    from podcast_dspy.visuals.figure_talk import FigureTalk

    return (figure for _, figure in FigureTalk(episode.transcription, episode.graph).mentions)


def compared(episode: Episode) -> tuple[str, ...]:
    """Name, figures, their overlap with the times read by hand, and points found in a timeline of those times."""
    index, total = FigureIndex(episode.graph), episode.transcription.total_duration
    figures = {atom.figure_number: atom for atom in index.atoms.values() if atom.atom_type == "figure"}
    shared = union = 0.0
    timeline: list[VisualAssetAlignment] = []
    since = 0.0
    for number, (start, end) in READ_BY_HAND[episode.name].items():
        shown = [v for v in episode.timeline if v.figure_atom_id == figures[number].atom_id]
        both = sum(max(0.0, min(end, v.end_time) - max(start, v.start_time)) for v in shown)
        shared, union = shared + both, union + end - start + sum(v.duration for v in shown) - both
        figure = {"figure_atom_id": figures[number].atom_id, "figure_path": figures[number].file_path}
        timeline += [one("broll", since, start), one("figure", start, end, **figure)]
        since = end
    timeline.append(one("broll", since, total))
    points = len(checked(episode, timeline).desync_points)
    return episode.name, str(len(READ_BY_HAND[episode.name])), f"{shared / union:.0%}", str(points)


def one(kind: str, start: float, end: float, **more: object) -> VisualAssetAlignment:
    return VisualAssetAlignment.model_validate(
        {
            "segment_id": "s",
            "start_time": start,
            "end_time": end,
            "visual_type": kind,
            "animation_type": "static",
        }
        | more
    )


def rendering(folders: list[Path], sizes: list[str]) -> None:
    """Print how long videos take."""
    sys.stdout.write(
        "| episode | size | captions | seconds | s per minute | CPU s per minute | MB per minute |\n"
    )
    sys.stdout.write(f"|---|{'---|' * 6}\n")
    for folder in folders:
        for size in sizes:
            for captions in ("soft", "burn"):
                with tempfile.TemporaryDirectory() as scratch:
                    began, used = time.perf_counter(), time.process_time()
                    made = render_video(
                        folder,
                        Path(scratch) / "video.mp4",
                        size=parse_size(size),
                        captions=captions,  # type: ignore[arg-type]
                    )
                    wall, cpu = time.perf_counter() - began, time.process_time() - used
                    minutes = made.seconds / 60
                    megabytes = made.video.stat().st_size / 1e6 / minutes
                row = (folder.name, size, captions, f"{made.seconds:.0f}", f"{wall / minutes:.1f}")
                sys.stdout.write(f"| {' | '.join((*row, f'{cpu / minutes:.1f}', f'{megabytes:.1f}'))} |\n")
                sys.stdout.flush()
    sys.stdout.write(f"\n{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the end.\n")


def main() -> int:
    """Print the tables; returns the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, help="podcasts from elsewhere")
    parser.add_argument("--render", type=Path, nargs="+", default=[], help="folders of episodes to render")
    parser.add_argument("--size", nargs="+", default=list(SIZES), help="sizes to render in")
    options = parser.parse_args()
    if options.render:
        rendering(options.render, options.size)
    else:
        timelines(options.data)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
