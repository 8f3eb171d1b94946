"""Cards: what each visual looks like as a picture of any size, with its text set in the largest size that fits."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from podcast_dspy.errors import InputError
from podcast_dspy.visuals.qa import VisualAssetAlignment

if TYPE_CHECKING:
    from PIL import Image, ImageDraw, ImageFont


Style = Literal["bold", "plain", "serif"]
Colour = tuple[int, int, int]
_FONTS: dict[Style, str] = {
    "bold": "DejaVuSans-Bold.ttf",
    "plain": "DejaVuSans.ttf",
    "serif": "DejaVuSerif.ttf",
}


@cache
def _own(style: Style) -> str:
    # DejaVu comes with matplotlib, which is always installed, so that cards look the same on every machine.
    spec = importlib.util.find_spec("matplotlib")
    folder = Path(spec.origin).parent if spec and spec.origin else Path()
    return str(folder / "mpl-data" / "fonts" / "ttf" / _FONTS[style])


@cache
def _letters(file: str) -> frozenset[int]:
    """Code points that a font file has; none for a file that cannot be read or holds pictures of emoji."""
    from fontTools.ttLib import TTFont, TTLibError

    try:
        with TTFont(file, fontNumber=0, lazy=True) as font:
            return frozenset(font.getBestCmap() or ()) if "glyf" in font or "CFF " in font else frozenset()
    except (OSError, TTLibError, KeyError):
        return frozenset()


@cache
def _file_for(letter: str, style: Style) -> str | None:
    """Font of this machine that has a letter: our own, else the first installed one; None if there is none."""
    own = _own(style)
    if ord(letter) in _letters(own) or letter.isspace():
        return own
    from matplotlib import font_manager

    # A font of last resort has boxes that name the script of a letter, and no letters.
    known = font_manager.fontManager.ttflist
    files = sorted({entry.fname for entry in known if "LastResort" not in entry.fname})
    return next((file for file in files if ord(letter) in _letters(file)), None)


def unwritable(text: str) -> list[str]:
    """Letters of a text that no font of this machine has."""
    return sorted({letter for letter in text if letter.isprintable() and _file_for(letter, "plain") is None})


@cache
def _font(file: str, size: int) -> ImageFont.FreeTypeFont:
    from PIL import ImageFont

    return ImageFont.truetype(file, size)


def _runs(text: str, style: Style, size: int) -> Iterable[tuple[ImageFont.FreeTypeFont, str]]:
    """The text in pieces of one font each."""
    own = _own(style)
    if text.isascii():
        yield _font(own, size), text
        return
    for file, letters in groupby(text, key=lambda letter: _file_for(letter, style) or own):
        yield _font(file, size), "".join(letters)


def width_of(text: str, style: Style, size: int) -> float:
    """Pixels that a line takes."""
    return sum(font.getlength(piece) for font, piece in _runs(text, style, size))


def line_height(size: int) -> int:
    """Pixels from one line to the next."""
    return round(size * 1.35)


def fitted(
    text: str, style: Style, *, sizes: tuple[int, int], width: int, height: int
) -> tuple[int, list[str]]:
    """The largest size, from the first of `sizes` down to the second, in which the text fits the box, and its lines.

    Words longer than a line are broken; what does not fit in the smallest size ends in an ellipsis.
    """
    largest, smallest = sizes
    step = max(1, (largest - smallest) // 12)
    for size in (*range(largest, smallest, -step), smallest):
        lines = _wrapped(text, style, size, width)
        if len(lines) * line_height(size) <= height:
            return size, lines
    most = max(1, height // line_height(smallest))
    return smallest, [*lines[: most - 1], one_line(f"{lines[most - 1]} …", style, smallest, width)]


def _wrapped(text: str, style: Style, size: int, width: int) -> list[str]:
    lines: list[str] = []
    for word in text.split()[:400]:
        longer = f"{lines[-1]} {word}" if lines else word
        if width_of(longer, style, size) <= width:
            lines[-1:] = [longer]
            continue
        while width_of(word, style, size) > width:
            at = _most(word, style, size, width)
            lines.append(word[:at])
            word = word[at:]
        lines.append(word)
    return lines or [""]


def _most(word: str, style: Style, size: int, width: float) -> int:
    """How many letters of a word fit on a line; at least one."""
    low, high = 1, len(word)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if width_of(word[:middle], style, size) <= width else (low, middle - 1)
    return low


def one_line(text: str, style: Style, size: int, width: float) -> str:
    """A line of text, ending in an ellipsis if it had to be shortened to `width` pixels."""
    line = " ".join(text.split())[:400]
    if width_of(line, style, size) <= width:
        return line
    kept = line[: _most(line, style, size, width - width_of("…", style, size))]
    return kept.rstrip(" ,;:…") + "…"


def write(
    draw: ImageDraw.ImageDraw,
    lines: Sequence[str],
    style: Style,
    size: int,
    corner: tuple[float, float],
    colour: Colour,
    *,
    centre: float | None = None,
) -> None:
    """Write lines below each other from a corner; with `centre` each around that x."""
    for number, line in enumerate(lines):
        x = corner[0] if centre is None else centre - width_of(line, style, size) / 2
        for font, piece in _runs(line, style, size):
            draw.text((x, corner[1] + number * line_height(size)), piece, font=font, fill=colour)
            x += font.getlength(piece)


_INK: Colour = (20, 29, 43)
_PAPER: Colour = (248, 246, 241)
_MUTED: Colour = (93, 100, 114)
_PALE: Colour = (160, 169, 184)
_ACCENT: Colour = (178, 66, 32)
"""Readable on light cards: 5.5 to 1 against `_PAPER`; on dark ones `_WARM` is, with 7.6 to 1."""
_WARM: Colour = (240, 150, 110)
_LIGHT: Colour = (240, 236, 226)
_WHITE: Colour = (255, 255, 255)


@dataclass(frozen=True)
class Canvas:
    """A picture to be drawn: pixels, and the scale at which a measure for 1080p is drawn there."""

    width: int
    height: int

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        return self.width, self.height

    def px(self, measure: float) -> int:
        """Pixels here for pixels of a 1080p picture."""
        return round(measure * min(self.width, self.height * 16 / 9, 1.4 * self.height) / 1512)

    @property
    def margin(self) -> int:
        """Pixels that stay free on the left and right."""
        return max(self.px(150), round(self.width * 0.07))

    def blank(self, colour: Colour) -> tuple[Image.Image, ImageDraw.ImageDraw]:
        """An empty picture."""
        from PIL import Image, ImageDraw

        image = Image.new("RGB", self.size, colour)
        return image, ImageDraw.Draw(image)


def draw_card(visual: VisualAssetAlignment, canvas: Canvas, paper: str) -> Image.Image:
    """The picture of a visual; `paper` is the title that stands below the others.

    Raises InputError for a figure whose picture cannot be read.
    """
    if visual.visual_type == "figure":
        if visual.figure_path is None:
            return _title(visual.heading or "", visual.quote_text or "", canvas)
        stage, box = figure_stage(visual, canvas)
        figure = within(open_picture(visual.figure_path), box[2] - box[0], box[3] - box[1])
        left, top = (box[0] + box[2] - figure.width) // 2, (box[1] + box[3] - figure.height) // 2
        stage.paste(figure, (left, top))
        return stage
    text = visual.quote_text or ""
    if visual.visual_type == "quote_card":
        return _quote(text, paper, canvas)
    if visual.visual_type == "broll":
        return large_captions(text, canvas)
    if visual.quote_style in (None, "title"):
        return _title(text, visual.heading or "", canvas)
    return _statement(visual, paper, canvas)


def _title(title: str, below: str, canvas: Canvas) -> Image.Image:
    """A dark card with a title in the middle, and names below it."""
    image, draw = canvas.blank(_INK)
    width, px = canvas.width - 2 * canvas.margin, canvas.px
    size, lines = fitted(
        title, "bold", sizes=(px(104), px(48)), width=width, height=round(canvas.height * 0.5)
    )
    small, names = fitted(below, "plain", sizes=(px(44), px(34)), width=width, height=2 * line_height(px(44)))
    height = line_height(size) * len(lines)
    top = (canvas.height - height - line_height(small) * len(names)) // 2
    draw.rectangle((canvas.margin, top - px(46), canvas.margin + px(120), top - px(36)), fill=_WARM)
    write(draw, lines, "bold", size, (canvas.margin, top), _PAPER)
    write(draw, names, "plain", small, (canvas.margin, top + height + px(30)), _PALE)
    return image


def _quote(quote: str, paper: str, canvas: Canvas) -> Image.Image:
    """A light card with the words of a quote between quotation marks."""
    image, draw = canvas.blank(_PAPER)
    px, indent = canvas.px, canvas.px(140)
    room = canvas.height - 2 * px(170)
    width = canvas.width - 2 * canvas.margin - indent
    size, lines = fitted(quote, "serif", sizes=(px(88), px(40)), width=width, height=room)
    top = (canvas.height - line_height(size) * len(lines)) // 2
    write(draw, ["“"], "serif", px(240), (canvas.margin - px(20), top - px(40)), _ACCENT)
    write(draw, lines, "serif", size, (canvas.margin + indent, top), _INK)
    _footer(draw, paper, canvas)
    return image


def _statement(visual: VisualAssetAlignment, paper: str, canvas: Canvas) -> Image.Image:
    """A light card (a dark one for a question): what it is about, large for a term or a quantity, and the sentence."""
    asked = visual.quote_style == "question"
    image, draw = canvas.blank(_INK if asked else _PAPER)
    px, width = canvas.px, canvas.width - 2 * canvas.margin
    large = visual.quote_style in ("definition", "number")
    head = px(150 if visual.quote_style == "number" else 100) if large else px(40)
    heading = visual.heading or ""
    if large and width_of(heading, "bold", head) > width:
        head = max(px(40), int(head * width / width_of(heading, "bold", head)))
    above = line_height(head) + px(30)
    room = canvas.height - 2 * px(150) - above
    sizes = (px(64 if large else 84), px(36))
    size, lines = fitted(visual.quote_text or "", "plain", sizes=sizes, width=width, height=room)
    top = (canvas.height - above - line_height(size) * len(lines)) // 2 - px(10)
    label = one_line(heading, "bold", head, width)
    write(draw, [label], "bold", head, (canvas.margin, top), _WARM if asked else _ACCENT)
    write(draw, lines, "plain", size, (canvas.margin, top + above), _PAPER if asked else _INK)
    _footer(draw, paper, canvas, _PALE if asked else _MUTED)
    return image


def _footer(draw: ImageDraw.ImageDraw, text: str, canvas: Canvas, colour: Colour = _MUTED) -> None:
    size = canvas.px(32)
    line = one_line(text, "plain", size, canvas.width - 2 * canvas.margin)
    write(draw, [line], "plain", size, (canvas.margin, canvas.height - canvas.px(100)), colour)


def large_captions(text: str, canvas: Canvas) -> Image.Image:
    """A dark card with what is being said, the lower third left free for the sound."""
    image, draw = canvas.blank(_INK)
    width, room = canvas.width - 2 * canvas.margin, round(canvas.height * 0.5)
    size, lines = fitted(text, "plain", sizes=(canvas.px(76), canvas.px(36)), width=width, height=room)
    top = canvas.px(120) + (room - line_height(size) * len(lines)) // 2
    write(draw, lines, "plain", size, (0, top), _PAPER, centre=canvas.width / 2)
    return image


def figure_stage(
    visual: VisualAssetAlignment, canvas: Canvas
) -> tuple[Image.Image, tuple[int, int, int, int]]:
    """A white card with a figure's label and caption at the bottom, and the box that is free for the figure."""
    image, draw = canvas.blank(_WHITE)
    px = canvas.px
    label, caption = visual.heading or "", visual.quote_text or ""
    left = px(80) + round(width_of(label, "bold", px(38))) + px(36)
    size, lines = fitted(
        caption, "plain", sizes=(px(32), px(32)), width=canvas.width - left - px(80), height=px(90)
    )
    bar = px(60) + line_height(size) * len(lines)
    top = canvas.height - bar
    draw.rectangle((0, top, canvas.width, canvas.height), fill=_LIGHT)
    write(draw, [label], "bold", px(38), (px(80), top + px(24)), _ACCENT)
    write(draw, lines, "plain", size, (left, top + px(28)), _INK)
    return image, (px(40), px(30), canvas.width - px(40), top - px(30))


