"""A timeline's files, and what it looks like at each moment (slow figures, cards, captions, the sound's level)."""

from __future__ import annotations

import bisect
import hashlib
import io
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

from podcast_dspy.audio.decoding import Sound, blocks
from podcast_dspy.audio.metadata import cues_of, lines_of, to_vtt
from podcast_dspy.audio.transcript import TranscriptionResult
from podcast_dspy.documents.graph import DocumentGraph
from podcast_dspy.store import Tree, check_id
from podcast_dspy.visuals.cards import (
    Canvas,
    draw_card,
    figure_stage,
    fitted,
    large_captions,
    line_height,
    open_picture,
    table_picture,
    width_of,
    within,
    write,
)
from podcast_dspy.visuals.qa import TimelineSyncQA, VisualAssetAlignment, qa_timeline_sync

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
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


Captions = Literal["burn", "soft", "off"]
_FADE = 0.4
"""Seconds over which one visual gives way to the next."""
_ROOM = 0.08
"""How much smaller than its box a figure begins: it moves, and is whole all the time."""
_BARS, _BAR_SECONDS = 48, 0.12
_STRIP = 150
"""Height of the strip of burnt-in captions, in pixels of 1080p."""
_DARK, _TEXT, _BAR = (12, 17, 26), (255, 255, 255), (240, 150, 110)


@dataclass(frozen=True)
class Line:
    """A caption, and when it is spoken (seconds)."""

    text: str
    start: float
    end: float


class _Scene(Protocol):
    def step(self, time: float) -> float:
        """The same for two times at which the picture is."""
        ...

    def frame(self, time: float) -> Image.Image:
        """The picture at a time of the episode."""
        ...


@dataclass(frozen=True)
class _Still:
    image: Image.Image

    def step(self, time: float) -> float:
        return 0.0

    def frame(self, time: float) -> Image.Image:
        return self.image


class _Figure:
    """Ken Burns: the figure grows from 92% of its box to all of it, without ever being cut."""

    def __init__(self, visual: VisualAssetAlignment, canvas: Canvas) -> None:
        from PIL import Image

        self._visual = visual
        self._stage, (left, top, right, bottom) = figure_stage(visual, canvas)
        figure = within(open_picture(visual.figure_path or ""), right - left, bottom - top)
        side = [round(length * _ROOM / (1 - _ROOM) / 2) for length in figure.size]
        self._corner = (left + right - figure.width) // 2, (top + bottom - figure.height) // 2
        self._padded = Image.new("RGB", (figure.width + 2 * side[0], figure.height + 2 * side[1]), "white")
        self._padded.paste(figure, (side[0], side[1]))
        self._side, self._size = side, figure.size

    def step(self, time: float) -> float:
        return time

    def frame(self, time: float) -> Image.Image:
        from PIL import Image

        done = min(1.0, max(0.0, (time - self._visual.start_time) / self._visual.duration))
        x, y = self._side[0] * done, self._side[1] * done
        box = (x, y, self._padded.width - x, self._padded.height - y)
        image = self._stage.copy()
        image.paste(self._padded.resize(self._size, Image.Resampling.BICUBIC, box=box), self._corner)
        return image


