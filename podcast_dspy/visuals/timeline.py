"""A timeline's files: timeline.json, timeline.otio, captions.vtt, and the cards and figures that it shows as images."""

from __future__ import annotations

import hashlib
import importlib.util
import io
import os
import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from podcast_dspy.audio.caption_writer import to_vtt
from podcast_dspy.audio.transcript import TranscriptionResult
from podcast_dspy.documents.graph import DocumentAtom, DocumentGraph
from podcast_dspy.errors import InputError
from podcast_dspy.store import Tree
from podcast_dspy.text.sentences import split_sentences
from podcast_dspy.text.words import content_stems
from podcast_dspy.visuals.figure_mentions import tokens
from podcast_dspy.visuals.qa import TimelineSyncQA, VisualAssetAlignment, qa_timeline_sync

if TYPE_CHECKING:
    from PIL import Image, ImageDraw, ImageFont

__all__ = [
    "SIZE",
    "extract_key_quote",
    "figure_card",
    "quote_card",
    "render_cards",
    "save_timeline",
    "title_card",
]

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
    cards = render_cards(tree, timeline, graph)
    quality = qa_timeline_sync(timeline, transcription, graph)
    visuals = [
        visual.model_dump(mode="json")
        | {"figure_path": _from(home or tree.root, visual.figure_path), "image": card}
        for visual, card in zip(timeline, cards, strict=True)
    ]
    tree.write_json(
        "timeline.json",
        {
            "audio": audio,
            "duration": transcription.total_duration,
            "visuals": visuals,
            "qa": quality.model_dump(mode="json"),
        },
    )
    tree.write_text("timeline.otio", _otio(timeline, cards, graph.title, audio, transcription.total_duration))
    tree.write_text("captions.vtt", to_vtt(transcription))
    return quality


def render_cards(tree: Tree, timeline: Sequence[VisualAssetAlignment], graph: DocumentGraph) -> list[str]:
    """Draw an image for each visual under `cards/`, each different one once; their paths in the tree."""
    figures = {atom.atom_id: atom for atom in (*graph.get_figures(), *graph.get_tables())}
    paths = []
    drawn: set[str] = set()
    for visual in timeline:
        path = f"cards/{_name(visual)}.png"
        if path not in drawn:
            image = _drawn(visual, figures.get(visual.figure_atom_id or ""), graph.title)
            buffer = io.BytesIO()
            image.save(buffer, format="PNG", compress_level=6)
            tree.write_bytes(path, buffer.getvalue())
            drawn.add(path)
        paths.append(path)
    return paths


def _from(folder: Path, path: str | None) -> str | None:
    """The path as it is found from the folder, which may be moved together with its figures."""
    return Path(os.path.relpath(path, folder)).as_posix() if path else None


def _name(visual: VisualAssetAlignment) -> str:
    picture = Path(visual.figure_path).name if visual.figure_path else ""
    content = "\0".join([visual.figure_atom_id or "", picture, visual.quote_text or ""])
    return f"{visual.visual_type}-{hashlib.sha256(content.encode('utf-8', 'replace')).hexdigest()[:10]}"


def _drawn(visual: VisualAssetAlignment, figure: DocumentAtom | None, title: str) -> Image.Image:
    if visual.visual_type == "figure" and figure is not None:
        label = f"{figure.atom_type.capitalize()} {figure.figure_number or ''}".strip()
        return figure_card(
            Path(visual.figure_path) if visual.figure_path else None, label, figure.caption or ""
        )
    if visual.visual_type == "quote_card":
        return quote_card(visual.quote_text or "", title)
    return title_card(visual.quote_text or title, title)


def _otio(
    timeline: Sequence[VisualAssetAlignment], cards: Sequence[str], title: str, audio: str, total: float
) -> str:
    import opentimelineio as otio

    def span(start: float, end: float) -> Any:
        # Both ends are rounded, not the length, so that clips stay without gaps.
        first, last = round(start * _RATE), round(end * _RATE)
        return otio.opentime.TimeRange(
            otio.opentime.RationalTime(first, _RATE), otio.opentime.RationalTime(last - first, _RATE)
        )

    pictures = otio.schema.Track(name="visuals", kind=otio.schema.TrackKind.Video)
    for visual, card in zip(timeline, cards, strict=True):
        length = span(visual.start_time, visual.end_time).duration
        if length.value <= 0:
            continue
        within = otio.opentime.TimeRange(otio.opentime.RationalTime(0, _RATE), length)
        clip = otio.schema.Clip(
            name=visual.quote_text or visual.figure_atom_id or visual.visual_type,
            media_reference=otio.schema.ExternalReference(target_url=card, available_range=within),
            source_range=within,
            metadata={"podcast_dspy": visual.model_dump(mode="json")},
        )
        pictures.append(clip)
    sound = otio.schema.Track(name="podcast", kind=otio.schema.TrackKind.Audio)
    whole = span(0.0, total)
    reference = otio.schema.ExternalReference(target_url=audio, available_range=whole)
    sound.append(otio.schema.Clip(name=audio, media_reference=reference, source_range=whole))
    result = otio.schema.Timeline(name=title)
    result.tracks.append(pictures)
    result.tracks.append(sound)
    return str(otio.adapters.write_to_string(result, "otio_json"))