def open_picture(path: Path | str) -> Image.Image:
    """A figure's picture. Raises InputError."""
    from PIL import Image

    try:
        with Image.open(path) as opened:
            return opened.convert("RGB")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise InputError(f"figure {path} cannot be read; read the paper again with images") from error


def within(picture: Image.Image, width: int, height: int) -> Image.Image:
    """The whole picture, as large as it fits."""
    from PIL import Image

    scale = min(width / picture.width, height / picture.height)
    size = max(1, round(picture.width * scale)), max(1, round(picture.height * scale))
    return picture.resize(size, Image.Resampling.LANCZOS)


def table_picture(cells: str) -> Image.Image:
    """A table of which only the cells are known (tab-separated lines), drawn: the first row as its head."""
    rows = [row.split("\t") for row in cells.splitlines() if row.strip()][:40]
    columns = max(map(len, rows))
    size, pad = 40, 36
    widths = [
        min(1400, max(round(width_of(row[at], "bold", size)) for row in rows if at < len(row)) + pad)
        for at in range(columns)
    ]
    height = line_height(size) + 14
    canvas = Canvas(sum(widths) + 2 * pad, height * len(rows) + 2 * pad)
    image, draw = canvas.blank(_WHITE)
    for number, row in enumerate(rows):
        x, y = pad, pad + number * height
        for cell, width in zip(row, widths, strict=False):
            style: Style = "bold" if number == 0 else "plain"
            write(draw, [one_line(cell, style, size, width - pad // 2)], style, size, (x, y), _INK)
            x += width
        if number in (0, len(rows) - 1):
            draw.line((pad, y + height - 6, canvas.width - pad, y + height - 6), fill=_INK, width=3)
    return image
