"""An episode's folder as a video: MP4 with H.264, AAC, chapters and captions, and a JPEG to show for it."""

from __future__ import annotations

import io
import os
import tempfile
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from podcast_dspy.audio.decoding import decode_recording
from podcast_dspy.errors import InputError, UsageError, WorkspaceError
from podcast_dspy.store import Tree, workspace_errors
from podcast_dspy.visuals.cards import unwritable
from podcast_dspy.visuals.qa import VisualAssetAlignment
from podcast_dspy.visuals.timeline import Captions, Film, Line

_FPS = 25
_AUDIO_RATE = 48_000
_SIDES = (240, 4096)
_THUMBNAIL = 1280


class VideoFiles(BaseModel):
    """What was rendered; `seconds` of the video, `unwritable` letters that no font of this machine has."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    video: Path
    thumbnail: Path
    seconds: float
    width: int
    height: int
    chapters: int
    captions: Captions
    unwritable: tuple[str, ...] = ()


def parse_size(text: str) -> tuple[int, int]:
    """`1920x1080` as (1920, 1080). Raises UsageError."""
    width, _, height = text.lower().partition("x")
    low, high = _SIDES
    if not (width.isdecimal() and height.isdecimal()):
        raise UsageError(f"a size is written like 1920x1080, not {text!r}")
    size = int(width), int(height)
    if not all(low <= side <= high and side % 2 == 0 for side in size):
        raise UsageError(f"both sides of a video are even numbers from {low} to {high}, not {text}")
    return size


def render_video(
    folder: Path | str,
    output: Path | None = None,
    *,
    size: tuple[int, int] = (1920, 1080),
    captions: Captions = "soft",
    audio: Path | None = None,
    progress: Callable[[float, float], None] = lambda done, total: None,
) -> VideoFiles:
    """Render the folder of an episode (timeline.json and the files that it names) as `output` (video.mp4 in it).

    `audio` replaces the recording that the timeline names; it is needed where that lies outside of the folder.
    `progress` is told the seconds rendered and the seconds in all. The video appears whole or not at all.
    Raises InputError for a folder without a usable timeline, AudioError, WorkspaceError, DiskFullError.
    """
    tree = Tree(folder)
    timeline = _read(tree)
    sound = audio or _recording(tree, timeline.audio)
    target = output or tree.root / "video.mp4"
    samples = decode_recording(sound, _AUDIO_RATE)
    duration = len(samples) / _AUDIO_RATE
    film = Film(
        timeline.visuals,
        timeline.lines,
        samples,
        _AUDIO_RATE,
        title=timeline.title,
        size=size,
        captions=captions,
    )
    chapters = _chapters(tree)
    thumbnail = target.with_suffix(".jpg")
    with workspace_errors(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{target.stem}-", suffix=".mp4", dir=target.parent)
        os.close(handle)
        try:
            _encode(Path(name), film, samples, timeline, chapters, size, captions, progress)
            Path(name).chmod(0o644)
            Path(name).replace(target)
        finally:
            Path(name).unlink(missing_ok=True)
        picture = film.picture(0.0)
        picture.thumbnail((_THUMBNAIL, _THUMBNAIL))
        buffer = io.BytesIO()
        picture.save(buffer, format="JPEG", quality=90)
        thumbnail.write_bytes(buffer.getvalue())
    texts = [text for visual in timeline.visuals for text in (visual.quote_text, visual.heading) if text]
    return VideoFiles(
        video=target,
        thumbnail=thumbnail,
        seconds=duration,
        width=size[0],
        height=size[1],
        chapters=len(chapters),
        captions=captions,
        unwritable=tuple(unwritable("".join(texts))),
    )


def _recording(tree: Tree, name: str) -> Path:
    try:
        return Path(tree.stored(name))
    except WorkspaceError:
        raise InputError(
            f"the recording {name} lies outside of {tree.root}; name it with --audio FILE"
        ) from None


class _Timeline(BaseModel):
    model_config = ConfigDict(frozen=True)

    title: str
    audio: str
    visuals: tuple[VisualAssetAlignment, ...]
    captions: tuple[dict[str, Any], ...]

    @property
    def lines(self) -> list[Line]:
        return [
            Line(str(one["text"]), float(one["start_time"]), float(one["end_time"])) for one in self.captions
        ]


def _read(tree: Tree) -> _Timeline:
    if not tree.path("timeline.json").exists():
        raise InputError(
            f"{tree.root} has no timeline.json; give the folder of an episode that `podcast-dspy generate` or "
            "`podcast-dspy visuals align` wrote"
        )
    document = tree.read_json("timeline.json")
    try:
        for visual in document["visuals"]:
            visual.pop("image", None)
            if visual.get("figure_path"):
                visual["figure_path"] = tree.stored(visual["figure_path"])
        timeline = _Timeline.model_validate(document)
        timeline.lines  # noqa: B018 - whether they can be read
    except (KeyError, TypeError, AttributeError, ValueError, ValidationError) as error:
        raise InputError(
            f"timeline.json of {tree.root} is of another version or damaged; generate the episode again"
        ) from error
    if not timeline.visuals:
        raise InputError(f"timeline.json of {tree.root} holds no visuals; generate the episode again")
    return timeline


def _chapters(tree: Tree) -> list[dict[str, Any]]:
    """Chapters for the container, in milliseconds; none where the folder has none."""
    if not tree.path("chapters.json").exists():
        return []
    try:
        return [
            {
                "id": number,
                "start": round(1000 * float(chapter["startTime"])),
                "end": round(1000 * float(chapter["endTime"])),
                "time_base": Fraction(1, 1000),
                "metadata": {"title": str(chapter["title"])},
            }
            for number, chapter in enumerate(tree.read_json("chapters.json")["chapters"])
        ]
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(f"chapters.json of {tree.root} is damaged; generate the episode again") from error


def _encode(
    path: Path,
    film: Film,
    samples: Any,
    timeline: _Timeline,
    chapters: list[dict[str, Any]],
    size: tuple[int, int],
    captions: Captions,
    progress: Callable[[float, float], None],
) -> None:
    import av

    duration = len(samples) / _AUDIO_RATE
    with av.open(str(path), "w", format="mp4", options={"movflags": "+faststart"}) as container:
        container.metadata["title"] = timeline.title
        if chapters:
            container.set_chapters(chapters)  # type: ignore[arg-type]
        options = {"preset": "superfast", "crf": "20", "tune": "stillimage"}
        video: Any = container.add_stream("libx264", rate=_FPS, options=options)
        video.width, video.height, video.pix_fmt = *size, "yuv420p"
        video.codec_context.gop_size = 10 * _FPS
        video.codec_context.colorspace = video.codec_context.color_primaries = 1  # BT.709
        video.codec_context.color_trc = 1
        sound: Any = container.add_stream("aac", rate=_AUDIO_RATE, layout="mono")
        sound.codec_context.bit_rate = 96_000
        text: Any = container.add_stream("mov_text") if captions == "soft" else None
        if text is not None:
            text.codec_context.subtitle_header = _ASS_HEADER
            text.time_base = Fraction(1, 1000)
        spoken = _audio_packets(sound, samples)
        written = _text_packets(text, timeline.lines) if text is not None else iter(())
        waiting = [next(spoken, None), next(written, None)]
        for number, frame in enumerate(_frames(film, round(duration * _FPS))):
            container.mux(video.encode(frame))
            now = number / _FPS
            for which, source in enumerate((spoken, written)):
                while (packet := waiting[which]) is not None and packet[0] <= now:
                    container.mux(packet[1])
                    waiting[which] = next(source, None)
            if number % _FPS == 0:
                progress(now, duration)
        container.mux(video.encode(None))
        for which, source in enumerate((spoken, written)):
            while (packet := waiting[which]) is not None:
                container.mux(packet[1])
                waiting[which] = next(source, None)
        progress(duration, duration)


def _frames(film: Film, count: int) -> Iterator[Any]:
    """The frames of a film; one that is like the one before is drawn and converted once."""
    import av
    import numpy as np

    before: object = None
    frame: Any = None
    for number in range(max(1, count)):
        time = number / _FPS
        key = film.key(time)
        if frame is None or key != before:
            drawn = av.VideoFrame.from_ndarray(np.asarray(film.picture(time)), format="rgb24")
            frame = drawn.reformat(format="yuv420p", dst_colorspace="ITU709")
            before = key
        frame.pts, frame.time_base = number, Fraction(1, _FPS)
        yield frame


def _audio_packets(stream: Any, samples: Any) -> Iterator[tuple[float, Any]]:
    """The sound's packets, each with the second at which it begins."""
    import av
    import numpy as np

    size = 1024
    for start in range(0, len(samples), size):
        piece = np.zeros((1, size), np.float32)
        part = samples[start : start + size]
        piece[0, : len(part)] = part
        frame = av.AudioFrame.from_ndarray(piece, format="fltp", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = _AUDIO_RATE, start, Fraction(1, _AUDIO_RATE)
        for packet in stream.encode(frame):
            yield start / _AUDIO_RATE, packet
    for packet in stream.encode(None):
        yield len(samples) / _AUDIO_RATE, packet


_ASS_HEADER = b"[Script Info]\r\nScriptType: v4.00+\r\n\r\n[Events]\r\n"
"""What the encoder of captions wants to know of styles: nothing."""


def _text_packets(stream: Any, lines: list[Line]) -> Iterator[tuple[float, Any]]:
    """Captions as packets of timed text, each with the second at which it begins."""
    from av.subtitles.subtitle import SubtitleSet

    for number, line in enumerate(lines):
        plain = line.text.replace("\\", "⧵").replace("{", "(").replace("}", ")").replace("\n", " ")
        event = f"{number},0,Default,,0,0,0,,{plain}".encode()
        length = round(1000 * (line.end - line.start))
        packet = stream.codec_context.encode_subtitle(SubtitleSet.create(event, 0, length, 0))
        packet.stream, packet.time_base = stream, Fraction(1, 1000)
        packet.pts = packet.dts = round(1000 * line.start)
        packet.duration = length
        yield line.start, packet