_SHORTEST, _LONGEST, _BEST = 6, 32, 15
_RESULT = re.compile(
    r"\b(?:found|finds?|shows?|showed|shown|reveal\w*|demonstrat\w*|prov\w+|achiev\w*|reach\w*|improv\w*|reduc\w*"
    r"|increas\w*|decreas\w*|outperform\w*|beats?|faster|slower|better|worse|higher|lower|larger|smaller|fewer|more"
    r"|less|most|least|best|only|never|always|doubl\w*|halv\w*|percent|times|significant\w*|because|means)\b|%",
    re.IGNORECASE,
)
_NUMBER = re.compile(
    r"\d|\b(?:two|three|four|five|six|seven|eight|nine|ten|twenty|thirty|fifty|hundred|thousand|million|half)\b",
    re.IGNORECASE,
)
_DEPENDENT = re.compile(
    r"^(?:so|and|but|or|now|well|okay|ok|yeah|yes|no|right|anyway|also|because|which|that's|this is|it's|let's|let us"
    r"|welcome|hello|hi|thanks|thank you|here's|here is|next|then|i|i'm|you|they|he|she|it|this|these|those)\b",
    re.IGNORECASE,
)
_CHATTING = re.compile(
    r"\b(?:you know|i mean|kind of|sort of|honestly|basically|think about|imagine|guess|of course|wow|whoa|gonna)\b"
    r"|, (?:like|right|huh)\b",
    re.IGNORECASE,
)
_HOSTING = re.compile(
    r"\b(?:episode|podcast|welcome|listeners?|tuning in|stay tuned|subscribe|let's|let me|we'll|talk about|dive|figure"
    r"|table|next up|moving on|thank)\b",
    re.IGNORECASE,
)


def extract_key_quote(text: str) -> str | None:
    """The spoken sentence that says most by itself, or None if no sentence can stand alone.

    Sentences of 6 to 32 words that are no question and no hosting are ranked by: words of a result, a
    number, content words, a beginning that needs no sentence before it, no chatting, and a length near 15 words.
    """
    best: tuple[float, int, str] | None = None
    for place, sentence in enumerate(split_sentences(text)):
        count = len(tokens(sentence))
        if not _SHORTEST <= count <= _LONGEST or sentence.endswith("?") or _HOSTING.search(sentence):
            continue
        score = (
            1.5 * min(2, len(_RESULT.findall(sentence)))
            + (1.5 if _NUMBER.search(sentence) else 0.0)
            + min(1.5, 4.0 * len(content_stems(sentence)) / count)
            - (2.0 if _DEPENDENT.match(sentence) else 0.0)
            - (1.5 if _CHATTING.search(sentence) else 0.0)
            - abs(count - _BEST) / _BEST
        )
        if score >= 1.0 and (best is None or score > best[0]):
            best = (score, place, sentence)
    return best[2] if best else None


SIZE = (1920, 1080)
"""Pixels, width and height."""
_MARGIN = 160
_INK = (20, 29, 43)
_PAPER = (248, 246, 241)
_MUTED = (107, 114, 128)
_ACCENT = (201, 84, 46)
_LIGHT = (240, 236, 226)
_FONTS = {"bold": "DejaVuSans-Bold.ttf", "plain": "DejaVuSans.ttf", "serif": "DejaVuSerif.ttf"}


def title_card(heading: str, footer: str = "") -> Image.Image:
    """A dark card with a heading in the middle and a line below (usually the paper's title)."""
    image, draw = _blank(_INK)
    first = heading.split(" ")[0]
    if first.islower() and first.isalpha():
        heading = heading[:1].upper() + heading[1:]
    font, lines = _fitted(
        draw, heading, "bold", sizes=range(104, 47, -8), width=SIZE[0] - 2 * _MARGIN, height=560
    )
    height = _line_height(font) * len(lines)
    top = (SIZE[1] - height) // 2 - 20
    draw.rectangle((_MARGIN, top - 56, _MARGIN + 120, top - 46), fill=_ACCENT)
    _write(draw, lines, font, (_MARGIN, top), _PAPER)
    if footer and footer != heading:
        _footer(draw, footer, (154, 163, 178))
    return image


