"""A timeline's files: timeline.json, timeline.otio, captions.vtt, and the cards and figures that it shows as images."""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from podcast_dspy.audio.metadata import cues_of, to_vtt
from podcast_dspy.audio.transcript import TranscriptionResult
from podcast_dspy.documents.graph import DocumentGraph
from podcast_dspy.store import Tree, check_id
from podcast_dspy.visuals.cards import Canvas, draw_card, open_picture, table_picture
from podcast_dspy.visuals.qa import TimelineSyncQA, VisualAssetAlignment, qa_timeline_sync

if TYPE_CHECKING:
    from PIL import Image

SIZE = Canvas(1920, 1080)
_RATE = 30.0
"""Frames a second of the OTIO timeline."""


def save_timeline(
    folder: Path | str,
    timeline: Sequence[VisualAssetAlignment],
    transcription: TranscriptionResult,
    graph: DocumentGraph,
    *,
    audio: str,
    home: Path | None = None,
) -> TimelineSyncQA:
    """Write timeline.json (with its QA), timeline.otio, captions.vtt and cards/*.png, and return the QA.

    `audio` is the recording's file name as players find it from `folder`. Image paths in the files are relative to it,
    or to `home` where it will be moved. Raises InputError for a figure image that cannot be read, WorkspaceError,
    DiskFullError.
    """
    tree = Tree(folder)
    timeline = _with_pictures(tree, (home or tree.root).absolute(), timeline, graph)
    cards = _render_cards(tree, timeline, graph.title)
    quality = qa_timeline_sync(timeline, transcription, graph)
    visuals = [
        visual.model_dump(mode="json")
        | {"figure_path": _from(tree.root, home or tree.root, visual.figure_path), "image": card}
        for visual, card in zip(timeline, cards, strict=True)
    ]
    tree.write_json(
        "timeline.json",
        {
            "title": graph.title,
            "audio": audio,
            "duration": transcription.total_duration,
            "visuals": visuals,
            "captions": [
                {"start_time": cue.start, "end_time": cue.end, "text": cue.text}
                for cue in cues_of(transcription)
            ],
            "qa": quality.model_dump(mode="json"),
        },
    )
    tree.write_text(
        "timeline.otio", _otio(timeline, visuals, graph.title, audio, transcription.total_duration)
    )
    tree.write_text("captions.vtt", to_vtt(transcription))
    return quality


def _render_cards(tree: Tree, timeline: Sequence[VisualAssetAlignment], title: str) -> list[str]:
    """Draw an image for each visual under `cards/`, each different one once; their paths in the tree."""
    paths = []
    drawn: set[str] = set()
    for visual in timeline:
        path = f"cards/{_name(visual)}.png"
        if path not in drawn:
            tree.write_bytes(path, _png(draw_card(visual, SIZE, title)))
            drawn.add(path)
        paths.append(path)
    return paths


def _png(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, format="PNG", compress_level=6)
    return buffer.getvalue()


def _with_pictures(
    tree: Tree, home: Path, timeline: Sequence[VisualAssetAlignment], graph: DocumentGraph
) -> list[VisualAssetAlignment]:
    """The timeline with the pictures of its figures under `tree` or `home`: copied, or drawn from a table's cells."""
    made = []
    for visual in timeline:
        place = Path(visual.figure_path).absolute() if visual.figure_path else None
        inside = place is not None and (place.is_relative_to(tree.root) or place.is_relative_to(home))
        if visual.visual_type == "figure" and not inside:
            name = visual.figure_atom_id or ""
            path = f"figures/{check_id(name)}.png"
            picture = open_picture(place) if place else table_picture(graph.get_atom(name).content)
            tree.write_bytes(path, _png(picture))
            visual = visual.model_copy(update={"figure_path": str(tree.path(path))})
        made.append(visual)
    return made


def _from(folder: Path, home: Path, path: str | None) -> str | None:
    """The path as it is found from the folder, which may be moved together with its figures."""
    if not path:
        return None
    start = folder if Path(path).absolute().is_relative_to(folder) else home
    return Path(os.path.relpath(path, start)).as_posix()


def _name(visual: VisualAssetAlignment) -> str:
    picture = Path(visual.figure_path).name if visual.figure_path else ""
    parts = (visual.figure_atom_id, picture, visual.quote_text, visual.heading, visual.quote_style)
    content = "\0".join(part or "" for part in parts)
    return f"{visual.visual_type}-{hashlib.sha256(content.encode('utf-8', 'replace')).hexdigest()[:10]}"


def _otio(
    timeline: Sequence[VisualAssetAlignment],
    records: Sequence[dict[str, Any]],
    title: str,
    audio: str,
    total: float,
) -> str:
    import opentimelineio as otio

    def span(start: float, end: float) -> Any:
        # Both ends are rounded, not the length, so that clips stay without gaps.
        first, last = round(start * _RATE), round(end * _RATE)
        return otio.opentime.TimeRange(
            otio.opentime.RationalTime(first, _RATE), otio.opentime.RationalTime(last - first, _RATE)
        )

    pictures = otio.schema.Track(name="visuals", kind=otio.schema.TrackKind.Video)
    for visual, record in zip(timeline, records, strict=True):
        length = span(visual.start_time, visual.end_time).duration
        if length.value <= 0:
            continue
        within = otio.opentime.TimeRange(otio.opentime.RationalTime(0, _RATE), length)
        clip = otio.schema.Clip(
            name=visual.quote_text or visual.figure_atom_id or visual.visual_type,
            media_reference=otio.schema.ExternalReference(target_url=record["image"], available_range=within),
            source_range=within,
            metadata={"podcast_dspy": record},
        )
        pictures.append(clip)
    sound = otio.schema.Track(name="podcast", kind=otio.schema.TrackKind.Audio)
    extent = span(0.0, total)
    reference = otio.schema.ExternalReference(target_url=audio, available_range=extent)
    sound.append(otio.schema.Clip(name=audio, media_reference=reference, source_range=extent))
    result = otio.schema.Timeline(name=title)
    result.tracks.append(pictures)
    result.tracks.append(sound)
    return str(otio.adapters.write_to_string(result, "otio_json"))