class _Speech:
    """What is said in large letters, and bars that follow the sound."""

    def __init__(self, lines: Sequence[Line], levels: NDArray[np.float32], canvas: Canvas) -> None:
        self._lines, self._levels, self._canvas = lines, levels, canvas
        self._starts = [line.start for line in lines]
        self._drawn: tuple[int, Image.Image] | None = None

    def step(self, time: float) -> float:
        return self._number(time) + time // _BAR_SECONDS * 1e-6

    def _number(self, time: float) -> int:
        return max(0, bisect.bisect_right(self._starts, time) - 1)

    def frame(self, time: float) -> Image.Image:
        from PIL import ImageDraw

        number = self._number(time)
        if self._drawn is None or self._drawn[0] != number:
            text = self._lines[number].text if self._lines else ""
            self._drawn = number, large_captions(text, self._canvas)
        image = self._drawn[1].copy()
        draw, canvas = ImageDraw.Draw(image), self._canvas
        step = (canvas.width - 2 * canvas.margin) / _BARS
        middle, most = round(canvas.height * 0.82), canvas.px(110)
        for bar in range(_BARS):
            at = int(time // _BAR_SECONDS) + bar - _BARS // 2
            level = float(self._levels[at]) if 0 <= at < len(self._levels) else 0.0
            height = max(canvas.px(4), round(most * level))
            x = canvas.margin + bar * step
            colour = _BAR if bar <= _BARS // 2 else (74, 84, 102)
            draw.rectangle((x, middle - height, x + step * 0.55, middle + height), fill=colour)
        return image


class Film:
    """A timeline as pictures of one size."""

    def __init__(
        self,
        visuals: Sequence[VisualAssetAlignment],
        lines: Sequence[Line],
        sound: Sound,
        rate: int,
        *,
        title: str,
        size: tuple[int, int],
        captions: Captions,
    ) -> None:
        """The bars follow `sound` (mono, -1..1 at `rate` Hz)."""
        self._visuals, self._lines, self._title = visuals, lines, title
        self._whole = Canvas(*size)
        self._large = 1.6 if size[1] > size[0] else 1.0
        """Captions of an upright picture are for phones."""
        self._strip = self._whole.px(_STRIP * self._large) if captions == "burn" else 0
        self._canvas = Canvas(size[0], size[1] - self._strip)
        self._levels = _levels(sound, rate)
        self._starts = [visual.start_time for visual in visuals]
        self._line_starts = [line.start for line in lines]
        self._scenes: dict[int, _Scene] = {}
        self._captioned: dict[int, Image.Image] = {}

    def key(self, time: float) -> object:
        """What is the same for two times at which the picture is."""
        number = self._visual(time)
        fading = number > 0 and time - self._starts[number] < _FADE
        return time if fading else (number, self._scene(number).step(time), self._line(time))

    def picture(self, time: float) -> Image.Image:
        """The whole picture at a time."""
        from PIL import Image

        number = self._visual(time)
        image = self._scene(number).frame(time)
        since = time - self._starts[number]
        if number > 0 and since < _FADE:
            before = self._scene(number - 1).frame(self._starts[number])
            image = Image.blend(before, image, since / _FADE)
        if not self._strip:
            return image
        frame = Image.new("RGB", self._whole.size, _DARK)
        frame.paste(image, (0, 0))
        line = self._line(time)
        if line is not None:
            frame.paste(self._caption(line), (0, self._canvas.height))
        return frame

    def _visual(self, time: float) -> int:
        return max(0, bisect.bisect_right(self._starts, time) - 1)

    def _scene(self, number: int) -> _Scene:
        if number not in self._scenes:
            self._scenes = {key: scene for key, scene in self._scenes.items() if key == number - 1}
            self._scenes[number] = self._made(self._visuals[number])
        return self._scenes[number]

    def _made(self, visual: VisualAssetAlignment) -> _Scene:
        if visual.visual_type == "broll":
            inside = [
                line for line in self._lines if line.end > visual.start_time and line.start < visual.end_time
            ]
            return _Speech(inside, self._levels, self._canvas)
        if visual.visual_type == "figure" and visual.figure_path is not None:
            return _Figure(visual, self._canvas)
        return _Still(draw_card(visual, self._canvas, self._title))

    def _line(self, time: float) -> int | None:
        """Number of the caption in the strip; large captions are not written twice."""
        if not self._strip or self._visuals[self._visual(time)].visual_type == "broll":
            return None
        number = bisect.bisect_right(self._line_starts, time) - 1
        return number if number >= 0 and time < self._lines[number].end else None

    def _caption(self, number: int) -> Image.Image:
        if number not in self._captioned:
            canvas = Canvas(self._whole.width, self._strip)
            image, draw = canvas.blank(_DARK)
            px, width = self._whole.px, self._whole.width - 2 * self._whole.px(60)
            text, room = self._lines[number].text, self._strip - self._whole.px(16)
            size, lines = fitted(
                text, "plain", sizes=(px(48 * self._large), px(24)), width=width, height=room
            )
            if len(lines) == 2:  # of about equal length, parted between phrases
                lines = (
                    lines_of(text)
                    if max(width_of(one, "plain", size) for one in lines_of(text)) <= width
                    else lines
                )
            top = (self._strip - len(lines) * line_height(size)) // 2
            write(draw, lines, "plain", size, (0, top), _TEXT, centre=canvas.width / 2)
            self._captioned = {number: image}
        return self._captioned[number]


def _levels(sound: Sound, rate: int) -> NDArray[np.float32]:
    """Loudness of each bar's stretch of sound, 0-1."""
    import numpy as np

    length = max(1, round(rate * _BAR_SECONDS))
    levels = np.array([np.sqrt(np.mean(part * part)) for _, part in blocks(sound, length)], np.float32)
    return np.asarray(levels / max(float(levels.max(initial=0.0)), 1e-6), dtype=np.float32)