def quote_card(quote: str, footer: str = "") -> Image.Image:
    """A light card with the words of a quote, large, between quotation marks."""
    image, draw = _blank(_PAPER)
    width = SIZE[0] - 2 * _MARGIN - 100
    font, lines = _fitted(draw, quote, "serif", sizes=range(84, 43, -4), width=width, height=620)
    height = _line_height(font) * len(lines)
    top = (SIZE[1] - height) // 2 - 20
    draw.text((_MARGIN - 20, top - 40), "\u201c", font=_font("serif", 240), fill=_ACCENT)
    _write(draw, lines, font, (_MARGIN + 140, top), _INK)
    if footer:
        _footer(draw, footer, _MUTED)
    return image


def figure_card(picture: Path | None, label: str, caption: str = "") -> Image.Image:
    """A figure on white with its label and the start of its caption; without a picture, these alone.

    Raises InputError when the picture cannot be read.
    """
    from PIL import Image

    if picture is None:
        return title_card(label, caption)
    image, draw = _blank((255, 255, 255))
    try:
        with Image.open(picture) as opened:
            figure = opened.convert("RGB")
    except OSError as error:
        raise InputError(f"figure {picture} cannot be read; read the paper again with images") from error
    box = (SIZE[0] - _MARGIN, SIZE[1] - 2 * _MARGIN + 40)
    scale = min(box[0] / figure.width, box[1] / figure.height)
    size = max(1, round(figure.width * scale)), max(1, round(figure.height * scale))
    figure = figure.resize(size, Image.Resampling.LANCZOS)
    image.paste(figure, ((SIZE[0] - size[0]) // 2, 40 + (box[1] - size[1]) // 2))
    draw.rectangle((0, SIZE[1] - 130, SIZE[0], SIZE[1]), fill=_LIGHT)
    bold = _font("bold", 36)
    draw.text((80, SIZE[1] - 87), label, font=bold, fill=_ACCENT)
    left = 80 + round(draw.textlength(label, font=bold)) + 36
    plain = _font("plain", 32)
    draw.text((left, SIZE[1] - 84), _cut(draw, caption, plain, SIZE[0] - left - 80), font=plain, fill=_INK)
    return image


def _blank(colour: tuple[int, int, int]) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    from PIL import Image, ImageDraw

    image = Image.new("RGB", SIZE, colour)
    return image, ImageDraw.Draw(image)


@cache
def _font(style: str, size: int) -> ImageFont.FreeTypeFont:
    from PIL import ImageFont

    # DejaVu comes with matplotlib, which is always installed, so that cards look the same on every machine.
    spec = importlib.util.find_spec("matplotlib")
    folder = Path(spec.origin).parent if spec and spec.origin else Path()
    return ImageFont.truetype(folder / "mpl-data" / "fonts" / "ttf" / _FONTS[style], size)


def _fitted(
    draw: ImageDraw.ImageDraw, text: str, style: str, *, sizes: range, width: int, height: int
) -> tuple[ImageFont.FreeTypeFont, list[str]]:
    """The largest font of `sizes` in which the text fits the box; in the smallest it is cut."""
    for size in sizes:
        font = _font(style, size)
        lines = _wrapped(draw, text, font, width)
        if len(lines) * _line_height(font) <= height:
            return font, lines
    most = height // _line_height(font)
    kept = lines[:most]
    kept[-1] = _cut(draw, kept[-1] + " \u2026", font, width)
    return font, kept


def _wrapped(draw: ImageDraw.ImageDraw, text: str, font: ImageFont.FreeTypeFont, width: int) -> list[str]:
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and draw.textlength(longer, font=font) <= width:
            lines[-1] = longer
        else:
            lines.append(_cut(draw, word, font, width))
    return lines or [""]


def _cut(draw: ImageDraw.ImageDraw, text: str, font: ImageFont.FreeTypeFont, width: int) -> str:
    """One line of text, ending in an ellipsis if it had to be shortened to `width` pixels."""
    line = " ".join(text.split())[:400]
    if draw.textlength(line, font=font) <= width:
        return line
    while line and draw.textlength(line + "\u2026", font=font) > width:
        line = line[:-1]
    return line.rstrip(" ,;:\u2026") + "\u2026"


def _line_height(font: ImageFont.FreeTypeFont) -> int:
    return round(font.size * 1.35)


def _write(
    draw: ImageDraw.ImageDraw,
    lines: list[str],
    font: ImageFont.FreeTypeFont,
    corner: tuple[int, int],
    colour: tuple[int, int, int],
) -> None:
    for number, line in enumerate(lines):
        draw.text((corner[0], corner[1] + number * _line_height(font)), line, font=font, fill=colour)


def _footer(draw: ImageDraw.ImageDraw, text: str, colour: tuple[int, int, int]) -> None:
    font = _font("plain", 32)
    line = _cut(draw, text, font, SIZE[0] - 2 * _MARGIN)
    draw.text((_MARGIN, SIZE[1] - 110), line, font=font, fill=colour)
